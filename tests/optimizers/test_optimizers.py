"""Optimizers: the steps of the documents, their spellings, minimize, schedules, sparse gradients in `fit`."""

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tfk_ext import optimizers
from tfk_ext.ops import slices


@pytest.mark.parametrize(
    ("optimizer", "start", "expected"),
    [
        (optimizers.SGD(learning_rate=0.1), 1.0, 0.9),
        (optimizers.RMSprop(learning_rate=0.1), 10.0, 9.683772),
        (optimizers.Adam(learning_rate=0.1), 10.0, 9.9),
    ],
    ids=["SGD", "RMSprop", "Adam"],
)
def test_the_steps_of_the_documents(optimizer, start, expected):
    var = tf.Variable(start)
    loss = lambda: (var**2) / 2.0  # noqa: E731
    assert optimizer.minimize(loss, [var]).numpy() == 1
    assert var.numpy() == pytest.approx(expected, abs=5e-7 * start)


def test_minimize_in_its_forms():
    var = tf.Variable(1.0)
    opt = optimizers.SGD(0.5)
    opt.minimize(lambda: var**2 / 2.0, lambda: [var])
    assert float(var) == 0.5
    with tf.GradientTape() as tape:
        loss = var**2 / 2.0
    opt.minimize(loss, [var], tape=tape)
    assert float(var) == 0.25 and int(opt.iterations) == 2
    with pytest.raises(TypeError, match="SGD: minimize takes a function"):
        opt.minimize(loss, [var])
    keras_variable = tf.keras.Variable(1.0)
    optimizers.SGD(0.5).minimize(lambda: keras_variable**2 / 2.0, [keras_variable])
    assert float(keras_variable) == 0.5


def test_old_spellings():
    opt = optimizers.Adam(lr=0.25)
    assert float(opt.learning_rate) == float(opt.lr) == 0.25
    opt.lr = 0.5
    assert float(opt.learning_rate) == 0.5
    assert float(optimizers.rmsprop(lr=0.0001).learning_rate) == pytest.approx(1e-4)
    assert float(optimizers.SGD(1).learning_rate) == 1.0


def test_decay():
    """``lr / (1 + decay * step)``, and the rate itself stays what it was."""
    var, opt = tf.Variable(0.0), optimizers.SGD(lr=1.0, decay=0.5)
    for _ in range(3):
        opt.apply_gradients([(tf.constant(-1.0), var)])
    assert float(var) == pytest.approx(1.0 + 1.0 / 1.5 + 1.0 / 2.0)
    assert float(opt.learning_rate) == 1.0
    assert optimizers.SGD.from_config(opt.get_config()).decay == 0.5


@pytest.mark.parametrize("compiled", [False, True])
def test_schedules(compiled):
    schedule = optimizers.schedules.PiecewiseConstantDecay([1, 2], [1.0, 0.1, 0.01])
    var, opt = tf.Variable(0.0), optimizers.SGD(schedule)
    opt.build([var])
    step = lambda: opt.apply_gradients([(tf.constant(-1.0), var)])  # noqa: E731
    step = tf.function(step) if compiled else step
    for _ in range(4):
        step()
    assert float(var) == pytest.approx(2.11)
    again = optimizers.deserialize(optimizers.serialize(opt))
    assert float(again.learning_rate) == 1.0
    assert type(again.learning_rate) is not float


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
def test_functions_for_options():
    rate, beta = [0.5], [0.0]
    opt = optimizers.Adam(lambda: rate[0], beta_1=lambda: beta[0], beta_2=0.0)
    var = tf.Variable(1.0)
    opt.apply_gradients([(tf.constant(3.0), var)])
    assert float(var) == pytest.approx(0.5)
    rate[0] = 0.25
    opt.apply_gradients([(tf.constant(3.0), var)])
    assert float(var) == pytest.approx(0.25)
    assert opt.get_config()["beta_1"] == 0.0


def test_state_as_arrays():
    var, opt = tf.Variable([1.0, 2.0]), optimizers.Adam()
    opt.apply_gradients([(tf.constant([1.0, -1.0]), var)])
    weights = opt.get_weights()
    assert [w.shape for w in weights] == [(), (), (2,), (2,)] and weights[0] == 1
    other = optimizers.Adam()
    other.build([var])
    other.set_weights(weights)
    assert int(other.iterations) == 1


