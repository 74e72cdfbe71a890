"""Hostile files as data: what a configuration may hold, where in it, and what a container may be."""

from __future__ import annotations

import base64
import io
import json
import marshal
import pathlib
import stat
import struct
import tarfile
import zipfile
from typing import Any

import h5py
import numpy as np

from tests.saving import seeds

CANARY = pathlib.Path("/tmp/tfk_ext-canary")


def payload() -> str:
    """Return compiled code that leaves a mark where it is run."""
    code = f"(lambda x: (__import__('pathlib').Path({str(CANARY)!r}).touch(), x)[1])"
    return base64.b64encode(marshal.dumps(eval(code).__code__)).decode()


PICKLE = base64.b64encode(b"cos\nsystem\n(S'touch " + str(CANARY).encode() + b"'\ntR.").decode()
_CODE = {"class_name": "__lambda__", "config": {"code": payload(), "defaults": None, "closure": None}}
_VALUE = {"class_name": "__lambda__", "config": {"value": [payload(), None, None]}}


def layer(class_name: str, module: str | None = "keras.layers", registered=None, **config: Any) -> dict:
    """Return a layer in today's form; in that of old files if ``module`` is ``None``."""
    if module is None:
        return {"class_name": class_name, "config": config}
    return {"module": module, "class_name": class_name, "config": config, "registered_name": registered}


def function(name: str, module: str) -> dict:
    """Return a function in today's form."""
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def _old_lambda(**more: Any) -> dict:
    return layer(
        "Lambda", None, name="evil", function=[payload(), None, None], function_type="lambda", **more
    )


# Weakness -> what stands for a layer, and what stands for a function or another part of a layer.
CONFIGS: dict[str, tuple[list[dict], list[Any]]] = {
    "Lambda bytecode": (
        [_old_lambda(), layer("Lambda", name="evil", function=_CODE)],
        [_CODE, _VALUE],
    ),
    "module import": (
        [layer("Evil", "evil_package.layers", name="e"), layer("system", "os", "os>system", name="e")],
        [layer("Popen", "subprocess", args="true"), function("system", "os")],
    ),
    "Keras functions as gadgets": (
        [
            layer("Lambda", name="e", function=function("load_data", "keras.datasets.mnist")),
            layer(
                "Lambda",
                name="e",
                function=layer("get_file", "keras.utils"),
                arguments={"origin": "file:///x"},
            ),
            layer("TFOpLambda", None, name="e", function="io.write_file"),
        ],
        [function("load_data", "keras.datasets.mnist"), layer("ResNet50", "keras.applications")],
    ),
    "pickles in wrappers": (
        [layer("TorchModuleWrapper", name="e", module=PICKLE), layer("FlaxLayer", name="e", module=_VALUE)],
        [layer("TorchModuleWrapper", name="e", module=PICKLE)],
    ),
    "file reads through a vocabulary": (
        [
            layer("StringLookup", name="e", vocabulary="/etc/passwd"),
            layer("TextVectorization", None, name="e", vocabulary="/etc/passwd"),
        ],
        [layer("StringLookup", name="e", vocabulary="/etc/passwd")],
    ),
}


def _lstm(**more: Any) -> dict:
    return layer("LSTM", name="l", units=2, **more)


# Where a layer may stand: a function from the layer to the layer of a model that has it inside.
LAYER_PLACES = {
    "a layer": lambda x: x,
    "TimeDistributed": lambda x: layer("TimeDistributed", name="w", layer=x),
    "Bidirectional": lambda x: layer("Bidirectional", name="w", layer=x),
    "Bidirectional, backward": lambda x: layer("Bidirectional", name="w", layer=_lstm(), backward_layer=x),
    "RNN": lambda x: layer("RNN", name="w", cell=x),
    "StackedRNNCells": lambda x: layer(
        "RNN", name="w", cell=layer("StackedRNNCells", name="c", cells=[layer("LSTMCell", units=2), x])
    ),
    "a Sequential": lambda x: layer("Sequential", "keras", name="inner", layers=[x]),
    "a Sequential in a Sequential": lambda x: layer(
        "Sequential", "keras", name="a", layers=[layer("Sequential", "keras", name="b", layers=[x])]
    ),
    "a functional model": lambda x: layer("Functional", "keras", **_functional(x)["config"]),
    "a wrapper in a wrapper": lambda x: layer(
        "TimeDistributed", name="v", layer=layer("TimeDistributed", name="w", layer=x)
    ),
    "SpectralNormalization": lambda x: layer("SpectralNormalization", name="w", layer=x),
}


