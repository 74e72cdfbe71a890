"""Callbacks that save the model, or the whole training."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import warnings
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.callbacks.base import Monitoring, monitored, stateful_callbacks
from tfk_ext.callbacks.files import replace_file, replace_text
from tfk_ext.compat.spellings.calls import accept_old_spellings

_MODEL_SUFFIXES = (".keras", ".h5", ".hdf5")
_WEIGHTS_SUFFIX = ".weights.h5"
_OWN_FILE = re.compile(r"\.?(\d{5,}-\d{9,}(\.weights\.h5|\.npz)|training\.json)(\.\d+\.partial.*)?")


def check_frequency(owner: object, value):
    """Check ``save_freq``: ``"epoch"`` or a number of batches."""
    if isinstance(value, str):
        return checks.one_of(owner, "save_freq", value, ("epoch",))
    return checks.integer(owner, "save_freq", value)


def _epochs(value):
    """Return the number of epochs that ``save_freq`` names, 1 for ``"epoch"`` and for batches."""
    found = re.fullmatch(r"([1-9]\d*) epochs?", value) if isinstance(value, str) else None
    return int(found[1]) if found else 1


class BatchClock:
    """Tells after which batches it is time, every ``every`` batches, also when several run at once."""

    def __init__(self, every):
        self.every = every
        self.start()

    def start(self):
        """Begin to count from 0."""
        self._seen, self._last = 0, -1

    def start_epoch(self):
        """Batches are numbered from 0 again."""
        self._last = -1

    def due(self, batch):
        """Take the number of the batch that just ended (from 0 in each epoch) and tell whether it is time."""
        self._seen += batch - self._last
        self._last = batch
        if self._seen < self.every:
            return False
        self._seen = 0
        return True


@accept_old_spellings
class ModelCheckpoint(Monitoring):
    """Save the model, or its weights, after each epoch or every few batches.

    A file is written beside its place and then renamed, so that a killed training leaves the last whole one.

    Args:
        filepath: where; ``{epoch}`` (from 1), ``{batch}`` (from 1, with ``save_freq`` in batches) and every
            key of the logs are filled in, as in ``"model.{epoch:02d}-{val_loss:.2f}.keras"``. A whole model
            goes to ``.keras`` or ``.h5``, weights go to ``.weights.h5``, or to ``.h5`` as a whole model, from
            which ``load_weights`` takes them.
        monitor: key of the logs that tells what is best.
        verbose: 1 prints a line when it saves.
        save_best_only: whether only models better than all before are saved.
        save_weights_only: whether the weights alone are saved.
        mode: ``"min"``: less is better, ``"max"``: more is better, ``"auto"``: as the metric or its name
            says.
        save_freq: ``"epoch"``, a number of epochs as in ``"5 epochs"``, or after how many batches it saves.
        initial_value_threshold: with ``save_best_only``, what the first model has to improve on.

    Raises:
        ValueError: a wrong argument; a name whose suffix the model can't be saved to; a key in ``filepath``
            that is not logged.
        IsADirectoryError: ``filepath`` is a folder.

    Example:
        >>> model = tf.keras.Sequential([tf.keras.Input((1,)), tfk_ext.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> import tempfile, os
        >>> folder = tempfile.mkdtemp()
        >>> path = os.path.join(folder, "model.{epoch:02d}.keras")
        >>> save = tfk_ext.callbacks.ModelCheckpoint(path)
        >>> history = model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=2, verbose=0, callbacks=[save])
        >>> sorted(os.listdir(folder))
        ['model.01.keras', 'model.02.keras']

    Source: the classic documents, ``keras.callbacks.ModelCheckpoint``.
    """

    _state = ("best", "_epochs_since")

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
    ):
        super().__init__(monitor, mode)
        self.filepath = os.fspath(filepath)
        self._warned_of_name = False
        self.verbose = verbose
        self.save_best_only = checks.boolean(self, "save_best_only", save_best_only)
        self.save_weights_only = checks.boolean(self, "save_weights_only", save_weights_only)
        self._epochs = _epochs(save_freq)
        self.save_freq = save_freq if self._epochs > 1 else check_frequency(self, save_freq)
        if initial_value_threshold is not None:
            checks.number(self, "initial_value_threshold", initial_value_threshold)
        self.best = initial_value_threshold
        self._clock = BatchClock(self.save_freq)
        self._epoch = 0
        self._epochs_since = 0

    def set_model(self, model):
        super().set_model(model)
        if isinstance(model, tf.keras.Model):
            self._check_suffix(model)

    def _check_suffix(self, model):
        """Fail before the training where the model would refuse the name after an epoch."""
        known = (_WEIGHTS_SUFFIX, ".h5", ".hdf5") if self.save_weights_only else _MODEL_SUFFIXES
        method = "save_weights" if self.save_weights_only else "save"
        if getattr(type(model), method) is not getattr(tf.keras.Model, method):
            return  # a model that saves in ways of its own
        if not self.filepath.endswith(known):
            checks.fail(
                self,
                f"filepath must end with one of {', '.join(known)} for this model, got {self.filepath!r}.",
            )

    def on_train_begin(self, logs=None):
        self._clock.start()

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        self._clock.start_epoch()

    def on_train_batch_end(self, batch, logs=None):
        if not isinstance(self.save_freq, str) and self._clock.due(batch):
            self._save(self._epoch, batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        self._epochs_since += 1
        if isinstance(self.save_freq, str) and self._epochs_since >= self._epochs:
            self._epochs_since = 0
            self._save(epoch, None, logs)

    def _save(self, epoch, batch, logs):
        logs = logs or {}
        path = self._path(epoch, batch, logs)
        if self.save_best_only and not self._is_best(epoch, path, logs):
            return
        if self.verbose and not self.save_best_only:
            print(f"\nEpoch {epoch + 1}: saving model to {path}")
        if getattr(self.model, "puts_files_into_place", False):  # the package's own models
            os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
            save = self.model.save_weights if self.save_weights_only else self.model.save
            save(path, overwrite=True)
            return
        # Keras writes no weights alone to a plain .h5: the model there has them.
        weights = path.endswith(_WEIGHTS_SUFFIX) or not path.endswith(_MODEL_SUFFIXES)
        save = self.model.save_weights if self.save_weights_only and weights else self.model.save
        replace_file(path, lambda beside: save(beside, overwrite=True), _suffix(path))

    def _is_best(self, epoch, path, logs):
        current = monitored(self, logs, self.monitor)
        if current is None:
            return False
        if not self._improves(current, self.best):
            if self.verbose:
                best = "inf" if self.best is None else f"{self.best:.5f}"
                print(f"\nEpoch {epoch + 1}: {self.monitor} did not improve from {best}")
            return False
        if self.verbose:
            best = "inf" if self.best is None else f"{self.best:.5f}"
            print(
                f"\nEpoch {epoch + 1}: {self.monitor} improved from {best} to {current:.5f}, "
                f"saving model to {path}"
            )
        self.best = current
        return True

    def _path(self, epoch, batch, logs):
        values = {**logs, "epoch": epoch + 1}
        if batch is not None:
            values["batch"] = batch + 1
        try:
            return self._formatted(values)
        except KeyError as error:
            raise ValueError(
                f"ModelCheckpoint: filepath {self.filepath!r} asks for {error}, but there is only "
                f"{', '.join(sorted(values))}."
            ) from error

    def _formatted(self, values):
        """Fill the path in; what validation would have given is ``nan`` without it: a name loses no epoch."""
        while True:
            try:
                return self.filepath.format(**values)
            except KeyError as error:
                missing = error.args[0]
                if not str(missing).startswith("val_") or any(key.startswith("val_") for key in values):
                    raise
                values[missing] = math.nan
                if not self._warned_of_name:
                    self._warned_of_name = True
                    warnings.warn(
                        f"ModelCheckpoint: filepath {self.filepath!r} asks for {missing!r}, and there was no "
                        "validation: 'nan' stands in the name. Give fit validation_data or validation_split.",
                        stacklevel=2,
                    )


def _suffix(path):
    """Return the part of a name that says how a model is written."""
    return next((s for s in (_WEIGHTS_SUFFIX, *_MODEL_SUFFIXES) if path.endswith(s)), "")


@accept_old_spellings
class BackupAndRestore(tf.keras.callbacks.Callback):
    """Save the whole training in a folder, and go on from there when it is started again.

    Weights, the optimizer's state, where random numbers stand, the epoch, the logs of all epochs and the
    counters of this package's callbacks (``EarlyStopping``, ``ReduceLROnPlateau``, ``ModelCheckpoint``) are
    kept. The order of shuffled data is up to who shuffles it. An epoch is
    backed up when all callbacks are through with it, so that a ``CSVLogger(append=True)`` and a
    ``TensorBoard`` beside it have no gap and no repeat, whenever the training is killed.

    Args:
        backup_dir: the folder, of this training alone.
        save_freq: ``"epoch"``, or after how many batches it saves as well; a training that was killed inside
            an epoch then begins that epoch again with the newer weights.
        delete_checkpoint: whether the backup is removed when the training ends.

    Raises:
        ValueError: a wrong argument; a backup of another model.

    Example:
        >>> import tempfile
        >>> backup = tfk_ext.callbacks.BackupAndRestore(tempfile.mkdtemp())
        >>> model = tf.keras.Sequential([tf.keras.Input((1,)), tfk_ext.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> history = model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=2, verbose=0, callbacks=[backup])
        >>> history.epoch
        [0, 1]

    Source: Keras, ``keras.callbacks.BackupAndRestore``.
    """

    def __init__(self, backup_dir, save_freq="epoch", delete_checkpoint=True):
        super().__init__()
        self.backup_dir = os.fspath(backup_dir)
        if not self.backup_dir:
            checks.fail(self, "backup_dir must be the name of a folder, got an empty one.")
        self.save_freq = check_frequency(self, save_freq)
        self.delete_checkpoint = checks.boolean(self, "delete_checkpoint", delete_checkpoint)
        self._clock = BatchClock(self.save_freq)
        self._reset()

    def _reset(self):
        self._restored = None
        self._epochs: list[int] = []
        self._logs: list[dict] = []
        self._finished = False  # an epoch ended and is not yet backed up
        self._next_epoch = 0

    @property
    def _state_path(self):
        return os.path.join(self.backup_dir, "training.json")

    def _inside(self, name):
        """Return the path of a file of the backup; the state can't name one of another folder."""
        if not _OWN_FILE.fullmatch(str(name)):
            checks.fail(self, f"the backup in {self.backup_dir} is damaged: it names a file {name!r}.")
        return os.path.join(self.backup_dir, name)

    def on_train_begin(self, logs=None):
        self._reset()
        self._clock.start()
        if os.path.exists(self._state_path):
            self._restore()

    def _restore(self):
        from tfk_ext import saving

        with open(self._state_path, encoding="utf-8") as file:
            state = json.load(file)
        if not self.model.built:
            checks.fail(self, "the model has to be built before fit, to take its weights from the backup.")
        optimizer = self.model.optimizer
        if optimizer is not None and not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        try:
            saving.load_weights(self.model, self._inside(state["weights"]))
        except (ValueError, KeyError) as error:
            raise ValueError(
                f"BackupAndRestore: the backup in {self.backup_dir} is not of this model ({error}); "
                "give this training a folder of its own."
            ) from error
        self._restored = state
        self._epochs, self._logs = list(state["epochs"]), list(state["logs"])
        self._next_epoch = state["next_epoch"]
        # The one way to tell a running `fit` where to begin: it reads this after `on_train_begin`, for the
        # callback of this name in Keras itself. There is no public one.
        self.model._initial_epoch = state["next_epoch"]

    def on_epoch_begin(self, epoch, logs=None):
        if self._restored is not None:
            # Now every other callback has begun, and will not forget it again.
            self._restore_others(self._restored)
            self._restored = None
            self.model._initial_epoch = 0
        if self._finished:
            self._save(epoch)
        self._next_epoch = epoch
        self._clock.start_epoch()

    def on_epoch_end(self, epoch, logs=None):
        self._epochs.append(epoch)
        # The very dictionary: callbacks behind this one may still add to it.
        self._logs.append(logs if logs is not None else {})
        self._finished = True

    def on_train_batch_end(self, batch, logs=None):
        if not isinstance(self.save_freq, str) and self._clock.due(batch):
            self._save(self._next_epoch)

    def on_train_end(self, logs=None):
        if self._restored is not None:  # the backup was of the last epoch: there was nothing left to do
            self._restore_others(self._restored)
            self._restored = None
        self.model._initial_epoch = 0
        if self.delete_checkpoint:
            self._remove()
        elif self._finished:
            self._save(self._epochs[-1] + 1)

    def _save(self, next_epoch):
        self._finished = False
        number = int(np.asarray(self.model.optimizer.iterations)) if self.model.optimizer is not None else 0
        weights = f"{next_epoch:05d}-{number:09d}{_WEIGHTS_SUFFIX}"
        path = os.path.join(self.backup_dir, weights)
        replace_file(path, lambda beside: self.model.save_weights(beside, overwrite=True), _WEIGHTS_SUFFIX)
        arrays, states = _pack(stateful_callbacks(self.model))
        for index, variable in enumerate(self._random_states()):
            arrays[f"random-{index}"] = np.asarray(variable)
        extra = None
        if arrays:
            extra = weights.replace(_WEIGHTS_SUFFIX, ".npz")
            replace_file(os.path.join(self.backup_dir, extra), lambda b: np.savez(b, **arrays), ".npz")
        state = {
            "weights": weights,
            "arrays": extra,
            "next_epoch": next_epoch,
            "epochs": self._epochs,
            "logs": [{key: _plain(value) for key, value in logs.items()} for logs in self._logs],
            "callbacks": states,
        }
        # From this rename on the new backup is the valid one.
        replace_text(self._state_path, json.dumps(state))
        self._remove(keep=(weights, extra, "training.json"))

    def _remove(self, keep=()):
        """Remove the files of older backups, and an empty folder; what is not ours stays."""
        for name in os.listdir(self.backup_dir) if os.path.isdir(self.backup_dir) else ():
            if name not in keep and _OWN_FILE.fullmatch(name):
                with contextlib.suppress(OSError):
                    os.remove(os.path.join(self.backup_dir, name))
        with contextlib.suppress(OSError):
            os.rmdir(self.backup_dir)

    def _random_states(self):
        """Return the variables that are no weights: where the random numbers of Dropout and its like stand.

        A weights file leaves them out; without them a resumed training would draw other numbers.
        """
        weights = {id(weight) for weight in self.model.weights}
        return [variable for variable in self.model.variables if id(variable) not in weights]

    def _restore_others(self, state):
        from tfk_ext import saving

        arrays = {}
        if state["arrays"]:
            with saving.read_file(self._inside(state["arrays"])) as file:
                arrays = {array.name: array.read() for layer in file.layers for array in layer.weights}
        _unpack(stateful_callbacks(self.model), state["callbacks"], arrays)
        for index, variable in enumerate(self._random_states()):
            if f"random-{index}" in arrays:
                variable.assign(arrays[f"random-{index}"])
        history = getattr(self.model, "history", None)
        if isinstance(history, tf.keras.callbacks.History):
            history.epoch[:] = self._epochs
            history.history.clear()
            for logs in self._logs:
                for key, value in logs.items():
                    history.history.setdefault(key, []).append(value)


def _plain(value):
    """Return a number that JSON can hold."""
    if isinstance(value, (str, bool, int, float, type(None))):
        return value
    array = np.asarray(value)
    return array.tolist()


def _pack(callbacks):
    """Return the states of callbacks as arrays by name and as plain data that refers to them."""
    arrays: dict[str, np.ndarray] = {}
    states = []
    for position, callback in enumerate(callbacks):
        state: dict[str, Any] = {}
        for name, value in callback.get_state().items():
            if isinstance(value, list):
                names = [f"{position}-{name}-{index}" for index in range(len(value))]
                arrays.update(zip(names, map(np.asarray, value)))
                state[name] = {"arrays": names}
            elif isinstance(value, float) and not math.isfinite(value):
                state[name] = {"float": repr(value)}
            else:
                state[name] = value
        states.append([type(callback).__name__, state])
    return arrays, states


def _unpack(callbacks, states, arrays):
    """Give callbacks their states back: the first of a class that of the first of that class, and so on."""
    waiting = list(states)
    for callback in callbacks:
        for entry in waiting:
            if entry[0] == type(callback).__name__:
                state = {}
                for name, value in entry[1].items():
                    if isinstance(value, dict):
                        value = (
                            [arrays[n] for n in value["arrays"]]
                            if "arrays" in value
                            else float(value["float"])
                        )
                    state[name] = value
                callback.set_state(state)
                waiting.remove(entry)
                break
