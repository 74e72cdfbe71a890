"""Damaged and hostile configurations: the rewriter says what is wrong with a LoadError, and nothing else
happens."""

import copy
import json
import random

import h5py
import pytest

from tests.golden.compose import FILES
from tfk_ext.compat import eras
from tfk_ext.saving import LoadError, Origin

VALUES = [
    None, True, 0, -1, 2**70, 1.5, float("nan"), "", "th", "name", "Sequential", "../x", [], {}, [[]], [None],
    [["a", 0, 0]], {"class_name": "Lambda", "config": {}}, {"class_name": "Sequential"}, {"class_name": 3},
    {"class_name": "__lambda__", "config": {"code": "eA=="}}, {"class_name": "function", "config":
    "os.system"},
    ["_CONSTANT_VALUE", -1, 1.0, {}], {"type": "ndarray", "value": [1]}, {"tensor": 5}, "raw_ops.ReadFile",
]  # fmt: skip
KEYS = [
    "layers",
    "config",
    "class_name",
    "name",
    "inbound_nodes",
    "node_def",
    "constants",
    "mode",
    "function",
]


def configurations():
    found = []
    for path in sorted(FILES.glob("*.h5")):
        with h5py.File(path) as file:
            if "model_config" in file.attrs:
                found.append((path.stem, json.loads(file.attrs["model_config"]), version_of(file)))
    return found


def version_of(file):
    version = file.attrs.get("keras_version")
    return version.decode() if isinstance(version, bytes) else version


def places(value, path=()):
    """Yield the way to every item of a nested structure."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def mutated(config, chance):
    """Return a copy with one to three items replaced, removed, doubled or moved."""
    config = copy.deepcopy(config)
    for _ in range(chance.randint(1, 3)):
        ways = list(places(config))
        if not ways:
            break
        *way, last = chance.choice(ways)
        owner = config
        for key in way:
            owner = owner[key]
        kind = chance.randrange(5)
        if kind == 0 and isinstance(owner, dict):
            del owner[last]
        elif kind == 1 and isinstance(owner, list):
            owner.insert(last, copy.deepcopy(owner[last]))
        elif kind == 2:
            source = config
            for key in chance.choice(ways):
                source = source[key] if isinstance(source, (dict, list)) and _has(source, key) else source
            owner[last] = copy.deepcopy(source)
        elif kind == 3 and isinstance(owner, dict):
            owner[chance.choice(KEYS)] = copy.deepcopy(chance.choice(VALUES))
        else:
            owner[last] = copy.deepcopy(chance.choice(VALUES))
    return config


def _has(owner, key):
    return key in owner if isinstance(owner, dict) else isinstance(key, int) and key < len(owner)


def attempt(config, version):
    try:
        found = eras.rewrite(config, Origin("h5", version))
    except LoadError as error:
        assert str(error)
        return
    json.dumps(found.config)
    assert all(note.kind in eras.notes.KINDS for note in found.notes)


@pytest.mark.parametrize("name, config, version", configurations(), ids=lambda value: str(value)[:30])
def test_mutations(name, config, version):
    chance = random.Random(name)
    for _ in range(60):
        attempt(mutated(config, chance), version)


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"class_name": "Sequential"},
        {"class_name": "Sequential", "config": {"layers": {}}},
        {"class_name": "Model", "config": {"name": "m", "layers": []}},
        {"class_name": "Dense", "config": {"units": 1}},
        {"name": "Sequential", "layers": [{"name": "Dense"}]},
        {"class_name": "Model", "config": {"layers": [], "input_layers": [], "output_layers": [["x", 0, 0]]}},
    ],
)
def test_what_is_no_model(config):
    with pytest.raises(LoadError) as caught:
        eras.rewrite(config, Origin("json"))
    assert caught.value.rule == "config"


def test_deep_nesting():
    config = {"class_name": "Sequential", "config": []}
    for _ in range(500):
        config = {"class_name": "Sequential", "config": [config]}
    with pytest.raises(LoadError):
        eras.rewrite(config, Origin("json"))


@pytest.mark.parametrize(
    "function", ["io.read_file", "py_function", "raw_ops.ReadFile", "os.system", "keras.backend.eval", ""]
)
def test_operations_that_are_not_allowed(function):
    nodes = [["x", 0, 0, {}]]
    operation = {"class_name": "TFOpLambda", "name": "op", "config": {"name": "op", "function": function}}
    source = {
        "class_name": "InputLayer",
        "name": "x",
        "config": {"name": "x", "batch_input_shape": [None, 2]},
    }
    config = {
        "name": "model",
        "layers": [{**source, "inbound_nodes": []}, {**operation, "inbound_nodes": nodes}],
        "input_layers": [["x", 0, 0]],
        "output_layers": [["op", 0, 0]],
    }
    found = eras.rewrite({"class_name": "Functional", "config": config}, Origin("json", "2.5.0"))
    assert len(found.blocked) == 1 and repr(function) in found.blocked[0].what
