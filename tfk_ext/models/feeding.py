"""What ``fit`` and its like are fed with: arrays, data sets, sequences, generators, made what Keras takes."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.models import targets
from tfk_ext.models.queues import GeneratorBatches, SequenceBatches, Workers, is_generator, is_sequence


class Opened(NamedTuple):
    """Data in the form that Keras's trainer takes."""

    x: Any
    y: Any = None
    sample_weight: Any = None

    @property
    def is_stream(self) -> bool:
        """Whether the data has an order of its own, which Keras does not shuffle."""
        return isinstance(self.x, (tf.data.Dataset, tf.distribute.DistributedDataset))


class Feed:
    """The data of one call of ``fit``, ``evaluate`` or ``predict``.

    Args:
        model: the model that is fed.
        x, y, sample_weight: as the user gave them.
        batch_size, steps, class_weight, shuffle: the arguments of ``fit``.
        workers: who makes the batches of a sequence or generator.
        predicts: whether only inputs are of interest, so that a list is the list of inputs.
        trains: whether there may be several epochs.
    """

    def __init__(
        self,
        model,
        x,
        y,
        sample_weight,
        batch_size,
        steps,
        class_weight,
        shuffle,
        workers,
        predicts=False,
        trains=False,
    ):
        self.model = model
        self.names = model._output_names()
        self.batch_size = batch_size
        self.steps = None if steps is None else checks.integer(model, "steps", steps)
        self.shuffle = shuffle
        self.workers = workers.checked(model).of(x)
        self.predicts = predicts
        self.trains = trains
        self.class_weights = (
            None if class_weight is None else targets.class_weights_of(model, class_weight, self.names)
        )
        self.is_generator = is_generator(x)
        self.is_sequence = is_sequence(x)
        self.is_dataset = isinstance(x, (tf.data.Dataset, tf.distribute.DistributedDataset))
        if self.is_generator or self.is_sequence or self.is_dataset:
            if y is not None or sample_weight is not None:
                given = "targets" if y is not None else "sample weights"
                checks.fail(
                    model, f"a {type(x).__name__} gives {given} itself; y and sample_weight must be None."
                )
            if self.class_weights and isinstance(x, tf.distribute.DistributedDataset):
                checks.fail(
                    model, "class_weight does not go with a distributed data set; weight the samples."
                )
            self.x, self.y, self.sample_weight = x, None, None
            if not self.is_dataset:
                self.batch_size = None
        else:
            self._take_arrays(x, y, sample_weight)

    # --- arrays ---

    def _take_arrays(self, x, y, sample_weight):
        if x is None:
            checks.fail(self.model, "there is no data: x is None.")
        self.x = arrays(self.model, x)
        self.y = targets.in_order(self.model, "the targets", arrays(self.model, y), self.names)
        weights = arrays(self.model, sample_weight)
        weights = sample_weights(self.model, self.y, weights, self.names)
        if self.class_weights:
            weights = targets.combine(self.y, weights, self.class_weights, targets.sample_weights_of_classes)
        self.sample_weight = weights
        self._count_steps()

    def _count_steps(self):
        """Make what steps on arrays are: as many batches of a pass, in training pass after pass."""
        samples = number_of_samples(self.x)
        if samples is None or self.steps is None:
            return
        if self.batch_size is None:
            self.batch_size = math.ceil(samples / self.steps)
        available = math.ceil(samples / self.batch_size)
        if available == self.steps:
            self.steps = None
        elif not self.trains and available > self.steps:
            self._slice(slice(0, self.steps * self.batch_size))
            self.steps = None

    def _slice(self, part):
        self.x, self.y, self.sample_weight = tf.keras.tree.map_structure(
            lambda a: a if a is None else a[part], (self.x, self.y, self.sample_weight)
        )

    def split(self, validation_split: float) -> tuple[Any, Any, Any]:
        """Keep the last part of the arrays for validation; the rest stays here."""
        fraction = checks.number(self.model, "validation_split", validation_split, 0.0, 1.0)
        if self.is_generator or self.is_sequence or self.is_dataset:
            checks.fail(
                self.model, "validation_split goes with arrays only; give validation_data with a generator."
            )
        samples: Any = number_of_samples(self.x)
        first = math.floor(samples * (1.0 - fraction))
        if first == 0 or first == samples:
            checks.fail(
                self.model,
                f"validation_split={validation_split} of {samples} samples leaves none for "
                f"{'training' if first == 0 else 'validation'}.",
            )
        whole = (self.x, self.y, self.sample_weight)
        kept = tf.keras.tree.map_structure(lambda a: a if a is None else a[first:], whole)
        self._slice(slice(0, first))
        return kept

    @property
    def arrays(self) -> tuple[Any, Any, Any]:
        """Inputs, targets and sample weights as they are, before they are opened."""
        return self.x, self.y, self.sample_weight

    # --- opening ---

    @contextlib.contextmanager
    def opened(self) -> Iterator[Opened]:
        """Give the data to Keras; what reads it is closed afterwards."""
        if self.is_dataset:
            yield Opened(self._weigh_dataset(self.x))
        elif self.is_generator or self.is_sequence:
            yield Opened(self._streamed())
        elif self.trains and self.steps is not None and number_of_samples(self.x) is not None:
            yield Opened(self._passes())
        else:
            yield Opened(self.x, self.y, self.sample_weight)

    def _passes(self):
        """Return the batches of the arrays, pass after pass, so that each epoch goes on where one ended."""
        data = tuple(part for part in (self.x, self.y, self.sample_weight) if part is not None)
        data = tf.keras.tree.map_structure(tf.constant, tuples(data))
        samples = number_of_samples(self.x)
        rows = tf.data.Dataset.range(samples)
        rows = rows.shuffle(samples) if self.shuffle else rows
        dataset = rows.batch(self.batch_size).repeat()
        self.batch_size = None
        return dataset.map(lambda rows: tf.keras.tree.map_structure(lambda a: tf.gather(a, rows), data))

    def _weigh_dataset(self, dataset):
        if not self.class_weights:
            return dataset

        classes = self.class_weights

        def weigh(x, y, sample_weight=None):
            y = targets.in_order(self.model, "the targets", y, self.names)
            weights = targets.combine(y, sample_weight, classes, targets.sample_weights_in_graph)
            return tuple(_lists_as_tuples(part) for part in (x, y, weights))

        return dataset.map(weigh)

    def _streamed(self):
        if self.is_sequence:
            source: Any = SequenceBatches(
                self.x, self.workers, self.shuffle, self.steps is not None, self._prepare
            )
        else:
            source = GeneratorBatches(self.x, self.workers, self._prepare)
        self.source = source
        first = source.peek(2)
        if not first:
            checks.fail(self.model, f"the {type(self.x).__name__} gave no batch.")
        signature = tf.keras.tree.map_structure(_spec, *first)
        signature = self._relax(signature)
        dataset = tf.data.Dataset.from_generator(source, output_signature=signature)
        if self.is_sequence and not source.endless and source.length is not None:
            dataset = dataset.apply(tf.data.experimental.assert_cardinality(source.length))
        if self.workers.workers and not self.workers.pooled:
            return dataset.prefetch(self.workers.max_queue_size)
        # TensorFlow would read one batch ahead on its own.
        options = tf.data.Options()
        options.experimental_optimization.inject_prefetch = False
        return dataset.with_options(options)

    def _prepare(self, batch):
        """Return a batch as ``(x,)``, ``(x, y)`` or ``(x, y, sample_weight)`` of arrays."""
        if isinstance(batch, list) and not self.predicts:
            batch = tuple(batch)
        if not isinstance(batch, tuple):
            batch = (batch,)
        if not 1 <= len(batch) <= 3:
            checks.fail(
                self.model,
                "a batch must be inputs, (inputs, targets) or (inputs, targets, sample_weights), got "
                f"{len(batch)} parts.",
            )
        if self.predicts:
            return (tuples(arrays(self.model, batch[0])),)
        x = arrays(self.model, batch[0])
        if len(batch) == 1:
            return (tuples(x),)
        y = targets.in_order(self.model, "the targets", arrays(self.model, batch[1]), self.names)
        weights = arrays(self.model, batch[2]) if len(batch) == 3 else None
        weights = sample_weights(self.model, y, weights, self.names)
        if self.class_weights:
            weights = targets.combine(y, weights, self.class_weights, targets.sample_weights_of_classes)
        parts = (x, y) if weights is None else (x, y, weights)
        return tuple(tuples(part) for part in parts)

    def _relax(self, signature):
        """Leave open what the model leaves open, so that batches may differ there."""
        shapes = getattr(self.model, "input_shape", None) if self.model.built else None
        if not shapes:
            return signature
        specs = tf.keras.tree.flatten(signature[0])
        shapes = [shapes] if not isinstance(shapes, list) else shapes
        if isinstance(signature[0], Mapping) or len(specs) != len(shapes):
            return signature
        specs = [_open_axes(spec, shape) for spec, shape in zip(specs, shapes)]
        return (tf.keras.tree.pack_sequence_as(signature[0], specs), *signature[1:])


