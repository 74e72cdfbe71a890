"""Backend functions on KerasTensors: variables, nested arguments, the phase, files, a fresh process."""

import textwrap

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tests.processes import python
from tfk_ext import backend as K

RNG = np.random.default_rng(3)


def _model():
    """Return a model with a variable that two functions share, lists, constants, a phase, and strings."""
    x = tf.keras.Input((4,), name="x")
    kernel = K.variable(RNG.normal(size=(4, 3)), dtype="float32", name="kernel")
    y = K.concatenate([K.dot(x, kernel), K.mean(x, axis=-1, keepdims=True)])
    y = y + K.sum(K.square(kernel)) * K.constant([1.0, 2.0, 3.0, 4.0])
    y = K.switch(K.greater(y, 0.5), y, K.relu(y, alpha=0.1))
    y = K.in_train_phase(y * 0.0, y)
    image = K.resize_images(K.reshape(y, (-1, 2, 2, 1)), 2, 2, "channels_last", interpolation="bilinear")
    decoded = K.map_fn(tf.math.cumsum, y)
    return tf.keras.Model(x, [y, image, decoded]), kernel


@pytest.mark.slow
def test_a_variable_is_a_weight_that_trains():
    x = tf.keras.Input((4,))
    kernel = K.variable(np.zeros((4, 2)), name="kernel")
    model = tf.keras.Model(x, K.dot(x, kernel))
    assert [w is kernel for w in model.trainable_weights] == [True]
    data = RNG.normal(size=(64, 4)).astype("float32")
    model.compile(tf.keras.optimizers.SGD(0.5), "mse")
    model.fit(data, data[:, :2], epochs=60, verbose=0)
    np.testing.assert_allclose(K.get_value(kernel), np.eye(4)[:, :2], atol=1e-2)


def test_functions_share_a_variable_before_and_after_loading(tmp_path):
    x = tf.keras.Input((3,))
    kernel = K.variable(RNG.normal(size=(3, 3)), name="tied")
    model = tf.keras.Model(x, K.dot(K.tanh(K.dot(x, kernel)), kernel))
    assert len(model.weights) == 1
    model.save(tmp_path / "m.keras")
    again = tf.keras.models.load_model(tmp_path / "m.keras")
    assert len(again.weights) == 1
    data = RNG.normal(size=(2, 3)).astype("float32")
    np.testing.assert_allclose(again(data), model(data), rtol=1e-6)


def test_a_tensorflow_variable_becomes_a_weight_of_its_own_and_says_so():
    x = tf.keras.Input((2,))
    given = tf.Variable([[1.0], [2.0]], name="given")
    with pytest.warns(UserWarning, match=r"tf.Variable 'given:0'.*K.variable"):
        y = K.dot(x, given)
    model = tf.keras.Model(x, y)
    np.testing.assert_allclose(model(np.array([[1.0, 1.0]])), [[3.0]])
    assert [tuple(w.shape) for w in model.trainable_weights] == [(2, 1)]


def _plain_model():
    """Return a model without Python's operators, which Keras can't restore from an ``.h5`` file."""
    x = tf.keras.Input((4,), name="x")
    kernel = K.variable(RNG.normal(size=(4, 3)), name="kernel")
    y = K.concatenate([K.dot(x, kernel), K.mean(x, axis=-1, keepdims=True)])
    return tf.keras.Model(x, K.maximum(y, np.array([0.1, 0.2, 0.3, 0.4], "float32")))


@pytest.mark.slow
def test_a_saved_model_predicts_the_same_in_a_fresh_process(tmp_path):
    data = RNG.normal(size=(5, 4)).astype("float32")
    models = {"model.keras": _model()[0], "model.h5": _plain_model()}
    for name, model in models.items():
        model.save(tmp_path / name)
        np.savez(tmp_path / f"{name}.npz", data, *tf.nest.flatten(model.predict(data, verbose=0)))
    program = """
        import numpy as np, tensorflow as tf, tfk_ext
        for name in ("model.keras", "model.h5"):
            model = tf.keras.models.load_model(name)
            x, *wanted = np.load(name + ".npz").values()
            for y, z in zip(tf.nest.flatten(model.predict(x, verbose=0)), wanted, strict=True):
                np.testing.assert_allclose(y, z, rtol=1e-6)
        print("same")
    """
    run = python("-c", textwrap.dedent(program), cwd=tmp_path)
    assert run.stdout.strip() == "same", run.stderr[-2000:]


