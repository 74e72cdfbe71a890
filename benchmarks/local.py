"""Locally connected layers: a training step beside Keras 2's implementation 1 and three bare products."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tensorflow as tf
import tf_keras

import tfk_ext
from benchmarks.measure import Timing, interleaved

BATCH = 32
# item: (class, input shape, arguments)
ITEMS = {
    "1D 10x32 to 64, k3": ("LocallyConnected1D", (10, 32), {"filters": 64, "kernel_size": 3}),
    "2D 32x32x3 to 64, k3": ("LocallyConnected2D", (32, 32, 3), {"filters": 64, "kernel_size": 3}),
    "2D 32x32x32 to 64, k3 s2": (
        "LocallyConnected2D",
        (32, 32, 32),
        {"filters": 64, "kernel_size": 3, "strides": 2},
    ),
    "1D 512x64 to 64, k9": ("LocallyConnected1D", (512, 64), {"filters": 64, "kernel_size": 9}),
    "2D 30x30x64 to 32, k3": ("LocallyConnected2D", (30, 30, 64), {"filters": 32, "kernel_size": 3}),
}


def _step(layer, x, cotangent):
    @tf.function
    def step():
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum(layer(x) * cotangent)
        variables = [
            getattr(v, "value", v) if not callable(getattr(v, "value", None)) else v
            for v in layer.trainable_weights
        ]
        return tape.gradient(total, [x, *variables])

    return step


def _floor(kernel_shape):
    positions, features, filters = kernel_shape
    kernel = tf.random.normal(kernel_shape)
    patches = tf.random.normal((positions, features, BATCH))
    gradient = tf.random.normal((positions, filters, BATCH))

    @tf.function
    def products():
        return (
            tf.matmul(kernel, patches, transpose_a=True),
            tf.matmul(patches, gradient, transpose_b=True),
            tf.matmul(kernel, gradient),
        )

    return products


def run(seconds: float = 4.0) -> Iterator[tuple[str, list[Timing], str]]:
    """Yield item, timings and the candidate that the ratios refer to."""
    for item, (name, shape, arguments) in ITEMS.items():
        x = tf.random.normal((BATCH, *shape))
        ours = getattr(tfk_ext, name)(**arguments)
        theirs = getattr(tf_keras.layers, name)(**arguments, implementation=1)
        cotangent = tf.random.normal(ours(x).shape)
        theirs.build(x.shape)
        theirs.set_weights(ours.get_weights())
        steps = {
            "tfk_ext": _step(ours, x, cotangent),
            "tf_keras implementation 1": _step(theirs, x, cotangent),
        }
        results = [step() for step in steps.values()]
        for a, b in zip(*results):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4 * float(tf.reduce_max(tf.abs(b))))
        steps["three bare products"] = _floor(ours.kernel.shape)
        # A fresh trace of each, so that the first call shows what tracing costs.
        steps["tfk_ext"] = _step(ours, x, cotangent)
        steps["tf_keras implementation 1"] = _step(theirs, x, cotangent)
        yield item, interleaved(steps, seconds), "tf_keras implementation 1"
