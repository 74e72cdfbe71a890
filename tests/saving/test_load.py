"""Loading: weights, what compile was given, the optimizer's state, and what is said when something does "
"not fit."""

import io
import json

import h5py
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfk_ext
from tests.saving import seeds
from tfk_ext.saving import LoadError

pytestmark = pytest.mark.filterwarnings("ignore:.*saving your model as an HDF5:UserWarning")

OLD = tf_keras.optimizers.legacy
OPTIMIZERS = {
    "Adam": lambda: OLD.Adam(0.01, decay=1e-3),
    "Adam today": lambda: tf_keras.optimizers.Adam(0.01),
    "AMSGrad": lambda: OLD.Adam(0.01, amsgrad=True),
    "SGD": lambda: OLD.SGD(0.01, momentum=0.9, nesterov=True),
    "RMSprop": lambda: OLD.RMSprop(0.01, momentum=0.5, centered=True),
    "Adadelta": lambda: OLD.Adadelta(0.5),
    "Ftrl": lambda: OLD.Ftrl(0.01),
    "a schedule": lambda: OLD.Adam(tf_keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)),
}


def _trained(optimizer, loss="categorical_crossentropy"):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 4)).astype("f4"), np.eye(2, dtype="f4")[rng.integers(0, 2, 16)]
    layers = tf_keras.layers
    model = tf_keras.Sequential(
        [layers.Dense(5, activation="tanh", input_shape=(4,)), layers.Dense(2, activation="softmax")]
    )
    model.compile(optimizer, loss, metrics=["accuracy"], loss_weights=[0.5])
    model.train_on_batch(x, y)
    model.train_on_batch(x, y)
    return model, x, y


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_goes_on_as_it_would_have(name, tmp_path):
    old, x, y = _trained(OPTIMIZERS[name]())
    old.save(tmp_path / "old.h5")
    new = tfk_ext.saving.load_model(tmp_path / "old.h5")
    assert isinstance(new.optimizer, tfk_ext.optimizers.Optimizer)
    assert int(new.optimizer.iterations) == 2
    np.testing.assert_allclose(new(x), old(x), atol=1e-6)
    old.train_on_batch(x, y)
    new.train_on_batch(x, y)
    np.testing.assert_allclose(new(x), old(x), atol=2e-6)
    np.testing.assert_allclose(new.evaluate(x, y, verbose=0), old.evaluate(x, y, verbose=0), atol=1e-5)


@pytest.mark.slow
def test_archives_of_keras_2_load_with_their_state(tmp_path):
    old, x, y = _trained(tf_keras.optimizers.Adam(0.01))
    old.save(tmp_path / "old.keras")
    new = tfk_ext.saving.load_model(tmp_path / "old.keras")
    old.train_on_batch(x, y)
    new.train_on_batch(x, y)
    np.testing.assert_allclose(new(x), old(x), atol=2e-6)


def test_an_unknown_loss_leaves_the_model_uncompiled(tmp_path):
    path = tmp_path / "old.h5"
    path.write_bytes(seeds.h5_model(training={**seeds.TRAINING, "loss": "my_loss"}))
    with pytest.warns(UserWarning, match="not compiled: the loss 'my_loss' is not known"):
        model = tfk_ext.saving.load_model(path)
    assert not model.compiled and model.count_params() == 15

    def my_loss(y_true, y_pred):
        return tf.reduce_mean(y_pred - y_true, axis=-1)

    model = tfk_ext.saving.load_model(path, custom_objects={"my_loss": my_loss})
    assert model.compiled and not tfk_ext.saving.load_model(path, compile=False).compiled


def test_learning_rate_and_decay_are_kept(tmp_path):
    config = {"class_name": "SGD", "config": {"lr": 0.25, "momentum": 0.5, "decay": 0.125, "nesterov": True}}
    (tmp_path / "old.h5").write_bytes(seeds.h5_model(training={**seeds.TRAINING, "optimizer_config": config}))
    optimizer = tfk_ext.saving.load_model(tmp_path / "old.h5").optimizer
    assert float(optimizer.learning_rate) == 0.25
    assert (optimizer.decay, optimizer.momentum, optimizer.nesterov) == (0.125, 0.5, True)


