"""The classic functions on a single image: affine, channel shift, brightness, and each with a random
parameter.

Their axes default to ``channels_first`` (``row_axis=1, col_axis=2, channel_axis=0``), as they always have.
Random numbers come from NumPy's global generator (``np.random.seed``), in the classic order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.ops import image as ops


def apply_affine_transform(
    x: Any,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> np.ndarray:
    """Rotate, shift, shear and zoom an image about its centre.

    Args:
        x: array of three axes.
        theta: rotation in degrees, counterclockwise.
        tx: shift of the columns in pixels (a positive one moves the picture to the left).
        ty: shift of the rows in pixels (a positive one moves the picture up).
        shear: angle of shear in degrees.
        zx: zoom of the columns; above 1 the picture gets smaller.
        zy: zoom of the rows.
        row_axis: the axis of the rows.
        col_axis: the axis of the columns.
        channel_axis: the axis of the channels, 0 or 2.
        fill_mode: ``'nearest'``, ``'constant'``, ``'reflect'`` or ``'wrap'``.
        cval: the value outside the image for ``'constant'``.
        order: of the interpolation, 0 to 5; from 2 on it needs SciPy.

    Returns:
        A new array of the shape and dtype of ``x``.

    Raises:
        ValueError: the axes or another argument aren't accepted.

    Example:
        >>> x = np.arange(9.0).reshape(1, 3, 3)
        >>> tfk_ext.preprocessing.image.apply_affine_transform(x, theta=90)[0].astype(int).tolist()
        [[2, 5, 8], [1, 4, 7], [0, 3, 6]]

    Source: the classic ``keras.preprocessing.image``.
    """
    owner = "apply_affine_transform"
    axes = (row_axis, col_axis, channel_axis)
    if sorted(axes) != [0, 1, 2] or channel_axis == 1:
        checks.fail(
            owner,
            "row_axis, col_axis and channel_axis must be 0, 1 and 2 in some order with the channels first or "
            f"last, got {axes}.",
        )
    x = np.asarray(x)
    if x.ndim != 3:
        checks.fail(owner, f"x must have three axes (a single image), got shape {x.shape}.")
    fill_mode = checks.one_of(owner, "fill_mode", fill_mode, ops.FILL_MODES)
    order = checks.one_of(owner, "order", order, range(6))
    if not (theta or tx or ty or shear or zx != 1 or zy != 1):
        return x.copy()
    image = np.moveaxis(x, axes, (0, 1, 2))
    coefficients = ops.affine_coefficients(image.shape[:2], theta, tx, ty, shear, zx, zy)
    image = ops.warp(image[None], coefficients, fill_mode, cval, order)[0]
    return np.ascontiguousarray(np.moveaxis(image, (0, 1, 2), axes))


def random_rotation(
    x: Any,
    rg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """Rotate an image by a random angle of ``-rg`` to ``rg`` degrees.

    Args:
        x: array of three axes.
        rg: the largest angle, at least 0.
        row_axis: the axis of the rows.
        col_axis: the axis of the columns.
        channel_axis: the axis of the channels, 0 or 2.
        fill_mode: ``'nearest'``, ``'constant'``, ``'reflect'`` or ``'wrap'``.
        cval: the value outside the image for ``'constant'``.
        interpolation_order: 0 to 5.

    Returns:
        A new array of the shape and dtype of ``x``.

    Example:
        >>> tfk_ext.preprocessing.image.random_rotation(np.ones((3, 8, 8)), 20).shape
        (3, 8, 8)

    Source: the classic ``keras.preprocessing.image``.
    """
    rg = checks.number("random_rotation", "rg", rg, 0)
    theta = np.random.uniform(-rg, rg)
    return apply_affine_transform(
        x, theta, 0, 0, 0, 1, 1, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order
    )


def random_shift(
    x: Any,
    wrg: float,
    hrg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """Shift an image by random fractions of its width and height.

    Args:
        x: array of three axes.
        wrg: the largest fraction of the width, at least 0; it moves the rows, see ``ImageDataGenerator``.
        hrg: the largest fraction of the height, at least 0; it moves the columns.
        row_axis: the axis of the rows.
        col_axis: the axis of the columns.
        channel_axis: the axis of the channels, 0 or 2.
        fill_mode: ``'nearest'``, ``'constant'``, ``'reflect'`` or ``'wrap'``.
        cval: the value outside the image for ``'constant'``.
        interpolation_order: 0 to 5.

    Returns:
        A new array of the shape and dtype of ``x``.

    Example:
        >>> tfk_ext.preprocessing.image.random_shift(np.ones((3, 8, 8)), 0.2, 0.1).shape
        (3, 8, 8)

    Source: the classic ``keras.preprocessing.image``.
    """
    wrg = checks.number("random_shift", "wrg", wrg, 0)
    hrg = checks.number("random_shift", "hrg", hrg, 0)
    x = np.asarray(x)
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    return apply_affine_transform(
        x, 0, tx, ty, 0, 1, 1, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order
    )


def random_shear(
    x: Any,
    intensity: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """Shear an image by a random angle of ``-intensity`` to ``intensity`` degrees.

    Args:
        x: array of three axes.
        intensity: the largest angle, at least 0.
        row_axis: the axis of the rows.
        col_axis: the axis of the columns.
        channel_axis: the axis of the channels, 0 or 2.
        fill_mode: ``'nearest'``, ``'constant'``, ``'reflect'`` or ``'wrap'``.
        cval: the value outside the image for ``'constant'``.
        interpolation_order: 0 to 5.

    Returns:
        A new array of the shape and dtype of ``x``.

    Example:
        >>> tfk_ext.preprocessing.image.random_shear(np.ones((3, 8, 8)), 10).shape
        (3, 8, 8)

    Source: the classic ``keras.preprocessing.image``.
    """
    intensity = checks.number("random_shear", "intensity", intensity, 0)
    shear = np.random.uniform(-intensity, intensity)
    return apply_affine_transform(
        x, 0, 0, 0, shear, 1, 1, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order
    )


def random_zoom(
    x: Any,
    zoom_range: Sequence[float],
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> np.ndarray:
    """Zoom an image by two random factors, one for each axis.

    Args:
        x: array of three axes.
        zoom_range: the lowest and the highest factor, at least 0.
        row_axis: the axis of the rows.
        col_axis: the axis of the columns.
        channel_axis: the axis of the channels, 0 or 2.
        fill_mode: ``'nearest'``, ``'constant'``, ``'reflect'`` or ``'wrap'``.
        cval: the value outside the image for ``'constant'``.
        interpolation_order: 0 to 5.

    Returns:
        A new array of the shape and dtype of ``x``.

    Example:
        >>> tfk_ext.preprocessing.image.random_zoom(np.ones((3, 8, 8)), (0.8, 1.2)).shape
        (3, 8, 8)

    Source: the classic ``keras.preprocessing.image``.
    """
    low, high = pair("random_zoom", "zoom_range", zoom_range)
    zx, zy = (1, 1) if low == 1 and high == 1 else np.random.uniform(low, high, 2)
    return apply_affine_transform(
        x, 0, 0, 0, 0, zx, zy, row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order
    )


def pair(owner: object, name: str, value: Any) -> tuple[float, float]:
    """Return two numbers of at least 0."""
    if not isinstance(value, (tuple, list, np.ndarray)) or len(value) != 2:
        checks.fail(owner, f"{name} must be a tuple or list of two numbers, got {value!r}.")
    return checks.number(owner, name, value[0], 0), checks.number(owner, name, value[1], 0)


def apply_channel_shift(x: Any, intensity: float, channel_axis: int = 0) -> np.ndarray:
    """Add a number to every value of an image, clipped to the range of values that the image had.

    Args:
        x: array of three axes.
        intensity: the number.
        channel_axis: the axis of the channels (the result doesn't depend on it).

    Returns:
        A new array of the shape and dtype of ``x``.

    Example:
        >>> tfk_ext.preprocessing.image.apply_channel_shift([[[0.0, 10.0, 50.0]]], 5).tolist()
        [[[5.0, 15.0, 50.0]]]

    Source: the classic ``keras.preprocessing.image``.
    """
    x = np.asarray(x)
    checks.one_of("apply_channel_shift", "channel_axis", channel_axis, range(-3, 3))
    return np.clip(x + intensity, x.min(), x.max()).astype(x.dtype, copy=False)


def random_channel_shift(x: Any, intensity_range: float, channel_axis: int = 0) -> np.ndarray:
    """Add a random number of ``-intensity_range`` to ``intensity_range`` to an image.

    Args:
        x: array of three axes.
        intensity_range: the largest number, at least 0.
        channel_axis: the axis of the channels (the result doesn't depend on it).

    Returns:
        A new array of the shape and dtype of ``x``.

    Example:
        >>> tfk_ext.preprocessing.image.random_channel_shift(np.ones((3, 8, 8)), 20.0).shape
        (3, 8, 8)

    Source: the classic ``keras.preprocessing.image``.
    """
    limit = checks.number("random_channel_shift", "intensity_range", intensity_range, 0)
    return apply_channel_shift(x, np.random.uniform(-limit, limit), channel_axis)


def apply_brightness_shift(
    x: Any, brightness: float, scale: bool = True, data_format: str | None = None
) -> np.ndarray:
    """Multiply an image, as 8-bit grey levels, by a factor: 0 makes it black, 1 leaves it.

    Args:
        x: array of three axes. A fourth channel (alpha) isn't changed.
        brightness: the factor.
        scale: whether the values are first scaled so that they fill 0 to 255, and left so. ``False`` takes
            them as grey levels; an image with values outside 0 to 255 is then scaled and scaled back.
        data_format: where the channels are; ``None`` takes that of the Keras configuration.

    Returns:
        A new array of the shape of ``x`` in Keras's ``floatx``.

    Example:
        >>> tfk_ext.preprocessing.image.apply_brightness_shift([[[0, 100, 255]]], 0.5, scale=False).tolist()
        [[[0.0, 50.0, 127.0]]]

    Source: the classic ``keras.preprocessing.image``, whose brightness is Pillow's.
    """
    data_format = checks.data_format("apply_brightness_shift", data_format)
    x = np.asarray(x, tf.keras.config.floatx())
    if x.ndim != 3:
        checks.fail(
            "apply_brightness_shift", f"x must have three axes (a single image), got shape {x.shape}."
        )
    first = data_format == "channels_first"
    image = np.moveaxis(x, 0, -1) if first else x
    image = ops.adjust_brightness(image[None], [brightness], scale)[0]
    return np.moveaxis(image, -1, 0) if first else image


def random_brightness(x: Any, brightness_range: Sequence[float], scale: bool = True) -> np.ndarray:
    """Multiply an image, as 8-bit grey levels, by a random factor.

    Args:
        x: array of three axes.
        brightness_range: the lowest and the highest factor, at least 0.
        scale: whether the values are first scaled so that they fill 0 to 255, and left so.

    Returns:
        A new array of the shape of ``x`` in Keras's ``floatx``.

    Example:
        >>> tfk_ext.preprocessing.image.random_brightness(np.ones((8, 8, 3)), (0.5, 1.5)).shape
        (8, 8, 3)

    Source: the classic ``keras.preprocessing.image``.
    """
    low, high = pair("random_brightness", "brightness_range", brightness_range)
    return apply_brightness_shift(x, np.random.uniform(low, high), scale)
