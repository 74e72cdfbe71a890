"""The metrics, with the classes of Keras 3 and tf_keras that they must equal, or a formula in NumPy."""

import numpy as np

from tests.conformance import descriptor_training as d
from tests.conformance.descriptor_training import MetricRow
from tfk_ext import metrics

_LOGITS = {"from_logits": True}
_SMOOTH = {"label_smoothing": 0.1}
_THRESHOLDS = [({"thresholds": 1.5}, "thresholds"), ({"thresholds": [0.5, "x"]}, "thresholds")]


def _coarse(rng, shape):
    """Labels 0 and 1, probabilities of which many lie on a threshold."""
    return rng.integers(0, 2, shape).astype(float), rng.integers(0, 21, shape) / 20


def _values(rng, shape):
    return rng.normal(size=shape), None


def _true_positives(y, p, weights):
    values = (y != 0) & (p != 0)
    return (values * (1 if weights is None else weights.reshape(-1, *[1] * (y.ndim - 1)))).sum()


def _row(name, cases, *names, **options):
    """A row whose class has the same name in every Keras."""
    return MetricRow(getattr(metrics, name), cases, names=names, peer=name, **options)


def _counts(name):
    cases = [
        ({}, d.binary),
        ({"thresholds": 0.3}, _coarse),
        ({"thresholds": [0.7, 0.2, 0.4]}, d.binary),
        ({"thresholds": [0.0, 0.25, 0.5, 0.75, 1.0]}, _coarse),
    ]
    return _row(name, cases, name, bad=_THRESHOLDS)


def _shares(name):
    cases = [
        ({}, d.binary),
        ({"thresholds": [0.5, 0.1, 0.9]}, _coarse),
        ({"top_k": 2}, d.one_hot),
        ({"class_id": 1}, d.binary),
        ({"class_id": 2, "top_k": 2}, d.one_hot),
        ({"class_id": 0, "thresholds": 0.2}, d.one_hot),
    ]
    bad = [*_THRESHOLDS, ({"top_k": 0}, "top_k"), ({"class_id": -1}, "class_id")]
    return _row(name, cases, name, bad=bad)


