"""Locally connected layers: a training step and the forward pass beside Keras 2's implementation 1.

The floor of a training step is its three bare batched products, that of the forward pass the one.
"""

from __future__ import annotations

import tensorflow as tf

import tfk_ext
from benchmarks import steps
from benchmarks.case import FLOOR, OURS, Bar, Case, Contest

PEER = "tf_keras, implementation 1"
BATCH = 32
# Keras 2's gradient may hold a copy of the input for each position, 24 GB at 32.
SMALLER_BATCH = {"2D 63x63x16 to 8, k9": 24}
ONE, TWO = "LocallyConnected1D", "LocallyConnected2D"
# item: (class, input shape, filters, kernel, strides)
TINY = {
    "1D 10x32 to 64, k3": (ONE, (10, 32), 64, 3, 1),
    "1D 10x32 to 32, k3": (ONE, (10, 32), 32, 3, 1),
}
LARGE = {
    "1D 512x64 to 64, k9": (ONE, (512, 64), 64, 9, 1),
    "2D 32x32x3 to 64, k3": (TWO, (32, 32, 3), 64, 3, 1),
    "2D 30x30x64 to 32, k3": (TWO, (30, 30, 64), 32, 3, 1),
    "2D 32x32x32 to 64, k3 s2": (TWO, (32, 32, 32), 64, 3, 2),
    "2D 63x63x16 to 8, k9": (TWO, (63, 63, 16), 8, 9, 1),
}
FORWARD = [Bar(PEER, 1.2, 2)]
TRAINING = [Bar(PEER, 8, 12), Bar(FLOOR, 1 / 2, 1 / 1.5)]
SIZE = [Bar(PEER, 5, 10, of="memory"), Bar(PEER, 20, 50, of="first")]


def contest(
    name: str, shape: tuple[int, ...], trains: bool, slow: bool = True, batch: int = BATCH, **arguments
) -> Contest:
    """Return a layer beside its peers on a batch.

    Args:
        name: the class.
        shape: the input's, without the batch.
        trains: a training step, else the forward pass.
        slow: whether Keras 2's implementation 1 takes part, whose tracing takes a time for each position.
        batch: samples.
        arguments: of the constructors.
    """
    import tf_keras

    x = tf.random.normal((batch, *shape))
    layers = {OURS: getattr(tfk_ext, name)(**arguments)}
    cotangent = tf.random.normal(layers[OURS](x).shape)
    if slow:
        layers[PEER] = getattr(tf_keras.layers, name)(**arguments, implementation=1)
        layers[PEER].build(x.shape)
        layers[PEER].set_weights(layers[OURS].get_weights())
    runs = {
        label: steps.training(layer, cotangent, x) if trains else steps.forward(layer, x)
        for label, layer in layers.items()
    }
    return Contest(runs, floor=products(layers[OURS].kernel.shape, batch, trains), tolerance=1e-5)


def products(kernel_shape, batch, trains):
    """Return the bare products of a step, whose operands lie as they are best."""
    positions, features, filters = kernel_shape
    kernel = tf.random.normal(kernel_shape)
    patches = tf.random.normal((positions, features, batch))
    gradient = tf.random.normal((positions, filters, batch))

    @tf.function
    def run():
        outputs = tf.matmul(kernel, patches, transpose_a=True)
        if not trains:
            return outputs
        return outputs, tf.matmul(patches, gradient, transpose_b=True), tf.matmul(kernel, gradient)

    return run


def cases() -> list[Case]:
    """Return the cases of the group."""
    found = []
    for items, least in ((TINY, [Bar(PEER, 1, 2)]), (LARGE, TRAINING + SIZE)):
        for item, (name, shape, filters, kernel, strides) in items.items():
            batch = SMALLER_BATCH.get(item, BATCH)
            for trains, bars in ((True, least), (False, FORWARD if items is LARGE else least)):
                found.append(
                    Case(
                        f"{item}, {'training' if trains else 'forward'}",
                        lambda n=name, s=shape, t=trains, b=batch, f=filters, k=kernel, st=strides: contest(
                            n, s, t, batch=b, filters=f, kernel_size=k, strides=st
                        ),
                        tuple(bars),
                    )
                )
    return found
