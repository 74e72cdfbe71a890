"""BackupAndRestore: a training killed with SIGKILL and started again is one that was never killed."""

import json
import os
import signal

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tests.callbacks.board import points
from tests.processes import python


def training(folder, *where):
    """Start the training in a process of its own; return its exit code and what it printed last."""
    process = python("-m", "tests.callbacks.resumable", folder, *where)
    lines = process.stdout.strip().splitlines()
    assert process.returncode in (0, -signal.SIGKILL), process.stderr[-3000:]
    return process.returncode, json.loads(lines[-1]) if process.returncode == 0 else None


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    code, result = training(folder)
    assert code == 0 and result["epochs"] == [0, 1, 2, 3, 4]
    return folder, result


@pytest.mark.slow
def test_killed_and_started_again(whole, tmp_path):
    for where in ("0:5", "1:end", "2:3"):
        assert training(tmp_path, where)[0] == -signal.SIGKILL
    code, result = training(tmp_path)
    assert code == 0
    # Equal weights and optimizer state to the bit, equal history, equal counters of the other callbacks.
    assert result == whole[1]
    assert (tmp_path / "log.csv").read_bytes() == (whole[0] / "log.csv").read_bytes()
    assert sorted(os.listdir(tmp_path)) == sorted(os.listdir(whole[0]))
    for kind in ("train", "validation"):
        assert points(tmp_path / "logs" / kind) == points(whole[0] / "logs" / kind)
    assert [step for step, _ in points(tmp_path / "logs" / "train", "epoch_loss")] == [0, 1, 2, 3, 4]
    assert [step for step, _ in points(tmp_path / "logs" / "train", "batch_loss")] == list(range(1, 41))


X, Y = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")


class Interrupt(tf.keras.callbacks.Callback):
    """Ends a training from inside."""

    def __init__(self, epoch, batch=0):
        super().__init__()
        self.at, self.epoch = (epoch, batch), None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.at:
            raise KeyboardInterrupt


def made():
    model = tf.keras.Sequential([tf.keras.Input((2,)), tfk_ext.Dense(1)])
    model.compile(tf.keras.optimizers.Adam(0.1), "mse")
    return model


@pytest.mark.slow
def test_the_backup_goes_when_the_training_ends(tmp_path):
    folder = tmp_path / "backup"
    (tmp_path / "backup").mkdir()
    (folder / "mine.txt").write_text("not the callback's")
    backup = tfk_ext.callbacks.BackupAndRestore(folder)
    with pytest.raises(KeyboardInterrupt):
        made().fit(X, Y, epochs=3, verbose=0, callbacks=[backup, Interrupt(2)])
    assert len(os.listdir(folder)) == 3
    model = made()
    history = model.fit(X, Y, epochs=3, verbose=0, callbacks=[backup])
    assert history.epoch == [0, 1, 2] and os.listdir(folder) == ["mine.txt"]
    # The next training is another one.
    assert model.fit(X, Y, epochs=2, verbose=0, callbacks=[backup]).epoch == [0, 1]


@pytest.mark.slow
def test_a_backup_that_is_kept(tmp_path):
    backup = tfk_ext.callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)
    first = made()
    first.fit(X, Y, epochs=2, verbose=0, callbacks=[backup])
    second = made()
    history = second.fit(X, Y, epochs=2, verbose=0, callbacks=[backup])  # there is nothing left to do
    assert history.epoch == [0, 1] and len(history.history["loss"]) == 2
    for ours, theirs in zip(second.optimizer.variables, first.optimizer.variables):
        np.testing.assert_array_equal(ours, theirs)
    assert second.fit(X, Y, epochs=4, verbose=0, callbacks=[backup]).epoch == [0, 1, 2, 3]


@pytest.mark.slow
def test_every_few_batches(tmp_path):
    backup = tfk_ext.callbacks.BackupAndRestore(tmp_path, save_freq=2)
    model = made()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=2, epochs=3, verbose=0, callbacks=[backup, Interrupt(1, 3)])
    weights = model.get_weights()
    seen = []
    check = tf.keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: seen.append((epoch, again.get_weights()))
    )
    again = made()
    again.fit(X, Y, batch_size=2, epochs=3, verbose=0, callbacks=[backup, check])
    assert [epoch for epoch, _ in seen] == [1, 2]
    for ours, theirs in zip(seen[0][1], weights):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.slow
def test_best_values_that_are_not_finite(tmp_path):
    """The counters of other callbacks survive, whatever they are."""
    stop = tfk_ext.EarlyStoppingAtMinLoss(patience=9)
    backup = tfk_ext.callbacks.BackupAndRestore(tmp_path)
    x = np.full_like(X, np.nan)
    with pytest.raises(KeyboardInterrupt):
        made().fit(x, Y, epochs=4, verbose=0, callbacks=[stop, backup, Interrupt(3)])
    again = tfk_ext.EarlyStoppingAtMinLoss(patience=9)
    made().fit(x, Y, epochs=4, verbose=0, callbacks=[again, backup])
    assert again.wait == 4 and again.best == float("inf")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Skipping variable loading")
def test_a_backup_of_another_model(tmp_path):
    backup = tfk_ext.callbacks.BackupAndRestore(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        made().fit(X, Y, epochs=2, verbose=0, callbacks=[backup, Interrupt(1)])
    other = tf.keras.Sequential([tf.keras.Input((2,)), tfk_ext.Dense(5), tfk_ext.Dense(1)])
    other.compile("adam", "mse")
    with pytest.raises(ValueError, match="BackupAndRestore: the backup in .* is not of this model"):
        other.fit(X, Y, verbose=0, callbacks=[backup])
