"""Small model files of every kind, made here by hand: what the fuzzer mutates and the safety tests alter."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import h5py
import numpy as np

DENSE_1 = {
    "class_name": "Sequential",
    "keras_version": "1.2.2",
    "config": [
        {
            "class_name": "Dense",
            "config": {
                "name": "dense_1",
                "output_dim": 3,
                "input_dim": 4,
                "batch_input_shape": [None, 4],
                "init": "glorot_uniform",
                "activation": "relu",
                "W_regularizer": {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01},
                "bias": True,
            },
        },
        {
            "class_name": "BatchNormalization",
            "config": {"name": "bn", "mode": 0, "epsilon": 0.001, "axis": -1},
        },
    ],
}


def _node(*layers: str) -> list[Any]:
    return [[[name, 0, 0, {}] for name in layers]]


def _layer(class_name: str, name: str, nodes: list[Any], **config: Any) -> dict[str, Any]:
    return {
        "class_name": class_name,
        "name": name,
        "config": {"name": name, **config},
        "inbound_nodes": nodes,
    }


FUNCTIONAL_2 = {
    "class_name": "Model",
    "keras_version": "2.2.4",
    "backend": "tensorflow",
    "config": {
        "name": "model_1",
        "layers": [
            _layer("InputLayer", "in", [], batch_input_shape=[None, 6, 4], dtype="float32", sparse=False),
            _layer(
                "Bidirectional",
                "both",
                _node("in"),
                merge_mode="concat",
                layer={"class_name": "LSTM", "config": {"name": "lstm", "units": 2, "implementation": 1}},
            ),
            _layer("Dense", "one", _node("both"), units=3, activation="hard_sigmoid"),
            _layer(
                "Dense",
                "two",
                _node("both"),
                units=3,
                kernel_initializer={"class_name": "Zeros", "config": {}},
            ),
            _layer("Add", "sum", _node("one", "two")),
            _layer(
                "Lambda",
                "twice",
                _node("sum"),
                function=["4wEAAAA=", None, None],
                function_type="lambda",
                output_shape=None,
                output_shape_type="raw",
                arguments={},
            ),
        ],
        "input_layers": [["in", 0, 0]],
        "output_layers": [["twice", 0, 0], ["one", 0, 0]],
    },
}

TRAINING = {
    "optimizer_config": {"class_name": "Adam", "config": {"lr": 0.001, "beta_1": 0.9, "decay": 0.0}},
    "loss": "mse",
    "metrics": ["accuracy"],
    "sample_weight_mode": None,
    "loss_weights": None,
}

DENSE_2 = {
    "class_name": "Sequential",
    "config": {
        "name": "sequential",
        "layers": [
            {
                "class_name": "Dense",
                "config": {
                    "name": "dense",
                    "batch_input_shape": [None, 4],
                    "units": 3,
                    "activation": "relu",
                    "kernel_initializer": {
                        "class_name": "GlorotUniform",
                        "config": {"seed": None, "dtype": "float32"},
                    },
                },
            }
        ],
    },
}


def h5_model(
    config: Any = None, training: Any = TRAINING, version: str | None = "2.2.4", **options: Any
) -> bytes:
    """Return a model file of Keras 2 with one Dense layer, or with another configuration."""
    file = io.BytesIO()
    with h5py.File(file, "w", **options) as f:
        if version:
            f.attrs["keras_version"] = version.encode()
            f.attrs["backend"] = b"tensorflow"
        f.attrs["model_config"] = json.dumps(DENSE_2 if config is None else config).encode()
        if training is not None:
            f.attrs["training_config"] = json.dumps(training).encode()
        _weights(f.create_group("model_weights"))
        if training is not None:
            state = f.create_group("optimizer_weights")
            names = ["Adam/iterations:0", "Adam/m:0", "Adam/m_1:0", "Adam/v:0", "Adam/v_1:0"]
            state.attrs["weight_names"] = [name.encode() for name in names]
            for name, shape in zip(names, [(), (4, 3), (3,), (4, 3), (3,)]):
                state[name] = np.zeros(shape, "int64" if shape == () else "float32")
    return file.getvalue()


def _weights(group: Any) -> None:
    group.attrs["layer_names"] = [b"dense"]
    layer = group.create_group("dense")
    layer.attrs["weight_names"] = [b"dense/kernel:0", b"dense/bias:0"]
    layer["dense/kernel:0"] = np.arange(12, dtype="float32").reshape(4, 3) / 10
    layer["dense/bias:0"] = np.ones(3, "float32")


def h5_weights(compressed: bool = False, **options: Any) -> bytes:
    """Return a weights file of Keras 2 with one Dense layer."""
    file = io.BytesIO()
    with h5py.File(file, "w", **options) as f:
        if compressed:
            f.attrs["layer_names"] = [b"dense"]
            layer = f.create_group("dense")
            layer.attrs["weight_names"] = [b"k", b"b"]
            settings = {"compression": "gzip", "shuffle": True, "fletcher32": True}
            layer.create_dataset("k", data=np.ones((4, 3), "f4"), chunks=(2, 2), **settings)
            layer.create_dataset("b", data=np.ones(3, "f4"), chunks=(3,), **settings)
        else:
            _weights(f)
    return file.getvalue()


def h5_modern() -> bytes:
    """Return a weights file of Keras 3."""
    file = io.BytesIO()
    with h5py.File(file, "w") as f:
        f["layers/dense/vars/0"] = np.arange(12, dtype="float32").reshape(4, 3)
        f["layers/dense/vars/1"] = np.ones(3, "float32")
    return file.getvalue()


def _dense_3(**changes: Any) -> dict[str, Any]:
    config = {"name": "dense", "units": 3, "activation": "relu", "use_bias": True, **changes}
    return {"module": "keras.layers", "class_name": "Dense", "config": config, "registered_name": None}


def config_3(**changes: Any) -> dict[str, Any]:
    """Return a configuration of Keras 3; ``changes`` are those of its Dense layer."""
    first = {"batch_shape": [None, 4], "dtype": "float32", "name": "in"}
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {
            "name": "s",
            "layers": [
                {
                    "module": "keras.layers",
                    "class_name": "InputLayer",
                    "config": first,
                    "registered_name": None,
                },
                _dense_3(**changes),
            ],
        },
        "registered_name": None,
        "build_config": {"input_shape": [None, 4]},
    }


def archive(config: Any = None, members: dict[str, bytes] | None = None, version: str = "3.5.0") -> bytes:
    """Return a ``.keras`` archive; ``members`` are added."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as z:
        z.writestr("metadata.json", json.dumps({"keras_version": version}))
        z.writestr("config.json", json.dumps(config_3() if config is None else config))
        z.writestr("model.weights.h5", h5_modern())
        for name, data in (members or {}).items():
            z.writestr(name, data)
    return file.getvalue()


