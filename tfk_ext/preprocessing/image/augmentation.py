"""What an ImageDataGenerator does to a batch: draw the parameters, transform, standardize.

The parameters of a batch are drawn from the same NumPy generator in the same order as the classic code draws
them image by image, so that a seed means the same augmentation. The images of a batch are then transformed
together.
"""

from __future__ import annotations

import itertools
import math
import numbers
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tfk_ext import checks
from tfk_ext.ops import image as ops

if TYPE_CHECKING:
    from tfk_ext.preprocessing.image.generator import ImageDataGenerator

Parameters = dict[str, Any]

AFFINE = {"theta": 0.0, "tx": 0.0, "ty": 0.0, "shear": 0.0, "zx": 1.0, "zy": 1.0}
FLIPS = ("flip_horizontal", "flip_vertical")
# Values of the images that are processed at a time.
CHUNK = 2**17


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral)


def _draw(
    generator: ImageDataGenerator,
    image_shape: tuple[int, ...],
    uniform: Callable[[float, float], Any],
    choice: Callable[[Any], Any],
) -> Parameters:
    """Draw in the classic order; ``uniform`` and ``choice`` give one value, or one for each image."""
    g = generator
    theta = uniform(-g.rotation_range, g.rotation_range) if g.rotation_range else 0.0

    def shift(limit: Any, size: int) -> Any:
        if np.size(limit) == 0 or (np.ndim(limit) == 0 and not limit):
            return 0.0
        if _is_number(limit):
            value = uniform(-limit, limit)
        else:
            value = choice(limit) * choice([-1, 1])
        return value * size if np.max(np.abs(limit)) < 1 else value

    tx = shift(g.height_shift_range, image_shape[g.row_axis - 1])
    ty = shift(g.width_shift_range, image_shape[g.col_axis - 1])
    shear = uniform(-g.shear_range, g.shear_range) if g.shear_range else 0.0
    low, high = g.zoom_range
    zx, zy = (1.0, 1.0) if low == 1 and high == 1 else (uniform(low, high), uniform(low, high))
    # Both are drawn whether they are wanted or not.
    flip_horizontal = (uniform(0.0, 1.0) < 0.5) & bool(g.horizontal_flip)
    flip_vertical = (uniform(0.0, 1.0) < 0.5) & bool(g.vertical_flip)
    limit = g.channel_shift_range
    return {
        "theta": theta,
        "tx": tx,
        "ty": ty,
        "shear": shear,
        "zx": zx,
        "zy": zy,
        "flip_horizontal": flip_horizontal,
        "flip_vertical": flip_vertical,
        "channel_shift_intensity": uniform(-limit, limit) if limit else None,
        "brightness": None if g.brightness_range is None else uniform(*g.brightness_range),
    }


def draw_one(generator: ImageDataGenerator, image_shape: tuple[int, ...], rng: Any = np.random) -> Parameters:
    """Draw the parameters of one image from a NumPy generator (``np.random`` or a ``RandomState``)."""
    return _draw(generator, image_shape, rng.uniform, rng.choice)


def draw(
    generator: ImageDataGenerator, count: int, image_shape: tuple[int, ...], rng: Any = np.random
) -> Parameters:
    """Draw the parameters of ``count`` images: a dictionary of arrays (``None`` for what isn't done)."""
    shifts = (generator.height_shift_range, generator.width_shift_range)
    if not all(_is_number(s) or (np.ndim(s) == 0 and not s) for s in shifts):
        # A choice consumes the generator by another measure: one image after the other.
        each = [draw_one(generator, image_shape, rng) for _ in range(count)]
        return {k: None if v is None else np.array([d[k] for d in each]) for k, v in each[0].items()}
    # One uniform number is one double of the stream, so those of all images can be drawn at once. A trial
    # run says how many of them an image takes.
    needed = 0

    def trial(low: float, high: float) -> float:
        nonlocal needed
        needed += 1
        return low

    _draw(generator, image_shape, trial, np.max)
    columns = iter(rng.random_sample((count, needed)).T)
    drawn = _draw(generator, image_shape, lambda low, high: low + (high - low) * next(columns), np.max)
    return {k: v if v is None or np.ndim(v) else np.full(count, v) for k, v in drawn.items()}


