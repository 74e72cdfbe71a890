"""Every callback has a row and a test, rides along in fit, evaluate and predict, and says what is wrong."""

import inspect
import pathlib

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tests.conformance.table_callbacks import ROWS

rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
TESTS = pathlib.Path(__file__).parents[1] / "callbacks"


def test_every_public_callback_has_a_row():
    public = {
        thing
        for thing in vars(tfk_ext.callbacks).values()
        if inspect.isclass(thing) and issubclass(thing, tf.keras.callbacks.Callback)
    }
    own = {cls for cls in public if cls.__module__.startswith("tfk_ext")}
    assert {cls.__name__ for cls in own} == {row.name for row in ROWS}
    assert {cls.__name__ for cls in public - own} == {"Callback", "CallbackList", "History"}


@rows
def test_has_a_test(row):
    assert row.name in (TESTS / row.tests).read_text()


@rows
def test_bad_arguments(row):
    for config, word in row.bad:
        with pytest.raises((ValueError, TypeError), match=f"{row.name}: .*{word}"):
            row.cls(**config)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:RemoteMonitor", "ignore:.*the logs hold no")
def test_all_together(tmp_path):
    """All of them in one training, twice, and in evaluate and predict."""
    model = tf.keras.Sequential([tf.keras.Input((2,)), tfk_ext.Dense(1)])
    model.compile("sgd", "mse", metrics=["mean_absolute_error"])
    x, y = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")
    callbacks = [row.cls(**row.make(tmp_path)) for row in ROWS]
    for _ in range(2):
        history = model.fit(x, y, 4, epochs=2, verbose=0, validation_data=(x, y), callbacks=callbacks)
        assert history.epoch[0] == 0 and len(history.epoch) in (1, 2)
    model.evaluate(x, y, verbose=0, callbacks=callbacks)
    model.predict(x, verbose=0, callbacks=callbacks)
