"""``add_metric`` and ``add_update``: values in the logs of ``fit``, and updates that go with a call."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.metrics.reduction import Mean


class _Added:
    """Holds metrics by name. A dictionary of the layer itself Keras would lock when the layer is built."""

    def __init__(self):
        self.by_name: dict[str, Mean] = {}


class AddsMetrics:
    """Gives a layer what Keras 3 has removed. It stands before the Keras class."""

    def add_metric(self, value: Any, name: str | None = None, aggregation: str | None = "mean") -> None:
        """Log a value that ``call`` has computed, as its mean over the batches of an epoch.

        Args:
            value: a tensor; of one with several elements all of them count.
            name: key in the logs; in validation with ``val_`` before it.
            aggregation: ``"mean"``, or ``None`` for the same.

        Raises:
            ValueError: no name, or another aggregation.

        Example:
            >>> class DenseLike(tfk_ext.layers.Layer):
            ...     def build(self, input_shape):
            ...         self.w = self.add_weight(name="w", shape=(input_shape[-1], 2), initializer="ones")
            ...
            ...     def call(self, inputs):
            ...         output = tf.matmul(inputs, self.w)
            ...         self.add_metric(tf.reduce_mean(output), aggregation="mean", name="activation_mean")
            ...         return output
            >>> model = tf.keras.Sequential([tf.keras.Input((3,)), DenseLike()])
            >>> model.compile(tf.keras.optimizers.SGD(0.0), "mse")
            >>> model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0).history["activation_mean"]
            [3.0]
        """
        if not isinstance(name, str) or not name:
            checks.fail(self, f"add_metric needs the name of the metric as name=..., got {name!r}.")
        checks.one_of(self, "aggregation", aggregation, ("mean", None))
        added = self._added_metrics()
        if name not in added:
            # A variable has to be made outside of the function that is being traced, if it is.
            with tf.init_scope():
                added[name] = Mean(name=name)
        added[name].update_state(value)

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Do updates of variables that go with a call.

        What ``assign`` and its like return has been done already, in the call as in a graph: only a function
        among the updates has to be called, and is.

        Args:
            updates: an update, or a list of them: a function without arguments, or what an assignment
                returned.
            inputs: not needed any more; an update is part of the call that makes it.

        Raises:
            TypeError: a symbolic tensor, which updates nothing.

        Example:
            >>> class Counting(tfk_ext.layers.Layer):
            ...     def build(self, input_shape):
            ...         self.calls = self.add_weight(name="calls", initializer="zeros", trainable=False)
            ...
            ...     def call(self, inputs):
            ...         self.add_update(lambda: self.calls.assign_add(1.0))
            ...         return inputs
            >>> layer = Counting()
            >>> y = layer(layer(np.ones((1, 2))))
            >>> float(layer.calls)
            2.0
        """
        for update in updates if isinstance(updates, (list, tuple)) else [updates]:
            if isinstance(update, tf.keras.KerasTensor):
                checks.fail(
                    self,
                    f"add_update takes functions and results of assignments, got the symbolic {update!r}: "
                    "update variables in the call of a layer.",
                    TypeError,
                )
            if callable(update):
                update()

    def _added_metrics(self) -> dict[str, Mean]:
        holder = self.__dict__.get("_added")
        if holder is None:
            holder = self.__dict__["_added"] = _Added()
        return holder.by_name

    @property
    def metrics(self):
        """The metrics of the layer and of the layers in it, with those that ``add_metric`` made."""
        return [*super().metrics, *self._added_metrics().values()]  # type: ignore[misc]
