"""The recurrent layers and cells."""

import functools

import numpy as np
import tensorflow as tf
import tensorflow.experimental.numpy as tnp
import tf_keras

import tfk_ext
from tests.conformance.descriptor import Args, Case, Component, Formula, Made, Peer, normal


def _minimal(x, kernel, recurrent_kernel, state=None):
    """The outputs of a minimal cell at every step, by its formula."""
    state = np.zeros((len(x), kernel.shape[1])) if state is None else state
    outputs = []
    for t in range(x.shape[1]):
        state = x[:, t] @ kernel + state @ recurrent_kernel
        outputs.append(state)
    return np.stack(outputs, 1)


def _run(x, weights, config):
    """RNN over one minimal cell or several stacked ones."""
    states = []
    for kernel, recurrent_kernel in zip(weights[::2], weights[1::2]):
        if config.get("go_backwards") and not states:
            x = x[:, ::-1]
        x = _minimal(x, kernel, recurrent_kernel)
        states.append(x[:, -1])
    output = x if config.get("return_sequences") else x[:, -1]
    return [output, *states] if config.get("return_state") else output


def _minimal_step(args, weights, config):
    x, (state,) = args
    output = _minimal(x[:, None], *weights, state)[:, 0]
    return output, [output]


def _stacked_step(args, weights, config):
    x, states = args
    new = []
    for index, state in enumerate(states):
        x = _minimal(x[:, None], *weights[2 * index : 2 * index + 2], state)[:, 0]
        new.append(x)
    return x, new


CELL_OFF = {
    "mask": "cells see one step; the layer that runs them applies the mask",
    "tflite": "output and state are one tensor, which the converter does not number twice",
}


class _Keras2Minimal(tf_keras.layers.Layer):
    """The documents' cell in Keras 2."""

    def __init__(self, cell):
        super().__init__()
        self.units = self.state_size = self.output_size = cell.units

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.units))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, self.units))

    def call(self, inputs, states):
        output = inputs @ self.kernel + states[0] @ self.recurrent_kernel
        return output, [output]


def _keras2_rnn(cell, **options):
    if isinstance(cell, list):
        return tf_keras.layers.RNN([_Keras2Minimal(c) for c in cell], **options)
    return tf_keras.layers.RNN(_Keras2Minimal(cell), **options)


def _cell(units):
    return Made(lambda **options: tfk_ext.MinimalRNNCell(units, **options))


def _cells(*units):
    return Made(lambda **options: [tfk_ext.MinimalRNNCell(n, **options) for n in units])


def _plain(kernel, gates):
    """CuDNN's flat parts, read as (units, inputs) and transposed."""
    parts = np.split(kernel, gates, axis=1)
    return np.concatenate([part.reshape(part.shape[::-1]).T for part in parts], axis=1)


def _cudnn_lstm(values, config):
    kernel, recurrent_kernel, bias = values
    return [_plain(kernel, 4), _plain(recurrent_kernel, 4), bias.reshape(2, -1).sum(0)]


def _cudnn_gru(values, config):
    kernel, recurrent_kernel, bias = values
    return [_plain(kernel, 3), _plain(recurrent_kernel, 3), bias.reshape(2, -1)]


class _ChannelsLast:
    """ConvLSTM2D of Keras 2, whose CPU kernels lack channels_first, with its axes moved around it."""

    def __init__(self, data_format=None, **config):
        self.moved = data_format == "channels_first"
        self.layer = tf_keras.layers.ConvLSTM2D(**config)
        self.call, self.set_weights = self.layer.call, self.layer.set_weights

    def __call__(self, x, **options):
        y = self.layer(tf.transpose(x, (0, 1, 3, 4, 2)) if self.moved else x, **options)
        return tf.nest.map_structure(lambda z: tnp.moveaxis(z, -1, -3), y) if self.moved else y

    weights = property(lambda self: self.layer.weights)
    trainable_weights = property(lambda self: self.layer.trainable_weights)


BAD_CELL = [
    ({"units": 0}, "units"),
    ({"units": 2, "activation": "no"}, "no"),
    ({"units": 2, "dropout": 1.5}, "dropout"),
    ({"units": 2, "recurrent_dropout": -0.1}, "recurrent_dropout"),
]
BAD = [*BAD_CELL, ({"units": 2, "return_state": "yes"}, "return_state")]
BAD_INPUT = [
    ({"units": 2}, (None, 3), "3 axes"),
    ({"units": 2}, (None, 3, None), "last axis"),
    ({"units": 2, "unroll": True}, (None, None, 3), "number of time steps"),
    ({"units": 2, "stateful": True}, (None, 4, 3), "batch size"),
]

