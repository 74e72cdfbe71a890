"""BinaryTruePositives: the guide's figures, weights, mixed inputs, resets, compiled and saved models."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

import tfk_ext


def test_the_figures_of_the_guide():
    m = tfk_ext.BinaryTruePositives()
    assert m.name == "binary_true_positives" and m.true_positives.name == "tp"
    m.update_state([0, 1, 1, 1], [0, 1, 0, 0])
    assert float(m.result()) == 1.0
    m.update_state([1, 1, 1, 1], [0, 1, 1, 0])
    assert float(m.result()) == 3.0


@pytest.mark.parametrize("reset", ["reset_state", "reset_states"])
def test_resets(reset):
    m = tfk_ext.BinaryTruePositives()
    m.update_state([1], [1])
    getattr(m, reset)()
    assert float(m.result()) == 0.0


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_equals_its_formula(data):
    shape = tuple(data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    kinds = st.sampled_from(["float32", "float64", "int32", "bool", "uint8"])
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    y_true, y_pred = ((rng.integers(0, 3, shape)).astype(data.draw(kinds)) for _ in range(2))
    rank = data.draw(st.integers(-1, len(shape)))
    weights = None if rank < 0 else rng.uniform(0, 2, shape[:rank])
    m = tfk_ext.BinaryTruePositives()
    m.update_state(y_true, y_pred, sample_weight=weights)
    values = ((y_true != 0) & (y_pred != 0)).astype(float)
    if weights is not None:
        values = values * weights.reshape(weights.shape + (1,) * (len(shape) - rank))
    np.testing.assert_allclose(float(m.result()), values.sum(), rtol=1e-5)


def test_lists_booleans_and_numbers_may_be_mixed():
    m = tfk_ext.BinaryTruePositives()
    m.update_state([True, False, True], np.array([0.5, 1.0, 0.0]))
    m.update_state(tf.constant([[1], [1]]), [True, False])
    assert float(m.result()) == 2.0


def test_says_what_does_not_fit():
    m = tfk_ext.BinaryTruePositives()
    with pytest.raises(ValueError, match=r"sample_weight has shape \(3,\)"):
        m.update_state([1, 1], [1, 1], sample_weight=[1, 1, 1])
    with pytest.raises(ValueError, match=r"y_true of shape \(2,\) and y_pred of shape \(3,\)"):
        m.update_state([1, 1], [1, 1, 1])


def test_in_a_model_that_is_saved(tmp_path):
    model = tf.keras.Sequential([tf.keras.Input((1,)), tfk_ext.Activation("relu")])
    model.compile("sgd", "mse", metrics=[tfk_ext.BinaryTruePositives()])
    x = np.array([[1.0], [0.0], [2.0], [-1.0]], "float32")
    y = np.array([[1.0], [1.0], [1.0], [0.0]], "float32")
    expected = model.evaluate(x, y, batch_size=2, verbose=0, return_dict=True)
    assert expected["binary_true_positives"] == 2.0
    model.save(tmp_path / "model.keras")
    loaded = tf.keras.models.load_model(tmp_path / "model.keras")
    assert loaded.evaluate(x, y, batch_size=2, verbose=0, return_dict=True) == expected


@pytest.mark.parametrize("jit_compile", [False, True])
def test_compiled(jit_compile):
    m = tfk_ext.BinaryTruePositives()
    update = tf.function(lambda y, p, w: m.update_state(y, p, w), jit_compile=jit_compile)
    update(tf.constant([1, 0, 1]), tf.constant([0.5, 0.5, 0.5]), tf.constant([2.0, 1.0, 0.25]))
    assert float(m.result()) == 2.25
