"""Every layer of the catalogue in the format of every era: one functional model with a branch for each
layer."""

import json

import numpy as np
import pytest
import tensorflow as tf

from tests.compat.eras import catalogue
from tests.processes import python
from tfk_ext.compat import eras
from tfk_ext.saving import Origin, StoredLayer, StoredWeight, weights

# The version, and whether the images have their channels first (Keras 1).
ERAS = {
    "1.0.8": True,
    "1.2.2": False,
    "2.0.9": False,
    "2.2.2": False,
    "2.2.4": False,
    "2.3.1": False,
    "2.2.4-tf": False,
    "2.4.0": False,
    "2.15.0": False,
}


def numbers(version):
    return tuple(int(part) for part in version.split("-")[0].split("."))


def existing(version):
    """Return the rows whose layers a version had."""
    is_old = numbers(version) < (2,)
    version = (2, 3) if version.endswith("-tf") else numbers(version)
    return [row for row in catalogue.rows() if (row.keras1 if is_old else row.since <= version <= row.until)]


def model_of(version):
    """Return a stored configuration, the stored layers, inputs and expected outputs."""
    rng = np.random.default_rng(0)
    first, is_old = ERAS[version], numbers(version) < (2,)
    layers, stored, inputs, outputs, ends = [], [], [], [], []
    for row in existing(version):
        name = row.layer.name
        x = rng.integers(0, 9, (2, *row.shape)) if row.integers else rng.normal(size=(2, *row.shape))
        x = x.astype("float32")
        row.layer(x)
        row.layer.set_weights([rng.uniform(0.1, 0.6, w.shape) for w in row.layer.get_weights()])
        y = row.layer(x).numpy()
        turn = first and row.rank > 1
        layers.append(input_of(f"{name}_input", turned(x, turn, row), version))
        call = [f"{name}_input", 0, 0] if is_old else [f"{name}_input", 0, 0, {}]
        config = catalogue.config_of_keras_1(row, first) if is_old else config_of(row.layer)
        class_name = row.keras1 if is_old else type(row.layer).__name__
        layers.append({"class_name": class_name, "config": config, "name": name, "inbound_nodes": [[call]]})
        arrays = catalogue.arrays_of_keras_1(row.layer, first) if is_old else legacy_arrays(row.layer)
        stored.append(StoredLayer(name, [StoredWeight.of(f"w_{i}:0", a) for i, a in enumerate(arrays)]))
        inputs.append(turned(x, turn, row))
        outputs.append(turned(y, turn and y.ndim > 2, row))
        ends.append(name)
    config = {
        "name": "model",
        "layers": layers,
        "input_layers": [[f"{name}_input", 0, 0] for name in ends],
        "output_layers": [[name, 0, 0] for name in ends],
    }
    class_name = "Functional" if numbers(version) >= (2, 4) else "Model"
    return {"class_name": class_name, "config": config}, stored, inputs, outputs


def turned(x, is_first, row):
    """Return an array with the channels first; those of ConvLSTM2D are behind the time."""
    place = 2 if type(row.layer).__name__ == "ConvLSTM2D" and x.ndim == 5 else 1
    return np.moveaxis(x, -1, place) if is_first else x


def input_of(name, x, version):
    config = {"name": name, "batch_input_shape": [None, *x.shape[1:]]}
    config["input_dtype" if numbers(version) < (2,) else "dtype"] = "float32"
    return {"class_name": "InputLayer", "config": config, "name": name, "inbound_nodes": []}


def config_of(layer):
    """Return what JSON makes of a layer's configuration."""
    return json.loads(json.dumps(layer.get_config(), default=lambda value: np.asarray(value).tolist()))


def legacy_arrays(layer):
    return [w.numpy() for w in (*layer.trainable_weights, *layer.non_trainable_weights)]


def loaded(version):
    config, stored, inputs, outputs = model_of(version)
    origin = Origin("h5", version, None if numbers(version) < (2,) else "tensorflow")
    rewritten = eras.rewrite(config, origin, layers=stored)
    assert not rewritten.blocked
    model = tf.keras.saving.deserialize_keras_object(rewritten.config)
    weights.assign(weights.translate(rewritten.plan, model, stored))
    return model, inputs, outputs, rewritten


def compare(model, inputs, outputs, names):
    found = model(inputs, training=False)
    assert len(found) == len(outputs)
    for name, one, two in zip(names, found, outputs):
        np.testing.assert_allclose(np.asarray(one), two, rtol=0, atol=1e-5, err_msg=name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("eras")


# Whose formats differ from those of one of the others in little: left to the long run.
_ALIKE = ("2.2.2", "2.2.4", "2.2.4-tf", "2.4.0")


@pytest.mark.parametrize(
    "version", [pytest.param(v, marks=[pytest.mark.slow] if v in _ALIKE else []) for v in ERAS]
)
def test_every_layer(version, folder):
    model, inputs, outputs, _ = loaded(version)
    compare(model, inputs, outputs, model.output_names)
    model.save(folder / f"{version}.keras")
    arrays = {f"x_{i:03}": x for i, x in enumerate(inputs)} | {f"y_{i:03}": y for i, y in enumerate(outputs)}
    np.savez(folder / f"{version}.npz", **arrays)


FRESH = """
import sys, pathlib
import numpy as np, tensorflow as tf
import tfk_ext
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.keras")):
    stored = np.load(path.with_suffix(".npz"))
    model = tf.keras.models.load_model(path)
    found = model([stored[n] for n in stored.files if n[0] == "x"], training=False)
    wanted = [stored[n] for n in stored.files if n[0] == "y"]
    worst = max(float(np.abs(np.asarray(a) - b).max()) for a, b in zip(found, wanted))
    assert worst < 1e-5, (path.name, worst)
    print(path.stem)
"""


@pytest.mark.slow
def test_round_trip_in_a_fresh_process(folder):
    run = python("-c", FRESH, folder)
    assert run.returncode == 0, run.stderr[-2000:]
    assert sorted(run.stdout.split()) == sorted(path.stem for path in folder.glob("*.keras"))


def test_the_table_holds_the_catalogue():
    """Layers that files can hold and that are missing here are those tested elsewhere."""
    import tfk_ext

    classes = {c.__name__ for c in vars(tfk_ext.layers).values() if isinstance(c, type)}
    here = {type(row.layer).__name__ for row in catalogue.rows()}
    here |= {name.replace("Pooling", "Pool") for name in here if "Pooling" in name}
    elsewhere = {"Lambda", "CuDNNLSTM", "CuDNNGRU", "MinimalRNNCell", "Layer", "WeightedLayer"}
    cells = {name for name in classes if name.endswith(("Cell", "Cells"))}
    merges = {"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot"}
    assert classes - here - elsewhere - cells - merges == set()
