"""Optimizers: one compiled step for 100 small variables and for an embedding, beside Keras 3.

That all candidates take the same steps is checked before their times are. The rows of the embedding's
gradient are distinct, since Keras 3 squares each of those that repeat by itself; of Ftrl, which touches no
other rows as documented, these rows are compared.

The floor of the 100 variables is a call that looks at all of them and does nothing; that of the embedding
reads and writes each array of the state once, in an operation of its own (SGD, Adagrad and Ftrl do less for
a sparse gradient: they touch its rows alone).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

import tfk_ext
from benchmarks.measure import Timing, interleaved

OPTIMIZERS = {
    "SGD": {},
    "SGD, momentum": {"momentum": 0.9},
    "RMSprop": {},
    "RMSprop, momentum": {"momentum": 0.9},
    "Adam": {},
    "Adam, amsgrad": {"amsgrad": True},
    "Adagrad": {},
    "Adadelta": {},
    "Adamax": {},
    "Nadam": {},
    "Ftrl": {},
}
SMALL = [(16, 16), (16,)] * 50
ROWS, WIDTH, USED = 20000, 128, 3200


def _small(rng):
    return [rng.normal(size=s) for s in SMALL], [tf.constant(rng.normal(size=s), tf.float32) for s in SMALL]


def _embedding(rng):
    used = tf.constant(rng.choice(ROWS, USED, replace=False), tf.int64)
    values = tf.constant(rng.normal(size=(USED, WIDTH)), tf.float32)
    return [rng.normal(size=(ROWS, WIDTH))], [
        tf.IndexedSlices(values, used, tf.constant([ROWS, WIDTH], tf.int64))
    ]


def _written_out(rng):
    start, (gradient,) = _embedding(rng)
    return start, [tf.convert_to_tensor(gradient)]


SETTINGS = {"100 small": _small, "20000x128, 3200 rows": _embedding, "20000x128, dense": _written_out}


def _step(optimizer, start, gradients):
    variables = [tf.keras.Variable(value, dtype="float32") for value in start]
    optimizer.build(variables)

    # Constants would be folded into the steps, a hundred arguments take longer to hand over than the steps.
    sources = [tf.Variable(g.values if isinstance(g, tf.IndexedSlices) else g) for g in gradients]

    @tf.function
    def step():
        values = [tf.convert_to_tensor(source) for source in sources]
        for index, gradient in enumerate(gradients):
            if isinstance(gradient, tf.IndexedSlices):
                values[index] = tf.IndexedSlices(values[index], gradient.indices, gradient.dense_shape)
        optimizer.apply(values, variables)

    return step, optimizer, variables


def _floor(optimizer, variables):
    """Return a step that hands over the same variables; large ones it also reads and writes once."""
    arrays = [v for v in (*variables, *optimizer.variables) if v.shape.rank]
    arrays = [v if isinstance(v, tf.Variable) else v.value for v in arrays]
    large = arrays[0].shape.num_elements() > 1e6

    @tf.function
    def step():
        for array in arrays:
            if large:
                tf.raw_ops.ResourceApplyGradientDescent(var=array.handle, alpha=0.0, delta=source)
            else:
                tf.raw_ops.VarIsInitializedOp(resource=array.handle)

    source = tf.zeros(arrays[0].shape) if large else None
    return step


def run(seconds: float = 4.0) -> Iterator[tuple[str, list[Timing], str]]:
    """Yield item, timings and the candidate that the ratios refer to."""
    for label, options in OPTIMIZERS.items():
        name = label.split(",")[0]
        for setting, make in SETTINGS.items():
            steps, ends = {}, []
            for peer, module in (("tfk_ext", tfk_ext.optimizers), ("Keras 3", tf.keras.optimizers)):
                optimizer = getattr(module, name)(learning_rate=0.01, **options)
                start, gradients = make(np.random.default_rng(0))
                steps[peer], optimizer, variables = _step(optimizer, start, gradients)
                for _ in range(3):
                    steps[peer]()
                ends.append([variable.numpy() for variable in variables])
                if peer == "tfk_ext":
                    floor = _floor(optimizer, variables)
            if name == "Ftrl" and isinstance(gradients[0], tf.IndexedSlices):
                ends = [[end[0][gradients[0].indices.numpy()]] for end in ends]
            for ours, theirs in zip(*ends):
                np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5, err_msg=f"{label}, {setting}")
            steps["floor"] = floor
            yield f"{label}: {setting}", interleaved(steps, seconds), "Keras 3"
