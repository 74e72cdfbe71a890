"""How each layer's arrays lay in old files, and where they go: functions on NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfk_ext.compat.eras.notes import LayerPlan, Plan
from tfk_ext.ops import local as local_ops

Arrays = list[np.ndarray]
Layout = Callable[[Arrays, Any, Plan, LayerPlan], Arrays]


def convolution(arrays: Arrays, layer: Any, plan: Plan, of: LayerPlan) -> Arrays:
    """Kernel of a convolution: channels-first order of Keras 1, flips of Theano.

    Args:
        arrays: kernel and bias as stored.
        layer: the built layer.
        plan: era of the file.
        of: plan of the layer.
    """
    kernel, *rest = arrays
    rank = len(layer.kernel_size)
    wanted = tuple(layer.kernel.shape)
    transpose = of.class_name.endswith("Transpose")
    if plan.keras1 and rank == 1:
        kernel = _of_convolution_1d(kernel, wanted)
    elif plan.keras1 and kernel.ndim == rank + 2:
        kernel = _of_keras_1(kernel, wanted, rank, layer.data_format == "channels_first", transpose)
    elif kernel.shape != wanted and kernel.ndim == rank + 2:
        # Kernels of Theano's and CNTK's own order, (filters, channels, rows, columns).
        turned = np.transpose(kernel, (*range(2, rank + 2), 1, 0))
        kernel = turned if turned.shape == wanted else kernel
    if plan.backend == "theano":
        kernel = flipped(kernel, rank)
    return [kernel, *rest]


def _of_keras_1(
    kernel: np.ndarray, wanted: tuple[int, ...], rank: int, first: bool, transpose: bool
) -> np.ndarray:
    """Put a kernel of Keras 1, ``(filters, channels, ...)`` with the channels first, into today's order."""
    space = tuple(range(2, rank + 2)) if first else tuple(range(rank))
    filters, channels = (0, 1) if first else (rank + 1, rank)
    order = (*space, filters, channels) if transpose else (*space, channels, filters)
    turned = np.transpose(kernel, order)
    if turned.shape != wanted:
        # A transposed convolution of some versions had its kernel in the other order already.
        other = np.transpose(kernel, (*space, *order[-2:][::-1]))
        turned = other if other.shape == wanted else turned
    return turned


def _of_convolution_1d(kernel: np.ndarray, wanted: tuple[int, ...]) -> np.ndarray:
    """Put a kernel of Keras 1's Convolution1D, which has four axes, into today's order."""
    if kernel.ndim != 4:
        return kernel
    length, channels, filters = wanted
    if kernel.shape == (filters, channels, length, 1) and kernel.shape[:2] != (length, 1):
        return np.transpose(kernel[..., 0], (2, 1, 0))
    return kernel[:, 0] if kernel.shape[1] == 1 else kernel


def flipped(kernel: np.ndarray, rank: int) -> np.ndarray:
    """Return a kernel with its spatial axes reversed: Theano convolves where TensorFlow correlates."""
    return kernel[(slice(None, None, -1),) * rank]


def separable(arrays: Arrays, layer: Any, plan: Plan, of: LayerPlan) -> Arrays:
    """Kernels of a separable convolution: channels-first order of Keras 1."""
    if not plan.keras1 or len(arrays) < 2:
        return arrays
    found = []
    for kernel, weight in zip(arrays, (layer.depthwise_kernel, layer.pointwise_kernel)):
        wanted = tuple(weight.shape)
        first = kernel.ndim == 4 and getattr(layer, "data_format", "") == "channels_first"
        found.append(np.transpose(kernel, (2, 3, 1, 0)) if first or kernel.shape != wanted else kernel)
    return [*found, *arrays[2:]]


def gates(arrays: Arrays, layer: Any, plan: Plan, of: LayerPlan) -> Arrays:
    """Recurrent weights: an array for each gate in Keras 1, and the layouts of CuDNN."""
    if len(arrays) == 12:
        # Keras 1 stored input, candidate, forget, output.
        arrays = [
            np.concatenate([arrays[part + 3 * gate] for gate in (0, 2, 1, 3)], axis=-1) for part in range(3)
        ]
    elif len(arrays) == 9:
        arrays = [
            np.concatenate([arrays[part + 3 * gate] for gate in range(3)], axis=-1) for part in range(3)
        ]
    return _cudnn(arrays, layer, of)


def _cudnn(arrays: Arrays, layer: Any, of: LayerPlan) -> Arrays:
    """Translate between the layouts of CuDNN's layers and the plain ones, as the bias tells."""
    if len(arrays) != 3 or arrays[1].ndim != 2:
        return arrays
    kernel, recurrent, bias = arrays
    units = recurrent.shape[0]
    count = recurrent.shape[1] // units if units else 0
    wanted = tuple(layer.weights[2].shape) if len(layer.weights) > 2 else None
    if count not in (3, 4) or bias.shape == wanted:
        return arrays
    if bias.shape == (2 * count * units,):
        kernel, recurrent = (_from_cudnn(kernel, count), _from_cudnn(recurrent, count))
        return [kernel, recurrent, bias.reshape(2, -1).sum(0) if count == 4 else bias.reshape(2, -1)]
    if wanted == (2 * count * units,):
        kernel, recurrent = (_to_cudnn(kernel, count), _to_cudnn(recurrent, count))
        # Any two halves that add up to the bias mean the same.
        return [kernel, recurrent, np.tile(bias * 0.5, 2) if count == 4 else bias.reshape(-1)]
    return arrays


def _from_cudnn(kernel: np.ndarray, count: int) -> np.ndarray:
    rows = kernel.shape[0]
    parts = np.split(kernel, count, axis=1)
    return np.concatenate([part.reshape(-1, rows).T for part in parts], axis=1)


