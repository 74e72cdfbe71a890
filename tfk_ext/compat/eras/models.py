"""Models: Sequential as a list or a dictionary, functional models of every era, and those of Keras 1 that
begin with a Merge."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tfk_ext.compat.eras import graphs, shapes
from tfk_ext.compat.eras.notes import LayerPlan
from tfk_ext.saving.errors import LoadError

if TYPE_CHECKING:
    from tfk_ext.compat.eras.layers import Rewriter

Made = tuple[dict[str, Any], LayerPlan]

_FUNCTIONAL = ("Model", "Functional", "Network", "Container")
_INPUT_DTYPES = {
    "TextVectorization": "string",
    "StringLookup": "string",
    "Hashing": "string",
    "IntegerLookup": "int64",
}


def is_model(class_name: str, config: Any) -> bool:
    """Tell whether a stored layer is a model."""
    if class_name == "Sequential" or class_name in _FUNCTIONAL:
        return True
    return (
        isinstance(config, dict)
        and "layers" in config
        and ("input_layers" in config or _is_sequential(class_name))
    )


def _is_sequential(class_name: str) -> bool:
    return class_name.split(">")[-1].endswith("Sequential")


def rewrite_model(r: Rewriter, class_name: str, config: Any) -> Made:
    """Return today's form of a model.

    Raises:
        LoadError: it is no configuration of a model.
    """
    functional = isinstance(config, dict) and "input_layers" in config
    if not functional and class_name in _FUNCTIONAL:
        raise LoadError(
            f"{class_name}: the configuration lacks layers and input_layers: it is a model "
            "defined by a class of its own (subclassing); build it from its program, then load_weights.",
            rule="config",
        )
    if class_name not in ("Sequential", *_FUNCTIONAL):
        kind = "functional model" if functional else "Sequential"
        r.note(
            f"the model class {class_name!r} is not known, it is loaded as a {kind} of the same layers",
            "changed",
        )
    if functional:
        return graphs.functional(r, config)
    return sequential(r, config)


def sequential(r: Rewriter, config: Any) -> Made:
    """Return today's form of a Sequential model."""
    given = {"layers": config} if isinstance(config, list) else config
    stored = given.get("layers")
    if not isinstance(stored, list):
        raise LoadError(f"Sequential: layers must be a list, got {type(stored).__name__}.", rule="config")
    if stored and isinstance(stored[0], dict) and stored[0].get("class_name") == "Merge":
        merge = stored[0].get("config")
        if isinstance(merge, dict) and "layers" in merge:
            return graphs.of_branches(r, given)
    made = [pair for layer in stored for pair in r.layer(layer)]
    first = front(r, given, stored, made)
    return sequential_of([*first, *made], given.get("name"), given.get("trainable", True) is not False)


def front(r: Rewriter, given: dict[str, Any], stored: list[Any], made: list[Made]) -> list[Made]:
    """Return the input layer of a Sequential, if its layers tell their input's shape."""
    if not made or stored[0].get("class_name") == "InputLayer":
        return []
    class_name, config = r.parts(stored[0])
    config = config if isinstance(config, dict) else {}
    inner = config.get("layer") if isinstance(config.get("layer"), dict) else None
    shape = shapes.input_shape(config, class_name)
    if shape is None and inner is not None and isinstance(inner.get("config"), dict):
        shape = shapes.input_shape(inner["config"], inner.get("class_name", ""))
    if shape is None:
        shape = input_of(made[0][0])
    if shape is None and shapes.is_shape(given.get("build_input_shape")) and given["build_input_shape"]:
        batch, *rest = given["build_input_shape"]
        shape = [batch if _is_stateful(stored) else None, *rest]
    if shape is None:
        return []
    dtype = _INPUT_DTYPES.get(class_name, config.get("input_dtype"))
    return [graphs.input_layer(f"{made[0][1].name or 'layer'}_input", shape, dtype)]


def _is_stateful(stored: Any) -> bool:
    if isinstance(stored, dict):
        return stored.get("stateful") is True or any(map(_is_stateful, stored.values()))
    return isinstance(stored, list) and any(map(_is_stateful, stored))


def input_of(made: dict[str, Any]) -> list[int | None] | None:
    """Return the input's shape of a rewritten model that has one input."""
    layers = made["config"].get("layers")
    inputs = [layer["config"] for layer in layers or () if layer["class_name"] == "InputLayer"]
    if len(inputs) == 1:
        return list(inputs[0]["batch_shape"])
    return input_of(layers[0]) if layers and not inputs else None


def sequential_of(made: list[Made], name: Any, trainable: bool = True) -> Made:
    """Return a Sequential of rewritten layers."""
    unique(made)
    name = clean(name) if isinstance(name, str) and name else "sequential"
    config = {"name": name, "trainable": trainable, "layers": [entry for entry, _ in made]}
    plan = LayerPlan(name, "Sequential", "Sequential", name, trainable, layers=[plan for _, plan in made])
    return model("Sequential", config), plan


def model(class_name: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of a model of the package in today's form."""
    return {
        "module": "tfk_ext.models",
        "class_name": class_name,
        "config": config,
        "registered_name": f"tfk_ext>{class_name}",
    }


def unique(made: list[Made]) -> None:
    """Give each layer a name that no other has, and that today's Keras takes."""
    taken: set[str] = set()
    for entry, plan in made:
        name = clean(plan.name) or plan.class_name.lower()
        wanted, count = name, 0
        while name in taken:
            count += 1
            name = f"{wanted}_{count}"
        taken.add(name)
        plan.name = name
        entry["config"]["name"] = name


def clean(name: str) -> str:
    """Return a layer's name with what a name of a TensorFlow scope may hold."""
    name = re.sub(r"[^A-Za-z0-9_.\-]", "_", name)
    return name if not name or name[0].isalnum() else f"layer{name}"
