"""One stored layer becomes a layer of today, by the tables."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from tfk_ext.compat import spellings
from tfk_ext.compat.eras import names, objects
from tfk_ext.compat.eras.notes import LayerPlan, Note
from tfk_ext.compat.eras.origin import Era
from tfk_ext.compat.eras.rules import RULES
from tfk_ext.saving.errors import LoadError

Entry = dict[str, Any]

_EVERYWHERE = frozenset(("name", "trainable", "dtype", "activity_regularizer"))
_ACTIVATIONS = frozenset(("activation", "recurrent_activation"))
# Convolutions whose kernel has parts inherited, and wrote, the options of a kernel that they don't have.
_BY_PARTS = ("SeparableConv1D", "SeparableConv2D", "DepthwiseConv1D", "DepthwiseConv2D")
_OF_OTHERS = ("kernel_initializer", "kernel_regularizer", "kernel_constraint", "filters")
# Arguments that hold layers.
_INNER = ("layer", "backward_layer", "cell")
_MAX_DEPTH = 64
# Layers that make masks or take them: the others of a model with masks computed on what they cover.
_MASKERS = (
    "Activation Add AlphaDropout Average BatchNormalization Bidirectional Concatenate Dense Dropout "
    "Embedding GRU GaussianDropout GaussianNoise GlobalAveragePooling1D LSTM Masking Maximum Minimum "
    "Multiply RNN SimpleRNN SpatialDropout1D Subtract TimeDistributed"
)
_MASKED = frozenset(_MASKERS.split())
# Packages of registered names that mean nothing: ours, Keras's, and that of a class without one.
_OWN = ("tfk_ext", "Custom", "keras", "Keras")


class Rewriter:
    """Rewrites the layers of one model and keeps the notes.

    Args:
        era: which Keras wrote the configuration.
        custom_objects: the caller's classes and functions by name.
        safe_mode: whether code in the configuration is refused.
    """

    def __init__(self, era: Era, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True):
        self.era = era
        self.custom = dict(custom_objects or {})
        self.safe_mode = safe_mode
        self.notes: list[Note] = []
        self.masks = False
        self.was = ""
        self._name = ""
        self._options: dict[str, Any] = {}
        self._before: list[tuple[Entry, LayerPlan]] = []
        self._depth = 0

    # --- what rules say -------------------------------------------------------------------------------------

    def note(self, what: str, kind: str) -> None:
        """Say something of the layer at hand in the report."""
        note = Note(self._name, what if what.startswith(f"{self.was} ") else f"{self.was}: {what}", kind)
        if note not in self.notes:
            self.notes.append(note)

    def option(self, **options: Any) -> None:
        """Keep what the translation of the weights of the layer at hand needs."""
        self._options.update(options)

    def before(self, class_name: str, config: dict[str, Any]) -> None:
        """Put a layer without weights in front of the layer at hand."""
        name = f"{self._name}_{len(self._before)}_{class_name.lower()}"
        self._before.append(
            (entry(class_name, {"name": name, **config}), LayerPlan(name, class_name, class_name))
        )

    # --- layers ---------------------------------------------------------------------------------------------

    def layer(self, stored: Any) -> list[tuple[Entry, LayerPlan]]:
        """Return today's form of a stored layer, with what has to stand before it.

        Raises:
            LoadError: ``stored`` is no layer's configuration.
        """
        from tfk_ext.compat.eras import models

        class_name, config = self.parts(stored)
        kept = self.was, self._name, self._options, self._before
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise LoadError(f"layers are nested more than {_MAX_DEPTH} deep.", rule="config")
        try:
            if class_name not in self.custom and models.is_model(class_name, config):
                made, plan = models.rewrite_model(self, class_name, config)
                return [(made, plan)]
            self.was, self._options, self._before = class_name, {}, []
            self._name = _name(config, stored)
            if models.clean(self._name) != self._name:
                self.note(f"its name is {models.clean(self._name)!r} today", "translated")
            made, plan = self._layer(class_name, config)
            plan.options.update(self._options)
            plan.stored = plan.stored or self._name
            return [*self._before, (made, plan)]
        finally:
            self._depth -= 1
            self.was, self._name, self._options, self._before = kept

    def parts(self, stored: Any) -> tuple[str, Any]:
        """Return class name and configuration of a stored layer."""
        if not isinstance(stored, dict) or not isinstance(stored.get("class_name"), str):
            raise LoadError(
                f"a layer must be a dictionary with a class_name, got {_short(stored)}.", rule="config"
            )
        class_name = stored["class_name"]
        registered = stored.get("registered_name")
        if isinstance(registered, str) and registered in self.custom:
            class_name = registered
        config = objects.plain(stored.get("config", {}))
        package, _, bare = class_name.rpartition(">")
        if package and class_name not in self.custom and (package in _OWN or bare in self.custom):
            class_name = bare
        if not isinstance(config, (dict, list)):
            raise LoadError(
                f"{class_name}: config must be a dictionary, got {_short(config)}.", rule="config"
            )
        return class_name, config

    def _layer(self, class_name: str, config: Any) -> tuple[Entry, LayerPlan]:
        from tfk_ext.compat.eras import special

        if not isinstance(config, dict):
            raise LoadError(f"{class_name}: config must be a dictionary, got a list.", rule="config")
        config = dict(config)
        config["name"] = self._name or None
        if class_name in self.custom:
            return self._custom(class_name, config)
        if class_name in special.SPECIAL:
            return special.SPECIAL[class_name](self, class_name, config)
        today = _today(class_name)
        if today != class_name:
            self.note(f"{class_name} is {today} today", "translated")
        if home(today) is None:
            return self._unknown(class_name, config)
        return self._known(today, config)

    def _known(self, class_name: str, config: dict[str, Any]) -> tuple[Entry, LayerPlan]:
        config = self._spelled(class_name, config)
        rule = RULES.get(class_name)
        class_name = (rule(self, config, class_name) if rule else None) or class_name
        return self.finish(class_name, config)

    def _spelled(self, class_name: str, config: dict[str, Any]) -> dict[str, Any]:
        """Give the arguments today's names, by the table of spellings."""
        structural = names.STRUCTURAL | ({"dropout"} if class_name == "Embedding" else set())
        held = {name: config.pop(name) for name in structural if name in config}
        if class_name in _BY_PARTS:
            config = {
                k: v for k, v in config.items() if k not in _OF_OTHERS or f"depthwise_{k[7:]}" not in config
            }
        config, notes = spellings.rewrite(class_name, config)
        renamed = [f"{n.old} is {n.text.split('=')[0]}" for n in notes if n.kind == "translated"]
        if renamed:
            self.note(f"has today's names: {', '.join(renamed)}", "translated")
        for note in notes:
            if note.kind in ("dropped", "changed", "blocks"):
                self.note(f"{note.old}: {note.text}", note.kind)
        return {**config, **held}

    def finish(self, class_name: str, config: dict[str, Any]) -> tuple[Entry, LayerPlan]:
        """Return a layer whose arguments have today's names: their values get today's form."""
        trainable = config.get("trainable", True) is not False
        plan = LayerPlan(self._name, class_name, self.was, self._name, trainable)
        config = self._accepted(class_name, config)
        if self.masks and "drops_mask" in arguments(class_name) and class_name not in _MASKED:
            config["drops_mask"] = True
        if self.masks and class_name == "Rescaling":  # it passes masks on only in Keras 3
            self.before("TensorFlowOperation", {"function": "identity", "args": [{"tensor": 0}]})
        for name, value in list(config.items()):
            if name in _INNER and isinstance(value, dict):
                config[name] = self._inner(name, value, plan)
            elif name == "cells" and isinstance(value, list):
                config[name] = [self._inner(name, cell, plan) for cell in value]
            else:
                config[name] = self._value(name, value, class_name)
        return entry(class_name, config), plan

    def _accepted(self, class_name: str, config: dict[str, Any]) -> dict[str, Any]:
        accepted = arguments(class_name)
        kept = {}
        for name, value in config.items():
            if name in accepted:
                kept[name] = value
            elif (
                name in ("batch_input_shape", "batch_shape", "input_shape", "trainable")
                or value is None
                or value is False
                or (name in _OF_OTHERS and class_name in _BY_PARTS)
            ):
                continue
            elif name not in names.SILENT or value not in names.HARMLESS.get(name, (value,)):
                matters = name in names.HARMLESS
                self.note(
                    f"{name}={_short(value)} has no counterpart" + ("" if matters else " and was dropped"),
                    "blocks" if matters else "dropped",
                )
        if kept.get("name") is None:
            kept.pop("name", None)
        return kept

    def _value(self, name: str, value: Any, class_name: str) -> Any:
        """Return the value of an argument in today's form."""
        if name.endswith("_initializer"):
            return self._noted(objects.initializer(value, self.custom), "changed")
        if name.endswith("_regularizer"):
            return self._noted(objects.regularizer(value, self.custom), "changed")
        if name.endswith("_constraint"):
            return self._noted(objects.constraint(value, self.custom), "changed")
        if name in _ACTIVATIONS:
            return self._activation(value, class_name)
        if name == "dtype":
            return self._noted(objects.dtype(value), "dropped")
        if name == "trainable":
            return value is not False
        return value

    def _noted(self, found: tuple[Any, str | None], kind: str) -> Any:
        value, what = found
        if what is not None:
            self.note(what, kind)
        return value

    def _activation(self, value: Any, class_name: str) -> Any:
        if isinstance(value, dict) and isinstance(value.get("config"), dict):
            made = self._activation_layer(value)
            if made is not None:
                return made
        known, unknown = objects.activation(value, self.custom)
        if unknown is not None:
            self.note(
                f"the activation {unknown!r} is not known; pass it in custom_objects={{{unknown!r}: ...}}",
                "blocks",
            )
            return None
        if known == "hard_sigmoid" and home(class_name) == "keras.layers":
            return {
                "class_name": "function",
                "config": "tfk_ext>classic_hard_sigmoid",
                "registered_name": "tfk_ext>classic_hard_sigmoid",
            }
        return known

    def _activation_layer(self, value: dict[str, Any]) -> Any:
        """Return an activation that is a layer, such as ``{"class_name": "LeakyReLU", ...}``."""
        name = value.get("class_name")
        if not isinstance(name, str) or (name not in self.custom and home(_today(name)) is None):
            return None
        if name in self.custom and not inspect.isclass(self.custom[name]):
            return None
        return self.layer(value)[-1][0]

    def _inner(self, name: str, stored: Any, plan: LayerPlan) -> Entry:
        """Return the layer inside a wrapper; several become a Sequential."""
        made = self.layer(stored)
        if len(made) > 1:
            from tfk_ext.compat.eras import models

            joined = models.sequential_of(made, f"{made[-1][1].name}_padded")
            plan.layers.append(joined[1])
            return joined[0]
        plan.layers.append(made[0][1])
        return made[0][0]

    # --- others' layers -------------------------------------------------------------------------------------

    def _custom(self, class_name: str, config: dict[str, Any]) -> tuple[Entry, LayerPlan]:
        trainable = config.get("trainable", True) is not False
        plan = LayerPlan(self._name, class_name, class_name, self._name, trainable)
        config = {k: v for k, v in config.items() if k not in ("batch_input_shape", "input_dtype")}
        if "dtype" in config:
            config["dtype"] = self._noted(objects.dtype(config["dtype"]), "dropped")
        made = {"module": None, "class_name": class_name, "config": config, "registered_name": class_name}
        return made, plan

    def _unknown(self, class_name: str, config: dict[str, Any]) -> tuple[Entry, LayerPlan]:
        reason = names.REFUSED.get(class_name.split(">")[-1])
        if reason is None and ">" in class_name:
            package = class_name.split(">")[0]
            reason = (
                f"it is a layer of the package {package!r}, import that and pass the class in custom_objects"
            )
        self.note(
            f"the layer class {class_name!r} is not known"
            + (f": {reason}" if reason else f"; pass it in custom_objects={{{class_name!r}: ...}}"),
            "blocks",
        )
        plan = LayerPlan(self._name, class_name, class_name, self._name)
        return {
            "module": None,
            "class_name": class_name,
            "config": config,
            "registered_name": class_name,
        }, plan


