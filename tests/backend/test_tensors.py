"""Settings, variables, random numbers, and what is asked of tensors."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tfk_ext import backend as K


@pytest.fixture(autouse=True)
def _settings():
    yield
    K.set_floatx("float32")
    K.set_epsilon(1e-7)
    K.clear_session()


def test_settings_are_those_of_keras():
    K.set_floatx("float64")
    assert tf.keras.config.floatx() == "float64" and tf.keras.layers.Dense(1).dtype == "float64"
    tf.keras.config.set_epsilon(1e-3)
    assert K.epsilon() == 1e-3
    tf.keras.config.set_image_data_format("channels_first")
    assert (K.image_data_format(), K.image_dim_ordering()) == ("channels_first", "th")
    K.set_image_dim_ordering("tf")
    assert tf.keras.config.image_data_format() == "channels_last"
    for setter, bad in (
        (K.set_floatx, "float12"),
        (K.set_image_data_format, "tf"),
        (K.set_learning_phase, 2),
    ):
        with pytest.raises(ValueError):
            setter(bad)


def test_clear_session_begins_the_names_anew():
    K.clear_session()
    layers = [tf.keras.layers.Dense(10) for _ in range(10)]
    assert tf.keras.layers.Dense(10).name == "dense_10" and len(layers) == 10
    K.set_learning_phase(1)
    assert str(K.learning_phase()) == "1"
    K.clear_session()
    assert tf.keras.layers.Dense(10).name == "dense"
    assert K.learning_phase() == 0


def test_is_keras_tensor():
    with pytest.raises(ValueError, match=r"instance of type `<class 'numpy.ndarray'>`. Expected a symbolic"):
        K.is_keras_tensor(np.array([1, 2]))
    assert not K.is_keras_tensor(K.variable([1, 2]))
    assert K.is_keras_tensor(K.placeholder(shape=(2, 4, 5)))
    x = tf.keras.Input([10])
    assert K.is_keras_tensor(x) and K.is_keras_tensor(tf.keras.layers.Dense(10)(x))
    assert K.is_placeholder(x) and not K.is_placeholder(K.square(x))


def test_placeholders():
    assert K.int_shape(K.placeholder(ndim=3)) == (None, None, None)
    assert K.dtype(K.placeholder((None, 2), dtype="int32")) == "int32"
    assert K.is_sparse(K.placeholder((2, 2), sparse=True))
    for options in ({}, {"shape": ()}, {"shape": (2,), "ragged": True}):
        with pytest.raises(ValueError, match="placeholder"):
            K.placeholder(**options)


@pytest.mark.parametrize("value", [1.5, [1, 2], np.arange(3), np.ones(2), np.ones(2, "float16")])
def test_variables_have_the_dtype_that_keras_2_gives_them(value):
    mine, theirs = K.variable(value), tf_keras.backend.variable(value)
    assert K.dtype(mine) == tf_keras.backend.dtype(theirs)
    np.testing.assert_array_equal(K.get_value(mine), theirs.numpy())


def test_variables_of_a_layer_are_its_weights():
    class Scale(tf.keras.layers.Layer):
        def build(self, input_shape):
            self.scale = K.variable(np.ones(2), dtype="float32", constraint="non_neg")

        def call(self, inputs):
            return K.dot(inputs, K.reshape(self.scale, (2, 1)))

    layer = Scale()
    layer(np.ones((1, 2), "float32"))
    assert [w is layer.scale for w in layer.trainable_weights] == [True]
    assert isinstance(layer.scale.constraint, tf.keras.constraints.NonNeg)


def test_updates_and_values():
    x, y = K.zeros((2,)), K.ones((2,), name="y")
    K.batch_set_value([(x, [1.0, 2.0]), (y, np.array([3, 4]))])
    np.testing.assert_array_equal(K.batch_get_value([x, y]), [[1, 2], [3, 4]])
    K.update(x, y)
    K.update_add(x, 1)
    K.update_sub(y, [1.0, 1.0])
    np.testing.assert_array_equal(K.eval(K.stack([x, y])), [[4, 5], [2, 3]])
    K.moving_average_update(x, 0.0, 0.75)
    np.testing.assert_allclose(K.get_value(x), [3.0, 3.75])
    assert (K.count_params(K.eye((2, 3))), K.ndim(x), K.int_shape(x)) == (6, 1, (2,))
    with pytest.raises(ValueError, match="no value"):
        K.get_value(tf.keras.Input((2,)))
    with pytest.raises(ValueError, match="must be a variable"):
        K.set_value(1.0, 2.0)


def test_sparse_tensors():
    sparse = tf.sparse.from_dense([[1.0, 0.0], [0.0, 2.0]])
    assert K.is_sparse(sparse) and not K.is_sparse(K.to_dense(sparse))
    np.testing.assert_array_equal(K.eval(sparse), [[1, 0], [0, 2]])
    np.testing.assert_array_equal(K.dot(sparse, np.ones((2, 1), "float32")), [[1], [2]])
    assert K.is_sparse(K.concatenate([sparse, sparse], axis=0))


def test_arange_and_the_like_equal_keras_2():
    for arguments in ((5,), (2, 9), (2, 9, 3), (-3,)):
        np.testing.assert_array_equal(K.arange(*arguments), tf_keras.backend.arange(*arguments))
    assert K.arange(3, dtype="float64").dtype == tf.float64
    assert K.cast_to_floatx(np.ones(2)).dtype == np.float32
    np.testing.assert_array_equal(K.eval(K.constant(2.0, shape=(2, 2))), np.full((2, 2), 2.0))


@pytest.mark.parametrize(
    ("draw", "mean", "deviation"),
    [
        (lambda: K.random_normal((100, 200), 1.0, 2.0), 1.0, 2.0),
        (lambda: K.random_uniform((100, 200), -1.0, 1.0), 0.0, 3**-0.5),
        (lambda: K.random_bernoulli((100, 200), 0.25), 0.25, 0.1875**0.5),
        (lambda: K.random_binomial((100, 200), 0.25), 0.25, 0.1875**0.5),
        (lambda: K.truncated_normal((100, 200)), 0.0, 0.8796),
        (lambda: K.random_uniform_variable((100, 200), 0.0, 2.0), 1.0, 3**-0.5),
        (lambda: K.random_normal_variable((100, 200), 1.0, 0.5), 1.0, 0.5),
        (lambda: K.dropout(K.ones((100, 200)), 0.5), 1.0, 1.0),
    ],
)
def test_random_numbers(draw, mean, deviation):
    first, second = K.get_value(draw()), K.get_value(draw())
    assert first.shape == (100, 200) and first.dtype == np.float32
    assert not np.array_equal(first, second)
    assert abs(first.mean() - mean) < 0.05 and abs(first.std() - deviation) < 0.05
