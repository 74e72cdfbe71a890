"""Losses: the numbers of the documents, saturated activations, weights in `fit`, distribution."""

import numpy as np
import pytest
import tensorflow as tf

from tests.strategy import two_replicas
from tfk_ext import losses

YES_NO = [[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]
CLASSES = [[0, 1, 0], [0, 0, 1]], [[0.05, 0.95, 0], [0.1, 0.8, 0.1]]


def test_the_numbers_of_the_documents():
    assert losses.MeanSquaredError()([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]]).numpy() == 0.5
    np.testing.assert_allclose(losses.Huber()(*YES_NO), 0.155, atol=5e-4)
    np.testing.assert_allclose(losses.binary_crossentropy(*YES_NO), [0.916, 0.714], atol=5e-4)
    np.testing.assert_allclose(losses.categorical_crossentropy(*CLASSES), [0.0513, 2.303], atol=5e-4)
    integers = losses.sparse_categorical_crossentropy([1, 2], CLASSES[1])
    np.testing.assert_allclose(integers, [0.0513, 2.303], atol=5e-4)


def test_the_assertions_of_the_documents(rng):
    y_true, y_pred = rng.integers(0, 2, (2, 3)), rng.random((2, 3))
    loss = losses.poisson(y_true, y_pred)
    assert loss.shape == (2,)
    p = y_pred + 1e-7
    assert np.allclose(loss.numpy(), np.mean(p - y_true * np.log(p), axis=-1), atol=1e-5)

    loss = losses.kullback_leibler_divergence(y_true.astype(np.float64), y_pred)
    y, p = np.clip(y_true, 1e-7, 1), np.clip(y_pred, 1e-7, 1)
    np.testing.assert_allclose(loss, np.sum(y * np.log(y / p), axis=-1), rtol=1e-12)

    y_true, y_pred = rng.integers(0, 2, (2, 3, 4)), rng.random((2, 3, 4))
    loss = losses.mean_squared_error(y_true, y_pred)
    assert loss.shape == (2, 3) and loss.dtype == tf.float64

    truth, near, far = [1.0, 2, 3, 100], [1.0, 2, 3, 110], [2.0, 3, 4, 100]
    assert losses.mse(truth, far) < losses.mse(truth, near)
    assert losses.msle(truth, near) < losses.msle(truth, far)
    assert losses.cosine_similarity([0.0, 0.0], [1.0, 2.0]).numpy() == 0.0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("loss", "activation", "label"),
    [
        (losses.binary_crossentropy, tf.sigmoid, [[1.0, 0.0]]),
        (losses.categorical_crossentropy, tf.nn.softmax, [[1.0, 0.0]]),
        (losses.sparse_categorical_crossentropy, tf.nn.softmax, [0]),
    ],
)
@pytest.mark.parametrize("half", [False, True])
def test_a_saturated_activation_still_learns(loss, activation, label, half):
    """Traced, a loss on probabilities looks behind the activation, also through a cast."""

    @tf.function
    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            p = activation(tf.cast(x, tf.float16) if half else x)
            value = tf.reduce_mean(loss(label, tf.cast(p, tf.float32)))
        return value, tape.gradient(value, x)

    value, slope = gradient(tf.constant([[-200.0, 200.0]]))
    np.testing.assert_allclose(value, 200.0 if loss is losses.binary_crossentropy else 400.0)
    np.testing.assert_allclose(slope, [[-0.5, 0.5]] if loss is losses.binary_crossentropy else [[-1, 1]])


def test_a_softmax_over_another_axis_is_no_logits():
    """The classes lie along axis 1, the softmax ran over the last: the probabilities are what counts."""
    x, y = tf.random.normal((2, 3, 4)), tf.one_hot([[0, 1, 2, 0], [1, 1, 0, 2]], 3, axis=1)
    traced = tf.function(lambda x: losses.categorical_crossentropy(y, tf.nn.softmax(x), axis=1))
    np.testing.assert_allclose(
        traced(x), losses.categorical_crossentropy(y, tf.nn.softmax(x), axis=1), rtol=1e-5
    )


