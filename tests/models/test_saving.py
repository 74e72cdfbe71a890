"""Files of models and weights: read by Keras 2 and by the package, whole or not at all."""

import builtins
import json
import os

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfk_ext
from tests.models.common import data, pair, stack, two_by_two
from tfk_ext.models import load_model, model_from_config, model_from_json, model_from_yaml


def rich(keras, layers):
    """Layers in layers, models in models, shared layers, an activation that is a layer."""
    x, z = keras.Input((5, 4), name="x"), keras.Input((3,), name="z")
    shared = layers.Dense(3, activation="relu", kernel_regularizer="l2", name="shared")
    joined = layers.concatenate(
        [layers.Bidirectional(layers.LSTM(3, name="lstm"), name="both")(x), shared(shared(z))]
    )
    joined = layers.BatchNormalization(name="norm")(layers.Dropout(0.2, name="drop")(joined))
    inner = keras.Sequential(
        [layers.Dense(4, input_dim=9), layers.LeakyReLU(0.2), layers.Dense(3)], name="inner"
    )
    return keras.Model([x, z], [inner(joined), layers.Dense(1, name="out")(joined)])


@pytest.fixture(scope="module")
def trained():
    tf.keras.utils.set_random_seed(5)
    model = rich(tfk_ext, tfk_ext.layers)
    rng = np.random.default_rng(0)
    x = [rng.normal(size=(8, 5, 4)).astype("float32"), rng.normal(size=(8, 3)).astype("float32")]
    y = [rng.normal(size=(8, 3)), rng.normal(size=8)]
    model.compile("adam", ["mse", "mae"], metrics=["mae"])
    model.fit(x, y, verbose=0, epochs=2)
    return model, x, y


def _same(model, trained):
    ours, x, _ = trained
    for mine, other in zip(model.predict(x, verbose=0), ours.predict(x)):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_keras_2_reads_the_file_and_trains_on(trained, tmp_path):
    ours, x, y = trained
    ours.save(tmp_path / "model.h5")
    theirs = tf_keras.models.load_model(tmp_path / "model.h5")
    _same(theirs, trained)
    assert int(theirs.optimizer.iterations) == int(ours.optimizer.iterations) == 2
    states = [v for v in ours.optimizer.variables if v.name != "learning_rate"]
    assert len(states) == len(theirs.optimizer.variables)
    for mine, other in zip(states, theirs.optimizer.variables):
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(other))
    np.testing.assert_allclose(ours.test_on_batch(x, y)[:3], theirs.test_on_batch(x, y)[:3], rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["model.h5", "model.hdf5", "model.keras", "folder"])
def test_the_package_reads_its_files(name, trained, tmp_path):
    trained[0].save(tmp_path / name)
    trained[0].save(tmp_path / name)  # replaces the first
    loaded = load_model(tmp_path / name)
    assert isinstance(loaded, tfk_ext.models.Functional)
    assert loaded.compiled
    _same(loaded, trained)
    assert os.listdir(tmp_path) == [name]
    trained[0].save(tmp_path / name, include_optimizer=False)
    assert load_model(tmp_path / name).optimizer is None
    assert trained[0].optimizer is not None and trained[0].compiled


@pytest.mark.slow
def test_a_folder_is_a_saved_model(trained, tmp_path):
    trained[0].save(tmp_path / "folder", save_format="tf")
    program = tf.saved_model.load(str(tmp_path / "folder"))
    np.testing.assert_allclose(
        program.serve(trained[1])[0], trained[0].predict(trained[1])[0], rtol=1e-5, atol=1e-6
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["w.h5", "w.hdf5", "w.weights.h5", "folder/ckpt"])
def test_weights_come_back(name, trained, tmp_path):
    ours = trained[0]
    other = rich(tfk_ext, tfk_ext.layers)
    ours.save_weights(tmp_path / name)
    other.load_weights(tmp_path / name)
    _same(other, trained)
    if not name.endswith(".weights.h5"):
        theirs = rich(tf_keras, tf_keras.layers)
        theirs.load_weights(tmp_path / name)
        _same(theirs, trained)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["w.h5", "ckpt"])
def test_weights_of_keras_2_are_read(name, trained, tmp_path):
    theirs = rich(tf_keras, tf_keras.layers)
    theirs.set_weights(trained[0].get_weights())
    _same(theirs, trained)
    theirs.save_weights(tmp_path / name)
    other = rich(tfk_ext, tfk_ext.layers)
    other.load_weights(tmp_path / name)
    _same(other, trained)
    if name == "ckpt":
        assert tf.train.latest_checkpoint(tmp_path) == str(tmp_path / name)


