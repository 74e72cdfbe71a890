"""The order of logs: the loss, the losses of the outputs, the metrics - in the order they were compiled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import tensorflow as tf


def order(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """Sort the keys of logs as ``known`` orders them, validation behind training, the rest at the end."""
    known = list(known)
    place = {name: index for index, name in enumerate([*known, *(f"val_{name}" for name in known)])}
    return sorted(names, key=lambda name: place.get(name, len(place)))


class OrderedLogs(tf.keras.callbacks.Callback):
    """Brings the logs that all callbacks share into the documented order; stands before the others.

    Keras sorts them by name, so that ``acc`` would come before ``loss``.
    """

    # Keras may then call the batch hooks of a model without other ones from a thread.
    async_safe = True

    def _order(self, logs):
        if logs and len(logs) > 1:
            wanted = order(logs, self.model.metrics_names)
            if wanted != list(logs):
                values = dict(logs)
                logs.clear()
                logs.update((name, values[name]) for name in wanted)

    def on_train_batch_end(self, batch, logs=None):
        self._order(logs)

    def on_test_batch_end(self, batch, logs=None):
        self._order(logs)

    def on_epoch_end(self, epoch, logs=None):
        self._order(logs)

    def on_train_end(self, logs=None):
        self._order(logs)

    def on_test_end(self, logs=None):
        self._order(logs)


class BegunCallbacks(tf.keras.callbacks.CallbackList):
    """Callbacks whose ``on_train_begin`` has run before Keras calls it, since it reads data first.

    A generator is then read after ``on_train_begin``, as documented.
    """

    def begin(self) -> None:
        """Call ``on_train_begin`` now; the next call of it does nothing."""
        super().on_train_begin()
        self._stopped = bool(self.model.stop_training)

    def on_train_begin(self, logs=None):
        # Keras has set `stop_training` to False meanwhile.
        if self._stopped:
            self.model.stop_training = True


def as_list(callbacks: Any) -> list[Any]:
    """Return callbacks as a list: one callback, a list of them, or nested lists."""
    if callbacks is None:
        return []
    if isinstance(callbacks, (list, tuple)):
        return [item for part in callbacks for item in as_list(part)]
    return [callbacks]
