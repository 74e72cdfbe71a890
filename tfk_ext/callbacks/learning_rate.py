"""Callbacks that change the learning rate."""

from __future__ import annotations

import inspect

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.callbacks.base import Monitoring, learning_rate, monitored, schedule_value, set_learning_rate
from tfk_ext.compat.spellings.calls import accept_old_spellings


@accept_old_spellings
class LearningRateScheduler(tf.keras.callbacks.Callback):
    """Set the learning rate at the beginning of each epoch: ``lr = schedule(epoch, lr)``.

    The rate is logged as ``lr`` at the end of the epoch.

    Args:
        schedule: a function of the epoch (from 0) and the current rate, or of the epoch alone, that returns
            the new rate: a number, or a scalar tensor.
        verbose: 1 prints a line an epoch.

    Raises:
        ValueError: ``schedule`` returns no finite number.
        TypeError: ``schedule`` can't be called; the optimizer has a schedule of its own.

    Example:
        >>> def scheduler(epoch, lr):
        ...     return lr if epoch < 1 else lr * tf.math.exp(-0.1)
        >>> model = tf.keras.Sequential([tf.keras.Input((20,)), tfk_ext.Dense(10)])
        >>> model.compile(tf.keras.optimizers.SGD(), loss="mse")
        >>> callback = tfk_ext.callbacks.LearningRateScheduler(scheduler)
        >>> history = model.fit(
        ...     np.arange(100).reshape(5, 20), np.zeros((5, 10)), epochs=2, callbacks=[callback], verbose=0
        ... )
        >>> [round(rate, 5) for rate in history.history["lr"]]
        [0.01, 0.00905]

    Source: the classic documents, ``keras.callbacks.LearningRateScheduler``.
    """

    def __init__(self, schedule, verbose=0):
        super().__init__()
        if not callable(schedule):
            checks.fail(
                self, f"schedule must be a function (epoch, lr) -> rate, got {schedule!r}.", TypeError
            )
        self.schedule = schedule
        self.verbose = verbose
        self._takes_rate = _takes_two(schedule)

    def on_epoch_begin(self, epoch, logs=None):
        arguments = (epoch, learning_rate(self, self.model)) if self._takes_rate else (epoch,)
        rate = schedule_value(self, self.schedule(*arguments))
        set_learning_rate(self, self.model, rate)
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.")

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs["lr"] = learning_rate(self, self.model)


def _takes_two(function):
    """Tell whether a function can be called with two positional arguments."""
    try:
        inspect.signature(function).bind(0, 0.0)
    except TypeError:
        return False
    except ValueError:  # a built-in without a signature
        return True
    return True


@accept_old_spellings
class ReduceLROnPlateau(Monitoring):
    """Reduce the learning rate when a logged value no longer improves: ``lr = max(lr * factor, min_lr)``.

    It happens at the ``patience``-th epoch in a row without an improvement; after it ``cooldown`` epochs pass
    before epochs count again. The rate is logged as ``lr`` at the end of each epoch.

    Args:
        monitor: key of the logs.
        factor: what the rate is multiplied with, less than 1.
        patience: how many epochs in a row without an improvement there may be.
        verbose: 1 prints a line when the rate is reduced.
        mode: ``"min"``: less is better, ``"max"``: more is better, ``"auto"``: as the metric or its name
            says.
        min_delta: an improvement is more than this.
        cooldown: how many epochs do not count after a reduction.
        min_lr: the rate never falls below this.

    Raises:
        ValueError: ``factor`` is not from 0 to 1 (1 excluded), an unknown ``mode`` and the like.
        TypeError: the optimizer has a schedule of its own.

    Example:
        >>> model = tf.keras.Sequential([tf.keras.Input((1,)), tfk_ext.Dense(1, trainable=False)])
        >>> model.compile(tf.keras.optimizers.SGD(0.1), "mse")
        >>> reduce = tfk_ext.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=2)
        >>> history = model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=6, verbose=0, callbacks=[reduce])
        >>> [round(rate, 3) for rate in history.history["lr"]]
        [0.1, 0.1, 0.1, 0.05, 0.05, 0.025]

    Source: the classic documents, ``keras.callbacks.ReduceLROnPlateau``.
    """

    _state = ("wait", "best", "cooldown_counter")

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=0.0001,
        cooldown=0,
        min_lr=0,
    ):
        super().__init__(monitor, mode, min_delta)
        self.factor = checks.number(self, "factor", factor, 0.0)
        if self.factor >= 1.0:
            checks.fail(self, f"factor must be less than 1, got {factor!r}.")
        self.patience = checks.integer(self, "patience", patience, minimum=0)
        self.verbose = verbose
        self.cooldown = checks.integer(self, "cooldown", cooldown, minimum=0)
        self.min_lr = checks.number(self, "min_lr", min_lr, 0.0)
        self._reset()

    def _reset(self):
        self.wait = 0
        self.best = None
        self.cooldown_counter = 0

    def on_train_begin(self, logs=None):
        self._reset()

    def in_cooldown(self):
        """Tell whether epochs do not count at the moment."""
        return self.cooldown_counter > 0

    def on_epoch_end(self, epoch, logs=None):
        rate = learning_rate(self, self.model)
        if logs is not None:
            logs["lr"] = rate
        current = monitored(self, logs, self.monitor)
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._improves(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            # The rate is kept in float32, so the bound is compared as such.
            if self.wait >= self.patience and rate > float(tf.constant(self.min_lr, tf.float32)):
                self._reduce(epoch, max(rate * self.factor, self.min_lr))

    def _reduce(self, epoch, rate):
        set_learning_rate(self, self.model, rate)
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {rate}.")
        self.cooldown_counter = self.cooldown
        self.wait = 0
