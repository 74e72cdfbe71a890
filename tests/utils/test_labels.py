"""Labels as vectors, norms, arithmetic of convolutions, and other small functions, against Keras 2."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfk_ext
from tfk_ext import utils
from tfk_ext.utils import conv_utils, generic_utils, layer_utils, np_utils

RNG = np.random.default_rng(2)


@pytest.mark.parametrize("shape", [(5,), (5, 1), (3, 4), (2, 3, 1), ()])
@pytest.mark.parametrize("classes", [None, 7])
def test_to_categorical_equals_keras_2(shape, classes):
    y = RNG.integers(0, 5, shape)
    found = utils.to_categorical(y, classes)
    wanted = tf_keras.utils.to_categorical(y, classes)
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("y", [[-1, 0], [0, 3], [0.5]])
def test_to_categorical_refuses(y):
    with pytest.raises(ValueError, match="y must hold"):
        utils.to_categorical(y, 3)


@pytest.mark.parametrize("order", [1, 2])
def test_normalize_equals_keras_2(order):
    x = RNG.normal(size=(3, 4, 2))
    x[0] = 0
    for axis in (0, 1, -1):
        wanted = tf_keras.utils.normalize(x, axis, order)
        np.testing.assert_allclose(utils.normalize(x, axis, order), wanted)


def test_probabilities_to_classes():
    np.testing.assert_array_equal(np_utils.probas_to_classes([[0.1, 0.9], [0.7, 0.3]]), [1, 0])
    np.testing.assert_array_equal(np_utils.probas_to_classes([[0.1], [0.7]]), [0, 1])
    np.testing.assert_array_equal(utils.to_ordinal([1, 2]), tf_keras.utils.to_ordinal([1, 2]))


@pytest.mark.parametrize("padding", ["valid", "same", "causal", "full"])
def test_lengths_of_convolutions(padding):
    for size, kernel, stride, dilation in ((10, 3, 1, 1), (11, 4, 2, 1), (12, 3, 1, 3), (None, 3, 1, 1)):
        found = conv_utils.conv_output_length(size, kernel, padding, stride, dilation)
        reach = (kernel - 1) * dilation
        if size is None:
            assert found is None
        else:
            padded = size + {"valid": 0, "same": reach, "causal": reach, "full": 2 * reach}[padding]
            assert found == -(-(padded - reach) // stride)


def test_lengths_of_transposed_convolutions():
    for padding in ("valid", "same"):
        for stride, size in ((1, 5), (2, 5), (3, 4)):
            x = tf.zeros((1, size, 1))
            y = tf_keras.layers.Conv1DTranspose(1, 3, strides=stride, padding=padding)(x)
            assert conv_utils.deconv_output_length(size, 3, padding, stride=stride) == y.shape[1]


def test_kernels_are_turned_round_in_a_model():
    model = tfk_ext.models.Sequential([
        tfk_ext.Conv2D(2, 3, input_shape=(6, 6, 1)),
        tfk_ext.models.Sequential([tfk_ext.Conv2D(2, 2, input_shape=(4, 4, 2))]),
        tfk_ext.Flatten(),
        tfk_ext.Dense(3),
    ])  # fmt: skip
    before = model.get_weights()
    utils.convert_all_kernels_in_model(model)
    after = model.get_weights()
    np.testing.assert_array_equal(after[0], before[0][::-1, ::-1])
    np.testing.assert_array_equal(after[2], before[2][::-1, ::-1])
    np.testing.assert_array_equal(after[4], before[4])
    layer_utils.convert_dense_weights_data_format(model.layers[-1], (3, 3, 2), "channels_first")
    kernel = model.get_weights()[4].reshape(2, 3, 3, 3)
    np.testing.assert_array_equal(kernel.transpose(1, 2, 0, 3).reshape(18, 3), before[4])
    lines = []
    utils.print_summary(model, print_fn=lines.append)
    assert "Conv2D" in "\n".join(map(str, lines))


def test_small_helpers():
    assert generic_utils.to_list(1) == [1] and generic_utils.to_list((1, 2), allow_tuple=True) == [1, 2]
    assert generic_utils.unpack_singleton([3]) == 3 and generic_utils.unpack_singleton([1, 2]) == [1, 2]
    assert generic_utils.is_all_none([None, None]) and not generic_utils.is_all_none([None, 0])
    assert generic_utils.has_arg(lambda a, **b: 0, "c", accept_all=True)
    assert not generic_utils.has_arg(lambda a, **b: 0, "c")
    x = np.arange(4)
    np.testing.assert_array_equal(generic_utils.slice_arrays([x, None], 1, 3)[0], [1, 2])
    np.testing.assert_array_equal(generic_utils.slice_arrays(x, [3, 0]), [3, 0])
    with pytest.raises(NotImplementedError, match="MirroredStrategy"):
        utils.multi_gpu_model(None, 2)
