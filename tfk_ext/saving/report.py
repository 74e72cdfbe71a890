"""What is in a model file, told without building anything."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Iterable, Mapping
from typing import Any

from tfk_ext.saving import functions, reader
from tfk_ext.saving.allowed import Allowed
from tfk_ext.saving.assign import layers_of
from tfk_ext.saving.compiling import Parts, UnknownPartError
from tfk_ext.saving.errors import LoadError
from tfk_ext.saving.limits import Limits
from tfk_ext.saving.load import is_today, rewrite
from tfk_ext.saving.modelfile import ModelFile
from tfk_ext.saving.safety import Checker, lambda_message

_KINDS = {
    "translated": "translated",
    "dropped": "dropped (without effect on the predictions)",
    "changed": "changed in meaning",
    "blocks": "blocks loading",
}


@dataclasses.dataclass
class LayerReport:
    """One layer of a model file.

    Attributes:
        name: its name.
        stored: its class in the file.
        today: its class when it is loaded, ``""`` if it has none.
        parameters: how many numbers the file holds for it.
        shapes: of its arrays.
    """

    name: str
    stored: str
    today: str
    parameters: int = 0
    shapes: list[tuple[int, ...]] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Remark:
    """One thing to know before loading.

    Attributes:
        kind: ``"translated"``, ``"dropped"``, ``"changed"`` or ``"blocks"``.
        layer: name of the layer, ``""`` for the whole model.
        what: a sentence.
    """

    kind: str
    layer: str
    what: str


@dataclasses.dataclass
class Report:
    """What :func:`inspect` finds; ``str`` of it is for people, :meth:`to_dict` for programs.

    Attributes:
        path: the file.
        size: its bytes.
        kind: ``"model"``, ``"architecture"`` or ``"weights"``.
        format: how it is stored.
        keras_version: what wrote it, ``None`` if the file does not say.
        backend: what that computed with, ``None`` if the file does not say.
        layers: the layers.
        parameters: how many numbers it holds in all.
        compiled: optimizer, loss and metrics as stored, ``None`` if it is not compiled.
        optimizer_state: whether it holds the optimizer's state.
        remarks: what will be translated, dropped, changed in meaning, and what blocks loading.
    """

    path: str
    size: int
    kind: str
    format: str
    keras_version: str | None
    backend: str | None
    layers: list[LayerReport] = dataclasses.field(default_factory=list)
    parameters: int = 0
    compiled: dict[str, Any] | None = None
    optimizer_state: bool = False
    remarks: list[Remark] = dataclasses.field(default_factory=list)

    @property
    def loadable(self) -> bool:
        """Whether nothing blocks loading."""
        return not any(remark.kind == "blocks" for remark in self.remarks)

    def to_dict(self) -> dict[str, Any]:
        """Return plain dictionaries and lists."""
        return {**dataclasses.asdict(self), "loadable": self.loadable}

    def __str__(self) -> str:
        origin = f"Keras {self.keras_version}" if self.keras_version else "a Keras that left no version"
        lines = [
            f"{self.path}: {self.kind} ({self.format}, {self.size:,} bytes)",
            f"  written by {origin}" + (f" on {self.backend}" if self.backend else ""),
            f"  {len(self.layers)} layers, {self.parameters:,} parameters"
            + (", with the optimizer's state" if self.optimizer_state else ""),
        ]
        if self.compiled:
            lines.append("  compiled: " + ", ".join(f"{k} {v}" for k, v in self.compiled.items() if v))
        lines += ["", *self._table()]
        for kind, title in _KINDS.items():
            found = [remark for remark in self.remarks if remark.kind == kind]
            if found:
                lines += ["", f"  {title}:"]
                lines += [f"    {r.layer + ': ' if r.layer else ''}{r.what}" for r in found]
        lines += ["", "  It can be loaded." if self.loadable else "  It can't be loaded like this."]
        return "\n".join(lines)

    def _table(self) -> list[str]:
        rows = [("layer", "stored as", "loaded as", "parameters")]
        rows += [(r.name, r.stored, r.today or "-", f"{r.parameters:,}") for r in self.layers]
        widths = [min(max(len(row[i]) for row in rows), 40) for i in range(3)]
        return [
            "  " + "  ".join(f"{cell[:40]:{width}}" for cell, width in zip(row, widths)) + f"  {row[3]:>12}"
            for row in rows
        ]


def inspect(
    path: str | os.PathLike,
    custom_objects: Mapping[str, Any] | None = None,
    *,
    safe_mode: bool = True,
    limits: Limits | None = None,
) -> Report:
    """Tell what a model file holds and what would happen if it were loaded. Nothing of it is built or run.

    Args:
        path: a model, weights or architecture file of any Keras.
        custom_objects: what :func:`~tfk_ext.saving.load_model` would be given.
        safe_mode: what it would be given.
        limits: what the file may hold.

    Raises:
        LoadError: the file is damaged or refused as a whole.
        FileNotFoundError: there is no such file.

    Example:
        >>> import tempfile, os
        >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tfk_ext.Dense(1)])
        >>> path = os.path.join(tempfile.mkdtemp(), "model.keras")
        >>> model.save(path)
        >>> report = tfk_ext.saving.inspect(path)
        >>> report.kind, report.parameters, report.loadable
        ('model', 3, True)
    """
    with reader.read_file(path, limits) as file:
        size = os.path.getsize(path) if os.path.isfile(path) else 0
        return report_of(file, size, custom_objects, safe_mode, limits)


def report_of(
    file: ModelFile,
    size: int = 0,
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool = True,
    limits: Limits | None = None,
) -> Report:
    """Return the report on a file that was read; see :func:`inspect`."""
    kind = "weights" if file.config is None else "model" if file.layers else "architecture"
    origin = file.origin
    found = Report(file.path, size, kind, origin.format, origin.keras_version, origin.backend)
    found.optimizer_state = bool(file.optimizer_weights)
    found.remarks += [Remark("dropped", "", note) for note in file.notes]
    custom = dict(custom_objects or {})
    allowed = Allowed(custom, safe_mode)
    stored = _stored_classes(file.config)
    today = _today(file, custom, allowed, found, limits) if file.config is not None else {}
    _add_layers(file, found, stored, today)
    if file.training_config is not None:
        _add_compiled(file, found, allowed)
    return found


def _today(
    file: ModelFile, custom: dict[str, Any], allowed: Allowed, found: Report, limits: Limits | None
) -> dict[str, str]:
    """Add the remarks on the configuration, and return today's class of each layer."""
    checker = Checker(allowed, file.path, limits or reader.DEFAULT)
    config = functions.supply(file.config, custom, allowed.safe_mode)
    code = list(functions.code_in(config)) if allowed.safe_mode else []
    found.remarks += [Remark("blocks", name, lambda_message(held, name).strip()) for name, held in code]
    named = {name for name, _ in code}
    found.remarks += [Remark("blocks", e.where, e.message) for e in checker.foreign_modules(config)]
    planned: dict[str, str] = {}
    if not is_today(file):
        try:
            rewritten = rewrite(file, custom, allowed.safe_mode)
        except LoadError as error:
            found.remarks.append(Remark("blocks", "", error.message))
            return {}
        notes = [n for n in rewritten.notes if not (n.kind == "blocks" and n.layer in named)]
        found.remarks += [Remark(note.kind, note.layer, note.what) for note in notes]
        config = rewritten.config
        planned = _planned(rewritten.plan.layers)
    problems = checker.problems(config)
    if not found.loadable:  # what blocks was told already, in better words
        problems = [p for p in problems if p.rule not in ("lambda", "gadget", "unknown-class")]
    found.remarks += [Remark("blocks", p.where, p.message) for p in problems]
    return {**_stored_classes(config), **planned}


