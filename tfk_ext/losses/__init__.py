"""The documented losses: a class and a function of each, and the short names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfk_ext.compat.spellings.calls import name_of_today
from tfk_ext.losses.functions import binary_crossentropy as binary_crossentropy
from tfk_ext.losses.functions import categorical_crossentropy as categorical_crossentropy
from tfk_ext.losses.functions import categorical_hinge as categorical_hinge
from tfk_ext.losses.functions import cosine_similarity as cosine_similarity
from tfk_ext.losses.functions import hinge as hinge
from tfk_ext.losses.functions import huber as huber
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
from tfk_ext.losses.margin import CategoricalHinge as CategoricalHinge
from tfk_ext.losses.margin import Hinge as Hinge
from tfk_ext.losses.margin import SquaredHinge as SquaredHinge
from tfk_ext.losses.probabilistic import BinaryCrossentropy as BinaryCrossentropy
from tfk_ext.losses.probabilistic import CategoricalCrossentropy as CategoricalCrossentropy
from tfk_ext.losses.probabilistic import KLDivergence as KLDivergence
from tfk_ext.losses.probabilistic import Poisson as Poisson
from tfk_ext.losses.probabilistic import SparseCategoricalCrossentropy as SparseCategoricalCrossentropy
from tfk_ext.losses.regression import CosineSimilarity as CosineSimilarity
from tfk_ext.losses.regression import Huber as Huber
from tfk_ext.losses.regression import LogCosh as LogCosh
from tfk_ext.losses.regression import MeanAbsoluteError as MeanAbsoluteError
from tfk_ext.losses.regression import MeanAbsolutePercentageError as MeanAbsolutePercentageError
from tfk_ext.losses.regression import MeanSquaredError as MeanSquaredError
from tfk_ext.losses.regression import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
from tfk_ext.registration import checked

Loss = tf.keras.losses.Loss

mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
bce = BCE = binary_crossentropy
kld = KLD = kl_divergence
logcosh = log_cosh

_FUNCTIONS: list[Any] = [
    mean_squared_error,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_logarithmic_error,
    cosine_similarity,
    huber,
    log_cosh,
    poisson,
    kl_divergence,
    hinge,
    squared_hinge,
    categorical_hinge,
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
]
_CLASSES: list[Any] = [
    MeanSquaredError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredLogarithmicError,
    CosineSimilarity,
    Huber,
    LogCosh,
    Poisson,
    KLDivergence,
    Hinge,
    SquaredHinge,
    CategoricalHinge,
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
]
_BY_NAME: dict[str, Any] = {thing.__name__: thing for thing in (*_FUNCTIONS, *_CLASSES)}
_BY_NAME.update(
    mse=mse,
    MSE=mse,
    mae=mae,
    MAE=mae,
    mape=mape,
    MAPE=mape,
    msle=msle,
    MSLE=msle,
    bce=bce,
    BCE=bce,
    kld=kld,
    KLD=kld,
    kullback_leibler_divergence=kl_divergence,
    logcosh=log_cosh,
)


def get(identifier: Any) -> Callable | None:
    """Return the loss that ``identifier`` names.

    Args:
        identifier: ``None``, a documented name (``"mse"``, ``"mean_squared_error"``,
            ``"MeanSquaredError"``), a function, a class, a loss object, or what :func:`serialize` returned.

    Raises:
        ValueError: the name is not known.

    Example:
        >>> tfk_ext.losses.get("mse") is tfk_ext.losses.mean_squared_error
        True
    """
    identifier = checked(name_of_today("loss", identifier))
    if isinstance(identifier, str) and identifier in _BY_NAME:
        identifier = _BY_NAME[identifier]
    if isinstance(identifier, type):
        return identifier()
    if identifier is None or callable(identifier):
        return identifier
    try:
        return tf.keras.losses.get(identifier)
    except ValueError as error:
        raise ValueError(f"unknown loss {identifier!r}; known are {', '.join(sorted(_BY_NAME))}.") from error


def serialize(loss: Callable) -> Any:
    """Return what a configuration stores for a loss.

    Example:
        >>> tfk_ext.losses.serialize(tfk_ext.losses.Huber())["registered_name"]
        'tfk_ext.losses>Huber'
    """
    return tf.keras.saving.serialize_keras_object(loss)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Callable | None:
    """Return the loss that :func:`serialize` wrote, or that a name stands for."""
    with tf.keras.saving.custom_object_scope(custom_objects or {}):
        return get(config)