class StopAtEnd(tf.keras.callbacks.Callback):
    """Ends the training with the epoch in which a generator ends; Keras would go on with empty epochs."""

    def __init__(self, feed):
        super().__init__()
        self.feed = feed
        self.epochs = 0

    def on_epoch_end(self, epoch, logs=None):
        self.epochs += 1
        source = self.feed.source
        if source.ended and self.feed.steps and self.epochs * self.feed.steps >= source.produced:
            self.model.stop_training = True


def _open_axes(spec, shape):
    if spec.shape.rank != len(shape):
        return spec
    sizes = [None if known is None else size for size, known in zip(spec.shape, shape)]
    return tf.TensorSpec([None, *sizes[1:]], spec.dtype)


def _spec(*values):
    shapes = [np.shape(value) for value in values]
    if len({len(shape) for shape in shapes}) > 1 or not shapes[0]:
        raise ValueError(f"the arrays of all batches must have as many axes, got shapes {shapes}.")
    sizes = [sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*shapes)]
    value = values[0]
    if isinstance(value, (tf.RaggedTensor, tf.SparseTensor)):
        return tf.type_spec_from_value(value)
    return tf.TensorSpec([None, *sizes[1:]], tf.as_dtype(value.dtype))


class Validation(NamedTuple):
    """The validation data of ``fit``, with its steps and the size of its batches."""

    data: Opened
    steps: int | None
    batch_size: int | None

    def packed(self) -> Any:
        """Return the data as Keras's ``fit`` takes it."""
        x, y, sample_weight = self.data
        if y is None:
            return x
        return (x, y) if sample_weight is None else (x, y, sample_weight)


