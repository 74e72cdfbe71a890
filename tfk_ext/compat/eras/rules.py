"""What is more than a name: the layers whose old arguments mean something that today's say otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfk_ext.compat.eras.layers import Rewriter

Config = dict[str, Any]
Rule = Callable[["Rewriter", Config, str], "str | None"]


def rank_of(class_name: str) -> int:
    """Return the number of spatial axes that a layer's name tells, 0 for none."""
    digits = [int(c) for c, d in zip(class_name, class_name[1:]) if d == "D" and c.isdigit()]
    return digits[-1] if digits else 0


def data_format(config: Config, class_name: str) -> None:
    """Put the data format of an image layer into today's words."""
    config["data_format"] = config.get("data_format") or "channels_last"


def convolution(r: Rewriter, config: Config, class_name: str) -> str | None:
    """Convolutions: kernel sizes in parts, padding of Theano."""
    rank = rank_of(class_name)
    image(r, config, class_name)
    for name in ("kernel_size", "strides", "dilation_rate"):
        if name in config:
            config[name] = _sizes(config[name], rank)
    if r.era.keras1 and "activation" not in config:
        config["activation"] = "linear"
    if config.get("padding") == "full":
        r.note("border_mode='full' has no counterpart", "blocks")
    if "Transpose" not in class_name:
        _pad_as_theano(r, config, class_name, rank)
    return None


def _sizes(value: Any, rank: int) -> Any:
    return list(value) if isinstance(value, (list, tuple)) else [value] * rank


