"""Callbacks that print."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.callbacks.base import logged
from tfk_ext.compat.spellings.calls import accept_old_spellings

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


@accept_old_spellings
class LambdaCallback(tf.keras.callbacks.Callback):
    """Call functions at events of the training.

    Args:
        on_epoch_begin: ``function(epoch, logs)``, called at the beginning of each epoch.
        on_epoch_end: ``function(epoch, logs)``, called at the end of each epoch.
        on_batch_begin: ``function(batch, logs)``, called before each batch of the training.
        on_batch_end: ``function(batch, logs)``, called after each batch of the training.
        on_train_begin: ``function(logs)``, called at the beginning of the training.
        on_train_end: ``function(logs)``, called at its end.
        **kwargs: functions for further events: ``on_train_batch_begin``, ``on_train_batch_end``, and
            ``on_{test,predict}_{begin,end,batch_begin,batch_end}``.

    Raises:
        TypeError: an argument is no function, or there is no such event.

    Example:
        >>> batch_print_callback = tfk_ext.callbacks.LambdaCallback(
        ...     on_batch_begin=lambda batch, logs: print(batch)
        ... )
        >>> model = tf.keras.Sequential([tf.keras.Input((1,)), tfk_ext.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> history = model.fit(
        ...     np.ones((4, 1)), np.ones((4, 1)), batch_size=2, verbose=0, callbacks=[batch_print_callback]
        ... )
        0
        1

    Source: the classic documents, ``keras.callbacks.LambdaCallback``.
    """

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_batch_begin=None,
        on_batch_end=None,
        on_train_begin=None,
        on_train_end=None,
        **kwargs,
    ):
        super().__init__()
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_batch_begin": on_batch_begin,
            "on_batch_end": on_batch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            **kwargs,
        }
        for event, function in given.items():
            if not event.startswith("on_") or not hasattr(tf.keras.callbacks.Callback, event):
                checks.fail(self, f"there is no event {event!r}.", TypeError)
            if function is not None:
                if not callable(function):
                    checks.fail(self, f"{event} must be a function, got {function!r}.", TypeError)
                setattr(self, event, function)


@accept_old_spellings
class ProgbarLogger(tf.keras.callbacks.Callback):
    """Print a progress bar with the logs for each epoch. ``fit(verbose=1)`` adds one by itself.

    How much it prints is up to ``verbose`` of ``fit``, ``evaluate`` and ``predict``.

    Args:
        count_mode: ``"samples"`` or ``"steps"``, what the bar counts. Samples can be counted where the
            training loop tells their number (``params["samples"]``) and the size of each batch
            (``logs["size"]`` or ``params["batch_size"]``), as that of Keras 1 and 2.0 did; that of Keras 3
            does not, and steps are counted.
        stateful_metrics: names of logs that are shown as they are. So are the model's own metrics, which are
            means over the epoch already. Other logs, of a training step of one's own, are averaged.

    Raises:
        ValueError: an unknown ``count_mode``.

    Example:
        >>> bar = tfk_ext.callbacks.ProgbarLogger(count_mode="steps")
        >>> model = tf.keras.Sequential([tf.keras.Input((1,)), tfk_ext.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> history = model.fit(np.ones((4, 1)), np.ones((4, 1)), verbose=0, callbacks=[bar])

    Source: the classic documents, ``keras.callbacks.ProgbarLogger``.
    """

    def __init__(self, count_mode="samples", stateful_metrics=None):
        super().__init__()
        self.count_mode = checks.one_of(self, "count_mode", count_mode, ("samples", "steps"))
        self.stateful_metrics = set(stateful_metrics or ())
        self.seen = 0
        self.target: Any = None
        self.verbose = 1
        self.epochs = 1
        self._bar = None
        self._training = False

    # Keras adds a progress bar of its own unless one of its class is among the callbacks; `isinstance` asks
    # this. There is no other way to tell it.
    __class__ = property(lambda self: tf.keras.callbacks.ProgbarLogger)

    def set_params(self, params):
        super().set_params(params)
        verbose = params.get("verbose", 1)
        self.verbose = 1 if verbose == "auto" else int(verbose)
        self.epochs = params.get("epochs", 1)

    @property
    def _counts_samples(self):
        return self.count_mode == "samples" and bool(self.params.get("samples"))

    def _begin(self):
        self.target = self.params["samples"] if self._counts_samples else self.params.get("steps")
        self.seen = 0
        self._bar = None

    def _progress(self, batch, logs, finalize=False):
        if not self.verbose:
            return
        logs = dict(logs or {})
        size = logs.pop("size", None)
        if batch is None:
            self.seen = self.target or self.seen
        elif self._counts_samples:
            self.seen = min(self.seen + int(size or self.params.get("batch_size") or 1), self.target)
        else:
            self.seen = batch + 1
        if self._bar is None:
            own = self.model.get_metrics_result() if hasattr(self.model, "get_metrics_result") else {}
            self._bar = tf.keras.utils.Progbar(
                target=self.target,
                verbose=self.verbose,
                stateful_metrics=self.stateful_metrics | set(own),
                unit_name="sample" if self._counts_samples else "step",
            )
        if finalize and self.target is None:
            self._bar.target = self.target = self.seen
        if finalize:
            # What validation adds is known now only and is shown as it is.
            self._bar.stateful_metrics |= set(logs)
        self._bar.update(self.seen, list(logs.items()), finalize=finalize)

    def on_train_begin(self, logs=None):
        self._training = True

    def on_train_end(self, logs=None):
        self._training = False

    def on_epoch_begin(self, epoch, logs=None):
        self._begin()
        if self.verbose and self.epochs > 1:
            print(f"Epoch {epoch + 1}/{self.epochs}")

    def on_train_batch_end(self, batch, logs=None):
        self._progress(batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        self._progress(None, logs, finalize=True)

    def on_test_begin(self, logs=None):
        if not self._training:
            self._begin()

    def on_test_batch_end(self, batch, logs=None):
        if not self._training:
            self._progress(batch, logs)

    def on_test_end(self, logs=None):
        if not self._training:
            self._progress(None, logs, finalize=True)

    def on_predict_begin(self, logs=None):
        self._begin()

    def on_predict_batch_end(self, batch, logs=None):
        self._progress(batch, None)

    def on_predict_end(self, logs=None):
        self._progress(None, None, finalize=True)
