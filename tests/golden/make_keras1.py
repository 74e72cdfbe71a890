"""Composes model files of Keras 1.0, 1.1 and 1.2: ``python -m tests.golden.make_keras1``.

Formats, names and orders of arrays are those of the versions' documents; the outputs are computed in NumPy.
"""

import numpy as np

from tests.golden import formulas as f
from tests.golden.compose import Weights, convolution, dense, functional, layer, node, write


def to_last(x):
    return np.moveaxis(x, 1, -1)


def to_first(x):
    return np.moveaxis(x, -1, 1)


def of_theano(kernel):
    """Turn (filters, channels, rows, columns) into (rows, columns, channels, filters)."""
    return kernel.transpose(2, 3, 1, 0)


def mnist_cnn_theano():
    """Keras 1.0 on Theano: a Sequential as a bare list, no version in the file, channels first, flipped
    kernels."""
    name = "keras10_theano_cnn"
    w = Weights(name)
    k1, b1 = w.draw(4, 1, 3, 3), w.draw(4)
    k2, b2 = w.draw(5, 4, 2, 2), w.draw(5)
    k3, b3 = w.draw(5 * 3 * 3, 6), w.draw(6)
    k4, b4 = w.draw(6, 3), w.draw(3)
    config = [
        convolution("convolution2d_1", batch_input_shape=[None, 1, 8, 8], input_dtype="float32"),
        layer("Activation", "activation_1", activation="relu"),
        layer(
            "MaxPooling2D",
            "maxpooling2d_1",
            pool_size=[2, 2],
            strides=[2, 2],
            border_mode="valid",
            dim_ordering="th",
        ),
        convolution(
            "convolution2d_2", nb_filter=5, nb_row=2, nb_col=2, border_mode="same", activation="relu"
        ),
        layer("Dropout", "dropout_1", p=0.25),
        layer("Flatten", "flatten_1"),
        dense("dense_1", output_dim=6, activation="tanh"),
        dense("dense_2", output_dim=3, activation="softmax", input_dim=6),
    ]
    for n, k, b in (
        ("convolution2d_1", k1, b1),
        ("convolution2d_2", k2, b2),
        ("dense_1", k3, b3),
        ("dense_2", k4, b4),
    ):
        w.layer(n, (f"{n}_W", k), (f"{n}_b", b))
        if n == "convolution2d_1":
            w.layer("activation_1")
            w.layer("maxpooling2d_1")
        elif n == "convolution2d_2":
            w.layer("dropout_1")
            w.layer("flatten_1")
    x = w.rng.normal(size=(3, 1, 8, 8))
    y = f.relu(f.convolve(to_last(x), of_theano(k1)) + b1)
    y = f.pool(y, (2, 2), (2, 2))
    # Theano's "same" with a kernel of 2 pads one row above and none below.
    y = f.relu(f.convolve(y, of_theano(k2), pads=((1, 0), (1, 0))) + b2)
    y = to_first(y).reshape(3, -1)
    y = f.softmax(f.dense(np.tanh(f.dense(y, k3, b3)), k4, b4))
    write(name, {"class_name": "Sequential", "config": config}, w.layers, [x], [y])


