"""What a row of the table can't say of RNN: foreign cells, states of every shape, constants, statefulness."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfk_ext
from tests.layers.recurrent.common import close, equal, values, variables
from tfk_ext.ops.recurrent import bptt, rules


class DocumentedCell(tf.keras.layers.Layer):
    """The documents' example of a cell, word for word but for ``K.dot``."""

    def __init__(self, units, **kwargs):
        self.units = units
        self.state_size = units
        super(DocumentedCell, self).__init__(**kwargs)  # noqa: UP008

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units), initializer="uniform", name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units), initializer="uniform", name="recurrent_kernel"
        )
        self.built = True

    def call(self, inputs, states):
        prev_output = states[0]
        h = tf.matmul(inputs, self.kernel)
        output = h + tf.matmul(prev_output, self.recurrent_kernel)
        return output, [output]


class PlainCell(tf.keras.layers.Layer):
    """A cell with nested states, an output of its own size, and the rest of what a cell may have."""

    def __init__(self, state_size=None, **kwargs):
        super().__init__(**kwargs)
        self.sizes = state_size
        self.state_size = {"sum": 2, "pair": [3, tf.TensorShape([2, 2])]}
        self.output_size = 1

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        ones = [tf.ones([batch_size, 3], dtype), tf.ones([batch_size, 2, 2], dtype)]
        return {"sum": tf.zeros([batch_size, 2], dtype), "pair": ones}

    def call(self, inputs, states, training=None):
        total = states["sum"] + inputs
        one, square = states["pair"]
        output = tf.reduce_sum(total, -1, keepdims=True) + (10.0 if training else 0.0)
        return output, {"sum": total, "pair": [one * 2, square + 1]}


