"""Arrays in HDF5 files, and questions to the person at the terminal (``keras.utils.io_utils``)."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np

from tfk_ext import checks


class HDF5Matrix:
    """Rows of an HDF5 data set, read when they are asked for, for ``fit`` and its like.

    Args:
        datapath: the file.
        dataset: name of the data set in it.
        start: first row.
        end: row after the last, ``None`` for all.
        normalizer: function applied to what is read.

    Raises:
        ValueError: there is no such data set, it lies in another file, or ``start`` and ``end`` don't fit.

    Example:
        >>> import h5py, os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "x.h5")
        >>> with h5py.File(path, "w") as file:
        ...     file["data"] = np.arange(6.0).reshape(3, 2)
        >>> x = tfk_ext.utils.HDF5Matrix(path, "data", start=1)
        >>> x.shape, x[0]
        ((2, 2), array([2., 3.]))

    Source: the classic documents, ``keras.utils.HDF5Matrix``.
    """

    refs: dict[str, h5py.File] = defaultdict()  # a file that is open is shared

    def __init__(
        self,
        datapath: str | os.PathLike,
        dataset: str,
        start: int = 0,
        end: int | None = None,
        normalizer: Callable | None = None,
    ):
        path = os.path.abspath(os.path.expanduser(os.fspath(datapath)))
        if not self.refs.get(path):
            self.refs[path] = h5py.File(path, "r")
        self.data = self._open(self.refs[path], dataset)
        length = len(self.data)
        self.start = checks.integer(self, "start", start, 0)
        self.end = length if end is None else checks.integer(self, "end", end, 0)
        if not self.start <= self.end <= length:
            checks.fail(self, f"start={start} and end={end} don't fit {length} rows.")
        self.normalizer = normalizer
        first = self.data[0:1] if normalizer is None else normalizer(self.data[0:1])
        self._row, self._dtype = np.shape(first)[1:], np.asarray(first).dtype

    def _open(self, file: h5py.File, name: str) -> h5py.Dataset:
        link = file.get(name, getlink=True)
        if link is None or isinstance(link, h5py.ExternalLink) or not isinstance(file[name], h5py.Dataset):
            checks.fail(self, f"{file.filename} holds no data set {name!r} of its own.")
        found = file[name]
        if found.external or found.is_virtual or found.ndim == 0:
            checks.fail(self, f"the data set {name!r} of {file.filename} has no rows in this file.")
        return found

    def __len__(self) -> int:
        return self.end - self.start

    def __getitem__(self, key: Any) -> np.ndarray:
        if isinstance(key, slice):
            first, last, step = key.indices(len(self))
            rows = np.arange(first, last, step)
            if step > 0:
                found = self.data[first + self.start : max(last, first) + self.start : step]
            else:
                found = self._rows(rows)
        elif checks.is_integer(key):
            if not -len(self) <= key < len(self):
                raise IndexError(f"HDF5Matrix: row {key} is not among {len(self)}.")
            found = self.data[int(key) % len(self) + self.start]
            return found if self.normalizer is None else self.normalizer(found)
        else:
            found = self._rows(np.asarray(key))
        return found if self.normalizer is None else self.normalizer(found)

    def _rows(self, rows: np.ndarray) -> np.ndarray:
        """Read rows in any order: HDF5 itself wants them ascending, each once."""
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        if rows.size and not (-len(self) <= rows.min() and rows.max() < len(self)):
            raise IndexError(f"HDF5Matrix: rows {rows.min()} to {rows.max()} are not among {len(self)}.")
        unique, back = np.unique(rows % max(len(self), 1), return_inverse=True)
        return self.data[unique + self.start][back] if rows.size else self.data[0:0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[:], dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        """The rows' number and their shape."""
        return (len(self), *self._row)

    @property
    def dtype(self) -> np.dtype:
        """What is read has this dtype."""
        return self._dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape))


def ask_to_proceed_with_overwrite(filepath: str | os.PathLike) -> bool:
    """Ask at the terminal whether a file is to be overwritten."""
    answer = input(f"[WARNING] {filepath} already exists - overwrite? [y/n] ").strip().lower()
    while answer not in ("y", "n"):
        answer = input("Enter y (overwrite) or n (cancel). ").strip().lower()
    return answer == "y"


def path_to_string(path: Any) -> Any:
    """Return a path object as text, anything else as it is."""
    return os.fspath(path) if isinstance(path, os.PathLike) else path
