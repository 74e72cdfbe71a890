"""Initializers, regularizers, constraints, activations and dtypes of every era in today's form."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from tfk_ext import activations
from tfk_ext.layers.legacy.allowed import activation_of

# The names of every era, in lower case and without underscores, and today's class.
_INITIALIZERS = {
    "zero": "Zeros",
    "zeros": "Zeros",
    "one": "Ones",
    "ones": "Ones",
    "constant": "Constant",
    "normal": "RandomNormal",
    "randomnormal": "RandomNormal",
    "uniform": "RandomUniform",
    "randomuniform": "RandomUniform",
    "truncatednormal": "TruncatedNormal",
    "variancescaling": "VarianceScaling",
    "orthogonal": "Orthogonal",
    "orthogonalinitializer": "Orthogonal",
    "identity": "Identity",
    "identityinitializer": "Identity",
    "glorotuniform": "GlorotUniform",
    "glorotnormal": "GlorotNormal",
    "xavieruniform": "GlorotUniform",
    "xaviernormal": "GlorotNormal",
    "heuniform": "HeUniform",
    "henormal": "HeNormal",
    "lecununiform": "LecunUniform",
    "lecunnormal": "LecunNormal",
}
_OF_INITIALIZER = {
    "Zeros": (),
    "Ones": (),
    "Constant": ("value",),
    "RandomNormal": ("mean", "stddev", "seed"),
    "RandomUniform": ("minval", "maxval", "seed"),
    "TruncatedNormal": ("mean", "stddev", "seed"),
    "VarianceScaling": ("scale", "mode", "distribution", "seed"),
    "Orthogonal": ("gain", "seed"),
    "Identity": ("gain",),
}
# What the names alone stood for.
_DEFAULTS = {"normal": {"stddev": 0.05}, "uniform": {"minval": -0.05, "maxval": 0.05}}

_CONSTRAINTS = {
    "maxnorm": ("MaxNorm", {"m": "max_value", "max_value": "max_value", "axis": "axis"}),
    "nonneg": ("NonNeg", {}),
    "unitnorm": ("UnitNorm", {"axis": "axis"}),
    "minmaxnorm": (
        "MinMaxNorm",
        {
            "low": "min_value",
            "high": "max_value",
            "min_value": "min_value",
            "max_value": "max_value",
            "rate": "rate",
            "axis": "axis",
        },
    ),
}


def today(module: str, name: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of an object of Keras's own in today's form."""
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def plain(value: Any) -> Any:
    """Return a value without the wrappings in which JSON of older versions held arrays, tuples and shapes."""
    if isinstance(value, dict):
        if set(value) == {"type", "value"} and isinstance(value["type"], str):
            return plain(value["value"])
        if value.get("class_name") in ("__tuple__", "TensorShape") and isinstance(value.get("items"), list):
            return [plain(item) for item in value["items"]]
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def split(value: Any) -> tuple[str | None, dict[str, Any]]:
    """Return class name and configuration of a stored object; Keras 1 put the name into the configuration."""
    if isinstance(value, str):
        return value, {}
    if isinstance(value, dict):
        name = value.get("class_name", value.get("name"))
        config = value.get("config", None if "class_name" in value else value)
        if isinstance(config, str):  # a function: {"class_name": "function", "config": "relu"}
            return config, {}
        config = {} if config is None else config
        if isinstance(name, str) and isinstance(config, dict):
            return name, config
    return None, {}


def key(name: str) -> str:
    """Return a name for comparing: lower case, no underscores, no package of Keras's own, no version."""
    name = name.split(">")[-1].split(".")[-1]
    name = name.replace("_", "").lower()
    return name[:-2] if name.endswith(("v1", "v2")) else name


def initializer(value: Any, custom: Any) -> tuple[Any, str | None]:
    """Return today's initializer, and what a note should say where it is not known."""
    if value is None:
        return None, None
    name, config = split(value)
    if name is None:
        return "zeros", "an initializer that is not known was replaced, the values come from the file"
    if name in custom:
        return {"class_name": name, "config": config, "registered_name": name, "module": None}, None
    known = _INITIALIZERS.get(key(name))
    if known is None:
        return (
            "zeros",
            f"the initializer {name!r} is not known and was replaced, the values come from the file",
        )
    if known == "Identity" and "scale" in config:
        config = {**config, "gain": config["scale"]}
    accepted = _OF_INITIALIZER.get(known, ("seed",))
    config = {**_DEFAULTS.get(key(name), {}), **{k: v for k, v in config.items() if k in accepted}}
    if known == "VarianceScaling" and config.get("distribution") == "normal":
        # Before TensorFlow 1.13, and in Keras 2, "normal" was the truncated one.
        config["distribution"] = "truncated_normal"
    made = today("keras.initializers", known, config)
    if not _can_be_made(made):
        return "zeros", f"the initializer {name!r} has values that it does not take, and was replaced"
    return made, None


