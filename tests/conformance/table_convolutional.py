"""Convolutions, cropping, upsampling, zero padding."""

import tf_keras

import tfk_ext
from tests.conformance.descriptor import Case, Component, Peer, normal

FIRST = "channels_first"

# What every convolution refuses at construction; each row adds its own.
COMMON = [
    ({"padding": "full"}, "padding"),
    ({"strides": 0}, "strides"),
    ({"strides": 2, "dilation_rate": 2}, "dilation_rate"),
    ({"data_format": "last"}, "data_format"),
    ({"activation": "no"}, "no"),
    ({"use_bias": "no"}, "use_bias"),
]


def bad(required, *own):
    """The misuses common to all convolutions and a row's own, on top of the required arguments."""
    return [({**required, **config}, words) for config, words in (*COMMON, *own)]


def peer(cls, **options):
    """The class of Keras 2, in channels_last."""
    return Peer(cls, channels_last=True, **options)


OPTIONS = {
    "activation": "tanh",
    "kernel_regularizer": "l2",
    "bias_regularizer": "l1",
    "activity_regularizer": "l2",
    "kernel_constraint": "max_norm",
    "bias_constraint": "non_neg",
    "bias_initializer": "ones",
}


ROWS = [
    Component(
        tfk_ext.Conv1D,
        inputs=normal(2, 7, 4),
        configs=[
            {"filters": 3, "kernel_size": 2},
            {"filters": 3, "kernel_size": 3, "padding": "same", "strides": 2, "use_bias": False},
            {"filters": 2, "kernel_size": 3, "padding": "causal", **OPTIONS},
            {"filters": 2, "kernel_size": (2,), "padding": "causal", "dilation_rate": 2},
            {"filters": 2, "kernel_size": 3, "padding": "same", "dilation_rate": 2},
            {"filters": 4, "kernel_size": 2, "groups": 2, "padding": "causal", "strides": 2},
            Case(
                {"filters": 2, "kernel_size": 3, "data_format": FIRST, "padding": "same"},
                normal(2, 4, 7),
                unknown=(2,),
            ),
            Case(
                {"filters": 4, "kernel_size": 2, "data_format": FIRST, "groups": 2},
                normal(2, 4, 7),
                unknown=(2,),
            ),
            Case({"filters": 2, "kernel_size": 3}, normal(2, 3, 7, 4), unknown=(2,)),
        ],
        oracle=peer(tf_keras.layers.Conv1D),
        bad=bad(
            {"filters": 2, "kernel_size": 3},
            ({"filters": 0}, "filters"),
            ({"filters": 3, "groups": 2}, "groups"),
            ({"groups": 0}, "groups"),
            ({"kernel_size": 0}, "kernel_size"),
            ({"kernel_size": (3, 3)}, "kernel_size"),
        ),
        bad_input=[
            ({"filters": 2, "kernel_size": 3}, (None, 4), "3 axes"),
            ({"filters": 2, "kernel_size": 3}, (None, 7, None), "channels"),
            ({"filters": 2, "kernel_size": 8}, (None, 7, 4), "larger than the input"),
            ({"filters": 2, "kernel_size": 3, "groups": 2}, (None, 7, 3), "groups"),
        ],
        unknown=(1,),
    ),
    Component(
        tfk_ext.Conv2D,
        inputs=normal(2, 6, 5, 4),
        configs=[
            {"filters": 3, "kernel_size": 3},
            {"filters": 3, "kernel_size": (3, 2), "padding": "same", "strides": (2, 1), **OPTIONS},
            {"filters": 2, "kernel_size": 2, "padding": "same", "dilation_rate": (2, 1), "use_bias": False},
            {"filters": 2, "kernel_size": (2, 3), "dilation_rate": 2},
            {"filters": 4, "kernel_size": 3, "groups": 2, "padding": "same"},
            {"filters": 4, "kernel_size": (3, 1), "groups": 4, "strides": 2},
            Case(
                {"filters": 3, "kernel_size": 3, "data_format": FIRST, "padding": "same", "strides": 2},
                normal(2, 4, 6, 5),
                unknown=(2, 3),
            ),
            Case(
                {"filters": 3, "kernel_size": 2, "data_format": FIRST, **OPTIONS},
                normal(2, 4, 6, 5),
                unknown=(2, 3),
            ),
            Case({"filters": 2, "kernel_size": 3}, normal(2, 2, 6, 5, 4), unknown=(2, 3)),
        ],
        oracle=peer(tf_keras.layers.Conv2D),
        bad=bad(
            {"filters": 2, "kernel_size": 3},
            ({"filters": -1}, "filters"),
            ({"filters": 3, "groups": 2}, "groups"),
            ({"kernel_size": (3, 0)}, "kernel_size"),
            ({"kernel_size": (3, 3, 3)}, "kernel_size"),
            ({"padding": "causal"}, "padding"),
            ({"strides": (2, 1), "dilation_rate": (1, 2)}, "strides"),
        ),
        bad_input=[
            ({"filters": 2, "kernel_size": 3}, (None, 7, 4), "4 axes"),
            ({"filters": 2, "kernel_size": 3}, (None, 7, 7, None), "channels"),
            (
                {"filters": 2, "kernel_size": 5},
                (None, 7, 3, 4),
                "kernel_size (5, 5) is larger than the input's (7, 3)",
            ),
            ({"filters": 2, "kernel_size": 3, "dilation_rate": 4}, (None, 7, 7, 4), "(9, 9)"),
            ({"filters": 2, "kernel_size": 3, "groups": 2}, (None, 7, 7, 3), "groups"),
        ],
        unknown=(1, 2),
    ),
    Component(
        tfk_ext.Conv3D,
        inputs=normal(2, 4, 5, 4, 2),
        configs=[
            {"filters": 3, "kernel_size": 2},
            {"filters": 2, "kernel_size": (2, 3, 1), "padding": "same", "strides": (1, 2, 2), **OPTIONS},
            {"filters": 2, "kernel_size": 2, "dilation_rate": 2, "padding": "same", "use_bias": False},
            {"filters": 2, "kernel_size": 2, "groups": 2, "strides": 2},
            Case(
                {"filters": 3, "kernel_size": 2, "data_format": FIRST},
                normal(2, 2, 4, 5, 4),
                unknown=(2, 3, 4),
            ),
            Case({"filters": 2, "kernel_size": 2}, normal(2, 2, 3, 3, 4, 2), unknown=(2, 3)),
        ],
        oracle=peer(tf_keras.layers.Conv3D),
        bad=bad(
            {"filters": 2, "kernel_size": 3},
            ({"filters": "two"}, "filters"),
            ({"filters": 3, "groups": 2}, "groups"),
            ({"kernel_size": (3, 3)}, "kernel_size"),
            ({"padding": "causal"}, "padding"),
        ),
        bad_input=[
            ({"filters": 2, "kernel_size": 3}, (None, 7, 7, 4), "5 axes"),
            ({"filters": 2, "kernel_size": 3}, (None, 7, 7, 7, None), "channels"),
            ({"filters": 2, "kernel_size": 3}, (None, 7, 2, 7, 4), "larger than the input"),
        ],
        unknown=(1, 2, 3),
    ),
    Component(
        tfk_ext.Conv2DTranspose,
        inputs=normal(2, 4, 3, 5),
        configs=[
            {"filters": 3, "kernel_size": 3},
            {"filters": 3, "kernel_size": 5, "strides": 2, "padding": "same", "use_bias": False},
            {"filters": 2, "kernel_size": (2, 3), "strides": (3, 2), **OPTIONS},
            {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same", "output_padding": (0, 1)},
            {"filters": 2, "kernel_size": 3, "strides": 3, "output_padding": 2},
            {"filters": 2, "kernel_size": 3, "dilation_rate": 2, "padding": "same"},
            {"filters": 2, "kernel_size": 2, "dilation_rate": 2},
            Case(
                {"filters": 3, "kernel_size": 4, "strides": 2, "padding": "same", "data_format": FIRST},
                normal(2, 5, 4, 3),
                unknown=(2, 3),
            ),
        ],
        oracle=peer(tf_keras.layers.Conv2DTranspose),
        bad=bad(
            {"filters": 2, "kernel_size": 3},
            ({"filters": 0}, "filters"),
            ({"kernel_size": (3, 3, 3)}, "kernel_size"),
            ({"output_padding": 1}, "output_padding"),
            ({"output_padding": (0, -1)}, "output_padding"),
            ({"padding": "causal"}, "padding"),
        ),
        bad_input=[
            ({"filters": 2, "kernel_size": 3}, (None, 7, 4), "4 axes"),
            ({"filters": 2, "kernel_size": 3}, (None, 7, 7, None), "channels"),
        ],
        unknown=(1, 2),
    ),
    Component(
        tfk_ext.UpSampling2D,
        inputs=normal(2, 3, 4, 2),
        configs=[
            {},
            {"size": (1, 3)},
            *(
                {"size": (3, 2), "interpolation": name}
                for name in ("nearest", "bilinear", "bicubic", "lanczos3")
            ),
            *({"interpolation": name} for name in ("lanczos5", "gaussian", "mitchellcubic")),
            Case({"size": (2, 3), "data_format": FIRST}, normal(2, 2, 3, 4), unknown=(2, 3)),
            Case({"data_format": FIRST, "interpolation": "bilinear"}, normal(2, 2, 3, 4), unknown=(2, 3)),
            Case({"data_format": FIRST, "interpolation": "bicubic"}, normal(2, 2, 3, 4), unknown=(2, 3)),
        ],
        oracle=peer(tf_keras.layers.UpSampling2D),
        bad=[
            ({"size": 0}, "size"),
            ({"size": (2, 2, 2)}, "size"),
            ({"interpolation": "cubic"}, "interpolation"),
            ({"data_format": "last"}, "data_format"),
        ],
        bad_input=[({}, (None, 3, 4), "expected ndim=4")],
        unknown=(1, 2),
    ),
]
