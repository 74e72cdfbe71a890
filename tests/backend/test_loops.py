"""Loops over tensors, recurrences, and CTC, against Keras 2 or a formula."""

import functools

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tfk_ext import backend as K

RNG = np.random.default_rng(5)
KERNEL, RECURRENT = RNG.normal(size=(3, 4)).astype("float32"), RNG.normal(size=(4, 4)).astype("float32")
X, MASK = RNG.normal(size=(2, 5, 3)).astype("float32"), RNG.random((2, 5)) < 0.6


def _step(x, states):
    bias = states[1] if len(states) > 1 else 0.0
    output = tf.tanh(tf.matmul(x, KERNEL) + tf.matmul(states[0], RECURRENT) + bias)
    return output, [output]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"go_backwards": True},
        {"unroll": True},
        {"mask": MASK},
        {"mask": MASK, "zero_output_for_mask": True},
        {"mask": MASK, "unroll": True, "go_backwards": True},
        {"constants": [tf.ones((2, 4))]},
        {"time_major": True},
    ],
    ids=str,
)
def test_rnn_equals_keras_2(options):
    x = X.transpose(1, 0, 2) if options.get("time_major") else X
    found = K.rnn(_step, x, [tf.zeros((2, 4))], **options)
    wanted = tf_keras.backend.rnn(_step, tf.constant(x), [tf.zeros((2, 4))], **options)
    for one, other in zip(tf.nest.flatten(found), tf.nest.flatten(wanted), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_rnn_in_a_model():
    x = tf.keras.Input((5, 3))
    last, outputs, states = K.rnn(_step, x, [K.zeros_like(K.dot(x[:, 0], KERNEL))])
    assert (last.shape, outputs.shape, states[0].shape) == ((None, 4), (None, 5, 4), (None, 4))
    model = tf.keras.Model(x, [last, outputs])
    wanted = K.rnn(_step, X, [tf.zeros((2, 4))])
    np.testing.assert_allclose(model(X)[1], wanted[1], rtol=1e-5)


def _projected(row, by):
    return _layer_of_the_program(row) * by


_layer_of_the_program = tf.keras.layers.Dense(2, use_bias=False)
_layer_of_the_program.build((None, 2))


@pytest.mark.parametrize("way", ["a layer", "a function that calls another", "a partial", "a method"])
def test_what_a_function_uses_is_trained(way):
    dense = tf.keras.layers.Dense(2, use_bias=False)
    function = {
        "a layer": dense,
        "a function that calls another": lambda row: _projected(row, 2.0),
        "a partial": functools.partial(lambda inner, row: inner(row), dense),
        "a method": dense.call,
    }[way]
    dense.build((None, 2))
    x = tf.keras.Input(batch_shape=(2, 3, 2))
    model = tf.keras.Model(x, K.map_fn(function, x))
    trained = _layer_of_the_program if "another" in way else dense
    assert [id(weight) for weight in model.trainable_weights] == [id(trained.kernel)]


def test_maps_and_folds():
    x = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(K.map_fn(lambda row: row * 2, x), x * 2)
    np.testing.assert_array_equal(K.map_fn(lambda row: tf.cast(row, tf.int32), x, dtype="int32"), x)
    np.testing.assert_array_equal(K.foldl(lambda total, row: total * 2 + row, x), [8, 15])
    np.testing.assert_array_equal(K.foldr(lambda total, row: total * 2 + row, x, np.zeros(2)), [20, 27])
    symbolic = tf.keras.Input(batch_shape=(3, 2), dtype="float64")
    model = tf.keras.Model(symbolic, K.foldl(tf.math.add, symbolic))
    np.testing.assert_array_equal(model(x), x.sum(0))


def test_variables_that_a_function_uses_are_trained():
    weight, dense = K.variable(np.ones((2, 2)), name="weight"), tf.keras.layers.Dense(2)
    dense.build((None, 2))
    x = tf.keras.Input(batch_shape=(4, 3, 2))
    y = K.map_fn(lambda row: dense(row @ tf.convert_to_tensor(weight)), x)
    model = tf.keras.Model(x, y)
    assert {id(v) for v in model.trainable_weights} == {id(weight), *map(id, dense.trainable_weights)}
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 3, 2)), np.zeros((4, 3, 2)), batch_size=4, verbose=0)
    assert not np.array_equal(K.get_value(weight), np.ones((2, 2)))
    with pytest.raises(ValueError, match="uses 'weight'|uses 'dense"):
        model.get_config()
    plain = tf.Variable(1.0)
    with pytest.raises(TypeError, match="tf.Variable 'plain'"):
        K.foldl(lambda total, row: total + row * plain, x)


def test_switch_calls_only_what_is_chosen():
    def forbidden():
        raise AssertionError("not chosen")

    assert float(K.switch(True, lambda: tf.constant(1.0), forbidden)) == 1.0
    with pytest.raises(ValueError, match="3 axes"):
        K.switch(np.ones((1, 2, 3), bool), np.ones((1, 2)), np.ones((1, 2)))


def _ctc():
    y_true = np.array([[1, 2, 1], [0, 2, 0]], "int32")
    y_pred = RNG.dirichlet(np.ones(4), (2, 6)).astype("float32")
    return y_true, y_pred, np.array([[6], [5]], "int32"), np.array([[3], [2]], "int32")


def test_ctc_equals_keras_2():
    arguments = tuple(map(tf.constant, _ctc()))
    found, wanted = K.ctc_batch_cost(*arguments), tf_keras.backend.ctc_batch_cost(*arguments)
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    _, y_pred, lengths, _ = arguments
    for options in ({}, {"greedy": False, "beam_width": 10, "top_paths": 2}):
        found = K.ctc_decode(y_pred, lengths[:, 0], **options)
        wanted = tf_keras.backend.ctc_decode(y_pred, lengths[:, 0], **options)
        for one, other in zip(tf.nest.flatten(found), tf.nest.flatten(wanted), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5)


def test_ctc_as_the_output_of_a_model_trains():
    y_true, y_pred, lengths, labels = _ctc()
    inputs = [tf.keras.Input(a.shape[1:], dtype=a.dtype.name) for a in (y_true, y_pred, lengths, labels)]
    probabilities = tf.keras.layers.Dense(4, activation="softmax")(inputs[1])
    cost = K.ctc_batch_cost(inputs[0], probabilities, inputs[2], inputs[3])
    assert cost.shape == (None, 1)
    model = tf.keras.Model(inputs, cost)
    model.compile(tf.keras.optimizers.Adam(0.05), lambda _, y: y)
    losses = model.fit(list(_ctc()), np.zeros(2), epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_conv3d_transpose_is_the_gradient_of_conv3d():
    x = tf.constant(RNG.normal(size=(1, 5, 6, 7, 2)), tf.float32)
    kernel = tf.constant(RNG.normal(size=(2, 3, 2, 2, 3)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = K.conv3d(x, kernel, strides=2, padding="same")
    found = K.conv3d_transpose(y, kernel, x.shape, strides=2, padding="same")
    np.testing.assert_allclose(found, tape.gradient(y, x, output_gradients=y), rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match="output_shape .* does not fit"):
        K.conv3d_transpose(y, kernel, (1, 9, 9, 9, 2), strides=2, padding="same")
