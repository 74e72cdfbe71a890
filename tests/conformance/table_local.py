"""The locally connected layers, held against the three implementations of Keras 2."""

import itertools

import numpy as np
import tf_keras

import tfk_ext
from tests.conformance.descriptor import Case, Component, Formula, Peer, normal
from tfk_ext.ops import local as ops


def _tuple(value, rank):
    return (value,) * rank if isinstance(value, int) else tuple(value)


def _unshared(x, weights, config):
    """The definition, one position at a time: a product of the patch with the position's own matrix."""
    rank = x.ndim - 2
    first = config.get("data_format") == "channels_first"
    if first:
        x = np.moveaxis(x, 1, -1)
    kernel, strides = _tuple(config["kernel_size"], rank), _tuple(config.get("strides", 1), rank)
    if config.get("padding") == "same":
        counts = [-(-n // s) for n, s in zip(x.shape[1:-1], strides)]
        x = np.pad(x, [(0, 0), *((k // 2, k) for k in kernel), (0, 0)])
    else:
        counts = [(n - k) // s + 1 for n, k, s in zip(x.shape[1:-1], kernel, strides)]
    outputs = []
    for place, position in enumerate(itertools.product(*map(range, counts))):
        window = tuple(slice(p * s, p * s + k) for p, s, k in zip(position, strides, kernel))
        patch = x[(slice(None), *window)]
        if first:
            patch = np.moveaxis(patch, -1, 1)
        outputs.append(patch.reshape(len(x), -1) @ weights[0][place])
    y = np.stack(outputs, 1).reshape(len(x), *counts, -1)
    if first:
        y = np.moveaxis(y, -1, 1)
    if len(weights) > 1:
        y = y + weights[1].reshape(y.shape[1:])
    return {None: y, "relu": np.maximum(y, 0), "tanh": np.tanh(y)}[config.get("activation")]


def _dense(kernel, config, sizes):
    """Our kernel as a map from every input value to every output value, and which entries it has."""
    rank, first = len(sizes), config.get("data_format") == "channels_first"
    index = ops.patch_index(
        sizes,
        _tuple(config["kernel_size"], rank),
        _tuple(config.get("strides", 1), rank),
        config.get("padding", "valid"),
    )
    positions, taps = index.shape
    sites, filters = int(np.prod(sizes)), kernel.shape[-1]
    channels = kernel.shape[1] // taps
    by_tap = kernel.reshape(positions, channels, taps, filters) if first else None
    dense = np.zeros((sites + 1, channels, positions, filters), "float32")
    has = np.zeros(dense.shape, bool)
    for p, t in itertools.product(range(positions), range(taps)):
        values = by_tap[p, :, t] if first else kernel[p].reshape(taps, channels, filters)[t]
        dense[index[p, t], :, p] = values
        has[index[p, t], :, p] = True
    order = (1, 0, 3, 2) if first else (0, 1, 2, 3)
    return dense[:-1].transpose(order), has[:-1].transpose(order)


def _implementation_2(sizes, counts):
    def convert(weights, config):
        dense, _ = _dense(weights[0], config, sizes)
        channels, filters = (
            weights[0].shape[1] // int(np.prod(_tuple(config["kernel_size"], len(sizes)))),
            None,
        )
        filters = weights[0].shape[-1]
        first = config.get("data_format") == "channels_first"
        shape = (
            (channels, *sizes, filters, *counts(config))
            if first
            else (*sizes, channels, *counts(config), filters)
        )
        return [dense.reshape(shape), *weights[1:]]

    return convert


def _implementation_3(sizes):
    def convert(weights, config):
        dense, has = _dense(weights[0], config, sizes)
        inputs = dense.shape[0] * dense.shape[1]
        dense, has = dense.reshape(inputs, -1).T, has.reshape(inputs, -1).T
        return [dense[has], *weights[1:]]

    return convert


def _counts(sizes):
    def counts(config):
        rank = len(sizes)
        return tuple(
            ops.output_size(n, k, s, config.get("padding", "valid"))
            for n, k, s in zip(
                sizes, _tuple(config["kernel_size"], rank), _tuple(config.get("strides", 1), rank)
            )
        )

    return counts


def _peers(cls, sizes):
    def skip(config):
        if config.get("padding") == "same":
            return "Keras 2's implementation 1 lacks padding='same'"
        return None

    return [
        Peer(cls, extra={"implementation": 1}, skip=skip),
        Peer(cls, extra={"implementation": 2}, weights=_implementation_2(sizes, _counts(sizes))),
        Peer(cls, extra={"implementation": 3}, weights=_implementation_3(sizes)),
    ]


def _any_step(layer, x, mask):
    return np.stack([mask[:, t : t + 3].any(1) for t in range(mask.shape[1] - 2)], 1)


BAD = [
    ({"filters": 0, "kernel_size": 3}, "filters"),
    ({"filters": -4, "kernel_size": 3}, "filters"),
    ({"filters": 2, "kernel_size": 0}, "kernel_size"),
    ({"filters": 2, "kernel_size": (1, 2, 3)}, "kernel_size"),
    ({"filters": 2, "kernel_size": 2, "strides": 0}, "strides"),
    ({"filters": 2, "kernel_size": 2, "padding": "full"}, "padding"),
    ({"filters": 2, "kernel_size": 2, "data_format": "last"}, "data_format"),
    ({"filters": 2, "kernel_size": 2, "activation": "no"}, "no"),
]

ROWS = [
    Component(
        tfk_ext.LocallyConnected1D,
        inputs=normal(2, 7, 3),
        configs=[
            {"filters": 4, "kernel_size": 3},
            {"filters": 2, "kernel_size": (2,), "strides": 2, "use_bias": False, "activation": "relu"},
            {
                "filters": 3,
                "kernel_size": 1,
                "strides": (3,),
                "bias_regularizer": "l1",
                "kernel_constraint": "unit_norm",
            },
            {"filters": 2, "kernel_size": 3, "padding": "same", "activation": "tanh"},
            {"filters": 2, "kernel_size": 4, "padding": "same", "strides": 2},
            {"filters": 2, "kernel_size": 7},
            Case({"filters": 2, "kernel_size": 3, "data_format": "channels_first"}, normal(2, 3, 7)),
            Case(
                {"filters": 2, "kernel_size": 2, "padding": "same", "data_format": "channels_first"},
                normal(2, 3, 7),
            ),
        ],
        oracle=Formula(_unshared),
        peers=_peers(tf_keras.layers.LocallyConnected1D, (7,)),
        bad=BAD,
        bad_input=[
            (
                {"filters": 2, "kernel_size": 8},
                (None, 7, 3),
                "kernel_size (8,) is larger than the input's (7,)",
            ),
            ({"filters": 2, "kernel_size": 3}, (None, None, 3), "must be known"),
            ({"filters": 2, "kernel_size": 3}, (None, 7, None), "channels"),
            ({"filters": 2, "kernel_size": 3}, (None, 7), "3 axes (batch, steps, channels)"),
        ],
        mask=_any_step,
    ),
    Component(
        tfk_ext.LocallyConnected2D,
        inputs=normal(2, 5, 4, 3),
        configs=[
            {"filters": 4, "kernel_size": (3, 3)},
            {"filters": 2, "kernel_size": 2, "strides": 2, "use_bias": False, "activation": "relu"},
            {"filters": 2, "kernel_size": (2, 1), "strides": (1, 2), "kernel_regularizer": "l2"},
            {"filters": 2, "kernel_size": 3, "padding": "same", "activation": "tanh"},
            {"filters": 2, "kernel_size": (2, 4), "padding": "same", "strides": (2, 3)},
            Case({"filters": 2, "kernel_size": (2, 3), "data_format": "channels_first"}, normal(2, 3, 5, 4)),
            Case(
                {"filters": 2, "kernel_size": 3, "padding": "same", "data_format": "channels_first"},
                normal(2, 3, 5, 4),
            ),
        ],
        oracle=Formula(_unshared),
        peers=_peers(tf_keras.layers.LocallyConnected2D, (5, 4)),
        bad=BAD,
        bad_input=[
            (
                {"filters": 2, "kernel_size": (5, 5)},
                (None, 3, 3, 1),
                "kernel_size (5, 5) is larger than the input's (3, 3)",
            ),
            ({"filters": 2, "kernel_size": 3}, (None, 7, None, 3), "must be known"),
            ({"filters": 2, "kernel_size": 3}, (None, 7, 7), "4 axes (batch, rows, columns, channels)"),
        ],
        mask=lambda layer, x, mask: np.stack(
            [np.stack([mask[:, r : r + 3].any(1) for r in range(3)], 1)] * 2, 2
        ),
    ),
]
