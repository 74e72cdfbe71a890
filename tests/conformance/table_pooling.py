"""Pooling over windows and over whole spatial axes."""

import numpy as np
import tf_keras

import tfk_ext
from tests.conformance.descriptor import Case, Component, Formula, Peer, normal

FIRST = "channels_first"
NAMES = {1: "(steps)", 2: "(rows, columns)", 3: "(depth, rows, columns)"}
# An input for each number of spatial axes, and where it may be unknown.
LAST = {1: normal(2, 7, 3), 2: normal(2, 6, 5, 3), 3: normal(2, 4, 5, 3, 2)}
MOVED = {1: normal(2, 3, 7), 2: normal(2, 3, 6, 5), 3: normal(2, 2, 4, 5, 3)}


def window(rank):
    """A window whose sides differ where there are several."""
    return (3, 2, 1)[:rank] if rank > 1 else 3


def pooling(cls, rank):
    """The row of a pooling over windows."""
    unknown = tuple(range(1, rank + 1))
    size = window(rank)
    return Component(
        cls,
        inputs=LAST[rank],
        configs=[
            {},
            {"pool_size": size, "strides": 1},
            {"pool_size": size, "padding": "same"},
            {"pool_size": 2, "strides": (2, 1, 2)[:rank], "padding": "same"},
            Case(
                {"pool_size": size, "strides": 2, "padding": "same", "data_format": FIRST},
                MOVED[rank],
                unknown=tuple(range(2, rank + 2)),
            ),
            Case({"data_format": FIRST}, MOVED[rank], unknown=tuple(range(2, rank + 2))),
        ],
        oracle=Peer(getattr(tf_keras.layers, cls.__name__), channels_last=True),
        bad=[
            ({"pool_size": 0}, "pool_size"),
            ({"pool_size": (2,) * (rank + 1)}, "pool_size"),
            ({"strides": 0}, "strides"),
            ({"strides": "two"}, "strides"),
            ({"padding": "causal"}, "padding"),
            ({"data_format": "last"}, "data_format"),
        ],
        bad_input=[
            ({}, (None, *(4,) * rank), f"expected ndim={rank + 2}"),
            ({"pool_size": 5}, (None, *(6, 6, 6)[1:rank], 4, 3), "larger than the input's"),
            ({"pool_size": 5}, (None, *(6, 6, 6)[1:rank], 4, 3), NAMES[rank]),
        ],
        unknown=unknown,
        off={"tflite": "TFLite has no pooling over volumes"} if rank == 3 else {},
    )


def global_pooling(cls, rank, **options):
    """The row of a pooling over whole axes."""
    first = tuple(range(2, rank + 2))
    reduce = np.max if "Max" in cls.__name__ else np.mean
    return Component(
        cls,
        inputs=LAST[rank],
        configs=[
            {},
            {"keepdims": True},
            Case({"data_format": FIRST}, MOVED[rank], unknown=first),
            Case({"data_format": FIRST, "keepdims": True}, MOVED[rank], unknown=first),
        ],
        oracle=Formula(
            lambda x, w, c: reduce(
                x,
                axis=first if c.get("data_format") == FIRST else tuple(range(1, rank + 1)),
                keepdims=c.get("keepdims", False),
            )
        ),
        # Of Keras 2 the outputs of rank 2 can't be moved by the suite; its kernels know both formats here.
        peers=[Peer(getattr(tf_keras.layers, cls.__name__))],
        bad=[({"data_format": "last"}, "data_format"), ({"keepdims": "yes"}, "keepdims")],
        bad_input=[({}, (None, *(4,) * rank), f"expected ndim={rank + 2}")],
        unknown=tuple(range(1, rank + 1)),
        **options,
    )


ROWS = [
    pooling(tfk_ext.MaxPooling1D, 1),
    pooling(tfk_ext.MaxPooling2D, 2),
    pooling(tfk_ext.MaxPooling3D, 3),
    pooling(tfk_ext.AveragePooling1D, 1),
    pooling(tfk_ext.AveragePooling2D, 2),
    pooling(tfk_ext.AveragePooling3D, 3),
    global_pooling(tfk_ext.GlobalMaxPooling1D, 1),
    global_pooling(tfk_ext.GlobalMaxPooling2D, 2),
    global_pooling(tfk_ext.GlobalMaxPooling3D, 3),
    global_pooling(tfk_ext.GlobalAveragePooling1D, 1, mask="consumes"),
    global_pooling(tfk_ext.GlobalAveragePooling2D, 2),
    global_pooling(tfk_ext.GlobalAveragePooling3D, 3),
]
