"""``fit``, ``evaluate`` and ``predict`` of small models, beside Keras 3 with the same options.

What is compared is the history of a training without shuffling, the results and the predictions.
"""

from __future__ import annotations

import functools

import numpy as np
import tensorflow as tf

import tfk_ext
from benchmarks.case import KERAS, OURS, Bar, Case, Contest

SAMPLES = 32 * 200


def _dense(keras, layers):
    return keras.Sequential([keras.Input((20,)), layers.Dense(32, activation="relu"), layers.Dense(1)])


def _exclusive_or(keras, layers):
    return keras.Sequential([keras.Input((2,)), layers.Dense(8, activation="tanh"), layers.Dense(1)])


def _images(keras, layers):
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(8, 3, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )


ITEMS = {
    "Dense 20-32-1, 200 steps": (_dense, (SAMPLES, 20), {}),
    "with validation": (_dense, (SAMPLES, 20), {"validation_split": 0.25}),
    "4 samples, 20 epochs": (_exclusive_or, (4, 2), {"epochs": 20}),
    "Conv2D 28x28x8, 50 steps": (_images, (32 * 50, 28, 28, 1), {}),
}


BARS = (Bar(KERAS, 2, 8),)
OTHERS = (Bar(KERAS, 1.5),)


def _contest(item, kind):
    make, shape, options = ITEMS[item]
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=shape).astype("float32"), rng.normal(size=shape[0]).astype("float32")
    models = {OURS: make(tfk_ext, tfk_ext.layers), KERAS: make(tf.keras, tf.keras.layers)}
    models[OURS].set_weights(models[KERAS].get_weights())
    for model in models.values():
        model.compile("adam", "mse", metrics=["mae"])

    def run(model):
        if kind == "fit":
            return model.fit(x, y, shuffle=False, verbose=0, **options).history
        if kind == "evaluate":
            return model.evaluate(x, y, verbose=0)
        return model.predict(x, verbose=0)

    runs = {name: functools.partial(run, model) for name, model in models.items()}
    return Contest(
        runs, tolerance=1e-3 if kind == "fit" else 1e-5
    )  # the steps of a fit add up their rounding


def cases() -> list[Case]:
    """Return the cases of the group."""
    found = [Case(f"fit, {item}", functools.partial(_contest, item, "fit"), BARS) for item in ITEMS]
    for kind in ("evaluate", "predict"):
        for item in ("Dense 20-32-1, 200 steps", "Conv2D 28x28x8, 50 steps"):
            found.append(Case(f"{kind}, {item}", functools.partial(_contest, item, kind), OTHERS))
    return found
