"""Composes model files of Keras 2.0 to 2.3 and of TensorFlow's own Keras 1.13 to 2.4: ``python -m
tests.golden.make_keras2``.

Formats, names and orders of arrays are those of the versions' documents; the outputs are computed in NumPy.
"""

import base64

import numpy as np

from tests.golden import formulas as f
from tests.golden.compose import FILES, Weights, functional, layer, node, write, write_json

GLOROT = {
    "class_name": "VarianceScaling",
    "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None},
}
ZEROS = {"class_name": "Zeros", "config": {}}


def weighted(class_name, name, *parts, **config):
    """Return a layer of Keras 2 with the options of its weights."""
    options = {}
    for part in parts:
        options[f"{part}_initializer"] = ZEROS if part == "bias" else GLOROT
        options[f"{part}_regularizer"] = options[f"{part}_constraint"] = None
    return layer(class_name, name, **options, **config)


def dense(name, units, activation="linear", **config):
    return weighted(
        "Dense",
        name,
        "kernel",
        "bias",
        units=units,
        activation=activation,
        use_bias=True,
        activity_regularizer=None,
        **config,
    )


def conv2d(name, filters, kernel_size, **config):
    return weighted(
        "Conv2D",
        name,
        "kernel",
        "bias",
        **{
            "filters": filters,
            "kernel_size": list(kernel_size),
            "strides": [1, 1],
            "padding": "valid",
            "data_format": "channels_last",
            "dilation_rate": [1, 1],
            "activation": "linear",
            "use_bias": True,
            "activity_regularizer": None,
            **config,
        },
    )


def normalization(name, **config):
    return layer(
        "BatchNormalization",
        name,
        **{
            "axis": -1,
            "momentum": 0.99,
            "epsilon": 0.001,
            "center": True,
            "scale": True,
            "beta_initializer": ZEROS,
            "gamma_initializer": {"class_name": "Ones", "config": {}},
            "moving_mean_initializer": ZEROS,
            "moving_variance_initializer": {"class_name": "Ones", "config": {}},
            "beta_regularizer": None,
            "gamma_regularizer": None,
            "beta_constraint": None,
            "gamma_constraint": None,
            **config,
        },
    )


def recurrent(class_name, name, units, **config):
    return weighted(
        class_name,
        name,
        "kernel",
        "recurrent",
        "bias",
        **{
            "return_sequences": False,
            "return_state": False,
            "go_backwards": False,
            "stateful": False,
            "unroll": False,
            "units": units,
            "activation": "tanh",
            "use_bias": True,
            "activity_regularizer": None,
            "dropout": 0.1,
            "recurrent_dropout": 0.1,
            **config,
        },
    )


def kernels(w, name, *arrays, names=("kernel", "bias")):
    w.layer(name, *((f"{name}/{n}:0", a) for n, a in zip(names, arrays)))


def sequential_list():
    """Keras 2.0: Sequential as a bare list, numbers as arrays, a Theano backend named in the file, channels
    first."""
    name = "keras20_theano_list"
    w = Weights(name)
    k1, b1, k2, b2 = w.draw(3, 3, 2, 4), w.draw(4), w.draw(4 * 6, 3), w.draw(3)
    config = [
        conv2d(
            "conv2d_1",
            4,
            (3, 3),
            padding="same",
            strides=[2, 2],
            data_format="channels_first",
            batch_input_shape=[None, 2, 6, 5],
            dtype="float32",
        ),
        layer("LeakyReLU", "leaky_re_lu_1", alpha={"type": "ndarray", "value": 0.2}),
        layer(
            "MaxPooling2D",
            "max_pooling2d_1",
            pool_size=[2, 2],
            padding="same",
            strides=[2, 1],
            data_format="channels_first",
        ),
        layer("Flatten", "flatten_1"),
        dense("dense_1", 3, "softmax"),
    ]
    config[-1]["config"]["kernel_regularizer"] = {
        "class_name": "L1L2",
        "config": {"l1": 0.0, "l2": {"type": "ndarray", "value": 0.01}},
    }
    w.layer("conv2d_1", ("conv2d_1/kernel", k1), ("conv2d_1/bias", b1))
    for n in ("leaky_re_lu_1", "max_pooling2d_1", "flatten_1"):
        w.layer(n)
    w.layer("dense_1", ("dense_1/kernel", k2), ("dense_1/bias", b2))
    x = w.rng.normal(size=(2, 2, 6, 5))
    y = f.convolve(np.moveaxis(x, 1, -1), k1, (2, 2), ((1, 1), (1, 1))) + b1
    y = np.where(y > 0, y, 0.2 * y)
    y = f.pool(y, (2, 2), (2, 1), pads=((1, 0), (1, 0)))
    y = np.moveaxis(y, -1, 1).reshape(2, -1)
    y = f.softmax(f.dense(y, k2, b2))
    training = {
        "optimizer_config": {
            "class_name": "SGD",
            "config": {"lr": 0.01, "momentum": 0.9, "decay": 1e-6, "nesterov": True},
        },
        "loss": "categorical_crossentropy",
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
        version="2.0.4",
        backend="theano",
        weights_version="2.0.4",
        training=training,
    )


