"""Each published weakness of loading models has a file here, which is refused on every path that it can "
"come in by."""

import argparse
import base64
import json
import marshal
import pathlib

import pytest
import tensorflow as tf
import yaml

import tfk_ext
from tests.saving import seeds
from tfk_ext.cli import convert as convert_command
from tfk_ext.cli import inspect as inspect_command
from tfk_ext.saving import LoadError

CANARY = pathlib.Path("/tmp/tfk_ext-canary")


def _payload():
    code = f"(lambda x: (__import__('pathlib').Path({str(CANARY)!r}).touch(), x)[1])"
    return base64.b64encode(marshal.dumps(eval(code).__code__)).decode()


PICKLE = base64.b64encode(b"cos\nsystem\n(S'touch " + str(CANARY).encode() + b"'\ntR.").decode()
OLD_LAMBDA = {
    "name": "evil",
    "function": [_payload(), None, None],
    "function_type": "lambda",
    "arguments": {},
}
NEW_LAMBDA = {
    "name": "evil",
    "function": {
        "class_name": "__lambda__",
        "config": {"code": _payload(), "defaults": None, "closure": None},
    },
}
VALUE_LAMBDA = {"class_name": "__lambda__", "config": {"value": [_payload(), None, None]}}


def _function(name, module="builtins"):
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def _thing(name, module, **config):
    return {"module": module, "class_name": name, "config": config, "registered_name": name}


def _layer(class_name, module="keras.layers", registered=None, **config):
    return {"module": module, "class_name": class_name, "config": config, "registered_name": registered}


# What a configuration may name or hold: layers.
LAYERS = {
    "lambda of Keras 2": {"class_name": "Lambda", "config": OLD_LAMBDA},
    "lambda of Keras 3": _layer("Lambda", **NEW_LAMBDA),
    "lambda of tfk_ext": _layer("Lambda", "tfk_ext.layers", "tfk_ext>Lambda", **NEW_LAMBDA),
    "lambda of a value": _layer("Lambda", name="evil", function=VALUE_LAMBDA),
    "lambda as an output shape": _layer(
        "Lambda", name="e", function=_function("abs"), output_shape=VALUE_LAMBDA
    ),
    "lambda in a wrapper": _layer("TimeDistributed", name="t", layer=_layer("Lambda", **NEW_LAMBDA)),
    "lambda in both directions": _layer("Bidirectional", name="b", layer=_layer("Lambda", **NEW_LAMBDA)),
    "lambda in a nested model": {
        "class_name": "Sequential",
        "config": {"name": "inner", "layers": [{"class_name": "Lambda", "config": OLD_LAMBDA}]},
    },
    "lambda as an activation": _layer("Dense", name="d", units=3, activation=VALUE_LAMBDA),
    "lambda as an initializer": _layer("Dense", name="d", units=3, kernel_initializer=VALUE_LAMBDA),
    "Merge of Keras 1": {
        "class_name": "Merge",
        "config": {"name": "m", "mode": _payload(), "mode_type": "lambda", "layers": [], "arguments": {}},
    },
    "module os": _layer("system", "os", name="d"),
    "module of the file's author": _layer("Evil", "evil_package.layers", name="d"),
    "registered name with a module": _layer("Dense2", "subprocess", "subprocess>Popen", name="d"),
    "private module of Keras": _layer("PythonMapIterator", "keras.src.utils.python_utils", name="d"),
    "class as an initializer": _layer(
        "Dense", name="d", units=3, kernel_initializer=_thing("Popen", "subprocess")
    ),
    "get_file as an activation": _layer(
        "Dense", name="d", units=3, activation=_function("get_file", "keras.utils")
    ),
    "get_file by name": _layer("Dense", name="d", units=3, activation="keras.utils.get_file"),
    "load_model as an activation": _layer(
        "Dense", name="d", units=3, activation=_function("load_model", "keras.saving")
    ),
    "deserialize as an activation": _layer(
        "Dense", name="d", units=3, activation=_function("deserialize", "keras.layers")
    ),
    "enable_unsafe_deserialization": _layer(
        "Lambda", name="l", function=_function("enable_unsafe_deserialization", "keras.config")
    ),
    "file operation in a Lambda": _layer("Lambda", name="l", function=_function("tf.io.write_file")),
    "Python function in a Lambda": _layer("Lambda", name="l", function=_function("tf.py_function")),
    "eval in a Lambda": {
        "class_name": "Lambda",
        "config": {"name": "l", "function": "eval", "function_type": "function", "module": "builtins"},
    },
    "file operation as an op layer": {
        "class_name": "TFOpLambda",
        "config": {"name": "tf.io.write_file", "function": "io.write_file"},
    },
    "Python function as an op layer": {
        "class_name": "TFOpLambda",
        "config": {"name": "o", "function": "py_function"},
    },
    "file operation in a graph layer": {
        "class_name": "TensorFlowOpLayer",
        "config": {
            "name": "o",
            "node_def": {"name": "w", "op": "WriteFile", "input": ["a", "b"]},
            "constants": {},
        },
    },
    "pickle in a torch wrapper": _layer("TorchModuleWrapper", name="t", module=PICKLE),
    "pickle in a flax layer": _layer("FlaxLayer", name="f", module=VALUE_LAMBDA),
    "function in a jax layer": _layer("JaxLayer", name="j", call_fn=VALUE_LAMBDA),
    "saved model in a layer": _layer("TFSMLayer", name="s", filepath="/tmp/evil"),
    "vocabulary of StringLookup": _layer("StringLookup", name="v", vocabulary="/etc/passwd"),
    "vocabulary of IntegerLookup": _layer("IntegerLookup", name="v", vocabulary="/etc/passwd"),
    "vocabulary of TextVectorization": _layer("TextVectorization", name="v", vocabulary="/etc/passwd"),
    "weights of TextVectorization": _layer(
        "TextVectorization", name="v", vocabulary=["a"], idf_weights="/etc/passwd", output_mode="tf_idf"
    ),
    "type specification": _layer(
        "Dense",
        name="d",
        units={
            "class_name": "__typespec__",
            "spec_name": "system",
            "module": "os",
            "registered_name": None,
            "config": [],
        },
    ),
}


