"""Convolutions in one, two and three dimensions, on a CPU in every form too.

TensorFlow's CPU kernels know channels_last only, and without oneDNN neither the gradient of a grouped nor
that of a dilated convolution. The functions here transpose, split and rearrange where it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tfk_ext.ops import adjoints

# --- geometry --------------------------------------------------------------------------------


def output_length(
    size: int | None, kernel: int, stride: int = 1, padding: str = "valid", dilation: int = 1
) -> int | None:
    """Return the length of the output of a convolution or a pooling along one axis.

    Args:
        size: length of the input, ``None`` if unknown.
        kernel: length of the kernel or window.
        stride: step.
        padding: ``"valid"``, ``"same"`` or ``"causal"``.
        dilation: distance between two taps of the kernel.

    Returns:
        The length, ``None`` if unknown; with ``"valid"`` 0 or less where the kernel does not fit.
    """
    if size is None:
        return None
    if padding == "valid":
        size -= (kernel - 1) * dilation
    return -(-size // stride)


def transposed_output_length(
    size: Any,
    kernel: int,
    stride: int = 1,
    padding: str = "valid",
    dilation: int = 1,
    output_padding: int | None = None,
) -> Any:
    """Return the length of the output of a transposed convolution along one axis.

    Args:
        size: length of the input, an integer, a scalar tensor, or ``None`` if unknown.
        kernel: length of the kernel.
        stride: step.
        padding: ``"valid"`` or ``"same"``.
        dilation: distance between two taps of the kernel.
        output_padding: positions added at the end; ``None`` adds as many as make the output of ``"same"``
            ``size * stride`` long.

    Returns:
        The length, of the kind of ``size``.
    """
    if size is None:
        return None
    span = (kernel - 1) * dilation + 1
    if output_padding is None:
        return size * stride + (max(span - stride, 0) if padding == "valid" else 0)
    cut = 2 * (span // 2) if padding == "same" else 0
    return (size - 1) * stride + span - cut + output_padding


# --- arrangement of axes --------------------------------------------------------------------------------


def sizes(x: tf.Tensor) -> list[Any]:
    """Return the shape of ``x`` as a list: integers where they are known, else scalar tensors."""
    static = x.shape.as_list()
    if None not in static:
        return static
    dynamic = tf.shape(x)
    return [dynamic[axis] if size is None else size for axis, size in enumerate(static)]


def channels_last(x: tf.Tensor) -> tf.Tensor:
    """Move axis 1 to the end."""
    return tf.transpose(x, (0, *range(2, x.shape.rank), 1))


def channels_first(x: tf.Tensor) -> tf.Tensor:
    """Move the last axis to position 1."""
    last = x.shape.rank - 1
    return tf.transpose(x, (0, last, *range(1, last)))


def _arranged(compute: Callable, x: tf.Tensor, rank: int, data_format: str) -> tf.Tensor:
    """Call ``compute`` on ``x`` with one batch axis in front and the channels last."""
    extra = x.shape.rank - rank - 2
    batch = sizes(x)[: extra + 1] if extra else None
    if batch:
        x = tf.reshape(x, (-1, *sizes(x)[extra + 1 :]))
    empty = x.shape[0] == 0
    if empty:
        # oneDNN's convolutions return the input's shape for a batch of 0: compute one sample, keep none.
        x = tf.pad(x, ((0, 1), *(((0, 0),) * (rank + 1))))
    if data_format == "channels_first":
        y = channels_first(compute(channels_last(x)))
    else:
        y = compute(x)
    if empty:
        y = y[:0]
    return tf.reshape(y, (*batch, *sizes(y)[1:])) if batch else y


# --- convolution --------------------------------------------------------------------------------


def conv(
    x: tf.Tensor,
    kernel: tf.Tensor,
    bias: tf.Tensor | None = None,
    strides: Sequence[int] = (1,),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilations: Sequence[int] = (1,),
    groups: int = 1,
) -> tf.Tensor:
    """What neural networks call a convolution: ``y[p] = sum_t x[p * stride + t * dilation] . kernel[t]``.

    Args:
        x: floating tensor of shape ``(batch, *spatial, channels)``, or ``(batch, channels, *spatial)``; there
            may be several batch axes.
        kernel: ``(*size, channels / groups, filters)``, of the dtype of ``x``.
        bias: ``(filters,)`` or ``None``.
        strides: step along each spatial axis; their number says how many spatial axes there are.
        padding: ``"valid"``, ``"same"``, or in one dimension ``"causal"``: zeros in front alone.
        data_format: where the channels are.
        dilations: distance between two taps of the kernel, along each spatial axis; with strides of 1 only.
        groups: number of groups of channels, each of which is convolved by itself.

    Returns:
        Tensor of shape ``(batch, *new spatial, filters)``, or with the channels first.
    """
    kernel = tf.convert_to_tensor(kernel)

    def compute(x):
        if groups == 1:
            y = _conv(x, kernel, strides, padding, dilations)
        else:
            # The CPU kernels without oneDNN lack the gradient of a grouped convolution, and XLA on a CPU
            # takes ten times longer for one than for its parts.
            parts = zip(tf.split(x, groups, axis=-1), tf.split(kernel, groups, axis=-1))
            y = tf.concat([_conv(a, k, strides, padding, dilations) for a, k in parts], axis=-1)
        return y if bias is None else tf.nn.bias_add(y, tf.convert_to_tensor(bias))

    return _arranged(compute, x, len(strides), data_format)


def _conv(
    x: tf.Tensor, kernel: tf.Tensor, strides: Sequence[int], padding: str, dilations: Sequence[int]
) -> tf.Tensor:
    """Convolve channels_last, one batch axis, one group, without bias."""
    rank = len(strides)
    if max(dilations) > 1 and (rank == 3 or not adjoints.knows_dilation(x.dtype)):
        return _dilated_conv(x, kernel, padding, dilations)
    if padding == "causal":
        x = tf.pad(x, ((0, 0), ((kernel.shape[0] - 1) * dilations[0], 0), (0, 0)))
        padding = "valid"
    padding = padding.upper()
    if rank == 1:
        x, kernel = tf.expand_dims(x, 1), tf.expand_dims(kernel, 0)
        return tf.squeeze(tf.nn.conv2d(x, kernel, (1, 1, *strides, 1), padding, dilations=(1, *dilations)), 1)
    if max(dilations) > 1:
        return tf.nn.conv2d(x, kernel, strides, padding, dilations=dilations)
    if rank == 3 and padding == "SAME" and any(k < s for k, s in zip(kernel.shape, strides)):
        x, padding = _padded_as_same(x, kernel.shape[: len(strides)], strides), "VALID"
    return adjoints.convolve(x, kernel, strides, padding)


def _padded_as_same(x: tf.Tensor, size: Sequence[int], strides: Sequence[int]) -> tf.Tensor:
    """Pad as ``"same"`` does; TensorFlow's own conv3d takes the wrong sites for a kernel below its stride.

    Its kernels through oneDNN take the right ones, but are not there on every processor.
    """
    lengths = [n if n is not None else tf.shape(x)[axis] for axis, n in enumerate(x.shape[1:-1], 1)]
    totals = [tf.maximum((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(lengths, size, strides)]
    return tf.pad(x, [(0, 0), *((total // 2, total - total // 2) for total in totals), (0, 0)])


def _dilated_conv(x: tf.Tensor, kernel: tf.Tensor, padding: str, dilations: Sequence[int]) -> tf.Tensor:
    """Convolve with dilation by convolving every d-th position, for each of the d first ones."""
    paddings, crops = [], []
    for size, k, d in zip(sizes(x)[1:-1], kernel.shape, dilations):
        total = 0 if padding == "valid" else (k - 1) * d
        front = total if padding == "causal" else total // 2
        rest = -(size + total) % d
        paddings.append((front, total - front + rest))
        crops.append((0, rest))
    ones = (1,) * len(dilations)
    y = _conv(tf.space_to_batch(x, dilations, paddings), kernel, ones, "valid", ones)
    return tf.batch_to_space(y, dilations, crops)


def conv_transpose(
    x: tf.Tensor,
    kernel: tf.Tensor,
    bias: tf.Tensor | None = None,
    strides: Sequence[int] = (1,),
    padding: str = "valid",
    output_padding: Sequence[int] | None = None,
    data_format: str = "channels_last",
    dilations: Sequence[int] = (1,),
) -> tf.Tensor:
    """Transposed convolution: the gradient of :func:`conv` with respect to its input, as a layer of its own.

    Args:
        x: floating tensor of shape ``(batch, *spatial, channels)``, or ``(batch, channels, *spatial)``.
        kernel: ``(*size, filters, channels)``, of the dtype of ``x``.
        bias: ``(filters,)`` or ``None``.
        strides: how many positions of the output one position of the input spans, along each spatial axis.
        padding: ``"valid"`` or ``"same"``.
        output_padding: positions added at the end of each spatial axis, each smaller than the stride, see
            :func:`transposed_output_length`.
        data_format: where the channels are.
        dilations: distance between two taps of the kernel, along each spatial axis; with strides of 1 only.

    Returns:
        Tensor of shape ``(batch, *new spatial, filters)``, or with the channels first.
    """
    kernel = tf.convert_to_tensor(kernel)
    added = output_padding or (None,) * len(strides)

    def compute(x):
        lengths = [
            transposed_output_length(size, k, s, padding, d, o)
            for size, k, s, d, o in zip(sizes(x)[1:-1], kernel.shape[:-2], strides, dilations, added)
        ]
        if max(dilations) > 1:
            y = _dilated_transpose(x, kernel, lengths, dilations)
        else:
            y = _conv_transpose(x, kernel, lengths, strides, padding, added)
        return y if bias is None else tf.nn.bias_add(y, tf.convert_to_tensor(bias))

    return _arranged(compute, x, len(strides), data_format)


def _conv_transpose(
    x: tf.Tensor,
    kernel: tf.Tensor,
    lengths: Sequence[Any],
    strides: Sequence[int],
    padding: str,
    output_padding: Sequence[int | None],
) -> tf.Tensor:
    """Transposed convolution to given output lengths, channels_last, without dilation and bias."""
    batch, *spatial, _ = sizes(x)
    filters = kernel.shape[-2]
    size = kernel.shape[:-2]
    # TensorFlow has no "same" for an even kernel without output padding: the output is shorter than the
    # forward convolution's "same" takes. It is then cut out of the whole one.
    cut = padding == "same" and any(k % 2 == 0 and o == 0 for k, o in zip(size, output_padding))
    wanted = lengths
    if cut:
        full = [(n - 1) * s + k for n, k, s in zip(spatial, size, strides)]
        begins = [tf.maximum(whole - n, 0) // 2 for whole, n in zip(full, wanted)]
        lengths = [tf.maximum(whole, begin + n) for whole, begin, n in zip(full, begins, wanted)]
    padding = "VALID" if cut else padding.upper()
    if len(strides) == 1:
        shape = tf.stack([batch, 1, *lengths, filters])
        image, kernel = tf.expand_dims(x, 1), tf.expand_dims(kernel, 0)
        y = tf.squeeze(tf.nn.conv2d_transpose(image, kernel, shape, [1, *strides], padding), axis=1)
    else:
        y = adjoints.spread(x, kernel, lengths, strides, padding)
    if cut:
        y = tf.slice(y, tf.stack([0, *begins, 0]), tf.stack([batch, *wanted, filters]))
    y.set_shape((None, *(n if isinstance(n, int) else None for n in wanted), filters))
    return y


def _dilated_transpose(
    x: tf.Tensor, kernel: tf.Tensor, lengths: Sequence[Any], dilations: Sequence[int]
) -> tf.Tensor:
    """Transposed convolution with dilation and strides of 1, as :func:`_dilated_conv` does it."""
    paddings, crops, parts = [], [], []
    for size, length, k, d in zip(sizes(x)[1:-1], lengths, kernel.shape, dilations):
        rest = -size % d
        part = (size + rest) // d + k - 1
        front = (size + (k - 1) * d - length) // 2
        paddings.append((0, rest))
        crops.append((front, part * d - front - length))
        parts.append(part)
    rank = len(dilations)
    x = tf.space_to_batch(x, dilations, paddings)
    y = _conv_transpose(x, kernel, parts, (1,) * rank, "valid", (None,) * rank)
    return tf.batch_to_space(y, dilations, crops)


# --- depthwise and separable --------------------------------------------------------------------------------


def depthwise_conv(
    x: tf.Tensor,
    kernel: tf.Tensor,
    bias: tf.Tensor | None = None,
    strides: Sequence[int] = (1,),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilations: Sequence[int] = (1,),
) -> tf.Tensor:
    """Convolve each channel by itself with ``multiplier`` kernels of its own.

    Args:
        x: floating tensor of shape ``(batch, *spatial, channels)``, or ``(batch, channels, *spatial)``, with
            one or two spatial axes.
        kernel: ``(*size, channels, multiplier)``, of the dtype of ``x``.
        bias: ``(channels * multiplier,)`` or ``None``.
        strides: step along each spatial axis; their number says how many spatial axes there are.
        padding: ``"valid"``, ``"same"``, or in one dimension ``"causal"``.
        data_format: where the channels are.
        dilations: distance between two taps of the kernel, along each spatial axis; with strides of 1 only.

    Returns:
        Tensor of shape ``(batch, *new spatial, channels * multiplier)``, the outputs of a channel side by
        side, or with the channels first.
    """
    kernel = tf.convert_to_tensor(kernel)

    def compute(x):
        y = _depthwise(x, kernel, strides, padding, dilations)
        return y if bias is None else tf.nn.bias_add(y, tf.convert_to_tensor(bias))

    return _arranged(compute, x, len(strides), data_format)


def separable_conv(
    x: tf.Tensor,
    depthwise_kernel: tf.Tensor,
    pointwise_kernel: tf.Tensor,
    bias: tf.Tensor | None = None,
    strides: Sequence[int] = (1,),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilations: Sequence[int] = (1,),
) -> tf.Tensor:
    """Convolve each channel by itself, then mix the channels at each position.

    Args:
        x: as for :func:`depthwise_conv`.
        depthwise_kernel: ``(*size, channels, multiplier)``, of the dtype of ``x``.
        pointwise_kernel: ``(1, ..., channels * multiplier, filters)``.
        bias: ``(filters,)`` or ``None``.
        strides: see :func:`depthwise_conv`.
        padding: see :func:`depthwise_conv`.
        data_format: where the channels are.
        dilations: see :func:`depthwise_conv`.

    Returns:
        Tensor of shape ``(batch, *new spatial, filters)``, or with the channels first.
    """
    depthwise_kernel = tf.convert_to_tensor(depthwise_kernel)
    pointwise_kernel = tf.convert_to_tensor(pointwise_kernel)
    ones = (1,) * len(strides)

    def compute(x):
        y = _depthwise(x, depthwise_kernel, strides, padding, dilations)
        y = _conv(y, pointwise_kernel, ones, "valid", ones)
        return y if bias is None else tf.nn.bias_add(y, tf.convert_to_tensor(bias))

    return _arranged(compute, x, len(strides), data_format)


def _depthwise(
    x: tf.Tensor, kernel: tf.Tensor, strides: Sequence[int], padding: str, dilations: Sequence[int]
) -> tf.Tensor:
    """Depthwise convolution, channels_last, one batch axis, without bias."""
    if padding == "causal":
        x = tf.pad(x, ((0, 0), ((kernel.shape[0] - 1) * dilations[0], 0), (0, 0)))
        padding = "valid"
    if len(strides) == 1:
        # A kernel of one row takes any step from row to row, and equal steps are what every kernel takes.
        y = _depthwise(
            tf.expand_dims(x, 1), tf.expand_dims(kernel, 0), (*strides, *strides), padding, (1, *dilations)
        )
        return tf.squeeze(y, axis=1)
    if strides[0] == strides[1]:
        return tf.nn.depthwise_conv2d(x, kernel, (1, *strides, 1), padding.upper(), dilations=dilations)
    # Without oneDNN the kernel takes equal strides only: take each position, keep every stride-th.
    if padding == "same":
        pads = []
        for size, k, s in zip(sizes(x)[1:-1], kernel.shape[:2], strides):
            total = tf.maximum((-(-size // s) - 1) * s + k - size, 0)
            pads.append((total // 2, total - total // 2))
        x = tf.pad(x, ((0, 0), *pads, (0, 0)))
    y = tf.nn.depthwise_conv2d(x, kernel, (1, 1, 1, 1), "VALID")
    return y[:, :: strides[0], :: strides[1]]
