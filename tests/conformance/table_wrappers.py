"""The wrappers: Bidirectional and TimeDistributed."""

import tf_keras

import tfk_ext
from tests.conformance.descriptor import Case, Component, Made, Peer, normal


def _layer(name, *args, **options):
    """A layer for each of ours, by its class name, and what Keras 2 makes of the same arguments."""
    return Made(lambda **more: getattr(tfk_ext, name)(*args, **options, **more))


def _keras2(layer):
    """The layer of Keras 2 with the configuration of ours."""
    if layer is None:
        return None
    cls = getattr(tf_keras.layers, type(layer).__name__)
    config = layer.get_config()
    if "layer" in config:
        return cls(_keras2(layer.layer))
    for name in list(config):
        if name in ("dtype", "name", "seed") or name.endswith(("initializer", "regularizer", "constraint")):
            del config[name]
    config.pop("use_cudnn", None)
    if type(layer).__name__ == "SimpleRNN":
        config.pop("time_major")
    return cls.from_config(config)


def _bidirectional(layer, backward_layer=None, **options):
    return tf_keras.layers.Bidirectional(_keras2(layer), backward_layer=_keras2(backward_layer), **options)


def _time_distributed(layer):
    return tf_keras.layers.TimeDistributed(_keras2(layer))


NESTED = Made(lambda **options: tfk_ext.TimeDistributed(tfk_ext.Dense(2, **options), **options))

ROWS = [
    Component(
        tfk_ext.Bidirectional,
        inputs=normal(2, 4, 3),
        configs=[
            {"layer": _layer("LSTM", 3)},
            {"layer": _layer("GRU", 2, return_sequences=True), "merge_mode": "sum"},
            {"layer": _layer("SimpleRNN", 2, return_state=True), "merge_mode": "mul"},
            {"layer": _layer("LSTM", 2, return_sequences=True, return_state=True), "merge_mode": None},
            {"layer": _layer("GRU", 2, reset_after=True, return_sequences=True), "merge_mode": "ave"},
            {
                "layer": _layer("LSTM", 3, return_sequences=True),
                "backward_layer": _layer(
                    "LSTM", 3, return_sequences=True, go_backwards=True, activation="relu"
                ),
            },
        ],
        oracle=Peer(_bidirectional),
        bad=[
            ({"layer": 3}, "layer must be a layer"),
            ({"layer": tfk_ext.Dense(2)}, "has no go_backwards"),
            ({"layer": tfk_ext.LSTM(2), "merge_mode": "max"}, "merge_mode"),
            ({"layer": tfk_ext.LSTM(2), "backward_layer": tfk_ext.LSTM(2)}, "go_backwards"),
            (
                {
                    "layer": tfk_ext.LSTM(2),
                    "backward_layer": tfk_ext.LSTM(2, go_backwards=True, return_sequences=True),
                },
                "the same return_sequences",
            ),
        ],
        bad_input=[({"layer": tfk_ext.LSTM(2)}, (None, 4, None), "last axis")],
        mask="consumes",
        unknown=(1,),
    ),
    Component(
        tfk_ext.TimeDistributed,
        inputs=normal(2, 3, 4),
        configs=[
            {"layer": _layer("Dense", 5)},
            Case({"layer": _layer("Conv2D", 2, 2, activation="relu")}, normal(2, 3, 4, 4, 2)),
            Case({"layer": _layer("LSTM", 3, return_sequences=True)}, normal(2, 3, 4, 2), unknown=(1, 2)),
            Case({"layer": NESTED}, normal(2, 3, 2, 4)),
            {"layer": _layer("BatchNormalization")},
            Case({"layer": _layer("Flatten")}, normal(2, 3, 2, 2)),
        ],
        oracle=Peer(_time_distributed),
        bad=[({"layer": "Dense"}, "layer must be a layer")],
        bad_input=[
            ({"layer": tfk_ext.Dense(2)}, (None, 4), "3 axes"),
            ({"layer": tfk_ext.Dense(2)}, (None, 4, None), "last axis"),
        ],
        mask="passes",
        unknown=(1,),
    ),
]
