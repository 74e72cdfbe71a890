"""Pictures and arrays: load_img, img_to_array, array_to_img, save_img, smart_resize."""

from __future__ import annotations

import io
import os
import pathlib
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.compat.spellings.calls import accept_old_spellings

COLOR_MODES = {"grayscale": 1, "rgb": 3, "rgba": 4}
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
# Modes in which Pillow keeps one grey value a pixel: left alone by color_mode='grayscale'.
GREY_MODES = ("L", "I;16", "I")


def pillow(owner: str) -> Any:
    """Import Pillow's ``Image`` module, or say how to get it."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(f"{owner} needs Pillow: pip install 'tfk_ext[image]'") from error
    return Image


def load_img(
    path: Any,
    grayscale: bool = False,
    color_mode: str = "rgb",
    target_size: Sequence[int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """Load an image file as a Pillow image.

    Args:
        path: path of the file, or a binary file object.
        grayscale: the old spelling of ``color_mode='grayscale'``.
        color_mode: ``'grayscale'``, ``'rgb'`` or ``'rgba'``: what the image is converted to. 16-bit and
            32-bit grey images keep their depth.
        target_size: height and width to resize to; ``None`` keeps the size.
        interpolation: how to resize: ``'nearest'``, ``'bilinear'``, ``'bicubic'``, ``'hamming'``, ``'box'``
            or ``'lanczos'``.
        keep_aspect_ratio: whether the largest centred part of the target's proportions is cut out before
            resizing, so that nothing is distorted.

    Returns:
        A ``PIL.Image.Image``.

    Raises:
        ImportError: Pillow isn't installed.
        ValueError: an argument is none of those accepted, or the file holds no image that can be read.
        FileNotFoundError: there is no such file.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> save = tfk_ext.preprocessing.image.save_img(file, np.zeros((4, 6, 3)), file_format="png")
        >>> tfk_ext.preprocessing.image.load_img(file, target_size=(2, 3)).size
        (3, 2)

    Source: the classic ``keras.preprocessing.image``.
    """
    if not isinstance(path, (str, bytes, os.PathLike)) and not hasattr(path, "read"):
        raise TypeError(f"load_img: path must be a path or a binary file object, got {path!r}.")
    color_mode = checks.one_of(
        "load_img", "color_mode", "grayscale" if grayscale else color_mode, COLOR_MODES
    )
    interpolation = checks.one_of("load_img", "interpolation", interpolation, INTERPOLATIONS)
    size = None if target_size is None else checks.spatial("load_img", "target_size", target_size, 2)
    library = pillow("load_img")
    if hasattr(path, "read"):
        data, name = path, getattr(path, "name", "the file object")
        data.seek(0)
    else:
        name = os.fsdecode(path)
        # Read whole: the file is closed at once, whatever becomes of the image.
        data = io.BytesIO(pathlib.Path(name).read_bytes())
    try:
        image = library.open(data)
        if color_mode != "grayscale" or image.mode not in GREY_MODES:
            image = image.convert({"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}[color_mode])
        image.load()
    except (OSError, SyntaxError, ValueError, EOFError, library.DecompressionBombError) as error:
        # Pillow names the buffer, not the file.
        reason = str(error).replace(repr(data), "its content")
        raise ValueError(f"load_img: {name} holds no image that can be read: {reason}") from error
    if size is None or image.size == size[::-1]:
        return image
    box = _centred_box(image.size, size[::-1]) if keep_aspect_ratio else None
    return image.resize(size[::-1], getattr(library.Resampling, interpolation.upper()), box=box)


def _centred_box(size: tuple[int, ...], target: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return the largest centred box (left, top, right, bottom) with the target's proportions."""
    width = max(min(size[0], size[1] * target[0] // target[1]), 1)
    height = max(min(size[1], size[0] * target[1] // target[0]), 1)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return left, top, left + width, top + height


@accept_old_spellings
def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """Convert a Pillow image to an array of three axes.

    Args:
        img: a Pillow image, or an array of shape ``(height, width)`` or ``(height, width, channels)``.
        data_format: ``'channels_last'`` or ``'channels_first'``; ``None`` takes that of the Keras
            configuration.
        dtype: of the array; ``None`` takes Keras's ``floatx``.

    Returns:
        A new array of shape ``(height, width, channels)`` or ``(channels, height, width)``.

    Raises:
        ValueError: the image has neither two nor three axes, or the data format isn't known.

    Example:
        >>> tfk_ext.preprocessing.image.img_to_array([[0, 255]]).tolist()
        [[[0.0], [255.0]]]

    Source: the classic ``keras.preprocessing.image``.
    """
    data_format = checks.data_format("img_to_array", data_format)
    array = np.array(img, dtype=dtype or tf.keras.config.floatx())
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3:
        checks.fail("img_to_array", f"an image has two or three axes, got shape {array.shape}.")
    return array.transpose(2, 0, 1) if data_format == "channels_first" else array


@accept_old_spellings
def array_to_img(x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None) -> Any:
    """Convert an array of three axes to a Pillow image.

    Args:
        x: array of shape ``(height, width, channels)`` or ``(channels, height, width)`` with 1, 3 or 4
            channels.
        data_format: ``'channels_last'`` or ``'channels_first'``; ``None`` takes that of the Keras
            configuration.
        scale: whether the values are scaled so that they fill 0 to 255; ``False`` takes them as grey levels.
        dtype: to compute in; ``None`` takes Keras's ``floatx``.

    Returns:
        A ``PIL.Image.Image``. One channel with values above 255 makes a 32-bit image, else there are 8 bits.

    Raises:
        ImportError: Pillow isn't installed.
        ValueError: the array has other axes, or another number of channels.

    Example:
        >>> tfk_ext.preprocessing.image.array_to_img(np.zeros((4, 6, 3))).size
        (6, 4)

    Source: the classic ``keras.preprocessing.image``.
    """
    data_format = checks.data_format("array_to_img", data_format)
    array = np.array(x, dtype=dtype or tf.keras.config.floatx())
    if array.ndim != 3:
        checks.fail("array_to_img", f"x must have three axes (a single image), got shape {array.shape}.")
    if data_format == "channels_first":
        array = array.transpose(1, 2, 0)
    if array.shape[-1] not in (1, 3, 4):
        checks.fail(
            "array_to_img", f"x must have 1, 3 or 4 channels ({data_format}), got shape {np.shape(x)}."
        )
    if not array.size:
        checks.fail("array_to_img", f"x has no pixels, got shape {np.shape(x)}.")
    library = pillow("array_to_img")
    if scale:
        array = array - array.min()
        top = array.max()
        if top != 0:
            array /= top
        array *= 255
    deep = array.shape[-1] == 1 and array.max() > 255
    array = array.astype(np.int32 if deep else np.uint8)
    return library.fromarray(array[..., 0] if array.shape[-1] == 1 else array)


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Save an array of three axes as an image file.

    Args:
        path: path or file object to write.
        x: array of shape ``(height, width, channels)`` or ``(channels, height, width)`` with 1, 3 or 4
            channels.
        data_format: ``'channels_last'`` or ``'channels_first'``; ``None`` takes that of the Keras
            configuration.
        file_format: such as ``'png'`` or ``'jpeg'``; ``None`` takes it from the name.
        scale: whether the values are scaled so that they fill 0 to 255.
        **kwargs: passed on to Pillow's ``save``.

    Raises:
        ImportError: Pillow isn't installed.
        ValueError: the array is no image, or the format isn't known.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> tfk_ext.preprocessing.image.save_img(file, np.zeros((4, 6, 3)), file_format="png")
        >>> file.getvalue()[1:4]
        b'PNG'

    Source: the classic ``keras.preprocessing.image``.
    """
    if file_format is None and isinstance(path, (str, os.PathLike)):
        file_format = pathlib.Path(path).suffix[1:].lower()
    if file_format and file_format.lower() == "jpg":
        file_format = "jpeg"
    image = array_to_img(x, data_format=data_format, scale=scale)
    if image.mode == "RGBA" and file_format and file_format.lower() == "jpeg":
        warnings.warn("save_img: JPEG has no alpha channel; it is left out.", stacklevel=2)
        image = image.convert("RGB")
    try:
        image.save(path, format=file_format or None, **kwargs)
    except (KeyError, ValueError) as error:
        raise ValueError(f"save_img: {path} can't be written as {file_format!r}: {error}") from error


def smart_resize(
    x: Any, size: Sequence[int], interpolation: str = "bilinear", data_format: str = "channels_last"
) -> Any:
    """Resize without distortion: cut out the largest centred part of the target's proportions, then resize.

    Args:
        x: array or tensor of an image, or a batch of them.
        size: height and width wanted.
        interpolation: a method of ``tf.image.resize``.
        data_format: ``'channels_last'`` or ``'channels_first'``.

    Returns:
        float32 (for ``'nearest'`` the input's dtype) with the height and width of ``size``: an array for an
        array, else a tensor.

    Raises:
        ValueError: the input has neither three nor four axes, or an argument isn't accepted.

    Example:
        >>> tfk_ext.preprocessing.image.smart_resize(np.zeros((340, 500, 3)), (200, 200)).shape
        (200, 200, 3)

    Source: the classic ``keras.preprocessing.image``.
    """
    height, width = checks.spatial("smart_resize", "size", size, 2)
    data_format = checks.data_format("smart_resize", data_format)
    image = tf.convert_to_tensor(x)
    if image.shape.rank not in (3, 4):
        checks.fail("smart_resize", f"x must have three or four axes, got shape {image.shape}.")
    channels_first = data_format == "channels_first"
    if channels_first:
        image = tf.transpose(image, (1, 2, 0) if image.shape.rank == 3 else (0, 2, 3, 1))
    shape = tf.shape(image)
    rows, columns = shape[-3], shape[-2]
    cut_rows = tf.maximum(tf.minimum(rows, tf.cast(columns * height / width, tf.int32)), 1)
    cut_columns = tf.maximum(tf.minimum(columns, tf.cast(rows * width / height, tf.int32)), 1)
    top, left = (rows - cut_rows) // 2, (columns - cut_columns) // 2
    image = image[..., top : top + cut_rows, left : left + cut_columns, :]
    image = tf.image.resize(image, (height, width), method=interpolation)
    if channels_first:
        image = tf.transpose(image, (2, 0, 1) if image.shape.rank == 3 else (0, 3, 1, 2))
    return image.numpy() if isinstance(x, np.ndarray) else image
