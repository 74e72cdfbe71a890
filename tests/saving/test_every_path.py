"""Each published weakness of loading models, on every path by which a file or a configuration comes in.

The rows are weaknesses, the columns paths; a cell that can't be is in a table with its reason.
"""

import argparse
import contextlib
import functools
import io
import json
import sys
import warnings

import numpy as np
import pytest
import tensorflow as tf
import yaml

import tfk_ext
from tests.saving import hostile, seeds
from tfk_ext.cli import convert as convert_command
from tfk_ext.cli import inspect as inspect_command
from tfk_ext.compat import launching
from tfk_ext.datasets import boston_housing, mnist
from tfk_ext.utils import archives

_MARKS = ("/etc/passwd", "other.h5", "tfk_ext-canary", "evil_package")
_EVENTS = (
    "os.system",
    "subprocess.Popen",
    "pickle.find_class",
    "socket.connect",
    "urllib.Request",
    "ctypes.dlopen",
)
_seen: list[str] = []
_watching = False


def _hook(event, arguments):
    if (
        _watching
        and "file://" not in str(arguments[:1])
        and (
            event in _EVENTS
            or (event in ("open", "import", "marshal.loads") and any(m in str(arguments) for m in _MARKS))
        )
    ):
        _seen.append(f"{event} {str(arguments)[:100]}")


sys.addaudithook(_hook)


@pytest.fixture(autouse=True)
def watched():
    """Fail if anything of a file is run, or anything that it names is read or written."""
    global _watching
    hostile.CANARY.unlink(missing_ok=True)
    _seen.clear()
    _watching = True
    yield
    _watching = False
    assert not hostile.CANARY.exists(), "code of the file was run, or a file was written"
    assert _seen == []


# Rules that say nothing of what is hostile.
_NO_REASON = ("build", "weights", "missing-array", "no-model", "format")


def _refused(call, what):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = call()
        except (ValueError, tfk_ext.datasets.files.DamagedFileError) as error:
            rule = getattr(error, "rule", None)
            assert rule not in _NO_REASON, f"{what}: {error}"
            return
        except TypeError as error:  # Keras's own, for a class that it does not know
            assert "Could not locate class" in str(error), f"{what}: {error}"
            return
    raise AssertionError(f"{what} is not refused: {found}")


def _command(module, *arguments):
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = module.run(parser.parse_args([str(a) for a in arguments]))
    if code:
        raise ValueError(f"exit status {code}")


def _inspect(path):
    report = tfk_ext.saving.inspect(path)
    str(report)
    if not report.loadable:
        raise ValueError("blocked")
    return report


def _model():
    return tf.keras.Sequential([tf.keras.Input((4,)), tfk_ext.Dense(3, name="dense")])


def _own_model():
    return tfk_ext.Sequential([tfk_ext.Dense(3, name="dense", input_shape=(4,))])


def _folder(place, data):
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as z:
        z.extractall(place)
    return place


def _run_program(path, load="keras.models.load_model"):
    """Load a file in a program that the launcher runs, whose ``keras`` is the package."""
    place = path.parent / "program.py"
    root = load.split(".")[0]
    place.write_text(f"import {'tensorflow as tf' if root == 'tf' else root}\n{load}({str(path)!r})\n")
    kept = sys.argv, list(sys.path), sys.excepthook
    try:
        launching.run_script(str(place), [])
    finally:
        tfk_ext.compat.uninstall()
        sys.argv, sys.path[:], sys.excepthook = kept[0], kept[1], kept[2]


# --- configurations: what a path makes of the configuration of a model -----------------------------------

_OLD, _NEW = hostile.old_model, hostile.new_model
_SUFFIXES = {"h5": ".h5", "keras": ".keras", "json": ".json", "yaml": ".yaml"}


