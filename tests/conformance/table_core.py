"""The core layers."""

import numpy as np
import tf_keras

import tfk_ext
from tests.conformance.descriptor import Case, Component, Formula, Peer, normal

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
]
