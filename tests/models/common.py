"""Models that the tests share, in the package and in Keras 2 (the oracle), with the same weights."""

import numpy as np
import tf_keras

import tfk_ext


def two_by_two(keras, layers):
    """Two inputs, a shared layer, two outputs."""
    a = keras.Input((6,), name="a")
    b = keras.Input((6,), name="b")
    shared = layers.Dense(5, activation="tanh", name="shared", kernel_regularizer="l2")
    both = layers.concatenate([shared(a), shared(b)])
    main = layers.Dense(3, activation="softmax", name="main")(both)
    side = layers.Dense(1, activation="sigmoid", name="side")(shared(a))
    return keras.Model([a, b], [main, side])


def stack(keras, layers, outputs=3, activation="softmax"):
    """A Sequential model."""
    return keras.Sequential(
        [
            layers.Dense(8, input_dim=6, activation="relu", name="first"),
            layers.Dense(outputs, activation=activation, name="last"),
        ]
    )


def pair(make, **options):
    """Return a model of the package and the same of Keras 2, with the same weights."""
    ours = make(tfk_ext, tfk_ext.layers, **options)
    theirs = make(tf_keras, tf_keras.layers, **options)
    theirs.set_weights(ours.get_weights())
    return ours, theirs


def data(samples=40):
    rng = np.random.default_rng(1)
    x = [rng.normal(size=(samples, 6)).astype("float32") for _ in range(2)]
    classes = rng.integers(0, 3, samples)
    return x, [np.eye(3, dtype="float32")[classes], rng.integers(0, 2, samples)], classes


def same_history(ours, theirs, rtol=2e-4):
    assert list(ours.history) == list(theirs.history)
    for key, values in theirs.history.items():
        np.testing.assert_allclose(ours.history[key], values, rtol=rtol, atol=1e-6, err_msg=key)
