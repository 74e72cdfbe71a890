"""What the tests of the recurrent layers share: comparing with Keras 2 in outputs, states and gradients."""

import numpy as np
import tensorflow as tf


def close(actual, expected, tolerance=1e-5):
    """Assert that two nested structures hold nearly the same numbers."""
    actual, expected = tf.nest.flatten(actual), tf.nest.flatten(expected)
    assert len(actual) == len(expected)
    for a, e in zip(actual, expected):
        a, e = np.asarray(a), np.asarray(e)
        assert a.shape == e.shape
        largest = max(1.0, float(np.max(np.abs(e), initial=0.0)))
        np.testing.assert_allclose(a, e, rtol=tolerance, atol=tolerance * largest)


def values(rng, layer):
    """Draw values for a layer's weights."""
    return [0.6 * rng.standard_normal(w.shape).astype("float32") for w in layer.get_weights()]


def variables(layer):
    """The trainable weights as TensorFlow's variables: Keras 3 wraps them."""
    return [v.value if isinstance(v, tf.keras.Variable) else v for v in layer.trainable_weights]


def run(layer, x, states=(), **options):
    """Return outputs and the gradients of a weighted sum of them by input, initial states and weights."""
    x = tf.constant(x)
    states = [tf.constant(state) for state in states]
    if states:
        options["initial_state"] = states
    with tf.GradientTape() as tape:
        tape.watch([x, *states])
        outputs = tf.nest.flatten(layer(x, **options))
        total = 0.0
        for index, y in enumerate(outputs):
            factors = np.random.default_rng(index).standard_normal(y.shape)
            total += tf.reduce_sum(y * tf.constant(factors, y.dtype))
    gradients = tape.gradient(total, [x, *states, *variables(layer)], unconnected_gradients="zero")
    return outputs, gradients


def equal(ours, theirs, x, rng, states=(), **options):
    """Assert that two layers agree in outputs and gradients, with the same weights."""
    ours(x, **options)
    theirs(x, **options)
    drawn = values(rng, ours)
    ours.set_weights(drawn)
    theirs.set_weights(drawn)
    actual, expected = run(ours, x, states, **options), run(theirs, x, states, **options)
    close(actual[0], expected[0])
    close(actual[1], expected[1])