ROWS = [
    MetricRow(metrics.Mean, [({}, _values)], ("Mean",), peer="Mean", values=True),
    MetricRow(metrics.Sum, [({}, _values)], ("Sum",), peer="Sum", values=True),
    _row("MeanMetricWrapper", [({"fn": metrics.mean_squared_error, "name": "wrapped"}, d.regression)]),
    _row("RootMeanSquaredError", [({}, d.regression)], "root_mean_squared_error", "RootMeanSquaredError"),
    _row("Accuracy", [({}, d.equal_often)], "accuracy", "Accuracy"),
    _row(
        "BinaryAccuracy",
        [({}, d.binary), ({"threshold": 0.3}, _coarse)],
        "binary_accuracy",
        "BinaryAccuracy",
        bad=[({"threshold": "x"}, "threshold")],
    ),
    _row("CategoricalAccuracy", [({}, d.one_hot)], "categorical_accuracy", "CategoricalAccuracy"),
    _row(
        "SparseCategoricalAccuracy",
        [({}, d.sparse)],
        "sparse_categorical_accuracy",
        "SparseCategoricalAccuracy",
    ),
    _row(
        "TopKCategoricalAccuracy",
        [({"k": 2}, d.one_hot), ({}, d.one_hot), ({"k": 1}, d.one_hot)],
        "top_k_categorical_accuracy",
        "TopKCategoricalAccuracy",
        bad=[({"k": 0}, "k must")],
    ),
    _row(
        "SparseTopKCategoricalAccuracy",
        [({"k": 2}, d.sparse), ({}, d.sparse)],
        "sparse_top_k_categorical_accuracy",
        "SparseTopKCategoricalAccuracy",
        bad=[({"k": 0}, "k must")],
    ),
    _row(
        "AUC",
        [
            ({}, d.binary),
            ({"num_thresholds": 5}, _coarse),
            ({"num_thresholds": 2}, d.binary),
            ({"curve": "PR"}, d.binary),
            ({"curve": "PR", "summation_method": "majoring"}, d.binary),
            ({"summation_method": "minoring", "num_thresholds": 21}, _coarse),
            ({"thresholds": [0.1, 0.5, 0.55]}, _coarse),
            ({"thresholds": [0.25, 0.5, 0.75], "curve": "PR"}, _coarse),
            ({"from_logits": True}, d.binary_logits),
            ({"multi_label": True}, d.binary),
            ({"multi_label": True, "num_labels": 4, "curve": "PR"}, d.binary),
            ({"multi_label": True, "label_weights": [0.5, 1.0, 0.0, 2.0]}, d.binary),
            ({"label_weights": [0.5, 1.0, 0.0, 2.0]}, d.binary),
            ({"curve": "PRGAIN", "summation_method": "majoring"}, d.binary),
        ],
        "AUC",
        bad=[
            ({"curve": "no"}, "curve"),
            ({"summation_method": "no"}, "summation_method"),
            ({"num_thresholds": 1}, "num_thresholds"),
            ({"thresholds": [2.0]}, "thresholds"),
            ({"num_labels": 2}, "num_labels"),
            ({"multi_label": True, "num_labels": 3, "label_weights": [1.0]}, "label_weights"),
        ],
    ),
    _row("MeanSquaredError", [({}, d.regression)], "mse", "mean_squared_error", "MeanSquaredError"),
    _row("MeanAbsoluteError", [({}, d.regression)], "mae", "mean_absolute_error", "MeanAbsoluteError"),
    _row("MeanAbsolutePercentageError", [({}, d.positive)], "mape", "MeanAbsolutePercentageError"),
    _row("MeanSquaredLogarithmicError", [({}, d.positive)], "msle", "MeanSquaredLogarithmicError"),
    _row(
        "CosineSimilarity",
        [({}, d.regression)],
        "cosine_similarity",
        "CosineSimilarity",
        bad=[({"axis": "x"}, "axis")],
    ),
    _row("LogCoshError", [({}, d.regression)], "logcosh", "LogCoshError"),
    _row(
        "BinaryCrossentropy",
        [({}, d.binary), (_SMOOTH, d.binary), (_LOGITS, d.binary_logits)],
        "bce",
        "binary_crossentropy",
        bad=[({"label_smoothing": 2}, "label_smoothing"), ({"from_logits": "x"}, "from_logits")],
    ),
    _row(
        "CategoricalCrossentropy",
        [({}, d.one_hot), (_SMOOTH, d.one_hot), (_LOGITS, d.one_hot_logits)],
        "categorical_crossentropy",
        bad=[({"label_smoothing": 2}, "label_smoothing"), ({"axis": "x"}, "axis")],
    ),
    _row(
        "SparseCategoricalCrossentropy",
        [({}, d.sparse), (_LOGITS, d.sparse_logits)],
        "sparse_categorical_crossentropy",
        bad=[({"axis": "x"}, "axis")],
    ),
    _row("KLDivergence", [({}, d.distributions)], "kld", "kl_divergence", "KLDivergence"),
    _row("Poisson", [({}, d.counts)], "poisson", "Poisson"),
    _row("Hinge", [({}, d.binary_logits)], "hinge", "Hinge"),
    _row("SquaredHinge", [({}, d.binary_logits)], "squared_hinge", "SquaredHinge"),
    _row("CategoricalHinge", [({}, d.one_hot_logits)], "categorical_hinge", "CategoricalHinge"),
    _counts("TruePositives"),
    _counts("FalsePositives"),
    _counts("TrueNegatives"),
    _counts("FalseNegatives"),
    _shares("Precision"),
    _shares("Recall"),
    MetricRow(
        metrics.BinaryTruePositives,
        [({}, d.equal_often)],
        ("BinaryTruePositives",),
        formula=lambda y, p, w: np.float64(_true_positives(y, p, w)),
    ),
]
