"""``keras.wrappers.scikit_learn``: what its classes are called today."""

from __future__ import annotations

from typing import Any


class _Moved:
    """A wrapper that is a package of its own today."""

    def __init__(self, *args: Any, **kwargs: Any):
        raise ImportError(
            f"{type(self).__name__}: the wrappers for scikit-learn are a package of their own: install "
            f"scikeras and write scikeras.wrappers.{type(self).__name__}(model=...); for a compiled model "
            "there is tf.keras.wrappers.SKLearnClassifier as well."
        )


class KerasClassifier(_Moved):
    """A model as a classifier of scikit-learn: use scikeras."""


class KerasRegressor(_Moved):
    """A model as a regressor of scikit-learn: use scikeras."""
