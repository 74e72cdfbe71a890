"""Callbacks that print."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext.callbacks.base import logged

_LOSS_HINT = "a custom train_step or test_step has to return it."
_ERROR_HINT = "compile the model with metrics=['mean_absolute_error']."


class LossAndErrorPrintingCallback(tf.keras.callbacks.Callback):
    """Print the loss after each batch, and the mean losses and mean absolute errors after each epoch.

    A batch is reported in training and in evaluation (the validation of ``fit`` included) alike. The model
    has to be compiled with ``metrics=["mean_absolute_error"]``; the short name ``"mae"`` serves as well.

    Raises:
        ValueError: the logs hold no ``loss``, or at the end of an epoch no ``mean_absolute_error``.

    Example:
        >>> callback = tfk_ext.callbacks.LossAndErrorPrintingCallback()
        >>> callback.on_train_batch_end(0, {"loss": 32.451})
        For batch 0, loss is   32.45.
        >>> callback.on_epoch_end(0, {"loss": 109.21, "mean_absolute_error": 5.83})
        The average loss for epoch 0 is  109.21 and mean absolute error is    5.83.

    Source: the classic guide "Writing your own callbacks".
    """

    def on_train_batch_end(self, batch, logs=None):
        self._print_batch(batch, logs)

    def on_test_batch_end(self, batch, logs=None):
        self._print_batch(batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        loss = logged(self, logs, "loss", _LOSS_HINT)
        short = "mae" in (logs or {}) and "mean_absolute_error" not in logs
        error = logged(self, logs, "mae" if short else "mean_absolute_error", _ERROR_HINT)
        print(f"The average loss for epoch {epoch} is {loss:7.2f} and mean absolute error is {error:7.2f}.")

    def _print_batch(self, batch, logs):
        loss = logged(self, logs, "loss", _LOSS_HINT)
        print(f"For batch {batch}, loss is {loss:7.2f}.")
