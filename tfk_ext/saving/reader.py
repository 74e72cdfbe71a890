"""The one guarded reader: opens a model file of any kind and says what is in it. Nothing is built or run."""

from __future__ import annotations

import contextlib
import io
import os
import pathlib
from typing import Any, BinaryIO

from tfk_ext.saving import npz
from tfk_ext.saving.archive import Archive
from tfk_ext.saving.errors import LoadError
from tfk_ext.saving.h5layout import add_modern, read_model
from tfk_ext.saving.hdf5 import open_hdf5
from tfk_ext.saving.hdf5.tree import SIGNATURE
from tfk_ext.saving.limits import DEFAULT, Limits
from tfk_ext.saving.modelfile import ModelFile, Origin
from tfk_ext.saving.text import parse_json, parse_yaml, plain

_WEIGHTS = ("model.weights.h5", "model.weights.npz")


def read_file(path: str | os.PathLike, limits: Limits | None = None) -> ModelFile:
    """Read and check a model or weights file.

    Args:
        path: a ``.h5``, ``.hdf5``, ``.keras``, ``.weights.h5``, ``.json``, ``.yaml`` or ``.npz`` file;
            what it is, its content says and not its name.
        limits: what it may hold; :class:`~tfk_ext.saving.Limits` has the defaults.

    Returns:
        A :class:`~tfk_ext.saving.ModelFile`, to be closed when its weights are read.

    Raises:
        LoadError: it is none of these, damaged, or refused.
        FileNotFoundError: there is no such file.
    """
    path = pathlib.Path(path).expanduser()
    name, limits = str(path), limits or DEFAULT
    if path.is_dir():
        return _read_folder(path, limits)
    if not path.exists():
        raise FileNotFoundError(f"there is no file {name}.")
    if not path.is_file():
        raise LoadError("it is no plain file.", rule="format", path=name)
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(open(path, "rb", buffering=0))
        found = read_open(file, name, limits)
        found.resources.push(stack.pop_all())
        return found


def read_bytes(data: bytes, name: str = "bytes", limits: Limits | None = None) -> ModelFile:
    """Read and check a model file that is in memory; see :func:`read_file`."""
    return read_open(io.BytesIO(data), name, limits or DEFAULT)


def read_open(file: BinaryIO, name: str, limits: Limits) -> ModelFile:
    """Read and check an open model file; see :func:`read_file`."""
    head = file.read(16)
    if head.startswith(b"PK"):
        return _read_archive(file, name, limits)
    if head.startswith(SIGNATURE) or _has_user_block(file):
        return read_model(open_hdf5(file, name, limits), name, limits)
    if head.startswith((b"\x80", b"cnumpy", b"ccopy_reg")):
        raise LoadError(
            "it is a pickle: a program, not a model file. Save the model with model.save or model.to_json "
            "where it was pickled.",
            rule="pickle",
            path=name,
        )
    if head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ")):
        raise LoadError("it is a compressed file; unpack it first.", rule="format", path=name)
    if not head:
        raise LoadError("it is empty.", rule="format", path=name)
    size = file.seek(0, os.SEEK_END)
    if size > limits.text_bytes:
        raise LoadError(
            f"it is no model file that is known here, and as a text of {size:,} bytes too long.",
            rule="format",
            path=name,
        )
    file.seek(0)
    return _read_text(file.read(size), name, limits)


def _has_user_block(file: BinaryIO) -> bool:
    for start in (512, 1024, 2048):
        file.seek(start)
        if file.read(8) == SIGNATURE:
            return True
    return False


def _read_text(data: bytes, name: str, limits: Limits) -> ModelFile:
    begin = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    suffix = pathlib.PurePath(name).suffix.lower()
    if not begin or b"\0" in data[:4096]:
        raise LoadError("it is no model file that is known here.", rule="format", path=name)
    yaml = suffix in (".yaml", ".yml") or (suffix != ".json" and begin not in (b"{", b"[", b'"'))
    if yaml:
        value = parse_yaml(data, "yaml", name, limits)
    else:
        value = parse_json(data, "json", name, limits, twice=True)
    return from_config(value, "yaml" if yaml else "json", name)


def from_config(value: Any, kind: str = "config", name: str | None = "config") -> ModelFile:
    """Return the model file of an architecture that was parsed already."""
    value, said = _architecture(value)
    if not isinstance(value, dict) or not ("class_name" in value or "layers" in value or "name" in value):
        raise LoadError(
            "it holds no architecture of a model (a dictionary with 'class_name' and 'config').",
            rule="format",
            where=kind,
            path=name,
        )
    version, backend = (value.get(key, said.get(key)) for key in ("keras_version", "backend"))
    origin = Origin(
        kind, version if isinstance(version, str) else None, backend if isinstance(backend, str) else None
    )
    return ModelFile(name or "", origin, value)


