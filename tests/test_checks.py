"""The argument checks: what passes, and what a message says."""

import numpy as np
import pytest
import tensorflow as tf

from tfk_ext import checks


class Thing:
    pass


@pytest.mark.parametrize("value", [3, 3.0, np.int64(3), np.float32(3)])
def test_integer_accepts(value):
    result = checks.integer(Thing(), "units", value)
    assert result == 3 and type(result) is int


@pytest.mark.parametrize("value", [0, -1, 2.5, "3", None, True, [3], float("nan"), float("inf")])
def test_integer_refuses(value):
    with pytest.raises(ValueError, match="^Thing: units must be an integer of at least 1, got "):
        checks.integer(Thing(), "units", value)


def test_number():
    assert checks.number(Thing, "rate", np.float32(0.5), 0, 1) == 0.5
    for value in (-0.1, 1.1, "0.5", None, float("nan"), True):
        with pytest.raises(ValueError, match="^Thing: rate must be a number from 0 to 1, got "):
            checks.number(Thing, "rate", value, 0, 1)


def test_one_of():
    assert checks.one_of("Thing", "padding", "SAME", ("valid", "same")) == "same"
    with pytest.raises(ValueError, match="Thing: padding must be one of 'valid', 'same', got 'full'"):
        checks.one_of("Thing", "padding", "full", ("valid", "same"))


def test_boolean():
    assert checks.boolean(Thing, "use_bias", 1) is True
    with pytest.raises(ValueError, match="use_bias must be True or False, got 'yes'"):
        checks.boolean(Thing, "use_bias", "yes")


def test_spatial():
    assert checks.spatial(Thing, "kernel_size", 3, 2) == (3, 3)
    assert checks.spatial(Thing, "kernel_size", [3, np.int32(2)], 2) == (3, 2)
    for value in ((3,), (3, 0), 0, "ab", (1.5, 2), None, True):
        with pytest.raises(ValueError, match="kernel_size must be an integer of at least 1 or a tuple of 2"):
            checks.spatial(Thing, "kernel_size", value, 2)


def test_data_format_follows_the_configuration():
    assert checks.data_format(Thing, None) == "channels_last"
    tf.keras.config.set_image_data_format("channels_first")
    assert checks.data_format(Thing, None) == "channels_first"


def test_shapes():
    assert checks.rank(Thing, [None, 3], 2, "(batch, units)") == (None, 3)
    with pytest.raises(
        ValueError, match=r"Thing: the input must have 2 axes \(batch, units\), got shape \(1,\)"
    ):
        checks.rank(Thing, (1,), 2, "(batch, units)")
    with pytest.raises(ValueError, match="the last axis must be known to build the layer, got None; say it"):
        checks.known(Thing, "the last axis", None, "say it")