def entry(class_name: str, config: dict[str, Any]) -> Entry:
    """Return the configuration of a layer of the package, or of Keras's, in today's form."""
    if home(class_name) == "keras.layers":
        return objects.today("keras.layers", class_name, config)
    cls = classes()[class_name]
    return {
        "module": cls.__module__,
        "class_name": cls.__name__,
        "config": config,
        "registered_name": tf.keras.saving.get_registered_name(cls),
    }


@functools.cache
def classes() -> dict[str, type]:
    """Return the package's layers by every name they have, the layers that only old files use among them."""
    import tfk_ext
    from tfk_ext.layers import legacy

    found = {}
    for module in (tfk_ext.layers, legacy):
        found.update({name: thing for name, thing in vars(module).items() if inspect.isclass(thing)})
    return {
        name: c for name, c in found.items() if issubclass(c, tf.keras.layers.Layer) and name not in _BASES
    }


_BASES = ("Layer", "WeightedLayer")


def home(class_name: str) -> str | None:
    """Return where a class is: ``"tfk_ext"``, ``"keras.layers"``, or ``None`` if it is not known."""
    if class_name in classes():
        return "tfk_ext"
    return "keras.layers" if class_name in names.KERAS else None


@functools.cache
def arguments(class_name: str) -> frozenset[str]:
    """Return the arguments that a layer takes, those of its bases among them."""
    cls = classes().get(class_name) or getattr(tf.keras.layers, class_name)
    found: set[str] = {"name"}
    for base in cls.__mro__:
        if "__init__" not in vars(base):
            continue
        if base is tf.keras.layers.Layer:
            found |= _EVERYWHERE
            break
        parameters = inspect.signature(vars(base)["__init__"]).parameters.values()
        found |= {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return frozenset((found - _NOT_TAKEN) | _TAKEN.get(class_name, set()))


_NOT_TAKEN = {
    "self",
    "weights",
    "input_shape",
    "input_dim",
    "batch_input_shape",
    "batch_size",
    "autocast",
    "input_length",
}
# Arguments of the layers above that are theirs all the same.
_TAKEN = {"Embedding": {"input_dim", "input_length"}}


def _today(class_name: str) -> str:
    return names.CLASSES.get(class_name) or spellings.canonical(class_name)


def _name(config: Any, stored: dict[str, Any]) -> str:
    for source in (stored, config):
        name = source.get("name") if isinstance(source, dict) else None
        if isinstance(name, str):
            return name
    return ""


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
