"""The old spellings of the layers, a section for each room."""

from __future__ import annotations

from typing import Any

from tfk_ext.compat.spellings import positions, values
from tfk_ext.compat.spellings.groups import (
    ANY_LAYER,
    BIAS,
    DATA_FORMAT,
    DILATION,
    FILTERS,
    IMPLEMENTATIONS,
    KERNEL,
    KERNEL_SIZE,
    RATE,
    options,
    padding,
)
from tfk_ext.compat.spellings.rows import Default, Drop, Entry, Refuse, Rename, Row, Spread, Value, entry

# --- core ---

UNITS: list[Row] = [Rename("output_dim", "units")]

CORE: dict[str, Entry] = {
    "Dense": entry(UNITS, KERNEL, BIAS, ANY_LAYER, positional=positions.dense),
    "Activation": entry(ANY_LAYER),
    "Dropout": entry(RATE, ANY_LAYER),
    "SpatialDropout1D": entry(RATE, ANY_LAYER),
    "SpatialDropout2D": entry(RATE, DATA_FORMAT, ANY_LAYER),
    "SpatialDropout3D": entry(RATE, DATA_FORMAT, ANY_LAYER),
    "Flatten": entry(DATA_FORMAT, ANY_LAYER),
    "Reshape": entry(Rename("dims", "target_shape"), ANY_LAYER),
    "Permute": entry(ANY_LAYER),
    "RepeatVector": entry(ANY_LAYER),
    "Lambda": entry(ANY_LAYER),
    "ActivityRegularization": entry(ANY_LAYER),
    "Masking": entry(ANY_LAYER),
    "InputLayer": entry(
        Rename("batch_input_shape", "batch_shape"),
        Rename("input_shape", "shape"),
        Rename("input_dtype", "dtype"),
    ),
    "Input": entry(Rename("batch_input_shape", "batch_shape"), Rename("input_shape", "shape")),
}

# --- convolutional, locally connected ---


def _conv(rank: int, *more: Any, positional: Any = None) -> Entry:
    formats = DATA_FORMAT if rank > 1 else []
    return entry(
        FILTERS,
        KERNEL_SIZE[rank],
        padding(),
        formats,
        DILATION,
        KERNEL,
        BIAS,
        ANY_LAYER,
        *more,
        positional=positional,
    )


def _pads(value: Any) -> Any:
    """Return padding as pairs for Keras 1's dictionaries and its four numbers."""
    if isinstance(value, dict):
        names = (("top_pad", "bottom_pad"), ("left_pad", "right_pad"))
        rows, columns = (tuple(value.get(name, 0) for name in pair) for pair in names)
        return columns if not {"top_pad", "bottom_pad"} & value.keys() else (rows, columns)
    if isinstance(value, list | tuple) and len(value) == 4 and all(isinstance(one, int) for one in value):
        return tuple(value[:2]), tuple(value[2:])
    return value


def _pads_2d(value: Any) -> Any:
    pads = _pads(value)
    flat = isinstance(value, dict) and isinstance(pads[0], int)
    return ((0, 0), pads) if flat else pads


_OUTPUT_SHAPE = Drop("output_shape", "the layer infers the shape of its output; output_padding moves it")
_LOCAL_IMPLEMENTATION = Drop("implementation", "there is one way to compute, and one layout of the weights")