def strided_theano():
    """Keras 1.1 on Theano: ``same`` with strides and pooling, where Theano begins elsewhere than
    TensorFlow."""
    name = "keras11_theano_same"
    w = Weights(name)
    k1, b1 = w.draw(3, 2, 3, 3), w.draw(3)
    k2, b2 = w.draw(4, 3, 3, 3), w.draw(4)
    gamma, beta, mean, var = w.positive(4), w.draw(4), w.draw(4), w.positive(4)
    pooling = {"border_mode": "same", "dim_ordering": "th"}
    items = [
        (layer("InputLayer", "input_1", batch_input_shape=[None, 2, 8, 7], input_dtype="float32"), []),
        (convolution("conv1", nb_filter=3, subsample=[2, 2], border_mode="same"), node("input_1")),
        (layer("MaxPooling2D", "pool1", pool_size=[2, 2], strides=[1, 1], **pooling), node("conv1")),
        (layer("AveragePooling2D", "pool2", pool_size=[3, 3], strides=[2, 2], **pooling), node("pool1")),
        (convolution("inception/1x1", border_mode="same"), node("pool2")),
        (
            layer(
                "BatchNormalization",
                "bn",
                epsilon=1e-5,
                mode=0,
                axis=1,
                gamma_regularizer=None,
                beta_regularizer=None,
                momentum=0.9,
            ),
            node("inception/1x1"),
        ),
        (layer("GlobalAveragePooling2D", "gap", dim_ordering="th"), node("bn")),
    ]
    w.layer("input_1")
    w.layer("conv1", ("conv1_W", k1), ("conv1_b", b1))
    w.layer("pool1")
    w.layer("pool2")
    w.layer("inception/1x1", ("inception/1x1_W", k2), ("inception/1x1_b", b2))
    w.layer("bn", ("bn_gamma", gamma), ("bn_beta", beta), ("bn_running_mean", mean), ("bn_running_std", var))
    w.layer("gap")
    x = w.rng.normal(size=(2, 2, 8, 7))
    y = f.convolve(to_last(x), of_theano(k1), (2, 2), ((1, 1), (1, 1))) + b1
    y = f.pool(y, (2, 2), (1, 1), pads=((1, 0), (1, 0)))
    y = f.pool(y, (3, 3), (2, 2), np.mean, ((1, 1), (1, 1)))
    y = f.convolve(y, of_theano(k2), pads=((1, 1), (1, 1))) + b2
    y = f.normalize(y, gamma, beta, mean, var, 1e-5).mean((1, 2))
    write(name, functional(items, ["input_1"], ["gap"]), w.layers, [x], [y], version="1.1.0")


def old_normalization():
    """Keras 1.0.1: ``running_std`` is a standard deviation, and epsilon is added to it."""
    name = "keras101_batchnorm"
    w = Weights(name)
    gamma, beta, mean, std = w.positive(5), w.draw(5), w.draw(5), w.positive(5)
    config = [
        layer(
            "BatchNormalization",
            "batchnormalization_1",
            epsilon=0.01,
            mode=0,
            axis=-1,
            momentum=0.9,
            batch_input_shape=[None, 5],
            input_dtype="float32",
        )
    ]
    n = "batchnormalization_1"
    w.layer(
        n, (f"{n}_gamma", gamma), (f"{n}_beta", beta), (f"{n}_running_mean", mean), (f"{n}_running_std", std)
    )
    x = w.rng.normal(size=(4, 5))
    y = gamma * (x - mean) / (std + 0.01) + beta
    write(name, {"class_name": "Sequential", "config": config}, w.layers, [x], [y], version="1.0.1")


def recurrent_config(class_name, name, **config):
    return layer(
        class_name,
        name,
        output_dim=4,
        init="glorot_uniform",
        inner_init="orthogonal",
        activation="tanh",
        inner_activation="hard_sigmoid",
        forget_bias_init="one",
        return_sequences=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        consume_less="cpu",
        W_regularizer=None,
        U_regularizer=None,
        b_regularizer=None,
        dropout_W=0.2,
        dropout_U=0.2,
        input_dim=None,
        input_length=None,
        **config,
    )


def gates(w, names, inputs, units):
    """Draw an array of W, U and b for each gate."""
    return {n: (w.draw(inputs, units), w.draw(units, units), w.draw(units)) for n in names}


def named(prefix, drawn, names, suffix=":0"):
    return [(f"{prefix}_{kind}_{n}{suffix}", a) for n in names for kind, a in zip("WUb", drawn[n])]


