"""Dropout in recurrent layers: what is drawn, how often, and where it goes."""

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tests.layers.recurrent.common import close

IDENTITY = {"kernel_initializer": "identity", "recurrent_initializer": "zeros", "activation": None}


def test_one_draw_for_all_steps():
    layer = tfk_ext.SimpleRNN(50, dropout=0.5, return_sequences=True, seed=1, **IDENTITY)
    x = np.ones((4, 6, 50), "float32")
    y = layer(x, training=True).numpy()
    assert set(np.unique(y)) == {0.0, 2.0}
    close(y, np.repeat(y[:, :1], 6, axis=1))
    assert not np.array_equal(y[0], y[1]), "each sample draws its own"
    assert not np.array_equal(y, layer(x, training=True)), "each call draws anew"
    close(layer(x, training=False), x)


@pytest.mark.slow
def test_one_draw_for_all_steps_of_a_cell_that_is_called_step_by_step():
    class Own(tfk_ext.SimpleRNNCell):
        def call(self, inputs, states, training=None):
            return super().call(inputs, states, training)

    class Around(tf.keras.layers.Layer):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner
            self.state_size = inner.state_size

        def build(self, shape):
            self.inner.build(shape)

        def call(self, inputs, states, training=None):
            return self.inner(inputs, states, training=training)

    x = np.ones((2, 5, 40), "float32")
    for cell in (
        Own(40, dropout=0.5, seed=3, **IDENTITY),
        Around(tfk_ext.SimpleRNNCell(40, dropout=0.5, seed=3, **IDENTITY)),
    ):
        layer = tfk_ext.RNN(cell, return_sequences=True)
        for call in (layer, tf.function(layer), tf.function(layer, jit_compile=True)):
            y = call(x, training=True).numpy()
            assert set(np.unique(y)) == {0.0, 2.0}
            close(y, np.repeat(y[:, :1], 5, axis=1))


def test_recurrent_dropout_spares_the_carried_state():
    """With an open update gate a GRU keeps its state, whatever the recurrent product drops."""
    layer = tfk_ext.GRU(
        3, recurrent_dropout=0.9, kernel_initializer="zeros", recurrent_initializer="zeros", seed=0
    )
    layer.build((None, None, 2))
    layer.set_weights([*layer.get_weights()[:2], np.array([50.0] * 3 + [0.0] * 6)])
    state = np.array([[1.0, -2.0, 3.0]], "float32")
    close(layer(np.zeros((1, 7, 2)), initial_state=state, training=True), state)


@pytest.mark.parametrize("name", ["SimpleRNN", "GRU", "LSTM"])
@pytest.mark.parametrize("implementation", [1, 2])
def test_implementation_changes_nothing(name, implementation):
    x = np.random.default_rng(0).standard_normal((2, 4, 3)).astype("float32")
    options = {} if name == "SimpleRNN" else {"implementation": implementation}
    layer = getattr(tfk_ext, name)(3, dropout=0.4, recurrent_dropout=0.4, seed=7, **options)
    layer(x)
    layer.set_weights([np.full(w.shape, 0.3) for w in layer.get_weights()])
    found = layer(x, training=True).numpy()
    reference = getattr(tfk_ext, name)(3, dropout=0.4, recurrent_dropout=0.4, seed=7)
    reference(x)
    reference.set_weights(layer.get_weights())
    np.testing.assert_array_equal(found, reference(x, training=True))


def test_expected_output_is_kept(rng):
    layer = tfk_ext.SimpleRNN(200, dropout=0.25, recurrent_dropout=0.0, seed=2, **IDENTITY)
    y = layer(np.ones((50, 2, 200), "float32"), training=True).numpy()
    assert y.mean() == pytest.approx(1.0, abs=0.02)
    everything = tfk_ext.SimpleRNN(4, dropout=1.0, **IDENTITY)
    close(everything(np.ones((2, 3, 4), "float32"), training=True), np.zeros((2, 4)))


def test_conv_lstm_dropout():
    layer = tfk_ext.ConvLSTM2D(2, 3, dropout=0.5, recurrent_dropout=0.5, padding="same", seed=1)
    x = np.ones((2, 3, 4, 4, 1), "float32")
    one, two = layer(x, training=True), layer(x, training=True)
    assert not np.allclose(one, two)
    assert not np.allclose(one, layer(x))
