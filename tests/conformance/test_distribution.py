"""A training step under MirroredStrategy on two logical CPUs equals the step without it."""

import numpy as np
import pytest
import tensorflow as tf

from tests.conformance.descriptor import flat
from tests.conformance.subjects import joint, rooms
from tests.strategy import two_replicas


def _train(room, eagerly):
    made = joint(room, batch=4)
    floating = [y for y in made.model.outputs if "float" in y.dtype]
    model = tf.keras.Model(made.model.inputs, floating)
    model.compile("sgd", loss=["mse"] * len(floating), jit_compile=False, run_eagerly=eagerly)
    rng = np.random.default_rng(0)
    targets = [rng.standard_normal((4, *y.shape[1:])).astype("float32") for y in floating]
    data = tf.data.Dataset.from_tensors((tuple(made.arrays), tuple(targets)))
    data = data.unbatch().batch(4, drop_remainder=True)
    model.fit(data, epochs=2, verbose=0)
    return [w.numpy() for layer in made.layers for w in layer.trainable_weights]


@pytest.mark.slow
@rooms("distribution")
def test_mirrored_step_equals_single_step(room):
    alone = _train(room, eagerly=True)
    with two_replicas().scope():
        together = _train(room, eagerly=False)
    assert len(flat(alone)) == len(flat(together))
    for one, two in zip(alone, together):
        np.testing.assert_allclose(two, one, rtol=1e-4, atol=1e-5)
