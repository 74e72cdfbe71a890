"""What MNIST and Fashion-MNIST share: pictures of 28 by 28 grey pixels."""

from __future__ import annotations

import pathlib

import numpy as np

from tfk_ext.datasets.files import DamagedFileError, read_idx, read_npz
from tfk_ext.datasets.sources import Parts

Data = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

SIZE = 28
CLASSES = 10


def read_greys(path: pathlib.Path) -> Data:
    """Read pictures and labels: an ``.npz`` file with four arrays, or a folder with the four idx files."""
    if path.is_dir():
        x_train, y_train, x_test, y_test = (
            read_idx(_idx(path, f"{name}-idx{rank}-ubyte"), rank)
            for name, rank in (
                ("train-images", 3),
                ("train-labels", 1),
                ("t10k-images", 3),
                ("t10k-labels", 1),
            )
        )
    else:
        arrays = read_npz(path, ("x_train", "y_train", "x_test", "y_test"))
        x_train, y_train, x_test, y_test = arrays.values()
    return _checked(path, "train", x_train, y_train), _checked(path, "test", x_test, y_test)


def from_tfds(parts: Parts) -> Data:
    """Return the same from tensorflow-datasets; the order of the pictures is its own."""
    train, test = (
        _checked("tensorflow-datasets", split, parts[split]["image"][..., 0], parts[split]["label"])
        for split in ("train", "test")
    )
    return train, test


def _idx(folder: pathlib.Path, name: str) -> pathlib.Path:
    for file in (folder / f"{name}.gz", folder / name):
        if file.is_file():
            return file
    raise DamagedFileError(f"{folder} lacks {name}.gz.")


def _checked(path: object, split: str, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if x.shape[1:] != (SIZE, SIZE) or x.dtype != np.uint8:
        raise DamagedFileError(
            f"{path}: the {split} pictures are {x.dtype} of shape {x.shape}, not 28 x 28 bytes."
        )
    return x, checked_labels(path, split, y, len(x), CLASSES).astype(np.uint8)


def checked_labels(path: object, split: str, y: np.ndarray, count: int, classes: int) -> np.ndarray:
    """Return labels if there is one for each picture, from 0 to ``classes - 1``."""
    if y.shape != (count,) or y.dtype.kind not in "iu":
        raise DamagedFileError(
            f"{path}: the {split} labels are {y.dtype} of shape {y.shape}, not {count} integers."
        )
    if count and not 0 <= y.min() <= y.max() < classes:
        raise DamagedFileError(f"{path}: the {split} labels run from {y.min()} to {y.max()}.")
    return y
