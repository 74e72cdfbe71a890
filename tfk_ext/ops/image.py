"""Geometry and colour of batches of images: affine warps, shifts of channels, brightness.

These functions take and return NumPy arrays: they run beside the training, on the CPU. The one heavy loop,
the warp of a large batch, is compiled by XLA, or OpenCV's where that is installed.

A warp reads output pixel ``(i, j)`` at the input position ``(row, column)`` given by six coefficients, an
array ``[[rr, rc, r0], [cr, cc, c0]]``: ``row = rr i + rc j + r0`` and ``column = cr i + cc j + c0``.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext.ops import opencv

FILL_MODES = ("nearest", "constant", "reflect", "wrap")

# The warp of a batch of at least so many images and pixels is compiled, which takes 0.3 to 0.7 s for each new
# shape. At 32 images of 224x224 a batch then takes 55 ms against NumPy's 130. At 32 of 32x32 it is 0.7 to
# 1.0, but only while no other thread wants the cores; NumPy's single one doesn't wait for them.
COMPILE_IMAGES = 8
COMPILE_PIXELS = 2**16
# NumPy's intermediates of this many pixels stay in the cache.
CHUNK = 2**14


def affine_coefficients(
    size: tuple[int, int],
    theta: Any = 0.0,
    tx: Any = 0.0,
    ty: Any = 0.0,
    shear: Any = 0.0,
    zx: Any = 1.0,
    zy: Any = 1.0,
    flip_horizontal: Any = False,
    flip_vertical: Any = False,
) -> np.ndarray:
    """Return the coefficients of: rotation times shift times shear times zoom, about the centre, then flips.

    The classic convention: the matrices act on ``(x, y)``, columns before rows, but about a centre whose x is
    half the height and whose y is half the width, which isn't the picture's when that isn't square.

    Args:
        size: height and width.
        theta: rotation in degrees; a number or an array of one number for each image, like all that follow.
        tx: shift of the columns in pixels.
        ty: shift of the rows in pixels.
        shear: angle of shear in degrees.
        zx: zoom of the columns, 1 is none, above 1 makes the picture smaller.
        zy: zoom of the rows.
        flip_horizontal: whether the result is mirrored left to right.
        flip_vertical: whether the result is mirrored upside down.

    Returns:
        Array of shape ``(images, 2, 3)``, float64.
    """
    values = (theta, tx, ty, shear, zx, zy, flip_horizontal, flip_vertical)
    theta, tx, ty, shear, zx, zy, *flips = np.broadcast_arrays(*(np.atleast_1d(v) for v in values))
    angle, slant = np.deg2rad(theta), np.deg2rad(shear)
    sin, cos = np.sin(angle), np.cos(angle)
    height, width = size
    middle = height / 2 - 0.5, width / 2 - 0.5
    # The factors are multiplied one by one, in the classic order, so that every rounding is the classic one:
    # at multiples of 90 degrees whole edges of the image hang on it.
    count = len(theta)
    steps = [
        _matrices(count, xs=middle[0], ys=middle[1]),
        _matrices(count, xx=cos, xy=-sin, yx=sin, yy=cos),
        _matrices(count, xs=tx, ys=ty),
        _matrices(count, xy=-np.sin(slant), yy=np.cos(slant)),
        _matrices(count, xx=zx, yy=zy),
        _matrices(count, xs=-middle[0], ys=-middle[1]),
    ]
    inner = functools.reduce(np.matmul, steps[1:-1])
    full = steps[0] @ inner @ steps[-1]
    result = np.ascontiguousarray(full[:, [1, 0]][:, :, [1, 0, 2]])
    _flip(result, flips[0], 1, width)
    _flip(result, flips[1], 0, height)
    return result


def _matrices(
    count: int,
    xx: Any = 1.0,
    xy: Any = 0.0,
    xs: Any = 0.0,
    yx: Any = 0.0,
    yy: Any = 1.0,
    ys: Any = 0.0,
) -> np.ndarray:
    """Return a 3x3 matrix for each image."""
    result = np.zeros((count, 3, 3))
    result[:, 0, 0], result[:, 0, 1], result[:, 0, 2] = xx, xy, xs
    result[:, 1, 0], result[:, 1, 1], result[:, 1, 2] = yx, yy, ys
    result[:, 2, 2] = 1.0
    return result


def _flip(coefficients: np.ndarray, where: np.ndarray, axis: int, size: int) -> None:
    """Read the output's axis backwards, in place, for the images of ``where``."""
    where = where.astype(bool)
    coefficients[where, :, 2] += coefficients[where, :, axis] * (size - 1)
    coefficients[where, :, axis] *= -1.0


