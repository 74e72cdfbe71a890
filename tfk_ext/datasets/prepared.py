"""Data sets of tensorflow-datasets: those prepared on this machine, else downloaded."""

from __future__ import annotations

import os
import pathlib
from typing import Any

import numpy as np

from tfk_ext.datasets import network


class UnavailableError(RuntimeError):
    """tensorflow-datasets has not got it, and can't fetch it."""


def root() -> pathlib.Path:
    """Return the folder where tensorflow-datasets keeps what it has prepared."""
    return pathlib.Path(os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets").expanduser()


def folder(name: str) -> pathlib.Path | None:
    """Return the folder of the newest prepared version of a data set, or ``None``.

    Args:
        name: its name, with the configuration if it has several: ``"imdb_reviews/plain_text"``.
    """
    found = [file.parent for file in root().glob(f"{name}/*/dataset_info.json")]
    return max(found, key=lambda place: place.stat().st_mtime, default=None)


def arrays(name: str, url: str, download: bool = True) -> dict[str, dict[str, np.ndarray]]:
    """Return the ``train`` and ``test`` parts of a data set: for each feature one array.

    Args:
        name: its name in tensorflow-datasets.
        url: an address that answers if it can be downloaded.
        download: whether it may be.

    Raises:
        UnavailableError: it isn't prepared and can't be downloaded, or tensorflow-datasets is missing.
    """
    place = folder(name)
    if place is None:  # before the import, which takes a second
        if not download:
            raise UnavailableError(f"nothing prepared under {root() / name}, and download=False")
        if not network.answers(url):
            raise UnavailableError(f"nothing prepared under {root() / name}, and the network does not answer")
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:  # it imports packages that it doesn't declare
        raise UnavailableError(
            f"it can't be imported ({error}): pip install tensorflow-datasets importlib_resources"
        ) from error
    try:
        if place is not None:
            builder = tfds.builder_from_directory(str(place))
        else:
            builder = tfds.builder(name, data_dir=str(root()))
            builder.download_and_prepare()
        return {split: _stacked(tfds, builder, split) for split in ("train", "test")}
    except Exception as error:  # whatever goes wrong in another program's files or downloads
        raise UnavailableError(f"{place or name}: {type(error).__name__}: {error}") from error


def _stacked(tfds: Any, builder: Any, split: str) -> dict[str, np.ndarray]:
    batches = list(tfds.as_numpy(builder.as_dataset(split=split, shuffle_files=False, batch_size=1024)))
    if not batches:
        raise ValueError(f"split {split!r} is empty")
    return {key: np.concatenate([batch[key] for batch in batches]) for key in batches[0]}