def validation(
    model: Any, data: Any, batch_size: int | None, steps: int | None, workers: Workers
) -> Validation:
    """Read ``validation_data=``: a tuple or list of arrays, or a source of batches."""
    if is_generator(data) and steps is None:
        checks.fail(model, "validation_data is a generator, which may have no end: give validation_steps.")
    if isinstance(data, (tuple, list)):
        if not 2 <= len(data) <= 3:
            checks.fail(
                model,
                "validation_data must be (x, y), (x, y, sample_weight), a data set, a Sequence or a "
                f"generator, got {len(data)} parts.",
            )
        x, y, sample_weight = (*data, None)[:3]
    else:
        x, y, sample_weight = data, None, None
    gives_batches = is_generator(x) or is_sequence(x) or Opened(x).is_stream
    if y is None and not gives_batches:
        checks.fail(model, f"validation_data must be (x, y) or a source of batches, got {type(x).__name__}.")
    feed = Feed(model, x, y, sample_weight, batch_size, steps, None, False, workers)
    with feed.opened() as opened:
        return Validation(opened, feed.steps, feed.batch_size)


def arrays(model: Any, value: Any) -> Any:
    """Return data with its plain Python lists of numbers as arrays; lists of arrays stay lists."""
    if value is None or hasattr(value, "shape"):
        return value
    if isinstance(value, Mapping):
        return {key: arrays(model, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        if value and all(item is None or hasattr(item, "shape") and len(item.shape) for item in value):
            return list(value) if len(value) > 1 or value[0] is None else value[0]
        return np.asarray(value)
    return value


def sample_weights(model: Any, y: Any, weights: Any, names: list[str] | None) -> Any:
    """Check sample weights against ``sample_weight_mode`` and fill in ones where an output has none."""
    if weights is None:
        return None
    weights = targets.in_order(model, "sample_weight", weights, names)
    modes = model._sample_weight_modes
    several = isinstance(y, (list, tuple)) and len(y) > 1
    if isinstance(weights, list) and several:
        if len(weights) != len(y):
            checks.fail(
                model, f"sample_weight must have one array for each of {len(y)} outputs, got {len(weights)}."
            )
        weights = [np.ones(len(t), np.float32) if w is None else w for t, w in zip(y, weights)]
    listed = weights if isinstance(weights, list) else [weights]
    modes = modes if isinstance(modes, list) else [modes] * len(listed)
    for weight, mode in zip(listed, modes):
        if mode == "temporal" and len(weight.shape) < 2:
            checks.fail(
                model,
                "sample_weight_mode is 'temporal': the weights must have the shape (samples, steps), got "
                f"{tuple(weight.shape)}.",
            )
    return weights


def number_of_samples(x: Any) -> int | None:
    """Return the length of the first array, ``None`` if it has none."""
    for part in tf.keras.tree.flatten(x):
        if hasattr(part, "shape") and len(part.shape) and part.shape[0] is not None:
            return int(part.shape[0])
    return None


def _lists_as_tuples(value):
    return tuple(value) if isinstance(value, list) else value


def tuples(value):
    """Return lists as tuples: ``tf.data`` takes a list for one tensor."""
    if isinstance(value, (list, tuple)):
        return tuple(tuples(item) for item in value)
    if isinstance(value, Mapping):
        return {key: tuples(item) for key, item in value.items()}
    return value if hasattr(value, "dtype") and not hasattr(value, "iloc") else np.asarray(value)


@contextlib.contextmanager
def keeping_metrics(model: Any, keep: bool) -> Iterator[None]:
    """Let ``reset_metrics`` do nothing for a while."""
    model.__dict__["_keeps_metrics"] = keep
    try:
        yield
    finally:
        model.__dict__["_keeps_metrics"] = False
