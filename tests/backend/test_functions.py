"""Every backend function equals Keras 2's, with its gradient, and computes the same in a functional model."""

import json

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tests.backend.table import CASES
from tfk_ext import backend as K
from tfk_ext.backend.operation import OPERATIONS

params = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def _tensors(value):
    """Return the arguments with arrays as tensors, and the tensors."""
    found = []

    def convert(item):
        if isinstance(item, np.ndarray):
            found.append(tf.constant(item))
            return found[-1]
        if isinstance(item, list) and item and isinstance(item[0], np.ndarray):
            return [convert(part) for part in item]
        return item

    return tuple(convert(item) for item in value), found


def _weighted_sum(outputs):
    """Return a sum in which no two entries count the same."""
    total = 0.0
    for y in tf.nest.flatten(outputs):
        if y.dtype.is_floating:
            weights = tf.reshape(tf.linspace(0.5, 1.5, tf.size(y)), tf.shape(y))
            total += tf.reduce_sum(tf.cast(y, tf.float64) * tf.cast(weights, tf.float64))
    return total


def _close(found, wanted, tolerance):
    for one, other in zip(tf.nest.flatten(found), tf.nest.flatten(wanted), strict=True):
        one, other = np.asarray(one), np.asarray(other)
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


def _oracle(case):
    return case.oracle or getattr(tf_keras.backend, case.name)


@params
def test_it_equals_keras_2(case):
    args, _ = _tensors(case.args)
    found = getattr(K, case.name)(*args, **case.kwargs)
    _close(found, _oracle(case)(*(args if case.oracle is None else case.args), **case.kwargs), case.tolerance)


@pytest.mark.parametrize("case", [c for c in CASES if c.gradient and not c.oracle], ids=lambda c: c.id)
def test_its_gradient_equals_keras_2s(case):
    gradients = []
    for function in (getattr(K, case.name), _oracle(case)):
        args, tensors = _tensors(case.args)
        tensors = [x for x in tensors if x.dtype.is_floating]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            loss = _weighted_sum(function(*args, **case.kwargs))
        found = tape.gradient(loss, tensors, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        gradients.append([tf.convert_to_tensor(g) for g in found])
    _close(*gradients, max(case.tolerance, 1e-4))
    assert any(np.abs(g).max() > 0 for g in gradients[0]) or case.name in ("round", "sign", "max", "min")


def _model(case):
    """Return a functional model of the case, what to feed it, and the eager result."""
    args, tensors = _tensors(case.args)
    chosen = {id(tensors[place]) for place in case.inputs}
    inputs, fed = [], []

    def convert(item):
        if isinstance(item, list) and item and tf.is_tensor(item[0]):
            return [convert(part) for part in item]
        if tf.is_tensor(item) and id(item) in chosen:
            inputs.append(tf.keras.Input(item.shape[1:], dtype=item.dtype.name))
            fed.append(item)
            return inputs[-1]
        return item

    outputs = getattr(K, case.name)(*(convert(item) for item in args), **case.kwargs)
    eager = getattr(K, case.name)(*args, **case.kwargs)
    return tf.keras.Model(inputs, outputs), fed, eager, outputs


# Where no axis of the output is the batch alone.
UNKNOWN_AXES = {"flatten", "transpose"}


@params
def test_in_a_functional_model_it_computes_the_same(case, capsys):
    model, fed, eager, outputs = _model(case)
    _close(model(fed), eager, case.tolerance)
    for y, value in zip(tf.nest.flatten(outputs), tf.nest.flatten(eager), strict=True):
        assert y.dtype == value.dtype.name
        assert len(y.shape) == value.shape.rank
        # The batch is not known, every other axis is, and what is known is right.
        assert all(size is None or size == real for size, real in zip(y.shape, value.shape))
        assert case.name in UNKNOWN_AXES or sum(size is None for size in y.shape) <= 1, y.shape
    text = json.dumps(tf.keras.saving.serialize_keras_object(model))
    again = tf.keras.saving.deserialize_keras_object(json.loads(text))
    _close(again(fed), eager, case.tolerance)


# What is not in the table, and where it is tested.
ELSEWHERE = {
    **dict.fromkeys(("to_dense", "random_normal", "random_uniform", "random_bernoulli"), "test_tensors.py"),
    **dict.fromkeys(("random_binomial", "truncated_normal", "dropout"), "test_tensors.py"),
    **dict.fromkeys(("ctc_batch_cost", "ctc_decode", "map_fn", "foldl", "foldr", "rnn"), "test_loops.py"),
    **dict.fromkeys(("choose", "of_phase"), "test_symbolic.py"),
    "conv3d_transpose": "test_loops.py",
}


def test_every_operation_is_tested():
    assert set(OPERATIONS) - {case.name for case in CASES} == set(ELSEWHERE)


def test_every_function_of_keras_2_is_there():
    missing = {n for n in dir(tf_keras.backend) if not n.startswith("_")} - set(dir(K)) - {"experimental"}
    assert not missing
