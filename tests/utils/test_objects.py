"""Custom objects, and objects as configurations."""

import pytest
import tensorflow as tf

import tfk_ext
from tfk_ext import utils


def my_regularizer(w):
    return 0.1 * tf.reduce_sum(tf.square(w))


def test_scope_gives_a_configuration_its_function_back():
    layer = tfk_ext.Dense(3, kernel_regularizer=my_regularizer)
    for scope in (utils.custom_object_scope, utils.CustomObjectScope):
        with scope({"my_regularizer": my_regularizer}, {"other": 1}):
            assert utils.deserialize_keras_object("my_regularizer") is my_regularizer
            again = tfk_ext.Dense.from_config(layer.get_config())
        assert again.kernel_regularizer is my_regularizer
        with pytest.raises(ValueError, match="Unknown object"):
            utils.deserialize_keras_object("my_regularizer")
    with pytest.raises(ValueError, match="dictionaries"):
        utils.custom_object_scope("name")


def test_the_live_dictionary():
    utils.get_custom_objects()["live"] = my_regularizer
    try:
        assert utils.deserialize_keras_object("live") is my_regularizer
    finally:
        del utils.get_custom_objects()["live"]


@utils.register_keras_serializable(package="TestUtils")
class Marked(tf.keras.layers.Layer):
    pass


@utils.register_keras_serializable(package="TestUtils", name="renamed")
def marked(x):
    return x


def test_registered_objects_come_back():
    config = utils.serialize_keras_object(Marked(name="a"))
    assert config["registered_name"] == "TestUtils>Marked"
    assert type(utils.deserialize_keras_object(config)) is Marked
    assert utils.serialize_keras_object(marked) == "TestUtils>renamed"
    assert utils.deserialize_keras_object("TestUtils>renamed") is marked
    classic = {"class_name": "TestUtils>Marked", "config": {"name": "b"}}
    assert utils.deserialize_keras_object(classic).name == "b"


def test_names_are_found_where_the_caller_says():
    config = {"class_name": "Dense", "config": {"units": 4}}
    assert type(utils.deserialize_keras_object(config)) is tfk_ext.Dense
    given = {"Dense": tf.keras.layers.Dense}
    assert type(utils.deserialize_keras_object(config, module_objects=given)) is tf.keras.layers.Dense
    assert type(utils.deserialize_keras_object(config, custom_objects=given)) is tf.keras.layers.Dense
    assert utils.deserialize_keras_object("f", module_objects={"f": my_regularizer}) is my_regularizer
    assert utils.deserialize_keras_object(my_regularizer) is my_regularizer
    assert utils.deserialize_keras_object(None) is None


def test_messages_name_what_was_looked_for():
    with pytest.raises(ValueError, match="Unknown metric function: 'nothing'.*custom_objects"):
        utils.deserialize_keras_object("nothing", printable_module_name="metric function")
    with pytest.raises(ValueError, match="Unknown layer: 'Nothing'"):
        utils.deserialize_keras_object({"class_name": "Nothing", "config": {}}, printable_module_name="layer")
    with pytest.raises(ValueError, match="Could not interpret serialized layer: 3"):
        utils.deserialize_keras_object(3, printable_module_name="layer")
    with pytest.raises(ValueError, match="no get_config"):
        utils.serialize_keras_object(object())
