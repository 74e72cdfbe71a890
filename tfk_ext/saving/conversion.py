"""An old model file becomes a new one, checked in a fresh process."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext.saving import probe
from tfk_ext.saving.errors import LoadError
from tfk_ext.saving.limits import Limits
from tfk_ext.saving.load import load_model
from tfk_ext.saving.report import Report, inspect

SUFFIXES = {"keras": ".keras", "h5": ".h5", "savedmodel": "", "tflite": ".tflite", "onnx": ".onnx"}
_MODELS = (".h5", ".hdf5", ".hdf", ".keras", ".json", ".yaml", ".yml")


@dataclasses.dataclass
class Conversion:
    """What became of one file.

    Attributes:
        source: the old file.
        target: the new one, ``None`` if there is none.
        report: on the old file, ``None`` if it could not be read.
        difference: largest difference of the predictions, ``None`` if they were not compared.
        warnings: what was said while it was loaded.
        error: why there is no new file, ``""`` if there is.
    """

    source: str
    target: str | None = None
    report: Report | None = None
    difference: float | None = None
    warnings: list[str] = dataclasses.field(default_factory=list)
    error: str = ""

    @property
    def status(self) -> str:
        """``"converted"``, ``"skipped"`` (weights alone) or ``"failed"``."""
        if self.error:
            return "failed"
        return "converted" if self.target else "skipped"

    def to_dict(self) -> dict[str, Any]:
        """Return plain dictionaries and lists."""
        report = self.report.to_dict() if self.report else None
        return {**dataclasses.asdict(self), "report": report, "status": self.status}

    def __str__(self) -> str:
        lines = [str(self.report)] if self.report else []
        lines += [f"  warning: {text}" for text in self.warnings]
        if self.target:
            lines.append(f"  -> {self.target}")
        if self.difference is not None:
            lines.append(f"  predictions in a fresh process differ by at most {self.difference:.3g}")
        if self.error:
            lines.append(f"  failed: {self.error}")
        return "\n".join(lines)


def convert(
    source: str | os.PathLike,
    target: str | os.PathLike | None = None,
    *,
    format: str = "keras",
    check: int = 0,
    force: bool = False,
    weights: str | os.PathLike | None = None,
    custom_objects: Mapping[str, Any] | str | None = None,
    safe_mode: bool = True,
    limits: Limits | None = None,
) -> Conversion:
    """Convert a model file of any Keras into one of today.

    The new file appears when it is complete, under its name; an interrupted conversion leaves nothing.

    Args:
        source: the old file.
        target: the new file, beside the old one by default.
        format: ``"keras"``, ``"h5"``, ``"savedmodel"``, ``"tflite"`` or ``"onnx"`` (extra ``onnx``).
        check: number of random inputs for which a fresh process, that loads the new file, has to predict
            the same.
        force: whether an existing ``target`` is replaced.
        weights: a weights file, for an architecture without weights.
        custom_objects: classes and functions by name, or the name of a module that holds them (the fresh
            process then imports it too).
        safe_mode: see :func:`~tfk_ext.saving.load_model`.
        limits: what the file may hold.

    Returns:
        A :class:`Conversion`.

    Raises:
        LoadError: the file is refused or can't be loaded.
        FileExistsError: ``target`` is there, and ``force`` is not given.
        ValueError: the format is not known, or the predictions differ.

    Example:
        >>> import tempfile, os
        >>> old = os.path.join(tempfile.mkdtemp(), "old.keras")
        >>> tf.keras.Sequential([tf.keras.Input((2,)), tfk_ext.Dense(1)]).save(old)
        >>> tfk_ext.saving.convert(old, old.replace("old", "new")).status
        'converted'
    """
    if format not in SUFFIXES:
        raise ValueError(f"format must be one of {', '.join(SUFFIXES)}, got {format!r}.")
    source = pathlib.Path(source)
    place = pathlib.Path(target) if target is not None else source.with_suffix(SUFFIXES[format])
    if place.resolve() == source.resolve() and not force:
        raise FileExistsError(f"{place} is the old file itself; give another target, or force=True.")
    if place.exists() and not force:
        raise FileExistsError(f"{place} is there already; force=True (--force) replaces it.")
    _check_packages(format)
    objects = probe.objects_of(custom_objects)
    done = Conversion(str(source), None, inspect(source, objects, safe_mode=safe_mode, limits=limits))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = load_model(source, objects, safe_mode=safe_mode, weights=weights, limits=limits)
    done.warnings = [str(w.message) for w in caught if issubclass(w.category, UserWarning)]
    with _beside(place) as fresh:
        _write(model, fresh, format)
        if check:
            module = custom_objects if isinstance(custom_objects, str) else None
            done.difference = compare(model, fresh, format, check, module, safe_mode)
        _replace(fresh, place)
    done.target = str(place)
    return done


def _check_packages(format: str) -> None:
    if format == "onnx":
        try:
            import onnx  # noqa: F401
            import tf2onnx  # noqa: F401
        except ImportError as error:
            raise LoadError(
                f"ONNX needs packages that are not installed ({error.name}): pip install 'tfk_ext[onnx]'.",
                rule="missing-package",
            ) from None


@contextlib.contextmanager
def _beside(place: pathlib.Path) -> Iterator[pathlib.Path]:
    place.parent.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    try:
        yield folder / place.name
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _replace(fresh: pathlib.Path, place: pathlib.Path) -> None:
    if place.is_dir():  # a folder can't be renamed over another
        place.rename(fresh.with_name("old"))
    os.replace(fresh, place)


def _write(model: tf.keras.Model, path: pathlib.Path, format: str) -> None:
    if format in ("keras", "h5"):
        with_suffix = path.with_name(f"model{SUFFIXES[format]}")
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*HDF5.*")
            model.save(with_suffix)
        os.replace(with_suffix, path)
    elif format == "tflite":
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
        path.write_bytes(converter.convert())
    elif format == "onnx":
        _write_onnx(model, path)
    else:
        model.export(path, format="tf_saved_model", verbose=False)


def _write_onnx(model: tf.keras.Model, path: pathlib.Path) -> None:
    """Write what ``model.export`` would, but for Sequential models too, which Keras refuses there."""
    import tf2onnx

    signature = [tf.TensorSpec(x.shape, x.dtype, name=f"input_{i}") for i, x in enumerate(model.inputs)]

    def predict(*inputs: Any) -> list[Any]:
        found = model(list(inputs) if len(inputs) > 1 else inputs[0], training=False)
        return tf.nest.flatten(found)

    tf2onnx.convert.from_function(tf.function(predict), input_signature=signature, output_path=str(path))


def compare(
    model: tf.keras.Model, path: pathlib.Path, format: str, count: int, module: str | None, safe_mode: bool
) -> float | None:
    """Return the largest difference between a model's predictions and those of its file in a fresh process.

    Raises:
        ValueError: it is larger than 1e-5 of the values, or the fresh process fails.
    """
    if format == "onnx" and importlib.util.find_spec("onnxruntime") is None:
        return None
    inputs = probe.random_inputs(model, count)
    expected = probe.flat(model(probe.structured(model, inputs), training=False))
    with tempfile.TemporaryDirectory() as folder:
        given, found = pathlib.Path(folder, "inputs.npz"), pathlib.Path(folder, "outputs.npz")
        np.savez(given, *inputs)
        settings = {"path": str(path), "format": format, "module": module, "safe_mode": safe_mode}
        command = [sys.executable, "-m", "tfk_ext.saving.probe", json.dumps(settings), str(given), str(found)]
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        environment["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
        run = subprocess.run(command, capture_output=True, text=True, env=environment)
        if run.returncode:
            raise ValueError(f"a fresh process can't load it: {run.stderr.strip()[-1500:]}")
        with np.load(found) as held:
            outputs = [held[name] for name in held.files]
    difference = 0.0
    for one, two in zip(expected, probe.in_order(outputs, expected, format)):
        if one.shape != two.shape:
            raise ValueError(f"a fresh process predicts shape {two.shape} and not {one.shape}.")
        scale = max(1.0, float(np.max(np.abs(one), initial=0.0)))
        difference = max(difference, float(np.max(np.abs(one - two), initial=0.0)) / scale)
    most = 1e-5 if format in ("keras", "h5") else 1e-4
    if not difference <= most:
        raise ValueError(f"a fresh process predicts otherwise: the largest difference is {difference:.3g}.")
    return difference


def convert_folder(
    source: str | os.PathLike,
    target: str | os.PathLike | None = None,
    *,
    progress: Callable[[int, int, Conversion], None] | None = None,
    **options: Any,
) -> list[Conversion]:
    """Convert all model files of a folder and those below.

    A JSON or YAML architecture takes the weights file beside it of the same name (``model.json`` with
    ``model.h5`` or ``model_weights.h5``). What fails is told in its :class:`Conversion`; the others go on.

    Args:
        source: the folder.
        target: folder of the new files, ``source`` by default; folders below are kept.
        progress: is called after each file with its number, the number of all, and its conversion.
        **options: see :func:`convert`.
    """
    root, suffix = pathlib.Path(source), SUFFIXES[options.get("format", "keras")]
    into = pathlib.Path(target) if target is not None else root
    files = sorted(p for p in root.rglob("*") if p.suffix.lower() in _MODELS and p.is_file())
    partners = {p: _weights_of(p) for p in files if p.suffix.lower() in (".json", ".yaml", ".yml")}
    taken = {partner for partner in partners.values() if partner is not None}
    results = []
    for number, path in enumerate(files, 1):
        place = into / path.relative_to(root).with_suffix(suffix)
        if place == path:
            place = path.with_name(f"{path.stem}.converted{suffix}")
        done = Conversion(str(path))
        try:
            done.report = inspect(path)
            alone = done.report.kind == "weights" or (path in partners and partners[path] is None)
            if path not in taken and not alone:
                done = convert(path, place, weights=partners.get(path), **options)
        except (LoadError, ValueError, OSError) as error:
            done.error = str(error)
        results.append(done)
        if progress is not None:
            progress(number, len(files), done)
    return results


def _weights_of(path: pathlib.Path) -> pathlib.Path | None:
    stem = path.stem.removesuffix("_architecture").removesuffix("_config")
    for name in (stem, f"{stem}_weights", f"{stem}.weights", f"{stem}-weights"):
        for suffix in (".h5", ".hdf5"):
            candidate = path.with_name(name + suffix)
            with contextlib.suppress(LoadError, OSError):
                if candidate.is_file() and inspect(candidate).kind == "weights":
                    return candidate
    return None


def summary(results: list[Conversion]) -> str:
    """Return a table of conversions."""
    rows = [("file", "status", "written by", "layers", "difference")]
    for done in results:
        report = done.report
        rows.append(
            (
                done.source,
                done.status,
                (report.keras_version or "?") if report else "?",
                str(len(report.layers)) if report else "",
                "" if done.difference is None else f"{done.difference:.2g}",
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    lines = ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths)).rstrip() for row in rows]
    counts = {
        status: sum(d.status == status for d in results) for status in ("converted", "skipped", "failed")
    }
    return "\n".join([*lines, ", ".join(f"{n} {status}" for status, n in counts.items())])
