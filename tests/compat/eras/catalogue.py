"""Every layer of the catalogue, as the versions of Keras wrote it: made from the layers of tf_keras, which
is also the oracle."""

import dataclasses

import numpy as np
import tf_keras

L = tf_keras.layers


@dataclasses.dataclass
class Row:
    """One layer.

    Attributes:
        layer: of tf_keras.
        shape: of one sample.
        keras1: its class in Keras 1, ``None`` if it had none.
        since: the first version of Keras 2 that had it.
        until: the last version that had it.
        options: arguments that Keras 1 wrote beside those that are derived.
        integers: whether the input are integers.
    """

    layer: object
    shape: tuple
    keras1: str | None = None
    since: tuple = (2, 0)
    until: tuple = (2, 99)
    options: dict = dataclasses.field(default_factory=dict)
    integers: bool = False

    @property
    def rank(self):
        """Number of spatial axes, of layers that have a data format."""
        return len(self.shape) - 1 if "data_format" in self.layer.get_config() else 0


def rows():
    """Return the table, with new layers."""
    image, volume, steps = (6, 7, 3), (4, 5, 4, 2), (8, 3)
    found = [
        Row(L.Dense(4, activation="tanh"), (5,), "Dense"),
        Row(L.Dense(4, use_bias=False), (3, 5), "TimeDistributedDense"),
        *(Row(L.Activation(a), (5,), "Activation") for a in ("relu", "hard_sigmoid", "softmax", "softplus",
        "linear")),
        Row(L.Dropout(0.3), (5,), "Dropout"),
        Row(L.Flatten(data_format="channels_last"), (2, 3), "Flatten"),
        Row(L.Reshape((3, 2)), (6,), "Reshape"),
        Row(L.Permute((2, 1)), (3, 2), "Permute"),
        Row(L.RepeatVector(3), (4,), "RepeatVector"),
        Row(L.ActivityRegularization(0.1, 0.2), (4,), "ActivityRegularization"),
        Row(L.Masking(0.5), (4, 2), "Masking"),
        Row(L.SpatialDropout1D(0.2), (4, 2), "SpatialDropout1D"),
        Row(L.SpatialDropout2D(0.2), image, "SpatialDropout2D"),
        Row(L.SpatialDropout3D(0.2), volume, "SpatialDropout3D"),
        Row(L.Conv1D(4, 3, padding="same", activation="relu"), steps, "Convolution1D"),
        Row(L.Conv1D(4, 2, strides=2), steps, "Convolution1D"),
        Row(L.Conv1D(4, 3, dilation_rate=2), steps, "AtrousConvolution1D"),
        Row(L.Conv1D(4, 3, padding="causal"), steps),
        Row(L.Conv2D(4, (3, 2), strides=(2, 1), activation="relu"), image, "Convolution2D"),
        Row(L.Conv2D(4, 3, padding="same", use_bias=False), image, "Convolution2D"),
        Row(L.Conv2D(4, 2, dilation_rate=2), image, "AtrousConvolution2D"),
        Row(L.Conv3D(3, 2, strides=(1, 2, 1)), volume, "Convolution3D"),
        Row(L.Conv1DTranspose(3, 3, strides=2), steps, since=(2, 4)),
        Row(L.Conv2DTranspose(3, 3, strides=2, padding="same"), image, "Deconvolution2D",
            options={"output_shape": [None, 12, 14, 3]}),
        Row(L.Conv2DTranspose(3, 3, strides=2), image),
        Row(L.Conv3DTranspose(2, 2, strides=2), volume),
        Row(L.SeparableConv1D(4, 3, depth_multiplier=2), steps, since=(2, 1, 3)),
        Row(L.SeparableConv2D(4, 3, depth_multiplier=2), image, "SeparableConvolution2D"),
        Row(L.DepthwiseConv1D(3), steps, since=(2, 6)),
        Row(L.DepthwiseConv2D(3, strides=2, padding="same"), image, since=(2, 1, 5)),
        Row(L.Cropping1D((1, 2)), steps, "Cropping1D"),
        Row(L.Cropping2D(((1, 2), (0, 1))), image, "Cropping2D"),
        Row(L.Cropping3D(1), volume, "Cropping3D"),
        Row(L.UpSampling1D(2), steps, "UpSampling1D"),
        Row(L.UpSampling2D((2, 3)), image, "UpSampling2D"),
        Row(L.UpSampling2D(2, interpolation="bilinear"), image, since=(2, 2, 3)),
        Row(L.UpSampling3D(2), volume, "UpSampling3D"),
        Row(L.ZeroPadding1D(2), steps, "ZeroPadding1D"),
        Row(L.ZeroPadding2D((1, 2)), image, "ZeroPadding2D"),
        Row(L.ZeroPadding3D(1), volume, "ZeroPadding3D"),
        *(Row(L.LocallyConnected1D(3, 2, implementation=i), steps, "LocallyConnected1D" if i == 1 else None,
              since=(2, 0) if i == 1 else (2, 3)) for i in (1, 2, 3)),
        *(Row(L.LocallyConnected2D(3, 2, strides=2, implementation=i), image,
              "LocallyConnected2D" if i == 1 else None,
              since=(2, 0) if i == 1 else (2, 3)) for i in (1, 2, 3)),
        Row(L.MaxPooling1D(2), steps, "MaxPooling1D"),
        Row(L.MaxPooling2D(2, strides=1, padding="same"), image, "MaxPooling2D"),
        Row(L.MaxPooling3D(2), volume, "MaxPooling3D"),
        Row(L.AveragePooling1D(3, strides=2), steps, "AveragePooling1D"),
        Row(L.AveragePooling2D((2, 3)), image, "AveragePooling2D"),
        Row(L.AveragePooling3D(2), volume, "AveragePooling3D"),
        Row(L.GlobalMaxPooling1D(), steps, "GlobalMaxPooling1D"),
        Row(L.GlobalMaxPooling2D(), image, "GlobalMaxPooling2D"),
        Row(L.GlobalMaxPooling3D(), volume),
        Row(L.GlobalAveragePooling1D(), steps, "GlobalAveragePooling1D"),
        Row(L.GlobalAveragePooling2D(), image, "GlobalAveragePooling2D"),
        Row(L.GlobalAveragePooling3D(), volume),
        Row(L.SimpleRNN(4, return_sequences=True), steps, "SimpleRNN"),
        Row(L.GRU(4, reset_after=False, recurrent_activation="hard_sigmoid"), steps, "GRU"),
        Row(L.GRU(4, reset_after=True), steps, since=(2, 1, 3)),
        Row(L.LSTM(4, recurrent_activation="hard_sigmoid", go_backwards=True), steps, "LSTM"),
        Row(L.LSTM(4, return_sequences=True, unit_forget_bias=False, use_bias=False), steps),
        Row(L.RNN(L.SimpleRNNCell(4)), steps, since=(2, 1)),
        Row(L.RNN([L.LSTMCell(4), L.GRUCell(3)], return_sequences=True), steps, since=(2, 1)),
        Row(L.ConvLSTM2D(2, 3, padding="same"), (2, 5, 6, 2), "ConvLSTM2D"),
        Row(L.Bidirectional(L.LSTM(3, recurrent_activation="hard_sigmoid", return_sequences=True)), steps,
            "Bidirectional"),
        Row(L.Bidirectional(L.GRU(3, reset_after=False), merge_mode="sum"), steps),
        Row(L.TimeDistributed(L.Dense(3)), steps, "TimeDistributed"),
        Row(L.TimeDistributed(L.Conv2D(2, 2)), (2, 5, 5, 3)),
        Row(L.Embedding(9, 3), (4,), "Embedding", integers=True),
        Row(L.BatchNormalization(epsilon=0.01), (5,), "BatchNormalization"),
        Row(L.BatchNormalization(scale=False), image),
        Row(L.GaussianNoise(0.1), (5,), "GaussianNoise"),
        Row(L.GaussianDropout(0.1), (5,), "GaussianDropout"),
        Row(L.AlphaDropout(0.1), (5,), since=(2, 0, 6)),
        Row(L.LeakyReLU(0.2), (5,), "LeakyReLU"),
        Row(L.PReLU(), (5,), "PReLU"),
        Row(L.PReLU(shared_axes=[1, 2]), image),
        Row(L.ELU(0.7), (5,), "ELU"),
        Row(L.ThresholdedReLU(0.3), (5,), "ThresholdedReLU"),
        Row(L.Softmax(), (5,), since=(2, 1, 3)),
        Row(L.ReLU(6.0, 0.1, 0.2), (5,), since=(2, 2, 3)),
        Row(L.LayerNormalization(), (5,), since=(2, 3)),
        Row(L.Rescaling(0.5, 1.0), (5,), since=(2, 4)),
        Row(L.UnitNormalization(), (5,), since=(2, 6)),
    ]  # fmt: skip
    for number, row in enumerate(found):
        row.layer._name = f"layer_{number}_{type(row.layer).__name__.lower()}"
    return found


