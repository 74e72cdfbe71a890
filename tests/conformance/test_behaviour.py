"""What a layer does with a mask, and what it says to wrong arguments and inputs."""

import re

import numpy as np
import pytest
import tensorflow as tf

from tests.conformance.descriptor import Args, flat, made
from tests.conformance.subjects import rows, subjects


def _masked(subject):
    """Return the call's arguments with a mask on the first one (on each of a list), and the mask."""
    first = flat(subject.args)[0]
    shape = subject.row.mask_shape or tuple(first.shape[:2])
    mask = np.arange(np.prod(shape)).reshape(shape) % 3 != 1
    args = tf.nest.map_structure(tf.identity, subject.args)
    targets = flat(args[0])
    for x in targets:
        x._keras_mask = tf.constant(mask)
    return args, mask


def _mask_of(y):
    mask = getattr(y, "_keras_mask", None)
    return None if mask is None else np.asarray(mask)


@subjects("mask", most=1)
def test_mask(subject):
    layer, kind = subject.fresh(), subject.row.mask
    args, mask = _masked(subject)
    if kind == "refuses":
        with pytest.raises(TypeError, match="does not support masking"):
            layer(*args, **subject.options)
        return
    found = _mask_of(flat(layer(*args, **subject.options))[0])
    expected = (
        {"passes": mask, "consumes": None}.get(kind) if isinstance(kind, str) else kind(layer, args[0], mask)
    )
    if expected is None:
        assert found is None
    else:
        assert found is not None, "the mask was lost"
        np.testing.assert_array_equal(found, expected)


@rows("errors")
def test_bad_arguments(row):
    assert row.bad or not row.configs[0], "a component with arguments needs a bad one in its row"
    for config, words in row.bad:
        with pytest.raises((ValueError, TypeError), match=re.escape(words)) as caught:
            row.cls(**made(config))
        assert len(str(caught.value).splitlines()) <= 3, f"not a short message: {caught.value}"


@rows("errors")
def test_bad_inputs(row):
    for config, shape, words in row.bad_input:
        layer = row.cls(**made(config))
        shapes = shape if isinstance(shape, list) else [shape]
        tensors = [tf.keras.Input(batch_shape=s) for s in shapes]
        with pytest.raises((ValueError, TypeError), match=re.escape(words)):
            layer(tensors if isinstance(shape, list) else tensors[0])


@rows("errors")
def test_unknown_argument(row):
    config = row.cases()[0].config
    with pytest.raises((ValueError, TypeError), match="no_such_argument"):
        row.cls(**made(config), no_such_argument=1)


def test_args_hold_several_arguments():
    assert Args(1, [2, 3]).items == (1, [2, 3])
