"""What CIFAR-10 and CIFAR-100 share: pictures of 32 by 32 pixels in three colours."""

from __future__ import annotations

import pathlib

import numpy as np
import tensorflow as tf

from tfk_ext.datasets.files import DamagedFileError, read_arrays_pickle, read_tar
from tfk_ext.datasets.images import Data, checked_labels
from tfk_ext.datasets.sources import Parts

SIZE = 32


def read_batches(
    path: pathlib.Path, folder: str, train: tuple[str, ...], test: str, key: str, classes: int
) -> Data:
    """Read the pickled batches, from the ``.tar.gz`` archive or the folder that it unpacks to.

    Args:
        path: archive or folder.
        folder: the folder's name inside of the archive.
        train, test: names of the files.
        key: name of the labels.
        classes: number of classes.
    """
    if path.is_dir():
        # Keras unpacks into a folder with the archive's folder in it.
        inner = path / folder if (path / folder).is_dir() else path
        missing = [name for name in (*train, test) if not (inner / name).is_file()]
        if missing:
            raise DamagedFileError(f"{inner} lacks {missing[0]}.")
        content = {name: (inner / name).read_bytes() for name in (*train, test)}
    else:
        found = read_tar(path, [f"{folder}/{name}" for name in (*train, test)])
        content = {name.split("/")[-1]: data for name, data in found.items()}
    parts = {name: _batch(f"{path}: {name}", content[name], key, classes) for name in (*train, test)}
    x_train = np.concatenate([parts[name][0] for name in train])
    y_train = np.concatenate([parts[name][1] for name in train])
    return _arranged(x_train, y_train), _arranged(*parts[test])


def _batch(what: str, data: bytes, key: str, classes: int) -> tuple[np.ndarray, np.ndarray]:
    batch = read_arrays_pickle(what, data)
    x, labels = batch.get("data"), batch.get(key)
    if not isinstance(x, np.ndarray) or x.dtype != np.uint8 or x.ndim != 2 or x.shape[1] != 3 * SIZE * SIZE:
        raise DamagedFileError(f"{what} lacks pictures of 3 x 32 x 32 bytes.")
    if not isinstance(labels, list) or not all(type(label) is int for label in labels):
        raise DamagedFileError(f"{what} lacks the labels {key!r}.")
    y = checked_labels(what, "list of", np.array(labels, np.int64), len(x), classes)
    return x.reshape(-1, 3, SIZE, SIZE), y


def from_tfds(parts: Parts, key: str, classes: int) -> Data:
    """Return the same from tensorflow-datasets, in the order of the original files, which its ids tell."""
    result = []
    for split in ("train", "test"):
        x, y = parts[split]["image"], parts[split][key]
        if x.shape[1:] != (SIZE, SIZE, 3) or x.dtype != np.uint8:
            raise DamagedFileError(f"tensorflow-datasets: the {split} pictures have shape {x.shape}.")
        y = checked_labels("tensorflow-datasets", split, y, len(x), classes)
        order = np.argsort(parts[split]["id"], kind="stable") if "id" in parts[split] else slice(None)
        result.append(_arranged(x[order].transpose(0, 3, 1, 2), y[order]))
    train, test = result
    return train, test


def _arranged(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return pictures in the data format of the Keras configuration, and labels of shape ``(n, 1)``."""
    if tf.keras.config.image_data_format() == "channels_last":
        x = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    return x, y.astype(np.uint8)[:, None]
