"""MNIST: handwritten digits, 60,000 to train with and 10,000 to test with."""

from __future__ import annotations

import os

import tensorflow as tf

from tfk_ext.datasets import images, sources, streams

_SOURCE = sources.Source(
    name="mnist",
    what="mnist.npz as the Keras project publishes it (its tf-keras-datasets, 11 MB)",
    put="mnist.npz",
    read=images.read_greys,
    hashes={"mnist.npz": "sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"},
    tfds="mnist",
    url="https://storage.googleapis.com/cvdf-datasets/mnist/train-labels-idx1-ubyte.gz",
    convert=images.from_tfds,
)


def load_data(path: str | os.PathLike = "mnist.npz", download: bool = True) -> images.Data:
    """Return MNIST as arrays.

    Args:
        path: ``mnist.npz``, relative to Keras's cache (``~/.keras/datasets``) or any path; or a folder with
            the four idx files. The default looks into the cache, and then asks tensorflow-datasets (whose
            order differs).
        download: whether tensorflow-datasets may download it.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: ``uint8`` pictures ``(60000, 28, 28)`` with values from 0 to
        255, and ``uint8`` digits ``(60000,)``; 10,000 of each for the test.

    Raises:
        DatasetNotFoundError: it is nowhere to be had; the message says what to do (a ``FileNotFoundError``).
        ValueError: the file is damaged.
    """
    return sources.load(_SOURCE, path, download)


def load_dataset(
    split: str = "train", path: str | os.PathLike = "mnist.npz", download: bool = True
) -> tf.data.Dataset:
    """Return one part of MNIST as a dataset of pairs: a ``uint8`` picture ``(28, 28)`` and a ``uint8`` digit.

    Args:
        split: ``"train"`` or ``"test"``.
        path, download: as of :func:`load_data`.
    """
    return streams.of_arrays(*streams.part("mnist", load_data(path, download), split))
