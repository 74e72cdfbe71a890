"""A generator's training pass with less work: enlarging and convolving in one convolution.

A pixel that is repeated meets several taps of the kernel behind; these may be added up before. So
``UpSampling2D()`` with ``Conv2DTranspose(f, 5, padding="same")`` is a 3x3 convolution of four times the
filters, one for each of the four pixels that come of one: 36 products for what takes 100.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import tensorflow as tf

import tfk_ext
from tfk_ext.ops import adjoints


def enlarge_and_convolve(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Double height and width by repeating, then apply a transposed convolution with padding "same".

    Args:
        x: images ``(batch, height, width, channels)``.
        kernel: ``(k, k, filters, channels)`` with an odd ``k``, as ``Conv2DTranspose`` has it.

    Returns:
        ``(batch, 2 height, 2 width, filters)``.
    """
    sums = tf.constant(_sums(kernel.shape[0]), kernel.dtype)
    filters = kernel.shape[2]
    joint = tf.einsum("ptd,qse,tsoc->decpqo", sums, sums, kernel)
    size = joint.shape[0]
    joint = tf.reshape(joint, (size, size, kernel.shape[3], 4 * filters))
    return tf.nn.depth_to_space(adjoints.convolve(x, joint, (1, 1), "SAME"), 2)


def _sums(taps: int) -> np.ndarray:
    """Return which taps are added up: ``(pixel of the two, tap, place in the smaller image)``."""
    middle = (taps - 1) // 2
    reach = (middle + 1) // 2
    sums = np.zeros((2, taps, 2 * reach + 1))
    for pixel in range(2):
        for tap in range(taps):
            sums[pixel, tap, (pixel + middle - tap) // 2 + reach] = 1
    return sums


def train(model: tf.keras.Sequential, x: tf.Tensor) -> tf.Tensor:
    """Return a model's output in training, ``model(x, training=True)``, with less work where that can be."""
    layers = list(model.layers)
    while layers:
        layer = layers.pop(0)
        if layers and _joined(layer, layers[0]):
            convolution = layers.pop(0)
            x, kernel, bias = (
                tf.cast(value, convolution.compute_dtype)
                for value in (x, convolution.kernel, convolution.bias)
            )
            x = convolution.activation(enlarge_and_convolve(x, kernel) + bias)
        elif "training" in inspect.signature(layer.call).parameters:
            x = layer(x, training=True)
        else:
            x = layer(x)
    return x


def _joined(first: Any, second: Any) -> bool:
    """Tell whether two layers are done in one."""
    return (
        isinstance(first, tfk_ext.UpSampling2D)
        and isinstance(second, tfk_ext.Conv2DTranspose)
        and first.size == (2, 2)
        and first.interpolation == "nearest"
        and {first.data_format, second.data_format} == {"channels_last"}
        and second.padding == "same"
        and second.use_bias
        and {*second.strides, *second.dilation_rate} == {1}
        and second.kernel_size[0] == second.kernel_size[1]
        and second.kernel_size[0] % 2 == 1
    )
