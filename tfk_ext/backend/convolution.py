"""Convolutions, locally connected ones, and pooling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.backend.operation import operation
from tfk_ext.backend.tensors import pair, tensor
from tfk_ext.ops import convolution, local, pooling
from tfk_ext.ops.convolution import channels_first, channels_last

Format = str | None


def _settings(
    name: str, rank: int, strides: Any, padding: str, data_format: Format, dilation_rate: Any = 1
) -> dict[str, Any]:
    """Return the checked options of a convolution."""
    paddings = ("valid", "same", "causal") if rank == 1 else ("valid", "same")
    return {
        "strides": checks.spatial(name, "strides", strides, rank),
        "padding": checks.one_of(name, "padding", padding, paddings),
        "data_format": checks.data_format(name, data_format),
        "dilations": checks.spatial(name, "dilation_rate", dilation_rate, rank),
    }


def _conv(name, rank, x, kernel, *options):
    x, kernel = pair(x, kernel)
    return convolution.conv(x, kernel, **_settings(name, rank, *options))


@operation
def conv1d(
    x: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: Format = None,
    dilation_rate: Any = 1,
) -> Any:
    """Convolve sequences ``(batch, steps, channels)`` with a kernel ``(size, channels, filters)``.

    Args:
        x: the sequences, or with the channels before the steps.
        kernel: the kernel.
        strides: step.
        padding: ``"valid"``, ``"same"`` or ``"causal"``.
        data_format: where the channels are; ``None`` for ``image_data_format()``.
        dilation_rate: distance between two taps of the kernel.
    """
    return _conv("conv1d", 1, x, kernel, strides, padding, data_format, dilation_rate)


@operation
def conv2d(
    x: Any,
    kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: Format = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Convolve images ``(batch, rows, columns, channels)`` with a kernel ``(*size, channels, filters)``.

    The arguments are those of :func:`conv1d`, for two axes.
    """
    return _conv("conv2d", 2, x, kernel, strides, padding, data_format, dilation_rate)


@operation
def conv3d(
    x: Any,
    kernel: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: Format = None,
    dilation_rate: Any = (1, 1, 1),
) -> Any:
    """Convolve volumes; the arguments are those of :func:`conv1d`, for three axes."""
    return _conv("conv3d", 3, x, kernel, strides, padding, data_format, dilation_rate)


def _transposed(name, rank, x, kernel, output_shape, strides, padding, data_format, dilation_rate):
    options = _settings(name, rank, strides, padding, data_format, dilation_rate)
    x, kernel = pair(x, kernel)
    first = options["data_format"] == "channels_first"
    x = channels_last(x) if first else x
    sizes = output_shape[2:] if first else output_shape[1:-1]
    given = [k for k in sizes if not checks.is_integer(k)]
    if given:
        raise ValueError(f"{name}: the spatial sizes of output_shape must be integers, got {output_shape!r}.")
    # It is the gradient of the convolution by its input, and that input has output_shape.
    batch = x.shape[0] if x.shape[0] is not None else tf.shape(x)[0]
    like = tf.zeros((batch, *sizes, kernel.shape[-2]), x.dtype)
    with tf.GradientTape() as tape:
        tape.watch(like)
        y = convolution.conv(
            like,
            kernel,
            strides=options["strides"],
            padding=options["padding"],
            data_format="channels_last",
            dilations=options["dilations"],
        )
    if not y.shape.is_compatible_with(x.shape):
        raise ValueError(
            f"{name}: output_shape {tuple(output_shape)} does not fit an input of {tuple(x.shape)} with "
            f"strides {options['strides']} and padding {options['padding']!r}."
        )
    result = tape.gradient(y, like, output_gradients=x)
    return channels_first(result) if first else result


