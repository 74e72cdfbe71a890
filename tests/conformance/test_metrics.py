"""Every metric equals Keras 3's and tf_keras's over weighted batches, compiled, distributed and saved."""

import inspect
import json

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings
from hypothesis import strategies as st

import tfk_ext
from tests.conformance.table_metrics import ROWS
from tests.strategy import two_replicas

rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
CASES = [(row, config, draw) for row in ROWS for config, draw in row.cases]
cases = pytest.mark.parametrize(
    ("row", "config", "draw"), CASES, ids=[f"{r.name}-{i}" for r in ROWS for i in range(len(r.cases))]
)


def batches(row, draw, count, rng, weighted):
    """Draw batches as arguments of update_state, in float32."""
    result = []
    for _ in range(count):
        arrays = [a.astype("float32") for a in draw(rng, row.shape) if a is not None]
        weights = rng.uniform(0, 2, row.shape[0]).astype("float32") if weighted else None
        result.append((arrays[:1] if row.values else arrays, weights))
    return result


def after(metric, data):
    for arrays, weights in data:
        metric.update_state(*arrays, sample_weight=weights)
    return np.asarray(metric.result())


def test_every_public_metric_has_a_row():
    public = {
        thing
        for thing in vars(tfk_ext.metrics).values()
        if inspect.isclass(thing) and issubclass(thing, tf.keras.metrics.Metric)
    }
    assert public - {tfk_ext.metrics.Metric} == {row.cls for row in ROWS}


@cases
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 999), count=st.integers(1, 3), weighted=st.booleans())
def test_equals_keras_3_and_tf_keras(row, config, draw, seed, count, weighted):
    data = batches(row, draw, count, np.random.default_rng(seed), weighted)
    ours = after(row.cls(**config), data)
    if row.formula is not None:
        expected = sum(row.formula(*arrays, weights) for arrays, weights in data)
        np.testing.assert_allclose(ours, expected, rtol=1e-5)
    if not row.peer:
        return
    keras = [tf.keras.metrics] if config.get("curve") == "PRGAIN" else [tf.keras.metrics, tf_keras.metrics]
    for module in keras:
        expected = after(getattr(module, row.peer)(**config), data)
        assert ours.shape == expected.shape
        np.testing.assert_allclose(ours, expected, rtol=2e-5, atol=2e-6)


@rows
@pytest.mark.parametrize("jit_compile", [False, True])
def test_compiled(row, jit_compile, rng):
    chosen = row.cases[::3] if jit_compile else row.cases
    metrics = [row.cls(**config) for config, _ in chosen]
    data = [batches(row, draw, 2, rng, weighted=True) for _, draw in chosen]

    @tf.function(jit_compile=jit_compile, autograph=not jit_compile)
    def update(batch):
        for metric, (arrays, weights) in zip(metrics, batch):
            metric.update_state(*arrays, sample_weight=weights)

    for batch in zip(*data):
        update(tf.nest.map_structure(tf.constant, batch))
    for metric, (config, _), seen in zip(metrics, chosen, data):
        np.testing.assert_allclose(metric.result(), after(row.cls(**config), seen), rtol=1e-5, atol=1e-6)


@rows
def test_unknown_batch(row, rng):
    config, draw = row.cases[0]
    data = batches(row, draw, 2, rng, weighted=True)
    metric = row.cls(**config)
    signature = [tf.TensorSpec((None, *a.shape[1:]), tf.float32) for a in (*data[0][0], data[0][1])]
    update = tf.function(
        lambda *args: metric.update_state(*args[:-1], sample_weight=args[-1]), input_signature=signature
    )
    for arrays, weights in data:
        update(*arrays, weights)
    np.testing.assert_allclose(metric.result(), after(row.cls(**config), data), rtol=1e-5, atol=1e-6)


@rows
@pytest.mark.parametrize("reset", ["reset_state", "reset_states"])
def test_reset(row, reset, rng):
    for config, draw in row.cases:
        data = batches(row, draw, 1, rng, weighted=False)
        metric = row.cls(**config)
        first = after(metric, data)
        getattr(metric, reset)()
        assert all(not np.any(variable.numpy()) for variable in metric.variables)
        np.testing.assert_array_equal(after(metric, data), first)