def text_models():
    """Keras 1.2 on TensorFlow: Embedding with dropout, LSTM of 12 arrays, GRU of 9, SimpleRNN,
    Bidirectional."""
    name = "keras12_recurrent"
    w = Weights(name)
    table = w.draw(11, 3)
    one = gates(w, "cfio", 3, 4)
    two, back = gates(w, "zrh", 4, 4), gates(w, "zrh", 4, 4)
    three = (w.draw(8, 4), w.draw(4, 4), w.draw(4))
    sigmoid = w.draw(4, 1), w.draw(1)
    embedding = layer(
        "Embedding",
        "embedding_1",
        batch_input_shape=[None, 6],
        input_dtype="int32",
        input_dim=11,
        output_dim=3,
        init="uniform",
        input_length=6,
        mask_zero=False,
        activity_regularizer=None,
        W_regularizer=None,
        W_constraint=None,
        dropout=0.1,
    )
    inner = recurrent_config("GRU", "gru_1")
    del inner["config"]["forget_bias_init"]
    inner["config"]["return_sequences"] = True
    first = recurrent_config("LSTM", "lstm_1")
    first["config"]["return_sequences"] = True
    simple = recurrent_config("SimpleRNN", "simplernn_1")
    for key in ("inner_activation", "forget_bias_init"):
        del simple["config"][key]
    config = [
        embedding,
        first,
        layer("Bidirectional", "bidirectional_1", layer=inner, merge_mode="concat"),
        simple,
        dense("dense_1", output_dim=1, activation="sigmoid", input_dim=4),
    ]
    w.layer("embedding_1", ("embedding_1_W:0", table))
    w.layer("lstm_1", *named("lstm_1", one, "icfo"))
    w.layer(
        "bidirectional_1",
        *named("forward_gru_1", two, "zrh"),
        *named("backward_gru_1", back, "zrh"),
    )
    w.layer("simplernn_1", *((f"simplernn_1_{k}:0", a) for k, a in zip("WUb", three)))
    w.layer("dense_1", ("dense_1_W:0", sigmoid[0]), ("dense_1_b:0", sigmoid[1]))
    x = w.rng.integers(0, 11, (3, 6))
    y = f.lstm(table[x], [one[n] for n in "ifco"], sequences=True)
    ahead = f.gru(y, [two[n] for n in "zrh"], sequences=True)
    behind = f.gru(y[:, ::-1], [back[n] for n in "zrh"], sequences=True)[:, ::-1]
    y = f.simple_rnn(np.concatenate([ahead, behind], -1), *three)
    y = f.sigmoid(f.dense(y, *sigmoid))
    training = {
        "optimizer_config": {
            "class_name": "RMSprop",
            "config": {"lr": 0.002, "rho": 0.9, "epsilon": 1e-8, "decay": 0.0},
        },
        "loss": "binary_crossentropy",
        "metrics": ["accuracy"],
        "sample_weight_mode": None,
        "loss_weights": None,
    }
    write(
        name,
        {"class_name": "Sequential", "config": config},
        w.layers,
        [x],
        [y],
        version="1.2.2",
        training=training,
    )


def gpu_recurrent():
    """Keras 1.2, ``consume_less="gpu"``: one matrix for all gates; masking of steps."""
    name = "keras12_lstm_gpu"
    w = Weights(name)
    kernel, recurrent, bias = w.draw(3, 16), w.draw(4, 16), w.draw(16)
    item = recurrent_config("LSTM", "lstm_1")
    item["config"]["consume_less"] = "gpu"
    config = [
        layer("Masking", "masking_1", mask_value=0.0, batch_input_shape=[None, 5, 3], input_dtype="float32"),
        item,
    ]
    w.layer("masking_1")
    w.layer("lstm_1", ("lstm_1_W:0", kernel), ("lstm_1_U:0", recurrent), ("lstm_1_b:0", bias))
    x = w.rng.normal(size=(3, 5, 3))
    x[0, 3:] = 0
    x[1, :2] = 0
    parts = [tuple(np.split(a, 4, -1)[i] for a in (kernel, recurrent, bias)) for i in range(4)]
    y = f.lstm(x, parts, mask=(x != 0).any(-1))
    write(name, {"class_name": "Sequential", "config": config}, w.layers, [x], [y], version="1.2.0")


