"""The activations that are layers."""

import numpy as np
import tensorflow as tf
import tf_keras

import tfk_ext
from tests.conformance.descriptor import Case, Component, Formula, Peer, normal

IMAGE = normal(2, 3, 4, 2)


def _prelu(x, weights, config):
    return np.where(x >= 0, x, weights[0] * x)


def _softmax(x, weights, config):
    axis = config.get("axis", -1)
    axis = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _relu(x, weights, config):
    top, slope, low = config.get("max_value"), config.get("negative_slope", 0), config.get("threshold", 0)
    y = np.where(x >= low, x, slope * (x - low))
    return y if top is None else np.where(x >= top, top, y)


ROWS = [
    Component(
        tfk_ext.LeakyReLU,
        inputs=normal(4, 5),
        configs=[
            {},
            {"alpha": 0.0},
            {"alpha": 0.2},
            {"alpha": 1.5},
            Case({"alpha": 0.1}, IMAGE, unknown=(1, 2)),
        ],
        oracle=Peer(tf_keras.layers.LeakyReLU),
        peers=[Formula(lambda x, w, c: np.where(x >= 0, x, c.get("alpha", 0.3) * x))],
        bad=[({"alpha": -0.1}, "alpha"), ({"alpha": "much"}, "alpha"), ({"alpha": None}, "alpha")],
        mask="passes",
        unknown=(1,),
    ),
    Component(
        tfk_ext.PReLU,
        inputs=normal(4, 5),
        configs=[
            {},
            {"alpha_initializer": "he_normal", "alpha_regularizer": "l2", "alpha_constraint": "non_neg"},
            Case({"shared_axes": [1, 2]}, IMAGE, unknown=(1, 2)),
            Case({"shared_axes": 2}, normal(2, 3, 4), unknown=(2,)),
            Case({}, normal(2, 3, 4)),
        ],
        oracle=Peer(tf_keras.layers.PReLU),
        peers=[Formula(_prelu)],
        bad=[({"shared_axes": "all"}, "shared_axes"), ({"alpha_initializer": "no"}, "no")],
        bad_input=[
            ({"shared_axes": [0]}, (None, 3), "shared_axes"),
            ({"shared_axes": [2]}, (None, 3), "shared_axes"),
            ({}, (None, None, 3), "axis 1 must be known"),
        ],
        mask="passes",
    ),
    Component(
        tfk_ext.ELU,
        inputs=normal(4, 5),
        configs=[{}, {"alpha": 0.5}, {"alpha": 2.0}],
        oracle=Peer(tf_keras.layers.ELU),
        peers=[Formula(lambda x, w, c: np.where(x >= 0, x, c.get("alpha", 1.0) * (np.exp(x) - 1)))],
        bad=[({"alpha": None}, "alpha"), ({"alpha": "much"}, "alpha")],
        mask="passes",
        unknown=(1,),
    ),
    Component(
        tfk_ext.ThresholdedReLU,
        inputs=normal(4, 5),
        configs=[{}, {"theta": 0.0}, {"theta": 0.3}],
        oracle=Formula(lambda x, w, c: np.where(x > c.get("theta", 1.0), x, 0.0)),
        peers=[Peer(tf_keras.layers.ThresholdedReLU)],
        bad=[({"theta": -1.0}, "theta"), ({"theta": "much"}, "theta"), ({"theta": None}, "theta")],
        mask="passes",
        unknown=(1,),
    ),
    Component(
        tfk_ext.Softmax,
        inputs=normal(4, 5),
        configs=[
            {},
            {"axis": 1},
            Case({"axis": 1}, normal(2, 3, 4), unknown=(1,)),
            Case({"axis": [1, 2]}, IMAGE, unknown=(1, 2)),
            Case({"axis": (-1,)}, normal(2, 3, 4)),
        ],
        oracle=Formula(_softmax),
        peers=[Peer(tf.keras.layers.Softmax)],
        bad=[({"axis": "last"}, "axis"), ({"axis": []}, "axis"), ({"axis": [1, "x"]}, "axis")],
        bad_input=[({"axis": 2}, (None, 3), "axis 2"), ({}, (None,), "at least 2 axes")],
        mask="passes",
        mask_shape=(4,),
        unknown=(1,),
    ),
    Component(
        tfk_ext.ReLU,
        inputs=normal(4, 5),
        configs=[
            {},
            {"max_value": 0.5},
            {"max_value": 6},
            {"negative_slope": 0.2},
            {"threshold": 0.4},
            {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.3},
        ],
        oracle=Peer(tf_keras.layers.ReLU),
        peers=[Formula(_relu), Peer(tf.keras.layers.ReLU)],
        bad=[
            ({"max_value": -1.0}, "max_value"),
            ({"negative_slope": -0.1}, "negative_slope"),
            ({"negative_slope": None}, "negative_slope"),
            ({"threshold": None}, "threshold"),
            ({"threshold": -1.0}, "threshold"),
        ],
        mask="passes",
        unknown=(1,),
    ),
]
