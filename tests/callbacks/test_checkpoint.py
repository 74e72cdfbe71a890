"""ModelCheckpoint: names, what is best, frequencies, formats, and files that are never half written."""

import os

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

import tfk_ext
from tfk_ext.callbacks import ModelCheckpoint
from tfk_ext.callbacks.checkpoint import BatchClock
from tfk_ext.callbacks.files import replace_file

X, Y = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")


def made():
    model = tf.keras.Sequential([tf.keras.Input((2,)), tfk_ext.Dense(1, name="dense")])
    model.compile("adam", "mean_squared_error")
    return model


def fitted(callback, epochs=3, **options):
    model = made()
    model.fit(X, Y, batch_size=2, epochs=epochs, verbose=0, callbacks=[callback], **options)
    return model


@pytest.mark.slow
def test_names_are_filled_in(tmp_path):
    path = tmp_path / "deep" / "m.{epoch:02d}-{val_loss:.2f}.keras"
    model = made()
    history = model.fit(
        X, Y, epochs=3, verbose=0, validation_data=(X, Y), callbacks=[ModelCheckpoint(path)]
    ).history
    names = [f"m.{i + 1:02d}-{loss:.2f}.keras" for i, loss in enumerate(history["val_loss"])]
    assert sorted(os.listdir(tmp_path / "deep")) == names


@pytest.mark.slow
@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m.weights.h5"])
@pytest.mark.filterwarnings("ignore:.*HDF5", "ignore:Skipping variable loading")
def test_formats(tmp_path, name):
    path = str(tmp_path / name)
    model = fitted(ModelCheckpoint(path, save_weights_only=name.endswith("weights.h5")))
    assert os.listdir(tmp_path) == [name]
    if name.endswith("weights.h5"):
        loaded = made()
        loaded.load_weights(path)
    else:
        loaded = tf.keras.models.load_model(path, custom_objects=tfk_ext.custom_objects())
        for ours, theirs in zip(loaded.optimizer.variables, model.optimizer.variables):
            np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))


def test_weights_in_the_documented_hdf5_file(tmp_path):
    path = str(tmp_path / "weights.hdf5")
    model = fitted(ModelCheckpoint(path, save_weights_only=True))
    loaded = made()
    loaded.load_weights(path)
    np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])


@pytest.mark.slow
def test_only_the_best(tmp_path, capsys):
    values = iter([3.0, 1.0, 2.0, 0.5])

    class Values(tf.keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["x"] = next(values)

    save = ModelCheckpoint(tmp_path / "m{epoch}.keras", "x", verbose=1, save_best_only=True, mode="min")
    made().fit(X, Y, epochs=4, verbose=0, callbacks=[Values(), save])
    assert sorted(os.listdir(tmp_path)) == ["m1.keras", "m2.keras", "m4.keras"]
    lines = [line for line in capsys.readouterr().out.splitlines() if line]
    assert lines[0].startswith("Epoch 1: x improved from inf to 3.00000, saving model to ")
    assert lines[2] == "Epoch 3: x did not improve from 1.00000"

    values = iter([3.0, 2.0])
    save = ModelCheckpoint(tmp_path / "n{epoch}.keras", "x", 0, True, mode="min", initial_value_threshold=2.5)
    made().fit(X, Y, epochs=2, verbose=0, callbacks=[Values(), save])
    assert not (tmp_path / "n1.keras").exists() and (tmp_path / "n2.keras").exists()


def test_best_that_is_not_logged(tmp_path):
    with pytest.warns(UserWarning, match="ModelCheckpoint: the logs hold no 'val_loss'"):
        fitted(ModelCheckpoint(tmp_path / "m.keras", save_best_only=True), epochs=1)
    assert os.listdir(tmp_path) == []


def test_every_few_batches(tmp_path):
    fitted(ModelCheckpoint(tmp_path / "m.{epoch}-{batch}.keras", save_freq=3), epochs=3)  # 4 batches an epoch
    assert sorted(os.listdir(tmp_path)) == [f"m.{name}.keras" for name in ("1-3", "2-2", "3-1", "3-4")]


@settings(max_examples=60, deadline=None)
@given(
    every=st.integers(1, 7),
    epochs=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    steps=st.integers(1, 3),
)
def test_the_clock_counts_batches(every, epochs, steps):
    """Due when at least ``every`` batches have passed since the last time, whatever the epochs' lengths."""
    clock = BatchClock(every)
    clock.start()
    passed = 0
    for batches in epochs:
        clock.start_epoch()
        before = -1
        for end in [*range(steps - 1, batches - 1, steps), batches - 1]:
            passed += end - before
            before = end
            due = passed >= every
            passed = 0 if due else passed
            assert clock.due(end) is due


@pytest.mark.slow
def test_what_can_not_be_saved_is_said_at_once(tmp_path):
    with pytest.raises(ValueError, match="filepath must end with one of .keras, .h5, .hdf5"):
        fitted(ModelCheckpoint(tmp_path / "model"))
    with pytest.raises(ValueError, match="filepath must end with one of .weights.h5"):
        fitted(ModelCheckpoint(tmp_path / "model.keras", save_weights_only=True))
    with pytest.raises(ValueError, match="asks for 'accuracy', but there is only epoch, loss"):
        fitted(ModelCheckpoint(tmp_path / "m{accuracy}.keras"))
    (tmp_path / "folder.keras").mkdir()
    with pytest.raises(IsADirectoryError, match="is a folder"):
        fitted(ModelCheckpoint(tmp_path / "folder.keras"))


@pytest.mark.slow
def test_a_name_with_a_value_of_validation_that_there_was_not(tmp_path):
    with pytest.warns(UserWarning, match="asks for 'val_loss', and there was no validation"):
        fitted(ModelCheckpoint(tmp_path / "m{epoch:02d}-{val_loss:.2f}.keras"))
    assert (tmp_path / "m01-nan.keras").is_file()


def test_a_model_that_saves_in_its_own_way(tmp_path):
    """The documents save weights under a bare name, which a model may support."""

    class Own(tf.keras.Sequential):
        def save_weights(self, filepath, overwrite=True):
            with open(filepath, "wb") as file:
                np.savez(file, *self.get_weights())

    model = Own([tf.keras.Input((2,)), tfk_ext.Dense(1)])
    model.compile("sgd", "mse")
    save = ModelCheckpoint(tmp_path / "checkpoint", save_weights_only=True)
    model.fit(X, Y, verbose=0, callbacks=[save])
    assert os.listdir(tmp_path) == ["checkpoint"]


def test_a_writer_that_dies_leaves_the_old_file(tmp_path):
    path = tmp_path / "model.bin"
    path.write_text("old")

    def die(beside):
        with open(beside, "w") as file:
            file.write("ha")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_file(str(path), die)
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["model.bin"]
