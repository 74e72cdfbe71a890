"""The layers that only old model files use. No Keras of today has them: the oracles are formulas."""

import numpy as np

from tests.conformance.descriptor import Case, Component, Formula, normal, uniform
from tests.golden import formulas
from tfk_ext.layers import legacy

SAME = Formula(lambda x, w, c: x)


def _maxout(x, weights, config):
    kernel, bias = weights if len(weights) == 2 else (*weights, np.zeros(len(weights[0])))
    return np.max([x @ k + b for k, b in zip(kernel, bias)], axis=0)


def _highway(x, weights, config):
    kernel, gate_kernel, *biases = weights
    bias, gate_bias = biases or (0.0, 0.0)
    inner = x @ kernel + bias
    inner = np.tanh(inner) if config.get("activation") == "tanh" else inner
    gate = formulas.sigmoid(x @ gate_kernel + gate_bias)
    return gate * inner + (1 - gate) * x


def _cosine(xs, weights, config):
    x, y = xs
    if x.ndim == 2:
        return (np.sum(x * y, -1) / np.linalg.norm(x, axis=-1) / np.linalg.norm(y, axis=-1))[:, None, None]
    squares = np.einsum("bmi,bki->bmk", x, x) * np.einsum("bmi,bki->bmk", y, y)
    return (np.einsum("bmi,bki->bmk", x, y) / np.sqrt(squares))[:, None]


def _s_shaped(x, weights, config):
    low, below, distance, above = weights
    high = low + np.abs(distance)
    return np.where(x <= low, low + below * (x - low), np.where(x >= high, high + above * (x - high), x))


def _pool(x, weights, config):
    first = config.get("data_format") == "channels_first"
    x = np.moveaxis(x, 1, -1) if first else x
    size = config["pool_size"]
    reduce = np.mean if config.get("mode") == "average" else np.max
    y = formulas.pool(x, size, config.get("strides") or size, reduce, config.get("padding", ((0, 0), (0, 0))))
    return np.moveaxis(y, -1, 1) if first else y


def _normalized(x, weights, config):
    gamma, beta = weights[:2]
    epsilon, axis = config.get("epsilon", 1e-3), config.get("axis", -1) % x.ndim
    if config["mode"] == 1:
        std = np.sqrt(x.var(-1, keepdims=True) + epsilon) + epsilon
        return gamma * (x - x.mean(-1, keepdims=True)) / std + beta
    rest = tuple(i for i in range(x.ndim) if i != axis)
    return formulas.normalize(x, gamma, beta, x.mean(rest), x.var(rest), epsilon, axis=axis)


def _operation(x, weights, config):
    if config["function"] == "math.multiply":
        return 2 * x
    return x[1] - x[0] if config["function"] == "math.subtract" else x[..., 1::2]


