"""The linear warp of images by OpenCV: used where it is installed and exact, never needed."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

CHANNELS = (1, 3, 4)
SIZE = 2**15  # its positions within an image are 16-bit integers


@functools.cache
def exact() -> Any:
    """Return the module ``cv2`` if it is there and interpolates exactly, else ``None``.

    Before version 5 OpenCV rounds positions to 1/32 of a pixel, which is up to 4 grey levels: not used.
    """
    try:
        import cv2
    except ImportError:
        return None
    ramp = np.tile(np.arange(64, dtype=np.float32) * 100, (16, 1))
    shift = np.array([[1, 0, 0.01], [0, 1, 0]])
    for channels in CHANNELS:
        image = np.ascontiguousarray(np.repeat(ramp[..., None], channels, -1))
        try:
            _warp_one(cv2, image, shift, out := np.empty_like(image), cv2.BORDER_REPLICATE)
        except cv2.error:
            return None
        if np.abs(out - np.minimum(image + 1, 6300)).max() > 0.1:
            return None
    return cv2


def takes(images: np.ndarray, fill_mode: str, order: int) -> bool:
    """Tell whether :func:`warp` can do this, and exactly.

    OpenCV's ``wrap`` has another period than SciPy's, its ``constant`` blends the border with what is outside
    (to mend that costs what is gained).
    """
    count, height, width, channels = images.shape
    return (
        order == 1
        and fill_mode in ("nearest", "reflect")
        and images.dtype == np.float32
        and channels in CHANNELS
        and max(height, width) < SIZE
        and exact() is not None
    )


def warp(images: np.ndarray, coefficients: np.ndarray, fill_mode: str) -> np.ndarray:
    """Warp each image by its own six coefficients, as ``tfk_ext.ops.image.warp`` does.

    Args:
        images: contiguous array ``(images, height, width, channels)`` that ``takes`` accepts.
        coefficients: array of shape ``(images, 2, 3)``.
        fill_mode: ``'nearest'`` or ``'reflect'``.

    Returns:
        A new array of the shape of ``images``.
    """
    cv2 = exact()
    border = cv2.BORDER_REFLECT if fill_mode == "reflect" else cv2.BORDER_REPLICATE
    result = np.empty_like(images)
    # OpenCV has columns before rows.
    for image, matrix, out in zip(images, coefficients[:, ::-1, [1, 0, 2]], result):
        _warp_one(cv2, image, matrix, out, border)
    return result


def _warp_one(cv2: Any, image: np.ndarray, matrix: np.ndarray, out: np.ndarray, border: int) -> None:
    height, width, channels = image.shape
    if channels == 1:  # OpenCV drops that axis
        image, out = image[..., 0], out[..., 0]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cv2.warpAffine(image, matrix, (width, height), dst=out, flags=flags, borderMode=border)