def _file(folder, kind, inside):
    path = folder / f"model_{kind.replace(' ', '_')}{_SUFFIXES[kind.split()[-1]]}"
    old, new = _OLD(inside), _NEW(inside)
    path.write_bytes(
        {
            "old h5": lambda: seeds.h5_model(old, version="2.4.0"),
            "new h5": lambda: seeds.h5_model(new, version="3.5.0"),
            "unversioned h5": lambda: seeds.h5_model(
                {k: v for k, v in new.items() if k != "keras_version"}, version=None
            ),
            "old keras": lambda: seeds.archive(old, version="2.13.1"),
            "new keras": lambda: seeds.archive(new),
            "old json": lambda: json.dumps(old).encode(),
            "new json": lambda: json.dumps(new).encode(),
            "quoted json": lambda: json.dumps(json.dumps(old)).encode(),
            "browser json": lambda: json.dumps({"modelTopology": {"model_config": old}}).encode(),
            "old yaml": lambda: yaml.dump(old).encode(),
        }[kind]()
    )
    return path


_KINDS = [
    "old h5",
    "new h5",
    "unversioned h5",
    "old keras",
    "new keras",
    "old json",
    "new json",
    "quoted json",
    "browser json",
    "old yaml",
]
_LOADERS = {
    "saving.load_model": tfk_ext.saving.load_model,
    "models.load_model": tfk_ext.models.load_model,
    "inspect": _inspect,
    "python -m tfk_ext inspect": lambda path: _command(inspect_command, path),
    "convert": lambda path: tfk_ext.saving.convert(path, path.with_suffix(".out.keras"), check=0),
    "python -m tfk_ext convert": lambda path: _command(
        convert_command, path, path.with_suffix(".out.keras"), "--check", 0
    ),
    "a program's keras.models.load_model": _run_program,
    "a program's tf.keras.models.load_model": lambda path: _run_program(path, "tf.keras.models.load_model"),
}


def _files_by(loader):
    return lambda folder, inside: [
        (kind, functools.partial(_LOADERS[loader], _file(folder, kind, inside))) for kind in _KINDS
    ]


def _of_texts(module):
    def calls(folder, inside):
        old, new = _OLD(inside), _NEW(inside)
        for config in (old, new):
            yield "model_from_config", lambda c=config: module.model_from_config(c)
            yield "model_from_json", lambda c=config: module.model_from_json(json.dumps(c))
            yield "model_from_yaml", lambda c=config: module.model_from_yaml(yaml.dump(c))

    return calls


def _of_objects(folder, inside):
    new, functional = _NEW(inside), hostile._functional(inside)
    yield "Sequential.from_config", lambda: tfk_ext.Sequential.from_config(new["config"])
    yield "Model.from_config", lambda: tfk_ext.Model.from_config(functional["config"])
    yield (
        "Sequential.from_config of Keras 1",
        lambda: tfk_ext.Sequential.from_config(_OLD(inside)["config"]["layers"]),
    )
    yield "layers.deserialize", lambda: tfk_ext.layers.deserialize(inside)
    yield "layers.deserialize of Keras 2", lambda: tfk_ext.layers.deserialize(hostile._bare(inside))
    for wrapper in (tfk_ext.TimeDistributed, tfk_ext.Bidirectional):
        yield wrapper.__name__, lambda w=wrapper: w.from_config({"name": "w", "layer": inside})
    yield "RNN", lambda: tfk_ext.RNN.from_config({"name": "w", "cell": inside})
    yield "StackedRNNCells", lambda: tfk_ext.StackedRNNCells.from_config({"cells": [inside]})
    for module in (tfk_ext.saving, tfk_ext.utils):
        yield "deserialize_keras_object", lambda m=module: m.deserialize_keras_object(inside)
        yield "deserialize_keras_object", lambda m=module: m.deserialize_keras_object(new)


CONFIG_PATHS = {name: _files_by(name) for name in _LOADERS}
CONFIG_PATHS["a folder"] = lambda folder, inside: [
    ("folder", lambda: tfk_ext.saving.load_model(_folder(folder / "f", seeds.archive(_NEW(inside)))))
]
CONFIG_PATHS["an architecture with weights"] = lambda folder, inside: [
    (
        "weights=",
        lambda: tfk_ext.saving.load_model(
            _file(folder, "old json", inside), weights=_file(folder, "old h5", hostile._dense())
        ),
    )
]
CONFIG_PATHS["saving.model_from_..."] = _of_texts(tfk_ext.saving)
CONFIG_PATHS["models.model_from_..."] = _of_texts(tfk_ext.models)
CONFIG_PATHS["from_config and deserialize"] = _of_objects