ROWS = [
    Component(
        legacy.MaxoutDense,
        inputs=normal(3, 4),
        configs=[{"units": 2, "nb_feature": 3}, {"units": 5}, {"units": 1, "use_bias": False}],
        oracle=Formula(_maxout),
        bad=[({"units": 0}, "units"), ({"units": 2, "nb_feature": 0}, "nb_feature")],
        bad_input=[
            ({"units": 2}, (None, 3, 4), "(batch, inputs)"),
            ({"units": 2}, (None, None), "last axis"),
        ],
    ),
    Component(
        legacy.Highway,
        inputs=normal(3, 4),
        configs=[{}, {"activation": "tanh", "transform_bias": -1.0}, {"use_bias": False}],
        oracle=Formula(_highway),
        bad=[({"activation": "nothing"}, "nothing"), ({"transform_bias": "low"}, "transform_bias")],
        bad_input=[({}, (None, 3, 4), "(batch, size)")],
    ),
    Component(
        legacy.Cosine,
        inputs=[normal(3, 4), normal(3, 4)],
        configs=[
            {"axes": 1},
            Case({"axes": [2, 2]}, [uniform(2, 3, 4, low=0.2), uniform(2, 3, 4, low=0.2)]),
        ],
        oracle=Formula(_cosine),
        bad=[({"axes": 0}, "axes"), ({"axes": "last"}, "axes"), ({"axes": [1, 1, 1]}, "axes")],
        bad_input=[({"axes": 1}, [(None, 4), (None, 4, 4)], "two axes or both three")],
        mask="consumes",
    ),
    Component(
        legacy.ParametricSoftplus,
        inputs=normal(3, 4),
        configs=[{}, Case({"alpha_init": 1.0, "shared_axes": [1]}, normal(2, 5, 3), unknown=(1,))],
        oracle=Formula(lambda x, w, c: w[0] * np.log1p(np.exp(w[1] * x))),
        bad=[
            ({"alpha_init": "a"}, "alpha_init"),
            ({"beta_init": "b"}, "beta_init"),
            ({"shared_axes": [0]}, "shared_axes"),
        ],
        bad_input=[({}, (None, None, 3), "every axis")],
        mask="passes",
    ),
    Component(
        legacy.SReLU,
        inputs=normal(3, 4),
        configs=[{}, Case({"shared_axes": [1], "a_left_init": "zeros"}, normal(2, 5, 3), unknown=(1,))],
        oracle=Formula(_s_shaped),
        bad=[({"shared_axes": [0]}, "shared_axes"), ({"t_left_init": "nothing"}, "nothing")],
        bad_input=[({}, (None, None, 3), "every axis")],
        mask="passes",
    ),
    Component(
        legacy.PaddedPooling2D,
        inputs=normal(2, 5, 6, 3),
        configs=[
            {"pool_size": (2, 2)},
            {"pool_size": (3, 2), "strides": (2, 1), "padding": ((1, 1), (1, 0)), "mode": "average"},
            Case(
                {
                    "pool_size": (3, 2),
                    "strides": (2, 1),
                    "padding": ((1, 1), (1, 0)),
                    "data_format": "channels_first",
                },
                normal(2, 3, 5, 6),
                unknown=(2, 3),
            ),
        ],
        oracle=Formula(_pool),
        bad=[
            ({"pool_size": 2, "padding": ((2, 0), (0, 0))}, "padding"),
            ({"pool_size": 0}, "pool_size"),
            ({"pool_size": 2, "mode": "least"}, "mode"),
        ],
        bad_input=[({"pool_size": 2}, (None, 4, 4), "channels")],
        unknown=(1, 2),
    ),
    Component(
        legacy.StatelessNormalization,
        inputs=normal(3, 4),
        configs=[
            {"mode": 1},
            {"mode": 2, "epsilon": 1e-2},
            Case({"mode": 2, "axis": 1}, normal(4, 5, 3), unknown=(2,)),
        ],
        oracle=Formula(_normalized),
        bad=[({"mode": 0}, "mode"), ({"mode": 1, "epsilon": -1.0}, "epsilon")],
        mask="passes",
        off={"distribution": "each replica normalizes by the batch that it has"},
    ),
    Component(
        legacy.CustomScaleLayer,
        inputs=[normal(3, 4), normal(3, 4)],
        configs=[{}, {"scale": 0.2}],
        oracle=Formula(lambda xs, w, c: xs[0] + c.get("scale", 1.0) * xs[1]),
        bad=[({"scale": None}, "scale"), ({"scale": "half"}, "scale")],
        unknown=(1,),
    ),
    Component(
        legacy.LayerScale,
        inputs=normal(2, 3, 4),
        configs=[{"init_values": 0.1, "projection_dim": 4}],
        oracle=Formula(lambda x, w, c: w[0] * x),
        bad=[
            ({"init_values": "a", "projection_dim": 4}, "init_values"),
            ({"init_values": 1.0, "projection_dim": 0}, "projection_dim"),
        ],
        unknown=(1,),
    ),
    Component(
        legacy.StochasticDepth,
        inputs=normal(3, 4),
        configs=[{"drop_path_rate": 0.5}, Case({"drop_path_rate": 0.0, "seed": 7}, training=True)],
        oracle=SAME,
        bad=[({"drop_path_rate": 2}, "drop_path_rate"), ({"drop_path_rate": "half"}, "drop_path_rate")],
        unknown=(1,),
    ),
    Component(
        legacy.TensorFlowOperation,
        inputs=normal(3, 4),
        configs=[
            {"function": "math.multiply", "args": [{"tensor": 0}], "kwargs": {"y": 2.0}},
            {
                "function": "__operators__.getitem",
                "args": [{"tensor": 0}, [{"ellipsis": True}, {"slice": [1, None, 2]}]],
            },
            Case(
                {"function": "math.subtract", "args": [{"tensor": 1}, {"tensor": 0}]},
                [normal(3, 4), normal(3, 4)],
            ),
        ],
        oracle=Formula(_operation),
        bad=[
            ({"function": "io.read_file"}, "io.read_file"),
            ({"function": "abs", "args": "x"}, "args"),
            ({"function": "abs", "kwargs": 3}, "kwargs"),
        ],
        mask="consumes",
        off={"policies": "the function gets its inputs as they are, in their own dtype"},
    ),
]
