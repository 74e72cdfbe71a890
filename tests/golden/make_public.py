"""Composes small models of the kinds that public repositories hold: ``python -m tests.golden.make_public``.

Formats, names and orders of arrays are those of the versions' documents; the outputs are computed in NumPy.
"""

import numpy as np

from tests.golden import formulas as f
from tests.golden.compose import Weights, convolution, dense, functional, layer, node, write
from tests.golden.make_keras1 import gates, named, of_theano, recurrent_config, to_first, to_last
from tests.golden.make_keras2 import dense as dense_2


def music_tagger():
    """Keras 1.2 on Theano: normalization of the frequencies, Permute and Reshape between images and steps."""
    name = "public_music_tagger"
    w = Weights(name)
    bins = w.positive(8), w.draw(8), w.draw(8), w.positive(8)
    kernel, bias = w.draw(3, 1, 3, 3), w.draw(3)
    channels = w.positive(3), w.draw(3), w.draw(3), w.positive(3)
    one, two = gates(w, "zrh", 3, 2), gates(w, "zrh", 2, 2)
    last = w.draw(2, 4), w.draw(4)
    options = {"mode": 0, "epsilon": 1e-3, "momentum": 0.99, "gamma_regularizer": None}
    first, second = recurrent_config("GRU", "gru1"), recurrent_config("GRU", "gru2")
    for item in (first, second):
        del item["config"]["forget_bias_init"]
        item["config"]["output_dim"] = 2
    first["config"]["return_sequences"] = True
    image = {"border_mode": "valid", "dim_ordering": "th"}
    items = [
        (layer("InputLayer", "input_1", batch_input_shape=[None, 1, 8, 10], input_dtype="float32"), []),
        (layer("ZeroPadding2D", "pad", padding=[0, 1], dim_ordering="th"), node("input_1")),
        (layer("BatchNormalization", "bn_freq", axis=2, **options), node("pad")),
        (convolution("conv1", nb_filter=3, border_mode="same"), node("bn_freq")),
        (layer("BatchNormalization", "bn1", axis=1, **options), node("conv1")),
        (layer("ELU", "elu_1", alpha=1.0), node("bn1")),
        (layer("MaxPooling2D", "pool1", pool_size=[8, 2], strides=[8, 2], **image), node("elu_1")),
        (layer("Dropout", "dropout1", p=0.1), node("pool1")),
        (layer("Permute", "permute_1", dims=[3, 1, 2]), node("dropout1")),
        (layer("Reshape", "reshape_1", target_shape=[6, 3]), node("permute_1")),
        (first, node("reshape_1")),
        (second, node("gru1")),
        (dense("output", output_dim=4, activation="sigmoid"), node("gru2")),
    ]
    kinds = ("gamma", "beta", "running_mean", "running_std")
    w.layer("bn_freq", *((f"bn_freq_{kind}", a) for kind, a in zip(kinds, bins)))
    w.layer("conv1", ("conv1_W", kernel), ("conv1_b", bias))
    w.layer("bn1", *((f"bn1_{kind}", a) for kind, a in zip(kinds, channels)))
    w.layer("gru1", *named("gru1", one, "zrh", ""))
    w.layer("gru2", *named("gru2", two, "zrh", ""))
    w.layer("output", ("output_W", last[0]), ("output_b", last[1]))
    x = w.rng.normal(size=(2, 1, 8, 10))
    y = f.normalize(np.pad(x, ((0, 0), (0, 0), (0, 0), (1, 1))), *bins, 1e-3, axis=2)
    y = f.convolve(to_last(y), of_theano(kernel), pads=((1, 1), (1, 1))) + bias
    y = f.normalize(y, *channels, 1e-3)
    y = to_first(f.pool(np.where(y > 0, y, np.expm1(y)), (8, 2), (8, 2)))
    y = y.transpose(0, 3, 1, 2).reshape(2, 6, 3)
    y = f.gru(f.gru(y, [one[n] for n in "zrh"], sequences=True), [two[n] for n in "zrh"])
    y = f.sigmoid(f.dense(y, *last))
    write(name, functional(items, ["input_1"], ["output"]), w.layers, [x], [y], version="1.2.2")