CONVOLUTIONAL: dict[str, Entry] = {
    "Conv1D": _conv(1, positional=positions.CONV_1D),
    "Conv2D": _conv(2, positional=positions.CONV_2D),
    "Conv3D": _conv(3, positional=positions.CONV_3D),
    "Conv1DTranspose": _conv(1, _OUTPUT_SHAPE),
    "Conv2DTranspose": _conv(2, _OUTPUT_SHAPE, positional=positions.deconv_2d),
    "Conv3DTranspose": _conv(3, _OUTPUT_SHAPE),
    "SeparableConv1D": entry(
        *(FILTERS, KERNEL_SIZE[1], padding()),
        Spread("init", ("depthwise_initializer", "pointwise_initializer"), values.initializer),
        *(BIAS, ANY_LAYER),
    ),
    "SeparableConv2D": entry(
        *(FILTERS, KERNEL_SIZE[2], padding(), DATA_FORMAT),
        Spread("init", ("depthwise_initializer", "pointwise_initializer"), values.initializer),
        *(BIAS, ANY_LAYER),
        positional=positions.SEPARABLE_2D,
    ),
    "DepthwiseConv1D": entry(
        KERNEL_SIZE[1],
        padding(),
        Rename("init", "depthwise_initializer", values.initializer),
        BIAS,
        ANY_LAYER,
    ),
    "DepthwiseConv2D": entry(
        *(KERNEL_SIZE[2], padding(), DATA_FORMAT),
        *(Rename("init", "depthwise_initializer", values.initializer), BIAS, ANY_LAYER),
        *(
            Rename("kernel_initializer", "depthwise_initializer", values.initializer, quiet=True),
            Rename("kernel_regularizer", "depthwise_regularizer", quiet=True),
            Rename("kernel_constraint", "depthwise_constraint", quiet=True),
        ),
    ),
    "LocallyConnected1D": _conv(1, _LOCAL_IMPLEMENTATION, positional=positions.CONV_1D),
    "LocallyConnected2D": _conv(2, _LOCAL_IMPLEMENTATION, positional=positions.CONV_2D),
    "UpSampling1D": entry(Rename("length", "size"), ANY_LAYER),
    "UpSampling2D": entry(DATA_FORMAT, ANY_LAYER),
    "UpSampling3D": entry(DATA_FORMAT, ANY_LAYER),
    "ZeroPadding1D": entry(Value("padding", _pads), ANY_LAYER),
    "ZeroPadding2D": entry(Value("padding", _pads_2d), DATA_FORMAT, ANY_LAYER),
    "ZeroPadding3D": entry(DATA_FORMAT, ANY_LAYER),
    "Cropping1D": entry(ANY_LAYER),
    "Cropping2D": entry(DATA_FORMAT, ANY_LAYER),
    "Cropping3D": entry(DATA_FORMAT, ANY_LAYER),
}

# --- pooling ---

_POOL_1D = entry(Rename("pool_length", "pool_size"), Rename("stride", "strides"), padding(), ANY_LAYER)
_POOL_ND = entry(padding(), DATA_FORMAT, ANY_LAYER)
_GLOBAL = entry(DATA_FORMAT, ANY_LAYER)

POOLING: dict[str, Entry] = {
    **{f"{kind}Pooling1D": _POOL_1D for kind in ("Max", "Average")},
    **{f"{kind}Pooling{rank}D": _POOL_ND for kind in ("Max", "Average") for rank in (2, 3)},
    **{f"Global{kind}Pooling{rank}D": _GLOBAL for kind in ("Max", "Average") for rank in (1, 2, 3)},
}

# --- recurrent ---

_GATES: list[Row] = [
    *options("U", "recurrent"),
    Rename("inner_init", "recurrent_initializer", values.initializer),
    Rename("dropout_W", "dropout"),
    Rename("dropout_U", "recurrent_dropout"),
]
_CONSUME = Rename("consume_less", "implementation", IMPLEMENTATIONS)
_IMPLEMENTATION = Value("implementation", {0: 1})
_ONE_WAY: list[Row] = [
    Drop("consume_less", "there is one way to compute"),
    Drop("implementation", "there is one way to compute"),
]
_FORGET = Rename(
    "forget_bias_init", "unit_forget_bias", {"one": True, "ones": True, "zero": False, "zeros": False}
)
_OLD_RECURRENT = frozenset(
    ["output_dim", "nb_filter", "inner_init", "forget_bias_init", "dropout_W", "dropout_U", "consume_less"]
)
_INNER: list[Row] = [
    # It goes first: the old keywords are still there to tell the era.
    Default("recurrent_activation", "hard_sigmoid", _OLD_RECURRENT, {"inner_activation"}),
    Rename("inner_activation", "recurrent_activation"),
]
_GATED: list[Row] = [*_INNER, *UNITS, *KERNEL, *BIAS, *_GATES, _CONSUME, _IMPLEMENTATION]

RECURRENT: dict[str, Entry] = {
    "RNN": entry(ANY_LAYER),
    "SimpleRNN": entry(UNITS, KERNEL, BIAS, _GATES, _ONE_WAY, ANY_LAYER, positional=positions.SIMPLE_RNN),
    "GRU": entry(_GATED, ANY_LAYER, positional=positions.GRU),
    "LSTM": entry(_GATED, _FORGET, ANY_LAYER, positional=positions.LSTM),
    "SimpleRNNCell": entry(UNITS, KERNEL, BIAS, _GATES, _ONE_WAY),
    "GRUCell": entry(_GATED),
    "LSTMCell": entry(_GATED, _FORGET),
    "MinimalRNNCell": entry(UNITS),
    "CuDNNGRU": entry(ANY_LAYER),
    "CuDNNLSTM": entry(ANY_LAYER),
    "ConvLSTM2D": entry(
        *(
            _INNER,
            FILTERS,
            KERNEL_SIZE[2],
            padding(),
            DATA_FORMAT,
            KERNEL,
            BIAS,
            _GATES,
            _FORGET,
            _ONE_WAY,
            ANY_LAYER,
        ),
        positional=positions.CONV_LSTM_2D,
    ),
    "ConvLSTM2DCell": entry(
        _INNER, FILTERS, KERNEL_SIZE[2], padding(), DATA_FORMAT, KERNEL, BIAS, _GATES, _FORGET, _ONE_WAY
    ),
    "Bidirectional": entry(ANY_LAYER),
    "TimeDistributed": entry(ANY_LAYER),
}

