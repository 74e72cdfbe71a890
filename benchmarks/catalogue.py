"""Every other layer of the catalogue beside Keras 3's of its name: forward and training, small and large.

A small input shows what the operations cost to start, a large one what they cost to run.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np
import tensorflow as tf

import tfk_ext
from benchmarks import steps
from benchmarks.case import KERAS, OURS, Bar, Case, Contest

BAR = (Bar(KERAS, 0.95),)  # not slower than 1.05 times Keras's time
VECTORS = (8, 16), (512, 512)
STEPS = (4, 8, 8), (32, 128, 64)
IMAGES = (2, 8, 8, 4), (32, 32, 32, 32)
VOLUMES = (2, 4, 4, 4, 2), (4, 16, 16, 16, 16)
CONVOLUTION = {"filters": 32, "kernel_size": 3}
# What two layers in one share, and what has its results at random.
RANDOM = ("Dropout", "Noise")

# layer: (input shapes, small and large; arguments); see _make for what only a module can make.
LAYERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "Dense": (VECTORS, {"units": 256, "activation": "relu"}),
    "Activation": (IMAGES, {"activation": "tanh"}),
    "Dropout": (IMAGES, {"rate": 0.3}),
    "SpatialDropout1D": (STEPS, {"rate": 0.3}),
    "SpatialDropout2D": (IMAGES, {"rate": 0.3}),
    "SpatialDropout3D": (VOLUMES, {"rate": 0.3}),
    "Flatten": (IMAGES, {}),
    "Reshape": (IMAGES, {"target_shape": (-1, 4)}),
    "Permute": (IMAGES, {"dims": (3, 1, 2)}),
    "RepeatVector": (VECTORS, {"n": 8}),
    "Lambda": (IMAGES, {"function": tf.square}),
    "ActivityRegularization": (IMAGES, {"l1": 0.01, "l2": 0.01}),
    "Masking": (STEPS, {}),
    "Conv1D": (STEPS, CONVOLUTION),
    "Conv2D": (IMAGES, CONVOLUTION),
    "Conv2D, kernel 5": (IMAGES, {**CONVOLUTION, "kernel_size": 5, "padding": "same"}),
    "Conv3D": (VOLUMES, CONVOLUTION),
    "Conv3D, strides 2": (VOLUMES, {**CONVOLUTION, "strides": 2}),
    "Conv1DTranspose": (STEPS, CONVOLUTION),
    "Conv2DTranspose": (IMAGES, {**CONVOLUTION, "strides": 2, "padding": "same"}),
    "Conv3DTranspose": (VOLUMES, CONVOLUTION),
    "SeparableConv1D": (STEPS, CONVOLUTION),
    "SeparableConv2D": (IMAGES, CONVOLUTION),
    "DepthwiseConv1D": (STEPS, {"kernel_size": 3}),
    "DepthwiseConv2D": (IMAGES, {"kernel_size": 3, "padding": "same"}),
    "Cropping1D": (STEPS, {"cropping": 2}),
    "Cropping2D": (IMAGES, {"cropping": 2}),
    "Cropping3D": (VOLUMES, {"cropping": 1}),
    "UpSampling1D": (STEPS, {}),
    "UpSampling2D": (IMAGES, {}),
    "UpSampling2D, bilinear": (IMAGES, {"interpolation": "bilinear"}),
    "UpSampling3D": (VOLUMES, {}),
    "ZeroPadding1D": (STEPS, {}),
    "ZeroPadding2D": (IMAGES, {}),
    "ZeroPadding3D": (VOLUMES, {}),
    **{
        f"{kind}Pooling{rank}D": (shapes, {} if "Global" in kind else {"pool_size": 2})
        for kind in ("Max", "Average", "GlobalMax", "GlobalAverage")
        for rank, shapes in ((1, STEPS), (2, IMAGES), (3, VOLUMES))
    },
    "LSTMCell": (VECTORS, {"units": 256}),
    "GRUCell": (VECTORS, {"units": 256, "reset_after": True}),
    "SimpleRNNCell": (VECTORS, {"units": 256}),
    "StackedRNNCells": (VECTORS, {"cells": "LSTMCell"}),
    "Embedding": (((4, 8), (64, 200)), {"input_dim": 20000, "output_dim": 128}),
    **{name: (IMAGES, {}) for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")},
    "Concatenate": (IMAGES, {}),
    "Dot": (STEPS, {"axes": 2}),
    "Dot, normalized": (VECTORS, {"axes": 1, "normalize": True}),
    "LeakyReLU": (IMAGES, {}),
    "PReLU": (IMAGES, {"shared_axes": [1, 2]}),
    "ELU": (IMAGES, {}),
    "ThresholdedReLU": (IMAGES, {}),
    "Softmax": (IMAGES, {}),
    "ReLU": (IMAGES, {}),
    "ReLU, all arguments": (IMAGES, {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.2}),
    "BatchNormalization": (IMAGES, {}),
    "BatchNormalization, vectors": (VECTORS, {}),
    "BatchNormalization, axis 1": (IMAGES, {"axis": 1}),
    "GaussianNoise": (STEPS, {"stddev": 0.1}),
    "GaussianDropout": (STEPS, {"rate": 0.1}),
    "AlphaDropout": (STEPS, {"rate": 0.1}),
    "TimeDistributed": (STEPS, {"layer": "Dense"}),
}
MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot")
# Measured in groups of their own, or of no work of their own.
ELSEWHERE = ("Layer", "RNN", "LSTM", "GRU", "SimpleRNN", "Bidirectional", "ConvLSTM2D")


def _make(module, name, arguments):
    arguments = dict(arguments)
    if "cells" in arguments:
        arguments["cells"] = [getattr(module, arguments["cells"])(256) for _ in range(2)]
    if "layer" in arguments:
        arguments["layer"] = getattr(module, arguments["layer"])(64)
    return getattr(module, name)(**arguments)


def _inputs(name, shape, layer):
    rng = np.random.default_rng(0)
    if name == "Embedding":
        return (tf.constant(rng.integers(0, 20000, shape)),)
    x = tf.constant(rng.normal(size=shape), tf.float32)
    if name in MERGES or name.endswith(("Cell", "Cells")):
        sizes = tf.nest.flatten(getattr(layer, "state_size", None))
        if name in MERGES:
            return ([x, tf.reverse(x, [0])],)
        state = [tf.constant(rng.normal(size=(shape[0], n)), tf.float32) for n in sizes]
        if name == "StackedRNNCells":
            state = tf.nest.pack_sequence_as(layer.state_size, state)
        return x, state
    return (x,)


def _contest(item, size, trains):
    shapes, arguments = LAYERS[item]
    name = item.partition(",")[0]
    layers = {
        OURS: _make(tfk_ext.layers, name, arguments),
        KERAS: _make(tf.keras.layers, name, arguments),
    }
    inputs = _inputs(name, shapes[size], layers[KERAS])
    takes = inspect.signature(layers[KERAS].call).parameters
    options = {"training": trains} if "training" in takes else {}
    outputs = [layer(*inputs, **options) for layer in layers.values()]
    layers[OURS].set_weights(layers[KERAS].get_weights())
    cotangent = tf.nest.map_structure(lambda y: tf.random.normal(y.shape), outputs[-1])
    runs = {
        label: steps.training(layer, cotangent, *inputs, **options)
        if trains
        else steps.forward(layer, *inputs, **options)
        for label, layer in layers.items()
    }
    random = trains and any(word in name for word in RANDOM)
    return Contest(runs, not_compared="draws at random" if random else "")


def cases() -> list[Case]:
    """Return the cases of the group."""
    return [
        Case(
            f"{item}, {kind}, {label}",
            functools.partial(_contest, item, size, kind == "training"),
            BAR,
            row=item,
            column=f"{kind}, {label}",
            memory=False,
        )
        for item in LAYERS
        for size, label in enumerate(("small", "large"))
        for kind in ("forward", "training")
    ]
