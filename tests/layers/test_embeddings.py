"""Embedding: first layers, given weights, masks, sparse gradients, indices out of range."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

import tfk_ext


def test_the_documents_example(rng):
    model = tf.keras.Sequential()
    model.add(tfk_ext.Embedding(1000, 64, input_length=10))
    assert model.output_shape == (None, 10, 64)
    model.compile("rmsprop", "mse")
    assert model.predict(rng.integers(0, 1000, (32, 10)), verbose=0).shape == (32, 10, 64)


def test_first_layer_without_a_length(rng):
    model = tf.keras.Sequential([tfk_ext.Embedding(50, 4), tf.keras.layers.LSTM(3), tfk_ext.Dense(1)])
    assert model.output_shape == (None, 1)
    matrix = rng.standard_normal((50, 4))
    model.layers[0].set_weights([matrix])  # an old program does it before it compiles
    model.compile("adam", "mse")
    for length in (5, 7):
        model.fit(rng.integers(0, 50, (8, length)), np.zeros((8, 1)), verbose=0)


def test_input_length_tells_the_layers_behind():
    model = tf.keras.Sequential(
        [tfk_ext.Embedding(9, 4, input_length=6), tfk_ext.Flatten(), tfk_ext.Dense(2)]
    )
    assert model.layers[-1].kernel.shape == (24, 2)


@pytest.mark.parametrize("weights", [lambda m: [m], lambda m: m], ids=["list", "matrix"])
def test_given_weights_that_do_not_train(weights, rng):
    """The GloVe programs of the documents: a fixed matrix of word vectors."""
    matrix = rng.standard_normal((9, 4)).astype("float32")
    layer = tfk_ext.Embedding(9, 4, weights=weights(matrix), input_length=3, trainable=False)
    np.testing.assert_array_equal(layer.embeddings, matrix)
    model = tf.keras.Sequential([layer, tfk_ext.Flatten(), tfk_ext.Dense(1)])
    model.compile("adam", "mse")
    model.fit(rng.integers(0, 9, (8, 3)), np.ones((8, 1)), verbose=0)
    np.testing.assert_array_equal(layer.embeddings, matrix)
    with pytest.raises(ValueError):
        tfk_ext.Embedding(9, 4, weights=[matrix[:5]])


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_the_gradient_is_sparse(policy):
    layer = tfk_ext.Embedding(1000, 4, dtype=policy)
    x = tf.constant([[1, 5, 1]])
    layer.build()
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(x))
    gradient = tape.gradient(total, layer.embeddings.value)
    assert isinstance(gradient, tf.IndexedSlices)
    np.testing.assert_array_equal(gradient.indices, [1, 5, 1])
    # And an optimizer takes it: only the rows that were looked up move.
    before = layer.embeddings.numpy()
    tf.keras.optimizers.SGD(1.0).apply([gradient], [layer.embeddings])
    moved = np.where((layer.embeddings.numpy() != before).any(1))[0]
    np.testing.assert_array_equal(moved, [1, 5])


@pytest.mark.parametrize("index", [-1, 3])
def test_an_index_out_of_range_is_an_error(index):
    layer = tfk_ext.Embedding(3, 2)
    with pytest.raises(tf.errors.InvalidArgumentError):
        layer(tf.constant([[index]]))


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "int64", "float32", "float64"])
def test_dtypes_of_the_indices(dtype):
    layer = tfk_ext.Embedding(9, 2)
    y = layer(np.array([[0, 5, 8]], dtype))
    np.testing.assert_array_equal(y[0], layer.embeddings.numpy()[[0, 5, 8]])


def test_large_indices_survive_half_precision():
    # 4097 is no number of float16.
    layer = tfk_ext.Embedding(5000, 2, dtype="mixed_float16")
    y = layer(tf.constant([[4097.0]]))
    np.testing.assert_array_equal(y[0, 0], layer.embeddings.numpy()[4097].astype("float16"))


def test_mask_zero():
    layer = tfk_ext.Embedding(5, 2, mask_zero=True)
    x = np.array([[1, 2, 0, 0]])
    np.testing.assert_array_equal(layer(x)._keras_mask, [[True, True, False, False]])
    np.testing.assert_array_equal(layer.compute_mask(x), [[True, True, False, False]])
    assert tfk_ext.Embedding(5, 2).compute_mask(x) is None


def test_input_length_is_checked_in_every_call():
    layer = tfk_ext.Embedding(5, 2, input_length=3)
    layer(np.zeros((2, 3), int))
    with pytest.raises(ValueError, match="input_length is 3, but the input has shape"):
        layer(np.zeros((2, 4), int))
    assert layer.compute_output_shape((None, None)) == (None, 3, 2)


def test_ragged_and_sparse_inputs():
    layer = tfk_ext.Embedding(9, 2)
    ragged = layer(tf.ragged.constant([[1, 2, 3], [4]]))
    assert isinstance(ragged, tf.RaggedTensor)
    np.testing.assert_array_equal(ragged[1], layer.embeddings.numpy()[[4]])
    sparse = tf.sparse.from_dense(tf.constant([[0, 3], [5, 0]]))
    np.testing.assert_array_equal(layer(sparse), layer.embeddings.numpy()[[[0, 3], [5, 0]]])


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_drawn_shapes_equal_indexing(data):
    vocabulary, size = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 4))
    sizes = data.draw(st.lists(st.integers(1, 4), max_size=3))
    x = np.random.default_rng(0).integers(0, vocabulary, (2, *sizes))
    given_length = data.draw(st.booleans())
    layer = tfk_ext.Embedding(vocabulary, size, input_length=tuple(sizes) if given_length else None)
    np.testing.assert_array_equal(layer(x), layer.embeddings.numpy()[x])
    assert layer.compute_output_shape((None, *sizes)) == (None, *sizes, size)
