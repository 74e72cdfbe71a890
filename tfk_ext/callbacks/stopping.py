"""Callbacks that end the training early."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.callbacks.base import Monitoring, StatefulCallback, logged, monitored
from tfk_ext.compat.spellings.calls import accept_old_spellings


@accept_old_spellings
class EarlyStoppingAtMinLoss(StatefulCallback):
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

    _state = ("wait", "best", "best_weights")

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


@accept_old_spellings
class EarlyStopping(Monitoring):
    """Stop when a logged value no longer improves.

    After each epoch the value is compared with the best so far. The ``patience``-th epoch in a row without
    an improvement ends the training (with 0 or 1 the first one; the very first epoch never does).

    Args:
        monitor: key of the logs.
        min_delta: an improvement is more than this.
        patience: how many epochs in a row may pass without an improvement; the last of them stops.
        verbose: 1 prints a line when it stops.
        mode: ``"min"``: less is better, ``"max"``: more is better, ``"auto"``: as the metric or its name
            says.
        baseline: the patience is only renewed by values that also improve on this one.
        restore_best_weights: whether the training ends with the weights of the best epoch; without any
            improvement it is the first. As in Keras 3 also when the epochs run out first.
        start_from_epoch: how many first epochs are not looked at.

    Raises:
        ValueError: an unknown ``mode``, a negative ``patience`` and the like.

    Example:
        >>> model = tf.keras.Sequential([tf.keras.Input((1,)), tfk_ext.Dense(1)])
        >>> model.compile(tf.keras.optimizers.SGD(0.0), "mse")
        >>> stop = tfk_ext.callbacks.EarlyStopping(monitor="loss", patience=3)
        >>> history = model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=10, verbose=0, callbacks=[stop])
        >>> len(history.epoch)
        4

    Source: the classic documents, ``keras.callbacks.EarlyStopping``.
    """

    _state = ("wait", "best", "best_epoch", "best_weights")

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=False,
        start_from_epoch=0,
    ):
        super().__init__(monitor, mode, min_delta)
        self.patience = checks.integer(self, "patience", patience, minimum=0)
        self.verbose = verbose
        self.baseline = None if baseline is None else checks.number(self, "baseline", baseline)
        self.restore_best_weights = checks.boolean(self, "restore_best_weights", restore_best_weights)
        self.start_from_epoch = checks.integer(self, "start_from_epoch", start_from_epoch, minimum=0)
        self._reset()

    def _reset(self):
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_epoch = 0
        self.best_weights = None

    def on_train_begin(self, logs=None):
        self._reset()

    def on_epoch_end(self, epoch, logs=None):
        current = monitored(self, logs, self.monitor)
        if current is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        improved = self._improves(current, self.best)
        if self.restore_best_weights and (improved or self.best_weights is None):
            self.best_weights = self.model.get_weights()
            self.best_epoch = epoch
        if improved:
            self.best, self.best_epoch = current, epoch
            if self.baseline is None or self._improves(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self.stopped_epoch > 0 and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose:
                print(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)


class TerminateOnNaN(tf.keras.callbacks.Callback):
    """Stop the training when the loss of a batch is NaN or infinite.

    Example:
        >>> model = tf.keras.Sequential([tf.keras.Input((1,)), tfk_ext.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> stop = tfk_ext.callbacks.TerminateOnNaN()
        >>> history = model.fit(
        ...     np.full((4, 1), np.nan), np.ones((4, 1)), epochs=5, verbose=0, callbacks=[stop]
        ... )
        Batch 0: Invalid loss, terminating training
        >>> len(history.epoch)
        1

    Source: the classic documents, ``keras.callbacks.TerminateOnNaN``.
    """

    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is not None and not np.all(np.isfinite(loss)):
            print(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True