def _dense(**more: Any) -> dict:
    return layer("Dense", name="d", units=3, **more)


# Where a function or another object may stand.
PART_PLACES = {
    "activation": lambda x: _dense(activation=x),
    "the activation of Activation": lambda x: layer("Activation", name="a", activation=x),
    "recurrent_activation": lambda x: _lstm(recurrent_activation=x),
    "kernel_initializer": lambda x: _dense(kernel_initializer=x),
    "kernel_regularizer": lambda x: _dense(kernel_regularizer=x),
    "activity_regularizer": lambda x: _dense(activity_regularizer=x),
    "kernel_constraint": lambda x: _dense(kernel_constraint=x),
    "dtype": lambda x: _dense(dtype=x),
    "an argument of Lambda": lambda x: layer(
        "Lambda", name="l", function=function("relu", "keras.activations"), arguments={"max_value": x}
    ),
    "output_shape of Lambda": lambda x: layer(
        "Lambda", name="l", function=function("relu", "keras.activations"), output_shape=x
    ),
    "mask of Lambda": lambda x: layer(
        "Lambda", name="l", function=function("relu", "keras.activations"), mask=x
    ),
    "activation in a wrapper": lambda x: layer("TimeDistributed", name="w", layer=_dense(activation=x)),
    "mask_value of Masking": lambda x: layer("Masking", name="m", mask_value=x),
}
# Of what compile was given: these are left out with a warning, and the model is there.
COMPILE_PLACES = {
    "optimizer": lambda x: {"optimizer_config": x},
    "learning rate": lambda x: {
        "optimizer_config": {"class_name": "Adam", "config": {"learning_rate": x, "name": "Adam"}}
    },
    "loss": lambda x: {"loss": x},
    "loss of an output": lambda x: {"loss": {"dense": x}},
    "metric": lambda x: {"metrics": [x]},
    "metric of an output": lambda x: {"metrics": {"dense": [x]}},
    "weighted metric": lambda x: {"weighted_metrics": [x]},
    "function of a metric": lambda x: {
        "metrics": [{"class_name": "MeanMetricWrapper", "config": {"name": "m", "fn": x}}]
    },
}


def _bare(value: Any) -> Any:
    """Return a configuration as old files have it: no modules, no registered names."""
    if isinstance(value, list):
        return [_bare(item) for item in value]
    if not isinstance(value, dict):
        return value
    ours = value.get("module") in ("keras", "keras.layers")
    return {
        k: _bare(v)
        for k, v in value.items()
        if not (ours and k in ("module", "registered_name") and "class_name" in value)
    }


def old_model(inside: dict) -> dict:
    """Return the configuration of a model of TensorFlow's Keras with a layer inside."""
    first = layer("Dense", None, name="first", units=3, batch_input_shape=[None, 4])
    config = {"name": "s", "layers": [first, _bare(inside)]}
    return {"class_name": "Sequential", "config": config, "keras_version": "2.4.0", "backend": "tensorflow"}


def new_model(inside: dict) -> dict:
    """Return the configuration of a model of Keras 3 with a layer inside."""
    config = seeds.config_3()
    config["config"]["layers"].append(inside)
    return {**config, "keras_version": "3.5.0"}


def _functional(inside: dict) -> dict:
    start = layer("InputLayer", name="i", batch_shape=[None, 4], dtype="float32")
    tensor = {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, 4], "dtype": "float32", "keras_history": ["i", 0, 0]},
    }
    name = inside["config"].get("name", "e") if isinstance(inside.get("config"), dict) else "e"
    nodes = [{"args": [tensor], "kwargs": {}}]
    layers = [
        {**start, "name": "i", "inbound_nodes": []},
        {**inside, "name": name, "inbound_nodes": nodes},
    ]
    config = {"name": "f", "layers": layers, "input_layers": [["i", 0, 0]], "output_layers": [[name, 0, 0]]}
    return layer("Functional", "keras", **config)


def call_argument(value: Any) -> dict:
    """Return a functional model of Keras 3 that calls a layer with a hostile argument."""
    model = _functional(_dense())
    model["config"]["layers"][1]["inbound_nodes"][0]["kwargs"]["training"] = value
    return model


