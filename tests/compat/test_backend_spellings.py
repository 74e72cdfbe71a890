"""Old keywords of backend functions and of image preprocessing, eagerly and on symbolic tensors."""

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tfk_ext import backend as K
from tfk_ext.compat import OldSpellingWarning
from tfk_ext.compat.spellings.calls import forget_warnings


@pytest.fixture(autouse=True)
def _fresh():
    forget_warnings()


def test_convolution_of_keras_1(rng):
    x = rng.normal(size=(2, 3, 8, 8)).astype("float32")
    kernel = rng.normal(size=(3, 3, 3, 4)).astype("float32")
    with pytest.warns(OldSpellingWarning, match="border_mode is an old spelling"):
        got = K.conv2d(tf.constant(x), tf.constant(kernel), border_mode="same", dim_ordering="th")
    want = K.conv2d(tf.constant(x), tf.constant(kernel), padding="same", data_format="channels_first")
    np.testing.assert_array_equal(got, want)


def test_on_a_symbolic_tensor():
    x = tfk_ext.Input((6, 6, 2))
    with pytest.warns(OldSpellingWarning, match="border_mode"):
        y = K.pool2d(x, (2, 2), strides=(2, 2), border_mode="same")
    assert tuple(y.shape) == (None, 3, 3, 2)


def test_images(rng):
    image = rng.uniform(0, 255, size=(4, 5, 3)).astype("float32")
    from tfk_ext.preprocessing.image import ImageDataGenerator, array_to_img, img_to_array

    with pytest.warns(OldSpellingWarning, match="dim_ordering"):
        array = img_to_array(array_to_img(image, scale=False), dim_ordering="th")
    assert array.shape == (3, 4, 5)
    with pytest.warns(OldSpellingWarning, match="dim_ordering"):
        assert ImageDataGenerator(dim_ordering="th").data_format == "channels_first"
