"""Many steps in each call of the graph, for arrays and callbacks that don't look at batches.

Of the time that a small model takes for a step nearly all is spent between the steps: a call of the graph, a
batch from ``tf.data``, the callbacks. Where nobody looks between them, the arrays stay in memory, and a call
of the graph runs a burst of steps, each of which gathers its rows; bursts are as long as lets the progress
bar move. The steps are those of Keras's trainer, one after the other, with the same results.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import callbacks as own
from tfk_ext.models import feeding, logs

BYTES = 1 << 29  # arrays of more are left to tf.data, since they are held a second time
SECONDS = 0.1  # what a burst should take
HOOKS = {
    "train": ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end"),
    "test": ("on_test_batch_begin", "on_test_batch_end"),
    "predict": ("on_predict_batch_begin", "on_predict_batch_end"),
}
# Callbacks whose batch hooks show progress, or do nothing with these settings.
_SHOW = (tf.keras.callbacks.ProgbarLogger, own.ProgbarLogger, logs.OrderedLogs)
_SAVE = (tf.keras.callbacks.ModelCheckpoint, own.ModelCheckpoint)
# What must be the package's own, so that a step is what is thought here.
_STEPS = ("{}_step", "make_{}_function", "compute_metrics", "get_metrics_result", "evaluate")


class Arrays:
    """Arrays that a model is trained on or tested with, held as tensors.

    Args:
        parts: ``(x, y, sample_weight)`` of arrays, lists or dictionaries of them; ``None`` is left out.
        batch_size: samples of a step, 32 if ``None``.
    """

    def __init__(self, parts: tuple[Any, ...], batch_size: int | None):
        parts = feeding.tuples(tuple(part for part in parts if part is not None))
        with tf.device("CPU"):
            self.tensors = tf.keras.tree.map_structure(_tensor, parts)
        self.samples: int = len(tf.nest.flatten(self.tensors)[0])
        self.batch_size = batch_size or 32
        self.batches = math.ceil(self.samples / self.batch_size)

    def order(self, shuffle: Any) -> tf.Tensor:
        """Return the rows in the order in which an epoch takes them."""
        rows = tf.range(self.samples)
        if shuffle != "batch":
            return tf.random.shuffle(rows) if shuffle else rows
        whole = self.samples // self.batch_size * self.batch_size
        batches = tf.random.shuffle(tf.reshape(rows[:whole], (-1, self.batch_size)))
        return tf.concat([tf.reshape(batches, (-1,)), rows[whole:]], 0)


class Bursts:
    """The steps of one kind of a compiled model, run in bursts.

    Args:
        model: the model, built and compiled.
        kind: ``"train"``, ``"test"`` or ``"predict"``.
    """

    def __init__(self, model: Any, kind: str):
        self._model = model
        self._step = getattr(model, f"{kind}_step")
        if model.jit_compile:
            self._step = tf.function(self._step, jit_compile=True, reduce_retracing=True)
        self._traced: dict[Any, Any] = {}
        self._steps = 1

    def burst_of(self, data: Arrays) -> Any:
        """Return ``burst(tensors, rows)``, traced once for data of a kind, however many they are."""
        # A batch of fewer samples at the end leaves the size open in the graph.
        known = data.batch_size if data.samples % data.batch_size == 0 else None
        specs = tf.keras.tree.map_structure(
            lambda tensor: tf.TensorSpec([None, *tensor.shape[1:]], tensor.dtype), data.tensors
        )
        key = (repr(specs), data.batch_size, known)
        if key not in self._traced:
            self._traced[key] = self._trace(specs, data.batch_size, known)
        return self._traced[key]

    def _trace(self, specs, size, known):
        @tf.autograph.experimental.do_not_convert
        def burst(tensors, rows):
            def one(at):
                batch = rows[at : at + size]
                batch.set_shape([known])
                self._step(tf.keras.tree.map_structure(lambda tensor: tf.gather(tensor, batch), tensors))
                return (at + size,)

            tf.while_loop(lambda at: at < tf.shape(rows)[0], one, (tf.constant(0),))
            return self._model.get_metrics_result()

        return tf.function(burst, input_signature=(specs, tf.TensorSpec([None], tf.int32)))

    def run(self, data: Arrays, rows: tf.Tensor, begin: Callable, end: Callable, stopped: Callable) -> Any:
        """Run an epoch and return what the last burst did: the logs.

        Args:
            data: what the steps are fed with.
            rows: the order of its rows.
            begin, end: called around each burst: ``begin(first)``, ``end(last, what it returned)``.
            stopped: asked after each burst whether to go on.
        """
        burst, size, done, values = self.burst_of(data), data.batch_size, 0, None
        while done < data.batches:
            steps = min(self._steps, data.batches - done)
            begin(done)
            started = time.perf_counter()
            values = burst(data.tensors, rows[done * size : (done + steps) * size])
            pace = SECONDS / (time.perf_counter() - started)
            done += steps
            end(done - 1, values)
            if steps == self._steps or pace < 1:
                self._steps = max(1, int(steps * min(pace, 4)))
            if stopped():
                break
        return values


class Predictions(Bursts):
    """Bursts of a model's predictions, which return the outputs of all their steps, put together."""

    def __init__(self, model: Any):
        super().__init__(model, "predict")

    def _trace(self, specs, size, known):
        batch = tf.keras.tree.map_structure(
            lambda spec: tf.TensorSpec([known, *spec.shape[1:]], spec.dtype), specs
        )
        step = tf.function(self._step, input_signature=(batch,), autograph=False)
        outputs = step.get_concrete_function().structured_outputs
        kinds = [(output.dtype, output.shape) for output in tf.nest.flatten(outputs)]
        if not all(shape.rank for _, shape in kinds):
            raise NotInBursts

        @tf.autograph.experimental.do_not_convert
        def burst(tensors, rows):
            count = -(-tf.shape(rows)[0] // size)

            def one(number, kept):
                at = rows[number * size : (number + 1) * size]
                at.set_shape([known])
                made = step(tf.keras.tree.map_structure(lambda tensor: tf.gather(tensor, at), tensors))
                return number + 1, [k.write(number, m) for k, m in zip(kept, tf.nest.flatten(made))]

            kept = [
                tf.TensorArray(dtype, count, infer_shape=False, element_shape=[None, *shape[1:]])
                for dtype, shape in kinds
            ]
            _, kept = tf.while_loop(lambda number, _: number < count, one, (0, kept))
            return tf.nest.pack_sequence_as(outputs, [k.concat() for k in kept])

        return tf.function(burst, input_signature=(specs, tf.TensorSpec([None], tf.int32)))


class NotInBursts(Exception):
    """The outputs can't be put together."""


def possible(model: Any, kind: str, data: Any, batch_size: int | None, callbacks: list[Any]) -> bool:
    """Tell whether steps may run in bursts: whether nobody would see a difference.

    Args:
        model: the model.
        kind: ``"train"``, ``"test"`` or ``"predict"``.
        data: ``(x, y, sample_weight)``.
        batch_size: samples of a step.
        callbacks: the callbacks in a list.
    """
    from tfk_ext.models.model import Model

    compiled = model._classic_compile
    names = [name.format(kind) for name in _STEPS]
    return (
        (kind == "predict" if compiled is None else compiled["steps_per_execution"] is None)
        and not model.run_eagerly
        and not tf.config.functions_run_eagerly()
        and all(getattr(type(model), name) is getattr(Model, name) for name in names)
        and not tf.distribute.has_strategy()
        and model.distribute_strategy is tf.distribute.get_strategy()
        and not _is_limited()
        and (batch_size is None or isinstance(batch_size, int) and batch_size > 0)
        and _can_be_held(data)
        and not any(_looks(callback, kind) for callback in callbacks)
    )


def _can_be_held(parts):
    leaves = tf.keras.tree.flatten(tuple(part for part in parts if part is not None))
    if not leaves or not all(isinstance(leaf, (np.ndarray, tf.Tensor)) for leaf in leaves):
        return False
    if any(not len(leaf.shape) or leaf.dtype == object for leaf in leaves):
        return False
    if len({leaf.shape[0] for leaf in leaves}) > 1 or not leaves[0].shape[0]:
        return False
    return sum(np.prod(leaf.shape) * tf.as_dtype(leaf.dtype).size for leaf in leaves) <= BYTES


def _tensor(array):
    floatx = tf.keras.config.floatx()
    tensor = tf.convert_to_tensor(array)
    return tf.cast(tensor, floatx) if tensor.dtype.is_floating else tensor


def _looks(callback, kind):
    if type(callback) in _SHOW or type(callback) in _SAVE and callback.save_freq == "epoch":
        return False
    default = tf.keras.callbacks.Callback
    return any(
        getattr(getattr(callback, hook, None), "__func__", None) is not getattr(default, hook)
        for hook in HOOKS[kind]
    )


def _is_limited():
    """Tell whether Keras's settings cut trainings short; installed Keras may have none."""
    limits = (getattr(tf.keras.config, name, None) for name in ("max_epochs", "max_steps_per_epoch"))
    return any(limit is not None and limit() is not None for limit in limits)
