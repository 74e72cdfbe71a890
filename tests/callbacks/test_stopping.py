"""Early stopping: at the minimum of the loss as the guide writes it."""

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tests.callbacks.scripted import run


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