# --- what Keras 1 called it --------------------------------------------------------------------------------

_RENAMED = {
    "units": "output_dim",
    "use_bias": "bias",
    "filters": "nb_filter",
    "padding": "border_mode",
    "kernel_regularizer": "W_regularizer",
    "bias_regularizer": "b_regularizer",
    "recurrent_activation": "inner_activation",
    "rate": "p",
    "stddev": "sigma",
    "dilation_rate": "atrous_rate",
}
_KEPT = frozenset(
    [
        "name",
        "trainable",
        "activation",
        "target_shape",
        "dims",
        "n",
        "l1",
        "l2",
        "mask_value",
        "cropping",
        "pool_size",
        "size",
        "return_sequences",
        "go_backwards",
        "stateful",
        "unroll",
        "merge_mode",
        "momentum",
        "epsilon",
        "axis",
        "alpha",
        "theta",
        "input_dim",
        "output_dim",
    ]
)


def config_of_keras_1(row, first):
    """Return a layer's configuration in the words of Keras 1.

    Args:
        row: of the table.
        first: whether images have their channels first.
    """
    config = row.layer.get_config()
    made = {_RENAMED.get(k, k): v for k, v in config.items() if k in _KEPT or k in _RENAMED}
    class_name = row.keras1
    if "ZeroPadding" in class_name:
        made["padding"] = flat(made.pop("border_mode"), class_name)
    if "Atrous" not in class_name:
        made.pop("atrous_rate", None)
    if "kernel_size" in config:
        made.update(_kernel_of_keras_1(config, class_name))
    if class_name.endswith("Pooling1D") and "pool_size" in config:
        made.update(pool_length=config["pool_size"][0], stride=config["strides"][0])
        del made["pool_size"]
    elif "Pooling" in class_name and "strides" in config:
        made["strides"] = config["strides"]
    if class_name == "UpSampling1D":
        made["length"] = made.pop("size")
    if class_name.startswith("Embedding"):
        made.update(init="uniform", dropout=0.0)
    if class_name == "BatchNormalization":
        made.update(mode=0, gamma_regularizer=None, beta_regularizer=None)
    if class_name in ("LSTM", "GRU", "SimpleRNN", "ConvLSTM2D"):
        made.update(dropout_W=0.0, dropout_U=0.0, inner_init="orthogonal")
    if "data_format" in config and not class_name.endswith("1D") and class_name != "Flatten":
        made["dim_ordering"] = "th" if first else "tf"
    if class_name in ("TimeDistributed", "Bidirectional"):
        inner = Row(getattr(row.layer, "layer", None), row.shape, type(row.layer.layer).__name__)
        made["layer"] = {"class_name": inner.keras1, "config": config_of_keras_1(inner, first)}
    made.update(row.options)
    if first and "output_shape" in made:
        batch, *sizes, channels = made["output_shape"]
        made["output_shape"] = [batch, channels, *sizes]
    return made


