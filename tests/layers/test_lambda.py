"""Lambda: functions by name and by code, what is restored and what is refused, masks and shapes."""

import json

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tests.processes import python
from tfk_ext.registration import register


@register(package="tests")
def registered_cube(x):
    return x**3


def plain_half(x):
    return x / 2


def save(tmp_path, function, shape=(3,), **options):
    model = tf.keras.Sequential([tfk_ext.Lambda(function, input_shape=shape, **options)])
    path = tmp_path / "model.keras"
    model.save(path)
    return model, path


X = np.array([[1.0, 2.0, 3.0]], "float32")


def test_registered_function_is_saved_by_name(tmp_path):
    model, path = save(tmp_path, registered_cube)
    assert "code" not in json.dumps(model.layers[0].get_config())
    restored = tf.keras.models.load_model(path)
    assert restored.layers[0].function is registered_cube
    np.testing.assert_allclose(restored(X), X**3)


@pytest.mark.parametrize(
    "function",
    [
        tf.abs,
        tf.nn.relu,
        tf.math.reduce_sum,
        tf.keras.ops.square,
        tfk_ext.activations.hard_sigmoid,
        tf.reverse,
    ],
    ids=["tf.abs", "tf.nn.relu", "reduce_sum", "keras.ops.square", "hard_sigmoid", "tf.reverse"],
)
def test_functions_of_the_libraries_are_saved_by_name(function, tmp_path):
    arguments = {"axis": [1]} if function is tf.reverse else {}
    model, path = save(tmp_path, function, arguments=arguments)
    restored = tf.keras.models.load_model(path)
    assert restored.layers[0].function is function
    np.testing.assert_allclose(restored(X), model(X))


def test_a_lambda_is_refused_unless_allowed(tmp_path):
    offset = 0.5
    model, path = save(tmp_path, lambda x, scale=2.0: scale * x + offset + tf.reduce_sum(x))
    with pytest.raises(ValueError, match="safe_mode=False"):
        tf.keras.models.load_model(path)
    restored = tf.keras.models.load_model(path, safe_mode=False)
    np.testing.assert_allclose(restored(X), model(X))
    with pytest.raises(ValueError, match="safe_mode=False"):
        tfk_ext.Lambda.from_config(model.layers[0].get_config())
    again = tfk_ext.Lambda.from_config(model.layers[0].get_config(), safe_mode=False)
    np.testing.assert_allclose(again(X), model(X))


@pytest.mark.slow
def test_unsafe_deserialization_may_be_enabled(tmp_path):
    """In a process of its own: the switch is for good."""
    _, path = save(tmp_path, lambda x: x + 1)
    code = (
        "import tensorflow as tf, tfk_ext, sys; tf.keras.config.enable_unsafe_deserialization(); "
        "print(tf.keras.models.load_model(sys.argv[1])(tf.ones((1, 3))).numpy().tolist())"
    )
    result = python("-c", code, path)
    assert result.stdout.strip() == "[[2.0, 2.0, 2.0]]", result.stderr


def test_an_unregistered_function_is_code_and_found_by_its_name_too(tmp_path):
    model, path = save(tmp_path, plain_half)
    with pytest.raises(ValueError, match="the function 'plain_half', which is not registered"):
        tf.keras.models.load_model(path)
    restored = tf.keras.models.load_model(path, custom_objects={"plain_half": plain_half})
    assert restored.layers[0].function is plain_half
    np.testing.assert_allclose(tf.keras.models.load_model(path, safe_mode=False)(X), X / 2)


def test_code_that_a_file_holds_does_not_run_when_refused(tmp_path):
    """Not even when the function looks harmless: a mask's or an output_shape's code counts as well."""
    layer = tfk_ext.Lambda(tf.abs, output_shape=lambda shape: shape, mask=lambda x, mask: mask)
    for key in ("output_shape", "mask"):
        config = layer.get_config()
        config = {**config, "mask": None, "output_shape": None, key: config[key]}
        with pytest.raises(ValueError, match="compiled code"):
            tfk_ext.Lambda.from_config(config)
        assert callable(tfk_ext.Lambda.from_config(config, safe_mode=False).function)


@pytest.mark.parametrize("name", ["tf.io.write_file", "tf.py_function", "os.system", "tf.load_op_library", 5])
def test_a_file_names_no_other_function(name):
    config = tfk_ext.Lambda(tf.abs).get_config()
    config["function"] = {"class_name": "function", "config": name}
    with pytest.raises(ValueError, match="is not known"):
        tfk_ext.Lambda.from_config(config, safe_mode=False)


