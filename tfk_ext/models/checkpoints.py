"""Weights as a TensorFlow checkpoint, in the layout that ``save_weights`` of Keras 2 wrote."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.callbacks.files import replace_text


def write(model: Any, prefix: str) -> None:
    """Write a checkpoint ``prefix.index`` and ``prefix.data-...``, and the folder's ``checkpoint`` file.

    Args:
        model: a built model.
        prefix: path that the names of the files begin with; missing folders are made.
    """
    if "://" in prefix:
        tree(model).write(prefix)
        return
    folder = os.path.dirname(os.path.abspath(prefix))
    os.makedirs(folder, exist_ok=True)
    tree(model).write(prefix)
    # What tf.train.latest_checkpoint reads.
    name = json.dumps(os.path.basename(prefix))
    replace_text(
        os.path.join(folder, "checkpoint"),
        f"model_checkpoint_path: {name}\nall_model_checkpoint_paths: {name}\n",
    )


def exists(prefix: str) -> bool:
    """Tell whether there is a checkpoint of this name."""
    return tf.io.gfile.exists(f"{prefix}.index")


def read(model: Any, prefix: str, skip_mismatch: bool = False) -> None:
    """Read the weights of a checkpoint that Keras 2 or :func:`write` wrote.

    Args:
        model: a built model of the same layers.
        prefix: path that the names of the files begin with.
        skip_mismatch: whether weights of another shape, or that are missing, are left as they are.

    Raises:
        ValueError: the checkpoint lacks a weight, or holds it in another shape; nothing is changed then.
    """
    reader = tf.train.load_checkpoint(prefix)
    shapes = reader.get_variable_to_shape_map()
    values, faults = [], []
    for path, variable in paths(model):
        key = f"{path}/.ATTRIBUTES/VARIABLE_VALUE"
        if key not in shapes:
            faults.append(f"{path} is missing")
        elif tuple(shapes[key]) != tuple(variable.shape):
            faults.append(f"{path} has shape {tuple(shapes[key])}, the model's is {tuple(variable.shape)}")
        else:
            values.append((variable, reader.get_tensor(key)))
    if faults and not skip_mismatch:
        checks.fail(model, f"the checkpoint {prefix} does not fit the model: {'; '.join(faults)}.")
    for variable, value in values:
        variable.assign(value)


def tree(model: Any) -> tf.train.Checkpoint:
    """Return a model's variables as the objects that Keras 2 had in a checkpoint."""
    root: dict[str, Any] = {}
    for path, variable in paths(model):
        *folders, name = path.split("/")
        inner = root
        for folder in folders:
            inner = inner.setdefault(folder, {})
        inner[name] = variable
    return _checkpoint(root)


def _checkpoint(items):
    return tf.train.Checkpoint(
        **{
            name: _checkpoint(item) if isinstance(item, dict) else _variable(item)
            for name, item in items.items()
        }
    )


def _variable(variable):
    """Return the ``tf.Variable`` of a Keras variable."""
    return variable if isinstance(variable, tf.Variable) else variable.value


def paths(model: Any) -> Iterator[tuple[str, Any]]:
    """Give each weight of a model with its path, as Keras 2 named them in a checkpoint.

    The layers with weights are numbered, the layers in a layer go by the attribute that holds them.
    """
    seen: set[int] = set()
    number = 0
    for layer in model.layers:
        if layer.weights:
            yield from _layer_paths(layer, f"layer_with_weights-{number}", seen)
            number += 1
    yield from _rest(model, "", seen)


def _layer_paths(layer, path, seen):
    if isinstance(layer, tf.keras.Model):
        number = 0
        for inner in layer.layers:
            if inner.weights:
                yield from _layer_paths(inner, f"{path}/layer_with_weights-{number}", seen)
                number += 1
    for name, inner in _inner_layers(layer):
        yield from _layer_paths(inner, f"{path}/{name}", seen)
    yield from _rest(layer, f"{path}/", seen)


def _inner_layers(layer):
    for name, value in sorted(vars(layer).items()):
        if name.startswith("_"):
            continue
        if isinstance(value, tf.keras.layers.Layer):
            yield name, value
        elif isinstance(value, (list, tuple)):
            for index, item in enumerate(value):
                if isinstance(item, tf.keras.layers.Layer):
                    yield f"{name}/{index}", item


def _rest(layer, prefix, seen):
    """Give the weights of a layer that no layer in it has, by the names of their attributes."""
    by_id = {id(value): name for name, value in vars(layer).items() if not name.startswith("_")}
    for weight in layer.weights:
        if id(weight) not in seen:
            seen.add(id(weight))
            yield f"{prefix}{by_id.get(id(weight), weight.name)}", weight
