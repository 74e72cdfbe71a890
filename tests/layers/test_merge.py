"""The merge layers' functions, masks and sparse inputs, against Keras 2."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings
from hypothesis import strategies as st

import tfk_ext
from tfk_ext import layers

A = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]], "float32")
B = np.array([[2.0, 5.0, -3.0], [1.5, -4.0, 2.0]], "float32")


@pytest.mark.parametrize(
    "found, expected",
    [
        (lambda x: layers.add(x, name="sum"), A + B),
        (lambda x: layers.subtract(x), A - B),
        (lambda x: layers.multiply(x), A * B),
        (lambda x: layers.average(x), (A + B) / 2),
        (lambda x: layers.maximum(x), np.maximum(A, B)),
        (lambda x: layers.minimum(x), np.minimum(A, B)),
        (lambda x: layers.concatenate(x), np.concatenate([A, B], -1)),
        (lambda x: layers.concatenate(x, axis=0), np.concatenate([A, B], 0)),
        (lambda x: layers.dot(x, axes=1), (A * B).sum(1, keepdims=True)),
        (lambda x: layers.dot(x), (A * B).sum(1, keepdims=True)),
        (
            lambda x: layers.dot(x, 1, normalize=True),
            ((A * B).sum(1) / np.linalg.norm(A, axis=1) / np.linalg.norm(B, axis=1))[:, None],
        ),
    ],
)
def test_functions(found, expected):
    np.testing.assert_allclose(found([A, B]), expected, rtol=1e-6)
    inputs = [tf.keras.Input((3,)), tf.keras.Input((3,))]
    if len(expected) == 2:
        model = tf.keras.Model(inputs, found(inputs))
        np.testing.assert_allclose(model([A, B]), expected, rtol=1e-6)
        assert model.output_shape == (None, expected.shape[1])


def test_the_documents_example_of_dot():
    x1 = tfk_ext.Dense(8, activation="relu")(tfk_ext.Input(shape=(16,)))
    x2 = tfk_ext.Dense(8, activation="relu")(tfk_ext.Input(shape=(32,)))
    assert tfk_ext.Dot()([x1, x2]).shape == (None, 1)


def _masked(xs, masks):
    tensors = [tf.constant(x) for x in xs]
    for x, mask in zip(tensors, masks):
        if mask is not None:
            x._keras_mask = tf.constant(mask)
    return tensors


CLASSES = ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot"]
M1 = np.array([[True, True, False, False]])
M2 = np.array([[True, False, True, False]])


@pytest.mark.parametrize("masks", [(M1, M2), (M1, None), (None, M2), (None, None)])
@pytest.mark.parametrize("name", CLASSES)
def test_masks_equal_those_of_keras_2(name, masks, rng):
    xs = [rng.standard_normal((1, 4, 3)).astype("float32") for _ in range(2)]
    options = {"axes": 2} if name == "Dot" else {}
    peer = getattr(tf_keras.layers, name)(**options)
    given = [m if m is None else tf.constant(m) for m in masks]
    expected = peer.compute_mask([tf.constant(x) for x in xs], given)
    found = getattr(_call(name, options, xs, masks), "_keras_mask", None)
    assert (found is None) == (expected is None)
    if expected is not None:
        np.testing.assert_array_equal(found, expected)


def _call(name, options, xs, masks):
    return getattr(tfk_ext, name)(**options)(_masked(xs, masks))


@pytest.mark.parametrize("masks", [(M1, M2), (M1, None), (None, M2)])
def test_masks_joined_along_time(masks, rng):
    xs = [rng.standard_normal((1, 4, 3)).astype("float32") for _ in range(2)]
    found = _call("Concatenate", {"axis": 1}, xs, masks)._keras_mask
    expected = np.concatenate([np.ones((1, 4), bool) if m is None else m for m in masks], 1)
    np.testing.assert_array_equal(found, expected)
    full = [None if m is None else np.repeat(m[..., None], 3, -1) for m in masks]
    if all(m is not None for m in masks):
        found = _call("Concatenate", {"axis": 1}, xs, full)._keras_mask
        np.testing.assert_array_equal(found, expected)


def test_masks_of_inputs_that_broadcast():
    xs = [np.ones((1, 4, 3), "float32"), np.ones((1, 1, 3), "float32"), np.ones((1, 3), "float32")]
    found = _call("Add", {}, xs, (M1, np.array([[True]]), None))._keras_mask
    np.testing.assert_array_equal(found, M1)


@pytest.mark.parametrize("name", ["Add", "Multiply", "Concatenate", "Join"])
def test_masks_in_a_functional_model(name, tmp_path, rng):
    """Masks are computed on symbolic tensors, saved with the model, and reach an LSTM behind."""
    words = [tf.keras.Input((None,), dtype="int32") for _ in range(2)]
    embedded = [tfk_ext.Embedding(9, 4, mask_zero=True)(w) for w in words]
    layer = tfk_ext.Concatenate(axis=1) if name == "Join" else getattr(tfk_ext, name)()
    model = tf.keras.Model(words, tf.keras.layers.LSTM(3)(layer(embedded)))
    one, two = np.array([[3, 5, 0, 0]]), np.array([[4, 2, 7, 0]])
    expected = [one[:, :2], two[:, :3]] if name == "Join" else [one[:, :2], two[:, :2]]
    np.testing.assert_allclose(model([one, two]), model(expected), rtol=1e-4, atol=1e-6)
    model.save(tmp_path / "m.keras")
    restored = tf.keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(restored([one, two]), model(expected), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", CLASSES)
def test_sparse_inputs(name, rng):
    xs = [rng.standard_normal((3, 4)).astype("float32") * (rng.uniform(size=(3, 4)) > 0.5) for _ in range(2)]
    sparse = [tf.sparse.from_dense(x) for x in xs]
    layer = getattr(tfk_ext, name)(**({"axes": 1} if name == "Dot" else {}))
    expected = layer(xs)
    both = layer(sparse)
    assert isinstance(both, tf.SparseTensor)
    np.testing.assert_allclose(tf.sparse.to_dense(both), expected, rtol=1e-6)
    np.testing.assert_allclose(layer([sparse[0], xs[1]]), expected, rtol=1e-6)


def test_mixed_dtypes():
    whole = np.array([[1, 2, 3], [4, 5, 6]])
    np.testing.assert_allclose(tfk_ext.Add()([A, whole]), A + whole)
    y = tfk_ext.Average()([whole, whole + 1])
    assert y.dtype == tf.float32
    np.testing.assert_allclose(y, whole + 0.5)
    assert tfk_ext.Concatenate()([whole.astype("int32"), whole.astype("int64")]).dtype == tf.int64


def test_layers_are_reusable_on_other_shapes():
    layer = tfk_ext.Add()
    assert layer([np.ones((2, 3)), np.ones((2, 3))]).shape == (2, 3)
    assert layer([np.ones((2, 4, 3)), np.ones((2, 3))]).shape == (2, 4, 3)
    with pytest.raises(ValueError, match="do not fit"):
        layer([np.ones((2, 4)), np.ones((2, 3))])


def test_unknown_sizes():
    assert tfk_ext.Add().compute_output_shape([(None, None, 4), (None, 3, 4)]) == (None, 3, 4)
    assert tfk_ext.Add().compute_output_shape([(None, None, 4), (None, 1, 4)]) == (None, None, 4)
    assert tfk_ext.Concatenate(1).compute_output_shape([(None, None, 4), (2, 3, 4)]) == (2, None, 4)
    assert tfk_ext.Concatenate(1).compute_output_shape([(None, 2, None), (None, 3, 4)]) == (None, 5, 4)
    assert tfk_ext.Dot((2, 1)).compute_output_shape([(None, None, 4), (None, 4, 7)]) == (None, None, 7)


@st.composite
def broadcasting(draw):
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    shapes = []
    for _ in range(draw(st.integers(1, 3))):
        kept = [n if draw(st.booleans()) else 1 for n in sizes]
        shapes.append((2, *kept[draw(st.integers(0, len(kept))) :]))
    return shapes


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["Add", "Multiply", "Average", "Maximum", "Minimum"]), broadcasting())
def test_broadcasting_equals_keras_2(name, shapes):
    rng = np.random.default_rng(0)
    xs = [rng.standard_normal(shape).astype("float32") for shape in shapes]
    ours, theirs = getattr(tfk_ext, name)(), getattr(tf_keras.layers, name)()
    expected = theirs(xs)
    np.testing.assert_allclose(ours(xs), expected, rtol=1e-5, atol=1e-6)
    assert ours.compute_output_shape(shapes) == tuple(expected.shape)
    spec = [tf.TensorSpec([None] * len(shape)) for shape in shapes]
    np.testing.assert_allclose(tf.function(ours, input_signature=[spec])(xs), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.data())
def test_dot_equals_keras_2(data):
    shapes = [data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=2)) for _ in range(2)]
    axes = [data.draw(st.integers(1, len(s))) for s in shapes]
    shapes[1][axes[1] - 1] = shapes[0][axes[0] - 1]
    normalize = data.draw(st.booleans())
    signed = [a - len(s) - 1 if data.draw(st.booleans()) else a for a, s in zip(axes, shapes)]
    rng = np.random.default_rng(0)
    xs = [rng.standard_normal((3, *s)).astype("float32") for s in shapes]
    ours = tfk_ext.Dot(signed, normalize)
    expected = tf_keras.layers.Dot(axes, normalize)(xs)
    np.testing.assert_allclose(ours(xs), expected, rtol=1e-4, atol=1e-5)
    assert ours.compute_output_shape([x.shape for x in xs]) == tuple(expected.shape)
    spec = [tf.TensorSpec([None] * x.ndim) for x in xs]
    np.testing.assert_allclose(tf.function(ours, input_signature=[spec])(xs), expected, rtol=1e-4, atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_concatenate_equals_numpy(data):
    rank = data.draw(st.integers(2, 4))
    axis = data.draw(st.integers(1 - rank, rank - 1).filter(lambda a: a % rank != 0))
    sizes = [data.draw(st.integers(1, 3)) for _ in range(rank)]
    xs = []
    for index in range(data.draw(st.integers(1, 3))):
        sizes[axis] = data.draw(st.integers(1, 3))
        xs.append(np.random.default_rng(index).standard_normal(sizes).astype("float32"))
    layer = tfk_ext.Concatenate(axis)
    np.testing.assert_array_equal(layer(xs), np.concatenate(xs, axis))
    assert layer.compute_output_shape([x.shape for x in xs]) == np.concatenate(xs, axis).shape
