"""Files of every era load, predict what they must, and go on as ``.keras`` files in a fresh process."""

import json
import warnings

import numpy as np
import pytest

from tests.golden.compose import FILES
from tests.processes import python
from tfk_ext.saving import load_model

MODELS = sorted(path for path in FILES.iterdir() if path.suffix in (".h5", ".keras", ".json"))


def arrays_of(path):
    with np.load(path.with_suffix(".npz")) as stored:
        return tuple(
            [stored[f"{kind}_{i}"] for i in range(sum(name.startswith(kind) for name in stored))]
            for kind in ("input", "output")
        )


def load(path):
    """Load a golden file; an architecture takes the weights file of its name."""
    weights = path.with_name(f"{path.stem}.weights.h5")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load_model(path, weights=weights if path.suffix == ".json" else None)


def predictions(model, inputs):
    found = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    return [np.asarray(y) for y in (found if isinstance(found, list) else [found])]


def models():
    return [path for path in MODELS if not path.name.endswith(".weights.h5")]


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """The models loaded so far, saved as ``.keras``: the fresh process reads them all."""
    return tmp_path_factory.mktemp("converted")


def test_there_are_files_of_every_era():
    eras = {path.stem.split("_")[0] for path in models()}
    assert eras >= {
        "keras10",
        "keras11",
        "keras12",
        "keras20",
        "keras21",
        "keras222",
        "keras224",
        "keras23",
        "tf",
    }


@pytest.mark.parametrize("path", models(), ids=lambda path: path.name)
def test_predictions(path, converted):
    inputs, outputs = arrays_of(path)
    model = load(path)
    found = predictions(model, inputs)
    assert [a.shape for a in found] == [a.shape for a in outputs]
    for one, two in zip(found, outputs):
        np.testing.assert_allclose(one, two, rtol=0, atol=1e-5)
    model.save(converted / f"{path.name}.keras")


FRESH = """
import json, sys, pathlib, os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np, tensorflow as tf
import tfk_ext
from tests.saving.test_golden import arrays_of, predictions
found = {}
for path in map(pathlib.Path, json.loads(sys.argv[1])):
    original = pathlib.Path(sys.argv[2]) / path.name.removesuffix(".keras")
    inputs, outputs = arrays_of(original)
    model = tf.keras.models.load_model(path)
    got = predictions(model, inputs)
    found[path.name] = max(float(np.abs(a - b).max()) for a, b in zip(got, outputs))
print(json.dumps(found))
"""


@pytest.mark.slow
def test_keras_file_in_a_fresh_process(converted):
    """Plain ``tf.keras.models.load_model`` after ``import tfk_ext`` restores what was converted."""
    for path in models():
        target = converted / f"{path.name}.keras"
        if not target.exists():
            load(path).save(target)
    saved = sorted(map(str, converted.iterdir()))
    assert len(saved) == len(models())
    run = python("-c", FRESH, json.dumps(saved), FILES)
    assert run.returncode == 0, run.stderr[-3000:]
    found = json.loads(run.stdout.strip().splitlines()[-1])
    assert len(found) == len(saved)
    assert {name: error for name, error in found.items() if not error <= 1e-5} == {}