def test_arguments_mask_and_training_reach_the_function():
    seen = {}

    def function(x, factor, mask=None, training=None):
        seen.update(mask=mask, training=training)
        return x * factor

    layer = tfk_ext.Lambda(function, arguments={"factor": 3.0})
    x = tfk_ext.Masking()(tf.constant([[[1.0], [0.0]]]))
    y = layer(x, training=True)
    np.testing.assert_array_equal(y, [[[3.0], [0.0]]])
    np.testing.assert_array_equal(seen["mask"], [[True, False]])
    assert seen["training"] is True
    assert getattr(y, "_keras_mask", None) is None


def test_arguments_of_every_kind_are_saved(tmp_path):
    def function(x, shift, scale, pair, inner):
        return inner(x * scale + shift) * pair[1]

    arguments = {"shift": np.array([1.0, 2.0, 3.0], "float32"), "scale": 2.0, "pair": (1, 3), "inner": tf.abs}
    model, path = save(tmp_path, function, arguments=arguments)
    restored = tf.keras.models.load_model(path, custom_objects={"function": function})
    np.testing.assert_allclose(restored(X), model(X))
    assert restored.layers[0].arguments["inner"] is tf.abs
    config = tfk_ext.Lambda(tf.abs, arguments={"inner": lambda x: x}).get_config()
    with pytest.raises(ValueError, match="compiled code"):
        tfk_ext.Lambda.from_config(config)


def test_mask_argument(tmp_path):
    x = tfk_ext.Masking()(tf.constant([[[1.0], [0.0]]]))
    passed = tfk_ext.Lambda(lambda x: x * 2, mask=lambda inputs, mask: mask)
    np.testing.assert_array_equal(passed(x)._keras_mask, [[True, False]])
    fixed = tfk_ext.Lambda(tf.abs, mask=tf.constant([[False, True]]))
    np.testing.assert_array_equal(fixed(tf.ones((1, 2, 1)))._keras_mask, [[False, True]])
    restored = tfk_ext.Lambda.from_config(json.loads(json.dumps(fixed.get_config())))
    np.testing.assert_array_equal(restored(tf.ones((1, 2, 1)))._keras_mask, [[False, True]])


@pytest.mark.parametrize(
    "output_shape, expected",
    [
        ((6,), (None, 6)),
        (6, (None, 6)),
        (lambda shape: (shape[0], 2 * shape[1]), (None, 6)),
        ([None], (None, None)),
    ],
)
def test_output_shape(output_shape, expected, tmp_path):
    layer = tfk_ext.Lambda(lambda x: tf.concat([x, x], -1), output_shape=output_shape)
    assert layer.compute_output_shape((None, 3)) == expected
    assert layer(tf.keras.Input((3,))).shape == expected
    assert layer(X).shape == (1, 6)
    restored = tfk_ext.Lambda.from_config(layer.get_config(), safe_mode=False)
    assert restored.compute_output_shape((None, 3)) == expected


def test_output_shape_is_checked():
    layer = tfk_ext.Lambda(tf.abs, output_shape=(4,))
    with pytest.raises(ValueError, match=r"output_shape says \(1, 4\).*returned \(1, 3\)"):
        layer(X)
    with pytest.raises(ValueError, match="output_shape says"):
        layer(tf.keras.Input((3,)))


def test_inferred_shapes_and_dtypes():
    two = tfk_ext.Lambda(lambda x: [x[:, :2], tf.cast(x, tf.int32)])
    first, second = two(tf.keras.Input((3,)))
    assert (first.shape, second.shape) == ((None, 2), (None, 3))
    assert second.dtype == "int32"
    assert two.compute_output_shape((None, 3)) == [(None, 2), (None, 3)]
    merged = tfk_ext.Lambda(lambda xs: xs[0] + xs[1])
    assert merged([tf.keras.Input((3,)), tf.keras.Input((3,))]).shape == (None, 3)
    assert merged.compute_output_shape([(None, 3), (None, 3)]) == (None, 3)
    np.testing.assert_array_equal(merged([X, X]), 2 * X)


def test_a_function_that_needs_values_works_with_output_shape():
    layer = tfk_ext.Lambda(lambda x: tf.numpy_function(np.flip, [x], tf.float32), output_shape=(3,))
    x = tf.keras.Input((3,))
    model = tf.keras.Model(x, layer(x))
    assert model.output_shape == (None, 3)
    assert model.predict(X, verbose=0).shape == (1, 3)


def test_what_can_not_be_saved():
    with pytest.raises(ValueError, match="can't be saved"):
        tfk_ext.Lambda(np.sum.__class__).get_config()
    with pytest.raises(ValueError, match="can't be saved"):
        tfk_ext.Lambda(X.sum).get_config()