def _architecture(value: Any) -> tuple[Any, dict[str, Any]]:
    """Return an architecture in whichever wrapping it lies, and the dictionary that says its version.

    TensorFlow.js puts it into ``modelTopology``, an HDF5 file's attributes into ``model_config``;
    ``get_config`` alone gives the inside of a model, without its class.
    """
    said: dict[str, Any] = {}
    for key in ("modelTopology", "model_config"):
        if isinstance(value, dict) and "class_name" not in value and isinstance(value.get(key), (dict, list)):
            said = value
            value = value[key]
    if isinstance(value, list):
        return {"class_name": "Sequential", "config": value}, said
    if isinstance(value, dict) and "class_name" not in value and _has_layers(value):
        functional = "input_layers" in value and "output_layers" in value
        value = {"class_name": "Functional" if functional else "Sequential", "config": value}
    return value, said


def _has_layers(value: dict[str, Any]) -> bool:
    """Tell the inside of a model from one of Keras 0, whose layers had no ``class_name``."""
    layers = value.get("layers")
    return isinstance(layers, list) and any(
        isinstance(item, dict) and "class_name" in item for item in layers
    )


def config_file(config: Any, limits: Limits | None = None) -> ModelFile:
    """Return the model file of a configuration that the caller has as a dictionary."""
    return from_config(plain(config, "config", None, limits or DEFAULT))


def _read_archive(file: BinaryIO, name: str, limits: Limits) -> ModelFile:
    archive = Archive(file, name, limits)
    if "config.json" not in archive.members:
        if archive.members and all(member.endswith(".npy") for member in archive.members):
            return ModelFile(name, Origin("npz"), layers=npz.read_layers(archive))
        raise LoadError("the archive has no config.json: it is no .keras file.", rule="format", path=name)
    config = parse_json(archive.read("config.json"), "config.json", name, limits)
    metadata = {}
    if "metadata.json" in archive.members:
        metadata = parse_json(archive.read("metadata.json"), "metadata.json", name, limits)
    found = _archive_file(config, metadata, name)
    for member in archive.members:
        known = member in ("config.json", "metadata.json", *_WEIGHTS) or member.startswith("assets/")
        if not known:
            found.notes.append(f"the member {member[:80]!r} is left out.")
    found.assets = {m: archive for m in archive.members if m.startswith("assets/")}
    with contextlib.ExitStack() as stack:
        if _WEIGHTS[0] in archive.members:
            _add_weights(found, stack.enter_context(archive.open(_WEIGHTS[0])), limits)
        elif _WEIGHTS[1] in archive.members:
            inner = Archive(stack.enter_context(archive.open(_WEIGHTS[1])), f"{name}!{_WEIGHTS[1]}", limits)
            found.layers = npz.read_state(inner)
        found.resources.push(stack.pop_all())
    return found


def _archive_file(config: Any, metadata: Any, name: str) -> ModelFile:
    if not isinstance(config, dict) or not isinstance(metadata, dict):
        raise LoadError("it is no dictionary.", rule="format", where="config.json", path=name)
    version, backend = metadata.get("keras_version"), metadata.get("backend")
    origin = Origin(
        "keras", version if isinstance(version, str) else None, backend if isinstance(backend, str) else None
    )
    compiled = config.get("compile_config")
    return ModelFile(name, origin, config, compiled if isinstance(compiled, dict) else None)


def _add_weights(found: ModelFile, file: BinaryIO, limits: Limits) -> None:
    found.tree = open_hdf5(file, f"{found.path}!{_WEIGHTS[0]}", limits)
    add_modern(found, found.tree)


def _read_folder(path: pathlib.Path, limits: Limits) -> ModelFile:
    name = str(path)
    if (path / "config.json").is_file():
        texts = {}
        for member in ("config.json", "metadata.json"):
            if (path / member).is_file():
                with open(path / member, "rb") as file:
                    texts[member] = parse_json(file.read(limits.text_bytes + 1), member, name, limits)
        found = _archive_file(texts["config.json"], texts.get("metadata.json", {}), name)
        if (path / _WEIGHTS[0]).is_file():
            with contextlib.ExitStack() as stack:
                _add_weights(found, stack.enter_context(open(path / _WEIGHTS[0], "rb", buffering=0)), limits)
                found.resources.push(stack.pop_all())
        return found
    if (path / "saved_model.pb").is_file() or (path / "saved_model.pbtxt").is_file():
        raise LoadError(
            "it is a TensorFlow SavedModel: a program of TensorFlow operations, which can read and write "
            "files, not a description that can be checked. If you trust it, use tf.saved_model.load, or "
            "tf.keras.layers.TFSMLayer for inference; to get a model, save it as .h5 where it was made.",
            rule="saved-model",
            path=name,
        )
    raise LoadError("it is a folder, and holds no model.", rule="format", path=name)
