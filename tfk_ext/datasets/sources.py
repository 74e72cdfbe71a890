"""Where a data set comes from: an explicit path, Keras's cache, tensorflow-datasets."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import tempfile
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import numpy as np

from tfk_ext.datasets import prepared
from tfk_ext.datasets.files import digest

T = TypeVar("T")
Parts = dict[str, dict[str, np.ndarray]]


class DatasetNotFoundError(FileNotFoundError):
    """A data set is nowhere to be had; the message says what to download and where to put it."""


@dataclasses.dataclass(frozen=True)
class Source(Generic[T]):
    """What is known of a data set.

    Attributes:
        name: the module's name.
        what: what to download, and from which project.
        put: its file or folder below Keras's ``datasets`` folder: where to put it, and the default of
            ``path``.
        read: from the path of such a file to the data; raises ``ValueError`` if it is damaged.
        others: further places below ``datasets`` where versions of Keras have kept it.
        hashes: of the published files, as ``"sha256:..."`` or ``"md5:..."``, by their place.
        tfds: its name in tensorflow-datasets, if it is there.
        url: an address that answers if tensorflow-datasets can download it.
        convert: from its parts in tensorflow-datasets to the data.
    """

    name: str
    what: str
    put: str
    read: Callable[[pathlib.Path], T]
    others: tuple[str, ...] = ()
    hashes: Mapping[str, str] = dataclasses.field(default_factory=dict)
    tfds: str = ""
    url: str = ""
    convert: Callable[[Parts], T] | None = None


def cache() -> pathlib.Path:
    """Return the folder where Keras keeps data sets: ``$KERAS_HOME/datasets``, else ``~/.keras/datasets``."""
    home = pathlib.Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
    if home.is_dir() and not os.access(home, os.W_OK):  # Keras goes there then
        home = pathlib.Path("/tmp" if os.path.isdir("/tmp") else tempfile.gettempdir()) / ".keras"
    return home / "datasets"


def load(source: Source[T], path: str | os.PathLike | None = None, download: bool = True) -> T:
    """Return a data set from the first place that has it.

    Args:
        source: what is known of it.
        path: a file or folder; ``None`` or the name in Keras's cache looks for it.
        download: whether tensorflow-datasets may fetch it.

    Raises:
        DatasetNotFoundError: it is nowhere to be had, or ``path`` doesn't exist.
        ValueError: the file at ``path`` is damaged.
    """
    if path is not None and os.fspath(path) != source.put:
        return source.read(_explicit(source, path))
    tried = []
    for place in (source.put, *source.others):
        file = cache() / place
        if not file.exists():
            continue
        try:
            found = source.read(file)
        except (ValueError, OSError) as error:
            tried.append(str(error))
            warnings.warn(f"{source.name}: passed over: {error}", stacklevel=3)
            continue
        _check_hash(source, place, file)
        return found
    if not tried:
        tried.append(f"{cache() / source.put} is not there")
    if source.convert is None:
        tried.append("tensorflow-datasets does not have it")
    else:
        try:
            return source.convert(prepared.arrays(source.tfds, source.url, download))
        except (prepared.UnavailableError, ValueError, KeyError) as error:
            tried.append(f"tensorflow-datasets: {error}")
    raise DatasetNotFoundError(
        f"{source.name}: no data found ({'; '.join(tried)}). Download {source.what}, and put it at "
        f"{cache() / source.put}, or give its path with path=."
    )


def _explicit(source: Source[Any], path: str | os.PathLike) -> pathlib.Path:
    """Return the place of a path: relative to Keras's cache, as documented, or as it is."""
    given = pathlib.Path(path).expanduser()
    places = [given] if given.is_absolute() else [cache() / given, given]
    for place in places:
        if place.exists():
            return place
    raise DatasetNotFoundError(
        f"{source.name}: there is no {' and no '.join(map(str, places))}: check path, or leave it out. It "
        f"must be {source.what}."
    )


def _check_hash(source: Source[Any], place: str, file: pathlib.Path) -> None:
    """Warn of a file in the cache that is not the published one: read with care, it may be anything."""
    algorithm, _, known = source.hashes.get(place, "").partition(":")
    if known and digest(file, algorithm) != known:
        warnings.warn(
            f"{source.name}: {file} is not the published file (its {algorithm} differs): used as it is.",
            stacklevel=4,
        )
