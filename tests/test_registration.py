"""Registration: a saved component is found by `import tfk_ext` alone, and by its bare name."""

import json

import numpy as np
import tensorflow as tf

import tfk_ext
from tests.conformance.tables import ROWS


def test_every_layer_is_registered_under_the_package():
    for row in ROWS:
        name = f"tfk_ext>{row.name}"
        assert tf.keras.saving.get_registered_name(row.cls) == name
        assert tf.keras.saving.get_registered_object(name) is row.cls


def test_custom_objects_by_bare_name():
    objects = tfk_ext.custom_objects()
    assert {row.name: objects[row.name] for row in ROWS} == {row.name: row.cls for row in ROWS}
    objects.clear()
    assert tfk_ext.custom_objects(), "the caller gets a copy"


def test_a_configuration_of_bare_names_loads_with_custom_objects():
    """As `.h5` files and foreign code have it: a class name and nothing else."""
    layer = tfk_ext.LocallyConnected1D(2, 3, activation="hard_sigmoid", name="local")
    config = {"class_name": "LocallyConnected1D", "config": layer.get_config()}
    loaded = tf.keras.layers.deserialize(
        json.loads(json.dumps(config)), custom_objects=tfk_ext.custom_objects()
    )
    assert type(loaded) is tfk_ext.LocallyConnected1D
    assert loaded.get_config() == layer.get_config()


def test_h5_file_with_custom_objects(tmp_path):
    model = tf.keras.Sequential([tfk_ext.LocallyConnected1D(2, 3, input_shape=(6, 2)), tfk_ext.Flatten()])
    x = np.random.default_rng(0).standard_normal((3, 6, 2)).astype("float32")
    model.save(tmp_path / "model.h5")
    loaded = tf.keras.models.load_model(tmp_path / "model.h5", custom_objects=tfk_ext.custom_objects())
    np.testing.assert_array_equal(loaded(x), model(x))


def test_importing_twice_registers_once():
    before = tf.keras.saving.get_registered_object("tfk_ext>Dense")
    import tfk_ext.layers as again

    assert again.Dense is before