def test_the_slots_of_keras_3():
    """The same state in the same order, so that a state saved by the one fits the other."""
    for name, options in (
        ("SGD", {"momentum": 0.9}),
        ("RMSprop", {"momentum": 0.9, "centered": True}),
        ("Adam", {"amsgrad": True}),
        ("Adagrad", {}),
        ("Adadelta", {}),
        ("Adamax", {}),
        ("Ftrl", {}),
    ):
        found = []
        for module in (optimizers, tf.keras.optimizers):
            opt = getattr(module, name)(**options)
            opt.build(
                [tf.keras.Variable(np.zeros((2, 3)), name="a"), tf.keras.Variable(np.zeros(4), name="b")]
            )
            found.append([(v.path.split("/")[-1], v.shape) for v in opt.variables])
        assert found[0] == found[1], name


def test_rows_that_repeat_are_added_up():
    gradient = tf.IndexedSlices(tf.constant([[1.0], [2.0], [3.0], [4.0]]), tf.constant([7, 2, 7, 9]), None)
    unique = slices.unique_rows(gradient)
    assert unique.indices.numpy().tolist() == [2, 7, 9, 9]
    assert unique.values.numpy().ravel().tolist() == [2.0, 4.0, 4.0, 0.0]
    whole = slices.whole_rows(gradient)
    assert whole.indices.numpy().tolist() == [7, 2, 7, 9]
    assert whole.values.numpy().ravel().tolist() == [4.0, 2.0, 4.0, 4.0]


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("distinct", [False, True])
@pytest.mark.parametrize("count", [0, 1, 4, 12])
def test_a_sparse_gradient_written_out(count, distinct, jit_compile):
    """Few rows and many, of a known number and an unknown one."""
    rng = np.random.default_rng(0)
    indices = rng.choice(24, count, replace=not distinct)
    values = rng.normal(size=(count, 2, 3)).astype("float32")
    expected = np.zeros((24, 2, 3), "float32")
    np.add.at(expected, indices, values)
    for size in (count, None):
        signature = [tf.TensorSpec((size, 2, 3)), tf.TensorSpec((size,), tf.int64)]

        @tf.function(input_signature=signature, jit_compile=jit_compile)
        def write(values, indices):
            return slices.written_out(tf.IndexedSlices(values, indices), 24)

        np.testing.assert_allclose(write(values, indices), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SGD", "Adagrad", "RMSprop", "Adadelta", "Adam", "Adamax", "Nadam"])
@pytest.mark.parametrize("options", [{}, {"clipnorm": 0.1}, {"gradient_accumulation_steps": 2}], ids=str)
def test_an_embedding_trains_as_a_product_with_one_hot_rows(name, options):
    """In `fit`: the sparse gradient of an embedding, whose words repeat, against a dense one."""
    x = np.random.default_rng(0).integers(0, 5, (12, 4))
    y = x.sum(1, keepdims=True) / 10.0
    table = np.random.default_rng(1).normal(size=(5, 3)).astype("float32")
    out = np.random.default_rng(2).normal(size=(12, 1)).astype("float32")
    weights = []
    for sparse in (True, False):
        if sparse:
            first = [tf.keras.Input((4,), dtype="int32"), tf.keras.layers.Embedding(5, 3)]
        else:
            first = [tf.keras.Input((4, 5)), tf.keras.layers.Dense(3, use_bias=False)]
        model = tf.keras.Sequential(
            [*first, tf.keras.layers.Flatten(), tf.keras.layers.Dense(1, use_bias=False)]
        )
        model.set_weights([table, out])
        model.compile(getattr(optimizers, name)(0.05, **options), "mse", run_eagerly=not sparse)
        model.fit(x if sparse else np.eye(5)[x], y, 4, epochs=3, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    for ours, expected in zip(*weights):
        np.testing.assert_allclose(ours, expected, rtol=1e-3, atol=1e-4)


def test_the_rate_callbacks_change():
    model = tf.keras.Sequential([tf.keras.Input((1,)), tfk_ext.Dense(1)])
    model.compile(optimizers.Nadam(0.1), "mse")
    halve = tfk_ext.callbacks.LearningRateScheduler(lambda epoch, lr: lr / 2)
    history = model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=3, verbose=0, callbacks=[halve])
    np.testing.assert_allclose(history.history["lr"], [0.05, 0.025, 0.0125], rtol=1e-6)


def test_only_one_way_of_clipping():
    with pytest.raises(ValueError, match="clip"):
        optimizers.SGD(clipnorm=1.0, clipvalue=1.0)
    with pytest.raises(ValueError, match="unknown optimizer 'adm'"):
        optimizers.get("adm")
    with pytest.raises(ValueError, match="learning_rate"):
        optimizers.SGD("fast")
