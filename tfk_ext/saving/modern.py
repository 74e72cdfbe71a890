"""Files of Keras 3: checked here, then handed to Keras as a fresh copy of nothing but what was checked."""

from __future__ import annotations

import contextlib
import json
import pathlib
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from tfk_ext.saving import compiling
from tfk_ext.saving.allowed import Allowed
from tfk_ext.saving.errors import LoadError
from tfk_ext.saving.hdf5 import Array, Group
from tfk_ext.saving.modelfile import ModelFile


@contextlib.contextmanager
def _folder() -> Iterator[pathlib.Path]:
    path = pathlib.Path(tempfile.mkdtemp(prefix="tfk_ext-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def write_tree(tree: Group, path: pathlib.Path) -> None:
    """Write the arrays of a checked tree, with their texts of dtype, to a new HDF5 file."""
    import h5py

    with h5py.File(path, "w") as file:
        stack: list[tuple[Group, Any]] = [(tree, file)]
        while stack:
            group, into = stack.pop()
            for name, child in group.children.items():
                if isinstance(child, Array):
                    made = into.create_dataset(name, data=child.read())
                    dtype = group.array_attributes.get(name, {}).get("dtype")
                    value = dtype.value(tree.source) if dtype is not None else None
                    if isinstance(value, bytes):
                        made.attrs["dtype"] = value.decode("latin-1")
                else:
                    stack.append((child, into.create_group(name)))


def load_archive(
    file: ModelFile, config: dict[str, Any], custom_objects: dict[str, Any], compile: bool, safe_mode: bool
) -> tf.keras.Model:
    """Build the model of a Keras 3 archive.

    Args:
        file: the file.
        config: its configuration, checked.
        custom_objects: the caller's classes and functions by name.
        compile: whether to compile it.
        safe_mode: as the caller said.
    """
    if file.tree is None:
        raise LoadError("the archive holds no weights.", rule="missing-array", path=file.path)
    with _folder() as folder:
        place = folder / "model.keras"
        write_tree(file.tree, folder / "weights.h5")
        with zipfile.ZipFile(place, "w") as archive:
            archive.writestr("config.json", json.dumps(config))
            archive.writestr("metadata.json", json.dumps({"keras_version": file.origin.keras_version}))
            archive.write(folder / "weights.h5", "model.weights.h5")
            for name, source in file.assets.items():
                archive.writestr(name, source.read(name, most=source.members[name].file_size))
        unknown = None
        if compile and file.training_config is not None:
            unknown = compiling.unknown_names(file.training_config, Allowed(custom_objects, safe_mode))
        return _load(place, file, custom_objects, compile, safe_mode, unknown)


def _load(
    place: pathlib.Path,
    file: ModelFile,
    custom_objects: dict[str, Any],
    compile: bool,
    safe_mode: bool,
    unknown: str | None,
) -> tf.keras.Model:
    options = {"custom_objects": custom_objects, "safe_mode": safe_mode}
    problem = f"{unknown} is not known; pass it in custom_objects, or call compile." if unknown else None
    if compile and not unknown:
        try:
            return tf.keras.models.load_model(place, compile=True, **options)
        except Exception as error:  # a loss of the user's own, among much else
            problem = reason(error)
    try:
        model = tf.keras.models.load_model(place, compile=False, **options)
    except Exception as error:
        raise LoadError(
            f"Keras can't build it: {reason(error)}",
            rule="build",
            path=file.path,
        ) from error
    if problem is not None:
        warnings.warn(f"{file.path}: the model is loaded, but not compiled: {problem}", stacklevel=5)
    return model


def reason(error: BaseException) -> str:
    """Return what an error says, without the configurations that Keras puts around it."""
    text = str(error).split("Exception encountered: ")[-1].split("\n\nconfig=")[0].strip()
    return f"{type(error).__name__}: {text[:600]}"


def load_state(file: ModelFile, model: tf.keras.Model, skip_mismatch: bool) -> None:
    """Load a Keras 3 weights file into a model."""
    if file.tree is None:
        raise LoadError("it holds no weights.", rule="missing-array", path=file.path)
    with _folder() as folder:
        place = folder / "checked.weights.h5"
        write_tree(file.tree, place)
        try:
            tf.keras.Model.load_weights(model, place, skip_mismatch=skip_mismatch)
        except Exception as error:
            raise LoadError(
                f"its weights don't fit the model: {reason(error)}", rule="weights", path=file.path
            ) from error
