"""The strategy of the distribution tests: two replicas on two logical CPUs."""

import functools

import tensorflow as tf


@functools.cache
def two_replicas() -> tf.distribute.MirroredStrategy:
    """Return the one strategy of the process: the keys of a second one's collectives would clash."""
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