def flat(padding, class_name):
    """Return padding as Keras 1 had it: one number for both sides."""
    pads = [pair[0] if isinstance(pair, (list, tuple)) else pair for pair in padding]
    return pads[0] if class_name.endswith("1D") else pads


def _kernel_of_keras_1(config, class_name):
    sizes, strides = config["kernel_size"], config["strides"]
    if len(sizes) == 1:
        return {"filter_length": sizes[0], "subsample_length": strides[0]}
    names = ("nb_row", "nb_col") if len(sizes) == 2 else ("kernel_dim1", "kernel_dim2", "kernel_dim3")
    made = {**dict(zip(names, sizes)), "subsample": list(strides)}
    if "SeparableConvolution" in class_name:
        made["depth_multiplier"] = config["depth_multiplier"]
    return made


def arrays_of_keras_1(layer, first):
    """Return a layer's arrays as Keras 1 stored them."""
    arrays, name = layer.get_weights(), type(layer).__name__
    if name == "Bidirectional":
        return arrays_of_keras_1(layer.forward_layer, first) + arrays_of_keras_1(layer.backward_layer, first)
    if name == "TimeDistributed":
        return arrays_of_keras_1(layer.layer, first)
    if name in ("LSTM", "ConvLSTM2D"):
        parts = [np.split(a, 4, axis=-1) for a in arrays]
        arrays = [part[gate] for gate in (0, 2, 1, 3) for part in parts]
        return [_turned(a) if first and a.ndim == 4 else a for a in arrays]
    if name == "GRU":
        parts = [np.split(a, 3, axis=-1) for a in arrays]
        return [part[gate] for gate in range(3) for part in parts]
    if name == "Conv1D":
        return [arrays[0][:, None], *arrays[1:]]
    if name == "Conv2DTranspose":
        arrays = [arrays[0].transpose(0, 1, 3, 2), *arrays[1:]]
    if first and name in ("Conv2D", "Conv2DTranspose", "Conv3D", "SeparableConv2D"):
        return [_turned(a) if a.ndim > 2 else a for a in arrays]
    if first and name == "LocallyConnected2D":
        kernel, bias = arrays
        taps, channels = int(np.prod(layer.kernel_size)), kernel.shape[1] // int(np.prod(layer.kernel_size))
        kernel = kernel.reshape(len(kernel), taps, channels, -1).transpose(0, 2, 1, 3).reshape(kernel.shape)
        # Keras 1 read the bias in another order than its axes say.
        return [kernel, np.moveaxis(bias, -1, 0).reshape(bias.shape)]
    return arrays


def _turned(kernel):
    """Return (..., channels, filters) as (filters, channels, ...)."""
    return kernel.transpose(kernel.ndim - 1, kernel.ndim - 2, *range(kernel.ndim - 2))