def _to_cudnn(kernel: np.ndarray, count: int) -> np.ndarray:
    parts = np.split(kernel, count, axis=1)
    return np.concatenate([part.T.reshape(part.shape) for part in parts], axis=1)


def conv_lstm(arrays: Arrays, layer: Any, plan: Plan, of: LayerPlan) -> Arrays:
    """ConvLSTM2D: convolutions by gate in Keras 1."""
    if len(arrays) == 12:
        first = plan.keras1 and layer.data_format == "channels_first"
        arrays = [np.transpose(a, (2, 3, 1, 0)) if first and a.ndim == 4 else a for a in arrays]
        arrays = [
            np.concatenate([arrays[part + 3 * gate] for gate in (0, 2, 1, 3)], axis=-1) for part in range(3)
        ]
    elif len(arrays) > 1:
        wanted = [tuple(w.shape) for w in layer.weights]
        arrays = [
            np.transpose(a, (2, 3, 1, 0))
            if a.ndim == 4 and a.shape != w and a.transpose(2, 3, 1, 0).shape == w
            else a
            for a, w in zip(arrays, wanted)
        ]
    if plan.backend == "theano":
        arrays = [flipped(a, 2) if a.ndim == 4 else a for a in arrays]
    return arrays


def batch_normalization(arrays: Arrays, layer: Any, plan: Plan, of: LayerPlan) -> Arrays:
    """BatchNormalization: before 1.0.3 the deviation itself was stored, and divided by with epsilon added."""
    if (plan.true_std or of.options.get("true_std")) and len(arrays) >= 2:
        deviation = arrays[-1].astype(np.float64)
        variance = (deviation + layer.epsilon) ** 2 - layer.epsilon
        return [*arrays[:-1], variance.astype(arrays[-1].dtype)]
    return arrays


def locally_connected(arrays: Arrays, layer: Any, plan: Plan, of: LayerPlan) -> Arrays:
    """Locally connected layers: the kernels of implementations 2 (dense) and 3 (sparse)."""
    kernel, *rest = arrays
    wanted = tuple(layer.kernel.shape)
    if kernel.shape == wanted:
        return arrays
    if kernel.ndim == 1:
        kernel = _of_sparse(kernel, layer)
    elif kernel.ndim == 2 * layer._rank + 2:
        kernel = _of_dense(kernel, layer)
    return [kernel, *rest]


def _taps(layer: Any) -> tuple[np.ndarray, Sequence[int], int, int]:
    """Return which input sites each position sees, the input's sizes, its channels, and the taps of a
    patch."""
    shape = tuple(layer.input_spec.shape)
    first = layer.data_format == "channels_first"
    sizes, channels = (shape[2:], shape[1]) if first else (shape[1:-1], shape[-1])
    index = local_ops.patch_index(sizes, layer.kernel_size, layer.strides, layer.padding)
    return index, sizes, channels, index.shape[1]


def _gathered(of_site: np.ndarray, layer: Any) -> np.ndarray:
    """Return the kernel of implementation 1 from ``(positions, taps, channels, filters)``."""
    positions, taps, channels, filters = of_site.shape
    if layer.data_format == "channels_first":
        of_site = of_site.transpose(0, 2, 1, 3)
    return of_site.reshape(positions, taps * channels, filters)


def _of_dense(kernel: np.ndarray, layer: Any) -> np.ndarray:
    """Take the entries that matter from a kernel of implementation 2, ``(input axes..., output axes...)``."""
    index, sizes, channels, _ = _taps(layer)
    rank, sites = layer._rank, int(np.prod(sizes))
    if layer.data_format == "channels_first":
        order = (*range(1, rank + 1), 0, *range(rank + 2, 2 * rank + 2), rank + 1)
        kernel = kernel.transpose(order)
    kernel = kernel.reshape(sites, channels, len(index), layer.filters)
    # One site more, of zeros, for what lies outside.
    kernel = np.concatenate([kernel, np.zeros_like(kernel[:1])])
    positions = np.arange(len(index))[:, None]
    return _gathered(kernel[index, :, positions, :], layer)


def _of_sparse(kernel: np.ndarray, layer: Any) -> np.ndarray:
    """Put the values of implementation 3 into places: they lie in the order of (output, input), flattened."""
    index, sizes, channels, taps = _taps(layer)
    sites, positions, filters = int(np.prod(sizes)), len(index), layer.filters
    position, tap, channel, filter_ = np.indices((positions, taps, channels, filters)).reshape(4, -1)
    site = index[position, tap]
    inside = site < sites
    position, tap, channel, filter_, site = (a[inside] for a in (position, tap, channel, filter_, site))
    if layer.data_format == "channels_first":
        output, source = filter_ * positions + position, channel * sites + site
    else:
        output, source = position * filters + filter_, site * channels + channel
    order = np.lexsort((source, output))
    if len(order) != len(kernel):
        return kernel
    values = np.zeros((positions, taps, channels, filters), kernel.dtype)
    values[position[order], tap[order], channel[order], filter_[order]] = kernel
    return _gathered(values, layer)


LAYOUTS: dict[str, Layout] = {
    **dict.fromkeys(
        ("Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), convolution
    ),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), separable),
    **dict.fromkeys(("SimpleRNN", "GRU", "LSTM", "CuDNNGRU", "CuDNNLSTM"), gates),
    "ConvLSTM2D": conv_lstm,
    "BatchNormalization": batch_normalization,
    **dict.fromkeys(("LocallyConnected1D", "LocallyConnected2D"), locally_connected),
}
