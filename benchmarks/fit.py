"""``fit`` of small models: an epoch, beside Keras 3 with the same options.

That both train alike, without shuffling, is checked before their times are.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

import tfk_ext
from benchmarks.measure import Timing, interleaved

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


def run(seconds: float = 4.0) -> Iterator[tuple[str, list[Timing], str]]:
    """Yield item, timings and the candidate that the ratios refer to."""
    for item, (make, shape, options) in ITEMS.items():
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=shape).astype("float32"), rng.normal(size=shape[0]).astype("float32")
        models = {
            "tfk_ext": make(tfk_ext, tfk_ext.layers),
            "Keras 3": make(tf.keras, tf.keras.layers),
        }
        models["tfk_ext"].set_weights(models["Keras 3"].get_weights())
        histories = []
        for model in models.values():
            model.compile("adam", "mse", metrics=["mae"])
            histories.append(model.fit(x, y, shuffle=False, verbose=0, **options).history)
        for name, values in histories[1].items():
            np.testing.assert_allclose(histories[0][name], values, rtol=1e-3, err_msg=item)
        yield (
            item,
            interleaved(
                {
                    name: functools.partial(model.fit, x, y, verbose=0, **options)
                    for name, model in models.items()
                },
                seconds,
            ),
            "Keras 3",
        )
