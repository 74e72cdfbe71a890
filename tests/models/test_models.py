"""The kinds of models: functional, Sequential, subclasses; layers and their calls; the table of layers."""

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext


class Own(tfk_ext.Model):
    def __init__(self):
        super().__init__()
        self.dense = tfk_ext.Dense(2)

    def call(self, inputs):
        return self.dense(inputs)


class Graph(tfk_ext.Model):
    def __init__(self):
        x = tfk_ext.Input((3,))
        super().__init__(inputs=x, outputs=tfk_ext.Dense(2)(x))


def test_a_functional_model_is_a_class_of_its_own():
    bases = tfk_ext.Model.__bases__
    x = tfk_ext.Input((3,))
    y = tfk_ext.Dense(2)(x)
    for model in (
        tfk_ext.Model(x, y),
        tfk_ext.Model(inputs=[x], outputs=[y]),
        tfk_ext.Model(input=x, output=y),
    ):
        assert type(model) is tfk_ext.models.Functional
        assert model.predict(np.ones((4, 3))).shape == (4, 2)
    graph = Graph()
    assert type(graph) is Graph and isinstance(graph, tfk_ext.models.Functional)
    own = Own()
    assert not isinstance(own, tfk_ext.models.Functional)
    assert own.predict(np.ones((4, 3))).shape == (4, 2)
    assert tfk_ext.Model.__bases__ == bases


def test_names_of_registration():
    name = tf.keras.saving.get_registered_name
    assert name(tfk_ext.Sequential) == "tfk_ext>Sequential"
    assert name(tfk_ext.models.Functional) == "tfk_ext>Functional"


def test_plain_models_and_layers_mix():
    x = tf.keras.Input((4,))
    inner = tfk_ext.Model(x, tfk_ext.Dense(2)(tf.keras.layers.Dense(3)(x)))
    outer = tf.keras.Model(x, tfk_ext.Dense(1)(inner(x)))
    outer.compile("sgd", "mse")
    outer.fit(np.ones((4, 4)), np.ones(4), verbose=0)
    assert tf.keras.Sequential([inner, tfk_ext.Dense(1)])(np.ones((2, 4))).shape == (2, 1)
    assert isinstance(
        tf.keras.models.clone_model(tfk_ext.Sequential([tf.keras.layers.Dense(1)])), tf.keras.Model
    )
    assert inner.get_output_at(0) is inner.output
    assert inner.get_output_at(1).shape == (None, 2)


def test_a_layer_knows_its_calls():
    dense = tfk_ext.Dense(2)
    with pytest.raises(AttributeError, match="never called"):
        dense.input_shape  # noqa: B018
    a, b = tfk_ext.Input((4,)), tfk_ext.Input((3, 4))
    first, second = dense(a), dense(b)
    assert dense.get_output_at(0) is first and dense.get_input_at(1) is b
    assert dense.get_output_shape_at(1) == (None, 3, 2)
    assert dense.get_input_shape_at(0) == (None, 4)
    with pytest.raises(AttributeError, match="different output shapes"):
        dense.output_shape  # noqa: B018
    with pytest.raises(ValueError, match="there is no call 2"):
        dense.get_output_at(2)
    assert second.shape == (None, 3, 2)


def test_the_batch_size_of_a_first_layer():
    model = tfk_ext.Sequential([tfk_ext.LSTM(3, batch_input_shape=(2, 5, 4), stateful=True)])
    assert model.input_shape == (2, 5, 4) and model.stateful
    first = model.predict(np.ones((2, 5, 4)), batch_size=2)
    second = model.predict(np.ones((2, 5, 4)), batch_size=2)
    assert not np.allclose(first, second)
    model.reset_states()
    np.testing.assert_allclose(model.predict(np.ones((2, 5, 4)), batch_size=2), first, rtol=1e-5)


def test_get_layer():
    model = tfk_ext.Sequential([tfk_ext.Dense(2, input_dim=3, name="a"), tfk_ext.Dense(1, name="b")])
    assert model.get_layer("b") is model.get_layer(index=1) is model.get_layer("a", index=1)
    with pytest.raises(ValueError, match="no layer named 'c'; there are 'a', 'b'"):
        model.get_layer("c")
    with pytest.raises(ValueError, match="no layer 2"):
        model.get_layer(index=2)


def test_pop_and_empty_stack():
    model = tfk_ext.Sequential([tfk_ext.Dense(2, input_dim=3), tfk_ext.Dense(1)])
    model.pop()
    assert model.predict(np.ones((1, 3))).shape == (1, 2)
    with pytest.raises(TypeError, match="no layer to remove"):
        tfk_ext.Sequential().pop()


@pytest.mark.slow
def test_outputs_of_a_dictionary_stay_one():
    x = tfk_ext.Input((3,))
    model = tfk_ext.Model(x, {"u": tfk_ext.Dense(1, name="u")(x), "v": tfk_ext.Dense(2, name="v")(x)})
    model.compile("sgd", {"u": "mse", "v": "mae"}, metrics={"u": ["acc"]})
    history = model.fit(np.ones((4, 3)), {"u": np.ones(4), "v": np.ones((4, 2))}, verbose=0)
    assert list(history.history) == ["loss", "u_loss", "v_loss", "u_acc"]
    assert set(model.predict(np.ones((1, 3)))) == {"u", "v"}


def test_the_table_of_layers():
    lines = []
    x = tfk_ext.Input((None, 2), name="input_1")
    layer = tfk_ext.SimpleRNN(3, use_bias=False, name="simple_rnn_1")
    tfk_ext.Model(inputs=x, outputs=layer(x)).summary(print_fn=lines.append)
    assert lines[1:] == [
        "_" * 65,
        "Layer (type)                 Output Shape              Param #   ",
        "=" * 65,
        "input_1 (InputLayer)         (None, None, 2)           0         ",
        "_" * 65,
        "simple_rnn_1 (SimpleRNN)     (None, 3)                 15        ",
        "=" * 65,
        "Total params: 15",
        "Trainable params: 15",
        "Non-trainable params: 0",
        "_" * 65,
    ]


def test_the_table_of_nested_and_connected_layers():
    lines = []
    inner = tfk_ext.Sequential([tfk_ext.Dense(2, input_dim=3, name="deep")], name="inner")
    a, b = tfk_ext.Input((3,), name="a"), tfk_ext.Input((3,), name="b")
    model = tfk_ext.Model([a, b], tfk_ext.add([inner(a), inner(b)]))
    model.summary(print_fn=lines.append, expand_nested=True, show_trainable=True)
    text = "\n".join(lines)
    assert ">deep (Dense)" in text and "Connected to" in text and "b[0][0]" in text
    assert "Total params: 8" in text
    with pytest.raises(ValueError, match="no weights yet"):
        tfk_ext.Sequential([tfk_ext.Dense(1)]).summary()