def merged_branches():
    """Keras 1.0: a Sequential that begins with a Merge of two Sequentials; Highway, MaxoutDense,
    TimeDistributedDense."""
    name = "keras10_merge_branches"
    w = Weights(name)
    left, right = (w.draw(4, 3), w.draw(3)), (w.draw(2, 3), w.draw(3))
    high = w.draw(6, 6), w.draw(6, 6), w.draw(6), w.draw(6)
    most = w.draw(3, 6, 2), w.draw(3, 2)
    branches = [
        {
            "class_name": "Sequential",
            "config": [dense("dense_1", activation="tanh", batch_input_shape=[None, 4])],
        },
        {"class_name": "Sequential", "config": [dense("dense_2", batch_input_shape=[None, 2])]},
    ]
    merge = layer(
        "Merge",
        "merge_1",
        layers=branches,
        mode="concat",
        mode_type="raw",
        concat_axis=-1,
        dot_axes=-1,
        output_shape=None,
        output_shape_type="raw",
        arguments={},
    )
    highway = layer(
        "Highway",
        "highway_1",
        init="glorot_uniform",
        transform_bias=-2,
        activation="relu",
        W_regularizer=None,
        b_regularizer=None,
        activity_regularizer=None,
        W_constraint=None,
        b_constraint=None,
        bias=True,
        input_dim=None,
    )
    maxout = layer(
        "MaxoutDense",
        "maxoutdense_1",
        output_dim=2,
        init="glorot_uniform",
        nb_feature=3,
        W_regularizer=None,
        b_regularizer=None,
        activity_regularizer=None,
        W_constraint=None,
        b_constraint=None,
        bias=True,
        input_dim=None,
    )
    w.layer("dense_1", ("dense_1_W:0", left[0]), ("dense_1_b:0", left[1]))
    w.layer("dense_2", ("dense_2_W:0", right[0]), ("dense_2_b:0", right[1]))
    w.layer("highway_1", *((f"highway_1_{n}:0", a) for n, a in zip(("W", "W_carry", "b", "b_carry"), high)))
    w.layer("maxoutdense_1", ("maxoutdense_1_W:0", most[0]), ("maxoutdense_1_b:0", most[1]))
    a, b = w.rng.normal(size=(3, 4)), w.rng.normal(size=(3, 2))
    x = np.concatenate([np.tanh(f.dense(a, *left)), f.dense(b, *right)], -1)
    gate = f.sigmoid(x @ high[1] + high[3])
    x = gate * f.relu(x @ high[0] + high[2]) + (1 - gate) * x
    y = (np.einsum("bi,fio->bfo", x, most[0]) + most[1]).max(1)
    write(name, {"class_name": "Sequential", "config": [merge, highway, maxout]}, w.layers, [a, b], [y])


def merge_modes():
    """Keras 1.2: a functional model with every mode of Merge, shared layers and two outputs."""
    name = "keras12_merge_modes"
    w = Weights(name)
    shared = w.draw(4, 3), w.draw(3)
    ends = (w.draw(7, 2), w.draw(2)), (w.draw(3, 1), w.draw(1))

    def merge(name, mode, axes=-1):
        return layer(
            "Merge",
            name,
            mode=mode,
            mode_type="raw",
            concat_axis=-1,
            dot_axes=axes,
            output_shape=None,
            output_shape_type="raw",
            output_mask=None,
            output_mask_type="raw",
            arguments={},
        )

    both = [[["shared", 0, 0], ["shared", 1, 0]]]
    items = [
        (layer("InputLayer", "a", batch_input_shape=[None, 4], input_dtype="float32", sparse=False), []),
        (layer("InputLayer", "b", batch_input_shape=[None, 4], input_dtype="float32", sparse=False), []),
        (dense("shared", activation="tanh"), [[["a", 0, 0]], [["b", 0, 0]]]),
        *((merge(f"merge_{m}", m, [1, 1]), both) for m in ("sum", "mul", "ave", "max", "dot", "cos")),
        (layer("Flatten", "flatten_1"), node("merge_cos")),
        (merge("merge_sums", "sum"), node("merge_sum", "merge_mul", "merge_ave")),
        (merge("merge_all", "concat"), node("merge_sums", "merge_max", "merge_dot")),
        (dense("first", output_dim=2), node("merge_all")),
        (layer("RepeatVector", "repeat", n=3), node("flatten_1")),
        (layer("Reshape", "reshape", target_shape=[3]), node("repeat")),
        (dense("second", output_dim=1), node("reshape")),
    ]
    for item, _ in items:
        n = item["config"]["name"]
        arrays = {"shared": shared, "first": ends[0], "second": ends[1]}.get(n, ())
        w.layer(n, *((f"{n}_{k}:0", v) for k, v in zip("Wb", arrays)))
    a, b = w.rng.normal(size=(3, 4)), w.rng.normal(size=(3, 4))
    p, q = np.tanh(f.dense(a, *shared)), np.tanh(f.dense(b, *shared))
    dot = (p * q).sum(-1, keepdims=True)
    sums = (p + q) + p * q + (p + q) / 2
    first = f.dense(np.concatenate([sums, np.maximum(p, q), dot], -1), *ends[0])
    cos = dot / np.linalg.norm(p, axis=-1, keepdims=True) / np.linalg.norm(q, axis=-1, keepdims=True)
    second = f.dense(np.repeat(cos, 3, -1), *ends[1])
    write(
        name,
        functional(items, ["a", "b"], ["first", "second"]),
        w.layers,
        [a, b],
        [first, second],
        version="1.2.1",
    )