def _old(layer):
    first = {"class_name": "Dense", "config": {"name": "first", "units": 3, "batch_input_shape": [None, 4]}}
    config = {"name": "s", "layers": [first, layer]}
    return {"class_name": "Sequential", "config": config, "keras_version": "2.4.0", "backend": "tensorflow"}


def _new(layer):
    config = seeds.config_3()
    config["config"]["layers"].append(layer)
    return {**config, "keras_version": "3.5.0"}


@pytest.fixture(autouse=True)
def canary():
    CANARY.unlink(missing_ok=True)
    yield
    assert not CANARY.exists(), "code of the file was run"


def _files(folder, layer):
    """Write the files in which a layer may come."""
    old, new = _old(layer), _new(layer)
    contents = {
        "old.h5": seeds.h5_model(old, version="2.4.0"),
        "new.h5": seeds.h5_model(new, version="3.5.0"),
        "unversioned.h5": seeds.h5_model(
            {k: v for k, v in new.items() if k != "keras_version"}, version=None
        ),
        "old.keras": seeds.archive(old, version="2.13.1"),
        "new.keras": seeds.archive(new),
        "old.json": json.dumps(old).encode(),
        "new.json": json.dumps(new).encode(),
        "old.yaml": yaml.dump(old).encode(),
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in contents]


def _refused(call, *arguments, **options):
    with pytest.raises(LoadError) as caught:
        call(*arguments, **options)
    assert caught.value.rule


def _command(module, *arguments):
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    return module.run(parser.parse_args([str(a) for a in arguments]))


@pytest.mark.parametrize("name", LAYERS)
def test_no_path_builds_it(name, tmp_path, capsys):
    layer = LAYERS[name]
    for path in _files(tmp_path, layer):
        _refused(tfk_ext.saving.load_model, path)
        report = tfk_ext.saving.inspect(path)
        assert not report.loadable, f"{path.name}\n{report}"
    _refused(tfk_ext.saving.convert, tmp_path / "new.keras", tmp_path / "out.keras")
    assert _command(inspect_command, tmp_path / "old.h5") == 1
    assert _command(convert_command, tmp_path / "old.h5", tmp_path / "out.keras") == 1
    assert not (tmp_path / "out.keras").exists()
    for config in (_old(layer), _new(layer)):
        _refused(tfk_ext.saving.model_from_config, config)
        _refused(tfk_ext.saving.model_from_json, json.dumps(config))
        _refused(tfk_ext.saving.model_from_yaml, yaml.dump(config))
    assert capsys.readouterr()