ROWS = [
    Component(
        tfk_ext.RNN,
        inputs=normal(2, 4, 3),
        configs=[
            {"cell": _cell(5)},
            {"cell": _cell(2), "return_sequences": True, "return_state": True},
            {"cell": _cell(2), "go_backwards": True, "return_sequences": True},
            Case({"cell": _cell(3), "unroll": True, "return_state": True}, unknown=()),
            {"cell": _cells(2, 4), "return_state": True},
        ],
        oracle=Formula(_run),
        peers=[Peer(_keras2_rnn)],
        bad=[
            ({"cell": 3}, "cell must have a method call"),
            ({"cell": tfk_ext.MinimalRNNCell(2), "return_sequences": 2}, "return_sequences"),
            ({"cell": []}, "at least one cell"),
        ],
        bad_input=[
            ({"cell": tfk_ext.MinimalRNNCell(2)}, (None, 4), "3 axes"),
            ({"cell": tfk_ext.MinimalRNNCell(2), "unroll": True}, (None, None, 3), "number of time steps"),
            ({"cell": tfk_ext.MinimalRNNCell(2), "stateful": True}, (None, 4, 3), "batch size"),
            ({"cell": tfk_ext.MinimalRNNCell(2)}, (None, 4, None), "last axis"),
        ],
        mask="consumes",
        unknown=(1,),
    ),
    Component(
        tfk_ext.MinimalRNNCell,
        inputs=Args(normal(3, 5), [normal(3, 4)]),
        configs=[{"units": 4}],
        oracle=Formula(_minimal_step),
        bad=[({"units": 0}, "units"), ({"units": 1.5}, "units")],
        off=CELL_OFF,
    ),
    Component(
        tfk_ext.StackedRNNCells,
        inputs=Args(normal(3, 5), [normal(3, 4), normal(3, 2)]),
        configs=[{"cells": _cells(4, 2)}],
        oracle=Formula(_stacked_step),
        bad=[({"cells": []}, "at least one cell"), ({"cells": [1]}, "method call"), ({"cells": 2}, "cells")],
        off=CELL_OFF,
    ),
    Component(
        tfk_ext.SimpleRNN,
        inputs=normal(2, 4, 3),
        configs=[
            {"units": 4},
            {"units": 3, "return_sequences": True, "return_state": True, "use_bias": False},
            {"units": 3, "activation": "relu", "go_backwards": True, "return_sequences": True},
            Case({"units": 2, "unroll": True, "return_sequences": True}, unknown=()),
            {"units": 2, "kernel_regularizer": "l2", "bias_constraint": "non_neg", "dropout": 0.2},
        ],
        oracle=Peer(tf_keras.layers.SimpleRNN),
        bad=BAD,
        bad_input=BAD_INPUT,
        mask="consumes",
        unknown=(1,),
    ),
    Component(
        tfk_ext.GRU,
        inputs=normal(2, 4, 3),
        configs=[
            {"units": 4},
            {"units": 3, "return_sequences": True, "return_state": True, "reset_after": True},
            {"units": 3, "use_bias": False, "reset_after": True, "recurrent_activation": "hard_sigmoid"},
            {"units": 3, "use_bias": False, "go_backwards": True, "return_sequences": True},
            Case({"units": 2, "unroll": True, "activation": "relu", "implementation": 1}, unknown=()),
            {"units": 2, "recurrent_regularizer": "l2", "recurrent_dropout": 0.2, "dropout": 0.1},
        ],
        oracle=Peer(functools.partial(tf_keras.layers.GRU, reset_after=False)),
        bad=BAD,
        bad_input=BAD_INPUT,
        mask="consumes",
        unknown=(1,),
    ),
    Component(
        tfk_ext.LSTM,
        inputs=normal(2, 4, 3),
        configs=[
            {"units": 4},
            {"units": 3, "return_sequences": True, "return_state": True},
            {"units": 3, "recurrent_activation": "hard_sigmoid", "use_bias": False},
            {"units": 3, "activation": "relu", "go_backwards": True, "return_sequences": True},
            Case({"units": 2, "unroll": True, "implementation": 1, "return_state": True}, unknown=()),
            {"units": 2, "unit_forget_bias": False, "dropout": 0.2, "activity_regularizer": "l1"},
        ],
        oracle=Peer(tf_keras.layers.LSTM),
        bad=[*BAD, ({"units": 1, "unit_forget_bias": "yes"}, "unit_forget_bias")],
        bad_input=BAD_INPUT,
        mask="consumes",
        unknown=(1,),
    ),
    Component(
        tfk_ext.SimpleRNNCell,
        inputs=Args(normal(3, 5), [normal(3, 4)]),
        configs=[{"units": 4}, {"units": 4, "activation": "relu", "use_bias": False}],
        oracle=Peer(tf_keras.layers.SimpleRNNCell),
        bad=BAD_CELL,
        off=CELL_OFF,
    ),
    Component(
        tfk_ext.GRUCell,
        inputs=Args(normal(3, 5), [normal(3, 4)]),
        configs=[{"units": 4}, {"units": 4, "reset_after": True}, {"units": 4, "use_bias": False}],
        oracle=Peer(functools.partial(tf_keras.layers.GRUCell, reset_after=False)),
        bad=BAD_CELL,
        off=CELL_OFF,
    ),
    Component(
        tfk_ext.LSTMCell,
        inputs=Args(normal(3, 5), [normal(3, 4), normal(3, 4)]),
        configs=[{"units": 4}, {"units": 4, "recurrent_activation": "hard_sigmoid", "use_bias": False}],
        oracle=Peer(tf_keras.layers.LSTMCell),
        bad=BAD_CELL,
        off=CELL_OFF,
    ),
    Component(
        tfk_ext.CuDNNGRU,
        inputs=normal(2, 4, 3),
        configs=[{"units": 4}, {"units": 2, "return_sequences": True, "return_state": True}],
        oracle=Peer(tf_keras.layers.GRU, weights=_cudnn_gru),
        bad=[BAD[0], BAD[-1]],
        bad_input=BAD_INPUT[:2],
        mask="consumes",
        unknown=(1,),
    ),
    Component(
        tfk_ext.CuDNNLSTM,
        inputs=normal(2, 4, 3),
        configs=[
            {"units": 4},
            {"units": 2, "return_sequences": True, "return_state": True, "go_backwards": True},
            {"units": 2, "unit_forget_bias": False, "kernel_regularizer": "l2"},
        ],
        oracle=Peer(tf_keras.layers.LSTM, weights=_cudnn_lstm),
        bad=[BAD[0], BAD[-1]],
        bad_input=BAD_INPUT[:2],
        mask="consumes",
        unknown=(1,),
    ),
    Component(
        tfk_ext.ConvLSTM2D,
        inputs=normal(2, 3, 5, 4, 2),
        configs=[
            {"filters": 2, "kernel_size": 3},
            {"filters": 2, "kernel_size": (2, 3), "padding": "same", "return_sequences": True},
            {"filters": 2, "kernel_size": 2, "strides": (2, 1), "go_backwards": True, "return_state": True},
            {"filters": 1, "kernel_size": 2, "dilation_rate": 2, "recurrent_activation": "sigmoid"},
            {"filters": 1, "kernel_size": 2, "use_bias": False, "activation": "relu", "dropout": 0.1},
            Case(
                {"filters": 2, "kernel_size": 3, "data_format": "channels_first", "return_sequences": True},
                normal(2, 3, 2, 4, 4),
                unknown=(1, 3, 4),
            ),
        ],
        oracle=Peer(_ChannelsLast),
        bad=[
            ({"filters": 0, "kernel_size": 3}, "filters"),
            ({"filters": 1, "kernel_size": (3, 0)}, "kernel_size"),
            ({"filters": 1, "kernel_size": 3, "padding": "causal"}, "padding"),
            ({"filters": 1, "kernel_size": 3, "strides": 2, "dilation_rate": 2}, "exclude"),
            ({"filters": 1, "kernel_size": 3, "data_format": "last"}, "data_format"),
        ],
        bad_input=[
            ({"filters": 1, "kernel_size": 3}, (None, 3, 4, 4), "expected ndim=5"),
            ({"filters": 1, "kernel_size": 3}, (None, 3, 4, 4, None), "number of channels"),
            ({"filters": 1, "kernel_size": 5}, (None, 3, 4, 4, 1), "larger than the input"),
        ],
        mask="consumes",
        unknown=(1, 2, 3),
    ),
    Component(
        tfk_ext.ConvLSTM2DCell,
        inputs=Args(normal(2, 5, 4, 2), [normal(2, 3, 2, 3), normal(2, 3, 2, 3)]),
        configs=[
            {"filters": 3, "kernel_size": 3},
            Case(
                {"filters": 2, "kernel_size": 3, "padding": "same", "data_format": "channels_first"},
                Args(normal(2, 3, 5, 4), [normal(2, 2, 5, 4), normal(2, 2, 5, 4)]),
            ),
        ],
        oracle=Peer(lambda **config: tf_keras.layers.ConvLSTM2D(**config).cell, channels_last=True),
        bad=[
            ({"filters": 1, "kernel_size": 0}, "kernel_size"),
            ({"filters": 1.5, "kernel_size": 1}, "filters"),
        ],
        off=CELL_OFF,
    ),
]
