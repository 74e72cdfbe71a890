"""Recurrent layers: a training step, and the forward pass alone, beside Keras 3 with and without XLA.

A training step is the layer on a batch and the gradients by the weights and by the input.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

import tfk_ext
from benchmarks import steps
from benchmarks.case import KERAS, OURS, Bar, Case, Contest

SMALL, LARGE = (32, 100, 64), (128, 400, 128)  # batch, steps, units
CLASSIC_GRU = {"reset_after": False}


class OwnCell(tf.keras.layers.Layer):
    """A cell as the documents write one: ``h' = x . W + h . U``."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="uniform", name="w")
        self.recurrent = self.add_weight(shape=(self.units,) * 2, initializer="orthogonal", name="u")

    def call(self, inputs, states):
        output = tf.matmul(inputs, self.kernel) + tf.matmul(states[0], self.recurrent)
        return output, [output]


def _rnn(name, **options):
    return lambda module, units: getattr(module, name)(units, **options)


def _both(module, units):
    return module.Bidirectional(module.LSTM(units))


def _own(module, units):
    return module.RNN(OwnCell(units))


def _minimal(module, units):
    return module.RNN((tfk_ext.MinimalRNNCell if module is tfk_ext else OwnCell)(units))


def _video(module, units):
    return module.ConvLSTM2D(units, 3, padding="same", recurrent_activation="sigmoid")


# item: (how it is made, sizes, whether a mask comes in, whether it is the same every time)
TRAINING = {
    "LSTM": (_rnn("LSTM"), SMALL, False, True),
    "LSTM, sequences": (_rnn("LSTM", return_sequences=True), SMALL, False, True),
    "LSTM, mask": (_rnn("LSTM"), SMALL, True, True),
    "LSTM, dropout": (_rnn("LSTM", dropout=0.2), SMALL, False, False),
    "LSTM, recurrent dropout": (_rnn("LSTM", recurrent_dropout=0.2), SMALL, False, False),
    "GRU": (_rnn("GRU", reset_after=True), SMALL, False, True),
    "GRU, reset before": (_rnn("GRU", **CLASSIC_GRU), SMALL, False, True),
    "GRU, mask": (_rnn("GRU", reset_after=True), SMALL, True, True),
    "SimpleRNN": (_rnn("SimpleRNN"), SMALL, False, True),
    "Bidirectional LSTM": (_both, SMALL, False, True),
    "own cell": (_own, SMALL, False, True),
    "minimal cell": (_minimal, SMALL, False, True),
    "LSTM, large": (_rnn("LSTM"), LARGE, False, True),
    "GRU, large": (_rnn("GRU", reset_after=True), LARGE, False, True),
    "SimpleRNN, large": (_rnn("SimpleRNN"), LARGE, False, True),
    "ConvLSTM2D": (_video, (4, 10, 16), False, True),
}
INFERENCE = {
    name: TRAINING[name]
    for name in ("LSTM", "GRU", "SimpleRNN", "own cell", "LSTM, large", "GRU, large", "ConvLSTM2D")
}


def _data(sizes, masked, video):
    batch, steps, units = sizes
    rng = np.random.default_rng(0)
    shape = (batch, steps, 32, 32, 3) if video else (batch, steps, units)
    x = tf.constant(rng.normal(size=shape).astype("float32"))
    mask = tf.constant(np.arange(steps) >= rng.integers(0, steps, (batch, 1))) if masked else None
    return x, mask


def _made(make, x, units):
    layers = {OURS: make(tfk_ext, units), KERAS: make(tf.keras.layers, units)}
    for layer in layers.values():
        layer(x[:1, :2])
    layers[OURS].set_weights(layers[KERAS].get_weights())
    return layers


def floor(sizes, gates):
    """The products that a training step can't do without, for one layer with so many gates."""
    batch, steps, units = sizes
    x = tf.random.normal((steps * batch, units))
    kernel, d = tf.random.normal((units, gates * units)), tf.random.normal((steps * batch, gates * units))
    h, dh = tf.random.normal((batch, units)), tf.random.normal((batch, gates * units))

    @tf.function
    def products():
        total = tf.reduce_sum(tf.matmul(x, kernel)[0]) + tf.reduce_sum(
            tf.matmul(d, kernel, transpose_b=True)[0]
        )
        total += 2 * tf.reduce_sum(tf.matmul(x, d, transpose_a=True)[0])
        total += tf.reduce_sum(tf.matmul(x, d, transpose_a=True)[1])
        state, back = h, dh
        for _ in tf.range(steps):
            back = back + 1e-9 * tf.matmul(state, kernel)
            state = state + 1e-9 * tf.matmul(back, kernel, transpose_b=True)
        return total + tf.reduce_sum(state)

    return products


GATES = {"LSTM": 4, "LSTM, large": 4, "GRU": 3, "GRU, large": 3, "SimpleRNN": 1, "SimpleRNN, large": 1}


XLA = "Keras 3, XLA"
SMALL_BARS, LARGE_BARS = (Bar(KERAS, 2, 3), Bar(XLA, 1.3, 2)), (Bar(KERAS, 1, 1.15),)
FORWARD_BARS, VIDEO_BARS = (Bar(KERAS, 1, 1.5),), (Bar(KERAS, 1.15, 1.5),)


def contest(name, make, sizes, masked, same, trains):
    """Return a layer beside Keras 3's.

    Args:
        name: what it is called in the tables above.
        make: makes the layer of a module with so many units.
        sizes: batch, steps, units.
        masked: whether a mask comes in.
        same: whether outputs are the same every time.
        trains: a training step, else the forward pass.
    """
    x, mask = _data(sizes, masked, make is _video)
    layers = _made(make, x, sizes[2])
    options = {"training": trains} | ({} if mask is None else {"mask": mask})
    cotangent = tf.random.normal(layers[KERAS](x, **options).shape) if trains else None

    def build(layer, jit=False):
        if trains:
            return steps.training(layer, cotangent, x, jit=jit, **options)
        return steps.forward(layer, x, jit=jit, **options)

    runs = {label: build(layer) for label, layer in layers.items()}
    if sizes is SMALL:
        runs[XLA] = build(layers[KERAS], jit=True)
    return Contest(
        runs,
        floor=floor(sizes, GATES[name]) if trains and name in GATES else None,
        not_compared="" if same else "draws at random",
        tolerance=1e-4 if sizes is LARGE else 2e-5,
    )


def _bars(sizes, trains, make):
    if not trains:
        return FORWARD_BARS
    return VIDEO_BARS if make is _video else SMALL_BARS if sizes is SMALL else LARGE_BARS


def cases() -> list[Case]:
    """Return the cases of the group."""
    return [
        Case(
            f"{name}, {kind}",
            lambda n=name, item=item, kind=kind: contest(n, *item, trains=kind == "training"),
            _bars(item[1], kind == "training", item[0]),
        )
        for kind, items in (("training", TRAINING), ("forward", INFERENCE))
        for name, item in items.items()
    ]
