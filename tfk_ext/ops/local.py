"""Locally connected maps: a convolution whose weights are not shared between positions.

The products are those of :mod:`tfk_ext.ops.patchwise`. The smallest layers spend their time in transposing
single values, not in products. There the channels stay the last axis, whole rows of them are moved, and the
patches are transposed once more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tfk_ext.ops import patchwise

# Values in all patches, and in the kernel, up to which the channels stay the last axis, if there are enough
# channels (1D 10x32 to 64, k3, batch 32: 1.3 and 1.4 times as fast; 8 channels 0.9).
FEW = 2**16
WIDE = 16


def output_size(size: int, kernel_size: int, stride: int, padding: str) -> int:
    """Return the number of positions along one axis; below 1 where the kernel does not fit."""
    if padding == "same":
        return -(-size // stride)
    return (size - kernel_size) // stride + 1


def patch_index(
    sizes: Sequence[int], kernel_size: Sequence[int], strides: Sequence[int], padding: str
) -> np.ndarray:
    """Return which input sites each position sees.

    Args:
        sizes: the input's spatial sizes.
        kernel_size: the kernel's sizes, one for each spatial axis.
        strides: the strides, one for each spatial axis.
        padding: "valid", or "same" as Keras 2's locally connected layers had it: position ``p`` looks at the
            sites from ``p * stride - kernel // 2`` on. (TensorFlow's convolutions agree where the kernel is
            odd and the stride 1.)

    Returns:
        ``int32`` array of shape ``(positions, taps)`` with the flat index of an input site; ``prod(sizes)``
        stands for padding.
    """
    outside = int(np.prod(sizes))
    flat = np.zeros((1, 1), np.int64)
    for size, kernel, stride in zip(sizes, kernel_size, strides):
        count = output_size(size, kernel, stride, padding)
        before = kernel // 2 if padding == "same" else 0
        sites = np.arange(count)[:, None] * stride + np.arange(kernel) - before
        sites = np.where((sites >= 0) & (sites < size), sites, -outside)
        # Any negative part keeps the sum negative, since the others stay below `outside`.
        axis = np.where(flat[:, None, :, None] < 0, -outside, flat[:, None, :, None] * size)
        flat = (axis + sites[None, :, None, :]).reshape(flat.shape[0] * count, -1)
    return np.where(flat < 0, outside, flat).astype(np.int32)


def locally_connected(
    x: tf.Tensor, kernel: tf.Tensor, index: np.ndarray, sizes: Sequence[int], data_format: str
) -> tf.Tensor:
    """Apply to each position a matrix of its own: ``y[b, p] = patch(x, p)[b] . kernel[p]``.

    Args:
        x: ``(batch, *spatial, channels)``, or ``(batch, channels, *spatial)`` in channels_first; all but
            the batch known.
        kernel: ``(positions, features, filters)`` of the dtype of ``x``. The features of a patch lie in the
            order of the input's axes: taps then channels in channels_last, channels then taps in
            channels_first.
        index: what :func:`patch_index` gives.
        sizes: the output's spatial sizes; their product is ``positions``.
        data_format: "channels_last" or "channels_first".

    Returns:
        Tensor of shape ``(batch, *sizes, filters)``, or ``(batch, filters, *sizes)``.
    """
    kernel, rank, first = tf.convert_to_tensor(kernel), x.shape.rank, data_format == "channels_first"
    batch, filters = tf.shape(x)[0] if x.shape[0] is None else x.shape[0], kernel.shape[-1]
    *spatial, axis = (*range(2, rank), 1) if first else range(1, rank)
    channels = x.shape[axis]
    patches = patchwise.Patches(index, int(np.prod([x.shape[a] for a in spatial])), first)
    values = patches.positions * patchwise.size(x.shape[0], *kernel.shape[1:])
    if channels >= WIDE and values <= FEW and not first:
        y = _few(patches, x, kernel, batch)
    else:
        sites = tf.reshape(tf.transpose(x, (*spatial, axis, 0)), (patches.sites, channels, batch))
        y = patchwise.outputs(patches, sites, kernel)
    y = tf.transpose(y, (1, 2, 0) if first else (1, 0, 2))
    return tf.reshape(y, (batch, filters, *sizes) if first else (batch, *sizes, filters))


def _few(patches, x, kernel, batch):
    """Return ``(positions, batch, filters)`` of a small layer, by rows of channels."""
    width, index = x.shape[-1], patches.index
    rows = tf.transpose(x, (*range(1, x.shape.rank - 1), 0, x.shape.rank - 1))
    rows = tf.reshape(rows, (patches.sites, width * batch))
    if patches.padded:
        rows = tf.pad(rows, ((0, 1), (0, 0)))
    taken = tf.transpose(tf.reshape(tf.gather(rows, index), (*index.shape, batch, width)), (0, 2, 1, 3))
    return tf.matmul(tf.reshape(taken, (patches.positions, batch, patches.taps * width)), kernel)


def any_in_patch(mask: tf.Tensor, index: np.ndarray, sizes: Sequence[int]) -> tf.Tensor:
    """Tell for each position whether any of the sites it sees is kept.

    Args:
        mask: boolean tensor of shape ``(batch, *spatial)``.
        index: what :func:`patch_index` gives.
        sizes: the output's spatial sizes.

    Returns:
        Boolean tensor of shape ``(batch, *sizes)``.
    """
    sites = int(np.prod(mask.shape[1:]))
    batch = tf.shape(mask)[0]
    flat = tf.pad(tf.reshape(mask, (batch, sites)), ((0, 0), (0, 1)))
    return tf.reshape(tf.reduce_any(tf.gather(flat, index, axis=1), axis=-1), (batch, *sizes))
