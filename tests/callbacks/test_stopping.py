"""Early stopping: at the minimum of the loss as the guide writes it."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings
from hypothesis import strategies as st

import tfk_ext
from tests.callbacks.scripted import run
from tfk_ext.callbacks.base import rises


def documented(losses, patience):
    """The guide's callback as arithmetic: (epochs run, best epoch or None, whether it stopped)."""
    best, wait, best_epoch = np.inf, 0, None
    for epoch, loss in enumerate(losses):
        if np.less(loss, best):
            best, wait, best_epoch = loss, 0, epoch
        else:
            wait += 1
            if wait >= patience:
                return epoch + 1, best_epoch, True
    return len(losses), best_epoch, False


@pytest.mark.parametrize("patience", [0, 1, 2, 3])
@pytest.mark.parametrize(
    "losses", [[3, 2, 1], [3, 2, 2, 1], [3, 4, 2, 3, 4, 5], [1, 2, 3, 4, 5], [np.nan, 2, 3, 1, 5, 6, 7]]
)
def test_stops_and_restores_as_documented(capsys, patience, losses):
    callback = tfk_ext.EarlyStoppingAtMinLoss(patience=patience)
    model = run([{"loss": float(loss)} for loss in losses], callback)
    epochs, best, stopped = documented(losses, patience)
    printed = capsys.readouterr().out.splitlines()
    assert model.epochs_run == epochs
    if not stopped:
        assert printed == [] and model.epoch_of_weights == epochs - 1
    elif best is None:
        assert printed == [
            "No epoch had a finite loss: the model keeps its weights.",
            f"Epoch {epochs:05d}: early stopping",
        ]
    else:
        assert model.epoch_of_weights == best
        assert printed == [
            "Restoring model weights from the end of the best epoch.",
            f"Epoch {epochs:05d}: early stopping",
        ]


def test_at_the_end_only_when_asked(capsys):
    losses = [{"loss": 1.0}, {"loss": 2.0}]
    assert run(losses, tfk_ext.EarlyStoppingAtMinLoss(patience=5)).epoch_of_weights == 1
    model = run(losses, tfk_ext.EarlyStoppingAtMinLoss(patience=5, restore_at_end=True))
    assert model.epoch_of_weights == 0


def test_a_second_training_starts_anew():
    callback = tfk_ext.EarlyStoppingAtMinLoss()
    run([{"loss": 1.0}], callback)
    model = run([{"loss": 5.0}, {"loss": 4.0}], callback)
    assert model.epochs_run == 2 and callback.best == 4.0


def test_says_what_is_missing():
    with pytest.raises(ValueError, match="EarlyStoppingAtMinLoss: the logs hold no 'loss', only accuracy"):
        run([{"accuracy": 1.0}], tfk_ext.EarlyStoppingAtMinLoss())
    with pytest.raises(ValueError, match="patience"):
        tfk_ext.EarlyStoppingAtMinLoss(patience=-1)


def test_in_a_real_fit():
    x = np.linspace(-1, 1, 32, dtype="float32")[:, None]
    model = tf.keras.Sequential([tf.keras.Input((1,)), tfk_ext.Dense(1)])
    model.compile(tf.keras.optimizers.SGD(3.0), "mse")  # a step this large makes the loss grow
    callback = tfk_ext.EarlyStoppingAtMinLoss()
    history = model.fit(x, 2 * x, epochs=20, verbose=0, shuffle=False, callbacks=[callback])
    losses = history.history["loss"]
    assert callback.stopped_epoch == len(losses) - 1 < 19
    for value, best in zip(model.get_weights(), callback.best_weights):
        np.testing.assert_array_equal(value, best)


VALUES = st.lists(st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, 3.0]), min_size=1, max_size=9)


