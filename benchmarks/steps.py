"""Compiled steps of a layer, alike for the layers of every Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def variables(layer: Any) -> list[Any]:
    """Return the layer's trainable weights as what a tape watches."""
    return [v if callable(getattr(v, "value", None)) else v.value for v in layer.trainable_weights]


def forward(layer: Any, *inputs: Any, jit: bool = False, **options: Any) -> Callable[[], Any]:
    """Return the layer's call on inputs, compiled."""

    @tf.function(jit_compile=jit)
    def step(*inputs):
        return layer(*inputs, **options)

    return lambda: step(*inputs)


def training(
    layer: Any, cotangent: Any, *inputs: Any, jit: bool = False, **options: Any
) -> Callable[[], Any]:
    """Return a training step: the call, and the gradients by the inputs and the weights.

    Args:
        layer: the layer, built.
        cotangent: the gradient by the layer's output, of its shape.
        inputs: what the layer is called on; floating ones get a gradient.
        jit: whether XLA compiles it.
        options: keyword arguments of the call.
    """

    @tf.function(jit_compile=jit)
    def step(cotangent, *inputs):
        watched = [x for x in tf.nest.flatten(inputs) if x.dtype.is_floating]
        with tf.GradientTape() as tape:
            tape.watch(watched)
            outputs = layer(*inputs, **options)
        return outputs, tape.gradient(outputs, [*watched, *variables(layer)], output_gradients=cotangent)

    return lambda: step(cotangent, *inputs)
