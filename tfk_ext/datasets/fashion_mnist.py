"""Fashion-MNIST: pictures of ten kinds of clothes, in the form of MNIST."""

from __future__ import annotations

import os

import tensorflow as tf

from tfk_ext.datasets import images, sources, streams

CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

_SOURCE = sources.Source(
    name="fashion_mnist",
    what="the four files *-ubyte.gz of the project zalandoresearch/fashion-mnist (30 MB)",
    put="fashion-mnist",
    read=images.read_greys,
    tfds="fashion_mnist",
    url="http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-labels-idx1-ubyte.gz",
    convert=images.from_tfds,
)


def load_data(path: str | os.PathLike | None = None, download: bool = True) -> images.Data:
    """Return Fashion-MNIST as arrays.

    Args:
        path: a folder with the four ``*-ubyte.gz`` files, or an ``.npz`` file as MNIST's. ``None`` looks into
            Keras's cache (``~/.keras/datasets/fashion-mnist``), and then asks tensorflow-datasets (whose
            order differs).
        download: whether tensorflow-datasets may download it.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: ``uint8`` pictures ``(60000, 28, 28)`` with values from 0 to
        255, and ``uint8`` labels ``(60000,)`` whose names are in ``CLASS_NAMES``; 10,000 of each for the
        test.

    Raises:
        DatasetNotFoundError: it is nowhere to be had; the message says what to do (a ``FileNotFoundError``).
        ValueError: a file is damaged.
    """
    return sources.load(_SOURCE, path, download)


def load_dataset(
    split: str = "train", path: str | os.PathLike | None = None, download: bool = True
) -> tf.data.Dataset:
    """Return one part of Fashion-MNIST as a dataset of pairs: a ``uint8`` picture ``(28, 28)`` and a label.

    Args:
        split: ``"train"`` or ``"test"``.
        path, download: as of :func:`load_data`.
    """
    return streams.of_arrays(*streams.part("fashion_mnist", load_data(path, download), split))
