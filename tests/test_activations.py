"""Activations by name have their documented meaning, and survive saving."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfk_ext
from tfk_ext import activations

NAMES = [
    "elu",
    "exponential",
    "gelu",
    "hard_sigmoid",
    "linear",
    "relu",
    "selu",
    "sigmoid",
    "softmax",
    "softplus",
    "softsign",
    "swish",
    "tanh",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_equal_to_keras_2(name, dtype, rng):
    x = tf.constant(4 * rng.standard_normal((7, 5)), dtype)
    np.testing.assert_allclose(
        activations.get(name)(x), tf_keras.activations.get(name)(x), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("name", NAMES)
def test_names_round_trip(name):
    assert activations.serialize(activations.get(name)) == name
    assert activations.deserialize(name) is activations.get(name)


def test_hard_sigmoid_is_the_classic_one():
    x = np.array([-2.5, -1.0, 0.0, 1.0, 2.5], "float32")
    np.testing.assert_allclose(activations.get("hard_sigmoid")(x), np.clip(0.2 * x + 0.5, 0, 1), rtol=1e-6)


def test_keras_3_functions_keep_their_meaning_when_saved(tmp_path):
    x = np.linspace(-4, 4, 9, dtype="float32")[None]
    foreign = tf.keras.activations.hard_sigmoid
    model = tf.keras.Sequential([tfk_ext.Activation(foreign, input_shape=(9,)), tfk_ext.Activation("linear")])
    model.save(tmp_path / "model.keras")
    loaded = tf.keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded(x), np.clip(x / 6 + 0.5, 0, 1), rtol=1e-6)


def test_layers_and_callables_serve_as_activations(tmp_path):
    x = np.linspace(-4, 4, 9, dtype="float32")[None]
    model = tf.keras.Sequential([tfk_ext.Dense(9, activation=tfk_ext.LeakyReLU(alpha=0.2), input_shape=(9,))])
    model.save(tmp_path / "model.keras")
    loaded = tf.keras.models.load_model(tmp_path / "model.keras")
    assert isinstance(loaded.layers[0].activation, tfk_ext.LeakyReLU)
    np.testing.assert_array_equal(loaded(x), model(x))
    assert activations.get(tf.nn.relu) is tf.nn.relu


@pytest.mark.parametrize("max_value", [None, 6, 1.5])
@pytest.mark.parametrize("slope", [0.0, 0.3])
@pytest.mark.parametrize("threshold", [0.0, 0.7])
def test_relu_of_three_pieces(max_value, slope, threshold):
    x = np.linspace(-3, 8, 23, dtype="float32")
    top = np.inf if max_value is None else max_value
    expected = np.where(x >= top, top, np.where(x >= threshold, x, slope * (x - threshold)))
    actual = activations.relu(tf.constant(x), slope, max_value, threshold)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_softmax_over_several_axes(rng):
    x = rng.standard_normal((2, 3, 4)).astype("float32")
    expected = np.exp(x) / np.exp(x).sum((1, 2), keepdims=True)
    np.testing.assert_allclose(activations.softmax(tf.constant(x), axis=(1, 2)), expected, rtol=1e-5)


def test_messages():
    with pytest.raises(ValueError, match="unknown activation 'hrad_sigmoid'.*hard_sigmoid"):
        activations.get("hrad_sigmoid")
    with pytest.raises(ValueError, match="at least 2 axes"):
        activations.softmax(tf.constant([1.0, 2.0]))