def sequence_motifs():
    """Keras 1.0 on Theano, no version in the file: Convolution1D of four axes, Bidirectional, old
    constraints."""
    name = "public_sequence_motifs"
    w = Weights(name)
    kernel, bias = w.draw(5, 4, 3, 1), w.draw(5)
    ahead, back = gates(w, "ifco", 5, 3), gates(w, "ifco", 5, 3)
    last = w.draw(4 * 6, 2), w.draw(2)
    item = convolution("convolution1d_1", nb_filter=5, batch_input_shape=[None, 10, 4], input_dtype="float32")
    item["class_name"] = "Convolution1D"
    for key in ("nb_row", "nb_col", "subsample", "dim_ordering"):
        del item["config"][key]
    item["config"].update(
        filter_length=3,
        subsample_length=1,
        input_dim=4,
        input_length=10,
        activation="relu",
        W_regularizer={"name": "WeightRegularizer", "l1": 0.0, "l2": 1e-6},
        W_constraint={"name": "MaxNorm", "m": 0.9, "axis": 0},
    )
    inner = recurrent_config("LSTM", "lstm_1")
    inner["config"].update(output_dim=3, return_sequences=True, input_dim=5)
    config = [
        item,
        layer("MaxPooling1D", "maxpooling1d_1", pool_length=2, stride=2, border_mode="valid"),
        layer("Dropout", "dropout_1", p=0.2),
        layer("Bidirectional", "bidirectional_1", layer=inner, merge_mode="concat"),
        layer("Flatten", "flatten_1"),
        dense("dense_1", output_dim=2, activation="linear"),
        layer("Activation", "activation_1", activation="sigmoid"),
    ]
    w.layer("convolution1d_1", ("convolution1d_1_W", kernel), ("convolution1d_1_b", bias))
    stored = named("forward_lstm_1", ahead, "icfo", "") + named("backward_lstm_1", back, "icfo", "")
    w.layer("bidirectional_1", *stored)
    w.layer("dense_1", ("dense_1_W", last[0]), ("dense_1_b", last[1]))
    x = w.rng.normal(size=(2, 10, 4))
    y = f.relu(f.convolve(x[:, :, None], kernel.transpose(2, 3, 1, 0))[:, :, 0] + bias)
    y = y.reshape(2, 4, 2, 5).max(2)
    one = f.lstm(y, [ahead[n] for n in "ifco"], sequences=True)
    two = f.lstm(y[:, ::-1], [back[n] for n in "ifco"], sequences=True)[:, ::-1]
    y = f.sigmoid(f.dense(np.concatenate([one, two], -1).reshape(2, -1), *last))
    write(name, {"class_name": "Sequential", "config": config}, w.layers, [x], [y])


def model_of_a_browser():
    """Keras 2.4 after a converter from TensorFlow.js: a Sequential of Sequentials, the first begins with a
    functional model; a depthwise convolution has ``groups``."""
    name = "public_browser_model"
    w = Weights(name)
    kernel, head, last = w.draw(3, 3, 2, 1), (w.draw(2, 4), w.draw(4)), w.draw(4, 2)
    depthwise = layer(
        "DepthwiseConv2D",
        "expanded_conv_depthwise",
        dtype="float32",
        kernel_size=[3, 3],
        strides=[1, 1],
        padding="valid",
        data_format="channels_last",
        dilation_rate=[1, 1],
        groups=1,
        activation="linear",
        use_bias=False,
        depth_multiplier=1,
        depthwise_initializer={"class_name": "GlorotNormal", "config": {"seed": None}},
        kernel_initializer={"class_name": "GlorotUniform", "config": {"seed": None}},
    )
    rectified = layer("ReLU", "relu", max_value=6.0, negative_slope=0.0, threshold=0.0, dtype="float32")
    base = functional(
        [
            (layer("InputLayer", "input_1", batch_input_shape=[None, 6, 6, 2], dtype="float32"), []),
            (depthwise, [[["input_1", 0, 0, {}]]]),
            (rectified, [[["expanded_conv_depthwise", 0, 0, {}]]]),
        ],
        ["input_1"],
        ["relu"],
        "model1",
    )
    base["class_name"] = "Functional"
    pooling = layer("GlobalAveragePooling2D", "pooling1", dtype="float32", data_format="channels_last")
    first = dense_2("dense_Dense1", 4, "relu", batch_input_shape=[None, 2], dtype="float32")
    second = dense_2("dense_Dense2", 2, "softmax", dtype="float32")
    second["config"]["use_bias"] = False
    parts = [("sequential_1", [base, pooling]), ("sequential_3", [first, second])]
    config = {
        "name": "sequential_4",
        "layers": [
            {"class_name": "Sequential", "config": {"name": part, "layers": inner}} for part, inner in parts
        ],
    }
    w.layer("sequential_1", ("expanded_conv_depthwise/depthwise_kernel:0", kernel))
    w.layer(
        "sequential_3",
        ("dense_Dense1/kernel:0", head[0]),
        ("dense_Dense1/bias:0", head[1]),
        ("dense_Dense2/kernel:0", last),
    )
    x = w.rng.normal(size=(3, 6, 6, 2))
    y = np.concatenate([f.correlate(x[..., c : c + 1], kernel[:, :, c : c + 1]) for c in range(2)], -1)
    y = np.clip(y, 0, 6).mean((1, 2))
    y = f.softmax(f.relu(f.dense(y, *head)) @ last)
    write(
        name,
        {"class_name": "Sequential", "config": config},
        w.layers,
        [x],
        [y],
        version="2.4.0",
        backend="tensorflow",
        weights_version="2.4.0",
    )


def main():
    for make in (music_tagger, sequence_motifs, model_of_a_browser):
        make()


if __name__ == "__main__":
    main()