def test_a_checkpoint_that_does_not_fit_changes_nothing(tmp_path):
    model, _ = pair(stack)
    model.save_weights(tmp_path / "ckpt")
    other = stack(tfk_ext, tfk_ext.layers, outputs=4)
    before = other.get_weights()
    with pytest.raises(
        ValueError, match=r"layer_with_weights-1/kernel has shape \(8, 3\), the model's is \(8, 4\)"
    ):
        other.load_weights(tmp_path / "ckpt")
    for mine, was in zip(other.get_weights(), before):
        np.testing.assert_array_equal(mine, was)
    other.load_weights(tmp_path / "ckpt", skip_mismatch=True)
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])
    with pytest.raises(ValueError, match="by_name"):
        other.load_weights(tmp_path / "ckpt", by_name=True)


def test_by_name_and_skip_mismatch(tmp_path):
    model, _ = pair(stack)
    model.save_weights(tmp_path / "w.h5")
    other = tfk_ext.Sequential(
        [tfk_ext.Dense(8, input_dim=6, name="first"), tfk_ext.Dense(4, name="last"), tfk_ext.Dense(2)]
    )
    other.load_weights(tmp_path / "w.h5", by_name=True, skip_mismatch=True)
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])
    assert other.get_weights()[2].shape == (8, 4)


@pytest.mark.slow
def test_descriptions_come_back(trained):
    ours = trained[0]
    config = json.loads(ours.to_json())
    for model in (
        model_from_json(ours.to_json()),
        model_from_yaml(ours.to_yaml()),
        model_from_config(config),
    ):
        assert type(model) is tfk_ext.models.Functional
        model.set_weights(ours.get_weights())
        _same(model, trained)


def test_nothing_is_replaced_without_being_asked(tmp_path, monkeypatch):
    model, _ = pair(stack)
    for name, save in (("m.keras", model.save), ("m.h5", model.save), ("w.h5", model.save_weights)):
        (tmp_path / name).write_text("precious")
        for answer, kept in (("n", True), ("y", False)):
            monkeypatch.setattr(builtins, "input", lambda _, answer=answer: answer)
            save(tmp_path / name, overwrite=False)
            assert (tmp_path / name).read_bytes().startswith(b"precious") is kept

        def nobody(_):
            raise EOFError

        monkeypatch.setattr(builtins, "input", nobody)
        with pytest.raises(FileExistsError, match=name):
            save(tmp_path / name, overwrite=False)


def test_an_interrupted_save_leaves_the_old_file(tmp_path, monkeypatch):
    model, _ = pair(stack)
    path = tmp_path / "m.h5"
    model.save(path)
    before = path.read_bytes()

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("tfk_ext.models.h5._write_layers", fail)
    with pytest.raises(KeyboardInterrupt):
        model.save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["m.h5"]


class Own(tfk_ext.Model):
    def __init__(self):
        super().__init__()
        self.dense = tfk_ext.Dense(2)

    def call(self, inputs):
        return self.dense(inputs)


def test_messages(tmp_path):
    model, _ = pair(stack)
    with pytest.raises(ValueError, match="save_format must be one of 'keras', 'h5', 'hdf5', 'tf', got 'zip'"):
        model.save(tmp_path / "m", save_format="zip")
    with pytest.raises(ValueError, match="name of an HDF5 file"):
        model.save(tmp_path / "m.h5", save_format="tf")
    own = Own()
    own(np.ones((1, 3)))
    with pytest.raises(ValueError, match="functional and Sequential models"):
        own.save(tmp_path / "own.h5")
    own.save_weights(tmp_path / "own")
    weights = own.get_weights()
    own.set_weights([w * 0 for w in weights])
    own.load_weights(tmp_path / "own")
    np.testing.assert_array_equal(own.get_weights()[0], weights[0])
    with pytest.raises(ValueError, match="no weights yet"):
        tfk_ext.Sequential([tfk_ext.Dense(1)]).save_weights(tmp_path / "w.h5")
    x = tfk_ext.Input((3,))
    operation = tfk_ext.Model(x, tf.keras.ops.square(x))
    with pytest.raises(ValueError, match=r"an operation on a symbolic tensor; save the model to .keras"):
        operation.save(tmp_path / "operation.h5")


def test_two_by_two_through_h5(tmp_path):
    ours, theirs = pair(two_by_two)
    ours.save(tmp_path / "m.h5")
    (a, b), _, _ = data()
    loaded = tf_keras.models.load_model(tmp_path / "m.h5", compile=False)
    np.testing.assert_allclose(
        loaded.predict([a, b], verbose=0)[0], theirs.predict([a, b], verbose=0)[0], rtol=1e-5
    )