def mobilenet_of_then():
    """Keras 2.1: relu6 as a function of its own, DepthwiseConv2D, GRU before ``reset_after``, hard_sigmoid
    gates."""
    name = "keras21_mobilenet_gru"
    w = Weights(name)
    deep, bn = w.draw(3, 3, 2, 1), (w.positive(2), w.draw(2), w.draw(2), w.positive(2))
    point = w.draw(1, 1, 2, 3)
    gates = [(w.draw(3, 4), w.draw(4, 4), w.draw(4)) for _ in range(3)]
    depthwise = layer(
        "DepthwiseConv2D",
        "conv_dw_1",
        kernel_size=[3, 3],
        strides=[2, 2],
        padding="same",
        data_format="channels_last",
        dilation_rate=[1, 1],
        activation="linear",
        use_bias=False,
        bias_initializer=ZEROS,
        bias_regularizer=None,
        activity_regularizer=None,
        bias_constraint=None,
        depth_multiplier=1,
        depthwise_initializer=GLOROT,
        depthwise_regularizer=None,
        depthwise_constraint=None,
    )
    items = [
        (
            layer("InputLayer", "input_1", batch_input_shape=[None, 6, 6, 2], dtype="float32", sparse=False),
            [],
        ),
        (depthwise, node("input_1")),
        (normalization("conv_dw_1_bn"), node("conv_dw_1")),
        (layer("Activation", "conv_dw_1_relu", activation="relu6"), node("conv_dw_1_bn")),
        (conv2d("conv_pw_1", 3, (1, 1), use_bias=False, activation="relu"), node("conv_dw_1_relu")),
        (layer("Reshape", "reshape_1", target_shape=[9, 3]), node("conv_pw_1")),
        (
            recurrent("GRU", "gru_1", 4, recurrent_activation="hard_sigmoid", implementation=1),
            node("reshape_1"),
        ),
    ]
    w.layer("input_1")
    kernels(w, "conv_dw_1", deep, names=("depthwise_kernel",))
    kernels(w, "conv_dw_1_bn", *bn, names=("gamma", "beta", "moving_mean", "moving_variance"))
    w.layer("conv_dw_1_relu")
    kernels(w, "conv_pw_1", point)
    w.layer("reshape_1")
    joined = [np.concatenate(parts, -1) for parts in zip(*gates)]
    kernels(w, "gru_1", *joined, names=("kernel", "recurrent_kernel", "bias"))
    x = w.rng.normal(size=(2, 6, 6, 2)) * 4
    pads = (f.same(6, 3, 2), f.same(6, 3, 2))
    y = np.concatenate(
        [f.correlate(x[..., c : c + 1], deep[:, :, c : c + 1], (2, 2), pads) for c in range(2)], -1
    )
    y = np.clip(f.normalize(y, *bn, 1e-3), 0, 6)
    y = f.relu(y @ point[0, 0]).reshape(2, 9, 3)
    y = f.gru(y, gates)
    write(
        name,
        functional(items, ["input_1"], ["gru_1"]),
        w.layers,
        [x],
        [y],
        version="2.1.2",
        backend="tensorflow",
        weights_version="2.1.2",
    )


def cudnn(kernel, count):
    """Lay a kernel as CuDNN did: each gate transposed, read as it lies, in a matrix of the old shape."""
    return np.concatenate([part.T.reshape(part.shape) for part in np.split(kernel, count, axis=1)], axis=1)


