"""The optimizers, each with its step in NumPy."""

import numpy as np

from tests.conformance.descriptor_training import OptimizerRow
from tfk_ext import optimizers


def _slot(state, name, w, value=0.0):
    return state.setdefault(name, np.full_like(w, value))


def _sgd(w, g, state, t, c):
    if not c["momentum"]:
        return w - c["learning_rate"] * g
    v = state["v"] = c["momentum"] * _slot(state, "v", w) - c["learning_rate"] * g
    return w + (c["momentum"] * v - c["learning_rate"] * g if c["nesterov"] else v)


def _adagrad(w, g, state, t, c):
    a = state["a"] = _slot(state, "a", w, c["initial_accumulator_value"]) + g**2
    return w - c["learning_rate"] * g / (np.sqrt(a) + c["epsilon"])


def _rmsprop(w, g, state, t, c):
    v = state["v"] = c["rho"] * _slot(state, "v", w) + (1 - c["rho"]) * g**2
    square = v + c["epsilon"]
    if c["centered"]:
        a = state["a"] = c["rho"] * _slot(state, "a", w) + (1 - c["rho"]) * g
        square = square - a**2
    step = c["learning_rate"] * g / np.sqrt(square)
    if c["momentum"]:
        step = state["s"] = c["momentum"] * _slot(state, "s", w) + step
    return w - step


def _adadelta(w, g, state, t, c):
    a = state["a"] = c["rho"] * _slot(state, "a", w) + (1 - c["rho"]) * g**2
    d = g * np.sqrt(_slot(state, "d", w) + c["epsilon"]) / np.sqrt(a + c["epsilon"])
    state["d"] = c["rho"] * state["d"] + (1 - c["rho"]) * d**2
    return w - c["learning_rate"] * d


def _adam(w, g, state, t, c):
    m = state["m"] = c["beta_1"] * _slot(state, "m", w) + (1 - c["beta_1"]) * g
    v = state["v"] = c["beta_2"] * _slot(state, "v", w) + (1 - c["beta_2"]) * g**2
    if c["amsgrad"]:
        v = state["h"] = np.maximum(_slot(state, "h", w), v)
    rate = c["learning_rate"] * np.sqrt(1 - c["beta_2"] ** t) / (1 - c["beta_1"] ** t)
    return w - rate * m / (np.sqrt(v) + c["epsilon"])


def _adamax(w, g, state, t, c):
    m = state["m"] = c["beta_1"] * _slot(state, "m", w) + (1 - c["beta_1"]) * g
    v = state["v"] = np.maximum(c["beta_2"] * _slot(state, "v", w), np.abs(g))
    return w - c["learning_rate"] / (1 - c["beta_1"] ** t) * m / (v + c["epsilon"])


def _nadam(w, g, state, t, c):
    now, after = (c["beta_1"] * (1 - 0.5 * 0.96**k) for k in (t, t + 1))
    product = state["u"] = state.get("u", 1.0) * now
    m = state["m"] = c["beta_1"] * _slot(state, "m", w) + (1 - c["beta_1"]) * g
    v = state["v"] = c["beta_2"] * _slot(state, "v", w) + (1 - c["beta_2"]) * g**2
    ahead = after * m / (1 - product * after) + (1 - now) * g / (1 - product)
    return w - c["learning_rate"] * ahead / (np.sqrt(v / (1 - c["beta_2"] ** t)) + c["epsilon"])


def _ftrl(w, g, state, t, c):
    n, z = _slot(state, "n", w, c["initial_accumulator_value"]), _slot(state, "z", w)
    power, rate, l1 = -c["learning_rate_power"], c["learning_rate"], c["l1_regularization_strength"]
    new = n + g**2
    z = z + g + 2 * c["l2_shrinkage_regularization_strength"] * w - (new**power - n**power) / rate * w
    state["n"], state["z"] = new, z
    l2 = c["l2_regularization_strength"] + c["beta"] / (2 * rate)
    return (np.clip(z, -l1, l1) - z) / (new**power / rate + 2 * l2)


