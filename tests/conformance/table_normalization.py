"""BatchNormalization, in training and in inference."""

import numpy as np
import tensorflow as tf
import tf_keras

import tfk_ext
from tests.conformance.descriptor import Case, Component, Formula, Peer, normal

IMAGE = normal(3, 4, 2, 5)


TRAINING = {"momentum": 0.9}  # marks the cases in training for the formula


def _normalized(x, weights, config):
    """The formula: by the batch's statistics in training, by the moving ones in inference."""
    weights = list(weights)
    axes = config.get("axis", -1)
    axes = [a % x.ndim for a in (axes if isinstance(axes, (list, tuple)) else [axes])]
    shape = [n if a in axes else 1 for a, n in enumerate(x.shape)]
    gamma = weights.pop(0).reshape(shape) if config.get("scale", True) else 1.0
    beta = weights.pop(0).reshape(shape) if config.get("center", True) else 0.0
    if config.get("momentum") == TRAINING["momentum"]:
        rest = tuple(a for a in range(x.ndim) if a not in axes)
        x64 = x.astype("float64")
        mean, variance = x64.mean(rest, keepdims=True), x64.var(rest, keepdims=True)
    else:
        mean, variance = (w.reshape(shape) for w in weights)
    return gamma * (x - mean) / np.sqrt(variance + config.get("epsilon", 1e-3)) + beta


def _one_axis(config):
    return "Keras 3 takes one axis" if isinstance(config.get("axis"), (list, tuple)) else None


CONFIGS = [
    {},
    {"epsilon": 0.1, "center": False},
    {"scale": False},
    {"center": False, "scale": False},
    {"gamma_regularizer": "l2", "beta_constraint": "non_neg"},
    Case({}, IMAGE, unknown=(1, 2)),
    Case({"axis": 1}, IMAGE, unknown=(2, 3)),
    Case({"axis": [1, 3]}, IMAGE, unknown=(2,)),
    Case({"axis": -2}, normal(4, 3, 5), unknown=(2,)),
    Case({**TRAINING}, training=True),
    Case({**TRAINING, "epsilon": 1e-6}, training=True),
    Case({**TRAINING}, IMAGE, training=True, unknown=(1, 2)),
    Case({**TRAINING, "axis": 1}, IMAGE, training=True, unknown=(2, 3)),
    Case({**TRAINING, "axis": (1, 3), "center": False}, IMAGE, training=True),
    Case({**TRAINING, "scale": False}, normal(4, 3, 5), training=True, unknown=(1,)),
    Case({**TRAINING, "synchronized": True}, IMAGE, training=True),
]

ROWS = [
    Component(
        tfk_ext.BatchNormalization,
        inputs=normal(6, 4),
        configs=CONFIGS,
        oracle=Formula(_normalized),
        peers=[
            Peer(tf_keras.layers.BatchNormalization),
            Peer(tf.keras.layers.BatchNormalization, skip=_one_axis),
        ],
        bad=[
            ({"axis": "last"}, "axis"),
            ({"axis": []}, "axis"),
            ({"momentum": 1.5}, "momentum"),
            ({"epsilon": -1e-3}, "epsilon"),
            ({"center": "yes"}, "center"),
            ({"beta_initializer": "no"}, "no"),
            ({"renorm": True, "renorm_clipping": {"top": 1.0}}, "renorm_clipping"),
            ({"renorm": True, "renorm_clipping": {"rmin": 2.0, "rmax": 1.0}}, "rmax"),
            ({"renorm": True, "renorm_clipping": {"dmax": -1.0}}, "dmax"),
            ({"renorm_momentum": -1.0}, "renorm_momentum"),
        ],
        bad_input=[
            ({"axis": 2}, (None, 3), "axis 2"),
            ({"axis": 0}, (None, 3), "axis 0"),
            ({}, (None, None), "must be known"),
        ],
        mask="passes",
        off={
            "distribution": "each replica has the statistics of its own part of the batch; with "
            "synchronized=True tested in tests/layers/test_normalization.py"
        },
        rtol=1e-4,
        atol=1e-4,
    ),
]
