"""Recurrent layers: a training step, and the forward pass alone, beside Keras 3 with and without XLA.

A training step is the layer on a batch, the mean square of its output, and the gradients by the weights and
by the input. Outputs and gradients are compared before anything is timed (not where dropout draws at random).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

import tfk_ext
from benchmarks.measure import Timing, interleaved

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
    layers = {"tfk_ext": make(tfk_ext, units), "Keras 3": make(tf.keras.layers, units)}
    for layer in layers.values():
        layer(x[:1, :2])
    layers["tfk_ext"].set_weights(layers["Keras 3"].get_weights())
    return layers


def _values(layer):
    return [v.value for v in layer.trainable_weights]


def _call(layer, x, mask, training):
    options = {} if mask is None else {"mask": mask}
    return layer(x, training=training, **options)


def _training(layer, x, mask, jit=False):
    @tf.function(jit_compile=jit)
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_mean(tf.square(_call(layer, x, mask, True)))
        return loss, tape.gradient(loss, [x, *_values(layer)])

    return lambda: tf.nest.map_structure(lambda t: t.numpy() if t.shape.rank == 0 else t, step(x))


def _forward(layer, x, mask, jit=False):
    @tf.function(jit_compile=jit)
    def step(x):
        return _call(layer, x, mask, False)

    return lambda: step(x).numpy()


def _check(item, candidates):
    first, *others = (tf.nest.flatten(run()) for run in candidates.values())
    for other in others:
        for a, b in zip(first, other):
            a, b = np.asarray(a), np.asarray(b)
            error = np.abs(a - b).max() / max(np.abs(b).max(), 1e-12)
            if error > 1e-4:
                raise SystemExit(f"{item}: differs by {error:.1e} of the largest value; nothing is timed.")


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

    return lambda: products().numpy()


GATES = {"LSTM": 4, "LSTM, large": 4, "GRU": 3, "GRU, large": 3, "SimpleRNN": 1, "SimpleRNN, large": 1}


def run(seconds: float = 4.0) -> Iterator[tuple[str, list[Timing], str]]:
    """Yield item, timings and the candidate that the ratios refer to."""
    for kind, items, build in (("training", TRAINING, _training), ("forward", INFERENCE, _forward)):
        for name, (make, sizes, masked, same) in items.items():
            x, mask = _data(sizes, masked, make is _video)
            layers = _made(make, x, sizes[2])
            candidates = {label: build(layer, x, mask) for label, layer in layers.items()}
            if same:
                _check(f"{name}, {kind}", candidates)
            if sizes is SMALL:
                candidates["Keras 3, XLA"] = build(layers["Keras 3"], x, mask, jit=True)
            if kind == "training" and name in GATES:
                candidates["its products alone"] = floor(sizes, GATES[name])
            yield f"{name}, {kind}", interleaved(candidates, seconds), "Keras 3"
