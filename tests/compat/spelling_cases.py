"""Old calls beside the calls of today that they mean: written out, and not made from the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import tfk_ext


class Case(NamedTuple):
    name: str
    old: dict
    new: dict
    old_args: tuple = ()
    new_args: tuple = ()


REGULARIZER = {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.25}
TODAYS_REGULARIZER = tfk_ext.regularizers.L1L2(l1=0.0, l2=0.25)
CONSTRAINT = {"name": "MaxNorm", "m": 3, "axis": 0}
TODAYS_CONSTRAINT = tfk_ext.constraints.MaxNorm(3, 0)

KERNEL = [
    ({"init": "normal"}, {"kernel_initializer": "random_normal"}),
    ({"init": "zero"}, {"kernel_initializer": "zeros"}),
    ({"init": {"name": "one"}}, {"kernel_initializer": "ones"}),
    ({"W_regularizer": REGULARIZER}, {"kernel_regularizer": TODAYS_REGULARIZER}),
    ({"W_regularizer": "l1l2"}, {"kernel_regularizer": "l1_l2"}),
    ({"W_constraint": CONSTRAINT}, {"kernel_constraint": TODAYS_CONSTRAINT}),
    ({"W_constraint": "nonneg"}, {"kernel_constraint": "non_neg"}),
    ({"W_learning_rate": None}, {}),
]
BIAS = [
    ({"bias": False}, {"use_bias": False}),
    ({"b_regularizer": REGULARIZER}, {"bias_regularizer": TODAYS_REGULARIZER}),
    ({"b_constraint": CONSTRAINT}, {"bias_constraint": TODAYS_CONSTRAINT}),
    ({"b_learning_rate": None}, {}),
]
ANY = [
    ({"input_dtype": "float64"}, {"dtype": "float64"}),
    (
        {"activity_regularizer": {"name": "ActivityRegularizer", "l1": 0.5, "l2": 0.0}},
        {"activity_regularizer": tfk_ext.regularizers.L1L2(0.5, 0.0)},
    ),
    ({"create_input_layer": True}, {}),
    ({"cache_enabled": True}, {}),
]
FORMAT = [
    ({"dim_ordering": "tf"}, {"data_format": "channels_last"}),
    ({"dim_ordering": "th"}, {"data_format": "channels_first"}),
    ({"dim_ordering": "default"}, {"data_format": None}),
]
PADDING = [({"border_mode": "same"}, {"padding": "same"})]
UNITS = [({"output_dim": 3}, {"units": 3})]
RATE = [({"p": 0.25}, {"rate": 0.25})]
FILTERS = [({"nb_filter": 3}, {"filters": 3})]
DILATION = [({"atrous_rate": 2}, {"dilation_rate": 2})]
SIZE = {
    1: [({"filter_length": 2}, {"kernel_size": 2}), ({"subsample_length": 2}, {"strides": 2})],
    2: [({"nb_row": 2, "nb_col": 3}, {"kernel_size": (2, 3)}), ({"subsample": (2, 2)}, {"strides": (2, 2)})],
    3: [
        ({"kernel_dim1": 2, "kernel_dim2": 3, "kernel_dim3": 1}, {"kernel_size": (2, 3, 1)}),
        ({"subsample": (2, 2, 2)}, {"strides": (2, 2, 2)}),
    ],
}
_HARD = {"recurrent_activation": "hard_sigmoid"}
GATES = [
    ({"inner_init": "uniform"}, {"recurrent_initializer": "random_uniform"}),
    ({"U_regularizer": REGULARIZER}, {"recurrent_regularizer": TODAYS_REGULARIZER}),
    ({"U_constraint": CONSTRAINT}, {"recurrent_constraint": TODAYS_CONSTRAINT}),
    ({"U_learning_rate": None}, {}),
    ({"dropout_W": 0.25}, {"dropout": 0.25}),
    ({"dropout_U": 0.5}, {"recurrent_dropout": 0.5}),
]
INNER = [({"inner_activation": "tanh"}, {"recurrent_activation": "tanh"})]
FORGET = [
    ({"forget_bias_init": "one"}, {"unit_forget_bias": True}),
    ({"forget_bias_init": "zero"}, {"unit_forget_bias": False}),
]
ONE_WAY = [({"consume_less": "gpu"}, {}), ({"implementation": 0}, {})]
WAYS = [
    ({"consume_less": "gpu"}, {"implementation": 2}),
    ({"consume_less": "mem"}, {"implementation": 1}),
    ({"consume_less": "cpu"}, {"implementation": 1}),
    ({"implementation": 0}, {"implementation": 1}),
]

# What else a call needs, and the old spellings that it may have.
LAYERS: dict[str, tuple[dict, list]] = {
    "Dense": ({"units": 3}, KERNEL + BIAS + ANY),
    "Activation": ({"activation": "relu"}, ANY),
    "Dropout": ({}, ANY),
    "Reshape": ({}, [({"dims": (2, 2)}, {"target_shape": (2, 2)})]),
    "Flatten": ({}, FORMAT + ANY),
    "UpSampling1D": ({}, [({"length": 3}, {"size": 3})]),
    "ZeroPadding1D": ({}, [({"padding": {"left_pad": 1, "right_pad": 2}}, {"padding": (1, 2)})]),
    "ZeroPadding2D": (
        {},
        [
            ({"padding": (1, 2, 3, 4)}, {"padding": ((1, 2), (3, 4))}),
            ({"padding": {"top_pad": 1, "right_pad": 2}}, {"padding": ((1, 0), (0, 2))}),
            ({"padding": {"left_pad": 1}}, {"padding": ((0, 0), (1, 0))}),
            *FORMAT,
        ],
    ),
    "Conv1D": ({"filters": 3, "kernel_size": 2}, PADDING + DILATION + KERNEL + BIAS + ANY),
    "Conv2D": ({"filters": 3, "kernel_size": 2}, PADDING + FORMAT + DILATION + KERNEL + BIAS + ANY),
    "Conv3D": ({"filters": 3, "kernel_size": 2}, PADDING + FORMAT + DILATION + KERNEL + BIAS + ANY),
    "Conv1DTranspose": (
        {"filters": 3, "kernel_size": 2},
        PADDING + KERNEL + [({"output_shape": (None, 3)}, {})],
    ),
    "Conv2DTranspose": (
        {"filters": 3, "kernel_size": 2},
        PADDING + FORMAT + KERNEL + [({"output_shape": (None, 3, 3, 3)}, {})],
    ),
    "Conv3DTranspose": (
        {"filters": 3, "kernel_size": 2},
        PADDING + FORMAT + KERNEL + [({"output_shape": (None, 3, 3, 3, 3)}, {})],
    ),
    "SeparableConv1D": (
        {"filters": 3, "kernel_size": 2},
        PADDING
        + BIAS
        + [({"init": "one"}, {"depthwise_initializer": "ones", "pointwise_initializer": "ones"})],
    ),
    "SeparableConv2D": (
        {"filters": 3, "kernel_size": 2},
        PADDING
        + FORMAT
        + [({"init": "one"}, {"depthwise_initializer": "ones", "pointwise_initializer": "ones"})],
    ),
    "DepthwiseConv1D": (
        {"kernel_size": 2},
        PADDING + BIAS + [({"init": "one"}, {"depthwise_initializer": "ones"})],
    ),
    "DepthwiseConv2D": (
        {"kernel_size": 2},
        PADDING
        + FORMAT
        + [
            ({"init": "one"}, {"depthwise_initializer": "ones"}),
            ({"kernel_initializer": "ones"}, {"depthwise_initializer": "ones"}),
            ({"kernel_regularizer": "l2"}, {"depthwise_regularizer": "l2"}),
            ({"kernel_constraint": "non_neg"}, {"depthwise_constraint": "non_neg"}),
        ],
    ),
    "LocallyConnected1D": (
        {"filters": 3, "kernel_size": 2},
        PADDING + KERNEL + [({"implementation": 3}, {})],
    ),
    "LocallyConnected2D": (
        {"filters": 3, "kernel_size": 2},
        PADDING + FORMAT + KERNEL + [({"implementation": 2}, {})],
    ),
    "RNN": ({"cell": tfk_ext.SimpleRNNCell(2)}, []),
    "SimpleRNN": ({"units": 3}, KERNEL + BIAS + GATES + ONE_WAY + ANY),
    "SimpleRNNCell": ({"units": 3}, KERNEL + GATES + ONE_WAY),
    "CuDNNLSTM": ({"units": 3}, []),
    "CuDNNGRU": ({"units": 3}, []),
    "Embedding": (
        {"input_dim": 5, "output_dim": 3},
        [
            ({"init": "one"}, {"embeddings_initializer": "ones"}),
            ({"W_regularizer": REGULARIZER}, {"embeddings_regularizer": TODAYS_REGULARIZER}),
            ({"W_constraint": CONSTRAINT}, {"embeddings_constraint": TODAYS_CONSTRAINT}),
            ({"W_learning_rate": None}, {}),
            ({"dropout": 0.0}, {}),
        ],
    ),
    "BatchNormalization": (
        {},
        [
            ({"mode": 0}, {}),
            ({"beta_init": "one"}, {"beta_initializer": "ones"}),
            ({"gamma_init": "zero"}, {"gamma_initializer": "zeros"}),
            ({"gamma_regularizer": REGULARIZER}, {"gamma_regularizer": TODAYS_REGULARIZER}),
            ({"beta_regularizer": REGULARIZER}, {"beta_regularizer": TODAYS_REGULARIZER}),
            ({"fused": True}, {}),
            ({"virtual_batch_size": None}, {}),
            ({"adjustment": None}, {}),
        ],
    ),
    "GaussianNoise": ({}, [({"sigma": 0.5}, {"stddev": 0.5})]),
    "LeakyReLU": ({}, [({"negative_slope": 0.5}, {"alpha": 0.5})]),
    "ReLU": ({}, [({"alpha": 0.5}, {"negative_slope": 0.5})]),
    "PReLU": ({}, [({"init": "one"}, {"alpha_initializer": "ones"})]),
    "Concatenate": ({}, [({"concat_axis": 1}, {"axis": 1})]),
    "Dot": ({}, [({"dot_axes": 1}, {"axes": 1})]),
    **{
        f"{kind}Pooling1D": (
            {},
            PADDING + [({"pool_length": 3}, {"pool_size": 3}), ({"stride": 1}, {"strides": 1})],
        )
        for kind in ("Max", "Average")
    },
    **{f"{kind}Pooling{n}D": ({}, PADDING + FORMAT) for kind in ("Max", "Average") for n in (2, 3)},
    **{f"Global{kind}Pooling{n}D": ({}, FORMAT) for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{f"UpSampling{n}D": ({}, FORMAT) for n in (2, 3)},
    **{f"Cropping{n}D": ({}, FORMAT) for n in (2, 3)},
    "ZeroPadding3D": ({}, FORMAT),
}
# Old keywords in place of those that a call needs.
WHOLE: list[tuple[str, dict, dict]] = [
    ("Dense", *UNITS[0]),
    ("SimpleRNN", *UNITS[0]),
    ("SimpleRNNCell", *UNITS[0]),
    ("MinimalRNNCell", *UNITS[0]),
    ("Dropout", *RATE[0]),
    ("SpatialDropout1D", *RATE[0]),
    ("SpatialDropout2D", *RATE[0]),
    ("SpatialDropout2D", {"p": 0.25, "dim_ordering": "th"}, {"rate": 0.25, "data_format": "channels_first"}),
    ("SpatialDropout3D", {"p": 0.25, "dim_ordering": "th"}, {"rate": 0.25, "data_format": "channels_first"}),
    ("GaussianDropout", *RATE[0]),
    ("AlphaDropout", *RATE[0]),
    *(
        (name, {"nb_filter": 3, **old}, {"filters": 3, "kernel_size": 2, **new})
        for name, rank in (
            *((f"{kind}{n}D", n) for n in (1, 2, 3) for kind in ("Conv",)),
            *((f"Conv{n}DTranspose", n) for n in (1, 2, 3)),
            *((f"{kind}{n}D", n) for n in (1, 2) for kind in ("SeparableConv", "LocallyConnected")),
        )
        for old, new in (
            SIZE[rank][0],
            ({"kernel_size": 2, **SIZE[rank][1][0]}, SIZE[rank][1][1]),
        )
    ),
    ("DepthwiseConv1D", *SIZE[1][0]),
    ("DepthwiseConv1D", {"kernel_size": 2, "subsample_length": 2}, {"kernel_size": 2, "strides": 2}),
    ("DepthwiseConv2D", *SIZE[2][0]),
    ("DepthwiseConv2D", {"kernel_size": 2, "subsample": (2, 2)}, {"kernel_size": 2, "strides": (2, 2)}),
    # Gated layers: an old keyword tells the era, whose inner activation was the hard one.
    *(
        (name, {"output_dim": 3, **old}, {"units": 3, **_HARD, **new})
        for name in ("GRU", "GRUCell")
        for old, new in KERNEL + BIAS + GATES + INNER + WAYS
    ),
    *(
        (name, {"output_dim": 3, **old}, {"units": 3, **_HARD, **new})
        for name in ("LSTM", "LSTMCell")
        for old, new in KERNEL + BIAS + GATES + INNER + WAYS + FORGET
    ),
    *(
        (
            name,
            {"nb_filter": 3, "nb_row": 2, "nb_col": 3, **old},
            {"filters": 3, "kernel_size": (2, 3), **_HARD, **new},
        )
        for name in ("ConvLSTM2D", "ConvLSTM2DCell")
        for old, new in [
            *PADDING,
            *FORMAT,
            *KERNEL,
            *BIAS,
            *GATES,
            *INNER,
            *FORGET,
            *ONE_WAY,
            ({"subsample": (2, 2)}, {"strides": (2, 2)}),
        ]
    ),
]

POSITIONAL = [
    Case("Conv2D", {}, {"filters": 64, "kernel_size": (3, 3)}, (64, 3, 3)),
    Case(
        "Conv2D",
        {"border_mode": "same"},
        {"filters": 64, "kernel_size": (3, 1), "padding": "same"},
        (64, 3, 1),
    ),
    Case("Conv2D", {}, {"filters": 64, "kernel_size": (1, 7)}, (64, 1, 7)),
    Case(
        "Conv2D",
        {"padding": "same"},
        {"filters": 64, "kernel_size": 3, "strides": 3, "padding": "same"},
        (64, 3, 3),
    ),
    Case("Conv2D", {}, {"filters": 64, "kernel_size": 3, "strides": 2}, (64, 3, 2)),
    Case(
        "Conv2D", {}, {"filters": 64, "kernel_size": 3, "strides": 1, "padding": "same"}, (64, 3, 1, "same")
    ),
    Case(
        "Conv2D",
        {},
        {"filters": 8, "kernel_size": (3, 3), "kernel_initializer": "he_normal", "activation": "relu"},
        (8, 3, 3, "he_normal", "relu"),
    ),
    Case("Conv2D", {"nb_row": 2, "nb_col": 3}, {"filters": 8, "kernel_size": (2, 3)}, (8,)),
    Case("Conv1D", {}, {"filters": 8, "kernel_size": 3, "kernel_initializer": "ones"}, (8, 3, "one")),
    Case("Conv3D", {}, {"filters": 8, "kernel_size": (3, 2, 1)}, (8, 3, 2, 1)),
    Case("Conv2DTranspose", {}, {"filters": 8, "kernel_size": (3, 3)}, (8, 3, 3, (None, 12, 12, 3))),
    Case("LocallyConnected2D", {}, {"filters": 8, "kernel_size": (3, 3)}, (8, 3, 3)),
    Case("SeparableConv2D", {}, {"filters": 8, "kernel_size": (3, 3)}, (8, 3, 3)),
    Case(
        "ConvLSTM2D",
        {"nb_filter": 8, "nb_row": 3, "nb_col": 3},
        {"filters": 8, "kernel_size": (3, 3), **_HARD},
    ),
    Case(
        "Dense",
        {},
        {"units": 8, "kernel_initializer": "random_uniform", "activation": "relu"},
        (8, "uniform", "relu"),
    ),
    Case("Dense", {}, {"units": 8, "activation": "relu"}, (8, "relu")),
    Case(
        "LSTM",
        {},
        {"units": 8, "kernel_initializer": "he_normal", "recurrent_initializer": "orthogonal", **_HARD},
        (8, "he_normal", "orthogonal"),
    ),
    Case("SimpleRNN", {}, {"units": 8, "kernel_initializer": "zeros"}, (8, "zero")),
    Case("Embedding", {}, {"input_dim": 9, "output_dim": 2, "input_length": 5}, (9, 2, "uniform", 5)),
    Case("BatchNormalization", {}, {"epsilon": 1e-5, "axis": 1}, (1e-5, 0, 1)),
    Case("BatchNormalization", {}, {"axis": 1}, (1,)),
    Case("MaxPooling2D", {}, {"pool_size": (2, 2), "strides": (2, 2)}, ((2, 2), (2, 2))),
]


def keywords() -> Iterator[Case]:
    for name, (needed, pairs) in LAYERS.items():
        for old, new in pairs:
            rest = {"rate": 0.25} if name == "Dropout" else {}
            yield Case(name, {**needed, **rest, **old}, {**needed, **rest, **new})
    for name, old, new in WHOLE:
        yield Case(name, old, new)