def cudnn_models():
    """Keras 2.2.2: CuDNNLSTM and CuDNNGRU, Sequential still a bare list, nested in a Bidirectional."""
    name = "keras222_cudnn"
    w = Weights(name)
    lstm = [(w.draw(3, 4), w.draw(4, 4), w.draw(4), w.draw(4)) for _ in range(4)]
    two = [[(w.draw(4, 3), w.draw(3, 3), w.draw(3), w.draw(3)) for _ in range(3)] for _ in range(2)]

    def stored(gates):
        kernel, recurrent_kernel, one, other = (np.concatenate(parts, -1) for parts in zip(*gates))
        return cudnn(kernel, len(gates)), cudnn(recurrent_kernel, len(gates)), np.concatenate([one, other])

    def config(class_name, name, units, **more):
        item = recurrent(class_name, name, units, **more)
        for key in ("activation", "use_bias", "dropout", "recurrent_dropout", "unroll"):
            del item["config"][key]
        return item

    inner = config("CuDNNGRU", "cu_dnngru_1", 3)
    first = config("CuDNNLSTM", "cu_dnnlstm_1", 4, return_sequences=True, unit_forget_bias=True)
    first["config"]["batch_input_shape"] = [None, 5, 3]
    items = [first, layer("Bidirectional", "bidirectional_1", merge_mode="sum", layer=inner)]
    names = ("kernel", "recurrent_kernel", "bias")
    kernels(w, "cu_dnnlstm_1", *stored(lstm), names=names)
    arrays = [
        (f"bidirectional_1/{side}_cu_dnngru_1/{n}:0", a)
        for side, gates in zip(("forward", "backward"), two)
        for n, a in zip(names, stored(gates))
    ]
    w.layer("bidirectional_1", *arrays)
    x = w.rng.normal(size=(3, 5, 3))
    y = f.lstm(x, [(a, b, c + d) for a, b, c, d in lstm], gate=f.sigmoid, sequences=True)
    y = f.gru_reset_after(y, two[0]) + f.gru_reset_after(y[:, ::-1], two[1])
    write(
        name,
        {"class_name": "Sequential", "config": items},
        w.layers,
        [x],
        [y],
        version="2.2.2",
        backend="tensorflow",
        weights_version="2.2.2",
    )


def siamese():
    """Keras 2.2.4: Sequential as a dictionary inside a functional model, shared; Lambda-free distance by
    Dot and Subtract."""
    name = "keras224_siamese"
    w = Weights(name)
    one, two, end = (w.draw(4, 6), w.draw(6)), (w.draw(6, 3), w.draw(3)), (w.draw(4, 1), w.draw(1))
    inner = {
        "class_name": "Sequential",
        "config": {
            "name": "sequential_1",
            "layers": [
                dense("dense_1", 6, "relu", batch_input_shape=[None, 4], dtype="float32"),
                layer("Dropout", "dropout_1", rate=0.1, noise_shape=None, seed=None),
                dense("dense_2", 3, "hard_sigmoid"),
            ],
        },
    }
    calls = [[["left", 0, 0, {}]], [["right", 0, 0, {}]]]
    both = [[["sequential_1", 1, 0, {}], ["sequential_1", 2, 0, {}]]]
    layers = [
        (layer("InputLayer", "left", batch_input_shape=[None, 4], dtype="float32", sparse=False), []),
        (layer("InputLayer", "right", batch_input_shape=[None, 4], dtype="float32", sparse=False), []),
        (inner, calls),
        (layer("Subtract", "subtract_1"), both),
        (layer("Dot", "dot_1", axes=-1, normalize=True), both),
        (layer("Concatenate", "concatenate_1", axis=-1), [[["subtract_1", 0, 0, {}], ["dot_1", 0, 0, {}]]]),
        (dense("dense_3", 1, "sigmoid"), [[["concatenate_1", 0, 0, {}]]]),
    ]
    for n in ("left", "right"):
        w.layer(n)
    w.layer(
        "sequential_1",
        *(
            (f"{layer_name}/{n}:0", a)
            for layer_name, pair in (("dense_1", one), ("dense_2", two))
            for n, a in zip(("kernel", "bias"), pair)
        ),
    )
    for n in ("subtract_1", "dot_1", "concatenate_1"):
        w.layer(n)
    kernels(w, "dense_3", *end)
    a, b = w.rng.normal(size=(3, 4)), w.rng.normal(size=(3, 4))
    p, q = (f.hard_sigmoid(f.dense(f.relu(f.dense(x, *one)), *two)) for x in (a, b))
    cos = (
        (p * q).sum(-1, keepdims=True)
        / np.linalg.norm(p, axis=-1)[:, None]
        / np.linalg.norm(q, axis=-1)[:, None]
    )
    y = f.sigmoid(f.dense(np.concatenate([p - q, cos], -1), *end))
    write(
        name,
        functional(layers, ["left", "right"], ["dense_3"]),
        w.layers,
        [a, b],
        [y],
        version="2.2.4",
        backend="tensorflow",
        weights_version="2.2.4",
    )


