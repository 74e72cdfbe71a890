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


def small():
    model = tf.keras.Sequential([tf.keras.Input((1,)), tfk_ext.Dense(1)])
    model.compile("sgd", "mse")
    return model


ONES = np.ones((6, 1), "float32")


def test_lambda_callback_calls_everything():
    events = []
    names = [
        *(
            "on_epoch_begin",
            "on_epoch_end",
            "on_batch_begin",
            "on_batch_end",
            "on_train_begin",
            "on_train_end",
        ),
        *(f"on_{kind}_{when}" for kind in ("test", "predict") for when in ("begin", "end")),
        *(f"on_{kind}_batch_{when}" for kind in ("test", "predict") for when in ("begin", "end")),
    ]

    def record(name):
        return lambda *args: events.append((name, *args[:-1]))

    def record_batch(name):
        return lambda batch, logs: events.append((name, batch))

    callback = tfk_ext.callbacks.LambdaCallback(
        **{name: record_batch(name) if "batch" in name else record(name) for name in names}
    )
    model = small()
    model.fit(ONES, ONES, batch_size=3, validation_data=(ONES, ONES), verbose=0, callbacks=[callback])
    model.predict(ONES, verbose=0, callbacks=[callback])
    training = [("on_batch_begin", 0), ("on_batch_end", 0), ("on_batch_begin", 1), ("on_batch_end", 1)]
    testing = [(f"on_test_batch_{when}", batch) for batch in (0, 1) for when in ("begin", "end")]
    assert events == [
        *[("on_train_begin",), ("on_epoch_begin", 0), *training, ("on_test_begin",), *testing],
        *[("on_test_end",), ("on_epoch_end", 0), ("on_train_end",)],
        *[
            ("on_predict_begin",),
            ("on_predict_batch_begin", 0),
            ("on_predict_batch_end", 0),
            ("on_predict_end",),
        ],
    ]


def shown(text):
    """Return what a terminal would show: without what was overwritten or erased."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    lines = [re.split(r"[\r\x08]+", line)[-1] for line in text.split("\n")]
    return [line.rstrip() for line in lines if line.strip()]


@pytest.mark.slow
def test_progress_bar_is_the_only_one(capsys):
    """Keras adds no second one; its lines are those of Keras's own."""
    bar = tfk_ext.callbacks.ProgbarLogger(count_mode="steps")
    small().fit(ONES, ONES, batch_size=2, epochs=2, verbose=2, callbacks=[bar], validation_data=(ONES, ONES))
    ours = shown(capsys.readouterr().out)
    small().fit(ONES, ONES, batch_size=2, epochs=2, verbose=2, validation_data=(ONES, ONES))
    theirs = shown(capsys.readouterr().out)

    def form(lines):
        return [re.sub(r"[\d.e-]+(ms|s|us)?(/step)?", "#", line) for line in lines]

    assert form(ours) == form(theirs) and len(ours) == 4
    assert ours[0] == "Epoch 1/2" and ours[1].startswith("3/3 - ") and "val_loss: " in ours[1]


def test_progress_bar_prints_means_of_the_epoch(capsys):
    bar = tfk_ext.callbacks.ProgbarLogger(stateful_metrics=["level"])
    bar.set_params({"verbose": 2, "epochs": 1, "steps": 2})
    bar.set_model(None)
    bar.on_train_begin({})
    bar.on_epoch_begin(0, {})
    bar.on_train_batch_end(0, {"speed": 1.0, "level": 1.0})
    bar.on_train_batch_end(1, {"speed": 3.0, "level": 3.0})
    bar.on_epoch_end(0, {})
    assert "speed: 2.0000 - level: 3.0000" in shown(capsys.readouterr().out)[-1]


def test_progress_bar_counts_samples_where_it_can(capsys):
    bar = tfk_ext.callbacks.ProgbarLogger()
    bar.set_params({"verbose": 2, "epochs": 1, "steps": 2, "samples": 5, "batch_size": 3})
    bar.set_model(None)
    bar.on_train_begin({})
    bar.on_epoch_begin(0, {})
    bar.on_train_batch_end(0, {"loss": 1.0, "size": 3})
    bar.on_train_batch_end(1, {"loss": 1.0, "size": 2})
    assert bar.seen == 5
    bar.on_epoch_end(0, {"loss": 1.0})
    assert shown(capsys.readouterr().out)[-1].startswith("5/5")


@pytest.mark.parametrize("verbose", [0, 1])
def test_progress_bar_in_evaluate_and_predict(capsys, verbose):
    bar, model = tfk_ext.callbacks.ProgbarLogger(), small()
    model.evaluate(ONES, ONES, verbose=verbose, callbacks=[bar])
    model.predict(ONES, verbose=verbose, callbacks=[bar])
    assert len(shown(capsys.readouterr().out)) == 2 * verbose