def batch_of_one(parameters: Parameters) -> Parameters:
    """Return the parameters of a single image, which may lack some, as those of a batch."""
    defaults = {**AFFINE, **dict.fromkeys(FLIPS, False), "channel_shift_intensity": None, "brightness": None}
    given = {name: parameters.get(name, default) for name, default in defaults.items()}
    return {name: None if value is None else np.array([value]) for name, value in given.items()}


def take(drawn: Any, keep: np.ndarray) -> Any:
    """Return the parameters of the images at the positions ``keep``."""
    if isinstance(drawn, list):
        return [drawn[i] for i in keep]
    return {name: None if value is None else value[keep] for name, value in drawn.items()}


def transform(generator: ImageDataGenerator, batch: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Warp, flip and colour a batch, each image by its own parameters; the batch may be changed."""
    return _colours(generator, _geometry(generator, batch, parameters), parameters)


def process(generator: ImageDataGenerator, batch: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Transform and standardize a batch; the batch may be changed."""
    return _finish(generator, _geometry(generator, batch, parameters), parameters)


def process_chosen(
    generator: ImageDataGenerator, x: np.ndarray, places: np.ndarray, dtype: Any, parameters: Parameters
) -> np.ndarray:
    """Transform and standardize the images at some places of an array, which stays as it is.

    Large images that are only flipped are copied once, straight to where they belong. (A call for each of
    them takes too long for small ones.)
    """
    if _in_cache(x.shape[1:]) > 1 or _warps(parameters):
        return process(generator, x[places].astype(dtype, copy=False), parameters)
    batch = np.empty((len(places), *x.shape[1:]), dtype)
    flips = zip(*(np.asarray(parameters[name], bool) for name in FLIPS))
    moves = zip(batch, places, flips)

    def fill(part: np.ndarray) -> None:
        for image, place, (horizontal, vertical) in itertools.islice(moves, len(part)):
            _flip(generator, x[place], horizontal, vertical, image)

    return _finish(generator, batch, parameters, fill)


def _finish(
    generator: ImageDataGenerator,
    batch: np.ndarray,
    parameters: Parameters,
    fill: Callable[[np.ndarray], None] | None = None,
) -> np.ndarray:
    """Colour and standardize a batch in place.

    What goes over all values, ``fill`` first, is done for a few images at a time, while they are in the
    processor's cache.
    """
    step = _in_cache(batch.shape[1:])
    for start in range(0, len(batch), step):
        places = np.arange(start, min(start + step, len(batch)))
        part = batch[start : start + step]
        if fill is not None:
            fill(part)
        done = standardize(generator, _colours(generator, part, take(parameters, places)))
        if done is not part:
            batch[start : start + step] = done
    return batch


def _in_cache(image_shape: tuple[int, ...]) -> int:
    """Return how many images are processed at a time."""
    return max(1, CHUNK // max(1, math.prod(image_shape)))


def _warps(parameters: Parameters) -> bool:
    return any((np.asarray(parameters[name]) != plain).any() for name, plain in AFFINE.items())


def _geometry(generator: ImageDataGenerator, batch: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Warp, or only flip, each image; the batch may be changed."""
    first = generator.data_format == "channels_first"
    images = np.moveaxis(batch, 1, -1) if first else batch
    flips = {name: np.asarray(parameters[name], bool) for name in FLIPS}
    if _warps(parameters):
        affine = {name: parameters[name] for name in AFFINE}
        coefficients = ops.affine_coefficients(images.shape[1:3], **affine, **flips)
        images = ops.warp(
            images, coefficients, generator.fill_mode, generator.cval, generator.interpolation_order
        )
        return np.ascontiguousarray(np.moveaxis(images, -1, 1)) if first else images
    for name, axis in zip(FLIPS, (generator.col_axis - 1, generator.row_axis - 1)):
        back = np.arange(batch.shape[1 + axis])[::-1]
        for place in np.flatnonzero(flips[name]):
            batch[place] = batch[place].take(back, axis)  # 3 times faster than np.flip
    return batch


def _flip(
    generator: ImageDataGenerator, image: np.ndarray, horizontal: bool, vertical: bool, result: np.ndarray
) -> None:
    """Write an image, flipped or as it is, to ``result``."""
    for flipped, axis in ((horizontal, generator.col_axis - 1), (vertical, generator.row_axis - 1)):
        if flipped:
            image = np.flip(image, axis)
    if horizontal and generator.channel_axis == 3 and image.shape[-1] <= 4:
        # Channel by channel the inner loop runs over a row: 4 times faster.
        image, result = np.moveaxis(image, -1, 0), np.moveaxis(result, -1, 0)
        for channel, target in zip(image, result):
            target[...] = channel
    else:
        result[...] = image


def _colours(generator: ImageDataGenerator, batch: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Shift the channels and change the brightness of each image."""
    shift, brightness = parameters["channel_shift_intensity"], parameters["brightness"]
    if shift is None and brightness is None:
        return batch
    first = generator.data_format == "channels_first"
    images = np.moveaxis(batch, 1, -1) if first else batch
    if shift is not None:
        images = ops.shift_channels(_floating(images), shift)
    if brightness is not None:
        images = ops.adjust_brightness(images, brightness)
    return np.moveaxis(images, -1, 1) if first else images


def _floating(x: np.ndarray) -> np.ndarray:
    return x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float32)


def standardize(generator: ImageDataGenerator, batch: np.ndarray) -> np.ndarray:
    """Apply the function, the scaling and the normalization to a batch, in place where that can be."""
    g = generator
    if g.preprocessing_function:
        batch = _each(g.preprocessing_function, batch)
    if g.rescale:
        batch = _floating(batch)
        batch *= g.rescale
    if g.samplewise_center:
        batch = _floating(batch)
        batch -= batch.mean(axis=(1, 2, 3), keepdims=True)
    if g.samplewise_std_normalization:
        batch = _floating(batch)
        batch /= batch.std(axis=(1, 2, 3), keepdims=True) + 1e-6
    if g.featurewise_center and _fitted("featurewise_center", g.mean):
        batch = _floating(batch)
        batch -= np.asarray(g.mean, batch.dtype)
    if g.featurewise_std_normalization and _fitted("featurewise_std_normalization", g.std):
        batch = _floating(batch)
        batch /= np.asarray(g.std, batch.dtype) + 1e-6
    if g.zca_whitening and _fitted("zca_whitening", g.zca_whitening_matrix):
        flat = _floating(batch).reshape(len(batch), -1)
        size = np.shape(g.zca_whitening_matrix)[0]
        if flat.shape[1] != size:
            checks.fail(
                g,
                f"zca_whitening was fitted to images of {size} values, got shape {batch.shape[1:]}.",
            )
        batch = (flat @ np.asarray(g.zca_whitening_matrix, flat.dtype)).reshape(batch.shape)
    return batch


def whitening(x: np.ndarray, epsilon: float) -> np.ndarray:
    """Return ``U diag(sqrt(n) / (s + epsilon)) U'``: it whitens the ``n`` rows of ``x``, whose mean is 0.

    ``s`` are the singular values of the transposed ``x``, ``U`` its left singular vectors.
    """
    count, size = x.shape
    if count > size:
        # Through the products of the columns, in double precision: no less exact than single precision's
        # decomposition of the whole, and faster.
        gram = sum((part.T @ part for part in _doubles(x)), np.zeros((size, size)))
        values, vectors = np.linalg.eigh(gram)
        values = np.sqrt(np.maximum(values, 0.0))
    else:
        vectors, values, _ = np.linalg.svd(x.T, full_matrices=False)
    scaled = vectors * (np.sqrt(count) / (values + epsilon))
    return (scaled @ vectors.T).astype(x.dtype)


def _doubles(x: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the rows in double precision, some at a time."""
    for start in range(0, len(x), 1024):
        yield x[start : start + 1024].astype(np.float64)


def _fitted(option: str, value: Any) -> bool:
    """Tell whether ``fit`` was called; warn if it wasn't."""
    if value is None:
        warnings.warn(
            f"ImageDataGenerator: {option} is set, but fit hasn't been called: images are not normalized. "
            "Call fit(x) on some of the data first.",
            stacklevel=3,
        )
    return value is not None


def _each(function: Callable[[np.ndarray], Any], batch: np.ndarray) -> np.ndarray:
    """Apply the user's function image by image."""
    results = []
    for image in batch:
        result = np.asarray(function(image))
        if result.shape != image.shape:
            raise ValueError(
                "ImageDataGenerator: preprocessing_function must return an image of the shape that it "
                f"was given, {image.shape}, got {result.shape}."
            )
        results.append(result)
    return np.stack(results).astype(batch.dtype, copy=False) if results else batch