def encoder_decoder():
    """Keras 2.3: LSTM states passed on as inputs, Bidirectional, TimeDistributed; and its JSON with a
    weights file."""
    name = "keras23_seq2seq"
    w = Weights(name)
    first, second = ([(w.draw(i, 4), w.draw(4, 4), w.draw(4)) for _ in range(4)] for i in (3, 2))
    end = w.draw(4, 2), w.draw(2)
    options = {"recurrent_activation": "sigmoid", "unit_forget_bias": True, "implementation": 2}
    layers = [
        (layer("InputLayer", "source", batch_input_shape=[None, 5, 3], dtype="float32", sparse=False), []),
        (layer("InputLayer", "target", batch_input_shape=[None, None, 2], dtype="float32", sparse=False), []),
        (recurrent("LSTM", "encoder", 4, return_state=True, **options), [[["source", 0, 0, {}]]]),
        (
            recurrent("LSTM", "decoder", 4, return_sequences=True, **options),
            [[["target", 0, 0, {}], ["encoder", 0, 1, {}], ["encoder", 0, 2, {}]]],
        ),
        (
            layer(
                "TimeDistributed", "time_distributed_1", layer=dense("dense_1", 2, "softmax"), dtype="float32"
            ),
            [[["decoder", 0, 0, {}]]],
        ),
    ]
    names = ("kernel", "recurrent_kernel", "bias")
    w.layer("source")
    w.layer("target")
    for n, gates in (("encoder", first), ("decoder", second)):
        kernels(w, n, *(np.concatenate(parts, -1) for parts in zip(*gates)), names=names)
    w.layer(
        "time_distributed_1", *((f"time_distributed_1/{n}:0", a) for n, a in zip(("kernel", "bias"), end))
    )
    a, b = w.rng.normal(size=(2, 5, 3)), w.rng.normal(size=(2, 3, 2))
    h = c = np.zeros((2, 4))
    states = []
    for x, gates in ((a, first), (b, second)):
        for t in range(x.shape[1]):
            i, k, g, o = (x[:, t] @ u + h @ v + d for u, v, d in gates)
            c = f.sigmoid(k) * c + f.sigmoid(i) * np.tanh(g)
            h = f.sigmoid(o) * np.tanh(c)
            states.append(h)
    y = f.softmax(f.dense(np.stack(states[5:], 1), *end))
    config = functional(layers, ["source", "target"], ["time_distributed_1"])
    known = {"version": "2.3.1", "backend": "tensorflow", "weights_version": "2.3.1"}
    write(name, config, w.layers, [a, b], [y], **known)
    text = {**config, "keras_version": "2.3.1", "backend": "tensorflow"}
    write_json("keras23_architecture", text)
    write("keras23_architecture.weights", None, w.layers, [a, b], [y], weights_version="2.3.1")
    (FILES / "keras23_architecture.weights.npz").replace(FILES / "keras23_architecture.npz")