_IS_KERAS = "it is a part of Keras's that a program makes itself, as by its constructor"
# What can't be, and why.
NO_CELL = {
    (
        "weights",
        "configurations",
    ): "load_weights builds nothing of the file's configuration, see the test below",
    ("configurations", "tf.keras.layers.StringLookup.from_config"): _IS_KERAS,
    ("configurations", "an .npz file, a TensorFlow checkpoint"): "they hold arrays alone",
    ("archive path traversal", "HDF5, JSON, YAML"): "they are no archives",
    ("HDF5 ...", "JSON, YAML, .npz, configurations"): "there is no HDF5 in them",
    ("any", "a TensorFlow checkpoint"): "TensorFlow reads it; of its arrays only those of the model's shapes",
    ("any", "a SavedModel"): "refused as a whole, see test_hostile_files",
    ("any", "tfk_ext.applications"): "Keras's own, which gets its own files by their hashes",
}


@pytest.mark.parametrize("path", CONFIG_PATHS)
@pytest.mark.parametrize("weakness", hostile.CONFIGS)
def test_configurations(weakness, path, tmp_path):
    layers, parts = hostile.CONFIGS[weakness]
    inside = [*layers, *(hostile.PART_PLACES["activation"](part) for part in parts[:1])]
    for number, layer in enumerate(inside):
        (tmp_path / str(number)).mkdir()
        for what, call in CONFIG_PATHS[path](tmp_path / str(number), layer):
            _refused(call, f"{weakness} {number}: {path}, {what}")


# What only training needs: of an old file what is not known is left out, and the report says so.
_REPLACED = (
    "kernel_initializer",
    "kernel_regularizer",
    "activity_regularizer",
    "kernel_constraint",
    "dtype",
    "output_shape of Lambda",
    "mask of Lambda",
)