@pytest.mark.parametrize("name", LAYERS)
def test_weights_are_loaded_without_the_configuration(name, tmp_path):
    model = tf.keras.Sequential([tf.keras.Input((4,)), tfk_ext.Dense(3, name="dense")])
    path = tmp_path / "model.h5"
    path.write_bytes(seeds.h5_model(_old(LAYERS[name])))
    try:
        tfk_ext.saving.load_weights(model, path, by_name=True)
    except LoadError:
        return
    assert float(model.get_weights()[1][0]) == 1.0


COMPILED = {
    "lambda as a loss": {"loss": VALUE_LAMBDA},
    "load_model as a loss": {"loss": _function("load_model", "keras.saving")},
    "module as a metric": {"metrics": [_thing("system", "os")]},
    "module as an optimizer": {"optimizer_config": _thing("Popen", "subprocess")},
    "lambda as a metric": {"metrics": [{"class_name": "MeanMetricWrapper", "config": {"fn": VALUE_LAMBDA}}]},
    "get_file as a metric": {"metrics": ["get_file"]},
}


@pytest.mark.parametrize("name", COMPILED)
def test_what_compile_was_given_is_not_run(name, tmp_path):
    training = {**seeds.TRAINING, **COMPILED[name]}
    (tmp_path / "old.h5").write_bytes(seeds.h5_model(training=training))
    modern = {**seeds.config_3(), "compile_config": {**training, "optimizer": training["optimizer_config"]}}
    del modern["compile_config"]["optimizer_config"], modern["compile_config"]["sample_weight_mode"]
    (tmp_path / "new.keras").write_bytes(seeds.archive(modern))
    for path in (tmp_path / "old.h5", tmp_path / "new.keras"):
        with pytest.warns(UserWarning) if path.suffix == ".h5" else _nothing():
            try:
                model = tfk_ext.saving.load_model(path)
            except LoadError:
                continue
        assert not model.compiled


class _nothing:
    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return False


YAML = {
    "object": "class_name: !!python/object/apply:os.system ['touch /tmp/tfk_ext-canary']",
    "name": "class_name: Sequential\nconfig: !!python/name:os.system",
    "module": "class_name: Sequential\nconfig: !!python/module:os",
    "new object": "class_name: !!python/object/new:subprocess.Popen [['touch', '/tmp/tfk_ext-canary']]",
    "aliases": "class_name: Sequential\na: &a [x,x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{b}: &{b} [{', '.join(['*' + a] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi")),
    "cycle": "class_name: Sequential\nconfig: &a [*a]",
}


@pytest.mark.parametrize("name", YAML)
def test_yaml_makes_no_objects(name, tmp_path):
    _refused(tfk_ext.saving.model_from_yaml, YAML[name])
    path = tmp_path / "model.yaml"
    path.write_text(YAML[name])
    for call in (tfk_ext.saving.load_model, tfk_ext.saving.inspect, tfk_ext.saving.convert):
        _refused(call, path)


@pytest.mark.parametrize("name", ["lambda of tfk_ext", "lambda of Keras 3"])
def test_plain_keras_refuses_it_too(name, tmp_path):
    path = tmp_path / "model.keras"
    path.write_bytes(seeds.archive(_new(LAYERS[name])))
    with pytest.raises((ValueError, TypeError)):
        tf.keras.models.load_model(path)


def test_the_message_shows_the_code_and_the_way_out(tmp_path):
    path = tmp_path / "model.h5"
    path.write_bytes(seeds.h5_model(_old(LAYERS["lambda of Keras 2"]), version="2.4.0"))
    with pytest.raises(LoadError, match="custom_objects=.*evil.*: function") as caught:
        tfk_ext.saving.load_model(path)
    assert caught.value.rule == "lambda"
    assert "__import__" in str(caught.value) and "pathlib" in str(caught.value)
