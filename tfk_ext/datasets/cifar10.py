"""CIFAR-10: colour pictures of ten kinds of things, 50,000 to train with and 10,000 to test with."""

from __future__ import annotations

import functools
import os

import tensorflow as tf

from tfk_ext.datasets import cifar, sources, streams
from tfk_ext.datasets.images import Data

CLASS_NAMES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)

_SOURCE = sources.Source(
    name="cifar10",
    what="cifar-10-python.tar.gz, the python version of CIFAR-10, University of Toronto (170 MB)",
    put="cifar-10-batches-py.tar.gz",
    read=functools.partial(
        cifar.read_batches,
        folder="cifar-10-batches-py",
        train=tuple(f"data_batch_{number}" for number in range(1, 6)),
        test="test_batch",
        key="labels",
        classes=10,
    ),
    others=(
        "cifar-10-batches-py",
        "cifar-10-batches-py-target",
        "cifar-10-batches-py-target_archive",
        "cifar-10-python.tar.gz",
    ),
    hashes=dict.fromkeys(
        ("cifar-10-batches-py.tar.gz", "cifar-10-batches-py-target_archive", "cifar-10-python.tar.gz"),
        "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    ),
    tfds="cifar10",
    url="https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    convert=functools.partial(cifar.from_tfds, key="label", classes=10),
)


def load_data(path: str | os.PathLike | None = None, download: bool = True) -> Data:
    """Return CIFAR-10 as arrays.

    Args:
        path: the archive ``cifar-10-python.tar.gz`` or the folder that it unpacks to. ``None`` looks into
            Keras's cache (``~/.keras/datasets``), and then asks tensorflow-datasets.
        download: whether tensorflow-datasets may download it.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: ``uint8`` pictures ``(50000, 32, 32, 3)``, or
        ``(50000, 3, 32, 32)`` if Keras is configured for ``channels_first``, and ``uint8`` labels
        ``(50000, 1)`` whose names are in ``CLASS_NAMES``; 10,000 of each for the test.

    Raises:
        DatasetNotFoundError: it is nowhere to be had; the message says what to do (a ``FileNotFoundError``).
        ValueError: a file is damaged.
    """
    return sources.load(_SOURCE, path, download)


def load_dataset(
    split: str = "train", path: str | os.PathLike | None = None, download: bool = True
) -> tf.data.Dataset:
    """Return one part of CIFAR-10 as a dataset of pairs: a ``uint8`` picture and a label of shape ``(1,)``.

    Args:
        split: ``"train"`` or ``"test"``.
        path, download: as of :func:`load_data`.
    """
    return streams.of_arrays(*streams.part("cifar10", load_data(path, download), split))