YAML_1 = """
class_name: Sequential
config:
- class_name: Dense
  config: {activation: relu, batch_input_shape: !!python/tuple [null, 4], name: !!python/unicode 'dense_1',
    output_dim: 3, init: glorot_uniform, bias: true}
keras_version: 1.2.2
"""


def npz() -> bytes:
    """Return arrays of ``np.savez``."""
    file = io.BytesIO()
    np.savez(file, np.zeros((4, 3), "float32"), np.ones(3, "float32"))
    return file.getvalue()


def all_seeds() -> dict[str, bytes]:
    """Return a small file of every kind by its name."""
    return {
        "model.h5": h5_model(),
        "functional.h5": h5_model(FUNCTIONAL_2),
        "keras1.h5": h5_model(DENSE_1, None, None),
        "latest.h5": h5_model(libver="latest"),
        "tracked.h5": h5_model(track_order=True),
        "weights.h5": h5_weights(),
        "packed.h5": h5_weights(compressed=True),
        "packed_latest.h5": h5_weights(compressed=True, libver="latest"),
        "modern.weights.h5": h5_modern(),
        "model.keras": archive(),
        "model.json": json.dumps(DENSE_1).encode(),
        "functional.json": json.dumps(FUNCTIONAL_2).encode(),
        "model.yaml": YAML_1.encode(),
        "arrays.npz": npz(),
    }