def images_tensorflow():
    """Keras 1.2 on TensorFlow, ``tf`` order: Atrous-, Separable- and Deconvolution2D, ZeroPadding2D by four
    numbers."""
    name = "keras12_tensorflow_images"
    w = Weights(name)
    atrous = w.draw(2, 2, 2, 3), w.draw(3)
    deep, point = w.draw(2, 2, 3, 2), w.draw(1, 1, 6, 4)
    up = w.draw(3, 3, 4, 2), w.draw(2)  # stored with the filters last
    up_kernel = w.draw(3, 3, 4, 2)
    config = [
        convolution(
            "atrousconvolution2d_1",
            nb_filter=3,
            nb_row=2,
            nb_col=2,
            dim_ordering="tf",
            atrous_rate=[2, 2],
            batch_input_shape=[None, 7, 7, 2],
        ),
        convolution(
            "sep", nb_row=2, nb_col=2, depth_multiplier=2, dim_ordering="tf", bias=False, border_mode="same"
        ),
        layer("ZeroPadding2D", "pad", padding=[1, 0, 0, 1], dim_ordering="tf"),
        convolution(
            "deconv",
            nb_filter=2,
            subsample=[2, 2],
            output_shape=[None, 12, 12, 2],
            dim_ordering="tf",
            border_mode="same",
        ),
        layer("UpSampling2D", "upsampling", size=[2, 1], dim_ordering="tf"),
        layer("Cropping2D", "cropping", cropping=[[1, 0], [2, 1]], dim_ordering="tf"),
        layer("ELU", "elu", alpha=0.7),
    ]
    for item, class_name in zip(
        config, ("AtrousConvolution2D", "SeparableConvolution2D", None, "Deconvolution2D")
    ):
        item["class_name"] = class_name or item["class_name"]
    w.layer("atrousconvolution2d_1", *((f"atrous_{n}:0", a) for n, a in zip("Wb", atrous)))
    w.layer("sep", ("sep_depthwise_kernel:0", deep), ("sep_pointwise_kernel:0", point))
    w.layer("pad")
    w.layer("deconv", ("deconv_W:0", up_kernel), ("deconv_b:0", up[1]))
    for n in ("upsampling", "cropping", "elu"):
        w.layer(n)
    x = w.rng.normal(size=(2, 7, 7, 2))
    y = f.correlate(x, atrous[0], rates=(2, 2)) + atrous[1]
    parts = [
        f.correlate(y[..., c : c + 1], deep[:, :, c : c + 1, :], pads=((0, 1), (0, 1)))
        for c in range(y.shape[-1])
    ]
    y = np.concatenate(parts, -1) @ point[0, 0]
    y = np.pad(y, ((0, 0), (1, 0), (0, 1), (0, 0)))
    y = f.transposed(y, up_kernel.transpose(0, 1, 3, 2), (2, 2), (12, 12), (0, 0)) + up[1]
    y = np.repeat(y, 2, 1)[:, 1:, 2:-1]
    y = np.where(y > 0, y, 0.7 * (np.exp(y) - 1))
    write(name, {"class_name": "Sequential", "config": config}, w.layers, [x], [y], version="1.2.2")


