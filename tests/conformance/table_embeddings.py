"""Embedding."""

import tensorflow as tf
import tf_keras

import tfk_ext
from tests.conformance.descriptor import Case, Component, Formula, Peer, integers, uniform

ROWS = [
    Component(
        tfk_ext.Embedding,
        inputs=integers(3, 5, high=7),
        configs=[
            {"input_dim": 7, "output_dim": 4},
            {"input_dim": 9, "output_dim": 2, "embeddings_initializer": "he_normal", "input_length": 5},
            {
                "input_dim": 7,
                "output_dim": 3,
                "embeddings_regularizer": "l2",
                "embeddings_constraint": "non_neg",
            },
            {"input_dim": 7, "output_dim": 3, "activity_regularizer": "l1", "mask_zero": True},
            Case({"input_dim": 7, "output_dim": 2, "input_length": (2, 3)}, integers(2, 2, 3, high=7)),
            Case({"input_dim": 7, "output_dim": 2, "input_length": (None, 3)}, integers(2, 2, 3, high=7)),
            Case({"input_dim": 7, "output_dim": 2}, integers(4, high=7), unknown=()),
            Case({"input_dim": 7, "output_dim": 2}, uniform(2, 3, high=6.9)),
        ],
        oracle=Formula(lambda x, w, c: w[0][x.astype(int)]),
        peers=[
            Peer(tf_keras.layers.Embedding),
            Peer(tf.keras.layers.Embedding, rename={"input_length": None}),
        ],
        bad=[
            ({"input_dim": 0, "output_dim": 2}, "input_dim"),
            ({"input_dim": 2.5, "output_dim": 2}, "input_dim"),
            ({"input_dim": 3, "output_dim": 0}, "output_dim"),
            ({"input_dim": 3, "output_dim": 2, "mask_zero": "yes"}, "mask_zero"),
            ({"input_dim": 3, "output_dim": 2, "input_length": 0}, "input_length"),
            ({"input_dim": 3, "output_dim": 2, "input_length": "long"}, "input_length"),
        ],
        bad_input=[
            ({"input_dim": 3, "output_dim": 2, "input_length": 4}, (None, 5), "input_length is 4"),
            ({"input_dim": 3, "output_dim": 2, "input_length": (4, 2)}, (None, 4), "input_length is (4, 2)"),
        ],
        mask="refuses",
        unknown=(1,),
    ),
]
