"""``add_loss`` and ``add_metric`` with symbolic tensors."""

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tfk_ext import backend as K  # noqa: N812

DATA = np.random.default_rng(4).random((12, 6)).astype("float32")


def coder():
    """Return a model that codes and decodes, its outputs and its code."""
    x = tfk_ext.Input((6,))
    code = tfk_ext.Dense(2, name="code", kernel_initializer=tfk_ext.initializers.GlorotUniform(1))(x)
    same = tfk_ext.Dense(6, name="same", kernel_initializer=tfk_ext.initializers.GlorotUniform(2))(code)
    return x, code, same, tfk_ext.Model(x, same)


def losses_of(model):
    """Return what the added parts must be, by NumPy."""
    code = DATA @ model.get_layer("code").get_weights()[0]
    same = code @ model.get_layer("same").get_weights()[0]
    return np.mean((DATA - same) ** 2), np.mean(np.abs(code))


def with_additions():
    x, code, same, model = coder()
    model.add_loss(K.mean(K.square(K.concatenate([x]) - same)))
    model.add_metric(K.abs(code), name="size", aggregation="mean")
    return model


def test_a_model_whose_whole_loss_is_added():
    model = with_additions()
    model.compile(tf.keras.optimizers.SGD(0.0))
    error, size = losses_of(model)
    logs = model.fit(DATA, batch_size=4, verbose=0).history
    assert list(logs) == ["loss", "size"]
    np.testing.assert_allclose([logs["loss"][0], logs["size"][0]], [error, size], rtol=1e-5)
    np.testing.assert_allclose(model.evaluate(DATA, verbose=0), [error, size], rtol=1e-5)
    assert model.output_names == ["same"] and model.predict(DATA, verbose=0).shape == (12, 6)


def test_it_trains_and_comes_on_top_of_the_loss_of_compile():
    x, code, same, model = coder()
    model.add_loss([0.5 * K.mean(K.abs(code)), K.constant(0.0) * K.mean(x)])
    model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    error, size = losses_of(model)
    logs = model.fit(DATA, DATA, batch_size=12, epochs=20, verbose=0).history
    np.testing.assert_allclose(logs["loss"][0], error + 0.5 * size, rtol=1e-5)
    assert logs["loss"][-1] < logs["loss"][0]


def test_a_layer_that_only_the_loss_needs_is_trained():
    x, code, _, model = coder()
    model.add_loss(K.mean(K.square(tfk_ext.Dense(1, name="judge")(code) - 1.0)))
    model.compile(tf.keras.optimizers.SGD(0.1))
    before = model.get_layer("judge").get_weights()[1].copy()
    model.fit(DATA, verbose=0)
    assert model.get_layer("judge").get_weights()[1] != before


def test_files_keep_it(tmp_path):
    model = with_additions()
    model.compile("sgd")
    model.save(tmp_path / "coder.keras")
    loaded = tfk_ext.models.load_model(tmp_path / "coder.keras")
    np.testing.assert_allclose(loaded.evaluate(DATA, verbose=0), model.evaluate(DATA, verbose=0), rtol=1e-5)
    assert loaded.output_names == ["same"]
    copy = tfk_ext.Model.from_config(model.get_config())
    assert [type(layer) for layer in copy.layers] == [type(layer) for layer in model.layers]


def test_names_of_several_outputs_stay():
    x, code, same, _ = coder()
    model = tfk_ext.Model(x, [same, code])
    model.add_loss(K.mean(K.abs(code)))
    model.compile("sgd", {"same": "mse", "code": "mae"})
    logs = model.fit(DATA, {"same": DATA, "code": DATA[:, :2]}, verbose=0).history
    assert list(logs) == ["loss", "same_loss", "code_loss"]


def test_what_can_not_be_added_is_said():
    x, code, _, model = coder()
    with pytest.raises(ValueError, match="does not come from the model's inputs"):
        model.add_loss(K.mean(tfk_ext.Input((3,))))
    with pytest.raises(ValueError, match="add_metric: give the name"):
        model.add_metric(K.mean(code))
    with pytest.raises(ValueError, match="aggregation must be one of"):
        model.add_metric(K.mean(code), name="mean", aggregation="sum")
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="call add_loss before compile"):
        model.add_loss(K.mean(code))