def sequences():
    """Keras 1.0 to 1.2: Convolution1D stored with four axes in either order, pooling, TimeDistributed,
    locally connected."""
    for version, name in (("1.0.8", "keras10_convolution1d"), ("1.2.2", "keras12_convolution1d")):
        w = Weights(name)
        kernel, bias = w.draw(3, 2, 4), w.draw(4)
        steps = w.draw(4, 5), w.draw(5)
        local = w.draw(2, 2 * 5, 3), w.draw(2, 3)
        stored = kernel.transpose(2, 1, 0)[..., None] if version == "1.0.8" else kernel[:, None]
        item = convolution("convolution1d_1", batch_input_shape=[None, 9, 2], activation="relu")
        item["class_name"] = "Convolution1D"
        for key in ("nb_row", "nb_col", "subsample", "dim_ordering"):
            del item["config"][key]
        item["config"].update(filter_length=3, subsample_length=1, input_dim=2, input_length=9)
        there = dense(
            "locallyconnected1d_1", nb_filter=3, filter_length=2, subsample_length=1, border_mode="valid"
        )
        there["class_name"] = "LocallyConnected1D"
        del there["config"]["output_dim"]
        config = [
            item,
            layer("MaxPooling1D", "maxpooling1d_1", stride=2, pool_length=2, border_mode="valid"),
            layer(
                "TimeDistributed",
                "timedistributed_1",
                layer=dense("dense_1", output_dim=5, activation="tanh"),
            ),
            there,
        ]
        w.layer("convolution1d_1", ("convolution1d_1_W:0", stored), ("convolution1d_1_b:0", bias))
        w.layer("maxpooling1d_1")
        w.layer("timedistributed_1", ("dense_1_W:0", steps[0]), ("dense_1_b:0", steps[1]))
        w.layer("locallyconnected1d_1", *((f"locallyconnected1d_1_{n}:0", a) for n, a in zip("Wb", local)))
        x = w.rng.normal(size=(2, 9, 2))
        y = f.relu(f.correlate(x[:, :, None], kernel[:, None])[:, :, 0] + bias)
        y = y[:, :6].reshape(2, 3, 2, 4).max(2)
        y = np.tanh(f.dense(y, *steps))
        patches = np.stack([y[:, :2].reshape(2, -1), y[:, 1:].reshape(2, -1)], 1)
        y = np.einsum("bpi,pif->bpf", patches, local[0]) + local[1]
        write(name, {"class_name": "Sequential", "config": config}, w.layers, [x], [y], version=version)


def conv_lstm():
    """Keras 1.2: ConvLSTM2D, twelve arrays with the channels first."""
    name = "keras12_convlstm"
    w = Weights(name)
    drawn = {n: (w.draw(2, 1, 3, 3), w.draw(2, 2, 3, 3), w.draw(2)) for n in "icfo"}
    item = recurrent_config("ConvLSTM2D", "convlstm2d_1", batch_input_shape=[None, 3, 1, 5, 5])
    for key in ("output_dim", "consume_less", "input_dim", "input_length", "unroll"):
        del item["config"][key]
    item["config"].update(
        nb_filter=2, nb_row=3, nb_col=3, border_mode="same", subsample=[1, 1], dim_ordering="th"
    )
    w.layer("convlstm2d_1", *named("convlstm2d_1", drawn, "icfo"))
    x = w.rng.normal(size=(2, 3, 1, 5, 5))
    parts = [
        (drawn[n][0].transpose(2, 3, 1, 0), drawn[n][1].transpose(2, 3, 1, 0), drawn[n][2]) for n in "ifco"
    ]
    y = to_first(f.conv_lstm(np.moveaxis(x, 2, -1), parts, ((1, 1), (1, 1))))
    write(name, {"class_name": "Sequential", "config": [item]}, w.layers, [x], [y], version="1.2.2")


