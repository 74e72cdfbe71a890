"""Callbacks that change the learning rate: as tf_keras's and Keras 3's, and the example of the documents."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings
from hypothesis import strategies as st

import tfk_ext
from tests.callbacks.scripted import Scripted, run


def fitted(callback, epochs, optimizer=None):
    model = tf.keras.Sequential([tf.keras.Input((20,)), tf.keras.layers.Dense(10)])
    model.compile(optimizer or tf.keras.optimizers.SGD(), loss="mse")
    x = np.arange(100).reshape(5, 20).astype("float32")
    return model.fit(x, np.zeros((5, 10)), epochs=epochs, callbacks=[callback], verbose=0)


def test_the_schedule_of_the_documents():
    def scheduler(epoch, lr):
        if epoch < 10:
            return lr
        return lr * tf.math.exp(-0.1)

    history = fitted(tfk_ext.callbacks.LearningRateScheduler(scheduler), 12)
    expected = [0.01] * 10 + [0.01 * np.exp(-0.1), 0.01 * np.exp(-0.2)]
    np.testing.assert_allclose(history.history["lr"], expected, rtol=1e-5)
    assert round(float(history.model.optimizer.learning_rate), 5) == round(expected[-1], 5)


def test_schedules_of_one_argument_and_integers(capsys):
    history = fitted(tfk_ext.callbacks.LearningRateScheduler(lambda epoch: 1 - epoch, verbose=1), 2)
    assert history.history["lr"] == [1.0, 0.0]
    assert capsys.readouterr().out == (
        "\nEpoch 1: LearningRateScheduler setting learning rate to 1.0.\n"
        "\nEpoch 2: LearningRateScheduler setting learning rate to 0.0.\n"
    )


@pytest.mark.parametrize("value", [None, "0.1", [0.1], float("nan"), True])
def test_a_schedule_must_return_a_number(value):
    with pytest.raises(ValueError, match="LearningRateScheduler: schedule must return a finite number"):
        fitted(tfk_ext.callbacks.LearningRateScheduler(lambda epoch: value), 1)


def test_an_error_of_the_schedule_is_its_own():
    with pytest.raises(TypeError, match="unsupported operand"):
        fitted(tfk_ext.callbacks.LearningRateScheduler(lambda epoch, lr: lr + "x"), 1)


def test_an_optimizer_with_a_schedule_of_its_own():
    schedule = tf.keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    with pytest.raises(TypeError, match="made with a learning rate schedule"):
        fitted(tfk_ext.callbacks.LearningRateScheduler(lambda e: 0.1), 1, tf.keras.optimizers.SGD(schedule))


@settings(max_examples=80, deadline=None)
@given(
    values=st.lists(st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0]), min_size=1, max_size=10),
    patience=st.integers(0, 3),
    min_delta=st.sampled_from([0, 0.5]),
    mode=st.sampled_from(["min", "max"]),
    cooldown=st.integers(0, 2),
    min_lr=st.sampled_from([0, 0.03]),
    factor=st.sampled_from([0.5, 0.1]),
)
def test_plateaus_equal_keras_3(values, patience, min_delta, mode, cooldown, min_lr, factor):
    options = {
        "monitor": "val_x",
        "patience": patience,
        "min_delta": min_delta,
        "mode": mode,
        "cooldown": cooldown,
        "min_lr": min_lr,
        "factor": factor,
    }
    logs = [{"val_x": value} for value in values]
    ours = run(logs, tfk_ext.callbacks.ReduceLROnPlateau(**options))
    theirs = run(logs, tf.keras.callbacks.ReduceLROnPlateau(**options))
    np.testing.assert_allclose(ours.rates, theirs.rates, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The model does not have any trainable weights")
def test_plateaus_in_a_real_fit_equal_tf_keras(capsys):
    rates = []
    for keras, callback in (
        (tf.keras, tfk_ext.callbacks.ReduceLROnPlateau("loss", 0.2, 2, 1, min_lr=0.001)),
        (tf_keras, tf_keras.callbacks.ReduceLROnPlateau("loss", 0.2, 2, 1, min_lr=0.001)),
    ):
        model = keras.Sequential([keras.layers.Dense(1, trainable=False)])
        model.compile(keras.optimizers.SGD(0.1), "mse")
        x = np.ones((4, 1), "float32")
        rates.append(model.fit(x, x, epochs=9, verbose=0, callbacks=[callback]).history["lr"])
    np.testing.assert_allclose(rates[0], rates[1], rtol=1e-6)
    printed = capsys.readouterr().out.splitlines()
    lines = [line.rsplit(" ", 1) for line in printed if line]
    ours, theirs = lines[: len(lines) // 2], lines[len(lines) // 2 :]
    assert [words for words, _ in ours] == [words for words, _ in theirs]
    rates = [[float(rate.rstrip(".")) for _, rate in half] for half in (ours, theirs)]
    np.testing.assert_allclose(rates[0], rates[1], rtol=1e-6)


def test_a_value_that_is_missing_is_warned_of():
    with pytest.warns(UserWarning, match="ReduceLROnPlateau: the logs hold no 'val_loss', only loss, lr"):
        model = run([{"loss": 1.0}], tfk_ext.callbacks.ReduceLROnPlateau(), model=Scripted(0.5))
    assert model.rates == [0.5]