def _refused_or_replaced(path):
    with contextlib.suppress(tfk_ext.saving.LoadError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layer = tfk_ext.saving.load_model(path).layers[-1]
        if isinstance(layer, tfk_ext.Lambda):
            assert layer.get_config()["output_shape"] is layer.get_config()["mask"] is None
            return
        assert type(layer.kernel_initializer).__name__ in ("GlorotUniform", "Zeros")
        assert not (layer.kernel_regularizer or layer.kernel_constraint or layer.activity_regularizer)


@pytest.mark.slow
@pytest.mark.parametrize("weakness", hostile.CONFIGS)
def test_every_place_in_a_configuration(weakness, tmp_path):
    layers, parts = hostile.CONFIGS[weakness]
    inside = {
        **{(place, i): make(x) for place, make in hostile.LAYER_PLACES.items() for i, x in enumerate(layers)},
        **{(place, i): make(x) for place, make in hostile.PART_PLACES.items() for i, x in enumerate(parts)},
    }
    for place, layer in inside.items():
        _refused(lambda x=layer: tfk_ext.saving.model_from_config(_NEW(x)), f"{weakness}: {place}")
        path = tmp_path / "model.keras"
        path.write_bytes(seeds.archive(_NEW(layer)))
        _refused(lambda p=path: tfk_ext.saving.load_model(p), f"{weakness}: {place}, .keras")
        path = tmp_path / "model.h5"
        path.write_bytes(seeds.h5_model(_OLD(layer), version="2.4.0"))
        if place[0] in _REPLACED and weakness != "Lambda bytecode":
            _refused_or_replaced(path)
            continue
        _refused(lambda p=path: tfk_ext.saving.load_model(p, safe_mode=True), f"{weakness}: {place}, .h5")
        _refused(lambda x=layer: tfk_ext.layers.deserialize(x), f"{weakness}: {place}, deserialize")
    for i, part in enumerate(parts):
        config = {**hostile.call_argument(part), "keras_version": "3.5.0"}
        _refused(lambda c=config: tfk_ext.saving.model_from_config(c), f"{weakness}: a call's argument {i}")
        _refused(
            lambda c=config: tfk_ext.Model.from_config(c["config"]), f"{weakness}: a call's argument {i}"
        )


_GETS = ["activations", "constraints", "initializers", "losses", "metrics", "optimizers", "regularizers"]


@pytest.mark.parametrize("weakness", hostile.CONFIGS)
def test_parts_alone(weakness):
    for part in hostile.CONFIGS[weakness][1]:
        for name in _GETS:
            room = getattr(tfk_ext, name)
            _refused(lambda r=room, p=part: r.get(p), f"{weakness}: {name}.get")
            _refused(lambda r=room, p=part: r.deserialize(p), f"{weakness}: {name}.deserialize")
        _refused(lambda p=part: tfk_ext.optimizers.schedules.deserialize(p), f"{weakness}: schedules")
        model = _own_model()
        _refused(
            lambda m=model, p=part: m.compile_from_config({"optimizer": "sgd", "loss": p}),
            "compile_from_config",
        )


@pytest.mark.parametrize("weakness", hostile.CONFIGS)
def test_what_compile_was_given(weakness, tmp_path):
    for i, part in enumerate(hostile.CONFIGS[weakness][1]):
        for place, make in hostile.COMPILE_PLACES.items():
            training = {**seeds.TRAINING, **make(part)}
            (tmp_path / "old.h5").write_bytes(seeds.h5_model(training=training))
            compiled = {**training, "optimizer": training["optimizer_config"]}
            del compiled["optimizer_config"], compiled["sample_weight_mode"]
            modern = {**seeds.config_3(), "compile_config": compiled}
            (tmp_path / "new.keras").write_bytes(seeds.archive(modern))
            for path in (tmp_path / "old.h5", tmp_path / "new.keras"):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    try:
                        model = tfk_ext.saving.load_model(path)
                    except tfk_ext.saving.LoadError:
                        continue
                    str(tfk_ext.saving.inspect(path))
                assert not model.compiled, f"{weakness} {i}: {place}, {path.name}"


@pytest.mark.parametrize("weakness", hostile.CONFIGS)
def test_weights_of_a_file_with_a_hostile_configuration(weakness, tmp_path):
    for layer in hostile.CONFIGS[weakness][0]:
        for kind in ("old h5", "new keras"):
            path = _file(tmp_path, kind, layer)
            for model, by_name in ((_model(), False), (_own_model(), kind == "old h5")):
                with contextlib.suppress(ValueError):
                    tfk_ext.saving.load_weights(model, path, by_name=by_name)
                    assert float(model.get_weights()[1][0]) == 1.0


# --- containers ------------------------------------------------------------------------------------------


def _put(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return path


def _weights_calls(path, by_name=False):
    yield "saving.load_weights", lambda: tfk_ext.saving.load_weights(_model(), path)
    yield "Model.load_weights", lambda: _own_model().load_weights(path)
    if by_name:
        yield "saving by name", lambda: tfk_ext.saving.load_weights(_model(), path, by_name=True)
        yield "Model by name", lambda: _own_model().load_weights(path, by_name=True)
    config = _put(path.parent, "architecture.json", json.dumps(seeds.DENSE_2).encode())
    yield "weights=", lambda: tfk_ext.saving.load_model(config, weights=path)
    for name in ("inspect", "python -m tfk_ext inspect"):
        yield name, lambda n=name: _LOADERS[n](path)


def _model_calls(path):
    for name, load in _LOADERS.items():
        yield name, lambda f=load: f(path)


def _backup(folder, weights, arrays=None):
    """Continue a training from a hostile backup."""
    folder.mkdir()
    (folder / "00001-000000001.weights.h5").write_bytes(weights)
    if arrays:
        (folder / "00001-000000001.npz").write_bytes(arrays)
    state = {
        "weights": "00001-000000001.weights.h5",
        "arrays": "00001-000000001.npz" if arrays else None,
        "next_epoch": 1,
        "epochs": [0],
        "logs": [{"loss": 1.0}],
        "callbacks": [],
    }
    (folder / "training.json").write_text(json.dumps(state))
    model = _own_model()
    model.compile("sgd", "mse")
    x, y = np.ones((2, 4), "f4"), np.ones((2, 3), "f4")
    callback = tfk_ext.callbacks.BackupAndRestore(folder)
    return model.fit(x, y, epochs=2, verbose=0, callbacks=[callback])


def _hdf5(change, folder):
    old = _put(folder, "old.h5", hostile.altered(change, seeds.h5_model()))
    yield from _model_calls(old)
    yield from _weights_calls(old, by_name=True)
    yield from _weights_calls(_put(folder, "weights.h5", hostile.altered(change, seeds.h5_weights())), True)
    modern = hostile.altered(change, seeds.h5_modern())
    yield from _weights_calls(_put(folder, "new.weights.h5", modern))
    archive = _put(folder, "new.keras", hostile.archive_with(modern))
    yield from _model_calls(archive)
    yield from _weights_calls(archive)
    yield "a folder", lambda: tfk_ext.saving.load_model(_folder(folder / "f", hostile.archive_with(modern)))
    yield "BackupAndRestore", lambda: _backup(folder / "backup", modern)


def _zip(add, folder):
    archive = _put(folder, "new.keras", hostile.zipped(add))
    yield from _model_calls(archive)
    yield from _weights_calls(archive)
    yield from _weights_calls(_put(folder, "arrays.npz", hostile.zipped(add, seeds.npz())))
    yield (
        "BackupAndRestore",
        lambda: _backup(folder / "backup", seeds.h5_modern(), hostile.zipped(add, seeds.npz())),
    )
    yield "get_file", lambda: _get_file(folder, hostile.zipped(add), "x.zip")


def _get_file(folder, data, name, **options):
    source = _put(folder, name, data)
    options = options or {"extract": True}
    with contextlib.redirect_stdout(io.StringIO()):
        return tfk_ext.utils.get_file(name, source.as_uri(), cache_dir=folder / "cache", **options)


def _npz(made, folder):
    header, data = made
    weights = _put(folder, "weights.npz", hostile.npz(("arr_0", "arr_1"), header, data))
    yield from _weights_calls(weights)
    arrays = hostile.npz(("random-0",), header, data)
    yield "BackupAndRestore", lambda: _backup(folder / "backup", seeds.h5_modern(), arrays)
    keys = ("x_train", "y_train", "x_test", "y_test", "x", "y")
    data_file = _put(folder, "data.npz", hostile.npz(keys, header, data))
    yield "mnist", lambda: mnist.load_data(data_file)
    yield "boston_housing", lambda: boston_housing.load_data(data_file)
    yield "imdb", lambda: tfk_ext.datasets.imdb.load_data(data_file)
    yield "reuters", lambda: tfk_ext.datasets.reuters.load_data(data_file)


CONTAINERS = [
    *((w, name, _hdf5, x) for w, held in hostile.HDF5.items() for name, x in held.items()),
    *((w, name, _zip, x) for w, held in hostile.ZIPS.items() for name, x in held.items()),
    *((w, name, _npz, x) for w, held in hostile.NPZ.items() for name, x in held.items()),
]


@pytest.mark.parametrize(
    ("weakness", "name", "paths", "made"), CONTAINERS, ids=[f"{w}, {n}" for w, n, *_ in CONTAINERS]
)
def test_containers(weakness, name, paths, made, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "UNPACKED_LIMIT", 1 << 20)
    monkeypatch.setattr("tfk_ext.datasets.files.LIMIT", 1 << 20)
    for path, call in paths(made, tmp_path):
        _refused(call, f"{weakness}, {name}: {path}")


@pytest.mark.parametrize("kind", ["up", "absolute", "link"])
def test_tar_archives(kind, tmp_path):
    data = hostile.tarred(kind)
    _refused(lambda: _get_file(tmp_path, data, "x.tar.gz"), kind)
    _refused(lambda: _get_file(tmp_path, data, "y.tar.gz", untar=True), kind)


@pytest.mark.slow
def test_what_is_not_hostile_passes_all_of_this(tmp_path):
    """What is refused above is refused for what it holds, and not for how the test makes it."""
    for path, calls in CONFIG_PATHS.items():
        for what, call in calls(tmp_path, hostile.layer("Dropout", name="d", rate=0.5)):
            if what in ("Bidirectional", "RNN", "StackedRNNCells", "TimeDistributed"):
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    call()
                except FileExistsError:
                    continue
                except ValueError as error:  # the weights that the file has are of another layer
                    assert getattr(error, "rule", "weights") in ("weights", "build"), (
                        f"{path}, {what}: {error}"
                    )