def operations_of_tf_2_0():
    """tf.keras 2.2.4-tf (TensorFlow 1.15 and 2.0): operations as nodes of a graph,
    ``BatchNormalizationV1``, constants."""
    name = "tf_2_2_4_operations"
    w = Weights(name)
    kernel, bias = w.draw(4, 4), w.draw(4)
    bn = w.positive(4), w.draw(4), w.draw(4), w.positive(4)

    def operation(op, name, constants, class_name="TensorFlowOpLayer", inputs=2, **attr):
        node_def = {
            "name": name,
            "op": op,
            "input": [f"in_{i}" for i in range(inputs)],
            "attr": {"T": {"type": "DT_FLOAT"}, **attr},
        }
        item = layer(class_name, name, dtype="float32", node_def=node_def, constants=constants)
        return item, f"tf_op_layer_{name}"

    floats = {"DstT": {"type": "DT_FLOAT"}, "SrcT": {"type": "DT_FLOAT"}, "Truncate": {"b": False}}
    cast = operation("Cast", "Cast", {}, inputs=1, **floats)
    cast[0]["config"]["node_def"]["attr"].pop("T")
    masks = {n: {"i": str(v)} for n, v in (("begin_mask", 1), ("end_mask", 1), ("ellipsis_mask", 0))}
    masks |= {"new_axis_mask": {"i": "0"}, "shrink_axis_mask": {"i": "2"}, "Index": {"type": "DT_INT32"}}
    pieces = [
        (cast, ["batch_normalization_v1"]),
        (operation("AddV2", "add", {"1": 1.5}), ["tf_op_layer_Cast"]),
        (operation("Mul", "mul", {"0": 2.0}, class_name="Mul"), ["tf_op_layer_add"]),
        (
            operation("Mean", "Mean", {"1": 1}, keep_dims={"b": True}, Tidx={"type": "DT_INT32"}),
            ["tf_op_layer_mul"],
        ),
        (
            operation("ConcatV2", "concat", {"2": -1}, inputs=3, N={"i": "2"}, Tidx={"type": "DT_INT32"}),
            ["tf_op_layer_mul", "tf_op_layer_Mean"],
        ),
        (
            operation(
                "StridedSlice", "strided_slice", {"1": [0, 4], "2": [0, 5], "3": [1, 1]}, inputs=4, **masks
            ),
            ["tf_op_layer_concat"],
        ),
        (
            operation("ExpandDims", "ExpandDims", {"1": -1}, Tdim={"type": "DT_INT32"}),
            ["tf_op_layer_strided_slice"],
        ),
    ]
    version_1 = normalization("batch_normalization_v1", axis=[1], dtype="float32")
    version_1["class_name"] = "BatchNormalizationV1"
    layers = [
        (
            layer(
                "InputLayer",
                "input_1",
                batch_input_shape=[None, 4],
                dtype="float32",
                sparse=False,
                ragged=False,
            ),
            [],
        ),
        (dense("dense", 4, dtype="float32"), [[["input_1", 0, 0, {}]]]),
        (version_1, [[["dense", 0, 0, {}]]]),
    ]
    config = functional(layers, ["input_1"], ["tf_op_layer_ExpandDims"], "model")
    for (item, outer), sources in pieces:
        nodes = [[[source, 0, 0, {}] for source in sources]]
        config["config"]["layers"].append({**item, "name": outer, "inbound_nodes": nodes})
    w.layer("input_1")
    kernels(w, "dense", kernel, bias)
    kernels(w, "batch_normalization_v1", *bn, names=("gamma", "beta", "moving_mean", "moving_variance"))
    for (_, outer), _ in pieces:
        w.layer(outer)
    x = w.rng.normal(size=(3, 4))
    y = 2 * (f.normalize(f.dense(x, kernel, bias), *bn, 1e-3) + 1.5)
    y = y.mean(1)[:, None]
    known = {"version": "2.2.4-tf", "backend": "tensorflow", "weights_version": "2.2.4-tf"}
    write(name, config, w.layers, [x], [y], **known)


def serialized_operation():
    """tf.keras 2.2.4-tf: the node as a serialized message, as text; UnifiedLSTM of TensorFlow 1.13 behind
    it."""
    name = "tf_2_0_0_message"
    w = Weights(name)
    gates = [(w.draw(3, 4), w.draw(4, 4), w.draw(4)) for _ in range(4)]
    # name: "Abs", op: "Abs", input: "x", attr T: DT_FLOAT
    message = base64.b64decode("CgNBYnMSA0FicxoBeCoHCgFUEgIwAQ==").decode("utf-8")
    lstm = recurrent("UnifiedLSTM", "unified_lstm", 4, recurrent_activation="sigmoid", unit_forget_bias=True)
    lstm["config"].update(time_major=False, implementation=2)
    operation = layer("Abs", "Abs", dtype="float32", node_def=message, constants={})
    layers = [
        (layer("InputLayer", "input_1", batch_input_shape=[None, 5, 3], dtype="float32", sparse=False), []),
        (lstm, [[["input_1", 0, 0, {}]]]),
    ]
    config = functional(layers, ["input_1"], ["tf_op_layer_Abs"], "model")
    nodes = [[["unified_lstm", 0, 0, {}]]]
    config["config"]["layers"].append({**operation, "name": "tf_op_layer_Abs", "inbound_nodes": nodes})
    w.layer("input_1")
    names = ("kernel", "recurrent_kernel", "bias")
    kernels(w, "unified_lstm", *(np.concatenate(parts, -1) for parts in zip(*gates)), names=names)
    w.layer("tf_op_layer_Abs")
    x = w.rng.normal(size=(2, 5, 3))
    y = np.abs(f.lstm(x, gates, gate=f.sigmoid))
    known = {"version": "2.2.4-tf", "backend": "tensorflow", "weights_version": "2.2.4-tf"}
    write(name, config, w.layers, [x], [y], **known)


def main():
    for make in (
        sequential_list,
        mobilenet_of_then,
        cudnn_models,
        siamese,
        encoder_decoder,
        operations_of_tf_2_0,
        serialized_operation,
    ):
        make()


if __name__ == "__main__":
    main()
