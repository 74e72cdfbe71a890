"""``K.function`` and ``K.gradients`` on tensors of a model, and on others."""

import numpy as np
import pytest
import tensorflow as tf

from tfk_ext import backend as K


def _model():
    x = tf.keras.Input((4,))
    hidden = tf.keras.layers.Dense(3, activation="tanh", name="hidden")(x)
    return tf.keras.Model(x, tf.keras.layers.Dropout(0.5)(tf.keras.layers.Dense(2)(hidden)))


def test_outputs_of_layers_between():
    model = _model()
    data = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    (found,) = K.function([model.input], [model.get_layer("hidden").output])([data])
    np.testing.assert_allclose(found, model.get_layer("hidden")(data), rtol=1e-6)
    assert isinstance(found, np.ndarray)
    single = K.function(model.input, model.output)(data)
    np.testing.assert_allclose(single, model(data), rtol=1e-6)


def test_the_learning_phase_is_an_input():
    model = _model()
    f = K.function([model.input, K.learning_phase()], [model.output])
    data = np.ones((200, 4), "float32")
    assert not (f([data, 0])[0] == 0).any()
    assert (f([data, 1])[0] == 0).any()


def test_gradients_equal_those_of_a_tape():
    model = _model()
    data = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    loss = K.mean(K.square(model.output))
    weights = model.trainable_weights
    targets = [weights[0], model.input, model.get_layer("hidden").output, weights[2]]
    found = K.function([model.input], K.gradients(loss, targets))([data])
    with tf.GradientTape() as tape:
        x = tf.constant(data)
        tape.watch(x)
        hidden = model.get_layer("hidden")(x)
        value = tf.reduce_mean(tf.square(model.layers[-2](hidden)))
    wanted = tape.gradient(value, [weights[0], x, hidden, weights[2]])
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_gradients_are_tensors_of_the_model():
    x = tf.keras.Input((2,))
    (gradient,) = K.gradients(K.sum(x**3), x)
    assert gradient.shape == (None, 2)
    (second,) = K.gradients(K.sum(gradient), x)
    normal = gradient / (K.sqrt(K.mean(K.square(gradient))) + 1e-5)
    first, second, normal = K.function([x], [gradient, second, normal])([np.array([[1.0, 2.0]])])
    np.testing.assert_allclose(first, [[3.0, 12.0]])
    np.testing.assert_allclose(second, [[6.0, 12.0]])
    np.testing.assert_allclose(np.mean(normal**2), 1.0, rtol=1e-4)


def test_what_the_loss_does_not_depend_on_has_no_gradient():
    x = tf.keras.Input((2,))
    other = K.variable([1.0])
    assert K.gradients(K.sum(x), [other, x])[0] is None


@pytest.mark.slow
def test_a_penalty_on_gradients_trains():
    x = tf.keras.Input((2,))
    dense = tf.keras.layers.Dense(1, use_bias=False)
    score = dense(x)
    (gradient,) = K.gradients(score, x)
    model = tf.keras.Model(x, K.sqrt(K.sum(K.square(gradient), axis=1)))
    model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    model.fit(np.zeros((8, 2)), np.ones(8), epochs=40, verbose=0)
    assert np.linalg.norm(dense.kernel) == pytest.approx(1.0, abs=0.02)


def test_errors_say_what_to_do():
    x = tf.keras.Input((2,))
    y = K.sum(x)
    with pytest.raises(ValueError, match="updates can't be given"):
        K.function([x], [y], updates=[1])
    with pytest.raises(ValueError, match="inputs must be tensors"):
        K.function([np.ones(2)], [y])
    with pytest.raises(ValueError, match="1 inputs are expected, got 2"):
        K.function([x], [y])([np.ones((1, 2)), np.ones((1, 2))])
    with pytest.raises(RuntimeError, match="GradientTape"):
        K.gradients(tf.constant(1.0), [tf.constant(1.0)])
    with pytest.raises(NotImplementedError, match="can't be saved"):
        tf.keras.Model(x, K.gradients(y, x)[0]).get_config()
    for name in ("get_session", "get_graph"):
        with pytest.raises(NotImplementedError, match=f"K.{name}"):
            getattr(K, name)()
    with pytest.raises(NotImplementedError, match="set_memory_growth"):
        K.set_session(None)


def test_gradients_inside_a_graph():
    @tf.function
    def cube(x):
        return K.gradients(x**3, [x])[0]

    assert float(cube(tf.constant(2.0))) == 12.0
