"""The losses, each with its formula in NumPy."""

import numpy as np

from tests.conformance import descriptor_training as d
from tests.conformance.descriptor_training import LossRow
from tfk_ext import losses

EPSILON = 1e-7
BIG = 1e4


def _normal(x, axis):
    return x / np.sqrt(np.maximum((x**2).sum(axis, keepdims=True), 1e-12))


def _huber(y, p, delta=1.0):
    x = np.abs(y - p)
    return np.where(x <= delta, 0.5 * x**2, 0.5 * delta**2 + delta * (x - delta)).mean(-1)


def _binary(y, p, from_logits=False, label_smoothing=0.0, axis=-1):
    y = y * (1 - label_smoothing) + 0.5 * label_smoothing
    if from_logits:
        values = np.logaddexp(0, p) - y * p
    else:
        p = np.clip(p, EPSILON, 1 - EPSILON)
        values = -(y * np.log(p + EPSILON) + (1 - y) * np.log(1 - p + EPSILON))
    return values.mean(axis)


def _log_softmax(x, axis):
    x = x - x.max(axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis, keepdims=True))


def _categorical(y, p, from_logits=False, label_smoothing=0.0, axis=-1):
    y = y * (1 - label_smoothing) + label_smoothing / p.shape[axis]
    if from_logits:
        return -(y * _log_softmax(p, axis)).sum(axis)
    return -(y * np.log(np.clip(p / p.sum(axis, keepdims=True), EPSILON, 1 - EPSILON))).sum(axis)


def _sparse(y, p, from_logits=False, axis=-1, ignore_class=None):
    p = np.moveaxis(p, axis, -1)
    logs = _log_softmax(p if from_logits else np.log(np.clip(p, EPSILON, 1 - EPSILON)), -1)
    labels = np.where(y == ignore_class, 0, y).astype(int)
    values = -np.take_along_axis(logs, labels[..., None], -1)[..., 0]
    return np.where(y == ignore_class, 0.0, values)


def _divergence(y, p):
    y, p = np.clip(y, EPSILON, 1), np.clip(p, EPSILON, 1)
    return (y * np.log(y / p)).sum(-1)


def _signed(y):
    return 2 * y - 1 if np.isin(y, [0, 1]).all() else y


def _signs(rng, shape):
    return rng.choice([-1.0, 1.0], shape), rng.normal(size=shape)


def _axis_1(draw):
    """Draw with the classes along axis 1 of three."""

    def drawn(rng, shape):
        y, p = draw(rng, (shape[0], 3, shape[-1]))
        return (np.moveaxis(y, -1, 1) if y.ndim == p.ndim else y), np.moveaxis(p, -1, 1)

    return drawn


_NUMBERS = ([[0.0, 0.0, 1e4]], [[0.0, -1e4, 1e4]], {})
_SURE = ([[0.0, 1.0, 1.0, 0.0]], [[0.0, 1.0, 0.0, 1.0]], {})
_SURE_LOGITS = ([[0.0, 1.0, 1.0, 0.0]], [[-BIG, BIG, -BIG, BIG]], {"from_logits": True})
_SMOOTH = {"label_smoothing": 0.1}
_LOGITS = {"from_logits": True}
_AXIS = [({"axis": "last"}, "axis")]

