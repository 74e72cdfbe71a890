"""Every loss equals its formula, Keras 3's and tf_keras's loss, in every reduction, graph and dtype."""

import inspect
import json

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings
from hypothesis import strategies as st

import tfk_ext
from tests.conformance.table_losses import ROWS

rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
cases = pytest.mark.parametrize(
    ("row", "config", "draw"),
    [(row, config, draw) for row in ROWS for config, draw in row.cases],
    ids=[f"{row.name}-{i}" for row in ROWS for i in range(len(row.cases))],
)
REDUCTIONS = ["sum_over_batch_size", "sum", "none", None, "mean", "mean_with_sample_weight", "auto"]


def reduced(values, weights, reduction):
    """What the documents say about reductions, in NumPy."""
    total = np.ones_like(values)
    if weights is not None:
        weights = np.asarray(weights, values.dtype)
        total = total * weights.reshape(weights.shape + (1,) * (values.ndim - weights.ndim))
    values = values * total
    if reduction in ("none", None):
        return values
    if reduction == "sum":
        return values.sum()
    return values.sum() / (total.sum() if reduction == "mean_with_sample_weight" else values.size)


def test_every_public_loss_has_a_row():
    public = {
        thing
        for thing in vars(tfk_ext.losses).values()
        if inspect.isclass(thing) and issubclass(thing, tf.keras.losses.Loss)
    }
    assert public - {tf.keras.losses.Loss} == {row.cls for row in ROWS}
    functions = {
        thing
        for thing in vars(tfk_ext.losses).values()
        if inspect.isfunction(thing) and "y_true" in inspect.signature(thing).parameters
    }
    assert functions == {row.function for row in ROWS}


@cases
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_equals_its_formula(row, config, draw, data):
    rank = data.draw(st.integers(0, 2))
    inner = tuple(data.draw(st.integers(1, 3)) for _ in range(rank))
    shape = (data.draw(st.integers(2, 5)), *inner, data.draw(st.integers(2, 5)))
    y, p = draw(np.random.default_rng(data.draw(st.integers(0, 999))), shape)
    expected = row.formula(y, p, **config)
    np.testing.assert_allclose(row.function(y, p, **config), expected, rtol=1e-9, atol=1e-9)
    loss32 = row.function(y.astype("float32"), p.astype("float32"), **config)
    assert loss32.dtype == tf.float32
    np.testing.assert_allclose(loss32, expected, rtol=1e-4, atol=1e-5)

    reduction = data.draw(st.sampled_from(REDUCTIONS))
    axes = data.draw(st.integers(-1, expected.ndim)) if row.name != "CosineSimilarity" else -1
    weights = None if axes < 0 else np.random.default_rng(1).uniform(0, 2, expected.shape[:axes])
    if config.get("ignore_class") is not None:
        reduction, weights = "sum", None
    loss = row.cls(**config, reduction=reduction, dtype="float64")
    np.testing.assert_allclose(
        loss(y, p, sample_weight=weights), reduced(expected, weights, reduction), rtol=1e-9, atol=1e-9
    )


@cases
def test_equals_keras_3_and_tf_keras(row, config, draw, rng):
    y, p = (a.astype("float32") for a in draw(rng, row.shape))
    weights = rng.uniform(0, 2, len(y)).astype("float32")
    ours, gradient = value_and_gradient(row.cls(**config), y, p, None)
    for keras in (tf.keras, tf_keras):
        peer_class = getattr(keras.losses, row.peer or row.name)
        if row.name == "SparseCategoricalCrossentropy" and "axis" in config:
            continue  # Keras 3 knows the last axis only, tf_keras's class no axis at all
        peer = peer_class(**config)
        theirs, their_gradient = value_and_gradient(peer, y, p, None)
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-6)
        np.testing.assert_allclose(gradient, their_gradient, rtol=2e-4, atol=1e-6)
        if row.formula(y, p, **config).shape == weights.shape and "ignore_class" not in config:
            np.testing.assert_allclose(
                row.cls(**config)(y, p, sample_weight=weights),
                peer(y, p, sample_weight=weights),
                rtol=2e-5,
                atol=1e-6,
            )


def value_and_gradient(loss, y, p, weights):
    y, p = tf.convert_to_tensor(y), tf.convert_to_tensor(p)
    with tf.GradientTape() as tape:
        tape.watch(p)
        value = loss(y, p) if weights is None else loss(y, p, sample_weight=weights)
    return value, tape.gradient(value, p)


@cases
def test_gradient(row, config, draw, rng):
    y, p = draw(rng, row.shape)
    _, gradient = value_and_gradient(row.cls(**config, reduction="sum", dtype="float64"), y, p, None)
    numeric = np.zeros_like(p)
    for index in np.ndindex(p.shape):
        h = np.zeros_like(p)
        h[index] = 1e-6
        up, down = (row.formula(y, p + s * h, **config).sum() for s in (1, -1))
        numeric[index] = (up - down) / 2e-6
    np.testing.assert_allclose(gradient, numeric, rtol=1e-5, atol=1e-6)


@rows
@pytest.mark.parametrize("jit_compile", [False, True])
def test_compiled(row, jit_compile, rng):
    losses = [row.cls(**config) for config, _ in row.cases]
    data = [[a.astype("float32") for a in draw(rng, row.shape)] for _, draw in row.cases]

    @tf.function(jit_compile=jit_compile)
    def compiled(data):
        return [value_and_gradient(loss, y, p, None) for loss, (y, p) in zip(losses, data)]

    found = compiled(tf.nest.map_structure(tf.constant, data))
    for both, loss, (y, p) in zip(found, losses, data, strict=True):
        for ours, expected in zip(both, value_and_gradient(loss, y, p, None), strict=True):
            np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)


