"""Batches made ahead by threads or processes, in their order, and at most so many of them."""

from __future__ import annotations

import collections
import concurrent.futures
import itertools
import multiprocessing
import random
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import tensorflow as tf

from tfk_ext import checks


class Workers(NamedTuple):
    """Who makes the batches: ``workers`` threads or processes, ``max_queue_size`` batches ahead."""

    workers: int = 1
    use_multiprocessing: bool = False
    max_queue_size: int = 10

    def checked(self, owner: object) -> Workers:
        """Return the same in normal form, or raise for what is no number of workers."""
        return Workers(
            checks.integer(owner, "workers", self.workers, 0),
            checks.boolean(owner, "use_multiprocessing", self.use_multiprocessing),
            checks.integer(owner, "max_queue_size", self.max_queue_size, 1),
        )

    def of(self, source: Any) -> Workers:
        """Return what a data set asks for itself, if this is the default."""
        if self != Workers() or not isinstance(source, tf.keras.utils.PyDataset):
            return self
        with warnings.catch_warnings():  # of a subclass that did not call its base's constructor
            warnings.simplefilter("ignore")
            return Workers(source.workers, source.use_multiprocessing, source.max_queue_size)

    @property
    def pooled(self) -> bool:
        """Whether a pool makes the batches; one thread is left to ``tf.data``."""
        return self.workers > 1 or (self.workers > 0 and self.use_multiprocessing)


# The data set that a worker process reads from: a process gets it when it is forked, not with each task.
_source: Any = None


def _set_source(source):
    global _source
    _source = source


def _item(index):
    return _source[index]


class SequenceBatches:
    """The batches of a ``Sequence``: pass by pass, each index once, in order or shuffled.

    Args:
        source: has ``source[index]`` and a length, perhaps ``on_epoch_begin`` and ``on_epoch_end``.
        workers: who makes the batches.
        shuffle: whether each pass has an order of its own.
        endless: whether a pass follows the other.
        prepare: what is done to each batch.
    """

    def __init__(self, source, workers, shuffle, endless, prepare):
        self.source = source
        self.workers = workers
        self.shuffle = shuffle
        self.endless = endless
        self.prepare = prepare
        self.length = _length(source)
        self._peeked: dict[int, Any] = {}

    def peek(self, number: int) -> list[Any]:
        """Return the first batches; they are not made again."""
        for index in range(number if self.length is None else min(number, self.length)):
            self._peeked[index] = self.source[index]
        return [self.prepare(batch) for batch in self._peeked.values()]

    def __call__(self) -> Iterator[Any]:
        while True:
            self._call("on_epoch_begin")
            for number, batch in enumerate(self._pass(), 1):
                if number == self.length:
                    # Before the last batch is given: nobody may ask for one behind it.
                    self._call("on_epoch_end")
                yield self.prepare(batch)
            if not self.endless:
                return

    def _call(self, hook):
        if hasattr(self.source, hook):
            getattr(self.source, hook)()

    def _pass(self) -> Iterator[Any]:
        indices: Iterable[int]
        if self.length is None:
            indices = itertools.count()
        else:
            indices = list(range(self.length))
            if self.shuffle:
                random.shuffle(indices)
        if not self.workers.pooled:
            for index in indices:
                yield self._peeked.pop(index) if index in self._peeked else self.source[index]
            return
        with _pool(self.workers, self.source) as (submit, executor):
            waiting: collections.deque = collections.deque()
            try:
                for index in indices:
                    if index in self._peeked:
                        waiting.append(_Done(self._peeked.pop(index)))
                    else:
                        waiting.append(submit(index))
                    if len(waiting) >= self.workers.max_queue_size:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                executor.shutdown(wait=False, cancel_futures=True)


class _Done:
    """A batch that is there already, in the form of a future."""

    def __init__(self, value):
        self._value = value

    def result(self):
        return self._value


