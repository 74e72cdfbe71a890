"""What TensorFlow's Keras 2 writes today, loaded with the same predictions, and kept as ``.keras``."""

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tfk_ext.saving import load_model

tf_keras = pytest.importorskip("tf_keras")
layers = tf_keras.layers


def _same(old, inputs, folder, kind=".h5", custom_objects=None):
    """Compare the predictions of a model, of what is loaded of it, and of that when it was saved again."""
    path = folder / f"old{kind}"
    old.save(path)
    new = load_model(path, custom_objects=custom_objects)
    new.save(folder / "new.keras")
    again = tf.keras.models.load_model(folder / "new.keras", custom_objects=custom_objects)
    expected = tf.nest.flatten(old(inputs))
    for model in (new, again):
        for one, two in zip(tf.nest.flatten(model(inputs)), expected, strict=True):
            np.testing.assert_allclose(one, two, atol=1e-5)
    return new


def _numbers(*shape):
    return np.random.default_rng(0).uniform(0.1, 1.0, shape).astype("float32")


def test_activations_that_are_functions_of_tensorflow(tmp_path):
    functions = [tf.sin, tf.exp, tf.abs, tf.nn.crelu, tf.identity, tf.nn.relu6, tf.nn.leaky_relu, tf.nn.swish]
    x = tf_keras.Input((4,))
    outputs = [layers.Dense(3, activation=function)(x) for function in functions]
    outputs.append(layers.LSTM(2, activation=tf.sin)(layers.Reshape((2, 2))(x)))
    new = _same(tf_keras.Model(x, outputs), _numbers(2, 4), tmp_path)
    dense = next(layer for layer in new.layers if isinstance(layer, tfk_ext.Dense))
    assert dense.activation.function == "math.sin"


def test_functions_of_several_tensors_are_no_activation(tmp_path):
    config = {"name": "d", "units": 3, "activation": "matmul", "batch_input_shape": [None, 4]}
    model = {"class_name": "Sequential", "config": [{"class_name": "Dense", "config": config}]}
    with pytest.raises(tfk_ext.saving.LoadError, match="'matmul' is not known"):
        tfk_ext.saving.model_from_config(model)


def test_numbers_on_the_left_of_an_operation(tmp_path):
    x = tf_keras.Input((4,))
    y = 1.0 + tf.abs(x)
    model = tf_keras.Model(x, [1.0 - y, 1.0 / y, 2.0**y, 3.0 * y, 2.0 + y])
    _same(model, _numbers(2, 4), tmp_path)


@pytest.mark.slow
def test_vocabularies_that_layers_learned(tmp_path):
    text, number = tf_keras.Input((1,), dtype="string"), tf_keras.Input((1,), dtype="int64")
    words, weighted = layers.TextVectorization(20), layers.TextVectorization(20, output_mode="tf_idf")
    for layer in (words, weighted):
        layer.adapt(["a b c a", "b d e"])
    first, second = layers.StringLookup(), layers.StringLookup(output_mode="one_hot")
    first.adapt(["x", "a"]), second.adapt(["y", "a", "b"])
    numbers = layers.IntegerLookup(output_mode="multi_hot")
    numbers.adapt([3, 4, 4])
    inner = tf_keras.Sequential([tf_keras.Input((1,), dtype="string"), weighted, layers.Dense(2)])
    found = [words(text), inner(text), first(text), layers.Dense(1)(second(text)), numbers(number)]
    inputs = [tf.constant([["a zz b"], ["a"]]), tf.constant([[3], [9]], "int64")]
    _same(tf_keras.Model([text, number], found), inputs, tmp_path, ".keras")


def test_a_vocabulary_of_numbers_holds_numbers(tmp_path):
    from tfk_ext.saving import vocabularies
    from tfk_ext.saving.modelfile import ModelFile, Origin

    class Assets:
        def read(self, name):
            return b"-1\nevil"

    config = {"config": {"layers": [{"class_name": "IntegerLookup", "config": {"vocabulary": None}}]}}
    member = "assets/layers/integer_lookup/vocabulary.txt"
    file = ModelFile("x", Origin("keras"), config, assets={member: Assets()})
    with pytest.raises(tfk_ext.saving.LoadError, match="'evil' is no number"):
        vocabularies.filled(file)


@pytest.mark.parametrize("kind", [".h5", ".keras"])
def test_attention_and_stacked_cells(kind, tmp_path):
    x = tf_keras.Input((5, 8))
    attended = layers.MultiHeadAttention(2, 4, value_dim=3)(x, x)
    stacked = layers.RNN([layers.LSTMCell(3), layers.GRUCell(4), layers.LSTMCell(2)])(x)
    model = tf_keras.Model(x, [attended, stacked])
    model.set_weights([w + 0.1 * _numbers(*w.shape) for w in model.get_weights()])
    _same(model, _numbers(2, 5, 8), tmp_path, kind)


def test_preprocessing_layers_before_others(tmp_path):
    x = tf_keras.Input((2,))
    buckets = layers.Discretization(bin_boundaries=[0.3, 0.6])(x)
    one_hot = layers.CategoryEncoding(3, output_mode="multi_hot")(buckets)
    _same(tf_keras.Model(x, layers.Dense(2)(one_hot)), _numbers(3, 2), tmp_path)


def test_rescaling_ends_a_mask_as_it_did(tmp_path):
    x = tf_keras.Input((4,))
    embedded = layers.Embedding(9, 3, mask_zero=True)(x)
    model = tf_keras.Model(x, layers.LSTM(2)(layers.Rescaling(2.0)(embedded)))
    _same(model, np.array([[1.0, 2.0, 0.0, 0.0]], "float32"), tmp_path)


def _scaled(x, k=2.0):
    return x * k


def test_a_function_stored_as_code_is_supplied_by_its_name(tmp_path):
    old = tf_keras.Sequential(
        [layers.Lambda(_scaled, arguments={"k": 3.0}, input_shape=(4,)), layers.Dense(1)]
    )
    old.save(tmp_path / "old.h5")
    new = load_model(tmp_path / "old.h5", custom_objects={"_scaled": _scaled})
    np.testing.assert_allclose(new(_numbers(2, 4)), old(_numbers(2, 4)), atol=1e-6)


def test_dense_takes_whole_numbers_as_keras_2_did():
    x = np.array([[1, 2], [3, 4]])
    dense = tfk_ext.Dense(2, kernel_initializer="ones")
    np.testing.assert_array_equal(dense(x), [[3.0, 3.0], [7.0, 7.0]])
    assert dense(tf.constant(x) > 2).dtype == "float32"


def test_random_stretching_does_nothing_when_predicting(tmp_path):
    old = tf_keras.Sequential(
        [
            layers.RandomHeight(0.2, input_shape=(4, 4, 3)),
            layers.RandomWidth(0.2),
            layers.GlobalMaxPooling2D(),
        ]
    )
    _same(old, _numbers(2, 4, 4, 3), tmp_path)


def test_a_graph_of_keras_0_is_told_from_other_models():
    config = {"class_name": "Graph", "config": {"nodes": {}, "input_config": []}}
    with pytest.raises(tfk_ext.saving.LoadError, match="functional model"):
        tfk_ext.saving.model_from_config(config)