@rows
def test_dtypes(row, rng):
    config, draw = row.cases[0]
    data = batches(row, draw, 2, rng, weighted=True)
    metric = row.cls(**config, dtype="float64")
    assert after(metric, data).dtype == "float64" and metric.variables[0].dtype == "float64"
    np.testing.assert_allclose(metric.result(), after(row.cls(**config), data), rtol=1e-5)
    tf.keras.config.set_dtype_policy("mixed_float16")
    half = [([a.astype("float16") for a in arrays], weights) for arrays, weights in data]
    result = after(row.cls(**config), half)
    assert result.dtype == "float32"
    np.testing.assert_allclose(result, after(row.cls(**config), data), rtol=2e-2, atol=1e-2)


@rows
def test_masks(row, rng):
    """What a mask of the predictions hides weighs nothing."""
    config, draw = row.cases[0]
    *labels, values = (a.astype("float32") for a in draw(rng, (3, 5, 4)) if a is not None)
    mask = np.array([[1, 1, 0, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]], "float32")
    weights = rng.uniform(0, 2, 3).astype("float32")
    masked = tf.constant(values)
    masked._keras_mask = tf.constant(mask > 0)
    for sample_weight, joined in ((None, mask), (weights, mask * weights[:, None])):
        ours, expected = row.cls(**config), row.cls(**config)
        ours.update_state(*labels, masked, sample_weight=sample_weight)
        expected.update_state(*labels, tf.constant(values), sample_weight=joined)
        np.testing.assert_allclose(ours.result(), expected.result(), rtol=1e-5)


@cases
def test_config(row, config, draw, rng):
    metric = row.cls(**{**config, "name": "mine", "dtype": "float64"})
    again = row.cls.from_config(json.loads(json.dumps(metric.get_config())))
    assert again.get_config() == metric.get_config() and again.name == "mine"
    serialized = tfk_ext.metrics.serialize(metric)
    assert serialized["registered_name"] == f"tfk_ext.metrics>{row.name}"
    again = tf.keras.metrics.deserialize(json.loads(json.dumps(serialized)))
    assert type(again) is row.cls and set(config) <= set(metric.get_config())
    data = batches(row, draw, 1, rng, weighted=False)
    np.testing.assert_array_equal(after(again, data), after(metric, data))


@rows
def test_names(row):
    for name in row.names:
        assert type(tfk_ext.metrics.get(name)) is row.cls


def test_default_names_equal_keras_3():
    compared = [row for row in ROWS if row.peer and not row.cases[0][0]]
    tf.keras.backend.clear_session()  # for all rows at once: it collects the garbage of the whole process
    ours = [row.cls().name for row in compared]
    tf.keras.backend.clear_session()
    assert ours == [getattr(tf.keras.metrics, row.peer)().name for row in compared]


@rows
def test_bad_arguments(row):
    for config, word in row.bad:
        with pytest.raises(ValueError, match=f"{row.name}: {word}"):
            row.cls(**config)


@tf.keras.saving.register_keras_serializable("tests")
def no_loss(y_true, y_pred):
    return 0.0 * y_pred[:, 0]


def _by_draw():
    groups = {}
    for row in ROWS:
        for config, draw in row.cases[:2]:
            if not row.values:
                groups.setdefault(draw.__name__, (draw, []))[1].append((row, config))
    return groups


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(_by_draw()))
def test_in_a_model(kind, tmp_path, rng):
    """All metrics of one kind of data in a model: evaluated, distributed, saved and loaded."""
    draw, members = _by_draw()[kind]
    y, p = (a.astype("float32") for a in draw(rng, (12, 4)))
    made = lambda: [row.cls(**{**config, "name": f"m{i}"}) for i, (row, config) in enumerate(members)]  # noqa: E731
    weights = rng.uniform(0, 2, 12).astype("float32")
    expected = {}
    for metric in made():
        metric.update_state(y, p, sample_weight=weights)
        expected[metric.name] = metric.result()

    def model():
        model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Activation("linear")])
        model.compile("sgd", loss=no_loss, weighted_metrics=made())
        return model

    results = {}
    plain = model()
    results["plain"] = plain.evaluate(p, y, 4, sample_weight=weights, verbose=0, return_dict=True)
    with two_replicas().scope():
        spread = model()
    results["spread"] = spread.evaluate(p, y, 4, sample_weight=weights, verbose=0, return_dict=True)
    plain.save(tmp_path / "model.keras")
    loaded = tf.keras.models.load_model(tmp_path / "model.keras")
    loaded.run_eagerly = True  # what the graph computes is seen above
    results["loaded"] = loaded.evaluate(p, y, 4, sample_weight=weights, verbose=0, return_dict=True)
    for how, result in results.items():
        for name, value in expected.items():
            np.testing.assert_allclose(result[name], value, rtol=2e-5, atol=1e-6, err_msg=f"{how} {name}")
