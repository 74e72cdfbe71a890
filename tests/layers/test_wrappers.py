"""What a row of the table can't say of the wrappers: foreign layers, states, masks, naming, statefulness."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings
from hypothesis import strategies as st

import tfk_ext
from tests.layers.recurrent.common import close, equal, values


class Scale(tf.keras.layers.Layer):
    """A plain Keras layer without build or compute_output_shape, which takes a mask."""

    def call(self, inputs, training=None, mask=None):
        y = 2.0 * inputs
        return y if mask is None else y * tf.cast(mask, y.dtype)[:, None]


class AddCell(tf.keras.layers.Layer):
    """A cell of a user that is not registered anywhere."""

    def __init__(self, units, activation=None, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units
        self.activation = activation or tf.identity

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel")

    def call(self, inputs, states):
        output = self.activation(inputs @ self.kernel + states[0])
        return output, [output]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


# --- Bidirectional --------------------------------------------------------------------------------


def test_names_and_order_of_the_weights():
    layer = tfk_ext.Bidirectional(tfk_ext.LSTM(3, name="lstm"))
    layer.build((None, None, 2))
    assert layer.forward_layer.name == "forward_lstm"
    assert layer.backward_layer.name == "backward_lstm"
    assert layer.backward_layer.go_backwards
    theirs = tf_keras.layers.Bidirectional(tf_keras.layers.LSTM(3, name="lstm"))
    theirs.build((None, None, 2))
    assert ["/".join(w.path.split("/")[-3:]) for w in layer.weights] == [
        w.name.split(":")[0].split("bidirectional/")[-1] for w in theirs.weights
    ]


def test_initial_weights(rng):
    plain = tfk_ext.Bidirectional(tfk_ext.GRU(3))
    plain.build((None, None, 2))
    given = values(rng, plain)
    layer = tfk_ext.Bidirectional(tfk_ext.GRU(3), weights=given)
    layer.build((None, None, 2))
    for one, two in zip(layer.forward_layer.get_weights() + layer.backward_layer.get_weights(), given):
        np.testing.assert_array_equal(one, two)


def test_documented_models():
    model = tf.keras.Sequential()
    model.add(
        tfk_ext.Bidirectional(
            tfk_ext.LSTM(10, return_sequences=True),
            backward_layer=tfk_ext.LSTM(10, activation="relu", return_sequences=True, go_backwards=True),
            input_shape=(5, 10),
        )
    )
    model.add(tfk_ext.Bidirectional(tfk_ext.LSTM(10)))
    model.add(tfk_ext.Dense(5))
    assert model.output_shape == (None, 5)
    assert model.layers[0].output.shape == (None, 5, 20)
    again = tf.keras.Sequential.from_config(model.get_config())
    assert again.layers[0].backward_layer.activation is tfk_ext.activations.relu


@pytest.mark.slow
def test_layers_of_keras_itself_inside(rng):
    x = rng.standard_normal((2, 5, 3)).astype("float32")
    mask = rng.random((2, 5)) > 0.3
    for name in ("LSTM", "SimpleRNN"):
        for options in ({}, {"return_sequences": True, "return_state": True}):
            ours = tfk_ext.Bidirectional(getattr(tfk_ext, name)(4, **options))
            theirs = tfk_ext.Bidirectional(getattr(tf.keras.layers, name)(4, **options))
            ours(x), theirs(x)
            theirs.set_weights(ours.get_weights())
            close(theirs(x, mask=mask), ours(x, mask=mask))


def test_a_users_cell_with_a_function_of_its_own(rng, tmp_path):
    def cube(x):
        return x**3

    x = rng.standard_normal((2, 5, 3)).astype("float32")
    layer = tfk_ext.Bidirectional(tfk_ext.RNN([AddCell(2, activation=None), tfk_ext.GRUCell(3)]))
    assert layer(x).shape == (2, 6)
    layer = tfk_ext.Bidirectional(tfk_ext.SimpleRNN(3, activation=cube))
    assert layer(x).shape == (2, 6)

    inputs = tf.keras.Input((None, 3))
    model = tf.keras.Model(
        inputs, tfk_ext.Bidirectional(tfk_ext.RNN(AddCell(2), return_sequences=True))(inputs)
    )
    model.save(tmp_path / "model.keras")
    restored = tf.keras.models.load_model(tmp_path / "model.keras", custom_objects={"AddCell": AddCell})
    close(restored(x), model(x))


def test_states_through_a_functional_model(rng, tmp_path):
    x = tf.keras.Input((None, 3))
    states = [tf.keras.Input((4,)) for _ in range(4)]
    masked = tfk_ext.Masking()(x)
    layer = tfk_ext.Bidirectional(tfk_ext.LSTM(4, return_state=True, return_sequences=True))
    model = tf.keras.Model([x, *states], layer(masked, initial_state=states))
    data = [rng.standard_normal(shape).astype("float32") for shape in ((2, 5, 3), *[(2, 4)] * 4)]
    data[0][1, 3:] = 0.0
    theirs = tf_keras.layers.Bidirectional(tf_keras.layers.LSTM(4, return_state=True, return_sequences=True))
    theirs(data[0])
    theirs.set_weights(layer.get_weights())
    mask = tf.constant(np.any(data[0] != 0, -1))
    expected = theirs(tf.constant(data[0]), initial_state=[tf.constant(s) for s in data[1:]], mask=mask)
    close(model(data), expected)
    model.save(tmp_path / "model.keras")
    close(tf.keras.models.load_model(tmp_path / "model.keras")(data), expected)
    with pytest.raises(ValueError, match="as many of the backward layer, got 3 tensors"):
        layer(masked, initial_state=states[:3])


def test_stateful(rng):
    x = rng.standard_normal((2, 4, 3)).astype("float32")
    layer = tfk_ext.Bidirectional(tfk_ext.GRU(3, stateful=True), batch_input_shape=(2, None, 3))
    model = tf.keras.Sequential([layer])
    first, second = (model.predict(x, batch_size=2, verbose=0) for _ in range(2))
    assert not np.allclose(first, second)
    layer.reset_states()
    close(model.predict(x, batch_size=2, verbose=0), first)
    states = [rng.standard_normal((2, 3)).astype("float32") for _ in range(2)]
    layer.reset_states(states)
    plain = tfk_ext.Bidirectional(tfk_ext.GRU(3))
    plain(x)
    plain.set_weights(layer.get_weights())
    close(model.predict(x, batch_size=2, verbose=0), plain(x, initial_state=states))
    with pytest.raises(AttributeError, match="stateful=True"):
        plain.reset_states()


def test_mask_with_sequences_and_states(rng):
    x = tf.constant(rng.standard_normal((2, 4, 3)), tf.float32)
    mask = tf.constant([[True, True, False, False], [False, True, True, True]])
    for merge_mode in ("concat", None):
        layer = tfk_ext.Bidirectional(tfk_ext.LSTM(2, return_sequences=True, return_state=True), merge_mode)
        outputs = layer(x, mask=mask)
        found = [getattr(y, "_keras_mask", None) for y in outputs]
        count = 2 if merge_mode is None else 1
        assert all(m is None for m in found[count:])
        for y, m in zip(outputs[:count], found[:count]):
            np.testing.assert_array_equal(m, mask)
            assert not np.any(y.numpy()[~mask.numpy()]), "masked steps are zeros"


def test_different_sizes_in_the_two_directions():
    layer = tfk_ext.Bidirectional(tfk_ext.LSTM(3), backward_layer=tfk_ext.LSTM(5, go_backwards=True))
    assert layer(np.ones((2, 4, 1))).shape == layer.compute_output_shape((2, 4, 1)) == (2, 8)


# --- TimeDistributed ------------------------------------------------------------------------------


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_drawn_layers_equal_keras_2(data):
    draw = data.draw
    batch, steps = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    name, options, shape = draw(
        st.sampled_from(
            [
                ("Dense", {"units": 3}, (4,)),
                ("Dense", {"units": 2, "activation": "softmax"}, (3, 2)),
                ("Conv1D", {"filters": 2, "kernel_size": 2}, (5, 2)),
                ("Conv2D", {"filters": 2, "kernel_size": 2, "strides": 2}, (4, 5, 1)),
                ("MaxPooling2D", {}, (4, 4, 2)),
                ("Flatten", {}, (3, 2)),
                ("LSTM", {"units": 2, "return_sequences": True}, (3, 2)),
                ("BatchNormalization", {}, (3,)),
            ]
        )
    )
    rng = np.random.default_rng(batch)
    x = rng.standard_normal((batch, steps, *shape)).astype("float32")
    ours = tfk_ext.TimeDistributed(getattr(tfk_ext, name)(**options))
    theirs = tf_keras.layers.TimeDistributed(getattr(tf_keras.layers, name)(**options))
    equal(ours, theirs, x, rng)


def test_documented_time_distributed():
    model = tf.keras.Sequential()
    model.add(tfk_ext.TimeDistributed(tfk_ext.Dense(8), input_shape=(10, 16)))
    assert model.output_shape == (None, 10, 8)
    model.add(tfk_ext.TimeDistributed(tfk_ext.Dense(32)))
    assert model.output_shape == (None, 10, 32)
    model = tf.keras.Sequential()
    model.add(tfk_ext.TimeDistributed(tfk_ext.Conv2D(64, (3, 3)), input_shape=(10, 19, 19, 3)))
    assert model.output_shape == (None, 10, 17, 17, 64)


@pytest.mark.slow
@pytest.mark.parametrize("steps", [6, None])
def test_masks_inside_and_outside(rng, steps):
    """Words in sentences: the mask of the words is the inner layer's, that of the sentences ours."""
    words = tf.keras.Input((steps, 7), dtype="int32")
    x = tfk_ext.TimeDistributed(tfk_ext.Embedding(10, 4, mask_zero=True))(words)
    x = tfk_ext.TimeDistributed(tfk_ext.LSTM(3))(x)
    model = tf.keras.Model(words, tfk_ext.LSTM(2)(x))
    theirs = tf_keras.Sequential(
        [
            tf_keras.layers.TimeDistributed(
                tf_keras.layers.Embedding(10, 4, mask_zero=True), input_shape=(steps, 7)
            ),
            tf_keras.layers.TimeDistributed(tf_keras.layers.LSTM(3)),
            tf_keras.layers.LSTM(2),
        ]
    )
    theirs.set_weights(model.get_weights())
    ids = rng.integers(0, 3, (4, 6, 7))
    ids[0, 4:] = 0
    close(model.predict(ids, verbose=0), theirs(ids))


