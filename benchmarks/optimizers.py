"""Optimizers: one compiled step for 100 small variables and for an embedding, beside Keras 3.

That all candidates take the same steps is checked before their times are. The rows of the embedding's
gradient are distinct, since Keras 3 squares each of those that repeat by itself; of Ftrl, which touches no
other rows as documented, these rows are compared.

The floor of the 100 variables is a call that looks at all of them and at their gradients and does nothing;
that of the embedding reads and writes each array of the state once, in an operation of its own (of SGD,
Adagrad and Ftrl with a sparse gradient its rows, which are all that they touch).
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

import tfk_ext
from benchmarks.case import KERAS, OURS, Bar, Case, Contest

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
# Those that touch the rows of a sparse gradient alone.
ROWS_ALONE = ("SGD", "Adagrad", "Ftrl")


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

    return step, optimizer, variables, sources


def _floor(label, optimizer, variables, gradients, sources):
    """Return a step that hands over the same arrays; large ones, or their rows, it also reads and writes."""
    arrays = [v for v in (*variables, *optimizer.variables) if v.shape.rank]
    arrays = [v if isinstance(v, tf.Variable) else v.value for v in arrays]
    large = arrays[0].shape.num_elements() > 1e6
    rows = isinstance(gradients[0], tf.IndexedSlices) and label in ROWS_ALONE
    zeros = tf.zeros(arrays[0].shape) if large and not rows else None

    @tf.function
    def step():
        for array in arrays if large else [*arrays, *sources]:
            if rows:
                indices = gradients[0].indices
                array.scatter_update(tf.IndexedSlices(tf.gather(array, indices), indices))
            elif large:
                tf.raw_ops.ResourceApplyGradientDescent(var=array.handle, alpha=0.0, delta=zeros)
            else:
                tf.raw_ops.VarIsInitializedOp(resource=array.handle)

    return step


BARS = {"100 small": (Bar(KERAS, 1.4, 2),), "20000x128, 3200 rows": (Bar(KERAS, 2.5, 4),)}


def _contest(label, setting):
    name, runs, ends = label.split(",")[0], {}, {}
    for peer, module in ((OURS, tfk_ext.optimizers), (KERAS, tf.keras.optimizers)):
        optimizer = getattr(module, name)(learning_rate=0.01, **OPTIMIZERS[label])
        start, gradients = SETTINGS[setting](np.random.default_rng(0))
        runs[peer], optimizer, variables, sources = _step(optimizer, start, gradients)
        ends[peer] = variables
        if peer == OURS:
            floor = _floor(label, optimizer, variables, gradients, sources)

    def after_three(_):
        for run in runs.values():
            run()
            run()
        values = {peer: [variable.numpy() for variable in variables] for peer, variables in ends.items()}
        if name == "Ftrl" and isinstance(gradients[0], tf.IndexedSlices):
            values = {peer: [end[0][gradients[0].indices.numpy()]] for peer, end in values.items()}
        return values

    return Contest(runs, floor=floor, results=after_three)


def cases() -> list[Case]:
    """Return the cases of the group."""
    return [
        Case(
            f"{label}: {setting}",
            lambda one=label, other=setting: _contest(one, other),
            BARS.get(setting, ()),
        )
        for label in OPTIMIZERS
        for setting in SETTINGS
    ]