def nested():
    """Keras 1.2: a functional model around a Sequential and a frozen model, whose arrays lie in an order of
    their own."""
    name = "keras12_nested"
    w = Weights(name)
    dense_a, dense_b, dense_c = ((w.draw(i, o), w.draw(o)) for i, o in ((4, 5), (5, 3), (6, 2)))
    stats = w.positive(5), w.draw(5), w.draw(5), w.positive(5)
    normalization = layer(
        "BatchNormalization",
        "bn",
        epsilon=1e-3,
        mode=0,
        axis=-1,
        gamma_regularizer=None,
        beta_regularizer=None,
        momentum=0.99,
    )
    inner = {
        "class_name": "Sequential",
        "config": [
            dense("dense_a", output_dim=5, batch_input_shape=[None, 4]),
            normalization,
            dense("dense_b"),
        ],
    }
    items = [
        (layer("InputLayer", "left", batch_input_shape=[None, 4], input_dtype="float32"), []),
        (layer("InputLayer", "right", batch_input_shape=[None, 4], input_dtype="float32"), []),
        ({**inner, "config": inner["config"]}, [[["left", 0, 0]], [["right", 0, 0]]]),
        (layer("Merge", "merge_1", mode="concat", mode_type="raw", concat_axis=-1), None),
        (dense("dense_c", output_dim=2), node("merge_1")),
    ]
    # A nested model's own construction is its first call.
    items[3] = (items[3][0], [[["sequential_1", 1, 0], ["sequential_1", 2, 0]]])
    layers = []
    for item, nodes in items:
        n = "sequential_1" if item["class_name"] == "Sequential" else item["config"]["name"]
        layers.append({**item, "name": n, "inbound_nodes": nodes})
    config = {
        "class_name": "Model",
        "config": {
            "name": "model_1",
            "layers": layers,
            "input_layers": [["left", 0, 0], ["right", 0, 0]],
            "output_layers": [["dense_c", 0, 0]],
        },
    }
    w.layer("left")
    w.layer("right")
    arrays = [*dense_a, *stats[:2], *dense_b, *stats[2:]]
    names = [
        "dense_a_W",
        "dense_a_b",
        "bn_gamma",
        "bn_beta",
        "dense_b_W",
        "dense_b_b",
        "bn_running_mean",
        "bn_running_std",
    ]
    w.layer("sequential_1", *((f"{n}:0", a) for n, a in zip(names, arrays)))
    w.layer("merge_1")
    w.layer("dense_c", *((f"dense_c_{n}:0", a) for n, a in zip("Wb", dense_c)))

    def inside(x):
        return f.dense(f.normalize(f.dense(x, *dense_a), *stats, 1e-3), *dense_b)

    a, b = w.rng.normal(size=(3, 4)), w.rng.normal(size=(3, 4))
    y = f.dense(np.concatenate([inside(a), inside(b)], -1), *dense_c)
    write(name, config, w.layers, [a, b], [y], version="1.2.2")


def normalization_modes():
    """Keras 1.2: BatchNormalization with ``mode=1`` and ``mode=2``, ParametricSoftplus, SReLU, PReLU."""
    name = "keras12_normalization_modes"
    w = Weights(name)
    one, two = ((w.positive(5), w.draw(5), w.draw(5), w.positive(5)) for _ in range(2))
    soft = w.positive(5), w.positive(5)
    s = w.draw(5), w.draw(5), w.draw(5), w.positive(5)
    slope = w.positive(5)

    def normalization(name, mode, **config):
        return layer("BatchNormalization", name, epsilon=1e-3, mode=mode, axis=-1, momentum=0.99, **config)

    config = [
        normalization("one", 1, batch_input_shape=[None, 5]),
        layer("ParametricSoftplus", "soft", alpha_init=0.2, beta_init=5.0),
        normalization("two", 2),
        layer(
            "SReLU", "srelu", t_left_init="zero", a_left_init="glorot_uniform", t_right_init="glorot_uniform"
        ),
        layer("PReLU", "prelu", init="zero"),
    ]
    statistics = ("gamma", "beta", "running_mean", "running_std")
    w.layer("one", *((f"one_{n}:0", a) for n, a in zip(statistics, one)))
    w.layer("soft", ("soft_alpha:0", soft[0]), ("soft_beta:0", soft[1]))
    w.layer("two", *((f"two_{n}:0", a) for n, a in zip(statistics, two)))
    w.layer("srelu", *((f"srelu_{n}:0", a) for n, a in zip(("t_left", "a_left", "t_right", "a_right"), s)))
    w.layer("prelu", ("prelu_alphas:0", slope))
    x = w.rng.normal(size=(4, 5))
    std = np.sqrt(x.var(-1, keepdims=True) + 1e-3)
    y = one[0] * (x - x.mean(-1, keepdims=True)) / (std + 1e-3) + one[1]
    y = soft[0] * np.log1p(np.exp(soft[1] * y))
    y = two[0] * (y - y.mean(0)) / np.sqrt(y.var(0) + 1e-3) + two[1]
    right = s[0] + np.abs(s[2])
    y = np.where(y < s[0], s[0] + s[1] * (y - s[0]), np.where(y > right, right + s[3] * (y - right), y))
    y = np.where(y > 0, y, slope * y)
    write(name, {"class_name": "Sequential", "config": config}, w.layers, [x], [y], version="1.2.2")


def main():
    for make in (
        mnist_cnn_theano,
        strided_theano,
        old_normalization,
        text_models,
        gpu_recurrent,
        merged_branches,
        merge_modes,
        images_tensorflow,
        sequences,
        conv_lstm,
        nested,
        normalization_modes,
    ):
        make()


if __name__ == "__main__":
    main()
