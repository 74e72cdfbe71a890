"""What the guarded reader gives of a model file: plain data, and arrays that are read when asked for."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Origin:
    """Where a model comes from.

    Attributes:
        format: ``"h5"`` (Keras 1 and 2: models and weights), ``"keras"`` (archive), ``"weights.h5"`` (weights
            of Keras 3), ``"json"``, ``"yaml"``, ``"npz"``, ``"checkpoint"``, or ``"config"`` (no file at
            all).
        keras_version: as the file says it (``"1.2.2"``, ``"2.4.0"``, ``"2.2.4-tf"``), ``None`` where it
            does not (Keras 1.0, most JSON files).
        backend: ``"tensorflow"``, ``"theano"``, ``"cntk"``, ``"jax"``, ``"torch"``; ``None`` where the file
            does not say.
    """

    format: str
    keras_version: str | None = None
    backend: str | None = None

    @property
    def version(self) -> tuple[int, ...] | None:
        """The version as numbers, ``(2, 2, 4)`` for ``"2.2.4-tf"``; ``None`` where it is not known."""
        numbers = []
        for part in (self.keras_version or "").split("-")[0].split("."):
            if not part.isdecimal():
                break
            numbers.append(int(part))
        return tuple(numbers) or None


@dataclasses.dataclass
class StoredWeight:
    """One array of a file: its description was checked; :meth:`read` fetches the values.

    Attributes:
        name: as stored, such as ``"dense_1/kernel:0"`` or ``"param_0"``.
        shape: its shape.
        dtype: its type, in the machine's byte order.
        where: its place in the file.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    where: str = ""
    fetch: Callable[[], np.ndarray] | None = dataclasses.field(default=None, repr=False)

    def read(self) -> np.ndarray:
        """Return the values as a new array.

        Raises:
            LoadError: the file is damaged there.
        """
        assert self.fetch is not None, "a weight without a source"
        return self.fetch()

    @classmethod
    def of(cls, name: str, array: Any, where: str = "") -> StoredWeight:
        """Return a weight that holds an array (for tests, and files that are read at once)."""
        array = np.asarray(array)
        return cls(name, array.shape, array.dtype, where, array.copy)


@dataclasses.dataclass
class StoredLayer:
    """The arrays of one layer, in the order of the file's ``weight_names``.

    Attributes:
        name: the layer's name; for files of Keras 3 the object's path, such as ``"layers/dense_1"``.
        weights: its arrays; a nested model's or wrapper's are all here, in the stored order.
    """

    name: str
    weights: list[StoredWeight]


@dataclasses.dataclass
class ModelFile:
    """A model file, read and checked; nothing of it was built or run. Close it when the weights are read.

    Attributes:
        path: the file.
        origin: what wrote it.
        config: the architecture as stored (a dictionary with ``class_name`` and ``config``); ``None`` in a
            file of weights only.
        training_config: what ``compile`` was given, as stored, or ``None``.
        layers: the layers in stored order; those without weights are there, with an empty list.
        optimizer_weights: the optimizer's arrays in stored order.
        notes: what the reader has to tell, for the report.
        assets: further members of a ``.keras`` archive: name to archive.
        tree: the checked HDF5 tree of a ``.keras`` archive's weights.
    """

    path: str
    origin: Origin
    config: dict[str, Any] | None = None
    training_config: dict[str, Any] | None = None
    layers: list[StoredLayer] = dataclasses.field(default_factory=list)
    optimizer_weights: list[StoredWeight] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    assets: dict[str, Any] = dataclasses.field(default_factory=dict, repr=False)
    tree: Any = dataclasses.field(default=None, repr=False)
    resources: contextlib.ExitStack = dataclasses.field(default_factory=contextlib.ExitStack, repr=False)

    def close(self) -> None:
        """Close the file. Weights can't be read afterwards."""
        self.resources.close()

    def __enter__(self) -> ModelFile:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
