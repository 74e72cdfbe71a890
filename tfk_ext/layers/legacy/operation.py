"""TensorFlowOperation: one function of TensorFlow's as a layer, as functional models of tf.keras held them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import Layer
from tfk_ext.registration import register

# Namespaces whose functions compute and do nothing else.
_PURE = ("math", "nn", "linalg", "signal", "bitwise")
# Of the others, these functions: no files, no Python callbacks, no printing.
_NAMES = {
    "": (
        "abs acos acosh add add_n argmax argmin argsort asin asinh atan atan2 atanh batch_to_space bitcast boolean_mask "
        "broadcast_to cast clip_by_global_norm clip_by_norm clip_by_value complex concat cos cosh cumsum divide "
        "dynamic_partition dynamic_stitch edit_distance einsum ensure_shape equal exp expand_dims eye fill fingerprint "
        "floor gather gather_nd greater greater_equal histogram_fixed_width identity identity_n less less_equal linspace "
        "logical_and logical_not logical_or matmul maximum meshgrid minimum multiply negative no_op norm not_equal "
        "one_hot ones ones_like pad pow range rank realdiv reduce_all reduce_any reduce_logsumexp reduce_max "
        "reduce_mean reduce_min reduce_prod reduce_sum repeat reshape reverse reverse_sequence roll round "
        "saturate_cast scalar_mul scatter_nd searchsorted sequence_mask shape shape_n sigmoid sign sin sinh size slice "
        "sort space_to_batch space_to_batch_nd split sqrt square squeeze stack stop_gradient strided_slice subtract "
        "tan tanh tensor_scatter_nd_add tensor_scatter_nd_max tensor_scatter_nd_min tensor_scatter_nd_sub "
        "tensor_scatter_nd_update tensordot tile transpose truediv truncatediv truncatemod unique unstack "
        "vectorized_map where zeros zeros_like random_normal random_uniform to_float to_int32 to_int64 log "
        "reduce_join rsqrt floordiv floormod mod div realdiv tensor_equals depth_to_space space_to_depth".split()
    ),
    "__operators__": "add eq getitem ne ragged_getitem".split(),
    "image": (
        "adjust_brightness adjust_contrast adjust_gamma adjust_hue adjust_saturation central_crop convert_image_dtype "
        "crop_and_resize crop_to_bounding_box extract_patches flip_left_right flip_up_down grayscale_to_rgb hsv_to_rgb "
        "image_gradients non_max_suppression non_max_suppression_padded combined_non_max_suppression "
        "pad_to_bounding_box per_image_standardization psnr resize resize_with_crop_or_pad resize_with_pad "
        "resize_bilinear resize_nearest_neighbor resize_bicubic resize_area resize_images rgb_to_grayscale rgb_to_hsv "
        "rgb_to_yiq rgb_to_yuv rot90 sobel_edges ssim total_variation transpose yiq_to_rgb yuv_to_rgb".split()
    ),
    "random": "normal uniform truncated_normal stateless_normal stateless_uniform categorical gamma shuffle".split(),
    "strings": "join length lower lower regex_replace split strip substr to_number upper unicode_split".split(),
    "sparse": "to_dense reorder sparse_dense_matmul reduce_sum softmax".split(),
    "quantization": "fake_quant_with_min_max_args fake_quant_with_min_max_vars".split(),
    "dtypes": "cast complex saturate_cast".split(),
    "sets": "difference intersection union size".split(),
}
_RAW = frozenset(
    "Abs Acos Acosh Add AddN AddV2 All Any ArgMax ArgMin Asin Asinh Atan Atan2 Atanh AvgPool AvgPool3D BatchMatMul "
    "BatchMatMulV2 BatchToSpaceND BiasAdd BroadcastTo Cast Ceil ClipByValue Concat ConcatV2 Conv2D Conv3D Cos Cosh "
    "Cumprod Cumsum DepthToSpace DepthwiseConv2dNative Diag DiagPart Div DivNoNan Einsum Elu Equal Erf Exp ExpandDims "
    "Expm1 Fill Floor FloorDiv FloorMod Gather GatherNd GatherV2 Greater GreaterEqual Identity IdentityN InvertPermutation "
    "IsFinite IsInf IsNan L2Loss LRN LeakyRelu Less LessEqual LinSpace Log Log1p LogSoftmax LogicalAnd LogicalNot "
    "LogicalOr MatMul MatrixBandPart MatrixDiag MatrixDiagPart MatrixInverse Max MaxPool MaxPool3D Maximum Mean Min "
    "Minimum MirrorPad Mod Mul MulNoNan Neg NonMaxSuppressionV3 NotEqual OneHot OnesLike Pack Pad PadV2 Pow Prod "
    "RandomStandardNormal RandomUniform TruncatedNormal Range Rank RealDiv Reciprocal Relu Relu6 Reshape ResizeBicubic "
    "ResizeBilinear ResizeNearestNeighbor Reverse ReverseSequence ReverseV2 Rint Roll Round Rsqrt ScatterNd Select "
    "SelectV2 Selu Shape ShapeN Sigmoid Sign Sin Sinh Size Slice Softmax Softplus Softsign SpaceToBatchND SpaceToDepth "
    "Split SplitV Sqrt Square SquaredDifference Squeeze StopGradient StridedSlice Sub Sum Tan Tanh TensorScatterUpdate "
    "Tile TopKV2 Transpose TruncateDiv Unpack Where Xdivy Xlogy ZerosLike".split()
)
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


def _of_backend(name: str) -> Callable[..., Any] | None:
    import tfk_ext

    backend = getattr(tfk_ext, "backend", None)
    found = None if name.startswith("_") or name in _NO_MATHEMATICS else getattr(backend, name, None)
    return found if inspect.isroutine(found) else None


_NO_MATHEMATICS = frozenset(
    "clear_session reset_uids set_floatx set_epsilon set_image_data_format set_learning_phase get_session set_session "
    "manual_variable_initialization function print_tensor eval get_value set_value batch_get_value batch_set_value "
    "update update_add update_sub moving_average_update variable placeholder".split()
)


@register
class TensorFlowOperation(Layer):
    """A function of TensorFlow's: ``f(inputs) = function(*args, **kwargs)`` with the inputs put into their places.

    Functional models of TensorFlow's own Keras held such layers (``TFOpLambda``, ``SlicingOpLambda``,
    ``TensorFlowOpLayer``) wherever a program used an operation between layers, as in ``x + 1``.

    Args:
        function: public name without ``tf``, such as ``"math.multiply"``, ``"__operators__.getitem"`` or
            ``"raw_ops.AddV2"``; one of those that compute and do nothing else.
        args: positional arguments: values, lists and dictionaries of them, where ``{"tensor": 0}`` stands for the
            first input, ``{"slice": [start, stop, step]}`` for a slice and ``{"ellipsis": True}`` for ``...``.
        kwargs: arguments by name, in the same form.
        **kwargs: ``name``, ``dtype`` and the like.

    Shapes:
        input: one tensor or a list of them, what the function takes.
        output: what the function returns.

    Masking: takes a mask and passes none on.

    Raises:
        ValueError: ``function`` is not one of those allowed; an argument names an input that is not there.

    Example:
        >>> layer = tfk_ext.layers.legacy.TensorFlowOperation("math.multiply", [{"tensor": 0}], {"y": 2.0})
        >>> layer(np.array([[1.0, 3.0]], "float32")).numpy()
        array([[2., 6.]], dtype=float32)

    Source: TensorFlow's Keras 2, ``TFOpLambda``.
    """

    def __init__(self, function, args=(), kwargs=None, **options):
        # The function gets its inputs as they are: indices must not become floating numbers.
        options["autocast"] = False
        super().__init__(**options)
        if not isinstance(function, str) or function_of(function) is None:
            checks.fail(
                self,
                "function must be the public name of a mathematical function of TensorFlow's, such as "
                f"'math.reduce_sum', got {function!r}.",
            )
        if kwargs is not None and not isinstance(kwargs, dict):
            checks.fail(self, f"kwargs must be a dictionary, got {kwargs!r}.")
        if not isinstance(args, Sequence) or isinstance(args, str):
            checks.fail(self, f"args must be a list, got {args!r}.")
        self.function = function
        self._args = list(args)
        self._kwargs = dict(kwargs or {})
        self.built = True

    def _refuse_mask(self, inputs):
        """Take a mask in any case, as these layers did."""

    def call(self, inputs):
        inputs = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        args = [self._filled(value, inputs) for value in self._args]
        kwargs = {name: self._filled(value, inputs) for name, value in self._kwargs.items()}
        outputs = function_of(self.function)(*args, **kwargs)
        return list(outputs) if isinstance(outputs, tuple) else outputs

    def _filled(self, value, inputs):
        """Return an argument with the inputs in their places."""
        if isinstance(value, dict):
            if set(value) == {"tensor"}:
                if not (checks.is_integer(value["tensor"]) and 0 <= value["tensor"] < len(inputs)):
                    checks.fail(self, f"there are {len(inputs)} inputs, got a place for number {value['tensor']!r}.")
                return inputs[value["tensor"]]
            if set(value) == {"slice"}:
                return slice(*(self._filled(v, inputs) for v in value["slice"]))
            if set(value) == {"ellipsis"}:
                return Ellipsis
            return {name: self._filled(v, inputs) for name, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._filled(v, inputs) for v in value]
        return value

    def compute_output_shape(self, input_shape):
        several = bool(input_shape) and isinstance(input_shape[0], (list, tuple))
        shapes = input_shape if several else [input_shape]
        inputs = [tf.keras.KerasTensor(shape, self.compute_dtype) for shape in shapes]
        spec = self.compute_output_spec(inputs if several else inputs[0])
        return tf.nest.map_structure(lambda x: tuple(x.shape), spec)

    def compute_output_spec(self, inputs, *args, **kwargs):
        # From the function itself: the shape alone does not tell the dtype.
        return tf.keras.Operation.compute_output_spec(self, inputs)

    def compute_mask(self, inputs, mask=None):
        return None

    def get_config(self):
        return {**super().get_config(), "function": self.function, "args": self._args, "kwargs": self._kwargs}
