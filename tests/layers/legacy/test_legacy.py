"""Layers that only old files use: their formulas, their errors, and that they are saved."""

import inspect

import numpy as np
import pytest
import tensorflow as tf

from tests.golden import formulas as f
from tfk_ext.layers import legacy
from tfk_ext.layers.legacy.allowed import function_of


def built(layer, *inputs):
    """Call a layer, and give its weights values of their own."""
    rng = np.random.default_rng(0)
    x = list(inputs) if len(inputs) > 1 else inputs[0]
    layer(x)
    layer.set_weights([rng.uniform(0.2, 1.0, w.shape) for w in layer.weights])
    return np.asarray(layer(x)), [np.asarray(w) for w in layer.weights]


def test_maxout(rng):
    x = rng.normal(size=(3, 4)).astype("float32")
    y, (kernel, bias) = built(legacy.MaxoutDense(2, nb_feature=3), x)
    np.testing.assert_allclose(y, np.max([x @ k + b for k, b in zip(kernel, bias)], 0), atol=1e-5)


def test_highway(rng):
    x = rng.normal(size=(3, 4)).astype("float32")
    y, (w, v, b, d) = built(legacy.Highway(activation="tanh"), x)
    gate = f.sigmoid(x @ v + d)
    np.testing.assert_allclose(y, gate * np.tanh(x @ w + b) + (1 - gate) * x, atol=1e-5)


def test_highway_starts_as_its_input():
    x = np.ones((1, 3), "float32")
    np.testing.assert_allclose(legacy.Highway(transform_bias=-50.0)(x), x)


def test_cosine(rng):
    x, y = rng.normal(size=(2, 4, 5)).astype("float32")
    found = np.asarray(legacy.Cosine(axes=1)([x, y]))[:, 0, 0]
    np.testing.assert_allclose(
        found, (x * y).sum(1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1), atol=1e-5
    )


@pytest.mark.parametrize(
    "axes, spec", [([2, 2], "bmi,bki->bmk"), ([1, 1], "bim,bik->bmk"), ([2, 1], "bmi,bik->bmk")]
)
def test_cosine_of_matrices(axes, spec, rng):
    x, y = rng.normal(size=(2, 3, 4, 4)).astype("float32")
    one, two = spec.split("->")[0].split(",")

    def dot(a, b, p, q):
        q = q.replace("m", "k")
        return np.einsum(f"{p},{q}->bmk", a, b)

    bottom = np.sqrt(np.abs(dot(x, x, one, one) * dot(y, y, two.replace("k", "m"), two)))
    usable = np.all(dot(x, x, one, one) * dot(y, y, two.replace("k", "m"), two) > 0, axis=(1, 2))
    found = np.asarray(legacy.Cosine(axes=axes)([x, y]))
    assert found.shape == (3, 1, 4, 4)
    wanted = np.einsum(spec, x, y) / np.maximum(bottom, 1e-7)
    np.testing.assert_allclose(found[usable, 0], wanted[usable], atol=1e-4)


