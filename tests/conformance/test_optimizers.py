"""Every optimizer walks the way of its formula, dense and sparse, compiled, distributed and restored."""

import inspect
import json

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tests.conformance.subjects import EXHAUSTIVE
from tests.conformance.table_optimizers import ROWS
from tests.strategy import two_replicas

rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
CASES = [(row, config) for row in ROWS for config in row.configs]
cases = pytest.mark.parametrize(
    ("row", "config"), CASES, ids=[f"{row.name}-{i}" for row in ROWS for i in range(len(row.configs))]
)
STEPS = 50
SHAPE = (7, 3)


def whole(row, config):
    """Return all options, with the defaults of the constructor."""
    parameters = inspect.signature(row.cls).parameters.values()
    return {**{p.name: p.default for p in parameters if p.default is not p.empty}, **config}


def gradients(steps=STEPS, seed=0):
    """Draw sparse gradients of six rows, some of which repeat: ``(indices, values)`` for each step."""
    rng = np.random.default_rng(seed)
    return [(rng.integers(0, SHAPE[0], 6), rng.normal(size=(6, SHAPE[1]))) for _ in range(steps)]


def written_out(indices, values):
    dense = np.zeros(SHAPE)
    np.add.at(dense, indices, values)
    return dense


def start():
    return np.random.default_rng(5).normal(size=SHAPE)


def formula_way(row, config, sparse):
    """Walk by the formula in NumPy. Ftrl's sparse step is that of the rows alone."""
    options, w, state, way = whole(row, config), start(), {}, []
    for t, (indices, values) in enumerate(gradients(), 1):
        before = w, {key: np.copy(value) for key, value in state.items()}
        w = row.step(w, written_out(indices, values), state, t, options)
        if sparse and row.name == "Ftrl":
            rest = np.setdiff1d(np.arange(SHAPE[0]), indices)
            w[rest] = before[0][rest]
            for key in state:
                state[key][rest] = (
                    before[1][key][rest]
                    if before[1]
                    else {"n": options["initial_accumulator_value"]}.get(key, 0.0)
                )
        way.append(w)
    return np.stack(way)


def as_gradient(indices, values, dtype, sparse):
    if sparse:
        return tf.IndexedSlices(tf.constant(values, dtype), tf.constant(indices), tf.constant(SHAPE))
    return tf.constant(written_out(indices, values), dtype)


def our_way(optimizer, dtype, sparse, steps=STEPS, jit_compile=None):
    """Walk with an optimizer, eagerly or in a compiled function."""
    variable = tf.Variable(start(), dtype=dtype)
    optimizer.build([variable])

    def step(gradient):
        optimizer.apply_gradients([(gradient, variable)])

    if jit_compile is not None:
        step = tf.function(step, jit_compile=jit_compile)
    way = []
    for indices, values in gradients(steps):
        step(as_gradient(indices, values, dtype, sparse))
        way.append(variable.numpy())
    return np.stack(way)


def test_every_public_optimizer_has_a_row():
    public = {
        thing
        for thing in vars(tfk_ext.optimizers).values()
        if inspect.isclass(thing) and issubclass(thing, tf.keras.optimizers.Optimizer)
    }
    assert public - {tfk_ext.optimizers.Optimizer} == {row.cls for row in ROWS}


@cases
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_fifty_steps_of_the_formula(row, config, sparse):
    """In a graph, and the first of them eagerly."""
    tf.keras.config.set_floatx("float64")
    try:
        ways = [our_way(row.cls(**config), "float64", sparse, *how) for how in ((STEPS, False), (6, None))]
    finally:
        tf.keras.config.set_floatx("float32")
    expected = formula_way(row, config, sparse)
    for way in ways:
        np.testing.assert_allclose(way, expected[: len(way)], rtol=1e-6, atol=1e-6)


@cases
def test_equals_keras_3(row, config):
    peer = getattr(tf.keras.optimizers, row.peer)(**config)
    # Adagrad has its epsilon under the root there.
    tolerance = {"rtol": 1e-2, "atol": 1e-2} if row.name == "Adagrad" else {"rtol": 2e-4, "atol": 2e-5}
    ways = [our_way(optimizer, "float32", False, STEPS, False) for optimizer in (row.cls(**config), peer)]
    np.testing.assert_allclose(*ways, **tolerance)


