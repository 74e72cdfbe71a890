"""Noise layers: GaussianNoise, GaussianDropout, AlphaDropout. They change the input in training only."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import Layer


class RandomLayer(Layer):
    """Base of the layers that draw random numbers in training.

    The state of the draws is a ``tf.keras.random.SeedGenerator``: it is saved with the model, moves on with
    every call in training, and starts at ``seed``, so that the same seed repeats the same run.

    Args:
        seed: an integer, ``None`` for one drawn by chance.
        **kwargs: see :class:`tfk_ext.layers.base.Layer`.
    """

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = None if seed is None else checks.integer(self, "seed", seed, minimum=None)
        self.supports_masking = True

    def _draws(self, active):
        # A layer that never draws has no state, as in Keras.
        if active:
            self.seed_generator = tf.keras.random.SeedGenerator(self.seed)

    def _next_seed(self):
        """Return two integers for the next draw, of its own on each replica of a strategy."""
        # The stateless functions want int32 to run under XLA.
        seed = tf.cast(tf.math.floormod(self.seed_generator.next(), tf.int32.max), tf.int32)
        context = tf.distribute.get_replica_context()
        if context is not None and context.num_replicas_in_sync > 1:
            seed = tf.random.experimental.stateless_fold_in(seed, context.replica_id_in_sync_group)
        return seed

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


def check_noise_shape(layer, noise_shape):
    """Return ``noise_shape`` as a tuple of positive integers and ``None``."""
    if noise_shape is None:
        return None
    items = noise_shape
    if hasattr(items, "numpy") or hasattr(items, "tolist"):
        items = (items.numpy() if hasattr(items, "numpy") else items).tolist()
    good = isinstance(items, Sequence) and not isinstance(items, str)
    if not good or not all(i is None or (checks.is_integer(i) and i > 0) for i in items):
        checks.fail(layer, f"noise_shape must be a tuple of positive integers and None, got {noise_shape!r}.")
    return tuple(None if i is None else int(i) for i in items)


def check_noise_fits(layer, noise_shape, shape):
    """Raise if the noise can't be broadcast to an input of ``shape``."""
    if noise_shape is None or shape.rank is None:
        return
    sizes = tuple(shape)
    rest = sizes[len(sizes) - len(noise_shape) :]
    fits = len(noise_shape) == len(sizes) or (len(noise_shape) < len(sizes) and None not in noise_shape)
    if not fits or any(n not in (None, 1) and s not in (None, n) for n, s in zip(noise_shape, rest)):
        checks.fail(layer, f"noise_shape {noise_shape} can't be broadcast to the input's shape {sizes}.")