class _pool:  # noqa: N801 - used like a function
    """Threads or processes that read one data set: gives ``submit(index)`` and the executor."""

    def __init__(self, workers, source):
        if workers.use_multiprocessing:
            # A fork is how a process gets a data set that can't be pickled; new for each pass, since a data
            # set changes between passes.
            self.executor: concurrent.futures.Executor = concurrent.futures.ProcessPoolExecutor(
                workers.workers, _fork_context(), _set_source, (source,)
            )
            self.submit = lambda index: self.executor.submit(_item, index)
        else:
            self.executor = concurrent.futures.ThreadPoolExecutor(workers.workers)
            self.submit = lambda index: self.executor.submit(source.__getitem__, index)

    def __enter__(self):
        return self.submit, self.executor

    def __exit__(self, *error):
        self.executor.shutdown(wait=True, cancel_futures=True)


def _fork_context():
    if "fork" not in multiprocessing.get_all_start_methods():
        raise ValueError(
            "use_multiprocessing=True needs processes that are forked, which this system has not; use "
            "threads: use_multiprocessing=False."
        )
    return multiprocessing.get_context("fork")


class GeneratorBatches:
    """The batches of a generator, which are read once and never again.

    Args:
        source: an iterator.
        workers: who reads it. One thread at a time reads a generator; processes have a copy of it each.
        prepare: what is done to each batch.
    """

    def __init__(self, source: Iterator[Any], workers: Workers, prepare: Callable):
        self.source = source
        self.workers = workers
        self.prepare = prepare
        self.produced = 0
        self.ended = False
        self._peeked: list[Any] = []
        if workers.use_multiprocessing and workers.workers > 1:
            warnings.warn(
                "A generator that several processes read gives its batches once for each of them; use a "
                "Sequence, or workers=1.",
                stacklevel=5,
            )

    def peek(self, number: int) -> list[Any]:
        """Return the first batches; they are still given afterwards."""
        self._peeked += itertools.islice(self.source, number - len(self._peeked))
        return [self.prepare(batch) for batch in self._peeked]

    def __call__(self) -> Iterator[Any]:
        while self._peeked:
            batch = self._peeked.pop(0)
            self.produced += 1
            yield self.prepare(batch)
        processes = self.workers.use_multiprocessing and self.workers.workers > 0
        for batch in self._from_processes() if processes else self.source:
            self.produced += 1
            yield self.prepare(batch)
        self.ended = True

    def _from_processes(self):
        context = _fork_context()
        queue = context.Queue(self.workers.max_queue_size)
        processes = [
            context.Process(target=_pump, args=(self.source, queue, index), daemon=True)
            for index in range(self.workers.workers)
        ]
        for process in processes:
            process.start()
        running = len(processes)
        try:
            while running:
                batch, error = queue.get()
                if error is not None:
                    raise error
                if batch is None:
                    running -= 1
                else:
                    yield batch
        finally:
            for process in processes:
                process.terminate()
                process.join()


def _pump(source, queue, index):
    """Put a generator's batches into a queue; runs in a process of its own."""
    import numpy as np

    if index:
        np.random.seed()  # else all copies of a random generator give the same batches
        random.seed()
    try:
        for batch in source:
            queue.put((batch, None))
        queue.put((None, None))
    except Exception as error:
        queue.put((None, error))


def _length(source):
    """Return the number of batches of a ``Sequence``, ``None`` for one without an end."""
    if isinstance(source, tf.keras.utils.PyDataset):
        return source.num_batches
    return len(source)


def is_sequence(source: Any) -> bool:
    """Tell whether data is a ``Sequence``: batches by index, and a number of them."""
    if isinstance(source, tf.keras.utils.PyDataset):
        return True
    if isinstance(source, (list, tuple, dict, str)) or hasattr(source, "shape") or hasattr(source, "dtype"):
        return False
    if isinstance(source, tf.data.Dataset) or hasattr(source, "__array__"):
        return False
    return hasattr(source, "__getitem__") and hasattr(source, "__len__")


def is_generator(source: Any) -> bool:
    """Tell whether data is a generator or another iterator of batches."""
    return hasattr(source, "__next__") and not hasattr(source, "__getitem__")