@rows
def test_unknown_shapes(row, rng):
    for config, draw in row.cases:
        y, p = (tf.constant(a, tf.float32) for a in draw(rng, row.shape))
        loss = row.cls(**config)
        signature = [tf.TensorSpec([None] * a.shape.rank, tf.float32) for a in (y, p)]
        traced = tf.function(loss, input_signature=signature)
        np.testing.assert_allclose(traced(y, p), loss(y, p), rtol=1e-5)


@rows
def test_extremes_are_finite(row):
    for y, p, config in row.extreme:
        value, gradient = value_and_gradient(row.cls(**config), np.float32(y), np.float32(p), None)
        assert np.isfinite(value), (y, p, config)
        assert np.isfinite(gradient).all(), (y, p, config)


@rows
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_dtypes(row, dtype, rng):
    config, draw = row.cases[0]
    y, p = draw(rng, row.shape)
    values = row.function(tf.cast(y, dtype), tf.cast(p, dtype), **config)
    assert values.dtype == dtype
    half = dtype != "float64"
    y, p = (np.asarray(tf.cast(tf.cast(a, dtype), tf.float64)) for a in (y, p))
    expected = row.formula(y, p, **config)
    np.testing.assert_allclose(tf.cast(values, tf.float64), expected, rtol=2e-2 if half else 1e-9, atol=1e-3)
    assert row.cls(**config)(y, tf.cast(p, dtype)).dtype == tf.float32
    assert row.cls(**config, dtype=dtype)(y, p).dtype == dtype


@rows
def test_masks(row, rng):
    """What a mask hides does not count, nor does it in the divisor: as in Keras 3."""
    config, draw = row.cases[0]
    y, p = (a.astype("float32") for a in draw(rng, (3, 5, 4)))
    hidden = np.array([[1, 1, 0, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]], bool)
    values = row.formula(y, p, **config)
    weights = rng.uniform(0, 2, 3).astype("float32")
    for reduction, expected in {
        "sum": values[hidden].sum(),
        "sum_over_batch_size": values[hidden].mean(),
        "none": np.where(hidden, values, 0),
    }.items():
        masked = tf.constant(p)
        masked._keras_mask = tf.constant(hidden)
        loss = row.cls(**config, reduction=reduction)
        np.testing.assert_allclose(loss(y, masked), expected, rtol=1e-4, atol=1e-6)
        if reduction == "sum":
            expected = (values * weights[:, None])[hidden].sum()
            np.testing.assert_allclose(loss(y, masked, sample_weight=weights), expected, rtol=1e-4)


@cases
def test_config(row, config, draw):
    loss = row.cls(**config, reduction="sum", name="mine", dtype="float64")
    again = row.cls.from_config(json.loads(json.dumps(loss.get_config())))
    assert again.get_config() == loss.get_config()
    assert {
        **config,
        "reduction": "sum",
        "name": "mine",
        "dtype": "float64",
    }.items() <= again.get_config().items()
    serialized = tfk_ext.losses.serialize(loss)
    assert serialized["registered_name"] == f"tfk_ext.losses>{row.name}"
    assert type(tfk_ext.losses.deserialize(json.loads(json.dumps(serialized)))) is row.cls
    assert tf.keras.losses.deserialize(serialized).get_config() == loss.get_config()


@rows
def test_names(row):
    for name in row.names:
        assert tfk_ext.losses.get(name) is row.function or type(tfk_ext.losses.get(name)) is row.cls
    assert row.cls().name == row.function.__name__
    function = tfk_ext.losses.serialize(row.function)
    assert tfk_ext.losses.deserialize(json.loads(json.dumps(function))) is row.function


@rows
def test_bad_arguments(row):
    for config, word in (*row.bad, ({"reduction": "product"}, "reduction")):
        with pytest.raises(ValueError, match=f"{row.name}: {word}"):
            row.cls(**config)


@pytest.mark.slow
def test_trained_and_saved(tmp_path, rng):
    """One model with an output for each loss: fit, save, load, and the loaded model computes the same."""
    inputs = tf.keras.Input((4,))
    outputs, losses, labels = {}, {}, {}
    for row in ROWS:
        config, draw = row.cases[0]
        key = row.cls().name
        y, p = draw(rng, (8, 4))
        activation = "softmax" if np.allclose(p.sum(-1), 1) else "sigmoid"
        outputs[key] = tf.keras.layers.Dense(4, activation=activation, name=key)(inputs)
        losses[key], labels[key] = row.cls(**config), y.astype("float32")
    model = tf.keras.Model(inputs, outputs)
    model.compile("sgd", losses)
    x = rng.normal(size=(8, 4)).astype("float32")
    first = model.evaluate(x, labels, verbose=0, return_dict=True)
    history = model.fit(x, labels, epochs=2, batch_size=4, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    predictions = model.predict(x, verbose=0)
    assert first["loss"] > 0
    path = tmp_path / "model.keras"
    model.save(path)
    loaded = tf.keras.models.load_model(path)
    assert {type(loss) for loss in tf.nest.flatten(loaded.loss)} == {row.cls for row in ROWS}
    result = loaded.evaluate(x, labels, verbose=0, return_dict=True)["loss"]
    total = sum(
        row.formula(labels[k], predictions[k], **row.cases[0][0]).mean() for row, k in zip(ROWS, losses)
    )
    np.testing.assert_allclose(result, total, rtol=1e-4)