def test_in_train_phase_follows_the_call():
    model, _ = _model()
    data = RNG.normal(size=(2, 4)).astype("float32")
    assert np.abs(model(data, training=True)[0]).max() == 0
    assert np.abs(model(data, training=False)[0]).max() > 0
    assert np.abs(model(data)[0]).max() > 0


def test_in_train_phase_calls_functions_of_symbolic_tensors():
    x = tf.keras.Input((2,))
    model = tf.keras.Model(x, K.in_train_phase(lambda: x + 1.0, lambda: x))
    data = np.zeros((1, 2), "float32")
    assert [float(tf.reduce_max(model(data, training=t))) for t in (True, False)] == [1.0, 0.0]


def test_in_train_phase_inside_a_layer_knows_how_the_model_was_called():
    class Shift(tf.keras.layers.Layer):
        def call(self, inputs):
            return K.in_train_phase(lambda: inputs + 1.0, inputs)

    model = tf.keras.Sequential([tf.keras.Input((2,)), Shift()])
    data = np.zeros((1, 2), "float32")
    assert [float(tf.reduce_max(model(data, training=t))) for t in (True, False)] == [1.0, 0.0]
    model.compile("sgd", "mse", run_eagerly=False)
    assert model.train_on_batch(data, data) == pytest.approx(1.0)
    assert model.test_on_batch(data, data) == 0.0


def test_the_learning_phase_is_the_default_of_layers_called_without_training():
    layer = tfk_ext.Dropout(0.5)
    ones = np.ones((1, 1000), "float32")
    model = tfk_ext.models.Sequential([tfk_ext.Dropout(0.5, input_shape=(1000,))])
    assert float(tf.reduce_min(layer(ones))) == 1.0
    K.set_learning_phase(1)
    try:
        assert float(tf.reduce_min(layer(ones))) == 0.0
        assert float(tf.reduce_min(layer(ones, training=False))) == 1.0
        assert float(tf.reduce_min(model(ones, training=False))) == 1.0
        assert model.predict(ones, verbose=0).min() == 1.0
    finally:
        K.clear_session()
    assert float(tf.reduce_min(layer(ones))) == 1.0


def test_a_sampled_latent_vector_has_the_batch_of_its_mean():
    mean, log_variance = tf.keras.Input((2,)), tf.keras.Input((2,))
    noise = K.random_normal(shape=(K.shape(mean)[0], 2))
    model = tf.keras.Model([mean, log_variance], mean + K.exp(log_variance / 2) * noise)
    assert model.output.shape == (None, 2)
    found = model.predict([np.zeros((5000, 2)), np.zeros((5000, 2))], batch_size=1000, verbose=0)
    assert found.shape == (5000, 2)
    assert abs(found.std() - 1) < 0.05
    assert not np.allclose(found[:1000], found[1000:2000])


def test_float64_and_integers_keep_their_dtype_and_masks_end():
    x = tf.keras.Input((3,), dtype="float64")
    assert K.sum(x, axis=1).dtype == "float64"
    ids = tf.keras.Input((3,), dtype="int32")
    assert K.maximum(ids, 2).dtype == "int32"
    embedded = tfk_ext.Embedding(5, 2, mask_zero=True)(ids)
    model = tf.keras.Model(ids, tfk_ext.Dense(1)(K.mean(embedded, axis=1)))
    assert model(np.array([[1, 2, 0]])).shape == (1, 1)


def test_an_unknown_function_of_a_file_is_refused():
    with pytest.raises(ValueError, match=r"'system' is not one of the functions of tfk_ext.backend"):
        tfk_ext.backend.BackendFunction.from_config({"function": "system", "arguments": {}})


def test_code_in_a_file_is_refused_unless_it_is_allowed():
    x = tf.keras.Input((3,))
    config = tf.keras.Model(x, K.map_fn(lambda row: row * 2, x)).get_config()
    layer = next(c for c in config["layers"] if c["class_name"] == "BackendFunction")["config"]
    with pytest.raises(ValueError, match="safe_mode=False"):
        tfk_ext.backend.BackendFunction.from_config(layer)
    again = tfk_ext.backend.BackendFunction.from_config(layer, safe_mode=False)
    np.testing.assert_allclose(again(np.ones((1, 3), "float32")), [[2.0, 2.0, 2.0]])


def test_a_damaged_constant_is_refused():
    with pytest.raises(ValueError, match="stored array"):
        tfk_ext.backend.BackendFunction.from_config(
            {
                "function": "maximum",
                "arguments": {"x": {"tensor": 0}, "y": {"array": ["float32", [9], "AAAA"]}},
            }
        )