@cases
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_in_a_graph(row, config, sparse):
    ways = [our_way(row.cls(**config), "float32", sparse, 4, jit) for jit in (None, False)]
    np.testing.assert_allclose(ways[1], ways[0], rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize(
    ("row", "config"),
    CASES if EXHAUSTIVE else [(row, row.configs[-1]) for row in ROWS],
)
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_compiled(row, config, sparse):
    ways = [our_way(row.cls(**config), "float32", sparse, 4, jit) for jit in (None, True)]
    np.testing.assert_allclose(ways[1], ways[0], rtol=2e-4, atol=2e-5)


@cases
def test_half_precision_weights(row, config):
    for dtype, atol in (("float16", 0.02), ("bfloat16", 0.15)):
        way = our_way(row.cls(**config), dtype, False, 5).astype("float64")
        expected = our_way(row.cls(**config), "float32", False, 5)
        np.testing.assert_allclose(way, expected, atol=atol)


@cases
def test_a_scalar_and_an_empty_variable(row, config):
    values = [np.float64(0.5), np.zeros((0, 3)), start()]
    variables = [tf.Variable(value, dtype="float32") for value in values]
    gradients = [value + 1.0 for value in values]
    row.cls(**config).apply_gradients([(tf.constant(g, tf.float32), v) for g, v in zip(gradients, variables)])
    for variable, value, gradient in zip(variables, values, gradients):
        expected = row.step(value, gradient, {}, 1, whole(row, config))
        np.testing.assert_allclose(variable, expected, rtol=1e-5, atol=1e-6)


@rows
def test_half_precision_weights_without_a_gradient_stand_still(row):
    """Ftrl's would go to 0, as documented."""
    if row.name == "Ftrl":
        pytest.skip("its dense gradient of 0 moves a weight")
    variable = tf.Variable([1.0, 2.0], dtype="float16")
    row.cls().apply_gradients([(tf.zeros(2, tf.float16), variable)])
    np.testing.assert_array_equal(variable, [1.0, 2.0])


@rows
@pytest.mark.parametrize(
    "options",
    [{"clipnorm": 0.5}, {"clipvalue": 0.1}, {"global_clipnorm": 0.5}, {"loss_scale_factor": 4.0}],
    ids=str,
)
def test_clipping_takes_a_sparse_gradient_as_if_written_out(row, options):
    if row.name == "Ftrl":
        options = {**options, "initial_accumulator_value": 1.0}
    ways = [our_way(row.cls(learning_rate=0.1, **options), "float32", sparse, 6) for sparse in (False, True)]
    if row.name == "Ftrl":  # its rows without a gradient stay as they are
        first = np.unique(gradients(1)[0][0])
        rest = np.setdiff1d(np.arange(SHAPE[0]), first)
        np.testing.assert_allclose(ways[1][0][first], ways[0][0][first], rtol=1e-4, atol=1e-6)
        if "loss_scale_factor" not in options:  # Keras writes it out there
            np.testing.assert_array_equal(ways[1][0][rest], start()[rest].astype("float32"))
        return
    np.testing.assert_allclose(ways[1], ways[0], rtol=1e-4, atol=1e-6)


@rows
@pytest.mark.parametrize("name", ["clipnorm", "clipvalue", "global_clipnorm", "weight_decay", "use_ema"])
def test_options_of_the_base_equal_keras_3(row, name):
    options = {name: True if name == "use_ema" else 0.1, "learning_rate": 0.1}
    if name == "use_ema":
        options.update(ema_momentum=0.5, ema_overwrite_frequency=2)
    tolerance = {"rtol": 1e-2, "atol": 1e-2} if row.name == "Adagrad" else {"rtol": 1e-3, "atol": 1e-4}
    ways = [
        our_way(cls(**options), "float32", False, 5)
        for cls in (row.cls, getattr(tf.keras.optimizers, row.peer))
    ]
    np.testing.assert_allclose(ways[0], ways[1], **tolerance)


@rows
@pytest.mark.parametrize("options", [{}, {"clipnorm": 0.5}, {"global_clipnorm": 0.5}], ids=str)
def test_only_rows_of_the_gradient_are_touched(row, options):
    """Rows elsewhere keep their weights to the bit, and slots that do not decay keep theirs."""
    if not row.rows_only:
        pytest.skip("its moments move every weight, as documented")
    optimizer = row.cls(**options)
    variable = tf.Variable(start(), dtype="float32")
    optimizer.build([variable])
    before = [np.asarray(v) for v in (variable, *optimizer.variables[2:])]
    slices = tf.IndexedSlices(tf.ones((3, 3)), tf.constant([2, 5, 2]), tf.constant(SHAPE))
    optimizer.apply_gradients([(slices, variable)])
    assert optimizer.get_config().items() >= options.items()
    after = [np.asarray(v) for v in (variable, *optimizer.variables[2:])]
    rest = [0, 1, 3, 4, 6]
    for old, new in zip(before, after):
        np.testing.assert_array_equal(new[rest], old[rest])
        assert not np.array_equal(new[[2, 5]], old[[2, 5]])


@rows
def test_an_empty_sparse_gradient(row):
    slices = tf.IndexedSlices(tf.zeros((0, 3)), tf.zeros((0,), tf.int64), tf.constant(SHAPE))
    variable = tf.Variable(start(), dtype="float32")
    row.cls().apply_gradients([(slices, variable)])
    np.testing.assert_allclose(variable, start(), rtol=1e-6)


@cases
def test_config(row, config):
    optimizer = row.cls(**config, clipnorm=1.0, name="mine")
    again = row.cls.from_config(json.loads(json.dumps(optimizer.get_config())))
    assert again.get_config() == optimizer.get_config()
    found = again.get_config()
    for key, value in {**config, "clipnorm": 1.0, "name": "mine"}.items():
        assert found[key] == pytest.approx(value)
    serialized = tfk_ext.optimizers.serialize(optimizer)
    assert serialized["registered_name"] == f"tfk_ext>{row.name}"
    assert type(tf.keras.optimizers.deserialize(json.loads(json.dumps(serialized)))) is row.cls


@rows
def test_names(row):
    for name in row.names:
        assert type(tfk_ext.optimizers.get(name)) is row.cls
    assert row.cls().name == row.name and getattr(tfk_ext.optimizers, row.name.lower()) is row.cls


@rows
def test_bad_arguments(row):
    for config, word in row.bad:
        with pytest.raises(ValueError, match=f"{row.name}: {word}"):
            row.cls(**config)


def embedded(optimizer):
    """Return a model with a sparse and dense gradients."""
    model = tf.keras.Sequential(
        [
            tf.keras.Input((4,), dtype="int32"),
            tf.keras.layers.Embedding(6, 3),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer, "mse")
    return model


X = np.random.default_rng(1).integers(0, 6, (16, 4))
Y = X.sum(1, keepdims=True).astype("float32") / 10


@pytest.mark.slow
@rows
def test_a_restored_training_goes_on_as_it_would_have(row, tmp_path):
    """Through a `.keras` file, and through tf.train.Checkpoint."""
    config = row.configs[-1]
    model = embedded(row.cls(**config))
    model.fit(X, Y, 4, epochs=1, shuffle=False, verbose=0)
    model.save(tmp_path / "model.keras")
    checkpoint = tf.train.Checkpoint(model=model, optimizer=model.optimizer).write(str(tmp_path / "state"))
    loaded = tf.keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded.optimizer) is row.cls
    restored = embedded(row.cls(**config))
    restored.optimizer.build(restored.trainable_variables)
    tf.train.Checkpoint(model=restored, optimizer=restored.optimizer).restore(checkpoint).expect_partial()
    for other in (model, loaded, restored):
        other.fit(X, Y, 4, epochs=1, shuffle=False, verbose=0)
    for other in (loaded, restored):
        for ours, expected in zip(other.get_weights(), model.get_weights()):
            np.testing.assert_array_equal(ours, expected)
        for ours, expected in zip(other.optimizer.variables, model.optimizer.variables):
            np.testing.assert_array_equal(ours, expected)


@pytest.mark.slow
@rows
def test_under_a_strategy(row):
    """Two replicas, whose sparse gradients hold the same rows, walk as one."""
    config = row.configs[-1]
    tf.keras.utils.set_random_seed(3)
    plain = embedded(row.cls(**config))
    weights = plain.get_weights()
    with two_replicas().scope():
        spread = embedded(row.cls(**config))
    spread.set_weights(weights)
    plain.run_eagerly = True
    for model in (plain, spread):
        model.fit(X, Y, 8, epochs=2, shuffle=False, verbose=0)
    for ours, expected in zip(spread.get_weights(), plain.get_weights()):
        np.testing.assert_allclose(ours, expected, rtol=1e-3, atol=1e-4)


@rows
def test_mixed_precision(row):
    """In `mixed_float16` Keras scales the loss; a step whose gradient overflows is left out."""
    tf.keras.config.set_dtype_policy("mixed_float16")
    model = embedded(row.cls(**row.configs[0]))
    scaled = model.optimizer
    assert isinstance(scaled, tf.keras.mixed_precision.LossScaleOptimizer)
    assert type(scaled.inner_optimizer) is row.cls
    model.fit(X, Y, 8, epochs=1, shuffle=False, verbose=0)
    before = model.get_weights()
    assert all(np.isfinite(weight).all() for weight in before)
    scale = float(scaled.dynamic_scale)
    model.train_on_batch(X[:8], np.full((8, 1), 1e30, "float32"))
    for ours, expected in zip(model.get_weights(), before):
        np.testing.assert_array_equal(ours, expected)
    assert float(scaled.dynamic_scale) < scale
