"""Single batches: ``train_on_batch``, ``test_on_batch``, ``predict_on_batch``."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfk_ext.models import feeding, logs, targets
from tfk_ext.models.mixin import Mixin


class Batches(Mixin):
    """Training, evaluation and prediction of one batch. It stands before the Keras class."""

    def train_on_batch(
        self, x, y=None, sample_weight=None, class_weight=None, reset_metrics=True, return_dict=False
    ):
        """Take one step of training.

        Args:
            x: inputs: an array, a list with one for each input, or a dictionary by input name.
            y: targets, in the same forms.
            sample_weight: weight of each sample, or of each step of it; for several outputs a list or a
                dictionary by output name.
            class_weight: ``{class: weight}``; for several outputs a list or a dictionary by output name.
            reset_metrics: whether the metrics start anew, so that the values are those of this batch.
            return_dict: whether to return a dictionary by name.

        Returns:
            The loss, or with metrics a list in the order of ``metrics_names``.

        Example:
            >>> model = tfk_ext.Sequential([tfk_ext.Dense(1, input_dim=2, kernel_initializer="zeros")])
            >>> model.compile("sgd", "mse", metrics=["mae"])
            >>> model.train_on_batch(np.ones((4, 2)), np.full(4, 3.0))
            [9.0, 3.0]
        """
        x, y, sample_weight = self._batch(x, y, sample_weight, class_weight)
        with feeding.keeping_metrics(self, not reset_metrics):
            result = super().train_on_batch(x, y, sample_weight=sample_weight, return_dict=True)
        return self._values(result, return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, reset_metrics=True, return_dict=False):
        """Evaluate one batch, without training.

        Args:
            x, y, sample_weight, reset_metrics, return_dict: see :meth:`train_on_batch`.

        Returns:
            The loss, or with metrics a list in the order of ``metrics_names``.

        Example:
            >>> model = tfk_ext.Sequential([tfk_ext.Dense(1, input_dim=2, kernel_initializer="zeros")])
            >>> model.compile("sgd", "mse")
            >>> model.test_on_batch(np.ones((4, 2)), np.full(4, 3.0))
            9.0
        """
        x, y, sample_weight = self._batch(x, y, sample_weight, None)
        with feeding.keeping_metrics(self, not reset_metrics):
            result = super().test_on_batch(x, y, sample_weight=sample_weight, return_dict=True)
        return self._values(result, return_dict)

    def predict_on_batch(self, x):
        """Return the outputs for one batch: an array, or a list of them for several outputs.

        Example:
            >>> model = tfk_ext.Sequential([tfk_ext.Dense(3, input_dim=2)])
            >>> model.predict_on_batch(np.ones((4, 2))).shape
            (4, 3)
        """
        outputs = super().predict_on_batch(feeding.arrays(self, x))
        return list(outputs) if isinstance(outputs, tuple) else outputs

    def _batch(self, x, y, sample_weight, class_weight):
        names = self._output_names()
        x = feeding.arrays(self, x)
        y = targets.in_order(self, "the targets", feeding.arrays(self, y), names)
        sample_weight = feeding.sample_weights(self, y, feeding.arrays(self, sample_weight), names)
        if class_weight is not None:
            weights = targets.class_weights_of(self, class_weight, names)
            sample_weight = targets.combine(y, sample_weight, weights, targets.sample_weights_of_classes)
        return x, y, sample_weight

    def _values(self, result: dict[str, Any], return_dict: bool) -> Any:
        names = logs.order(result, self.metrics_names)
        if return_dict:
            return {name: result[name] for name in names}
        values = [result[name] for name in names]
        return values[0] if len(values) == 1 else values


def is_array(value: Any) -> bool:
    """Tell whether a value is an array or a tensor by itself."""
    return isinstance(value, np.ndarray) or hasattr(value, "shape")
