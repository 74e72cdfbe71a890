"""Callbacks that print: the exact lines of the guide."""

import re

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext


def test_prints_the_lines_of_the_guide(capsys):
    model = tf.keras.Sequential([tf.keras.Input((3,)), tfk_ext.Dense(1)])
    model.compile("rmsprop", "mean_squared_error", metrics=["mean_absolute_error"])
    x, y = np.ones((32, 3), "float32"), np.ones((32, 1), "float32")
    callback = tfk_ext.LossAndErrorPrintingCallback()
    history = model.fit(x, y, batch_size=16, epochs=2, verbose=0, callbacks=[callback]).history
    values = model.evaluate(x, y, batch_size=16, verbose=0, callbacks=[callback])
    lines = capsys.readouterr().out.splitlines()
    batch = r"For batch {}, loss is [ \d]{{4}}\.\d\d\."
    epoch = "The average loss for epoch {} is {:7.2f} and mean absolute error is {:7.2f}."
    expected = []
    for number in range(2):
        expected += [batch.format(0), batch.format(1)]
        errors = history["mean_absolute_error"]
        expected.append(re.escape(epoch.format(number, history["loss"][number], errors[number])))
    expected += [batch.format(0), re.escape(f"For batch 1, loss is {values[0]:7.2f}.")]
    assert len(lines) == len(expected)
    for line, pattern in zip(lines, expected):
        assert re.fullmatch(pattern, line), (line, pattern)


def test_takes_the_short_name(capsys):
    callback = tfk_ext.LossAndErrorPrintingCallback()
    callback.on_epoch_end(1, {"loss": 7.05, "mae": 2.14})
    assert (
        capsys.readouterr().out
        == "The average loss for epoch 1 is    7.05 and mean absolute error is    2.14.\n"
    )


def test_says_what_is_missing():
    callback = tfk_ext.LossAndErrorPrintingCallback()
    with pytest.raises(ValueError, match="no 'loss', only nothing"):
        callback.on_train_batch_end(0, None)
    with pytest.raises(ValueError, match=r"no 'mean_absolute_error', only loss; compile .* metrics="):
        callback.on_epoch_end(0, {"loss": 1.0})