def _pad_as_theano(r: Rewriter, config: Config, class_name: str, rank: int) -> None:
    """Write out the padding of Theano, which puts ``kernel // 2`` on either side whatever the stride."""
    if not r.era.theano or config.get("padding") != "same" or rank not in (1, 2, 3):
        return
    strides = config.get("strides", [1] * rank)
    rates = config.get("dilation_rate", [1] * rank)
    spans = [(k - 1) * d + 1 for k, d in zip(config["kernel_size"], rates)]
    if all(span % 2 == 1 and stride == 1 for span, stride in zip(spans, strides)):
        return
    pads = [[span // 2, span // 2 - (span % 2 == 0)] for span in spans]
    options = {
        "padding": pads[0] if rank == 1 else pads,
        "data_format": config.get("data_format", "channels_last"),
    }
    r.before(f"ZeroPadding{rank}D", options)
    config["padding"] = "valid"
    r.note("padding='same' pads both sides alike, as Theano did", "translated")


def transposed(r: Rewriter, config: Config, class_name: str) -> str | None:
    """Transposed convolutions: Keras 1 was given the output's shape."""
    convolution(r, config, class_name)
    strides = config.get("strides") or [1]
    if r.era.theano and config.get("padding") == "same" and any(stride != 1 for stride in strides):
        r.note(
            f"padding='same' with strides={strides} began kernel // 2 into the output on Theano, a pixel or "
            "more beside TensorFlow; build the model with padding='valid' and a "
            "Cropping layer, and load its weights",
            "blocks",
        )
    shape = config.pop("output_shape", None)
    if not (r.era.keras1 and isinstance(shape, list)):
        return None
    rank = rank_of(class_name)
    first = config["data_format"] == "channels_first"
    sizes = shape[2:] if first else shape[1:-1]
    if len(sizes) != rank or not all(isinstance(size, int) for size in sizes):
        r.note(f"output_shape {shape} is not known, the default size was taken", "changed")
        return None
    extra = []
    for size, kernel, stride in zip(sizes, config["kernel_size"], config.get("strides", [1] * rank)):
        pad = kernel // 2 if config.get("padding") == "same" else 0
        steps = -(-size // stride) if config.get("padding") == "same" else (size - kernel) // stride + 1
        extra.append(size - ((steps - 1) * stride + kernel - 2 * pad))
    config["output_padding"] = extra
    if any(not 0 <= e < s for e, s in zip(extra, config.get("strides", [1] * rank))):
        config.pop("output_padding")
        if any(size != default for size, default in zip(sizes, _default_sizes(sizes, config, rank))):
            r.note(f"output_shape {shape} can't be kept", "blocks")
    return None


def _default_sizes(sizes: list[int], config: Config, rank: int) -> list[int]:
    found = []
    for size, kernel, stride in zip(sizes, config["kernel_size"], config.get("strides", [1] * rank)):
        if config.get("padding") == "same":
            found.append(-(-size // stride) * stride)
        else:
            found.append(((size - kernel) // stride + 1) * stride + max(kernel - stride, 0))
    return found


def pooling(r: Rewriter, config: Config, class_name: str) -> str | None:
    """Pooling: Theano's padding is its own."""
    rank = rank_of(class_name)
    image(r, config, class_name)
    if "Global" in class_name:
        return None
    config["pool_size"] = _sizes(config.get("pool_size", 2), rank)
    if config.get("strides") is not None:
        config["strides"] = _sizes(config["strides"], rank)
    if not (r.era.theano and config.get("padding") == "same" and rank == 2):
        return None
    strides = config.get("strides") or config["pool_size"]
    if all(size == 1 or (size == 3 and stride == 1) for size, stride in zip(config["pool_size"], strides)):
        return None
    before = [size - 2 if size > 2 and size % 2 else size - 1 for size in config["pool_size"]]
    config["padding"] = [[p, size - 1 - p] for p, size in zip(before, config["pool_size"])]
    config["mode"] = "max" if "Max" in class_name else "average"
    r.note("padding='same' begins where Theano's pooling began", "translated")
    return "PaddedPooling2D"


def image(r: Rewriter, config: Config, class_name: str) -> str | None:
    """Layers over images: the data format."""
    if rank_of(class_name) > 1:
        if r.era.keras1 and "data_format" not in config:
            config["data_format"] = "channels_first"
        data_format(config, class_name)
    elif r.era.keras1:
        config.pop("data_format", None)
    config.pop("dim_ordering", None)
    return None


def borders(r: Rewriter, config: Config, class_name: str) -> str | None:
    """Zero padding and cropping: a list of one is its item."""
    image(r, config, class_name)
    name = "cropping" if "Cropping" in class_name else "padding"
    value = config.get(name)
    if isinstance(value, list) and len(value) == 1:
        config[name] = value[0]
    return None


def upsampling(r: Rewriter, config: Config, class_name: str) -> str | None:
    """UpSampling: a list of one is its item."""
    image(r, config, class_name)
    size = config.get("size")
    if class_name == "UpSampling1D" and isinstance(size, list) and len(size) == 1:
        config["size"] = size[0]
    return None


def flatten(r: Rewriter, config: Config, class_name: str) -> str | None:
    """Flatten: before Keras 2.1.4 it took the axes as they lay."""
    config["data_format"] = config.get("data_format") or "channels_last"
    return None


def local(r: Rewriter, config: Config, class_name: str) -> str | None:
    """Locally connected layers: the implementation decides how the kernel is stored."""
    convolution(r, config, class_name)
    implementation = config.pop("implementation", 1)
    r.option(implementation=implementation if implementation in (1, 2, 3) else 1)
    if implementation in (2, 3):
        r.note(
            f"the kernel of implementation={implementation} is stored as implementation 1 has it",
            "translated",
        )
    return None


def recurrent(r: Rewriter, config: Config, class_name: str) -> str | None:
    """Recurrent layers: the defaults of the time, and the arguments of Keras 1."""
    if "unit_forget_bias" in config:
        config["unit_forget_bias"] = config["unit_forget_bias"] is True
    config.pop("implementation", None)
    gated = class_name.startswith(("LSTM", "GRU", "ConvLSTM"))
    r.option(
        arrays_by_gate=r.era.keras1 and gated and config.pop("consume_less", "cpu") != "gpu",
    )
    if gated and "recurrent_activation" not in config:
        plain_sigmoid = r.era.tf and not r.era.before(2, 2) and "ConvLSTM" not in class_name
        config["recurrent_activation"] = "sigmoid" if plain_sigmoid else "hard_sigmoid"
    if class_name.startswith("GRU"):
        config.setdefault("reset_after", False)
    if class_name.startswith("ConvLSTM"):
        image(r, config, "ConvLSTM2D")
    if config.get("time_major") and class_name != "RNN":
        r.note("time_major=True: the first axis of input and output is time", "translated")
    return None


def embedding(r: Rewriter, config: Config, class_name: str) -> str | None:
    """Embedding: Keras 1 could drop words."""
    if config.pop("dropout", 0.0):
        r.note("dropout of whole words, in training, is not kept", "changed")
    if config.pop("sparse", False):
        r.note("sparse=True (sparse gradients) was dropped", "dropped")
    config.pop("input_dtype", None)
    return None


def batch_normalization(r: Rewriter, config: Config, class_name: str) -> str | None:
    """BatchNormalization: the modes of Keras 1, and lists of axes."""
    axis = config.get("axis")
    if isinstance(axis, list) and len(axis) == 1:
        config["axis"] = axis[0]
    if r.was == "SyncBatchNormalization":
        config["synchronized"] = True
    if r.era.keras1:
        config.setdefault("epsilon", 1e-6 if r.era.before(1, 0, 3) else 1e-5 if r.era.before(1, 2) else 1e-3)
        r.option(true_std=_holds_true_std(r, config))
    if not isinstance(config.get("epsilon", 1e-3), (int, float)):
        config.pop("epsilon")
    mode = config.pop("mode", 0)
    if mode not in (1, 2):
        return None
    r.note(
        "mode=1 normalizes each sample by itself"
        if mode == 1
        else "mode=2 normalizes by the batch at all times",
        "translated",
    )
    config["mode"] = mode
    return "StatelessNormalization"


def _holds_true_std(r: Rewriter, config: Config) -> bool:
    """Tell whether the file is of a time (before 1.0.3) when the deviation itself was stored.

    Files of then say neither version nor, in a BatchNormalization, ``gamma_regularizer``.
    """
    if r.era.version is not None and len(r.era.version) > 1:
        return r.era.version < (1, 0, 3)
    return "mode" in config and "gamma_regularizer" not in config


def prelu(r: Rewriter, config: Config, class_name: str) -> str | None:
    """PReLU: no shared axes is ``None``."""
    axes = config.get("shared_axes")
    if isinstance(axes, list) and not axes:
        config["shared_axes"] = None
    return None


def relu(r: Rewriter, config: Config, class_name: str) -> str | None:
    """ReLU: ``ReLU6`` was a layer of the first MobileNets."""
    if r.was == "ReLU6":
        config["max_value"] = 6.0
    return None


def activation(r: Rewriter, config: Config, class_name: str) -> str | None:
    """Activation: a dictionary or a list where a name was meant."""
    config.setdefault("activation", "swish" if r.was == "Swish" else "linear")
    return None


def reshape(r: Rewriter, config: Config, class_name: str) -> str | None:
    """Reshape and Permute: tuples that JSON made numbers of."""
    name = "target_shape" if class_name == "Reshape" else "dims"
    if name in config and not isinstance(config[name], list):
        config[name] = [config[name]]
    return None


def rescaling(r: Rewriter, config: Config, class_name: str) -> str | None:
    """Preprocessing layers that came out of ``experimental``."""
    if class_name == "Normalization" and isinstance(config.get("axis"), list) and not config["axis"]:
        config["axis"] = None
    if class_name in ("StringLookup", "IntegerLookup", "TextVectorization"):
        vocabulary = config.get("vocabulary")
        if isinstance(vocabulary, str):
            r.note(
                "its vocabulary is a file of its own, which a model file may not name; pass the words",
                "blocks",
            )
        for name in ("has_input_vocabulary", "vocabulary_size"):
            config.pop(name, None)
    if class_name == "CategoryEncoding" and "max_tokens" in config:
        config["num_tokens"] = config.pop("max_tokens")
    if config.get("output_mode") == "binary":
        config["output_mode"] = "multi_hot"
    if class_name == "Resizing" and "height" in config:
        config.pop("smart_resize", None)
    return None


RULES: dict[str, Rule] = {
    **dict.fromkeys(
        (
            "Conv1D",
            "Conv2D",
            "Conv3D",
            "SeparableConv1D",
            "SeparableConv2D",
            "DepthwiseConv1D",
            "DepthwiseConv2D",
        ),
        convolution,
    ),
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), transposed),
    **dict.fromkeys(("LocallyConnected1D", "LocallyConnected2D"), local),
    **dict.fromkeys(
        (
            f"{kind}{name}{rank}D"
            for kind in ("", "Global")
            for name in ("MaxPooling", "AveragePooling", "MaxPool", "AvgPool")
            for rank in (1, 2, 3)
        ),
        pooling,
    ),
    **dict.fromkeys(
        (f"{name}{rank}D" for name in ("ZeroPadding", "Cropping") for rank in (1, 2, 3)), borders
    ),
    **dict.fromkeys(("UpSampling1D", "UpSampling2D", "UpSampling3D"), upsampling),
    **dict.fromkeys(("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"), image),
    **dict.fromkeys(
        ("SimpleRNN", "GRU", "LSTM", "ConvLSTM2D", "SimpleRNNCell", "GRUCell", "LSTMCell", "ConvLSTM2DCell"),
        recurrent,
    ),
    "Flatten": flatten,
    "Embedding": embedding,
    "BatchNormalization": batch_normalization,
    "PReLU": prelu,
    "ReLU": relu,
    "Activation": activation,
    "Reshape": reshape,
    "Permute": reshape,
    **dict.fromkeys(
        (
            "Normalization",
            "StringLookup",
            "IntegerLookup",
            "TextVectorization",
            "CategoryEncoding",
            "Resizing",
        ),
        rescaling,
    ),
}