ROWS = [
    LossRow(
        losses.MeanSquaredError,
        losses.mean_squared_error,
        lambda y, p: ((y - p) ** 2).mean(-1),
        [({}, d.regression)],
        [_NUMBERS],
        ("mse", "MSE", "mean_squared_error", "MeanSquaredError"),
    ),
    LossRow(
        losses.MeanAbsoluteError,
        losses.mean_absolute_error,
        lambda y, p: np.abs(y - p).mean(-1),
        [({}, d.regression)],
        [_NUMBERS],
        ("mae", "MAE", "mean_absolute_error", "MeanAbsoluteError"),
    ),
    LossRow(
        losses.MeanAbsolutePercentageError,
        losses.mean_absolute_percentage_error,
        lambda y, p: 100 * (np.abs(y - p) / np.maximum(np.abs(y), EPSILON)).mean(-1),
        [({}, d.positive)],
        [_NUMBERS],
        ("mape", "MAPE", "mean_absolute_percentage_error", "MeanAbsolutePercentageError"),
    ),
    LossRow(
        losses.MeanSquaredLogarithmicError,
        losses.mean_squared_logarithmic_error,
        lambda y, p: ((np.log1p(np.maximum(y, EPSILON)) - np.log1p(np.maximum(p, EPSILON))) ** 2).mean(-1),
        [({}, d.positive), ({}, d.regression)],
        [_NUMBERS],
        ("msle", "MSLE", "mean_squared_logarithmic_error", "MeanSquaredLogarithmicError"),
    ),
    LossRow(
        losses.CosineSimilarity,
        losses.cosine_similarity,
        lambda y, p, axis=-1: -(_normal(y, axis) * _normal(p, axis)).sum(axis),
        [({}, d.regression), ({"axis": 1}, _axis_1(d.regression)), ({"axis": 0}, d.regression)],
        [([[0.0, 0.0]], [[1.0, 2.0]], {}), ([[1.0, 2.0]], [[0.0, 0.0]], {}), _NUMBERS],
        ("cosine_similarity", "CosineSimilarity"),
        bad=_AXIS,
    ),
    LossRow(
        losses.Huber,
        losses.huber,
        _huber,
        [({}, d.regression), ({"delta": 0.3}, d.regression), ({"delta": 2}, d.regression)],
        [_NUMBERS, ([[0.0]], [[1e30]], {})],
        ("huber", "Huber"),
        bad=[({"delta": -1}, "delta")],
    ),
    LossRow(
        losses.LogCosh,
        losses.log_cosh,
        lambda y, p: np.log(np.cosh(y - p)).mean(-1),
        [({}, d.regression)],
        [_NUMBERS],
        ("log_cosh", "logcosh", "LogCosh"),
    ),
    LossRow(
        losses.BinaryCrossentropy,
        losses.binary_crossentropy,
        _binary,
        [
            ({}, d.binary),
            (_SMOOTH, d.binary),
            (_LOGITS, d.binary_logits),
            ({**_LOGITS, **_SMOOTH}, d.binary_logits),
            ({"axis": 1}, _axis_1(d.binary)),
        ],
        [_SURE, _SURE_LOGITS, (_SURE[0], _SURE[1], _SMOOTH)],
        ("bce", "BCE", "binary_crossentropy", "BinaryCrossentropy"),
        bad=[*_AXIS, ({"label_smoothing": 1.5}, "label_smoothing"), ({"from_logits": "x"}, "from_logits")],
    ),
    LossRow(
        losses.CategoricalCrossentropy,
        losses.categorical_crossentropy,
        _categorical,
        [
            ({}, d.one_hot),
            ({}, d.distributions),
            (_SMOOTH, d.one_hot),
            (_LOGITS, d.one_hot_logits),
            ({**_LOGITS, **_SMOOTH}, d.one_hot_logits),
            ({"axis": 1}, _axis_1(d.one_hot)),
            ({"axis": 1, **_LOGITS}, _axis_1(d.one_hot_logits)),
        ],
        [
            ([[0.0, 1.0]], [[1.0, 0.0]], {}),
            ([[0.0, 1.0]], [[0.0, 0.0]], {}),
            ([[0.0, 1.0]], [[BIG, -BIG]], _LOGITS),
            ([[0.0, 1.0]], [[-np.inf, 0.0]], _LOGITS),
        ],
        ("categorical_crossentropy", "CategoricalCrossentropy"),
        bad=[*_AXIS, ({"label_smoothing": -0.1}, "label_smoothing"), ({"from_logits": 2}, "from_logits")],
    ),
    LossRow(
        losses.SparseCategoricalCrossentropy,
        losses.sparse_categorical_crossentropy,
        _sparse,
        [
            ({}, d.sparse),
            (_LOGITS, d.sparse_logits),
            ({"ignore_class": 1}, d.sparse),
            ({"ignore_class": 0, **_LOGITS}, d.sparse_logits),
            ({"axis": 1}, _axis_1(d.sparse)),
        ],
        [
            ([1], [[1.0, 0.0]], {}),
            ([1], [[0.0, 0.0]], {}),
            ([1], [[BIG, -BIG]], _LOGITS),
            ([1, 0], [[np.nan, np.nan], [0.5, 0.5]], {"ignore_class": 1}),
        ],
        ("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"),
        bad=[*_AXIS, ({"ignore_class": "x"}, "ignore_class")],
    ),
    LossRow(
        losses.KLDivergence,
        losses.kl_divergence,
        lambda y, p: (np.clip(y, EPSILON, 1) * np.log(np.clip(y, EPSILON, 1) / np.clip(p, EPSILON, 1))).sum(
            -1
        ),
        [({}, d.distributions), ({}, d.one_hot)],
        [([[0.0, 1.0]], [[1.0, 0.0]], {}), ([[0.0, 0.0]], [[0.0, 0.0]], {})],
        ("kld", "KLD", "kl_divergence", "kullback_leibler_divergence", "KLDivergence"),
    ),
    LossRow(
        losses.Poisson,
        losses.poisson,
        lambda y, p: (p - y * np.log(p + EPSILON)).mean(-1),
        [({}, d.counts)],
        [([[0.0, 5.0]], [[0.0, 0.0]], {}), ([[1e4]], [[1e-4]], {})],
        ("poisson", "Poisson"),
    ),
    LossRow(
        losses.Hinge,
        losses.hinge,
        lambda y, p: np.maximum(1 - _signed(y) * p, 0).mean(-1),
        [({}, _signs), ({}, d.binary_logits)],
        [([[0.0, 1.0]], [[BIG, -BIG]], {})],
        ("hinge", "Hinge"),
    ),
    LossRow(
        losses.SquaredHinge,
        losses.squared_hinge,
        lambda y, p: (np.maximum(1 - _signed(y) * p, 0) ** 2).mean(-1),
        [({}, _signs), ({}, d.binary_logits)],
        [([[0.0, 1.0]], [[BIG, -BIG]], {})],
        ("squared_hinge", "SquaredHinge"),
    ),
    LossRow(
        losses.CategoricalHinge,
        losses.categorical_hinge,
        lambda y, p: np.maximum(((1 - y) * p).max(-1) - (y * p).sum(-1) + 1, 0),
        [({}, d.one_hot_logits)],
        [([[0.0, 1.0]], [[BIG, -BIG]], {})],
        ("categorical_hinge", "CategoricalHinge"),
    ),
]