# --- containers ------------------------------------------------------------------------------------------


def altered(change: Any, data: bytes) -> bytes:
    """Return an HDF5 file changed by a function."""
    file = io.BytesIO(data)
    with h5py.File(file, "r+") as f:
        change(f)
    return file.getvalue()


def _replaced(make: Any) -> Any:
    """Put something else in the place of the kernel, wherever a file of this kind has it."""

    def change(f: Any) -> None:
        places = ("model_weights/dense/dense/kernel:0", "dense/dense/kernel:0", "layers/dense/vars/0")
        place = next(p for p in places if p in f)
        del f[place]
        make(f, place)

    return change


def _storage(f: Any, place: str) -> None:
    f.create_dataset(place, (4, 3), "f4", external=[("/etc/passwd", 0, 48)])


def _virtual(f: Any, place: str) -> None:
    layout = h5py.VirtualLayout((4, 3), "f4")
    layout[:] = h5py.VirtualSource("/tmp/other.h5", "data", (4, 3))
    f.create_virtual_dataset(place, layout)


HDF5 = {
    "HDF5 shape bombs": {
        "never written": _replaced(lambda f, p: f.create_dataset(p, (1 << 20, 1 << 14), "f4")),
        "packed": _replaced(
            lambda f, p: f.create_dataset(
                p, data=np.zeros(18_000_000, "u1"), chunks=(1_000_000,), compression="gzip"
            )
        ),
    },
    "HDF5 external storage and links": {
        "storage": _replaced(_storage),
        "virtual": _replaced(_virtual),
        "external link": _replaced(lambda f, p: f.__setitem__(p, h5py.ExternalLink("/tmp/other.h5", "/x"))),
        "soft link": _replaced(lambda f, p: f.__setitem__(p, h5py.SoftLink("/other"))),
    },
}


def _link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


ZIPS = {
    "archive path traversal": {
        "up": lambda z: z.writestr("../../tmp/tfk_ext-canary", "x"),
        "absolute": lambda z: z.writestr(str(CANARY), "x"),
        "backslash": lambda z: z.writestr("assets\\..\\..\\x", "x"),
        "link": lambda z: z.writestr(_link("assets/link"), "/etc/passwd"),
    },
    "zip and npz bombs": {
        "zeros": lambda z: z.writestr("assets/zeros", b"\0" * 18_000_000),
    },
}


def zipped(add: Any, data: bytes | None = None) -> bytes:
    """Return a ``.keras`` archive, or another zip, with a hostile member."""
    file = io.BytesIO(seeds.archive() if data is None else data)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as z:
        add(z)
    return file.getvalue()


def archive_with(weights: bytes) -> bytes:
    """Return a ``.keras`` archive with another weights file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as z:
        z.writestr("metadata.json", json.dumps({"keras_version": "3.5.0"}))
        z.writestr("config.json", json.dumps(seeds.config_3()))
        z.writestr("model.weights.h5", weights)
    return file.getvalue()


def tarred(kind: str) -> bytes:
    """Return a tar archive with a hostile member."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        info = tarfile.TarInfo({"up": "../tfk_ext-canary", "absolute": str(CANARY)}.get(kind, "folder/link"))
        if kind == "link":
            info.type, info.linkname = tarfile.SYMTYPE, "/etc"
            tar.addfile(info)
        else:
            info.size = 1
            tar.addfile(info, io.BytesIO(b"x"))
    return file.getvalue()


def npz(names: tuple[str, ...], header: str, data: bytes = b"") -> bytes:
    """Return an ``.npz`` file whose arrays have a header and bytes of one's own."""
    raw = header.encode() + b"\n"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as z:
        for name in names:
            z.writestr(f"{name}.npy", b"\x93NUMPY\x01\0" + struct.pack("<H", len(raw)) + raw + data)
    return file.getvalue()


_ARRAY = "{{'descr': '{}', 'fortran_order': False, 'shape': ({},), }}"
NPZ = {
    "zip and npz bombs": {
        "claims": (_ARRAY.format("<f4", 1 << 50), b"\0" * 40),
        "zeros": (_ARRAY.format("<f4", 4_500_000), b"\0" * 18_000_000),
    },
    "pickles in wrappers": {
        "objects": (_ARRAY.format("|O", 1), b"cos\nsystem\n(S'touch " + str(CANARY).encode() + b"'\ntR."),
    },
}