@settings(max_examples=80, deadline=None)
@given(
    values=VALUES,
    patience=st.integers(0, 3),
    min_delta=st.sampled_from([0, 0.5, -0.5]),
    mode=st.sampled_from(["min", "max"]),
    baseline=st.sampled_from([None, 1.0]),
    restore=st.booleans(),
    start=st.integers(0, 2),
)
def test_early_stopping_equals_tf_keras_and_keras_3(
    values, patience, min_delta, mode, baseline, restore, start
):
    options = {
        "monitor": "val_x",
        "patience": patience,
        "min_delta": min_delta,
        "mode": mode,
        "baseline": baseline,
        "restore_best_weights": restore,
        "start_from_epoch": start,
    }
    logs = [{"val_x": value} for value in values]
    ours = run(logs, tfk_ext.callbacks.EarlyStopping(**options))
    keras_3 = run(logs, tf.keras.callbacks.EarlyStopping(**options))
    assert ours.epochs_run == keras_3.epochs_run
    assert ours.epoch_of_weights == keras_3.epoch_of_weights
    keras_2 = run(logs, tf_keras.callbacks.EarlyStopping(**options))
    assert ours.epochs_run == keras_2.epochs_run
    if ours.stop_training:
        assert ours.epoch_of_weights == keras_2.epoch_of_weights


def test_early_stopping_says_what_it_does(capsys):
    values = [{"loss": v} for v in (2.0, 1.0, 3.0, 3.0)]
    run(values, tfk_ext.callbacks.EarlyStopping("loss", patience=2, verbose=1, restore_best_weights=True))
    assert capsys.readouterr().out.splitlines() == [
        "Epoch 4: early stopping",
        "Restoring model weights from the end of the best epoch: 2.",
    ]
    with pytest.warns(UserWarning, match="no 'val_loss', only loss.*validation data"):
        run(values, tfk_ext.callbacks.EarlyStopping())


@pytest.mark.parametrize(
    ("metric", "rising"),
    [
        (tfk_ext.metrics.AUC(name="area"), True),
        (tf.keras.metrics.Precision(name="area"), True),
        (tfk_ext.metrics.MeanSquaredError(name="accurate"), False),
        ("accuracy", True),
        ("mse", False),
    ],
)
def test_auto_mode(metric, rising):
    model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[metric])
    model.fit(np.zeros((2, 1)), np.zeros((2, 1)), verbose=0)
    name = metric if isinstance(metric, str) else metric.name
    assert rises(model, f"val_{name}", "auto") is rising
    assert rises(model, name, "min") is False and rises(model, name, "max") is True
    assert rises(model, "val_loss", "auto") is False and rises(model, "my_f1", "auto") is True


@pytest.mark.slow
def test_early_stopping_in_a_real_fit():
    x = np.linspace(-1, 1, 32, dtype="float32")[:, None]
    model = tf.keras.Sequential([tf.keras.Input((1,)), tfk_ext.Dense(1)])
    model.compile(tf.keras.optimizers.SGD(3.0), "mse")
    callback = tfk_ext.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    history = model.fit(x, 2 * x, validation_data=(x, 2 * x), epochs=20, verbose=0, callbacks=[callback])
    values = history.history["val_loss"]
    assert len(values) == int(np.argmin(values)) + 3
    np.testing.assert_allclose(model.evaluate(x, 2 * x, verbose=0), min(values), rtol=1e-5)


def test_terminate_on_nan(capsys):
    x = np.ones((6, 1), "float32")
    x[2] = np.nan
    model = tf.keras.Sequential([tf.keras.Input((1,)), tfk_ext.Dense(1)])
    model.compile("sgd", "mse")
    batches = []
    count = tf.keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: batches.append(batch))
    stop = tfk_ext.callbacks.TerminateOnNaN()
    model.fit(x, x, batch_size=2, epochs=3, shuffle=False, verbose=0, callbacks=[stop, count])
    assert batches == [0, 1]
    assert capsys.readouterr().out == "Batch 1: Invalid loss, terminating training\n"
