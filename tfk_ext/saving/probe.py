"""Random inputs for a model, and what a fresh process predicts for them: ``python -m "
"tfk_ext.saving.probe``."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

# Stands in for axes that a model leaves open: time steps, and pixels enough for a few poolings.
_STEPS, _PIXELS = 16, 64


def objects_of(given: Mapping[str, Any] | str | None) -> dict[str, Any]:
    """Return custom objects: as they are, or the public names of a module (or of a ``.py`` file)."""
    if given is None:
        return {}
    if not isinstance(given, str):
        return dict(given)
    if given.endswith(".py"):
        spec = importlib.util.spec_from_file_location("tfk_ext_custom_objects", given)
        if spec is None or spec.loader is None or not os.path.isfile(given):
            raise ValueError(f"custom objects: there is no file {given}.")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    else:
        sys.path.insert(0, os.getcwd())
        try:
            module = importlib.import_module(given)
        finally:
            sys.path.pop(0)
    listed = getattr(module, "custom_objects", None)
    if isinstance(listed, Mapping):
        return dict(listed)
    return {
        name: thing for name, thing in vars(module).items() if callable(thing) and not name.startswith("_")
    }


def _layers(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        yield layer
        if isinstance(layer, tf.keras.Model):
            yield from _layers(layer)
        elif isinstance(getattr(layer, "layer", None), tf.keras.layers.Layer):
            yield layer.layer


def random_inputs(model: tf.keras.Model, count: int, seed: int = 0) -> list[np.ndarray]:
    """Return random arrays for the inputs of a model: word numbers where it begins with an embedding."""
    rng = np.random.default_rng(seed)
    words = [layer.input_dim for layer in _layers(model) if type(layer).__name__ == "Embedding"]
    found = []
    for tensor in model.inputs:
        batch, *rest = tensor.shape
        open_axis = _PIXELS if len(rest) >= 3 else _STEPS
        shape = (batch or count, *(open_axis if axis is None else axis for axis in rest))
        dtype = tf.as_dtype(tensor.dtype)
        if dtype == tf.string:
            found.append(rng.choice(["one two", "three", "four five six"], shape))
        elif words and (dtype.is_integer or len(rest) <= 1):
            found.append(rng.integers(0, min(words), shape).astype(dtype.as_numpy_dtype))
        elif dtype.is_integer:
            found.append(rng.integers(0, 2, shape).astype(dtype.as_numpy_dtype))
        elif dtype.is_bool:
            found.append(rng.integers(0, 2, shape).astype(bool))
        else:
            found.append(rng.normal(size=shape).astype(dtype.as_numpy_dtype))
    return found


def structured(model: tf.keras.Model, inputs: list[np.ndarray]) -> Any:
    """Return inputs as a model takes them: one array or a list."""
    arrays = [x if x.dtype.kind in "US" else tf.convert_to_tensor(x) for x in inputs]
    arrays = [tf.constant(x) for x in arrays]
    return arrays[0] if len(arrays) == 1 else arrays


def flat(outputs: Any) -> list[np.ndarray]:
    """Return a model's outputs as a list of arrays."""
    return [np.asarray(x, dtype=np.float32) for x in tf.nest.flatten(outputs)]


def in_order(outputs: list[np.ndarray], expected: list[np.ndarray], format: str) -> list[np.ndarray]:
    """Return the outputs of a converted model in the order of the model's: TFLite may turn them round."""
    if format != "tflite" or len(outputs) == 1:
        return outputs
    left, found = list(outputs), []
    for one in expected:
        fits = [x for x in left if x.shape == one.shape]
        best = min(
            fits or left, key=lambda x: float(np.abs(x - one).max()) if x.shape == one.shape else np.inf
        )
        left = [x for x in left if x is not best]
        found.append(best)
    return found


def predict(settings: dict[str, Any], inputs: list[np.ndarray]) -> list[np.ndarray]:
    """Load a converted model and return its predictions."""
    if settings["format"] == "savedmodel":
        loaded = tf.saved_model.load(settings["path"])  # its variables go with it
        return flat(loaded.serve(*[tf.constant(x) for x in inputs]))
    if settings["format"] == "tflite":
        return _predict_lite(settings["path"], inputs)
    if settings["format"] == "onnx":
        return _predict_onnx(settings["path"], inputs)
    from tfk_ext.saving import load_model

    model = load_model(
        settings["path"], objects_of(settings["module"]), compile=False, safe_mode=settings["safe_mode"]
    )
    return flat(model(structured(model, inputs), training=False))


def _predict_onnx(path: str, inputs: list[np.ndarray]) -> list[np.ndarray]:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return flat(session.run(None, {item.name: x for item, x in zip(session.get_inputs(), inputs)}))


def _predict_lite(path: str, inputs: list[np.ndarray]) -> list[np.ndarray]:
    interpreter = tf.lite.Interpreter(model_path=path)
    details = sorted(interpreter.get_input_details(), key=lambda item: item["name"])
    for detail, array in zip(details, inputs):
        interpreter.resize_tensor_input(detail["index"], array.shape)
    interpreter.allocate_tensors()
    for detail, array in zip(details, inputs):
        interpreter.set_tensor(detail["index"], array.astype(detail["dtype"]))
    interpreter.invoke()
    return [
        np.asarray(interpreter.get_tensor(d["index"]), np.float32) for d in interpreter.get_output_details()
    ]


def main(settings: str, given: str, found: str) -> None:
    """Predict for the arrays of one file and write the predictions to another."""
    with np.load(given) as held:
        inputs = [held[f"arr_{number}"] for number in range(len(held.files))]
    outputs = predict(json.loads(settings), inputs)
    np.savez(found, *outputs)


if __name__ == "__main__":
    main(*sys.argv[1:])
