"""Layers that become another layer, or are not known by their class alone: inputs, Merge, Lambda, what adds
losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tfk_ext.compat.eras import objects, shapes
from tfk_ext.compat.eras.notes import LayerPlan

if TYPE_CHECKING:
    from tfk_ext.compat.eras.layers import Rewriter

Config = dict[str, Any]
Made = tuple[dict[str, Any], LayerPlan]

_MERGES = {
    "sum": "Add",
    "mul": "Multiply",
    "ave": "Average",
    "max": "Maximum",
    "concat": "Concatenate",
    "dot": "Dot",
    "cos": "Cosine",
}


def input_layer(r: Rewriter, class_name: str, config: Config) -> Made:
    """InputLayer: the shape with the batch, by whatever name."""
    name = config.get("name") or "input"
    shape = shapes.input_shape(config, class_name)
    if shape is None:
        r.note("it has no shape; the number of axes is not known", "blocks")
        shape = [None]
    value = config.get("dtype") or config.get("input_dtype")
    dtype, what = objects.dtype(value)
    if what:
        r.note(what, "changed")
    made = {"batch_shape": shape, "dtype": dtype or "float32", "name": name}
    for key in ("sparse", "ragged"):
        if config.get(key) is True:
            made[key] = True
    return objects.today("keras.layers", "InputLayer", made), LayerPlan(name, "InputLayer", class_name, name)


def merge(r: Rewriter, class_name: str, config: Config) -> Made:
    """Merge of Keras 1: the layer of its mode."""
    from tfk_ext.compat.eras.layers import entry

    mode, kind = config.get("mode", "sum"), config.get("mode_type", "raw")
    name = config.get("name") or "merge"
    plan = LayerPlan(name, "Merge", class_name, name)
    if kind != "raw" or mode not in _MERGES:
        function = _function(r, mode, kind, config)
        made = {"name": name, "function": function, "arguments": config.get("arguments") or None}
        plan.class_name = "Lambda"
        return entry("Lambda", made), plan
    made = {"name": name}
    if mode == "concat":
        made["axis"] = _integer(config.get("concat_axis"), -1)
    elif mode in ("dot", "cos"):
        made["axes"] = _axes(config.get("dot_axes", -1))
    plan.class_name = _MERGES[mode]
    r.note(f"mode={mode!r} is {plan.class_name} today", "translated")
    return entry(plan.class_name, made), plan


def _integer(value: Any, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _axes(value: Any) -> Any:
    """Return the axes of a dot: an integer, a pair, or (Keras 1.0) a pair of lists of one."""
    if isinstance(value, (list, tuple)) and len(value) == 2:
        first = [v[0] if isinstance(v, (list, tuple)) and v else v for v in value]
        return [_integer(v, -1) for v in first]
    return _integer(value, -1)


def lambda_layer(r: Rewriter, class_name: str, config: Config) -> Made:
    """Lambda: a function by name, or code, which is not run."""
    from tfk_ext.compat.eras.layers import entry

    name = config.get("name") or "lambda"
    made: Config = {"name": name, "trainable": config.get("trainable", True) is not False}
    made["function"] = _function(r, config.get("function"), config.get("function_type"), config)
    shape = config.get("output_shape")
    if shapes.is_shape(shape) and config.get("output_shape_type", "raw") == "raw":
        made["output_shape"] = list(shape)
    elif shape is not None:
        r.note("output_shape is a function, the shape is inferred instead", "dropped")
    arguments = config.get("arguments")
    if isinstance(arguments, dict) and arguments:
        made["arguments"] = arguments
    if config.get("mask") is not None:
        r.note("its mask is a function and was dropped", "changed")
    if config.get("dtype") is not None:
        made["dtype"] = objects.dtype(config["dtype"])[0]
    return entry("Lambda", made), LayerPlan(name, "Lambda", class_name, name)


def _function(r: Rewriter, stored: Any, kind: Any, config: Config) -> Any:
    """Return a function for a Lambda: by its name, from ``custom_objects``, or (``safe_mode=False``) its
    code."""
    if isinstance(stored, dict):  # as TensorFlow's Keras from 2.13 on has it
        kind = "function" if stored.get("class_name") == "function" else "lambda"
        inner = stored.get("config")
        code = inner.get("code") if isinstance(inner, dict) else None
        parts = [code, inner.get("defaults"), inner.get("closure")] if isinstance(inner, dict) else None
        stored = inner if kind == "function" else parts
        config = {"module": stored.get("module") if isinstance(stored, dict) else None, **config}
    named = stored if isinstance(stored, str) and kind != "lambda" else None
    for name in (named, config.get("name")):
        if name is not None and name in r.custom:
            return {"class_name": "function", "config": name}
    known = _pure(named) if named else None
    if known is not None:
        return {"class_name": "function", "config": known}
    layer = config.get("name") or "lambda"
    if named:
        r.note(
            f"its function {named!r} is not in the file; pass it in custom_objects={{{named!r}: ...}}",
            "blocks",
        )
    elif r.safe_mode:
        r.note(
            "it holds Python code, which is not run; pass the function under the layer's name in "
            f"custom_objects={{{layer!r}: lambda x: ...}}, or trust the file with safe_mode=False",
            "blocks",
        )
    elif isinstance(stored, list) and stored and isinstance(stored[0], str):
        code, defaults, closure = [*stored, None, None][:3]
        return {
            "class_name": "__lambda__",
            "config": {"code": code, "defaults": defaults, "closure": closure},
        }
    else:
        r.note("its function can't be read", "blocks")
    return {"class_name": "function", "config": named or layer}


def _pure(name: str) -> str | None:
    """Return the full name of a mathematical function of TensorFlow's or of Keras's backend, stored by its
    last part."""
    import tensorflow as tf

    import tfk_ext

    if not name.isidentifier() or name.startswith("_"):
        return None
    for space, module in (
        ("tfk_ext.backend", getattr(tfk_ext, "backend", None)),
        ("tf.nn", tf.nn),
        ("tf.math", tf.math),
        ("tfk_ext.activations", tfk_ext.activations),
    ):
        thing = getattr(module, name, None)
        if (
            callable(thing)
            and not isinstance(thing, type)
            and name not in ("get", "serialize", "deserialize")
        ):
            return f"{space}.{name}"
    return None


def passed_on(r: Rewriter, class_name: str, config: Config) -> Made:
    """AddLoss and AddMetric: layers that returned their input."""
    from tfk_ext.compat.eras.layers import entry

    r.note("the loss or metric that it added is not kept; add it again to the model", "changed")
    name = config.get("name") or class_name.lower()
    return entry("Activation", {"name": name, "activation": "linear"}), LayerPlan(
        name, "Activation", class_name, name
    )


def stretched(r: Rewriter, class_name: str, config: Config) -> Made:
    """RandomHeight and RandomWidth, which did nothing but in training."""
    r.note("it stretched images in training only, and has gone with Keras 3: nothing is done", "changed")
    shape = {k: v for k, v in config.items() if k == "batch_input_shape"}
    return r.finish("Activation", {"name": config.get("name"), "activation": "linear", **shape})


SPECIAL: dict[str, Callable[[Rewriter, str, Config], Made]] = {
    "InputLayer": input_layer,
    "Merge": merge,
    "Lambda": lambda_layer,
    "AddLoss": passed_on,
    "AddMetric": passed_on,
    "RandomHeight": stretched,
    "RandomWidth": stretched,
}
