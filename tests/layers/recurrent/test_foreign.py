"""Users' cells: those that treat rows independently take the quick way, the others the plain one."""

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tests.layers.recurrent.common import close, values, variables
from tfk_ext.ops import recurrent as ops

UNITS = 4


class Own(tf.keras.layers.Layer):
    """``h' = f(x, h)``, with the function as the only difference between the cells below."""

    def __init__(self, function, states=1, **kwargs):
        super().__init__(**kwargs)
        self.function, self.state_size = function, [UNITS] * states

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], UNITS), name="kernel")
        self.recurrent = self.add_weight(shape=(UNITS, UNITS), name="recurrent")
        self.bias = self.add_weight(shape=(UNITS,), name="bias")
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")

    def call(self, inputs, states):
        new = self.function(self, inputs, *states)
        return new[0], new


def linear(cell, x, h):
    return [x @ cell.kernel + h @ cell.recurrent]


def tanh(cell, x, h):
    return [tf.tanh(tf.nn.bias_add(x @ cell.kernel + h @ cell.recurrent, cell.bias))]


def two_states(cell, x, h, c):
    c = 0.5 * c + tf.sigmoid(x @ cell.kernel + cell.bias)
    return [tf.tanh(c + h @ cell.recurrent), c]


def joined(cell, x, h):
    return [tf.nn.softmax(tf.concat([x[:, :2], h[:, 2:]], axis=-1) @ cell.recurrent)]


def centred(cell, x, h):
    h = h - tf.reduce_mean(h, axis=-1, keepdims=True)
    return [x @ cell.kernel + h * cell.bias]


def over_the_batch(cell, x, h):
    return [x @ cell.kernel + h - tf.reduce_mean(h, axis=0)]


def over_the_batch_in_a_product(cell, x, h):
    return [tf.tanh(x @ cell.kernel + tf.matmul(tf.matmul(h, h, transpose_b=True), h))]


def turned(cell, x, h):
    return [x @ cell.kernel + tf.reverse(h, [0])]


def drawn(cell, x, h):
    return [x @ cell.kernel + h * 0.0 * tf.random.normal((UNITS,)) + h]


def counted(cell, x, h):
    cell.count.assign_add(1.0)
    return [x @ cell.kernel + h]


def batch_known(cell, x, h):
    return [x @ cell.kernel + h / tf.cast(tf.shape(x)[0], h.dtype)]


def controlled(cell, x, h):
    return [tf.cond(tf.reduce_sum(x) > 0, lambda: x @ cell.kernel + h, lambda: h)]


def many(cell, x, h):
    for _ in range(12):
        h = tf.tanh(h)
    return [x @ cell.kernel + h]


QUICK = [linear, tanh, two_states, joined, centred]
PLAIN = [
    over_the_batch,
    over_the_batch_in_a_product,
    turned,
    drawn,
    counted,
    batch_known,
    controlled,
    many,
]


@pytest.fixture
def quick(monkeypatch):
    """How often the quick way was taken."""
    calls = []
    found = ops.foreign
    monkeypatch.setattr(ops, "foreign", lambda *a, **k: calls.append(1) or found(*a, **k))
    return calls


def layers(rng, function, x, states=1, **options):
    ours = tfk_ext.RNN(Own(function, states), **options)
    theirs = tf.keras.layers.RNN(Own(function, states), **options)
    ours(x), theirs(x)
    drawn = values(rng, ours)
    ours.set_weights(drawn)
    theirs.set_weights(drawn)
    return ours, theirs


def gradients(layer, x, jit=None, **options):
    @tf.function(jit_compile=jit)
    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = tf.nest.flatten(layer(x, training=True, **options))
            total = tf.add_n([tf.reduce_sum(tf.sin(3 * y)) for y in outputs])
        return outputs, tape.gradient(total, [x, *variables(layer)], unconnected_gradients="zero")

    return run(tf.constant(x))


@pytest.mark.slow
@pytest.mark.parametrize("function", QUICK + PLAIN, ids=lambda f: f.__name__)
def test_every_cell_equals_keras(rng, quick, function):
    x = rng.standard_normal((3, 12, 3)).astype("float32")
    ours, theirs = layers(rng, function, x, 2 if function is two_states else 1, return_sequences=True)
    close(gradients(ours, x), gradients(theirs, x))
    assert len(quick) == (function in QUICK)


