"""``.h5`` files in the layout of Keras 2: configuration, weights layer by layer, state of the optimizer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import h5py
import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.models import keras2

# An attribute larger than that has no room in an HDF5 object header and is split over several.
_HEADER = 64512
_VERSION = "2.15.0"  # whose layout this is; readers choose by it how to read


def write_model(model: Any, path: str, include_optimizer: bool) -> None:
    """Write a whole model.

    Args:
        model: a functional or Sequential model.
        path: the file.
        include_optimizer: whether to write how it was compiled, with the state of the optimizer.

    Raises:
        ValueError: the model has no configuration, or one that ``.h5`` can't hold.
    """
    described = json.loads(model.to_json())
    if described["class_name"] not in ("Sequential", "Functional", "Model") or not _has_layers(described):
        checks.fail(
            model,
            "a .h5 file holds functional and Sequential models; save a subclassed model's weights "
            "(save_weights), or the model to .keras.",
        )
    config = keras2.model_config(model, described)
    training = _training_config(model) if include_optimizer and model.compiled else None
    with h5py.File(path, "w") as file:
        _write_origin(file)
        _write_text(file, "model_config", config)
        _write_layers(file.create_group("model_weights"), model)
        if training is not None:
            _write_text(file, "training_config", training)
            if model.optimizer is not None and model.optimizer.built:
                # Keras 2 does not count the learning rate to the state: it is in the configuration.
                variables = [v for v in model.optimizer.variables if v.name != "learning_rate"]
                names = [f"{variable.path}:0" for variable in variables]
                _write_weights(file.create_group("optimizer_weights"), names, variables)


def write_weights(model: Any, path: str) -> None:
    """Write the weights alone."""
    with h5py.File(path, "w") as file:
        _write_layers(file, model)


def _has_layers(described):
    return isinstance(described.get("config"), dict) and "layers" in described["config"]


def _write_origin(group):
    group.attrs["keras_version"] = _VERSION
    group.attrs["backend"] = "tensorflow"


def _write_text(file, name, value):
    text = json.dumps(value, default=_as_json)
    if len(text) < _HEADER:
        file.attrs[name] = text
    else:
        # Dense storage of attributes, as h5py does it for a large one by itself.
        file.attrs.create(name, text.encode("utf-8"))


def _as_json(value):
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    if isinstance(value, tf.DType):
        return value.name
    if hasattr(value, "numpy"):
        return value.numpy().tolist()
    if hasattr(value, "__name__"):
        return value.__name__
    raise TypeError(f"{value!r} can't be written as JSON.")


def _write_layers(group, model):
    _write_origin(group)
    layers = list(model.layers)
    _write_names(group, "layer_names", [layer.name for layer in layers])
    # In the order of the names, so that no group's name begins another's that exists.
    for layer in sorted(layers, key=lambda layer: layer.name):
        weights = [*layer.trainable_weights, *layer.non_trainable_weights]
        _write_weights(group.create_group(layer.name), _weight_names(layer, weights), weights)


def _weight_names(layer, weights):
    """Return the names of weights, as Keras 2 has them: path and ``:0``, each of them once."""
    names, seen = [], set()
    for weight in weights:
        path = getattr(weight, "path", weight.name)
        if not path.startswith(f"{layer.name}/"):
            # Of a wrapper Keras 3 names the inner layer alone, of a layer in a model sometimes its model.
            inner = path.split(f"/{layer.name}/", 1)
            path = f"{layer.name}/{inner[1] if len(inner) == 2 else path}"
        name, number = path, 0
        while name in seen:
            number += 1
            name = f"{path}_{number}"
        seen.add(name)
        names.append(f"{name}:0")
    return names


def _write_weights(group, names, weights):
    _write_names(group, "weight_names", names)
    for name, weight in zip(names, weights):
        group[name] = np.asarray(tf.convert_to_tensor(weight))


def _write_names(group, attribute: str, names: Sequence[str]) -> None:
    """Write a list of names as an attribute, in several numbered ones if it is too large for one."""
    encoded = np.asarray([name.encode("utf-8") for name in names])
    if not names:
        group.attrs[attribute] = np.zeros(0)
        return
    pieces = max(1, -(-encoded.nbytes // _HEADER))
    parts = np.array_split(encoded, pieces)
    if pieces == 1:
        group.attrs[attribute] = encoded
        return
    for number, part in enumerate(parts):
        group.attrs[f"{attribute}{number}"] = part


# --- how it was compiled ---


def _training_config(model) -> dict[str, Any]:
    given = model._classic_compile
    optimizer = json.loads(json.dumps(tf.keras.optimizers.serialize(given["optimizer"]), default=_as_json))
    optimizer = keras2.plain(model, optimizer)
    if not optimizer["config"].get("decay", True):
        del optimizer["config"]["decay"]
    # Else the readers of Keras 2 take the optimizers of 2.10 and before, which have another state.
    optimizer["config"]["is_legacy_optimizer"] = False
    return {
        "optimizer_config": optimizer,
        "loss": _named(model, given["loss"]),
        "metrics": _each(model, given["metrics"]),
        "weighted_metrics": _each(model, given["weighted_metrics"]),
        "loss_weights": given["loss_weights"],
        "sample_weight_mode": given["sample_weight_mode"],
    }


def _each(model, metrics):
    """Return metrics as Keras 2 stores them, for each output its own: it shares what it reads once."""
    named = _named(model, metrics)
    outputs = model._output_names() or ()
    if isinstance(named, list) and len(outputs) > 1 and not any(isinstance(item, list) for item in named):
        return [named for _ in outputs]
    return named


def _named(model, value):
    """Return losses or metrics as Keras 2 stores them: names, or a class with its configuration."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        return [_named(model, item) for item in value]
    if isinstance(value, dict):
        return {key: _named(model, item) for key, item in value.items()}
    if isinstance(value, type):
        return value.__name__
    if callable(value) and hasattr(value, "__name__") and not hasattr(value, "get_config"):
        registered = tf.keras.saving.get_registered_name(value)
        return registered if ">" in registered and not registered.startswith("tfk_ext") else value.__name__
    described = tf.keras.saving.serialize_keras_object(value)
    described = json.loads(json.dumps(described, default=_as_json))
    converted = keras2.plain(model, described)
    if isinstance(converted, dict) and isinstance(converted.get("config"), dict):
        config = converted["config"]
        if config.get("dtype") is None:
            config.pop("dtype", None)
    return converted
