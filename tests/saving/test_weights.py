"""Stored arrays into built models: layouts, orders, and what is said when they do not fit."""

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tests.golden.compose import FILES
from tfk_ext.compat.eras import LayerPlan, Plan
from tfk_ext.saving import LoadError, StoredLayer, StoredWeight, load_model, reader, weights
from tfk_ext.saving.load import rewrite


def stored(name, *arrays):
    return StoredLayer(name, [StoredWeight.of(f"{name}/{i}:0", a) for i, a in enumerate(arrays)])


def model(*layers, shape=(3,)):
    return tf.keras.Sequential([tf.keras.Input(shape), *layers])


def put(plan, target, layers, **options):
    weights.assign(weights.translate(plan, target, layers, **options))


def test_every_misfit_is_listed():
    target = model(tfk_ext.Dense(4, name="a"), tfk_ext.Dense(2, name="b"))
    layers = [stored("a", np.zeros((3, 5)), np.zeros(5)), stored("b", np.zeros((4, 2)))]
    with pytest.raises(LoadError) as caught:
        weights.translate(Plan(), target, layers)
    text = str(caught.value)
    assert "layer 'a', kernel: the model has (3, 4), the file has (3, 5)" in text
    assert "layer 'a', bias: the model has (4,), the file has (5,)" in text
    assert "layer 'b'" in text and "(4, 2)" in text
    assert caught.value.rule == "weights"


def test_layers_that_are_too_many():
    with pytest.raises(LoadError, match="layers with weights: the model has 1: a .*the file has 2: a, b"):
        weights.translate(
            Plan(),
            model(tfk_ext.Dense(1, name="a")),
            [stored("a", np.zeros((3, 1))), stored("b", np.zeros(2))],
        )


def test_by_name_and_left_out():
    target = model(tfk_ext.Dense(4, name="a"), tfk_ext.Dense(2, name="b"))
    layers = [
        stored("b", np.ones((4, 2)), np.ones(2)),
        stored("a", np.ones((9, 9)), np.ones(4)),
        stored("c", np.ones(1)),
    ]
    left: list = []
    put(Plan(), target, layers, by_name=True, skip_mismatch=True, mismatches=left)
    assert (np.asarray(target.layers[1].kernel) == 1).all()
    assert (np.asarray(target.layers[0].bias) == 1).all()
    assert [(m.layer, m.weight, m.expected, m.stored) for m in left] == [("a", "kernel", (3, 4), (9, 9))]


@pytest.mark.parametrize("plain, cudnn, gates", [("LSTM", "CuDNNLSTM", 4), ("GRU", "CuDNNGRU", 3)])
def test_cudnn_there_and_back(plain, cudnn, gates, rng):
    options = {"reset_after": True} if plain == "GRU" else {"recurrent_activation": "sigmoid"}
    one, two, three = (
        model(layer, shape=(5, 3))
        for layer in (
            getattr(tfk_ext, plain)(4, **options),
            getattr(tfk_ext, cudnn)(4),
            getattr(tfk_ext, plain)(4, **options),
        )
    )
    one.set_weights([rng.uniform(-1, 1, w.shape) for w in one.get_weights()])
    put(Plan(), two, [stored("l", *one.get_weights())])
    put(Plan(), three, [stored("l", *two.get_weights())])
    x = rng.normal(size=(2, 5, 3)).astype("float32")
    np.testing.assert_allclose(two(x), one(x), atol=1e-5)
    np.testing.assert_allclose(three(x), one(x), atol=1e-5)


def test_gru_of_another_kind_does_not_fit():
    target = model(tfk_ext.GRU(2, reset_after=False), shape=(4, 3))
    with pytest.raises(LoadError, match=r"bias: the model has \(6,\), the file has \(2, 6\)"):
        put(Plan(), target, [stored("g", np.zeros((3, 6)), np.zeros((2, 6)), np.zeros((2, 6)))])


def test_order_alone_where_names_tell_nothing():
    """A nested model's trainable arrays lie in front, as its layers were frozen when the file was written."""
    path = FILES / "tf_2_21_nested.h5"
    by_name = load_model(path, compile=False)
    with reader.read_file(path) as file:
        found = rewrite(file, {}, True)
        for layer in file.layers:
            for number, weight in enumerate(layer.weights):
                weight.name = f"array_{number}"
        by_order = tf.keras.saving.deserialize_keras_object(found.config)
        put(found.plan, by_order, file.layers)
    for one, two in zip(by_name.weights, by_order.weights):
        np.testing.assert_array_equal(one, two)


def test_normalization_uses_what_it_got():
    target = model(tf.keras.layers.Normalization(name="n"))
    mean, variance = np.array([1.0, 2.0, 3.0]), np.array([4.0, 9.0, 16.0])
    put(Plan(), target, [stored("n", mean, variance, np.array(7))])
    np.testing.assert_allclose(target(np.array([[3.0, 5.0, 7.0]])), [[1.0, 1.0, 1.0]], atol=1e-6)


def test_theano_kernels_are_flipped():
    plan = Plan(keras1=True, backend="theano", layers=[LayerPlan("c", "Conv2D", "Convolution2D", "c")])
    target = model(tfk_ext.Conv2D(2, 3, data_format="channels_first", name="c"), shape=(1, 5, 5))
    kernel = np.arange(18.0).reshape(2, 1, 3, 3)
    put(plan, target, [stored("c", kernel, np.zeros(2))])
    found = np.asarray(target.layers[0].kernel)
    np.testing.assert_array_equal(found, kernel.transpose(2, 3, 1, 0)[::-1, ::-1])
