"""The table of backend functions: a call of each kind, for the suites of ``test_functions.py``."""

from __future__ import annotations

import dataclasses
import zlib
from typing import Any

import numpy as np


@dataclasses.dataclass
class Case:
    """A call of a backend function.

    Attributes:
        name: the function.
        args: the arguments; arrays become tensors.
        kwargs: the arguments by name.
        inputs: which of the tensors (in their order, lists flattened) become inputs of a model.
        gradient: whether it has a gradient.
        oracle: a NumPy function that it equals, where that of Keras 2 can't be asked; ``None`` for Keras 2.
        tolerance: relative error.
    """

    name: str
    args: tuple
    kwargs: dict[str, Any] = dataclasses.field(default_factory=dict)
    inputs: tuple[int, ...] = (0,)
    gradient: bool = True
    oracle: Any = None
    tolerance: float = 1e-5

    @property
    def id(self) -> str:
        shapes = [np.shape(a) for a in self.args if isinstance(a, np.ndarray)]
        text = ",".join(map(str, [*shapes, *(f"{k}={v}" for k, v in self.kwargs.items())]))
        return f"{self.name}-{zlib.crc32(repr((self.args, self.kwargs)).encode()) % 10000}-{text[:60]}"


_rng = np.random.default_rng(7)


def n(*shape, dtype="float32"):
    """Normal numbers."""
    return _rng.normal(size=shape).astype(dtype)


def p(*shape, dtype="float32"):
    """Positive numbers below 1."""
    return _rng.uniform(0.05, 0.95, shape).astype(dtype)


def i(high, *shape, dtype="int32"):
    """Whole numbers below ``high``."""
    return _rng.integers(0, high, shape).astype(dtype)


def b(*shape):
    """Booleans."""
    return _rng.random(shape) < 0.5


def s(*shape):
    """Probabilities that add up to 1."""
    x = p(*shape)
    return x / x.sum(-1, keepdims=True)


def onehot(classes, *shape):
    """Rows with a single 1."""
    return np.eye(classes, dtype="float32")[i(classes, *shape)]


def _elements():
    for name in ("square", "abs", "exp", "round", "sign", "sin", "cos"):
        yield Case(name, (n(3, 4),))
    for name in ("softplus", "softsign", "sigmoid", "tanh", "elu", "relu", "hard_sigmoid"):
        yield Case(name, (n(3, 4),))
    yield Case("exp", (n(2, 3, 2, dtype="float64"),))
    yield Case("square", (i(9, 3, 4),), gradient=False)
    yield Case("sqrt", (p(3, 4),))
    yield Case("sqrt", (n(3, 4),), gradient=False)
    yield Case("log", (p(3, 4),))
    yield Case("pow", (p(3, 4), 2.5))
    yield Case("pow", (p(3, 4), p(3, 4)), inputs=(0, 1))
    yield Case("elu", (n(3, 4),), {"alpha": 0.3})
    for options in (
        {"alpha": 0.2},
        {"max_value": 0.6},
        {"threshold": 0.4},
        {"alpha": 0.1, "max_value": 0.7, "threshold": 0.2},
        {"max_value": 6},
    ):
        yield Case("relu", (n(5, 6),), options)
    yield Case("clip", (n(3, 4), -0.5, 0.5))
    yield Case("clip", (n(3, 4), 0.5, -0.5), gradient=False)
    yield Case("clip", (n(3, 4), None, 0.3), gradient=False)
    yield Case("clip", (n(3, 4), -0.2, None), gradient=False)
    yield Case("softmax", (n(3, 4),))
    yield Case("softmax", (n(3, 4, 5),), {"axis": 1})
    yield Case("l2_normalize", (n(3, 4),), {"axis": 1})
    yield Case("l2_normalize", (n(3, 4),))
    for name in ["equal", "not_equal", "greater", "greater_equal", "less", "less_equal"]:
        yield Case(name, (i(3, 4, 5), i(3, 4, 5)), inputs=(0, 1), gradient=False)
        yield Case(name, (n(4, 5), 0.5), gradient=False)
    for name in ("maximum", "minimum"):
        yield Case(name, (n(3, 4), n(3, 4)), inputs=(0, 1))
        yield Case(name, (n(3, 4), 0.1))
    yield Case("cast", (n(3, 4), "float64"))
    yield Case("cast", (n(3, 4), "int32"), gradient=False)
    yield Case("zeros_like", (n(3, 4),), gradient=False)
    yield Case("ones_like", (n(3, 4),), {"dtype": "int32"}, gradient=False)
    yield Case("stop_gradient", (n(3, 4),), gradient=False)
    yield Case("print_tensor", (n(2, 2),), {"message": "values"}, gradient=False)


