"""Locally connected maps: a convolution whose weights are not shared between positions.

All positions are computed by one batched matrix product. The patches of all positions are gathered with the
batch as the last axis, so that a gathered row (all channels and samples of one input site) is contiguous and
the patches are operands of the product as they lie: nothing is transposed but the input and the output. Which
of the two operands is transposed in the product, and so where the filters lie in the result, is chosen by
their number: TensorFlow multiplies best along the longer axis, and moves whole rows of filters faster.

Small layers spend their time in transposing single values, not in products. There the channels stay the last
axis, whole rows of them are moved, and the patches are transposed once more.

The gradient needs no code of its own: it is two batched products and a sum over the rows that a site went
into. A training step is within 2 times the three bare products (`benchmarks/local.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

# Filters from which on they are the last axis of the product (1D 512x64, k9, batch 32: 64 filters 1.3 times
# as fast so in the forward pass, 1.15 in training; 8 filters 0.8 and 0.9).
MANY = 64
# Values in all patches, and in the kernel, up to which the channels stay the last axis, if there are enough
# channels (1D 10x32 to 64, k3, batch 32: 1.3 and 1.4 times as fast; 8 channels 0.9).
FEW = 2**16
WIDE = 16
USUAL_BATCH = 32  # where it isn't known


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
    kernel = tf.convert_to_tensor(kernel)
    positions, features, filters = kernel.shape
    batch = x.shape[0] if x.shape[0] is not None else tf.shape(x)[0]
    first = data_format == "channels_first"
    if first:
        sites, width = int(np.prod(x.shape[1:])), 1
        index = _per_channel(index, x.shape[1], sites // x.shape[1])
    else:
        sites, width = int(np.prod(x.shape[1:-1])), x.shape[-1]
    if width >= WIDE and positions * features * max(x.shape[0] or USUAL_BATCH, filters) <= FEW:
        rows = tf.transpose(x, (*range(1, x.shape.rank - 1), 0, x.shape.rank - 1))
        patches = tf.reshape(_gathered(rows, index, sites, width * batch), (positions, -1, batch, width))
        patches = tf.transpose(patches, (0, 2, 1, 3))
        y, of_batch = tf.matmul(tf.reshape(patches, (positions, batch, features)), kernel), 1
    else:
        rows = tf.transpose(x, (*range(1, x.shape.rank), 0))
        patches = tf.reshape(_gathered(rows, index, sites, width * batch), (positions, features, batch))
        if filters >= MANY:
            y, of_batch = tf.matmul(patches, kernel, transpose_a=True), 1
        else:
            y, of_batch = tf.matmul(kernel, patches, transpose_a=True), 2
    of_filters = 3 - of_batch
    y = tf.transpose(y, (of_batch, of_filters, 0) if first else (of_batch, 0, of_filters))
    return tf.reshape(y, (batch, filters, *sizes) if first else (batch, *sizes, filters))


def _gathered(rows: tf.Tensor, index: np.ndarray, sites: int, width: int | tf.Tensor) -> tf.Tensor:
    """Return the rows of all patches, for each site ``width`` values; index ``sites`` means zeros."""
    rows = tf.reshape(rows, (sites, width))
    if index.max() == sites:
        rows = tf.pad(rows, ((0, 1), (0, 0)))
    return tf.gather(rows, index)


def _per_channel(index: np.ndarray, channels: int, sites: int) -> np.ndarray:
    """Return the index into ``channels * sites`` rows, with the channels before the taps."""
    spread = index[:, None, :] + sites * np.arange(channels, dtype=np.int32)[None, :, None]
    return np.where(index[:, None, :] == sites, channels * sites, spread).reshape(index.shape[0], -1)


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
