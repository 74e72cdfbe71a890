"""The documented metrics: classes that keep a state, functions of one batch, and the short names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfk_ext.compat.spellings.calls import name_of_today
from tfk_ext.losses.functions import binary_crossentropy as binary_crossentropy
from tfk_ext.losses.functions import categorical_crossentropy as categorical_crossentropy
from tfk_ext.losses.functions import categorical_hinge as categorical_hinge
from tfk_ext.losses.functions import hinge as hinge
from tfk_ext.losses.functions import kl_divergence as kl_divergence
from tfk_ext.losses.functions import kullback_leibler_divergence as kullback_leibler_divergence
from tfk_ext.losses.functions import log_cosh as log_cosh
from tfk_ext.losses.functions import mean_absolute_error as mean_absolute_error
from tfk_ext.losses.functions import mean_absolute_percentage_error as mean_absolute_percentage_error
from tfk_ext.losses.functions import mean_squared_error as mean_squared_error
from tfk_ext.losses.functions import mean_squared_logarithmic_error as mean_squared_logarithmic_error
from tfk_ext.losses.functions import poisson as poisson
from tfk_ext.losses.functions import sparse_categorical_crossentropy as sparse_categorical_crossentropy
from tfk_ext.losses.functions import squared_hinge as squared_hinge
from tfk_ext.metrics import of_keras_1 as of_keras_1
from tfk_ext.metrics.accuracy import Accuracy as Accuracy
from tfk_ext.metrics.accuracy import BinaryAccuracy as BinaryAccuracy
from tfk_ext.metrics.accuracy import CategoricalAccuracy as CategoricalAccuracy
from tfk_ext.metrics.accuracy import SparseCategoricalAccuracy as SparseCategoricalAccuracy
from tfk_ext.metrics.accuracy import SparseTopKCategoricalAccuracy as SparseTopKCategoricalAccuracy
from tfk_ext.metrics.accuracy import TopKCategoricalAccuracy as TopKCategoricalAccuracy
from tfk_ext.metrics.accuracy import accuracy as accuracy
from tfk_ext.metrics.accuracy import binary_accuracy as binary_accuracy
from tfk_ext.metrics.accuracy import categorical_accuracy as categorical_accuracy
from tfk_ext.metrics.accuracy import sparse_categorical_accuracy as sparse_categorical_accuracy
from tfk_ext.metrics.accuracy import sparse_top_k_categorical_accuracy as sparse_top_k_categorical_accuracy
from tfk_ext.metrics.accuracy import top_k_categorical_accuracy as top_k_categorical_accuracy
from tfk_ext.metrics.auc import AUC as AUC
from tfk_ext.metrics.base import Metric as Metric
from tfk_ext.metrics.confusion import BinaryTruePositives as BinaryTruePositives
from tfk_ext.metrics.confusion import FalseNegatives as FalseNegatives
from tfk_ext.metrics.confusion import FalsePositives as FalsePositives
from tfk_ext.metrics.confusion import Precision as Precision
from tfk_ext.metrics.confusion import Recall as Recall
from tfk_ext.metrics.confusion import TrueNegatives as TrueNegatives
from tfk_ext.metrics.confusion import TruePositives as TruePositives
from tfk_ext.metrics.margin import CategoricalHinge as CategoricalHinge
from tfk_ext.metrics.margin import Hinge as Hinge
from tfk_ext.metrics.margin import SquaredHinge as SquaredHinge
from tfk_ext.metrics.probabilistic import BinaryCrossentropy as BinaryCrossentropy
from tfk_ext.metrics.probabilistic import CategoricalCrossentropy as CategoricalCrossentropy
from tfk_ext.metrics.probabilistic import KLDivergence as KLDivergence
from tfk_ext.metrics.probabilistic import Poisson as Poisson
from tfk_ext.metrics.probabilistic import SparseCategoricalCrossentropy as SparseCategoricalCrossentropy
from tfk_ext.metrics.reduction import Mean as Mean
from tfk_ext.metrics.reduction import MeanMetricWrapper as MeanMetricWrapper
from tfk_ext.metrics.reduction import RootMeanSquaredError as RootMeanSquaredError
from tfk_ext.metrics.reduction import Sum as Sum
from tfk_ext.metrics.regression import CosineSimilarity as CosineSimilarity
from tfk_ext.metrics.regression import LogCoshError as LogCoshError
from tfk_ext.metrics.regression import MeanAbsoluteError as MeanAbsoluteError
from tfk_ext.metrics.regression import MeanAbsolutePercentageError as MeanAbsolutePercentageError
from tfk_ext.metrics.regression import MeanSquaredError as MeanSquaredError
from tfk_ext.metrics.regression import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
from tfk_ext.registration import checked

mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
bce = BCE = binary_crossentropy
kld = KLD = kl_divergence
logcosh = log_cosh

_CLASSES = [
    AUC,
    Accuracy,
    BinaryAccuracy,
    BinaryCrossentropy,
    BinaryTruePositives,
    CategoricalAccuracy,
    CategoricalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    FalseNegatives,
    FalsePositives,
    Hinge,
    KLDivergence,
    LogCoshError,
    Mean,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanMetricWrapper,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    Precision,
    Recall,
    RootMeanSquaredError,
    SparseCategoricalAccuracy,
    SparseCategoricalCrossentropy,
    SparseTopKCategoricalAccuracy,
    SquaredHinge,
    Sum,
    TopKCategoricalAccuracy,
    TrueNegatives,
    TruePositives,
]
# A string in `compile(metrics=[...])` is a class where there is one of that meaning: its name is then the
# name in the logs.
_BY_NAME: dict[str, Any] = {cls.__name__: cls for cls in _CLASSES}
_BY_NAME.update(
    accuracy=Accuracy,
    binary_accuracy=BinaryAccuracy,
    categorical_accuracy=CategoricalAccuracy,
    sparse_categorical_accuracy=SparseCategoricalAccuracy,
    top_k_categorical_accuracy=TopKCategoricalAccuracy,
    sparse_top_k_categorical_accuracy=SparseTopKCategoricalAccuracy,
    mean_squared_error=MeanSquaredError,
    mean_absolute_error=MeanAbsoluteError,
    mean_absolute_percentage_error=MeanAbsolutePercentageError,
    mean_squared_logarithmic_error=MeanSquaredLogarithmicError,
    root_mean_squared_error=RootMeanSquaredError,
    cosine_similarity=CosineSimilarity,
    logcosh=LogCoshError,
    binary_crossentropy=BinaryCrossentropy,
    categorical_crossentropy=CategoricalCrossentropy,
    sparse_categorical_crossentropy=SparseCategoricalCrossentropy,
    kl_divergence=KLDivergence,
    kullback_leibler_divergence=KLDivergence,
    poisson=Poisson,
    hinge=Hinge,
    squared_hinge=SquaredHinge,
    categorical_hinge=CategoricalHinge,
    mse=MeanSquaredError,
    MSE=MeanSquaredError,
    mae=MeanAbsoluteError,
    MAE=MeanAbsoluteError,
    mape=MeanAbsolutePercentageError,
    MAPE=MeanAbsolutePercentageError,
    msle=MeanSquaredLogarithmicError,
    MSLE=MeanSquaredLogarithmicError,
    bce=BinaryCrossentropy,
    BCE=BinaryCrossentropy,
    kld=KLDivergence,
    KLD=KLDivergence,
)


def get(identifier: Any) -> Callable | None:
    """Return the metric that ``identifier`` names.

    Args:
        identifier: ``None``, a documented name (``"mae"``, ``"binary_accuracy"``, ``"AUC"``), a function, a
            class, a metric, or what :func:`serialize` returned.

    Returns:
        A metric (a new one for a name), or the function that was given.

    Raises:
        ValueError: the name is not known.

    Example:
        >>> tfk_ext.metrics.get("mae")
        <MeanAbsoluteError name=mean_absolute_error>
    """
    identifier = checked(name_of_today("metric", identifier))
    if isinstance(identifier, str) and identifier in _BY_NAME:
        identifier = _BY_NAME[identifier]
    if isinstance(identifier, type):
        return identifier()
    if identifier is None or callable(identifier):
        return identifier
    try:
        return tf.keras.metrics.get(identifier)
    except ValueError as error:
        raise ValueError(
            f"unknown metric {identifier!r}; known are {', '.join(sorted(_BY_NAME))}."
        ) from error


def serialize(metric: Callable) -> Any:
    """Return what a configuration stores for a metric.

    Example:
        >>> tfk_ext.metrics.serialize(tfk_ext.metrics.AUC())["registered_name"]
        'tfk_ext.metrics>AUC'
    """
    return tf.keras.saving.serialize_keras_object(metric)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Callable | None:
    """Return the metric that :func:`serialize` wrote, or that a name stands for."""
    with tf.keras.saving.custom_object_scope(custom_objects or {}):
        return get(config)