_COMMON = [
    ({"learning_rate": -0.1}, "learning_rate"),
    ({"clipnorm": -1.0}, "clipnorm"),
    ({"decay": -1}, "decay"),
]
_BETAS = [({"beta_1": 1.0}, "beta_1"), ({"beta_2": -0.1}, "beta_2"), ({"epsilon": -1}, "epsilon")]

ROWS = [
    OptimizerRow(
        optimizers.SGD,
        _sgd,
        [{}, {"momentum": 0.9}, {"momentum": 0.8, "nesterov": True, "learning_rate": 0.1}],
        ("sgd", "SGD"),
        bad=[*_COMMON, ({"momentum": 1.5}, "momentum"), ({"nesterov": "x"}, "nesterov")],
        peer="SGD",
        rows_only=True,
    ),
    OptimizerRow(
        optimizers.Adagrad,
        _adagrad,
        [{"learning_rate": 0.1}, {"learning_rate": 0.1, "initial_accumulator_value": 0.0, "epsilon": 1e-3}],
        ("adagrad", "Adagrad"),
        bad=[*_COMMON, ({"initial_accumulator_value": -1}, "initial_accumulator_value")],
        peer="Adagrad",
        rows_only=True,
    ),
    OptimizerRow(
        optimizers.RMSprop,
        _rmsprop,
        [
            {"learning_rate": 0.01},
            {"learning_rate": 0.01, "rho": 0.8, "momentum": 0.9},
            {"learning_rate": 0.01, "centered": True, "epsilon": 1e-3},
            {"learning_rate": 0.01, "centered": True, "momentum": 0.5, "epsilon": 1e-3},
        ],
        ("rmsprop", "RMSprop"),
        bad=[*_COMMON, ({"rho": 1.0}, "rho"), ({"momentum": -1}, "momentum"), ({"centered": 2}, "centered")],
        peer="RMSprop",
        rows_only=True,
    ),
    OptimizerRow(
        optimizers.Adadelta,
        _adadelta,
        [{"learning_rate": 1.0}, {"learning_rate": 0.5, "rho": 0.5, "epsilon": 1e-3}],
        ("adadelta", "Adadelta"),
        bad=[*_COMMON, ({"rho": 2}, "rho")],
        peer="Adadelta",
        rows_only=True,
    ),
    OptimizerRow(
        optimizers.Adam,
        _adam,
        [{}, {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.9}, {"learning_rate": 0.1, "amsgrad": True}],
        ("adam", "Adam"),
        bad=[*_COMMON, *_BETAS, ({"amsgrad": 3}, "amsgrad")],
        peer="Adam",
    ),
    OptimizerRow(
        optimizers.Adamax,
        _adamax,
        [{"learning_rate": 0.1}, {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-2}],
        ("adamax", "Adamax"),
        bad=[*_COMMON, *_BETAS],
        peer="Adamax",
    ),
    OptimizerRow(
        optimizers.Nadam,
        _nadam,
        [{"learning_rate": 0.1}, {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.9}],
        ("nadam", "Nadam"),
        bad=[*_COMMON, *_BETAS],
        peer="Nadam",
    ),
    OptimizerRow(
        optimizers.Ftrl,
        _ftrl,
        [
            {"learning_rate": 0.1},
            {
                "learning_rate": 0.1,
                "l1_regularization_strength": 0.02,
                "l2_regularization_strength": 0.01,
                "l2_shrinkage_regularization_strength": 0.03,
                "initial_accumulator_value": 0.5,
                "beta": 0.01,
            },
            {"learning_rate": 0.1, "learning_rate_power": -0.7},
        ],
        ("ftrl", "Ftrl"),
        bad=[
            *_COMMON,
            ({"learning_rate_power": 0.5}, "learning_rate_power"),
            ({"l1_regularization_strength": -1}, "l1_regularization_strength"),
            ({"initial_accumulator_value": -1}, "initial_accumulator_value"),
        ],
        peer="Ftrl",
        rows_only=True,
    ),
]