def test_a_row_without_label_has_no_gradient():
    x = tf.constant([[1.0, 2.0, 3.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = losses.categorical_crossentropy([[0.0, 0.0, 0.0]], x, from_logits=True)
    np.testing.assert_array_equal(value, [0.0])
    np.testing.assert_array_equal(tape.gradient(value, x), [[0.0, 0.0, 0.0]])


def test_one_weight_for_each_sample_of_a_sequence(rng):
    """Keras 3 multiplies (batch, time) by (batch,) from the right, which fits only by accident."""
    y, p, weights = rng.normal(size=(3, 3, 2)), rng.normal(size=(3, 3, 2)), np.array([1.0, 0.0, 2.0])
    expected = (((y - p) ** 2).mean(-1) * weights[:, None]).mean()
    loss = losses.MeanSquaredError()
    np.testing.assert_allclose(loss(y, p, sample_weight=weights), expected, rtol=1e-5)
    np.testing.assert_allclose(loss(y, p, sample_weight=weights[:, None]), expected, rtol=1e-5)
    model = tf.keras.Sequential([tf.keras.Input((3, 2)), tf.keras.layers.Activation("linear")])
    model.compile("sgd", loss)
    fitted = model.evaluate(p, y, sample_weight=weights, verbose=0)
    np.testing.assert_allclose(fitted, expected, rtol=1e-5)


def test_labels_without_the_last_axis():
    assert losses.MeanSquaredError()([1.0, 2.0], [[1.0], [4.0]]).numpy() == 2.0
    assert losses.MeanSquaredError()([[1.0], [2.0]], [1.0, 4.0]).numpy() == 2.0


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match=r"y_true of shape \(2,\) and y_pred of shape \(3,\)"):
        losses.mean_squared_error([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="use sparse_categorical_crossentropy"):
        losses.categorical_crossentropy([[1], [2]], [[0.1, 0.9], [0.2, 0.8]])
    with pytest.raises(ValueError, match="without the axis of the classes"):
        losses.sparse_categorical_crossentropy([[1, 2]], [[0.1, 0.9]])
    with pytest.raises(ValueError, match="unknown loss 'no'"):
        losses.get("no")


def test_ignored_classes_are_left_out_of_the_mean(rng):
    y, p = np.array([[0, 1, 2], [1, 1, 2]]), rng.uniform(0.1, 1, (2, 3, 3))
    p /= p.sum(-1, keepdims=True)
    ours = losses.SparseCategoricalCrossentropy(ignore_class=1)(y, p)
    theirs = tf.keras.losses.SparseCategoricalCrossentropy(ignore_class=1)(y, p)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.slow
def test_under_a_strategy():
    """The replicas' means add up to the mean of the batch."""
    strategy = two_replicas()
    x = np.arange(8, dtype="float32")[:, None]
    results = []
    for scope in (strategy.scope(), tf.device("CPU:0")):
        with scope:
            model = tf.keras.Sequential(
                [tf.keras.Input((1,)), tf.keras.layers.Dense(1, "linear", False, "ones")]
            )
            model.compile(tf.keras.optimizers.SGD(0.01), losses.MeanSquaredError())
        history = model.fit(x, 3 * x, batch_size=4, epochs=2, shuffle=False, verbose=0).history
        results.append((history["loss"], model.get_weights()[0]))
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-5)
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-5)


def test_in_mixed_precision():
    tf.keras.config.set_dtype_policy("mixed_float16")
    model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(4, activation="softmax")])
    model.compile("sgd", losses.SparseCategoricalCrossentropy())
    x, y = np.ones((8, 3), "float32"), np.arange(8) % 4
    history = model.fit(x, y, epochs=3, verbose=0).history["loss"]
    assert np.isfinite(history).all() and history[-1] < history[0]
