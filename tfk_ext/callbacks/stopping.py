"""Callbacks that end the training early."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.callbacks.base import logged


class EarlyStoppingAtMinLoss(tf.keras.callbacks.Callback):
    """Stop when the training loss no longer falls, and go back to the weights of its minimum.

    After each epoch the loss is compared with the lowest so far. The first epoch without a new minimum, or
    the ``patience``-th such epoch in a row, ends the training and restores the weights of the best epoch.
    A loss that is not a number is no minimum: it counts as an epoch without progress.

    Args:
        patience: how many epochs in a row may pass without a new minimum; the last of them stops. As
            documented, 0 and 1 both stop at the first one.
        restore_at_end: whether the best weights are restored also when the epochs run out before the
            patience does. As documented the model then keeps its last weights.

    Attributes:
        best: the lowest loss, infinity before the first epoch.
        best_weights: the weights of that epoch, ``None`` as long as no loss was finite.
        wait: how many epochs in a row brought no new minimum.
        stopped_epoch: the epoch (counted from 0) that stopped the training, 0 if none did.

    Raises:
        ValueError: ``patience`` is negative, or the logs hold no ``loss``.

    Example:
        >>> model = tf.keras.Sequential([tf.keras.Input((1,)), tfk_ext.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> stop = tfk_ext.callbacks.EarlyStoppingAtMinLoss()
        >>> history = model.fit(np.ones((4, 1)), np.ones((4, 1)), verbose=0, callbacks=[stop])
        >>> stop.best == history.history["loss"][0]
        True

    Source: the classic guide "Writing your own callbacks".
    """

    def __init__(self, patience=0, restore_at_end=False):
        super().__init__()
        self.patience = checks.integer(self, "patience", patience, minimum=0)
        self.restore_at_end = checks.boolean(self, "restore_at_end", restore_at_end)
        self._reset()

    def _reset(self):
        self.wait = 0
        self.stopped_epoch = 0
        self.best = float("inf")
        self.best_weights = None
        self._stopped = False

    def on_train_begin(self, logs=None):
        self._reset()

    def on_epoch_end(self, epoch, logs=None):
        current = logged(self, logs, "loss", "a custom train_step has to return it.")
        if current < self.best:
            self.best = current
            self.wait = 0
            self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait >= self.patience:
            self._stopped = True
            self.stopped_epoch = epoch
            self.model.stop_training = True
            if self.best_weights is None:
                print("No epoch had a finite loss: the model keeps its weights.")
            else:
                print("Restoring model weights from the end of the best epoch.")
                self.model.set_weights(self.best_weights)

    def on_train_end(self, logs=None):
        if self._stopped:
            print(f"Epoch {self.stopped_epoch + 1:05d}: early stopping")
        elif self.restore_at_end and self.wait and self.best_weights is not None:
            print("Restoring model weights from the end of the best epoch.")
            self.model.set_weights(self.best_weights)
