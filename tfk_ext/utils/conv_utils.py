"""Arithmetic of convolutions (``keras.utils.conv_utils``)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfk_ext import checks
from tfk_ext.ops import convolution


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """Return ``n`` integers; one stands for all of them. ``name`` is the argument's, for the message."""
    return checks.spatial("normalize_tuple", name, value, n)


def normalize_data_format(value: str | None) -> str:
    """Return a data format in its normal form, for ``None`` that of the configuration."""
    return checks.data_format("normalize_data_format", value)


def normalize_padding(value: str) -> str:
    """Return a padding in its normal form: ``"valid"``, ``"same"`` or ``"causal"``."""
    return checks.one_of("normalize_padding", "padding", value, ("valid", "same", "causal"))


def conv_output_length(
    input_length: int | None, filter_size: int, padding: str, stride: int, dilation: int = 1
) -> int | None:
    """Return the length of a convolution's output along one axis; ``padding`` may be ``"full"``.

    Example:
        >>> tfk_ext.utils.conv_utils.conv_output_length(10, 3, "valid", 2)
        4
    """
    checks.one_of("conv_output_length", "padding", padding, ("valid", "same", "causal", "full"))
    if input_length is None:
        return None
    if padding == "full":
        reach = (filter_size - 1) * dilation
        return (input_length + reach + stride - 1) // stride
    return convolution.output_length(input_length, filter_size, stride, padding, dilation)


def conv_input_length(output_length: int | None, filter_size: int, padding: str, stride: int) -> int | None:
    """Return the length of a convolution's input from that of its output."""
    checks.one_of("conv_input_length", "padding", padding, ("valid", "same", "full"))
    if output_length is None:
        return None
    pad = {"same": filter_size // 2, "valid": 0, "full": filter_size - 1}[padding]
    return (output_length - 1) * stride - 2 * pad + filter_size


def deconv_output_length(
    input_length: int | None,
    filter_size: int,
    padding: str,
    output_padding: int | None = None,
    stride: int = 1,
    dilation: int = 1,
) -> int | None:
    """Return the length of a transposed convolution's output along one axis."""
    checks.one_of("deconv_output_length", "padding", padding, ("valid", "same", "full"))
    if input_length is None:
        return None
    reach = filter_size + (filter_size - 1) * (dilation - 1)
    if output_padding is None:
        added = {"valid": max(reach - stride, 0), "same": 0, "full": -(stride + reach - 2)}[padding]
        return input_length * stride + added
    pad = {"same": reach // 2, "valid": 0, "full": reach - 1}[padding]
    return (input_length - 1) * stride + reach - 2 * pad + output_padding


def convert_kernel(kernel: Any) -> np.ndarray:
    """Turn a kernel round along its spatial axes: Theano's convolutions flip it, TensorFlow's don't.

    Args:
        kernel: ``(*size, channels, filters)`` with one to three spatial axes.
    """
    kernel = np.asarray(kernel)
    if not 3 <= kernel.ndim <= 5:
        raise ValueError(f"convert_kernel: the kernel must have 3 to 5 axes, got shape {kernel.shape}.")
    return np.flip(kernel, axis=tuple(range(kernel.ndim - 2))).copy()
