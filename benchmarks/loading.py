"""Loading a model file of 100 MB beside both Keras; the floor is h5py that only reads its arrays, plus
building the model."""

from __future__ import annotations

import json
import pathlib
import tempfile
from typing import Any

import h5py
import numpy as np

import tfk_ext
from benchmarks.case import FLOOR, KERAS, OURS, Bar, Case, Contest

_UNITS, _LAYERS = 1024, 24


def _config() -> dict[str, Any]:
    layers = [
        {
            "class_name": "Dense",
            "config": {
                "name": f"dense_{n}",
                "units": _UNITS,
                "activation": "relu",
                "batch_input_shape": [None, _UNITS],
            },
        }
        for n in range(_LAYERS)
    ]
    config = {"name": "sequential", "layers": layers}
    return {"class_name": "Sequential", "config": config, "keras_version": "2.2.4", "backend": "tensorflow"}


def _write(path: pathlib.Path) -> None:
    rng = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = b"2.2.4", b"tensorflow"
        file.attrs["model_config"] = json.dumps(_config()).encode()
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [f"dense_{n}".encode() for n in range(_LAYERS)]
        for n in range(_LAYERS):
            layer = group.create_group(f"dense_{n}")
            layer.attrs["weight_names"] = [f"dense_{n}/kernel:0".encode(), f"dense_{n}/bias:0".encode()]
            layer[f"dense_{n}/kernel:0"] = rng.normal(size=(_UNITS, _UNITS)).astype("float32")
            layer[f"dense_{n}/bias:0"] = np.zeros(_UNITS, "float32")


def _read(path: pathlib.Path) -> list[np.ndarray]:
    arrays = []
    with h5py.File(path) as file:
        file.visititems(
            lambda _, thing: arrays.append(thing[()]) if isinstance(thing, h5py.Dataset) else None
        )
    return arrays


def _contest():
    import tensorflow as tf
    import tf_keras

    folder = tempfile.TemporaryDirectory()
    path = pathlib.Path(folder.name, "model.h5")
    _write(path)
    config = _config()
    keras_3 = path.with_name("keras3.keras")
    tfk_ext.saving.load_model(path).save(keras_3)

    def floor():
        return _read(path), tfk_ext.saving.model_from_config(config), folder

    runs = {
        OURS: lambda: tfk_ext.saving.load_model(path),
        KERAS: lambda: tf.keras.models.load_model(keras_3),  # the .h5 it can't load
        "tf_keras": lambda: tf_keras.models.load_model(path),
    }
    return Contest(
        runs,
        floor=floor,
        results=lambda first: {name: model.get_weights() for name, model in first.items()},
        tolerance=0.0,
    )


def cases() -> list[Case]:
    """Return the cases of the group."""
    return [Case("load 100 MB .h5", _contest, (Bar(FLOOR, 0.8), Bar(KERAS, 1)))]
