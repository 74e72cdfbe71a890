"""Normalization, dropout, noise, embedding and merge layers: a training step beside Keras 3 and Keras 2."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tensorflow as tf
import tf_keras

import tfk_ext
from benchmarks.measure import Timing, interleaved

IMAGE, VECTOR, SEQUENCE = (64, 28, 28, 64), (128, 256), (32, 50, 128)
# item: (class, input shapes, arguments)
ITEMS = {
    "batch norm 64x28x28x64": ("BatchNormalization", IMAGE, {}),
    "batch norm 128x256": ("BatchNormalization", VECTOR, {}),
    "batch norm 64x64x28x28, axis 1": ("BatchNormalization", (64, 64, 28, 28), {"axis": 1}),
    "dropout 64x28x28x64": ("Dropout", IMAGE, {"rate": 0.3}),
    "spatial dropout 64x28x28x64": ("SpatialDropout2D", IMAGE, {"rate": 0.3}),
    "gaussian noise 32x50x128": ("GaussianNoise", SEQUENCE, {"stddev": 0.1}),
    "alpha dropout 32x50x128": ("AlphaDropout", SEQUENCE, {"rate": 0.1}),
    "embedding 20000x128, 64x200": ("Embedding", (64, 200), {"input_dim": 20000, "output_dim": 128}),
    "leaky relu 64x28x28x64": ("LeakyReLU", IMAGE, {}),
    "prelu 64x28x28x64": ("PReLU", IMAGE, {"shared_axes": [1, 2]}),
}


def _step(layer, x):
    @tf.function
    def step():
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum(tf.square(layer(x, training=True) if _trains(layer) else layer(x)))
        variables = [v if callable(getattr(v, "value", None)) else v.value for v in layer.trainable_weights]
        return tape.gradient(total, [*([x] if x.dtype.is_floating else []), *variables])

    return step


def _trains(layer):
    return not isinstance(
        layer,
        tuple(getattr(k.layers, n) for k in (tf_keras, tf.keras) for n in ("Embedding", "LeakyReLU", "PReLU"))
        + (tfk_ext.Embedding, tfk_ext.LeakyReLU, tfk_ext.PReLU),
    )


def run(seconds: float = 4.0) -> Iterator[tuple[str, list[Timing], str]]:
    """Yield item, timings and the candidate that the ratios refer to."""
    for item, (name, shape, arguments) in ITEMS.items():
        if name == "Embedding":
            x = tf.constant(np.random.default_rng(0).integers(0, 20000, shape))
        else:
            x = tf.random.normal(shape)
        peers = {"tfk_ext": tfk_ext, "Keras 3": tf.keras.layers, "Keras 2": tf_keras.layers}
        made = {label: getattr(module, name)(**arguments) for label, module in peers.items()}
        for layer in made.values():
            layer(x)
        yield item, interleaved({label: _step(layer, x) for label, layer in made.items()}, seconds), "Keras 3"
