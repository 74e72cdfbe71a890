"""The merge layers."""

import numpy as np
import tf_keras

import tfk_ext
from tests.conformance.descriptor import Case, Component, Formula, Peer, integers, normal

PAIR = [normal(3, 4), normal(3, 4)]
BROADCAST = [normal(2, 3, 4), normal(2, 1, 4), normal(2, 4)]


def _aligned(xs):
    rank = max(x.ndim for x in xs)
    return [x.reshape(len(x), *[1] * (rank - x.ndim), *x.shape[1:]) for x in xs]


def _elementwise(cls, peer, reduce):
    return Component(
        cls,
        inputs=PAIR,
        configs=[
            {},
            Case({}, [normal(2, 3, 4)] * 3, unknown=(1,)),
            Case({}, BROADCAST),
            Case({}, [normal(2, 3)]),
        ],
        oracle=Peer(peer),
        peers=[Formula(lambda xs, w, c: reduce(np.stack(np.broadcast_arrays(*_aligned(xs)))))],
        bad_input=[
            ({}, [(None, 3), (None, 4)], "(None, 3), (None, 4)"),
            ({}, [(2, 3), (4, 3)], "different batch sizes"),
            ({}, (None, 3), "a list of inputs"),
        ],
        mask="passes",
        unknown=(1,),
    )


def _dot(xs, weights, config):
    x, y = xs
    axes = config.get("axes", -1)
    a, b = axes if isinstance(axes, (list, tuple)) else (axes, axes)
    a, b = a % x.ndim, b % y.ndim
    if config.get("normalize"):
        x = x / np.linalg.norm(x, axis=a, keepdims=True)
        y = y / np.linalg.norm(y, axis=b, keepdims=True)
    z = np.stack([np.tensordot(s, t, (a - 1, b - 1)) for s, t in zip(x, y)])
    return z[:, None] if z.ndim == 1 else z


ROWS = [
    _elementwise(tfk_ext.Add, tf_keras.layers.Add, lambda s: s.sum(0)),
    Component(
        tfk_ext.Subtract,
        inputs=PAIR,
        configs=[{}, Case({}, [normal(2, 3, 4), normal(2, 4)]), Case({}, [integers(2, 3), integers(2, 3)])],
        oracle=Peer(tf_keras.layers.Subtract),
        peers=[Formula(lambda xs, w, c: np.subtract(*_aligned(xs)))],
        bad_input=[
            ({}, [(None, 3)], "exactly two inputs"),
            ({}, [(None, 3)] * 3, "exactly two inputs"),
            ({}, [(None, 3), (None, 4)], "do not fit"),
        ],
        mask="passes",
        unknown=(1,),
    ),
    _elementwise(tfk_ext.Multiply, tf_keras.layers.Multiply, lambda s: s.prod(0)),
    _elementwise(tfk_ext.Average, tf_keras.layers.Average, lambda s: s.mean(0)),
    _elementwise(tfk_ext.Maximum, tf_keras.layers.Maximum, lambda s: s.max(0)),
    _elementwise(tfk_ext.Minimum, tf_keras.layers.Minimum, lambda s: s.min(0)),
    Component(
        tfk_ext.Concatenate,
        inputs=[normal(3, 4), normal(3, 2)],
        configs=[
            {},
            {"axis": 1},
            Case({"axis": 1}, [normal(2, 3, 4), normal(2, 1, 4), normal(2, 2, 4)], unknown=(1,)),
            Case({"axis": -2}, [normal(2, 3, 4), normal(2, 5, 4)]),
            Case({"axis": 2}, [normal(2, 3, 4), normal(2, 3, 1)], unknown=(1,)),
            Case({"axis": -1}, [integers(2, 3), integers(2, 5)]),
            Case({"axis": -1}, [normal(2, 3)]),
        ],
        oracle=Peer(tf_keras.layers.Concatenate),
        peers=[Formula(lambda xs, w, c: np.concatenate(xs, c.get("axis", -1)))],
        bad=[({"axis": "last"}, "axis"), ({"axis": None}, "axis")],
        bad_input=[
            ({"axis": 1}, [(None, 3, 4), (None, 3, 5)], "along axis 2"),
            ({"axis": 3}, [(None, 3, 4), (None, 3, 4)], "axis 3"),
            ({}, [(None, 3, 4), (None, 4)], "number of axes"),
            ({}, (None, 4), "a list of inputs"),
        ],
        off={"mask": "tested in tests/layers/test_merge.py: inputs of one shape can't carry these masks"},
    ),
    Component(
        tfk_ext.Dot,
        inputs=PAIR,
        configs=[
            {"axes": 1},
            {"axes": -1, "normalize": True},
            Case({"axes": (2, 1)}, [normal(2, 3, 4), normal(2, 4, 5)], unknown=(1,)),
            Case({"axes": [1, 2]}, [normal(2, 4, 3), normal(2, 5, 4)]),
            Case({"axes": 2, "normalize": True}, [normal(2, 3, 4), normal(2, 5, 4)], unknown=(1,)),
            Case({"axes": (1, 1)}, [normal(2, 3), normal(2, 3, 5)], unknown=(1,)),
            Case({"axes": (1, 1)}, [normal(2, 3, 5), normal(2, 3)]),
        ],
        oracle=Formula(_dot),
        peers=[Peer(tf_keras.layers.Dot)],
        bad=[
            ({"axes": 0}, "axes"),
            ({"axes": (0, 1)}, "axes"),
            ({"axes": "last"}, "axes"),
            ({"axes": (1, 2, 3)}, "axes"),
            ({"axes": 1, "normalize": "yes"}, "normalize"),
        ],
        bad_input=[
            ({"axes": 1}, [(None, 3), (None, 4)], "different sizes, 3 and 4"),
            ({"axes": 2}, [(None, 3), (None, 3)], "axes 2"),
            ({"axes": 1}, [(None, 3)] * 3, "exactly two inputs"),
        ],
        mask="consumes",
    ),
]