@operation
def conv2d_transpose(
    x: Any,
    kernel: Any,
    output_shape: Sequence[Any],
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: Format = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Undo the change of shape of a convolution of images: its gradient by its input.

    Args:
        x: images ``(batch, rows, columns, channels)``, or with the channels first.
        kernel: ``(*size, filters, channels)``.
        output_shape: the output's whole shape; the batch is that of ``x``.
        strides: step.
        padding: ``"valid"`` or ``"same"``.
        data_format: where the channels are.
        dilation_rate: distance between two taps of the kernel.
    """
    return _transposed(
        "conv2d_transpose", 2, x, kernel, output_shape, strides, padding, data_format, dilation_rate
    )


@operation
def conv3d_transpose(
    x: Any,
    kernel: Any,
    output_shape: Sequence[Any],
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: Format = None,
) -> Any:
    """Undo the change of shape of a convolution of volumes, see :func:`conv2d_transpose`."""
    return _transposed("conv3d_transpose", 3, x, kernel, output_shape, strides, padding, data_format, 1)


@operation
def depthwise_conv2d(
    x: Any,
    depthwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: Format = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Convolve each channel of images by itself, with a kernel ``(*size, channels, multiplier)``."""
    x, kernel = pair(x, depthwise_kernel)
    options = _settings("depthwise_conv2d", 2, strides, padding, data_format, dilation_rate)
    return convolution.depthwise_conv(x, kernel, **options)


def _separable(name, rank, x, depthwise_kernel, pointwise_kernel, *options):
    x, depthwise = pair(x, depthwise_kernel)
    pointwise = tf.cast(pointwise_kernel, x.dtype)
    return convolution.separable_conv(x, depthwise, pointwise, **_settings(name, rank, *options))


@operation
def separable_conv1d(
    x: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: Format = None,
    dilation_rate: Any = 1,
) -> Any:
    """Convolve each channel of sequences by itself, then mix the channels at each step."""
    options = (strides, padding, data_format, dilation_rate)
    return _separable("separable_conv1d", 1, x, depthwise_kernel, pointwise_kernel, *options)


@operation
def separable_conv2d(
    x: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: Format = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """Convolve each channel of images by itself, then mix the channels at each pixel."""
    options = (strides, padding, data_format, dilation_rate)
    return _separable("separable_conv2d", 2, x, depthwise_kernel, pointwise_kernel, *options)


# --- locally connected --------------------------------------------------------------------------------------


def _local(name, inputs, kernel, kernel_size, strides, output_shape, data_format):
    data_format = checks.data_format(name, data_format)
    rank = len(output_shape)
    x, kernel = pair(inputs, kernel)
    size = checks.spatial(name, "kernel_size", kernel_size, rank)
    strides = checks.spatial(name, "strides", strides, rank)
    spatial = x.shape[1:-1] if data_format == "channels_last" else x.shape[2:]
    index = local.patch_index(tuple(spatial), size, strides, "valid")
    return local.locally_connected(x, kernel, index, tuple(output_shape), data_format)


@operation
def local_conv1d(inputs: Any, kernel: Any, kernel_size: Any, strides: Any, data_format: Format = None) -> Any:
    """Apply to each step a kernel of its own: ``kernel`` is ``(steps, features, filters)``.

    Args:
        inputs: ``(batch, steps, channels)``, or with the channels first.
        kernel: the kernels; the features of a patch are its taps, and in each the channels.
        kernel_size: number of taps.
        strides: step.
        data_format: where the channels are.
    """
    return _local("local_conv1d", inputs, kernel, kernel_size, strides, (int(kernel.shape[0]),), data_format)


@operation
def local_conv2d(
    inputs: Any,
    kernel: Any,
    kernel_size: Any,
    strides: Any,
    output_shape: Sequence[int],
    data_format: Format = None,
) -> Any:
    """Apply to each pixel its own kernel, see :func:`local_conv1d`; ``output_shape`` (rows, columns)."""
    return _local("local_conv2d", inputs, kernel, kernel_size, strides, tuple(output_shape), data_format)


# --- pooling ------------------------------------------------------------------------------------------------


def _pool(name, rank, x, pool_size, strides, padding, data_format, pool_mode):
    options = _settings(name, rank, strides, padding, data_format)
    size = checks.spatial(name, "pool_size", pool_size, rank)
    mode = checks.one_of(name, "pool_mode", pool_mode, ("max", "avg"))
    function = pooling.max_pool if mode == "max" else pooling.average_pool
    return function(tensor(x), size, options["strides"], options["padding"], options["data_format"])


@operation
def pool2d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: Format = None,
    pool_mode: str = "max",
) -> Any:
    """Take the maximum (``"max"``) or the mean (``"avg"``) over windows of images."""
    return _pool("pool2d", 2, x, pool_size, strides, padding, data_format, pool_mode)


@operation
def pool3d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: Format = None,
    pool_mode: str = "max",
) -> Any:
    """Take the maximum (``"max"``) or the mean (``"avg"``) over windows of volumes."""
    return _pool("pool3d", 3, x, pool_size, strides, padding, data_format, pool_mode)