def _can_be_made(config: dict[str, Any]) -> bool:
    try:
        tf.keras.initializers.deserialize(config)
    except Exception:  # values out of range, of whatever kind: it would not build
        return False
    return True


def regularizer(value: Any, custom: Any) -> tuple[Any, str | None]:
    """Return today's regularizer, and what a note should say where it is not known."""
    if value is None:
        return None, None
    name, config = split(value)
    if name is None:
        return None, "a regularizer that is not known was dropped"
    if name in custom:
        return {"class_name": name, "config": config, "registered_name": name, "module": None}, None
    kind = key(name).removesuffix("regularizer")
    if kind in ("l1", "l2", "l1l2", "weight", "activity"):
        given = {k: _number(config.get(k, config.get("l") if k == kind else None)) for k in ("l1", "l2")}
        if kind in ("l1", "l2") and isinstance(value, str):
            given[kind] = 0.01
        if kind == "l1l2" and isinstance(value, str):
            given = {"l1": 0.01, "l2": 0.01}
        return today("keras.regularizers", "L1L2", given), None
    if kind == "orthogonal":
        kept: dict[str, Any] = {k: config[k] for k in ("factor", "mode") if k in config}
        return today("keras.regularizers", "OrthogonalRegularizer", kept), None
    return None, f"the regularizer {name!r} is not known and was dropped, it only matters for training"


def constraint(value: Any, custom: Any) -> tuple[Any, str | None]:
    """Return today's constraint, and what a note should say where it is not known."""
    if value is None:
        return None, None
    name, config = split(value)
    if name is None:
        return None, "a constraint that is not known was dropped"
    if name in custom:
        return {"class_name": name, "config": config, "registered_name": name, "module": None}, None
    if key(name) in _CONSTRAINTS:
        known, names = _CONSTRAINTS[key(name)]
        kept = {names[k]: v for k, v in config.items() if k in names}
        return today("keras.constraints", known, kept), None
    return None, f"the constraint {name!r} is not known and was dropped, it only matters for training"


def _number(value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return 0.0


def activation(value: Any, custom: Any) -> tuple[Any, str | None]:
    """Return today's activation, and the name that is not known.

    A name has the meaning of the old versions, such as ``hard_sigmoid`` that of 0.2 x + 0.5: the package's
    layers
    take it so.
    """
    if value is None:
        return None, None
    name, config = split(value)
    if name is None:
        return None, repr(value)[:60]
    name = name.split("keras.activations>")[-1]
    if name in custom:
        if isinstance(value, dict) and config:
            return {"class_name": name, "config": config, "registered_name": name, "module": None}, None
        return {"class_name": "function", "config": name, "registered_name": name, "module": "builtins"}, None
    bare = name.split(">")[-1]
    for known in (bare, _ACTIVATION_NAMES.get(bare, bare)):
        if known in _known_activations():
            return known, None
    public = activation_of(bare)
    if public is None:
        return None, name
    operation = {"function": public, "args": [{"tensor": 0}], "name": bare.strip("_")}
    return {**_OPERATION, "config": operation}, None


# A function of TensorFlow's stands as a layer, which a file can hold.
_OPERATION = {
    "module": "tfk_ext.layers.legacy.operation",
    "class_name": "TensorFlowOperation",
    "registered_name": "tfk_ext>TensorFlowOperation",
}
_ACTIVATION_NAMES = {
    "identity": "linear",
    "silu": "swish",
    "softmax_v2": "softmax",
    "sigmoid_v2": "sigmoid",
    "log_softmax_v2": "log_softmax",
}


def _known_activations() -> frozenset[str]:
    names = {n for n in dir(tf.keras.activations) if not n.startswith("_")} - {
        "get",
        "serialize",
        "deserialize",
    }
    return frozenset(names | {n for n in vars(activations) if _is_function(n)})


def _is_function(name: str) -> bool:
    thing = getattr(activations, name)
    return callable(thing) and getattr(thing, "__module__", "").startswith("tfk_ext.ops")


def dtype(value: Any) -> tuple[Any, str | None]:
    """Return today's dtype or dtype policy, and what a note should say where it is not known."""
    if value is None:
        return None, None
    name, config = split(value)
    if name is not None and "policy" in name.lower():
        inner = config.get("name")
        name = inner if isinstance(inner, str) else None
    if name in ("infer", "_infer", "infer_with_float32_vars"):
        return None, None
    if name is not None:
        name = name.replace("_ref", "")
        if name in ("mixed_float16", "mixed_bfloat16"):
            return name, None
        try:
            return tf.as_dtype(name).name, None
        except TypeError:
            pass
    return None, f"the dtype {value!r} is not known and was dropped"
