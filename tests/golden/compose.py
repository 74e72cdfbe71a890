"""Writes model files by hand, item by item, as the old versions of Keras did."""

import io
import json
import pathlib
import zlib

import h5py
import numpy as np

FILES = pathlib.Path(__file__).parent / "files"


def rng_of(name):
    """Random numbers that depend on the file's name alone."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def write(
    name, config, layers, inputs, outputs, *, version=None, backend=None, weights_version=None, training=None
):
    """Write ``files/NAME.h5`` and ``files/NAME.npz``.

    Args:
        name: of the files.
        config: the architecture as that version stored it.
        layers: pairs of a layer's name and its arrays, pairs of name and array.
        inputs: list of arrays.
        outputs: list of arrays.
        version: ``keras_version`` of the file, ``None`` where that version wrote none.
        backend: likewise.
        weights_version: ``keras_version`` of the group of weights (from Keras 2 on).
        training: ``training_config``.
    """
    FILES.mkdir(exist_ok=True)
    with h5py.File(FILES / f"{name}.h5", "w", track_order=False) as file:
        if version is not None:
            file.attrs["keras_version"] = version.encode()
        if backend is not None:
            file.attrs["backend"] = backend.encode()
        if config is not None:
            file.attrs["model_config"] = json.dumps(config).encode()
        if training is not None:
            file.attrs["training_config"] = json.dumps(training).encode()
        group = file if config is None else file.create_group("model_weights")
        group.attrs["layer_names"] = [layer.encode() for layer, _ in layers]
        if weights_version is not None:
            group.attrs["keras_version"] = weights_version.encode()
            group.attrs["backend"] = (backend or "tensorflow").encode()
        for layer, arrays in layers:
            inner = group.create_group(layer)
            inner.attrs["weight_names"] = [array.encode() for array, _ in arrays]
            for array, value in arrays:
                inner.create_dataset(array, data=np.asarray(value, "float32"))
    write_results(name, inputs, outputs)


def write_json(name, config):
    """Write ``files/NAME.json``, an architecture."""
    FILES.mkdir(exist_ok=True)
    (FILES / f"{name}.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def write_results(name, inputs, outputs):
    """Write inputs and outputs, with the same bytes each time."""
    arrays = {f"input_{i}": np.asarray(x, "float32") for i, x in enumerate(inputs)}
    arrays.update({f"output_{i}": np.asarray(y, "float32") for i, y in enumerate(outputs)})
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    (FILES / f"{name}.npz").write_bytes(buffer.getvalue())


class Weights:
    """Draws arrays and remembers them under the names that a version gave them."""

    def __init__(self, name):
        self.rng = rng_of(name)
        self.layers = []

    def layer(self, name, *arrays):
        """Add a layer's arrays: pairs of name and array."""
        self.layers.append((name, list(arrays)))

    def draw(self, *shape, scale=0.5):
        return self.rng.uniform(-scale, scale, shape)

    def positive(self, *shape):
        return self.rng.uniform(0.3, 1.5, shape)


def dense(name, **config):
    """Return a Dense of Keras 1."""
    return {
        "class_name": "Dense",
        "config": {
            "name": name,
            "trainable": True,
            "output_dim": 3,
            "init": "glorot_uniform",
            "activation": "linear",
            "W_regularizer": None,
            "b_regularizer": None,
            "activity_regularizer": None,
            "W_constraint": None,
            "b_constraint": None,
            "bias": True,
            "input_dim": None,
            **config,
        },
    }


def convolution(name, **config):
    """Return a Convolution2D of Keras 1."""
    return {
        "class_name": "Convolution2D",
        "config": {
            "name": name,
            "trainable": True,
            "nb_filter": 4,
            "nb_row": 3,
            "nb_col": 3,
            "init": "glorot_uniform",
            "activation": "linear",
            "border_mode": "valid",
            "subsample": [1, 1],
            "dim_ordering": "th",
            "W_regularizer": None,
            "b_regularizer": None,
            "activity_regularizer": None,
            "W_constraint": None,
            "b_constraint": None,
            "bias": True,
            **config,
        },
    }


def layer(class_name, name, **config):
    """Return a layer of Keras 1 with what every layer had."""
    return {"class_name": class_name, "config": {"name": name, "trainable": True, **config}}


def node(*names):
    """Return ``inbound_nodes`` with one call on the first output of layers."""
    return [[[name, 0, 0] for name in names]]


def functional(layers, inputs, outputs, name="model_1"):
    """Return a functional model of Keras 1 or 2.

    Args:
        layers: pairs of a layer and its ``inbound_nodes``.
        inputs: names of the input layers.
        outputs: names of the output layers.
        name: of the model.
    """
    return {
        "class_name": "Model",
        "config": {
            "name": name,
            "layers": [
                {**item, "name": item["config"]["name"], "inbound_nodes": nodes} for item, nodes in layers
            ],
            "input_layers": [[n, 0, 0] for n in inputs],
            "output_layers": [[n, 0, 0] for n in outputs],
        },
    }
