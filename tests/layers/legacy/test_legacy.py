"""Layers that only old files use: what the rows of the conformance table do not say."""

import numpy as np
import pytest

from tfk_ext.layers import legacy
from tfk_ext.layers.legacy.allowed import function_of


def test_highway_starts_as_its_input():
    x = np.ones((1, 3), "float32")
    np.testing.assert_allclose(legacy.Highway(transform_bias=-50.0)(x), x)


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


def test_stochastic_depth_drops_whole_samples():
    dropped = np.asarray(legacy.StochasticDepth(0.5, seed=1)(np.ones((64, 2), "float32"), training=True))
    assert set(np.unique(dropped)) == {0.0, 2.0}
    assert (dropped[:, 0] == dropped[:, 1]).all()


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