class CellWithConstants(tf.keras.layers.Layer):
    """A cell that adds a constant's projection; its build gets the constants' shapes, as in Keras 2."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, input_shape):
        step, constant = input_shape
        self.kernel = self.add_weight(shape=(step[-1], self.units), name="kernel")
        self.constant_kernel = self.add_weight(shape=(constant[-1], self.units), name="constant_kernel")

    def call(self, inputs, states, constants):
        (constant,) = constants
        output = inputs @ self.kernel + states[0] + constant @ self.constant_kernel
        return output, [output]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def test_documented_cell(rng):
    x = tf.keras.Input((None, 5))
    y = tfk_ext.RNN(DocumentedCell(32))(x)
    model = tf.keras.Model(inputs=x, outputs=y)
    assert model.output_shape == (None, 32)
    stacked = tfk_ext.RNN([DocumentedCell(32), DocumentedCell(64)])
    assert stacked(x).shape == (None, 64)

    ours, data = tfk_ext.RNN(tfk_ext.MinimalRNNCell(4)), rng.standard_normal((2, 6, 3))
    theirs = tfk_ext.RNN(DocumentedCell(4))
    ours(data), theirs(data)
    drawn = values(rng, ours)
    ours.set_weights(drawn)
    theirs.set_weights(drawn)
    mask = rng.random((2, 6)) > 0.4
    close(ours(data, mask=mask), theirs(data, mask=mask))


@pytest.mark.parametrize("unroll", [False, True])
def test_nested_states(rng, unroll):
    x = rng.standard_normal((2, 4, 2)).astype("float32")
    layer = tfk_ext.RNN(PlainCell(), return_sequences=True, return_state=True, unroll=unroll)
    output, states = layer(x)
    close(output[..., 0], np.cumsum(x.sum(-1), 1))
    close(states, {"sum": x.sum(1), "pair": [np.full((2, 3), 16.0), np.full((2, 2, 2), 5.0)]})
    shapes = layer.compute_output_shape((None, 4, 2))
    assert shapes == [(None, 4, 1), {"sum": (None, 2), "pair": [(None, 3), (None, 2, 2)]}]
    close(layer(x, training=True)[0], output + 10.0)
    again = layer(x, initial_state=states)[0]
    close(again[:, 0, 0], x.sum((1, 2)) + x[:, 0].sum(-1))


def test_state_size_of_tuples_follows_the_initial_state(rng):
    class Cell(tf.keras.layers.Layer):
        state_size = [(2, 3), (2, 3)]
        output_size = tf.TensorShape([2, 3])

        def get_initial_state(self, batch_size=None):
            return [tf.zeros((batch_size, 2, 3)), tf.zeros((batch_size, 2, 3))]

        def call(self, inputs, states):
            return inputs + states[0], [inputs, states[0]]

    x = rng.standard_normal((4, 3, 2, 3)).astype("float32")
    layer = tfk_ext.RNN(Cell(), return_state=True)
    assert layer.compute_output_shape(x.shape) == [(4, 2, 3)] * 3
    close(layer(x), [x[:, 2] + x[:, 1], x[:, 2], x[:, 1]])


def test_nested_input(rng):
    class Cell(tf.keras.layers.Layer):
        state_size = 3

        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape["a"][-1], 3), name="kernel")

        def call(self, inputs, states):
            output = inputs["a"] @ self.kernel + inputs["b"] + states[0]
            return output, [output]

    a, b = rng.standard_normal((2, 4, 5)).astype("float32"), rng.standard_normal((2, 4, 3)).astype("float32")
    layer = tfk_ext.RNN(Cell())
    y = layer({"a": a, "b": b})
    close(y, (a @ layer.cell.kernel.numpy() + b).sum(1))
    assert layer.compute_output_shape({"a": (None, 4, 5), "b": (None, 4, 3)}) == (None, 3)


def test_constants(rng, tmp_path):
    x, c = rng.standard_normal((2, 4, 3)).astype("float32"), rng.standard_normal((2, 5)).astype("float32")
    layer = tfk_ext.RNN(CellWithConstants(2))
    y = layer(x, constants=c)
    kernel, constant_kernel = layer.get_weights()
    close(y, x.sum(1) @ kernel + 4 * c @ constant_kernel)

    inputs = tf.keras.Input((None, 3)), tf.keras.Input((2,)), tf.keras.Input((5,))
    layer = tfk_ext.RNN(CellWithConstants(2))
    model = tf.keras.Model(inputs, layer(inputs[0], initial_state=inputs[1], constants=inputs[2]))
    data = [x, rng.standard_normal((2, 2)).astype("float32"), c]
    model.save(tmp_path / "model.keras")
    objects = {"CellWithConstants": CellWithConstants}
    restored = tf.keras.models.load_model(tmp_path / "model.keras", custom_objects=objects)
    close(restored(data), model(data))
    with pytest.raises(ValueError, match="takes no argument `constants`"):
        tfk_ext.RNN(tfk_ext.LSTMCell(2))(x, constants=c)


@pytest.mark.parametrize("form", ["list", "keyword"])
def test_initial_state_in_a_functional_model(rng, tmp_path, form):
    x, h, c = tf.keras.Input((None, 3)), tf.keras.Input((4,)), tf.keras.Input((4,))
    layer = tfk_ext.LSTM(4, return_state=True)
    y = layer([x, h, c]) if form == "list" else layer(x, initial_state=[h, c])
    model = tf.keras.Model([x, h, c], y)
    data = [rng.standard_normal((2, 5, 3)), rng.standard_normal((2, 4)), rng.standard_normal((2, 4))]
    theirs = tf_keras.layers.LSTM(4, return_state=True)
    theirs(tf.zeros((2, 5, 3)))
    theirs.set_weights(layer.get_weights())
    expected = theirs(tf.cast(data[0], "float32"), initial_state=[tf.cast(s, "float32") for s in data[1:]])
    close(model(data), expected)
    model.save(tmp_path / "model.keras")
    close(tf.keras.models.load_model(tmp_path / "model.keras")(data), expected)


def test_mask_and_initial_state_together(rng):
    """Keras 3 loses the mask of a masked input when an initial state is given; here it holds."""
    x = rng.standard_normal((2, 5, 3)).astype("float32")
    x[0, 3:] = x[1, 1] = 0.0
    state = rng.standard_normal((2, 4)).astype("float32")
    layer = tfk_ext.GRU(4)
    inputs, states = tf.keras.Input((None, 3)), tf.keras.Input((4,))
    model = tf.keras.Model([inputs, states], layer(tf.keras.layers.Masking()(inputs), initial_state=states))
    expected = layer(x, initial_state=state, mask=np.any(x != 0, -1))
    close(model([x, state]), expected)


def test_wrong_states(rng):
    layer = tfk_ext.LSTM(4)
    with pytest.raises(ValueError, match="must hold 2 tensors, got 1"):
        layer(np.zeros((2, 3, 1)), initial_state=[np.zeros((2, 4))])

    class Forgetful(tfk_ext.LSTMCell):
        def call(self, inputs, states, training=None):
            output, _ = super().call(inputs, states, training)
            return output, [output]

    with pytest.raises(ValueError, match="called with 2 states and returned 1"):
        tfk_ext.RNN(Forgetful(4))(np.zeros((2, 3, 1)))
    with pytest.raises(ValueError, match="at least one time step"):
        layer(np.zeros((2, 0, 1)))
    with pytest.raises(ValueError, match="mask must have 2 axes"):
        layer(np.zeros((2, 3, 1)), mask=np.ones(2, bool))


@pytest.mark.parametrize("name", ["SimpleRNN", "GRU", "LSTM"])
def test_stateful(rng, name):
    x = rng.standard_normal((3, 4, 2)).astype("float32")
    layer = getattr(tfk_ext, name)(3, stateful=True, batch_input_shape=(3, None, 2))
    model = tf.keras.Sequential([layer])
    whole = getattr(tfk_ext, name)(3)
    whole(x)
    whole.set_weights(layer.get_weights())
    close(model.predict(x, batch_size=3, verbose=0), whole(x))
    close(model.predict(x[:, :2], batch_size=3, verbose=0), whole(np.concatenate([x, x[:, :2]], 1)))
    layer.reset_states()
    close(model.predict(x, batch_size=3, verbose=0), whole(x))
    states = [rng.standard_normal(v.shape).astype("float32") for v in layer.states]
    layer.reset_states(states)
    close(model.predict(x, batch_size=3, verbose=0), whole(x, initial_state=states))
    assert len(layer.get_weights()) == 3, "the states are no weights"
    with pytest.raises(ValueError, match="batch size of 3, got an input with a batch size of 2"):
        layer(x[:2])
    with pytest.raises(ValueError, match="has the shape"):
        layer.reset_states([s[:2] for s in states])
    with pytest.raises(ValueError, match="takes .* arrays, got 5"):
        layer.reset_states([states[0]] * 5)
    with pytest.raises(AttributeError, match="stateful=True"):
        whole.reset_states()


@pytest.mark.slow
def test_stateful_model_trains_saves_and_exports(rng, tmp_path):
    x = rng.standard_normal((2, 4, 3)).astype("float32")
    inputs = tf.keras.Input(batch_shape=(2, None, 3))
    outputs = tfk_ext.Bidirectional(tfk_ext.LSTM(3, stateful=True, return_sequences=True))(inputs)
    model = tf.keras.Model(inputs, tfk_ext.GRU(2, stateful=True)(outputs))
    model.compile("sgd", "mse")
    model.fit(x, np.zeros((2, 2)), batch_size=2, shuffle=False, epochs=2, verbose=0)
    for layer in model.layers[1:]:
        layer.reset_states()
    model.save(tmp_path / "model.keras")
    restored = tf.keras.models.load_model(tmp_path / "model.keras")
    model.export(str(tmp_path / "saved"), verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    first, second = model(x), model(x)
    close(restored(x), first)
    close(restored(x), second)
    close(loaded.serve(x), first)
    close(loaded.serve(x), second)


def test_time_major(rng):
    x = rng.standard_normal((2, 5, 3)).astype("float32")
    mask = rng.random((2, 5)) > 0.4
    for name in ("LSTM", "GRU", "SimpleRNN"):
        options = {"return_sequences": True, "return_state": True}
        plain = getattr(tfk_ext, name)(4, **options)
        turned = getattr(tfk_ext, name)(4, time_major=True, **options)
        plain(x), turned(x.swapaxes(0, 1))
        turned.set_weights(plain.get_weights())
        output, *states = plain(x, mask=mask)
        close(turned(x.swapaxes(0, 1), mask=mask.T), [np.swapaxes(output, 0, 1), *states])
        assert turned.compute_output_shape((5, 2, 3))[0] == (5, 2, 4)


def test_subclass_of_a_cell_with_its_own_step(rng):
    class Negative(tfk_ext.LSTMCell):
        def call(self, inputs, states, training=None):
            output, states = super().call(inputs, states, training)
            return -output, states

    x = rng.standard_normal((2, 4, 3)).astype("float32")
    ours, plain = tfk_ext.RNN(Negative(3), return_sequences=True), tfk_ext.LSTM(3, return_sequences=True)
    ours(x), plain(x)
    plain.set_weights(ours.get_weights())
    close(ours(x), -plain(x))


def test_backwards_with_a_mask_equals_keras_2(rng):
    x = rng.standard_normal((2, 4, 3)).astype("float32")
    mask = tf.constant([[True, False, True, True], [False, True, True, False]])
    options = {"go_backwards": True, "return_sequences": True, "return_state": True}
    equal(tfk_ext.LSTM(3, **options), tf_keras.layers.LSTM(3, **options), x, rng, mask=mask)


@pytest.mark.parametrize("name", ["SimpleRNN", "GRU", "LSTM"])
def test_weights_and_options(rng, name):
    layer = getattr(tfk_ext, name)(3)
    layer.build((None, None, 2))
    given = values(rng, layer)
    again = getattr(tfk_ext, name)(3, weights=given, input_dim=2, input_length=4)
    model = tf.keras.Sequential([again])
    assert model.input_shape == (None, 4, 2)
    for one, two in zip(again.get_weights(), given):
        np.testing.assert_array_equal(one, two)
    assert again.units == 3 and again.use_bias and again.dropout == 0.0
    with pytest.raises(AttributeError):
        again.no_such_attribute  # noqa: B018


def test_forget_bias_starts_at_one():
    layer = tfk_ext.LSTM(2)
    layer.build((None, None, 1))
    np.testing.assert_array_equal(layer.cell.bias.numpy(), [0, 0, 1, 1, 0, 0, 0, 0])
    layer = tfk_ext.CuDNNLSTM(2)
    layer.build((None, None, 1))
    np.testing.assert_array_equal(layer.cell.bias.numpy(), np.repeat([0, 0, 0, 0, 0, 1, 0, 0], 2))


@pytest.mark.slow
def test_compiled_training(rng):
    """A training step under XLA with everything that draws or keeps state."""
    x, y = rng.standard_normal((4, 5, 3)).astype("float32"), np.zeros((4, 2))
    model = tf.keras.Sequential(
        [
            tf.keras.layers.Masking(),
            tfk_ext.Bidirectional(tfk_ext.LSTM(3, dropout=0.3, recurrent_dropout=0.3, return_sequences=True)),
            tfk_ext.RNN([tfk_ext.GRUCell(3, recurrent_dropout=0.2), DocumentedCell(2)]),
        ]
    )
    model.compile("adam", "mse", jit_compile=True)
    losses = model.fit(x, y, epochs=3, verbose=0).history["loss"]
    assert np.isfinite(losses).all()


TURNS = [  # batch and time of the signature, time of the input, mask, XLA
    pytest.param((4, 20), 20, False, False, id="even"),
    pytest.param((None, 23), 23, False, False, id="filled up, any batch"),
    pytest.param((None, None), 22, True, False, id="any length, masked"),
    pytest.param((None, 15), 15, True, True, id="XLA"),
]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["LSTM", "GRU"])
@pytest.mark.parametrize("signature, steps, masked, jit", TURNS)
def test_long_sequences_are_gone_over_in_turns(rng, name, signature, steps, masked, jit):
    options = {} if name == "LSTM" else {"reset_after": True}
    ours = getattr(tfk_ext, name)(6, return_sequences=True, **options)
    theirs = getattr(tf_keras.layers, name)(6, return_sequences=True, **options)
    x = rng.standard_normal((4, steps, 3)).astype("float32")
    mask = rng.random((4, steps)) > 0.4
    ours(x), theirs(x)
    drawn = values(rng, ours)
    ours.set_weights(drawn)
    theirs.set_weights(drawn)

    def gradients(layer, jit=None):
        shapes = [tf.TensorSpec((*signature, 3)), tf.TensorSpec(signature, tf.bool)]

        @tf.function(input_signature=shapes, jit_compile=jit)
        def run(x, mask):
            with tf.GradientTape() as tape:
                tape.watch(x)
                outputs = layer(x, mask=mask if masked else None, training=True)
                total = tf.reduce_sum(tf.sin(3 * outputs))
            return outputs, *tape.gradient(total, [x, *variables(layer)])

        return run(x, mask)

    close(gradients(ours, jit), gradients(theirs))


@pytest.mark.slow
@pytest.mark.parametrize("batch", [5, None])
def test_a_large_batch_is_inferred_in_halves(rng, monkeypatch, batch):
    monkeypatch.setattr(bptt, "SHARED", 35)  # 6 x 6 multiplications of a gate are more
    layer = tfk_ext.LSTM(6, return_sequences=True, return_state=True)
    x = rng.standard_normal((5, 7, 3)).astype("float32")
    mask = rng.random((5, 7)) > 0.4
    signature = [tf.TensorSpec((batch, 7, 3)), tf.TensorSpec((batch, 7), tf.bool)]
    infer = tf.function(lambda x, mask: layer(x, mask=mask), input_signature=signature)
    found = infer(x, mask)
    close(found, layer(x, mask=mask, training=True))
    concats = [op for op in infer.get_concrete_function().graph.get_operations() if op.type == "ConcatV2"]
    halves = [op for op in concats if {t.shape[-1] for t in op.inputs[:2]} == {6}]
    assert len(halves) == 3  # the outputs and two states


@pytest.mark.parametrize(
    "make", [lambda: tfk_ext.LSTM(3), lambda: tfk_ext.GRU(3), lambda: tfk_ext.GRU(3, reset_after=False)]
)
def test_gradients_are_the_same_where_nothing_is_compiled(make, rng):
    layer, x = make(), tf.constant(rng.standard_normal((2, 13, 4)), tf.float32)
    layer(x)

    def gradients():
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x, training=True) ** 2)
        return tape.gradient(loss, [x, *layer.trainable_weights])

    for eager, compiled in zip(gradients(), tf.function(gradients)()):
        np.testing.assert_allclose(eager, compiled, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cell", [tfk_ext.LSTMCell(4), tfk_ext.GRUCell(4, reset_after=True)])
def test_a_cell_by_itself_makes_one_product_for_all_gates(cell):
    x, states = tf.ones((2, 3)), [tf.ones((2, size)) for size in tf.nest.flatten(cell.state_size)]
    cell(x, states)
    step = tf.function(lambda x, states: cell(x, states)).get_concrete_function(x, states)
    assert [op.type for op in step.graph.get_operations()].count("MatMul") == 2


def test_a_joined_product_is_the_parted_one(rng):
    """Forward, back and the kernel's gradient, for each gate and for all."""
    h, kernel = (tf.constant(rng.normal(size=size), tf.float32) for size in ((5, 4, 3), (3, 6)))
    d = [tf.constant(rng.normal(size=(5, 4, 2)), tf.float32) for _ in range(3)]
    parted, joined = rules.Product(), rules.Product().joined()
    kernels = [product.parts(kernel, 3) for product in (parted, joined)]
    close(joined(h[0], kernels[1]), parted(h[0], kernels[0]))
    now = [one[0] for one in d]
    close(*(product.back(now, product.turned(kernel, 3)) for product in (joined, parted)))
    for apart in (True, False):
        close(*(product.gradient(h, d, kernel, apart) for product in (joined, parted)))