def test_a_state_that_does_not_fit_is_left_out_with_a_warning(tmp_path):
    file = io.BytesIO(seeds.h5_model())
    with h5py.File(file, "r+") as f:
        f["optimizer_weights"].attrs["weight_names"] = [b"Adam/iterations:0", b"Adam/m:0"]
    (tmp_path / "old.h5").write_bytes(file.getvalue())
    with pytest.warns(UserWarning, match="the optimizer's state is left out: 1 arrays for 2 weights"):
        model = tfk_ext.saving.load_model(tmp_path / "old.h5")
    assert model.compiled


def test_a_lambda_takes_the_callers_function(tmp_path):
    layer = {
        "class_name": "Lambda",
        "config": {"name": "twice", "function": "twice", "function_type": "function"},
    }
    config = json.loads(json.dumps(seeds.DENSE_2))
    config["config"]["layers"].append(layer)
    (tmp_path / "old.h5").write_bytes(seeds.h5_model(config, training=None))
    with pytest.raises(LoadError, match="twice"):
        tfk_ext.saving.load_model(tmp_path / "old.h5")
    model = tfk_ext.saving.load_model(tmp_path / "old.h5", custom_objects={"twice": lambda x: 2 * x})
    plain = tfk_ext.saving.model_from_config(seeds.DENSE_2)
    tfk_ext.saving.load_weights(plain, tmp_path / "old.h5")
    x = np.ones((1, 4), "f4")
    np.testing.assert_allclose(model(x), 2 * plain(x).numpy())


def test_architecture_and_weights(tmp_path):
    (tmp_path / "m.json").write_text(json.dumps(json.dumps(seeds.DENSE_2)))  # a JSON text in a JSON text
    (tmp_path / "w.h5").write_bytes(seeds.h5_weights())
    model = tfk_ext.saving.load_model(tmp_path / "m.json", weights=tmp_path / "w.h5")
    assert model.get_weights()[0][3, 2] == np.float32(1.1)
    with pytest.warns(UserWarning, match="holds no weights"):
        tfk_ext.saving.load_model(tmp_path / "m.json")
    with pytest.raises(LoadError, match="weights without a model"):
        tfk_ext.saving.load_model(tmp_path / "w.h5")


def _dense(units, name="dense"):
    return tf.keras.Sequential([tf.keras.Input((4,)), tfk_ext.Dense(units, name=name)])


def test_weights_that_do_not_fit_are_listed(tmp_path):
    (tmp_path / "w.h5").write_bytes(seeds.h5_weights())
    with pytest.raises(LoadError, match=r"dense.*kernel.*\(4, 5\).*\(4, 3\)") as caught:
        tfk_ext.saving.load_weights(_dense(5), tmp_path / "w.h5")
    assert "bias" in str(caught.value) and "(3,)" in str(caught.value)
    kept = _dense(5)
    before = kept.get_weights()[0]
    tfk_ext.saving.load_weights(kept, tmp_path / "w.h5", by_name=True, skip_mismatch=True)
    np.testing.assert_array_equal(kept.get_weights()[0], before)
    other = _dense(3, "other")
    tfk_ext.saving.load_weights(other, tmp_path / "w.h5", by_name=True)
    assert not np.array_equal(other.get_weights()[1], np.ones(3))
    tfk_ext.saving.load_weights(other, tmp_path / "w.h5")
    np.testing.assert_array_equal(other.get_weights()[1], np.ones(3))


def test_weights_of_keras_3(tmp_path):
    (tmp_path / "w.weights.h5").write_bytes(seeds.h5_modern())
    model = _dense(3)
    tfk_ext.saving.load_weights(model, tmp_path / "w.weights.h5")
    assert model.get_weights()[0][3, 2] == 11.0
    with pytest.raises(LoadError, match="don't fit"):
        tfk_ext.saving.load_weights(_dense(5), tmp_path / "w.weights.h5")
    with pytest.raises(LoadError, match="leave by_name out"):
        tfk_ext.saving.load_weights(model, tmp_path / "w.weights.h5", by_name=True)
    with pytest.raises(ValueError, match="has no weights yet"):
        tfk_ext.saving.load_weights(tf.keras.Sequential([tfk_ext.Dense(3)]), tmp_path / "w.weights.h5")