# --- embedding, normalization, noise, advanced activations, merging ---

_MODES = "mode=1 normalized each sample: tf.keras.layers.LayerNormalization; mode=2 has no equivalent"

OTHER: dict[str, Entry] = {
    "Embedding": entry(
        Rename("init", "embeddings_initializer", values.initializer),
        *options("W", "embeddings"),
        Refuse("dropout", "put SpatialDropout1D(rate) behind the Embedding", (None, 0, 0.0)),
        ANY_LAYER,
        positional=positions.embedding,
    ),
    "BatchNormalization": entry(
        Refuse("mode", _MODES, (None, 0)),
        Rename("beta_init", "beta_initializer", values.initializer),
        Rename("gamma_init", "gamma_initializer", values.initializer),
        Value("gamma_regularizer", values.regularizer),
        Value("beta_regularizer", values.regularizer),
        Drop("fused", "the layer takes the fused kernel where it can"),
        Refuse("virtual_batch_size", "it has no equivalent: train with smaller batches"),
        Refuse("adjustment", "it has no equivalent: multiply and add behind the layer"),
        ANY_LAYER,
        positional=positions.batch_normalization,
    ),
    "GaussianNoise": entry(Rename("sigma", "stddev"), ANY_LAYER),
    "GaussianDropout": entry(RATE, ANY_LAYER),
    "AlphaDropout": entry(RATE, ANY_LAYER),
    "LeakyReLU": entry(Rename("negative_slope", "alpha", quiet=True), ANY_LAYER),
    "PReLU": entry(Rename("init", "alpha_initializer", values.initializer), ANY_LAYER),
    "ELU": entry(ANY_LAYER),
    "ThresholdedReLU": entry(ANY_LAYER),
    "Softmax": entry(ANY_LAYER),
    "ReLU": entry(Rename("alpha", "negative_slope", quiet=True), ANY_LAYER),
    **dict.fromkeys(("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"), entry(ANY_LAYER)),
    "Concatenate": entry(Rename("concat_axis", "axis"), ANY_LAYER),
    "Dot": entry(Rename("dot_axes", "axes"), ANY_LAYER),
}

# --- layers of Keras 1 alone ---

LEGACY: dict[str, Entry] = {
    "MaxoutDense": entry(UNITS, KERNEL, BIAS, ANY_LAYER),
    "Highway": entry(KERNEL, BIAS, ANY_LAYER),
    "ParametricSoftplus": entry(ANY_LAYER),
    "SReLU": entry(ANY_LAYER),
}

LAYERS: dict[str, Entry] = {**LEGACY, **CORE, **CONVOLUTIONAL, **POOLING, **RECURRENT, **OTHER}

# Classes under another name than today's; the first four lines are aliases that the documents name.
CLASSES: dict[str, str] = {
    **{f"Convolution{rank}D": f"Conv{rank}D" for rank in (1, 2, 3)},
    **{f"Convolution{rank}DTranspose": f"Conv{rank}DTranspose" for rank in (1, 2, 3)},
    **{f"Deconvolution{rank}D": f"Conv{rank}DTranspose" for rank in (2, 3)},
    **{
        f"{kind}Convolution{rank}D": f"{kind}Conv{rank}D"
        for kind in ("Separable", "Depthwise")
        for rank in (1, 2)
    },
    **{f"AtrousConvolution{rank}D": f"Conv{rank}D" for rank in (1, 2)},
    **{f"AtrousConv{rank}D": f"Conv{rank}D" for rank in (1, 2)},
    **{f"MaxPool{rank}D": f"MaxPooling{rank}D" for rank in (1, 2, 3)},
    **{f"AvgPool{rank}D": f"AveragePooling{rank}D" for rank in (1, 2, 3)},
    **{f"GlobalMaxPool{rank}D": f"GlobalMaxPooling{rank}D" for rank in (1, 2, 3)},
    **{f"GlobalAvgPool{rank}D": f"GlobalAveragePooling{rank}D" for rank in (1, 2, 3)},
}
