"""Configurations, `.keras` files, SavedModels and TFLite keep what a layer computes."""

import json

import numpy as np
import pytest
import tensorflow as tf

from tests.conformance.descriptor import close, flat
from tests.conformance.subjects import joint, rooms, subjects


@subjects("config")
def test_config_round_trip(subject):
    layer = subject.layer
    config = layer.get_config()
    rebuilt = type(layer).from_config(dict(config))
    assert rebuilt.get_config() == config
    assert set(subject.case.config) <= set(config), "an argument is missing from get_config"
    serialized = tf.keras.saving.serialize_keras_object(layer)
    json.dumps(serialized)
    again = tf.keras.saving.deserialize_keras_object(serialized)
    assert type(again) is type(layer)
    again(*subject.args, **subject.options)
    assert [v.name for v in again.weights] == [v.name for v in layer.weights]
    other = subject.fresh()
    again.set_weights(other.get_weights())
    if not subject.case.training:
        expected = other(*subject.args, **subject.options)
        close(again(*subject.args, **subject.options), expected, 1e-6, 1e-6, "restored")


@rooms("file")
def test_keras_file(room, tmp_path):
    made = joint(room)
    expected = made.model(made.arrays, training=False)
    made.model.save(tmp_path / "model.keras")
    restored = tf.keras.models.load_model(tmp_path / "model.keras")
    assert [type(a) for a in restored.layers] == [type(a) for a in made.model.layers]
    close(restored(made.arrays, training=False), expected, 1e-6, 1e-6, "restored from .keras")

    made.model.save_weights(tmp_path / "model.weights.h5")
    for weight in restored.weights:
        weight.assign(tf.zeros_like(weight))
    restored.load_weights(tmp_path / "model.weights.h5")
    close(restored(made.arrays, training=False), expected, 1e-6, 1e-6, "restored from .weights.h5")


@pytest.mark.slow
@rooms("export")
def test_saved_model(room, tmp_path):
    made = joint(room)
    expected = flat(made.model(made.arrays, training=False))
    made.model.export(str(tmp_path / "saved"), verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    close(flat(loaded.serve(made.arrays)), expected, 1e-5, 1e-6, "SavedModel")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated")
@rooms("tflite")
def test_tflite(room, tmp_path):
    made = joint(room)
    expected = flat(made.model(made.arrays, training=False))
    # TFLite wants every axis known, and names for its inputs.
    signature = [tf.TensorSpec(x.shape, x.dtype, name=f"input_{i}") for i, x in enumerate(made.arrays)]
    made.model.export(str(tmp_path / "saved"), verbose=False, input_signature=[signature])
    converter = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path / "saved"))
    interpreter = tf.lite.Interpreter(model_content=converter.convert())
    # By name: what a layer passes on unchanged is no tensor of its own, and has no place in the order.
    run = interpreter.get_signature_runner()
    found = run(**{f"input_{position}": np.asarray(x) for position, x in enumerate(made.arrays)})
    found = [found[name] for name in sorted(found, key=lambda name: int(name.rsplit("_", 1)[-1]))]
    close(found, expected, 1e-4, 1e-5, "TFLite")