def _planned(plans: Iterable[Any]) -> dict[str, str]:
    """Return today's class of each layer by its name in the file."""
    found: dict[str, str] = {}
    for plan in plans:
        found.setdefault(plan.stored or plan.name, plan.class_name)
        found.update({name: cls for name, cls in _planned(plan.layers).items() if name not in found})
    return found


def _stored_classes(config: Any, found: dict[str, str] | None = None) -> dict[str, str]:
    """Return class names by the names of layers, those of nested models too."""
    found = {} if found is None else found
    inner = config.get("config") if isinstance(config, dict) else None
    entries = inner.get("layers") if isinstance(inner, dict) else inner
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("class_name"), str):
            settings = entry.get("config")
            name = settings.get("name") if isinstance(settings, dict) else None
            name = name if isinstance(name, str) else entry.get("name")
            found.setdefault(name if isinstance(name, str) else f"layer {len(found)}", entry["class_name"])
            _stored_classes(entry, found)
    return found


def _add_layers(file: ModelFile, found: Report, stored: dict[str, str], today: dict[str, str]) -> None:
    held = {layer.name: layer for layer in layers_of(file)}
    names = [*stored, *(name for name in held if name not in stored)]
    for name in names:
        weights = held[name].weights if name in held else []
        shapes = [weight.shape for weight in weights]
        count = sum(math.prod(shape) for shape in shapes)
        now = today.get(name, "(rewritten)" if today and name in stored else "")
        found.layers.append(LayerReport(name, stored.get(name, "-"), now, count, shapes))
        found.parameters += count


def _add_compiled(file: ModelFile, found: Report, allowed: Allowed) -> None:
    config = file.training_config or {}
    optimizer = config.get("optimizer_config", config.get("optimizer"))
    found.compiled = {
        "optimizer": _named(optimizer),
        "loss": _named(config.get("loss")),
        "metrics": _named(config.get("metrics")),
    }
    if is_today(file):
        return
    parts = Parts(allowed, file.origin.version)
    try:
        parts.arguments(config)
    except UnknownPartError as error:
        found.remarks.append(Remark("changed", "", f"it is loaded uncompiled: {error} is not known"))
    found.remarks += [Remark("dropped", "", note) for note in parts.notes]


def _named(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(str(_named(item)) for item in value)
    if isinstance(value, dict):
        if isinstance(value.get("class_name"), str):
            inner = value.get("config")
            name = inner.get("name") if isinstance(inner, dict) else inner
            wrapped = value["class_name"].endswith("Wrapper") and name
            return str(name) if wrapped else value["class_name"].split(">")[-1]
        return ", ".join(f"{key}: {_named(item)}" for key, item in value.items())
    return value
