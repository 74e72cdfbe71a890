"""The core layers."""

import numpy as np
import tensorflow as tf
import tf_keras

import tfk_ext
from tests.conformance.descriptor import Case, Component, Formula, Inputs, Peer, integers, normal


def _padded(rng, size):
    """Whole numbers with some steps of zeros."""
    steps = rng.integers(0, 2, (*size[:-1], 1))
    return steps * rng.integers(-2, 3, size)


def _bits(rng, size):
    return rng.integers(0, 2, size)


def _masking(x, weights, config):
    keep = (x != np.asarray(config.get("mask_value", 0.0))).any(-1, keepdims=True)
    return np.where(keep, x, 0)


def _one_value(config):
    return "Keras 2 takes one number" if isinstance(config.get("mask_value"), list) else None


ROWS = [
    Component(
        tfk_ext.Dense,
        inputs=normal(3, 5),
        configs=[
            {"units": 4},
            {"units": 3, "use_bias": False, "activation": "relu"},
            {
                "units": 2,
                "activation": "hard_sigmoid",
                "kernel_regularizer": "l2",
                "bias_constraint": "non_neg",
            },
            Case({"units": 4, "activation": "tanh"}, normal(2, 3, 5), unknown=(1,)),
            Case({"units": 4}, normal(2, 3, 2, 5), unknown=(1, 2)),
        ],
        oracle=Peer(tf_keras.layers.Dense),
        bad=[({"units": 0}, "units"), ({"units": 2.5}, "units"), ({"units": 1, "activation": "no"}, "no")],
        bad_input=[({"units": 2}, (None,), "2 axes"), ({"units": 2}, (None, None), "last axis")],
        mask="passes",
    ),
    Component(
        tfk_ext.Activation,
        inputs=normal(3, 5),
        configs=[{"activation": a} for a in ("relu", "hard_sigmoid", "softmax", "elu", "selu", "softsign")],
        oracle=Peer(tf_keras.layers.Activation),
        bad=[({"activation": "no"}, "no")],
        mask="passes",
        unknown=(1,),
    ),
    Component(
        tfk_ext.Flatten,
        inputs=normal(2, 3, 4, 2),
        configs=[{}, {"data_format": "channels_first"}, Case({}, normal(3, 4)), Case({}, normal(5))],
        oracle=Peer(tf_keras.layers.Flatten),
        peers=[
            Formula(
                lambda x, w, c: np.reshape(np.moveaxis(x, 1, -1) if c and x.ndim > 2 else x, (len(x), -1))
            )
        ],
        bad=[({"data_format": "no"}, "data_format")],
        unknown=(1,),
    ),
    Component(
        tfk_ext.Dropout,
        inputs=normal(3, 4),
        configs=[
            {"rate": 0.5},
            {"rate": 0.25, "noise_shape": (3, 1), "seed": 5},
            {"rate": 0.25, "noise_shape": [None, 1]},
            Case({"rate": 0.0}, training=True),
        ],
        oracle=Peer(tf_keras.layers.Dropout),
        bad=[
            ({"rate": -0.1}, "rate"),
            ({"rate": 1.1}, "rate"),
            ({"rate": None}, "rate"),
            ({"rate": 0.5, "noise_shape": "all"}, "noise_shape"),
            ({"rate": 0.5, "noise_shape": (1, -2)}, "noise_shape"),
            ({"rate": 0.5, "seed": "one"}, "seed"),
        ],
        mask="passes",
        unknown=(1,),
    ),
    Component(
        tfk_ext.SpatialDropout1D,
        inputs=normal(2, 3, 4),
        configs=[{"rate": 0.5}, {"rate": 0.2, "seed": 3}, Case({"rate": 0}, training=True)],
        oracle=Peer(tf_keras.layers.SpatialDropout1D, rename={"seed": None}),
        bad=[({"rate": 2}, "rate"), ({"rate": 0.5, "seed": "one"}, "seed")],
        bad_input=[({"rate": 0.5}, (None, 3), "expected ndim=3")],
        mask="passes",
        unknown=(1,),
    ),
    Component(
        tfk_ext.SpatialDropout2D,
        inputs=normal(2, 3, 4, 2),
        configs=[{"rate": 0.5}, {"rate": 0.2, "data_format": "channels_first", "seed": 3}],
        oracle=Peer(tf_keras.layers.SpatialDropout2D, rename={"seed": None}),
        bad=[({"rate": 2}, "rate"), ({"rate": 0.5, "data_format": "no"}, "data_format")],
        bad_input=[({"rate": 0.5}, (None, 3), "expected ndim=4")],
        mask="passes",
        unknown=(1, 2),
    ),
    Component(
        tfk_ext.SpatialDropout3D,
        inputs=normal(2, 3, 2, 2, 2),
        configs=[{"rate": 0.5}, {"rate": 0.2, "data_format": "channels_first", "seed": 3}],
        oracle=Peer(tf_keras.layers.SpatialDropout3D, rename={"seed": None}),
        bad=[({"rate": 2}, "rate"), ({"rate": 0.5, "data_format": "no"}, "data_format")],
        bad_input=[({"rate": 0.5}, (None, 3), "expected ndim=5")],
        mask="passes",
        unknown=(1, 2),
    ),
    Component(
        tfk_ext.Reshape,
        inputs=normal(2, 12),
        configs=[
            {"target_shape": (3, 4)},
            {"target_shape": [-1, 2, 2]},
            {"target_shape": (12,)},
            Case({"target_shape": (-1, 4)}, normal(2, 3, 2, 4), unknown=(1, 2)),
            Case({"target_shape": (-1,)}, normal(2, 3, 4), unknown=(1,)),
            Case({"target_shape": (4, 3)}, integers(2, 3, 4), unknown=(1,)),
            Case({"target_shape": ()}, normal(5, 1)),
        ],
        oracle=Peer(tf_keras.layers.Reshape),
        peers=[Formula(lambda x, w, c: x.reshape(len(x), *c["target_shape"]))],
        bad=[
            ({"target_shape": (-1, -1)}, "target_shape"),
            ({"target_shape": (0, 3)}, "target_shape"),
            ({"target_shape": "all"}, "target_shape"),
            ({"target_shape": 12}, "target_shape"),
            ({"target_shape": (2.5, 2)}, "target_shape"),
        ],
        bad_input=[
            ({"target_shape": (3, 5)}, (None, 12), "(3, 5)"),
            ({"target_shape": (-1, 5)}, (None, 12), "(-1, 5)"),
        ],
    ),
    Component(
        tfk_ext.Permute,
        inputs=normal(2, 3, 4),
        configs=[
            {"dims": (2, 1)},
            {"dims": [1, 2]},
            Case({"dims": (3, 1, 2)}, integers(2, 3, 4, 5), unknown=(1, 2)),
        ],
        oracle=Peer(tf_keras.layers.Permute),
        peers=[Formula(lambda x, w, c: x.transpose(0, *c["dims"]))],
        bad=[
            ({"dims": (0, 1)}, "dims"),
            ({"dims": (1, 3)}, "dims"),
            ({"dims": 2}, "dims"),
            ({"dims": ()}, "dims"),
        ],
        bad_input=[({"dims": (2, 1)}, (None, 3), "expected ndim=3")],
        unknown=(1, 2),
    ),
    Component(
        tfk_ext.RepeatVector,
        inputs=normal(3, 4),
        configs=[{"n": 3}, {"n": 1}, Case({"n": 2}, integers(2, 3))],
        oracle=Peer(tf_keras.layers.RepeatVector),
        peers=[Formula(lambda x, w, c: np.stack([x] * c["n"], 1))],
        bad=[({"n": 0}, "n"), ({"n": 1.5}, "n"), ({"n": "many"}, "n")],
        bad_input=[({"n": 2}, (None, 3, 4), "expected ndim=2")],
        unknown=(1,),
    ),
    Component(
        tfk_ext.Lambda,
        inputs=normal(3, 4),
        configs=[
            {"function": tf.math.square},
            {"function": tf.math.pow, "arguments": {"y": 3.0}},
            {"function": tf.math.square, "output_shape": (4,)},
            Case({"function": tf.math.add_n}, [normal(2, 3), normal(2, 3)], unknown=(1,)),
            Case({"function": tf.expand_dims, "arguments": {"axis": -1}}, unknown=(1,)),
        ],
        oracle=Peer(tf_keras.layers.Lambda),
        peers=[Peer(tf.keras.layers.Lambda)],
        bad=[
            ({"function": "square"}, "function"),
            ({"function": tf.math.square, "arguments": [1]}, "arguments"),
            ({"function": tf.math.square, "output_shape": "all"}, "output_shape"),
        ],
        bad_input=[({"function": tf.math.square, "output_shape": (5,)}, (3, 4), "output_shape says")],
        mask="consumes",
        unknown=(1,),
    ),
    Component(
        tfk_ext.ActivityRegularization,
        inputs=normal(3, 4),
        configs=[{"l1": 0.1, "l2": 0.2}, {}, {"l1": 1}],
        oracle=Peer(tf_keras.layers.ActivityRegularization),
        bad=[({"l1": -1}, "l1"), ({"l2": "much"}, "l2")],
        mask="passes",
        unknown=(1,),
    ),
    Component(
        tfk_ext.Masking,
        inputs=integers(2, 3, 2, low=0, high=2),
        configs=[
            {"mask_value": 1},
            Case({}, Inputs((2, 4, 3), _padded)),
            Case({"mask_value": 0.5}, Inputs((2, 4, 3), lambda rng, size: 0.5 * _padded(rng, size) + 0.5)),
            Case(
                {"mask_value": [0.0, 1.0]},
                Inputs((2, 4, 2), _bits),
                unknown=(1,),
            ),
        ],
        oracle=Formula(_masking),
        peers=[
            Peer(
                tf_keras.layers.Masking,
                gradients=False,
                skip=_one_value,
            )
        ],
        bad=[({"mask_value": "none"}, "mask_value"), ({"mask_value": None}, "mask_value")],
        mask=lambda layer, x, mask: (np.asarray(x) != 1).any(-1),
        mask_shape=(2, 3),
        off={"gradients": "the output jumps where a step becomes equal to mask_value"},
    ),
]
