"""Drawn configurations of the recurrent layers give the numbers of Keras 2: outputs, states, gradients."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings
from hypothesis import strategies as st

import tfk_ext
from tests.layers.recurrent.common import close, equal

EXAMPLES = settings(max_examples=8, deadline=None)
ACTIVATIONS = st.sampled_from(["tanh", "relu", "sigmoid", "hard_sigmoid", None])


def _mask(draw, batch, steps):
    """No mask, padding on the right or on the left, or any mask; a row may be masked throughout."""
    kind = draw(st.sampled_from(["none", "right", "left", "any"]))
    if kind == "none":
        return None
    if kind == "any":
        rows = st.lists(st.booleans(), min_size=steps, max_size=steps)
        return np.array(draw(st.lists(rows, min_size=batch, max_size=batch)))
    lengths = np.array(draw(st.lists(st.integers(0, steps), min_size=batch, max_size=batch)))
    mask = np.arange(steps) < lengths[:, None]
    return mask if kind == "right" else mask[:, ::-1]


@st.composite
def _situations(draw):
    """Sizes, the arguments common to all layers, a mask, and whether initial states are given."""
    batch, steps, features = draw(st.integers(1, 3)), draw(st.integers(1, 5)), draw(st.integers(1, 3))
    config = {
        "units": draw(st.integers(1, 4)),
        "activation": draw(ACTIVATIONS),
        "use_bias": draw(st.booleans()),
        "return_sequences": draw(st.booleans()),
        "return_state": draw(st.booleans()),
        "go_backwards": draw(st.booleans()),
        "zero_output_for_mask": draw(st.booleans()),
    }
    # Keras 2 fails, or masks the wrong steps, when both are set.
    config["unroll"] = not config["zero_output_for_mask"] and draw(st.booleans())
    return (batch, steps, features), config, _mask(draw, batch, steps), draw(st.booleans())


def _compare(ours, theirs, situation, count=1):
    (batch, steps, features), config, mask, given_states = situation
    rng = np.random.default_rng(batch * 100 + steps * 10 + features)
    x = rng.standard_normal((batch, steps, features)).astype("float32")
    shape = (batch, config["units"])
    states = [rng.standard_normal(shape).astype("float32") for _ in range(count)] if given_states else []
    equal(ours, theirs, x, rng, states, mask=None if mask is None else tf.constant(mask))


@pytest.mark.slow
@EXAMPLES
@given(_situations())
def test_simple_rnn(situation):
    config = situation[1]
    _compare(tfk_ext.SimpleRNN(**config), tf_keras.layers.SimpleRNN(**config), situation)


@pytest.mark.slow
@EXAMPLES
@given(_situations(), ACTIVATIONS, st.booleans(), st.sampled_from([1, 2]))
def test_gru(situation, recurrent_activation, reset_after, implementation):
    config = {
        **situation[1],
        "recurrent_activation": recurrent_activation,
        "reset_after": reset_after,
        "implementation": implementation,
    }
    _compare(tfk_ext.GRU(**config), tf_keras.layers.GRU(**config), situation)


@pytest.mark.slow
@EXAMPLES
@given(_situations(), ACTIVATIONS, st.sampled_from([1, 2]))
def test_lstm(situation, recurrent_activation, implementation):
    config = {
        **situation[1],
        "recurrent_activation": recurrent_activation,
        "implementation": implementation,
    }
    _compare(tfk_ext.LSTM(**config), tf_keras.layers.LSTM(**config), situation, count=2)


@pytest.mark.slow
@EXAMPLES
@given(_situations(), st.sampled_from(["LSTM", "GRU"]), st.integers(1, 3))
def test_stacked_cells(situation, name, lower):
    _, config, _, _ = situation
    flags = {key: value for key, value in config.items() if key not in ("units", "activation", "use_bias")}

    def cells(module):
        options = {"reset_after": False} if name == "GRU" else {}
        cell = getattr(module, name + "Cell")
        return [cell(lower, **options), module.SimpleRNNCell(config["units"], config["activation"])]

    ours = tfk_ext.RNN(cells(tfk_ext), **flags)
    theirs = tf_keras.layers.RNN(cells(tf_keras.layers), **flags)
    _compare(ours, theirs, (*situation[:3], False))


@pytest.mark.slow
@EXAMPLES
@given(
    _situations(),
    st.sampled_from(["LSTM", "GRU", "SimpleRNN"]),
    st.sampled_from(["concat", "sum", "mul", "ave", None]),
)
def test_bidirectional(situation, name, merge_mode):
    # With return_sequences a Bidirectional layer sets zero_output_for_mask.
    config = {**situation[1], "unroll": False}
    options = {"reset_after": False} if name == "GRU" else {}
    ours = tfk_ext.Bidirectional(getattr(tfk_ext, name)(**config, **options), merge_mode)
    theirs = tf_keras.layers.Bidirectional(getattr(tf_keras.layers, name)(**config, **options), merge_mode)
    _compare(ours, theirs, situation, count=4 if name == "LSTM" else 2)


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(st.data())
def test_conv_lstm(data):
    draw = data.draw
    strides = draw(st.integers(1, 2))
    config = {
        "filters": draw(st.integers(1, 2)),
        "kernel_size": (draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        "strides": strides,
        "dilation_rate": 1 if strides > 1 else draw(st.integers(1, 2)),
        "padding": draw(st.sampled_from(["valid", "same"])),
        "use_bias": draw(st.booleans()),
        "return_sequences": draw(st.booleans()),
        "return_state": draw(st.booleans()),
        "go_backwards": draw(st.booleans()),
    }
    mask = _mask(draw, 2, 3)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 3, 6, 5, 2)).astype("float32")
    equal(
        tfk_ext.ConvLSTM2D(**config),
        tf_keras.layers.ConvLSTM2D(**config),
        x,
        rng,
        mask=None if mask is None else tf.constant(mask),
    )


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(st.data())
def test_conv_lstm_channels_first(data):
    config = {
        "filters": data.draw(st.integers(1, 3)),
        "kernel_size": data.draw(st.integers(1, 3)),
        "padding": data.draw(st.sampled_from(["valid", "same"])),
        "return_sequences": data.draw(st.booleans()),
        "return_state": True,
    }
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 5, 2)).astype("float32")
    last = tfk_ext.ConvLSTM2D(**config)
    first = tfk_ext.ConvLSTM2D(**config, data_format="channels_first")
    first(np.moveaxis(x, -1, 2))
    expected = last(x)
    first.set_weights(last.get_weights())
    found = first(np.moveaxis(x, -1, 2))
    close([np.moveaxis(y, -3, -1) for y in found], expected)