def warp(
    images: np.ndarray,
    coefficients: np.ndarray,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> np.ndarray:
    """Warp each image by its own six coefficients.

    Args:
        images: array of shape ``(images, height, width, channels)``.
        coefficients: array of shape ``(images, 2, 3)``, as ``affine_coefficients`` returns.
        fill_mode: what lies outside the image: ``'nearest'`` (aaaa|abcd|dddd), ``'constant'`` (kkkk|abcd|kkkk
            with k = ``cval``), ``'reflect'`` (dcba|abcd|dcba) or ``'wrap'`` (bcdabcd, where the first and the
            last pixel coincide: a period of one less than the size, as SciPy defines it).
        cval: the value outside for ``fill_mode='constant'``.
        order: of the interpolation: 0 nearest, 1 linear, 2 to 5 splines (these need SciPy).

    Returns:
        Array of the shape and dtype of ``images``; integer images are rounded.
    """
    if order > 1:
        return _warp_splines(images, coefficients, fill_mode, cval, order)
    dtype = images.dtype
    work = dtype if dtype in (np.float32, np.float64) else np.dtype(np.float32)
    images = np.ascontiguousarray(images, work)
    count, height, width, _ = images.shape
    if not images.size:
        return images.astype(dtype)
    if opencv.takes(images, fill_mode, order):
        result = opencv.warp(images, coefficients, fill_mode)
    elif count >= COMPILE_IMAGES and COMPILE_PIXELS <= count * height * width < 2**31:
        with tf.device("CPU:0"):
            result = _warp_compiled(fill_mode, order)(images, coefficients, tf.cast(cval, work)).numpy()
    else:
        result = np.empty_like(images)
        step = max(1, CHUNK // (height * width))
        for start in range(0, count, step):
            part = slice(start, start + step)
            result[part] = _warp_numpy(images[part], coefficients[part], fill_mode, cval, order)
    return _to_dtype(result, dtype)


def _to_dtype(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Cast, integers rounded and clipped to their range."""
    if np.issubdtype(dtype, np.integer) and x.dtype != dtype:
        limits = np.iinfo(dtype)
        return np.clip(np.floor(x + 0.5), limits.min, limits.max).astype(dtype)
    return x.astype(dtype, copy=False)


def _inside(at: Any, size: int, fill_mode: str, xp: Any) -> Any:
    """Map positions into ``[0, size - 1]`` as a fill mode says; ``xp`` is ``numpy`` or ``tf``."""
    last = float(size - 1)
    if fill_mode == "reflect":
        at = xp.abs(at + 0.5) % (2.0 * size)
        at = xp.minimum(at, 2.0 * size - at) - 0.5
    elif fill_mode == "wrap" and size > 1:
        low = at + last * (xp.floor(-at / last) + 1.0)
        high = at - last * xp.floor(at / last)
        at = xp.where(at < 0.0, low, xp.where(at > last, high, at))
    return xp.minimum(xp.maximum(at, 0.0), last)


def _warp_numpy(
    images: np.ndarray, coefficients: np.ndarray, fill_mode: str, cval: float, order: int
) -> np.ndarray:
    """Warp on one core: what ``_warp_compiled`` computes, for small batches."""
    count, height, width, channels = images.shape
    i, j = np.arange(height, dtype=np.float64), np.arange(width, dtype=np.float64)
    c = coefficients[:, :, :, None, None]
    # The order of the sum is SciPy's: at the very edge of the image the last bit decides.
    row = (c[:, 0, 2] + c[:, 0, 0] * i[:, None]) + c[:, 0, 1] * j
    column = (c[:, 1, 2] + c[:, 1, 0] * i[:, None]) + c[:, 1, 1] * j
    outside = None
    if fill_mode == "constant":
        outside = (row < 0) | (row > height - 1) | (column < 0) | (column > width - 1)
    row = _inside(row, height, fill_mode, np)
    column = _inside(column, width, fill_mode, np)
    flat = images.reshape(-1, channels)
    first = np.arange(count)[:, None, None] * (height * width)
    if order == 0:
        at = np.floor(row + 0.5).astype(np.intp) * width + np.floor(column + 0.5).astype(np.intp) + first
        result = flat.take(at, axis=0)
    else:
        top, left = row.astype(np.intp), column.astype(np.intp)
        down = (row - top).astype(images.dtype)[..., None]
        right = (column - left).astype(images.dtype)[..., None]
        at = top * width + left + first
        # Behind the last row or column the weight is 0; `clip` reads any pixel there (and is faster).
        upper, step = (flat.take(at + move, axis=0, mode="clip") for move in (0, 1))
        step -= upper
        step *= right
        upper += step
        lower, step = (flat.take(at + move, axis=0, mode="clip") for move in (width, width + 1))
        step -= lower
        step *= right
        lower += step
        lower -= upper
        lower *= down
        result = upper
        result += lower
    if outside is not None:
        result[outside] = cval
    return result


@functools.cache
def _warp_compiled(fill_mode: str, order: int) -> Any:
    """Return the compiled warp: one fused loop over the output, on all cores."""

    def run(images: tf.Tensor, coefficients: tf.Tensor, cval: tf.Tensor) -> tf.Tensor:
        count, height, width, channels = images.shape
        i, j = tf.range(height, dtype=tf.float64), tf.range(width, dtype=tf.float64)
        c = coefficients[:, :, :, None, None]
        row = (c[:, 0, 2] + c[:, 0, 0] * i[:, None]) + c[:, 0, 1] * j
        column = (c[:, 1, 2] + c[:, 1, 0] * i[:, None]) + c[:, 1, 1] * j
        outside = (row < 0) | (row > height - 1) | (column < 0) | (column > width - 1)
        row = _inside(row, height, fill_mode, tf)
        column = _inside(column, width, fill_mode, tf)
        flat = tf.reshape(images, (-1, channels))
        first = tf.range(count)[:, None, None] * (height * width)
        if order == 0:
            at = tf.cast(row + 0.5, tf.int32) * width + tf.cast(column + 0.5, tf.int32) + first
            result = tf.gather(flat, at)
        else:
            top, left = tf.cast(row, tf.int32), tf.cast(column, tf.int32)
            down = tf.cast(row - tf.cast(top, tf.float64), images.dtype)[..., None]
            right = tf.cast(column - tf.cast(left, tf.float64), images.dtype)[..., None]
            at = top * width + left + first
            # Behind the last row or column the weight is 0: any pixel will do there.
            corners = [tf.minimum(at + move, count * height * width - 1) for move in (0, 1, width, width + 1)]
            upper, step, lower, other = (tf.gather(flat, corner) for corner in corners)
            upper += (step - upper) * right
            lower += (other - lower) * right
            result = upper + (lower - upper) * down
        return tf.where(outside[..., None], cval, result) if fill_mode == "constant" else result

    return tf.function(run, jit_compile=True)


def _warp_splines(
    images: np.ndarray, coefficients: np.ndarray, fill_mode: str, cval: float, order: int
) -> np.ndarray:
    """Warp channel by channel with SciPy's splines."""
    try:
        from scipy import ndimage
    except ImportError as error:
        raise ImportError(
            f"interpolation_order={order} needs SciPy (pip install scipy); orders 0 and 1 don't."
        ) from error
    result = np.empty_like(images)
    for image, (rows, columns), out in zip(images, coefficients, result):
        for channel in range(images.shape[-1]):
            ndimage.affine_transform(
                image[..., channel],
                np.stack([rows[:2], columns[:2]]),
                np.array([rows[2], columns[2]]),
                output=out[..., channel],
                order=order,
                mode=fill_mode,
                cval=cval,
            )
    return result


def shift_channels(images: np.ndarray, intensity: Any) -> np.ndarray:
    """Add a number to each image, clipped to the range of values that the image had.

    Args:
        images: array of shape ``(images, height, width, channels)``.
        intensity: one number for each image.

    Returns:
        Array of the shape and dtype of ``images``.
    """
    low, high = images.min(axis=(1, 2, 3), keepdims=True), images.max(axis=(1, 2, 3), keepdims=True)
    result = images + np.reshape(intensity, (-1, 1, 1, 1)).astype(images.dtype)
    return np.clip(result, low, high, out=result)


def adjust_brightness(images: np.ndarray, factor: Any, scale: bool = False) -> np.ndarray:
    """Multiply each image, as 8-bit grey levels, by a factor: 0 is black, 1 the image itself.

    Args:
        images: array of shape ``(images, height, width, channels)``, values of 0 to 255; an image with others
            is scaled to 0 to 255 before and back after. A fourth channel (alpha) isn't changed.
        factor: one number for each image.
        scale: whether each image is scaled so that its values fill 0 to 255, and left so.

    Returns:
        Array of the shape of ``images``, whole grey levels, and of its dtype if that is floating, else
        float32.
    """
    dtype = images.dtype if np.issubdtype(images.dtype, np.floating) else np.dtype(np.float32)
    low, high = images.min(axis=(1, 2, 3)), images.max(axis=(1, 2, 3))
    foreign = (low < 0) | (high > 255)
    stretched = np.flatnonzero(foreign | scale)
    levels = images.astype(np.float32)
    if stretched.size:
        part = levels[stretched]
        part -= part.min(axis=(1, 2, 3), keepdims=True)
        top = part.max(axis=(1, 2, 3), keepdims=True)
        # Divided, then multiplied: what comes after the point is cut off next, so each rounding counts.
        part /= np.where(top == 0, np.float32(1), top)
        part *= np.float32(255)
        levels[stretched] = part
    np.trunc(levels, out=levels)
    colours = levels[..., :3] if images.shape[-1] == 4 else levels
    colours *= np.reshape(factor, (-1, 1, 1, 1)).astype(np.float32)
    np.clip(colours, 0.0, 255.0, out=colours)
    np.trunc(colours, out=colours)
    result = levels.astype(dtype, copy=False)
    if not scale:
        for image in np.flatnonzero(foreign):
            result[image] = result[image] / 255 * (high[image] - low[image]) + low[image]
    return result
