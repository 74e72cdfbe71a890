"""The arguments of a first layer, `weights=`, and the refusal of masks."""

import copy
import warnings

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ({"input_shape": (4,)}, (None, 3)),
        ({"input_shape": 4}, (None, 3)),
        ({"input_dim": 4}, (None, 3)),
        ({"input_shape": (None, 4)}, (None, None, 3)),
        ({"input_dim": 4, "input_length": 6}, (None, 6, 3)),
        ({"batch_input_shape": (None, 6, 4)}, (None, 6, 3)),
    ],
)
def test_first_layer_in_a_plain_sequential(arguments, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = tf.keras.Sequential()
        model.add(tfk_ext.Dense(3, **arguments))
        model.add(tfk_ext.Activation("relu"))
    assert model.output_shape == expected
    assert model.layers[0].kernel.shape == (4, 3)


def test_layers_mix_with_keras_layers():
    model = tf.keras.Sequential(
        [
            tfk_ext.Dense(3, input_shape=(4,)),
            tf.keras.layers.ReLU(),
            tfk_ext.Flatten(),
            tf.keras.layers.Dense(2),
        ]
    )
    model.compile("sgd", "mse")
    before = [w.numpy().copy() for w in model.trainable_weights]
    model.fit(np.ones((8, 4)), np.ones((8, 2)), verbose=0)
    assert all((a != b.numpy()).any() for a, b in zip(before[::2], model.trainable_weights[::2]))


def test_bad_batch_input_shape():
    with pytest.raises(ValueError, match="Dense: batch_input_shape must be a tuple"):
        tfk_ext.Dense(3, batch_input_shape=5)


def test_initial_weights(rng):
    kernel, bias = rng.standard_normal((4, 3)), rng.standard_normal(3)
    layer = tfk_ext.Dense(3, weights=[kernel, bias])
    x = rng.standard_normal((2, 4))
    np.testing.assert_allclose(layer(x), x @ kernel + bias, rtol=1e-5)


def test_initial_weights_are_set_once_when_built_inside_a_graph(rng):
    """A model that is built by its first batch in `fit` trains from the given weights on."""
    kernel = rng.standard_normal((4, 1))
    model = tf.keras.Sequential([tfk_ext.Dense(1, use_bias=False, weights=[kernel])])
    model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    x, y = rng.standard_normal((8, 4)).astype("float32"), np.zeros((8, 1), "float32")
    expected = kernel.astype("float32")
    for _ in range(3):
        expected = expected - 0.1 * 2 / 8 * x.T @ (x @ expected - y)
    model.fit(x, y, batch_size=8, epochs=3, verbose=0)
    np.testing.assert_allclose(model.layers[0].kernel.numpy(), expected, rtol=1e-4, atol=1e-6)


def test_initial_weights_of_a_wrong_shape():
    with pytest.raises(ValueError, match="shape"):
        tfk_ext.Dense(3, weights=[np.zeros((2, 2)), np.zeros(3)])(np.ones((1, 4)))


def test_masks_are_refused_as_documented():
    """Behind Embedding(mask_zero=True) every layer has to support masking."""
    words = np.array([[1, 2, 0]])
    masked = tf.keras.layers.Embedding(5, 4, mask_zero=True)(words)
    with pytest.raises(TypeError, match="Flatten: layer 'flat' does not support masking"):
        tfk_ext.Flatten(name="flat")(masked)
    model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Embedding(5, 4, mask_zero=True)])
    with pytest.raises(TypeError, match="does not support masking"):
        model.add(tfk_ext.Flatten())


def test_activity_regularizer_adds_the_loss_that_keras_adds(rng):
    """The sum over the output, or its mean over the batch: that is for the installed Keras 3 to say."""
    x = rng.standard_normal((4, 3)).astype("float32")
    ours = tfk_ext.Dense(2, activity_regularizer=tf.keras.regularizers.L2(0.5))
    theirs = tf.keras.layers.Dense(2, activity_regularizer=tf.keras.regularizers.L2(0.5))
    y = ours(x)
    theirs(x)
    theirs.set_weights(ours.get_weights())
    theirs(x)
    np.testing.assert_allclose(ours.losses[-1], theirs.losses[-1], rtol=1e-5)
    total = 0.5 * np.sum(np.square(y))
    assert float(ours.losses[-1]) == pytest.approx(total, rel=1e-5) or float(
        ours.losses[-1]
    ) == pytest.approx(total / 4, rel=1e-5)


def test_a_copy_of_a_layer_that_drops_masks_has_a_configuration_of_its_own():
    layer = tfk_ext.RepeatVector(2, drops_mask=True)
    other = copy.deepcopy(layer)
    other.n = 5
    assert (layer.get_config()["n"], other.get_config()["n"]) == (2, 5)
    assert type(other).from_config(other.get_config()).drops_mask