def test_mask_reaches_a_layer_that_takes_it(rng):
    x = rng.standard_normal((2, 3, 4)).astype("float32")
    mask = np.array([[True, False, True], [True, True, False]])
    y = tfk_ext.TimeDistributed(Scale())(x, mask=mask)
    close(y, 2 * x * mask[..., None])
    with pytest.raises(TypeError, match="does not support masking"):
        tfk_ext.TimeDistributed(tfk_ext.Flatten())(x, mask=mask)
    with pytest.raises(ValueError, match="must begin with the input's batch and time"):
        tfk_ext.TimeDistributed(tfk_ext.Dense(2))(x, mask=mask[:, :2])


def test_layers_without_shapes_and_with_several_inputs(rng):
    a, b = rng.standard_normal((2, 3, 4)).astype("float32"), rng.standard_normal((2, 3, 4)).astype("float32")
    inputs = [tf.keras.Input((3, 4)), tf.keras.Input((3, 4))]
    one, two = tf.keras.Input((4,)), tf.keras.Input((4,))
    inner = tf.keras.Model([one, two], [one + two, tfk_ext.Dense(2)(two)])
    layer = tfk_ext.TimeDistributed(inner)
    y, z = layer([a, b])
    close(y, a + b)
    merged = inner([a.reshape(-1, 4), b.reshape(-1, 4)])[1]
    close(z, merged.numpy().reshape(2, 3, 2))
    assert [s.shape for s in layer(inputs)] == [(None, 3, 4), (None, 3, 2)]
    assert tfk_ext.TimeDistributed(Scale())(tf.keras.Input((None, 5))).shape == (None, None, 5)


