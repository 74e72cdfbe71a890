"""Which functions of TensorFlow's a model file may name: those that compute, and do nothing else.

Neither files nor Python callbacks nor printing are among them.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import tensorflow as tf

# Namespaces all of whose functions are fine.
_PURE = ("math", "nn", "linalg", "signal", "bitwise")

_ROOT = (
    "abs acos acosh add add_n argmax argmin argsort asin asinh atan atan2 atanh batch_to_space bitcast "
    "boolean_mask broadcast_to cast clip_by_global_norm clip_by_norm clip_by_value complex concat cos cosh "
    "cumsum depth_to_space div divide dynamic_partition dynamic_stitch edit_distance einsum ensure_shape "
    "equal exp expand_dims eye fill fingerprint floor floor_div floordiv floormod gather gather_nd greater "
    "greater_equal histogram_fixed_width identity identity_n less less_equal linspace log logical_and "
    "logical_not logical_or matmul maximum meshgrid minimum mod multiply negative no_op norm not_equal "
    "one_hot ones ones_like pad pow random_normal random_uniform range rank realdiv reduce_all reduce_any "
    "reduce_join reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod reduce_sum repeat reshape "
    "reverse reverse_sequence roll round rsqrt saturate_cast scalar_mul scatter_nd searchsorted "
    "sequence_mask "
    "shape shape_n sigmoid sign sin sinh size slice sort space_to_batch space_to_batch_nd space_to_depth "
    "split sqrt square squeeze stack stop_gradient strided_slice subtract tan tanh tensor_equals "
    "tensor_scatter_nd_add tensor_scatter_nd_max tensor_scatter_nd_min tensor_scatter_nd_sub "
    "tensor_scatter_nd_update tensordot tile to_float to_int32 to_int64 transpose truediv truncatediv "
    "truncatemod unique unstack vectorized_map where zeros zeros_like"
)
_OPERATORS = "add eq getitem ne ragged_getitem"
_IMAGE = (
    "adjust_brightness adjust_contrast adjust_gamma adjust_hue adjust_saturation central_crop "
    "combined_non_max_suppression convert_image_dtype crop_and_resize crop_to_bounding_box extract_patches "
    "flip_left_right flip_up_down grayscale_to_rgb hsv_to_rgb image_gradients non_max_suppression "
    "non_max_suppression_padded pad_to_bounding_box per_image_standardization psnr resize resize_area "
    "resize_bicubic resize_bilinear resize_images resize_nearest_neighbor resize_with_crop_or_pad "
    "resize_with_pad rgb_to_grayscale rgb_to_hsv rgb_to_yiq rgb_to_yuv rot90 sobel_edges ssim "
    "total_variation "
    "transpose yiq_to_rgb yuv_to_rgb"
)
_RANDOM = "categorical gamma normal shuffle stateless_normal stateless_uniform truncated_normal uniform"
_STRINGS = "join length lower regex_replace split strip substr to_number unicode_split upper"
_SPARSE = "reduce_sum reorder softmax sparse_dense_matmul to_dense"
_QUANTIZATION = "fake_quant_with_min_max_args fake_quant_with_min_max_vars"
_DTYPES = "cast complex saturate_cast"
_SETS = "difference intersection size union"
_RAW_OPERATIONS = (
    "Abs Acos Acosh Add AddN AddV2 All Any ArgMax ArgMin Asin Asinh Atan Atan2 Atanh AvgPool AvgPool3D "
    "BatchMatMul BatchMatMulV2 BatchToSpaceND BiasAdd BroadcastTo Cast Ceil ClipByValue Concat ConcatV2 "
    "Conv2D Conv3D Cos Cosh Cumprod Cumsum DepthToSpace DepthwiseConv2dNative Diag DiagPart Div DivNoNan "
    "Einsum Elu Equal Erf Exp ExpandDims Expm1 Fill Floor FloorDiv FloorMod Gather GatherNd GatherV2 Greater "
    "GreaterEqual Identity IdentityN InvertPermutation IsFinite IsInf IsNan L2Loss LRN LeakyRelu Less "
    "LessEqual LinSpace Log Log1p LogSoftmax LogicalAnd LogicalNot LogicalOr MatMul MatrixBandPart "
    "MatrixDiag "
    "MatrixDiagPart MatrixInverse Max MaxPool MaxPool3D Maximum Mean Min Minimum MirrorPad Mod Mul MulNoNan "
    "Neg NonMaxSuppressionV3 NotEqual OneHot OnesLike Pack Pad PadV2 Pow Prod RandomStandardNormal "
    "RandomUniform Range Rank RealDiv Reciprocal Relu Relu6 Reshape ResizeBicubic ResizeBilinear "
    "ResizeNearestNeighbor Reverse ReverseSequence ReverseV2 Rint Roll Round Rsqrt ScatterNd Select SelectV2 "
    "Selu Shape ShapeN Sigmoid Sign Sin Sinh Size Slice Softmax Softplus Softsign SpaceToBatchND "
    "SpaceToDepth "
    "Split SplitV Sqrt Square SquaredDifference Squeeze StopGradient StridedSlice Sub Sum Tan Tanh "
    "TensorScatterUpdate Tile TopKV2 Transpose TruncateDiv TruncatedNormal Unpack Where Xdivy Xlogy ZerosLike"
)
# Functions of the backend that change state or run programs.
_NO_MATHEMATICS = (
    "batch_get_value batch_set_value clear_session eval function get_session get_value "
    "manual_variable_initialization moving_average_update placeholder print_tensor reset_uids set_epsilon "
    "set_floatx set_image_data_format set_learning_phase set_session set_value update update_add update_sub "
    "variable"
)

_NAMES = {
    "": frozenset(_ROOT.split()),
    "__operators__": frozenset(_OPERATORS.split()),
    "image": frozenset(_IMAGE.split()),
    "random": frozenset(_RANDOM.split()),
    "strings": frozenset(_STRINGS.split()),
    "sparse": frozenset(_SPARSE.split()),
    "quantization": frozenset(_QUANTIZATION.split()),
    "dtypes": frozenset(_DTYPES.split()),
    "sets": frozenset(_SETS.split()),
}
_RAW = frozenset(_RAW_OPERATIONS.split())
# Operations that take a list of tensors, and which argument it is.
LISTS = {
    "AddN": "inputs",
    "Concat": "values",
    "ConcatV2": "values",
    "Einsum": "inputs",
    "IdentityN": "input",
    "Pack": "values",
    "ShapeN": "input",
}


def is_raw(name: str) -> bool:
    """Tell whether an operation of a graph is one of those that a file may name."""
    return name in _RAW


@functools.cache
def function_of(name: str) -> Callable[..., Any] | None:
    """Return the function of TensorFlow's that a file may name so, ``None`` for any other.

    Args:
        name: the public name without ``tf``, such as ``"math.reduce_sum"``, ``"compat.v1.transpose"`` or
            ``"raw_ops.AddV2"``.
    """
    root: Any = tf
    rest = name
    if name.startswith("keras.backend."):
        return _of_backend(name.removeprefix("keras.backend."))
    if name == "__operators__.add":
        return _add
    if name.startswith("raw_ops."):
        op = name.removeprefix("raw_ops.")
        return getattr(tf.raw_ops, op) if is_raw(op) else None
    if name.startswith("compat.v1."):
        root, rest = tf.compat.v1, name.removeprefix("compat.v1.")
    space, _, last = rest.rpartition(".")
    if not last or last.startswith("_") or not (space in _PURE or last in _NAMES.get(space, ())):
        return None
    for part in (*space.split("."), last) if space else (last,):
        root = getattr(root, part, None)
    return root if inspect.isroutine(root) else None


def _add(x: Any, y: Any, name: str | None = None) -> tf.Tensor:
    """Return ``x + y``; TensorFlow's own takes no number for ``x`` any more."""
    if not tf.is_tensor(x):
        x = tf.convert_to_tensor(x, y.dtype if tf.is_tensor(y) else None)
    return x + y


def activation_of(name: str) -> str | None:
    """Return the public name of a function of one tensor, by its own name such as ``"sin"``, if there is one.

    Args:
        name: what the function says of itself, as configurations hold it.
    """
    name = name.removesuffix("_v2")
    for public in (f"nn.{name}", f"math.{name}", name):
        function = function_of(public)
        if function is not None and _takes_one(function):
            return public
    return None


def _takes_one(function: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    needed = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    return len(needed) == 1 and needed[0].kind is not needed[0].VAR_POSITIONAL


def _of_backend(name: str) -> Callable[..., Any] | None:
    import tfk_ext

    backend = getattr(tfk_ext, "backend", None)
    found = None if name.startswith("_") or name in _NO_MATHEMATICS.split() else getattr(backend, name, None)
    return found if inspect.isroutine(found) else None