def _reductions():
    for name in ["max", "min", "sum", "prod", "var", "std", "mean"]:
        for options in ({}, {"axis": 1}, {"axis": -1, "keepdims": True}, {"axis": [1, 2]}):
            yield Case(name, (n(3, 4, 2),), options)
    for name in ("mean", "var", "std"):
        yield Case(name, (b(3, 4),), {"axis": 1}, gradient=False)
    yield Case("mean", (i(9, 3, 4),), {"axis": 1}, gradient=False)
    yield Case("sum", (i(9, 3, 4, dtype="int64"),), {"axis": 1}, gradient=False)
    for name in ("any", "all"):
        yield Case(name, (b(3, 4),), {"axis": 1}, gradient=False)
        yield Case(name, (i(2, 3, 4),), {"axis": 1, "keepdims": True}, gradient=False)
    for name in ("argmax", "argmin"):
        yield Case(name, (n(3, 4),), gradient=False)
        yield Case(name, (n(3, 4, 2),), {"axis": 1}, gradient=False)
    yield Case("cumsum", (n(3, 4),), {"axis": 1})
    yield Case("cumprod", (n(3, 4),), {"axis": 1})
    yield Case("logsumexp", (n(3, 4),), {"axis": 1}, oracle=lambda x, axis: np.log(np.exp(x).sum(axis)))


def _products():
    yield Case("dot", (n(3, 4), n(4, 5)))
    yield Case("dot", (n(3, 2, 4), n(4, 5)))
    yield Case("dot", (n(3, 4), n(2, 4, 5)))
    yield Case("dot", (n(3, 2, 4), n(6, 4, 5)), tolerance=1e-4)
    yield Case("batch_dot", (n(3, 4), n(3, 4)), inputs=(0, 1))
    yield Case("batch_dot", (n(3, 4, 5), n(3, 5, 6)), inputs=(0, 1))
    yield Case("batch_dot", (n(3, 20, 1), n(3, 30, 20)), {"axes": (1, 2)}, inputs=(0, 1), tolerance=1e-4)
    yield Case("batch_dot", (n(3, 4, 5), n(3, 5)), {"axes": [2, 1]}, inputs=(0, 1))
    yield Case("batch_dot", (n(3, 4), n(3, 4, 5)), {"axes": 1}, inputs=(0, 1))
    yield Case("batch_dot", (n(3, 4, 5, 2), n(3, 6, 5)), {"axes": (2, 2)}, inputs=(0, 1))
    yield Case("batch_dot", (n(3, 4, 5, 2), n(3, 6, 2, 7)), {"axes": (3, 2)}, inputs=(0, 1))
    yield Case("transpose", (n(3, 4),))
    yield Case("gather", (n(5, 4), np.array([[0, 3], [4, 4]], "int32")), inputs=(1,))


