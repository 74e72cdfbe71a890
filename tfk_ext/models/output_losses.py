"""The losses of a model with several outputs: weighted, summed, and each of them logged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfk_ext.metrics.reduction import Mean


class OutputLosses:
    """One loss for each output.

    Keras 3 logs the loss of an output as the mean over batches, which is wrong when the last batch is
    smaller; here each batch counts by its samples, as in Keras 2.

    Args:
        names: names of the outputs.
        losses: a loss object for each output, or ``None``.
        weights: what each loss is multiplied by in the sum, ``None`` for 1.
    """

    def __init__(self, names: Sequence[str], losses: Sequence[Any], weights: Sequence[float | None] | None):
        self.losses = list(losses)
        self.weights = list(weights or [None] * len(self.losses))
        self.means = [
            None if loss is None else Mean(name=f"{name}_loss") for name, loss in zip(names, self.losses)
        ]

    @property
    def metrics(self) -> list[Mean]:
        """The means that are logged."""
        return [mean for mean in self.means if mean is not None]

    def __call__(self, y: Sequence[Any], y_pred: Sequence[Any], sample_weight: Sequence[Any] | None) -> Any:
        """Return the weighted sum of the losses of a batch."""
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        sample_weights = [None] * len(self.losses) if sample_weight is None else sample_weight
        total = None
        for loss, weight, mean, true, predicted, each in zip(
            self.losses, self.weights, self.means, y, y_pred, sample_weights
        ):
            if loss is None:
                continue
            value = loss(true, predicted, each)
            batch = tf.shape(predicted)[0]
            mean.update_state(value * replicas if replicas > 1 else value, sample_weight=batch)
            value = value if weight is None else value * tf.cast(weight, value.dtype)
            total = value if total is None else total + tf.cast(value, total.dtype)
        return total
