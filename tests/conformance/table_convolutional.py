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

DEPTHWISE = {
    "activation": "tanh",
    "depthwise_regularizer": "l2",
    "depthwise_constraint": "max_norm",
    "bias_regularizer": "l1",
    "activity_regularizer": "l2",
    "bias_constraint": "non_neg",
}
SEPARABLE = {**DEPTHWISE, "pointwise_regularizer": "l1", "pointwise_constraint": "unit_norm"}

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
        tfk_ext.Conv1DTranspose,
        inputs=normal(2, 4, 5),
        configs=[
            {"filters": 3, "kernel_size": 3},
            {"filters": 3, "kernel_size": 4, "strides": 2, "padding": "same", "use_bias": False},
            {"filters": 2, "kernel_size": 2, "strides": 3, **OPTIONS},
            {"filters": 2, "kernel_size": 3, "strides": 3, "output_padding": 1, "padding": "same"},
            {"filters": 2, "kernel_size": 3, "dilation_rate": 2},
            Case(
                {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same", "data_format": FIRST},
                normal(2, 5, 4),
                unknown=(2,),
            ),
        ],
        oracle=peer(tf_keras.layers.Conv1DTranspose),
        bad=bad(
            {"filters": 2, "kernel_size": 3},
            ({"filters": 0}, "filters"),
            ({"kernel_size": (3, 3)}, "kernel_size"),
            ({"output_padding": 1}, "output_padding"),
            ({"padding": "causal"}, "padding"),
        ),
        bad_input=[
            ({"filters": 2, "kernel_size": 3}, (None, 4), "3 axes"),
            ({"filters": 2, "kernel_size": 3}, (None, 7, None), "channels"),
        ],
        unknown=(1,),
    ),
    Component(
        tfk_ext.Conv3DTranspose,
        inputs=normal(2, 2, 3, 2, 4),
        configs=[
            {"filters": 3, "kernel_size": 2},
            {"filters": 2, "kernel_size": (2, 3, 1), "strides": (1, 2, 2), "padding": "same", **OPTIONS},
            {"filters": 2, "kernel_size": 3, "strides": 2, "output_padding": (0, 1, 0), "use_bias": False},
            Case(
                {"filters": 2, "kernel_size": 2, "strides": 2, "data_format": FIRST},
                normal(2, 4, 2, 3, 2),
                unknown=(2, 3, 4),
            ),
        ],
        oracle=peer(tf_keras.layers.Conv3DTranspose),
        bad=bad(
            {"filters": 2, "kernel_size": 3},
            ({"filters": 0}, "filters"),
            ({"kernel_size": (3, 3)}, "kernel_size"),
            ({"output_padding": (0, 0, 1)}, "output_padding"),
            ({"padding": "causal"}, "padding"),
        ),
        bad_input=[
            ({"filters": 2, "kernel_size": 3}, (None, 7, 7, 4), "5 axes"),
            ({"filters": 2, "kernel_size": 3}, (None, 7, 7, 7, None), "channels"),
        ],
        unknown=(1, 2, 3),
    ),
    Component(
        tfk_ext.SeparableConv1D,
        inputs=normal(2, 7, 3),
        configs=[
            {"filters": 4, "kernel_size": 3},
            {"filters": 2, "kernel_size": 3, "padding": "causal", "depth_multiplier": 2, **SEPARABLE},
            {"filters": 2, "kernel_size": 2, "padding": "same", "strides": 2, "use_bias": False},
            {"filters": 2, "kernel_size": 2, "padding": "causal", "dilation_rate": 2},
            {"filters": 2, "kernel_size": 3, "padding": "same", "dilation_rate": 2},
            Case({"filters": 2, "kernel_size": 3, "data_format": FIRST}, normal(2, 3, 7), unknown=(2,)),
        ],
        oracle=peer(tf_keras.layers.SeparableConv1D),
        bad=bad(
            {"filters": 2, "kernel_size": 3},
            ({"filters": 0}, "filters"),
            ({"kernel_size": (3, 3)}, "kernel_size"),
            ({"depth_multiplier": 0}, "depth_multiplier"),
        ),
        bad_input=[
            ({"filters": 2, "kernel_size": 3}, (None, 4), "3 axes"),
            ({"filters": 2, "kernel_size": 3}, (None, 7, None), "channels"),
            ({"filters": 2, "kernel_size": 8}, (None, 7, 4), "larger than the input"),
        ],
        unknown=(1,),
    ),
    Component(
        tfk_ext.SeparableConv2D,
        inputs=normal(2, 6, 5, 3),
        configs=[
            {"filters": 4, "kernel_size": 3},
            {"filters": 2, "kernel_size": (3, 2), "padding": "same", "depth_multiplier": 2, **SEPARABLE},
            {"filters": 2, "kernel_size": 2, "padding": "same", "strides": 2, "use_bias": False},
            {"filters": 2, "kernel_size": 2, "dilation_rate": 2},
            {"filters": 2, "kernel_size": 3, "strides": (1, 2)},
            {"filters": 2, "kernel_size": (3, 4), "strides": (3, 2), "padding": "same"},
            Case({"filters": 2, "kernel_size": 3, "data_format": FIRST}, normal(2, 3, 6, 5), unknown=(2, 3)),
        ],
        oracle=peer(tf_keras.layers.SeparableConv2D),
        bad=bad(
            {"filters": 2, "kernel_size": 3},
            ({"filters": 0}, "filters"),
            ({"kernel_size": (3, 3, 3)}, "kernel_size"),
            ({"depth_multiplier": -1}, "depth_multiplier"),
            ({"padding": "causal"}, "padding"),
        ),
        bad_input=[
            ({"filters": 2, "kernel_size": 3}, (None, 7, 4), "4 axes"),
            ({"filters": 2, "kernel_size": 3}, (None, 7, 7, None), "channels"),
            ({"filters": 2, "kernel_size": 3}, (None, 7, 2, 4), "larger than the input"),
        ],
        unknown=(1, 2),
    ),
    Component(
        tfk_ext.DepthwiseConv1D,
        inputs=normal(2, 7, 3),
        configs=[
            {"kernel_size": 3},
            {"kernel_size": 2, "depth_multiplier": 2, "padding": "same", **DEPTHWISE},
            {"kernel_size": 2, "strides": 2, "use_bias": False},
            {"kernel_size": 3, "padding": "same", "dilation_rate": 2},
            Case({"kernel_size": 3, "data_format": FIRST}, normal(2, 3, 7), unknown=(2,)),
        ],
        oracle=peer(tf_keras.layers.DepthwiseConv1D),
        bad=bad(
            {"kernel_size": 3},
            ({"kernel_size": 0}, "kernel_size"),
            ({"depth_multiplier": 0}, "depth_multiplier"),
            ({"padding": "causal"}, "padding"),
        ),
        bad_input=[
            ({"kernel_size": 3}, (None, 4), "3 axes"),
            ({"kernel_size": 3}, (None, 7, None), "channels"),
            ({"kernel_size": 8}, (None, 7, 4), "larger than the input"),
        ],
        unknown=(1,),
    ),
    Component(
        tfk_ext.DepthwiseConv2D,
        inputs=normal(2, 6, 5, 3),
        configs=[
            {"kernel_size": 3},
            {"kernel_size": (2, 3), "depth_multiplier": 2, "padding": "same", **DEPTHWISE},
            {"kernel_size": 2, "strides": 2, "use_bias": False, "padding": "same"},
            {"kernel_size": 2, "dilation_rate": 2},
            {"kernel_size": 3, "strides": (2, 1), "padding": "same"},
            {"kernel_size": (2, 4), "strides": (2, 3), "depth_multiplier": 2},
            Case({"kernel_size": 3, "data_format": FIRST, **DEPTHWISE}, normal(2, 3, 6, 5), unknown=(2, 3)),
        ],
        oracle=peer(tf_keras.layers.DepthwiseConv2D),
        bad=bad(
            {"kernel_size": 3},
            ({"kernel_size": (3, 0)}, "kernel_size"),
            ({"depth_multiplier": 0}, "depth_multiplier"),
            ({"padding": "causal"}, "padding"),
        ),
        bad_input=[
            ({"kernel_size": 3}, (None, 7, 4), "4 axes"),
            ({"kernel_size": 3}, (None, 7, 7, None), "channels"),
            ({"kernel_size": 3}, (None, 7, 2, 4), "larger than the input"),
        ],
        unknown=(1, 2),
    ),
    Component(
        tfk_ext.Cropping1D,
        inputs=normal(2, 6, 3),
        configs=[
            {},
            {"cropping": 2},
            {"cropping": (0, 3)},
            Case({"cropping": (2, 0), "data_format": FIRST}, normal(2, 3, 6), unknown=(2,)),
        ],
        oracle=peer(tf_keras.layers.Cropping1D),
        bad=[
            ({"cropping": -1}, "cropping"),
            ({"cropping": (1, 1, 1)}, "cropping"),
            ({"cropping": "one"}, "cropping"),
        ],
        bad_input=[
            ({}, (None, 3), "expected ndim=3"),
            ({"cropping": (3, 4)}, (None, 7, 2), "cropping (3, 4) leaves nothing of the input's 7 (steps)"),
        ],
        unknown=(1,),
    ),
    Component(
        tfk_ext.Cropping2D,
        inputs=normal(2, 5, 6, 3),
        configs=[
            {},
            {"cropping": 2},
            {"cropping": (1, 2)},
            {"cropping": ((1, 0), (2, 3))},
            Case({"cropping": ((0, 2), 1), "data_format": FIRST}, normal(2, 3, 5, 6), unknown=(2, 3)),
        ],
        oracle=peer(tf_keras.layers.Cropping2D),
        bad=[
            ({"cropping": -1}, "cropping"),
            ({"cropping": (1, 1, 1)}, "cropping"),
            ({"cropping": ((1, 1, 1), 1)}, "cropping"),
            ({"cropping": None}, "cropping"),
            ({"data_format": "last"}, "data_format"),
        ],
        bad_input=[
            ({}, (None, 3, 3), "expected ndim=4"),
            ({"cropping": (1, 3)}, (None, 7, 6, 2), "leaves nothing"),
        ],
        unknown=(1, 2),
    ),
    Component(
        tfk_ext.Cropping3D,
        inputs=normal(2, 4, 5, 4, 2),
        configs=[
            {},
            {"cropping": 1},
            {"cropping": (0, 2, 1)},
            {"cropping": ((1, 0), (2, 1), (0, 3))},
            Case({"data_format": FIRST}, normal(2, 2, 4, 5, 4), unknown=(2, 3, 4)),
        ],
        oracle=peer(tf_keras.layers.Cropping3D),
        bad=[
            ({"cropping": -1}, "cropping"),
            ({"cropping": (1, 1)}, "cropping"),
            ({"cropping": (1, 1, "a")}, "cropping"),
        ],
        bad_input=[
            ({}, (None, 3, 3, 3), "expected ndim=5"),
            ({}, (None, 3, 2, 3, 1), "leaves nothing"),
        ],
        unknown=(1, 2, 3),
    ),
    Component(
        tfk_ext.ZeroPadding1D,
        inputs=normal(2, 4, 3),
        configs=[
            {},
            {"padding": 0},
            {"padding": (0, 3)},
            Case({"padding": (2, 0), "data_format": FIRST}, normal(2, 3, 4), unknown=(2,)),
        ],
        oracle=peer(tf_keras.layers.ZeroPadding1D),
        bad=[
            ({"padding": -1}, "padding"),
            ({"padding": (1, 1, 1)}, "padding"),
            ({"padding": "one"}, "padding"),
        ],
        bad_input=[({}, (None, 3), "expected ndim=3")],
        unknown=(1,),
    ),
    Component(
        tfk_ext.ZeroPadding2D,
        inputs=normal(2, 3, 4, 3),
        configs=[
            {},
            {"padding": 2},
            {"padding": (1, 2)},
            {"padding": ((1, 0), (2, 3))},
            Case({"padding": ((0, 2), 1), "data_format": FIRST}, normal(2, 3, 3, 4), unknown=(2, 3)),
        ],
        oracle=peer(tf_keras.layers.ZeroPadding2D),
        bad=[
            ({"padding": -1}, "padding"),
            ({"padding": (1, 1, 1)}, "padding"),
            ({"padding": ((1, 1, 1), 1)}, "padding"),
            ({"padding": "same"}, "padding"),
            ({"data_format": "last"}, "data_format"),
        ],
        bad_input=[({}, (None, 3, 3), "expected ndim=4")],
        unknown=(1, 2),
    ),
    Component(
        tfk_ext.ZeroPadding3D,
        inputs=normal(2, 2, 3, 2, 2),
        configs=[
            {},
            {"padding": 2},
            {"padding": (0, 2, 1)},
            {"padding": ((1, 0), (2, 1), (0, 3))},
            Case({"data_format": FIRST}, normal(2, 2, 2, 3, 2), unknown=(2, 3, 4)),
        ],
        oracle=peer(tf_keras.layers.ZeroPadding3D),
        bad=[
            ({"padding": -1}, "padding"),
            ({"padding": (1, 1)}, "padding"),
            ({"padding": (1, 1, "a")}, "padding"),
        ],
        bad_input=[({}, (None, 3, 3, 3), "expected ndim=5")],
        unknown=(1, 2, 3),
    ),
    Component(
        tfk_ext.UpSampling1D,
        inputs=normal(2, 3, 4),
        configs=[
            {},
            {"size": 3},
            {"size": 1},
            Case({"data_format": FIRST}, normal(2, 4, 3), unknown=(2,)),
        ],
        oracle=peer(tf_keras.layers.UpSampling1D),
        bad=[({"size": 0}, "size"), ({"size": (2, 2)}, "size"), ({"size": 1.5}, "size")],
        bad_input=[({}, (None, 3), "expected ndim=3")],
        unknown=(1,),
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
    Component(
        tfk_ext.UpSampling3D,
        inputs=normal(2, 2, 3, 2, 2),
        configs=[
            {},
            {"size": (1, 3, 2)},
            Case({"size": (2, 1, 3), "data_format": FIRST}, normal(2, 2, 2, 3, 2), unknown=(2, 3, 4)),
        ],
        oracle=peer(tf_keras.layers.UpSampling3D),
        bad=[({"size": 0}, "size"), ({"size": (2, 2)}, "size"), ({"data_format": "last"}, "data_format")],
        bad_input=[({}, (None, 3, 3, 3), "expected ndim=5")],
        unknown=(1, 2, 3),
    ),
]