OPTIONS = [
    {"return_state": True},
    {"return_sequences": True, "return_state": True, "go_backwards": True},
    {"return_sequences": True, "zero_output_for_mask": True},
]


@pytest.mark.slow
@pytest.mark.parametrize("options", OPTIONS, ids=["state", "backwards", "zeros"])
@pytest.mark.parametrize("masked", [False, True])
def test_options(rng, quick, options, masked):
    x = rng.standard_normal((3, 13, 3)).astype("float32")
    mask = {"mask": tf.constant(rng.random((3, 13)) > 0.4)} if masked else {}
    if masked and options.get("go_backwards"):
        mask = {"mask": tf.constant(np.repeat(rng.random((3, 1)) > 0.4, 13, axis=1))}
    ours, theirs = layers(rng, two_states, x, 2, **options)
    close(gradients(ours, x, **mask), gradients(theirs, x, **mask))
    assert quick


@pytest.mark.slow
def test_compiled_and_any_size(rng, quick):
    x = rng.standard_normal((3, 12, 3)).astype("float32")
    ours, theirs = layers(rng, tanh, x)
    expected = gradients(theirs, x)
    close(gradients(ours, x, jit=True), expected)

    @tf.function(input_signature=[tf.TensorSpec((None, None, 3))])
    def run(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = ours(x, training=True)
            total = tf.reduce_sum(tf.sin(3 * outputs))
        return [outputs], tape.gradient(total, [x, *variables(ours)])

    close(run(x), expected)
    assert len(quick) == 2


@pytest.mark.slow
def test_second_derivatives(rng, quick):
    x = rng.standard_normal((3, 12, 3)).astype("float32")
    ours, theirs = layers(rng, tanh, x, return_sequences=True)

    @tf.function
    def second(layer, x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                total = tf.reduce_sum(tf.sin(3 * layer(x, training=True)))
            found = tape.gradient(total, [x, *variables(layer)])
            penalty = tf.add_n([tf.reduce_sum(g**3) for g in found])
        return outer.gradient(penalty, [x, *variables(layer)])

    close(second(ours, tf.constant(x)), second(theirs, tf.constant(x)), 1e-4)
    assert quick


@pytest.mark.slow
def test_half_precision_trains(rng, quick):
    x = rng.standard_normal((3, 12, 3)).astype("float32")
    ours = tfk_ext.RNN(Own(tanh, dtype="mixed_float16"), dtype="mixed_float16")
    plain = tfk_ext.RNN(Own(tanh))
    ours(x), plain(x)
    plain.set_weights(ours.get_weights())
    found = gradients(ours, x)
    assert found[0][0].dtype == tf.float16 and quick
    close(tf.nest.map_structure(lambda t: tf.cast(t, "float32"), found), gradients(plain, x), 0.02)


def test_other_tensors_keep_their_gradient(rng, quick):
    """A cell that uses a tensor from outside is none for the quick way: its gradient would be lost."""
    x = rng.standard_normal((3, 12, 3)).astype("float32")
    layer = tfk_ext.RNN(Own(lambda cell, x, h: [x @ cell.kernel + h * cell.outer]))
    layer.cell.outer = tf.ones((UNITS,))
    layer(x)

    @tf.function
    def run(outer):
        layer.cell.outer = outer
        with tf.GradientTape() as tape:
            tape.watch(outer)
            total = tf.reduce_sum(layer(x, training=True))
        return tape.gradient(total, outer)

    assert np.abs(run(0.9 * tf.ones((UNITS,)))).min() > 0 and not quick


@pytest.mark.slow
def test_stack_and_fit(rng, quick):
    x, y = rng.standard_normal((8, 12, 3)).astype("float32"), rng.standard_normal((8, UNITS))
    losses = []
    for module in (tfk_ext, tf.keras.layers):
        tf.keras.utils.set_random_seed(1)
        cells = [Own(tanh), Own(linear)]
        for cell in cells:
            cell.state_size = UNITS
        model = tf.keras.Sequential([tf.keras.layers.Masking(), module.RNN(cells)])
        model.compile("sgd", "mse")
        losses.append(model.fit(x, y, epochs=2, batch_size=4, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(*losses, rtol=1e-5)
    assert quick