def test_stateful_layer_goes_step_by_step(rng):
    x = rng.standard_normal((2, 3, 4, 5)).astype("float32")
    layer = tfk_ext.TimeDistributed(tfk_ext.LSTM(3, stateful=True))
    y = layer(x)
    plain = tfk_ext.LSTM(3, stateful=True)
    plain(x[:, 0])
    plain.reset_states()
    plain.set_weights(layer.get_weights())
    expected = [plain(x[:, t]) for t in range(3)]
    close(y, np.stack(expected, 1))
    close(tf.function(layer)(x), np.stack([plain(x[:, t]) for t in range(3)], 1))


def test_integers_stay_integers():
    class Length(tf.keras.layers.Layer):
        def call(self, x):
            return tf.cast(tf.reduce_sum(x, -1, keepdims=True), "int32")

    layer = tfk_ext.TimeDistributed(Length())
    assert layer(tf.keras.Input((3, 2))).dtype == "int32"
    assert layer(np.ones((1, 3, 2))).dtype == tf.int32


@tf.keras.saving.register_keras_serializable("tests")
class Twice(tf.keras.layers.Layer):
    """Makes two wrappers of one layer."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        inner = tfk_ext.LSTM(2, return_sequences=True)
        self.first, self.second = tfk_ext.Bidirectional(inner), tfk_ext.Bidirectional(inner)

    def build(self, input_shape):
        self.first.build(input_shape)
        self.second.build((*input_shape[:-1], 4))

    def call(self, x):
        return self.second(self.first(x))


@pytest.mark.slow
def test_wrappers_of_one_layer_stay_apart_when_a_model_is_loaded(tmp_path):
    model = tf.keras.Sequential([tf.keras.Input((3, 2)), Twice()])
    model.save(tmp_path / "model.keras")
    loaded = tf.keras.models.load_model(tmp_path / "model.keras")
    x = np.random.default_rng(1).normal(size=(2, 3, 2)).astype("float32")
    np.testing.assert_array_equal(loaded(x), model(x))
    twice = loaded.layers[-1]
    directions = [
        layer for one in (twice.first, twice.second) for layer in (one.forward_layer, one.backward_layer)
    ]
    assert len({id(layer) for layer in directions}) == 4
    assert [layer.go_backwards for layer in directions] == [False, True, False, True]