@pytest.mark.parametrize("mode", ["max", "average"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_padded_pooling(mode, data_format, rng):
    x = rng.normal(size=(2, 5, 6, 3)).astype("float32")
    layer = legacy.PaddedPooling2D((3, 2), (2, 1), ((1, 1), (1, 0)), mode, data_format)
    first = data_format == "channels_first"
    y = np.asarray(layer(np.moveaxis(x, -1, 1) if first else x))
    y = np.moveaxis(y, 1, -1) if first else y
    wanted = f.pool(x, (3, 2), (2, 1), np.max if mode == "max" else np.mean, ((1, 1), (1, 0)))
    np.testing.assert_allclose(y, wanted, atol=1e-5)


def test_stateless_normalization_by_batch(rng):
    x = rng.normal(size=(4, 5, 3)).astype("float32")
    y, (gamma, beta, _, _) = built(legacy.StatelessNormalization(axis=1, mode=2), x)
    mean, variance = x.mean((0, 2)), x.var((0, 2))
    np.testing.assert_allclose(y, f.normalize(x, gamma, beta, mean, variance, 1e-3, axis=1), atol=1e-5)


def test_residual_layers(rng):
    x, y = rng.normal(size=(2, 3, 4)).astype("float32")
    np.testing.assert_allclose(legacy.CustomScaleLayer(0.2)([x, y]), x + np.float32(0.2) * y, atol=1e-6)
    dropped = np.asarray(legacy.StochasticDepth(0.5, seed=1)(np.ones((64, 2), "float32"), training=True))
    assert set(np.unique(dropped)) == {0.0, 2.0}
    assert (dropped[:, 0] == dropped[:, 1]).all()


LAYERS = [
    (legacy.MaxoutDense, {"units": 2, "nb_feature": 3}, [(4,)]),
    (legacy.Highway, {"activation": "relu"}, [(4,)]),
    (legacy.Cosine, {"axes": 1}, [(4,), (4,)]),
    (legacy.ParametricSoftplus, {"shared_axes": [1]}, [(4, 3)]),
    (legacy.SReLU, {}, [(4,)]),
    (legacy.PaddedPooling2D, {"pool_size": 2, "padding": [[1, 0], [1, 0]]}, [(4, 4, 2)]),
    (legacy.StatelessNormalization, {"mode": 1}, [(4,)]),
    (legacy.CustomScaleLayer, {"scale": 0.1}, [(4,), (4,)]),
    (legacy.LayerScale, {"init_values": 0.1, "projection_dim": 4}, [(4,)]),
    (legacy.StochasticDepth, {"drop_path_rate": 0.1}, [(4,)]),
    (
        legacy.TensorFlowOperation,
        {
            "function": "__operators__.getitem",
            "args": [{"tensor": 0}, [{"ellipsis": True}, {"slice": [1, None, 2]}]],
        },
        [(4,)],
    ),
]


def test_every_layer_is_here():
    classes = {c for c in vars(legacy).values() if inspect.isclass(c)}
    assert classes == {cls for cls, _, _ in LAYERS}


def test_saved_and_exact_shapes(tmp_path, rng):
    inputs, outputs, arrays = [], [], []
    for cls, config, shapes in LAYERS:
        xs = [tf.keras.Input(shape) for shape in shapes]
        inputs += xs
        outputs.append(cls(**config)(xs if len(xs) > 1 else xs[0]))
        arrays += [rng.normal(size=(2, *shape)).astype("float32") for shape in shapes]
    model = tf.keras.Model(inputs, outputs)
    model.set_weights([rng.uniform(0.2, 1, w.shape) for w in model.weights])
    wanted = model(arrays)
    for symbolic, value in zip(outputs, wanted):
        assert symbolic.shape[1:] == value.shape[1:]
    model.save(tmp_path / "legacy.keras")
    for one, two in zip(wanted, tf.keras.models.load_model(tmp_path / "legacy.keras")(arrays)):
        np.testing.assert_allclose(one, two, atol=1e-6)


@pytest.mark.parametrize(
    "cls, config, what",
    [
        (legacy.MaxoutDense, {"units": 0}, "units"),
        (legacy.Cosine, {"axes": 0}, "axes"),
        (legacy.PaddedPooling2D, {"pool_size": 2, "padding": ((2, 0), (0, 0))}, "padding"),
        (legacy.StatelessNormalization, {"mode": 0}, "mode"),
        (legacy.SReLU, {"shared_axes": [0]}, "shared_axes"),
        (legacy.ParametricSoftplus, {"alpha_init": "a"}, "alpha_init"),
        (legacy.CustomScaleLayer, {"scale": None}, "scale"),
        (legacy.StochasticDepth, {"drop_path_rate": 2}, "drop_path_rate"),
        (legacy.TensorFlowOperation, {"function": "io.read_file"}, "io.read_file"),
        (legacy.TensorFlowOperation, {"function": "abs", "args": "x"}, "args"),
    ],
)
def test_bad_arguments(cls, config, what):
    with pytest.raises(ValueError, match=what):
        cls(**config)


@pytest.mark.parametrize(
    "name", ["math.reduce_sum", "concat", "compat.v1.transpose", "nn.relu", "raw_ops.AddV2", "image.resize"]
)
def test_allowed_functions(name):
    assert callable(function_of(name))


FORBIDDEN = (
    "io.read_file py_function numpy_function raw_ops.ReadFile raw_ops.PyFunc print function load_op_library "
    "math.__builtins__ nn._ compat.v1.io.gfile.GFile saved_model.load keras.backend.eval Module "
    "keras.backend.__name__ keras.models.load_model image.decode_png"
)


@pytest.mark.parametrize("name", ["", *FORBIDDEN.split()])
def test_functions_that_are_not_allowed(name):
    assert function_of(name) is None