def _shapes():
    yield Case("concatenate", ([n(3, 4), n(3, 2)],), inputs=(0, 1))
    yield Case("concatenate", ([n(3, 4, 2), n(3, 1, 2)],), {"axis": 1}, inputs=(0, 1))
    yield Case("stack", ([n(3, 4), n(3, 4)],), {"axis": 1}, inputs=(0, 1))
    yield Case("reshape", (n(3, 4), (-1, 2, 2)))
    yield Case("permute_dimensions", (n(3, 4, 2), (0, 2, 1)))
    yield Case("expand_dims", (n(3, 4),))
    yield Case("expand_dims", (n(3, 4),), {"axis": 1})
    yield Case("squeeze", (n(3, 1, 4), 1))
    yield Case("flatten", (n(3, 4),))
    yield Case("batch_flatten", (n(3, 4, 2),))
    yield Case("repeat_elements", (n(3, 4), 2, 1))
    yield Case("repeat", (n(3, 4), 2))
    yield Case("tile", (n(3, 4), (1, 2)))
    yield Case("reverse", (n(3, 4), 1))
    yield Case("reverse", (n(3, 4, 2), (1, 2)))
    yield Case("one_hot", (i(5, 3, 2), 5), gradient=False)
    yield Case("shape", (n(3, 4),), gradient=False)
    yield Case("slice", (n(3, 4), (0, 1), (-1, 2)), oracle=lambda x, a, c: x[:, 1:3])
    yield Case("identity", (n(3, 4),), oracle=lambda x: x)
    yield Case("temporal_padding", (n(2, 3, 4),), {"padding": (1, 2)})
    for form in ("channels_first", "channels_last"):
        options = {"data_format": form}
        yield Case("spatial_2d_padding", (n(2, 3, 4, 2),), {"padding": ((1, 0), (2, 1)), **options})
        yield Case(
            "spatial_3d_padding", (n(2, 3, 4, 2, 2),), {"padding": ((1, 0), (2, 1), (0, 3)), **options}
        )
        yield Case("resize_images", (n(2, 3, 4, 2), 2, 3, form))
        yield Case("resize_images", (n(2, 3, 4, 2), 2, 2, form), {"interpolation": "bilinear"})
        yield Case("resize_volumes", (n(2, 3, 4, 2, 2), 1, 2, 3, form))


def _networks():
    yield Case("categorical_crossentropy", (onehot(4, 5), s(5, 4)), inputs=(0, 1))
    yield Case("categorical_crossentropy", (onehot(4, 5), n(5, 4)), {"from_logits": True}, inputs=(0, 1))
    yield Case("categorical_crossentropy", (p(3, 4, 2), p(3, 4, 2)), {"axis": 1}, inputs=(0, 1))
    yield Case("sparse_categorical_crossentropy", (i(4, 5), s(5, 4)), inputs=(0, 1))
    yield Case("sparse_categorical_crossentropy", (i(4, 5), n(5, 4)), {"from_logits": True}, inputs=(0, 1))
    yield Case("sparse_categorical_crossentropy", (i(4, 3, 2), s(3, 2, 4)), inputs=(0, 1))
    yield Case("sparse_categorical_crossentropy", (i(4, 3, 2), p(3, 4, 2)), {"axis": 1}, inputs=(0, 1))
    yield Case("sparse_categorical_crossentropy", (i(4, 9), s(9, 4)), {"ignore_class": 2}, inputs=(0, 1))
    yield Case("binary_crossentropy", (p(3, 4), p(3, 4)), inputs=(0, 1))
    yield Case("binary_crossentropy", (p(3, 4), n(3, 4)), {"from_logits": True}, inputs=(0, 1))
    for options in ({}, {"apply_class_balancing": True, "gamma": 1.5}, {"from_logits": True}):
        yield Case("binary_focal_crossentropy", (p(3, 4), p(3, 4)), options, inputs=(0, 1))
    for options in ({}, {"gamma": 1.5, "alpha": 0.4}, {"from_logits": True}):
        yield Case("categorical_focal_crossentropy", (onehot(4, 5), s(5, 4)), options, inputs=(0, 1))
    yield Case("in_top_k", (n(4, 6), i(6, 4), 3), inputs=(0, 1), gradient=False)
    yield Case("bias_add", (n(2, 3, 4), n(4)))
    yield Case("bias_add", (n(2, 3, 4), n(3, 4)))
    yield Case("bias_add", (n(2, 3, 4, 5), n(3)), {"data_format": "channels_first"})
    yield Case("bias_add", (n(2, 3, 4, 5), n(4, 5, 3)), {"data_format": "channels_first"})
    yield Case("batch_normalization", (n(3, 4), n(4), p(4), n(4), n(4)), tolerance=1e-4)
    # Keras 2 computes four axes with a kernel whose gradient by the mean is 0.
    images = (n(3, 4, 2, 5), n(5), p(5), None, n(5))
    yield Case("batch_normalization", images, {"axis": 3}, tolerance=1e-4, gradient=False)
    for axes in ((0,), (0, 1)):
        x, last = (n(6, 4), 4) if axes == (0,) else (n(5, 4, 3), 3)
        yield Case("normalize_batch_in_training", (x, n(last), n(last), list(axes)), tolerance=1e-4)
    yield Case("switch", (b(4), n(4, 3), n(4, 3)), inputs=(0, 1, 2), oracle=_rows)
    yield Case("switch", (b(4, 3), n(4, 3), n(4, 3)), inputs=(0, 1, 2))
    for training in (0, 1):
        yield Case("in_train_phase", (n(4, 3), n(4, 3)), {"training": training}, inputs=(0, 1))
        yield Case("in_test_phase", (n(4, 3), n(4, 3)), {"training": training}, inputs=(0, 1))


