"""CIFAR-100: colour pictures of 100 kinds of things in 20 groups, 50,000 to train and 10,000 to test."""

from __future__ import annotations

import functools
import os

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.datasets import cifar, sources, streams
from tfk_ext.datasets.images import Data

_CLASSES = {"fine": 100, "coarse": 20}


def _source(label_mode: str) -> sources.Source[Data]:
    classes = _CLASSES[label_mode]
    return sources.Source(
        name="cifar100",
        what="cifar-100-python.tar.gz, the python version of CIFAR-100, University of Toronto (161 MB)",
        put="cifar-100-python.tar.gz",
        read=functools.partial(
            cifar.read_batches,
            folder="cifar-100-python",
            train=("train",),
            test="test",
            key=f"{label_mode}_labels",
            classes=classes,
        ),
        others=("cifar-100-python", "cifar-100-python-target", "cifar-100-python-target_archive"),
        hashes=dict.fromkeys(
            ("cifar-100-python.tar.gz", "cifar-100-python-target_archive"),
            "sha256:85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
        ),
        tfds="cifar100",
        url="https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
        convert=functools.partial(
            cifar.from_tfds, key="label" if label_mode == "fine" else "coarse_label", classes=classes
        ),
    )


def load_data(label_mode: str = "fine", path: str | os.PathLike | None = None, download: bool = True) -> Data:
    """Return CIFAR-100 as arrays.

    Args:
        label_mode: ``"fine"`` (100 classes) or ``"coarse"`` (20 groups of them).
        path: the archive ``cifar-100-python.tar.gz`` or the folder that it unpacks to. ``None`` looks into
            Keras's cache (``~/.keras/datasets``), and then asks tensorflow-datasets.
        download: whether tensorflow-datasets may download it.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: ``uint8`` pictures ``(50000, 32, 32, 3)``, or
        ``(50000, 3, 32, 32)`` if Keras is configured for ``channels_first``, and ``uint8`` labels
        ``(50000, 1)``; 10,000 of each for the test.

    Raises:
        DatasetNotFoundError: it is nowhere to be had; the message says what to do (a ``FileNotFoundError``).
        ValueError: ``label_mode`` is unknown, or a file is damaged.
    """
    label_mode = checks.one_of("cifar100.load_data", "label_mode", label_mode, tuple(_CLASSES))
    return sources.load(_source(label_mode), path, download)


def load_dataset(
    split: str = "train",
    label_mode: str = "fine",
    path: str | os.PathLike | None = None,
    download: bool = True,
) -> tf.data.Dataset:
    """Return one part of CIFAR-100 as a dataset of pairs: a ``uint8`` picture and a label of shape ``(1,)``.

    Args:
        split: ``"train"`` or ``"test"``.
        label_mode, path, download: as of :func:`load_data`.
    """
    return streams.of_arrays(*streams.part("cifar100", load_data(label_mode, path, download), split))