def _rows(condition, then, other):
    return np.where(condition[:, None], then, other)


def _convolutions():
    yield Case("conv1d", (n(2, 7, 3), n(3, 3, 4)), {"padding": "causal", "dilation_rate": 2})
    for padding in ("valid", "same"):
        yield Case("conv1d", (n(2, 7, 3), n(3, 3, 4)), {"padding": padding, "strides": 2})
        yield Case("conv2d", (n(2, 6, 7, 3), n(3, 2, 3, 4)), {"padding": padding, "strides": (2, 1)})
        yield Case("conv3d", (n(1, 5, 4, 4, 2), n(2, 2, 2, 2, 3)), {"padding": padding}, tolerance=1e-4)
        yield Case("depthwise_conv2d", (n(2, 6, 7, 3), n(3, 3, 3, 2)), {"padding": padding})
        kernels = (n(3, 3, 3, 2), n(1, 1, 6, 4))
        yield Case("separable_conv2d", (n(2, 6, 7, 3), *kernels), {"padding": padding}, tolerance=1e-4)
        for mode in ("max", "avg"):
            options = {"padding": padding, "pool_mode": mode}
            yield Case("pool2d", (n(2, 5, 6, 3), (2, 2)), {"strides": (2, 1), **options})
            yield Case("pool3d", (n(1, 5, 4, 4, 2), (2, 2, 2)), {"strides": (2, 2, 2), **options})
    first = {"data_format": "channels_first"}
    yield Case("conv2d", (n(2, 3, 6, 7), n(3, 2, 3, 4)), {**first, "dilation_rate": (2, 2)}, tolerance=1e-4)
    yield Case("pool2d", (n(2, 3, 5, 6), (2, 2)), first)
    yield Case(
        "separable_conv1d", (n(2, 7, 3), n(3, 3, 2), n(1, 6, 4)), oracle=_separable_conv1d, tolerance=1e-4
    )
    for shape, options in (
        ((2, 6, 8, 4), {"strides": (2, 2), "padding": "same"}),
        ((2, 7, 9, 4), {"strides": (2, 2), "padding": "valid"}),
    ):
        yield Case("conv2d_transpose", (n(2, 3, 4, 5), n(3, 3, 4, 5), shape), options, tolerance=1e-4)
    transposed = {**first, "strides": (2, 2), "padding": "same"}
    yield Case("conv2d_transpose", (n(2, 5, 3, 4), n(3, 3, 4, 5), (2, 4, 6, 8)), transposed, tolerance=1e-4)
    yield Case("local_conv1d", (n(2, 6, 3), n(2, 9, 4), (3,), (2,)), tolerance=1e-4)
    yield Case("local_conv2d", (n(2, 4, 5, 3), n(12, 12, 2), (2, 2), (1, 1), (3, 4)), tolerance=1e-4)


def _separable_conv1d(x, depthwise, pointwise):
    steps = x.shape[1] - depthwise.shape[0] + 1
    windows = np.stack([x[:, j : j + steps] for j in range(depthwise.shape[0])], -2)
    deep = np.einsum("bstc,tcm->bscm", windows, depthwise)
    return deep.reshape(*deep.shape[:2], -1) @ pointwise[0]


CASES = [
    *_elements(),
    *_reductions(),
    *_products(),
    *_shapes(),
    *_networks(),
    *_convolutions(),
]
