"""Batches that are made when they are asked for, and queues that make them ahead."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import queue
import random
import threading
from collections.abc import Iterator
from typing import Any

from tfk_ext import checks
from tfk_ext.preprocessing.batches import Sequence as Sequence


class SequenceEnqueuer:
    """Base of the queues: ``start``, then read ``get()``, then ``stop``.

    Args:
        sequence: where the batches come from.
        use_multiprocessing: processes instead of threads.

    Source: the classic documents, ``keras.utils.SequenceEnqueuer``.
    """

    def __init__(self, sequence: Any, use_multiprocessing: bool = False):
        self.sequence = sequence
        self.use_multiprocessing = checks.boolean(self, "use_multiprocessing", use_multiprocessing)
        if self.use_multiprocessing and "fork" not in multiprocessing.get_all_start_methods():
            checks.fail(self, "use_multiprocessing=True needs processes that are forked; use threads.")
        self.queue: queue.Queue = queue.Queue()
        self.workers = 0
        self._runner: threading.Thread | None = None
        self._stop = threading.Event()

    def is_running(self) -> bool:
        """Tell whether it was started and not stopped."""
        return self._runner is not None and not self._stop.is_set()

    def start(self, workers: int = 1, max_queue_size: int = 10) -> None:
        """Begin to make batches ahead.

        Args:
            workers: number of threads or processes.
            max_queue_size: how many batches to make ahead.
        """
        if self.is_running():
            checks.fail(self, "it was started already.", RuntimeError)
        self.workers = checks.integer(self, "workers", workers)
        self.queue = queue.Queue(checks.integer(self, "max_queue_size", max_queue_size))
        self._stop.clear()
        self._runner = threading.Thread(target=self._run, daemon=True)
        self._runner.start()

    def stop(self, timeout: float | None = None) -> None:
        """Stop, and throw away what was made ahead; wait ``timeout`` seconds at most for the workers."""
        self._stop.set()
        while not self.queue.empty():
            self.queue.get_nowait()
        if self._runner is not None:
            self._runner.join(timeout)
        self._runner = None

    def get(self) -> Iterator[Any]:
        """Return the batches, one after the other; an error of the source is raised here."""
        while self.is_running():
            try:
                future = self.queue.get(timeout=0.1)
            except queue.Empty:
                continue
            if future is None:
                return
            try:
                batch = future.result()
            except BaseException:
                self.stop()
                raise
            if batch is not None:
                yield batch

    def _put(self, item: Any) -> bool:
        """Put into the queue; tells whether that was done before the stop."""
        while not self._stop.is_set():
            try:
                self.queue.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def _run(self) -> None:
        raise NotImplementedError


# What a worker process reads from: it gets it when it is forked.
_source: Any = None


def _set_source(source: Any) -> None:
    global _source
    _source = source


def _item(index: int) -> Any:
    return _source[index]


class OrderedEnqueuer(SequenceEnqueuer):
    """Makes the batches of a :class:`Sequence` ahead, in their order, pass after pass without end.

    Args:
        sequence: a :class:`Sequence`, or anything with ``__getitem__`` and ``__len__``.
        use_multiprocessing: processes instead of threads.
        shuffle: another order in each pass.

    Example:
        >>> queue = tfk_ext.utils.OrderedEnqueuer([np.zeros(1), np.ones(1)])
        >>> queue.start(workers=2, max_queue_size=4)
        >>> batches = queue.get()
        >>> [float(next(batches)[0]) for _ in range(3)]
        [0.0, 1.0, 0.0]
        >>> queue.stop()

    Source: the classic documents, ``keras.utils.OrderedEnqueuer``.
    """

    def __init__(self, sequence: Any, use_multiprocessing: bool = False, shuffle: bool = False):
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = checks.boolean(self, "shuffle", shuffle)

    def _pool(self) -> concurrent.futures.Executor:
        if not self.use_multiprocessing:
            return concurrent.futures.ThreadPoolExecutor(self.workers)
        context = multiprocessing.get_context("fork")
        return concurrent.futures.ProcessPoolExecutor(self.workers, context, _set_source, (self.sequence,))

    def _run(self) -> None:
        while not self._stop.is_set():
            order = list(range(len(self.sequence)))
            if self.shuffle:
                random.shuffle(order)
            if not order:
                self._put(None)
                return
            # Each pass has a pool of its own: processes have to see what on_epoch_end has changed.
            with self._pool() as pool:
                read = self.sequence.__getitem__ if not self.use_multiprocessing else _item
                futures = []
                for index in order:
                    futures.append(pool.submit(read, index))
                    if not self._put(futures[-1]):
                        pool.shutdown(wait=False, cancel_futures=True)
                        return
                concurrent.futures.wait(futures)
            if hasattr(self.sequence, "on_epoch_end"):
                self.sequence.on_epoch_end()


class GeneratorEnqueuer(SequenceEnqueuer):
    """Reads a generator ahead, in a thread. Its batches come in their order, each once.

    Args:
        sequence: a generator, which one thread at a time reads.
        use_multiprocessing: must be false: processes would each have a copy of the generator, and give its
            batches several times. Use a :class:`Sequence` for that.
        random_seed: accepted for old programs; it was for processes.

    Raises:
        ValueError: ``use_multiprocessing`` is set.

    Source: the classic documents, ``keras.utils.GeneratorEnqueuer``.
    """

    def __init__(self, sequence: Any, use_multiprocessing: bool = False, random_seed: int | None = None):
        if use_multiprocessing:
            checks.fail(
                self,
                "use_multiprocessing=True would give the batches of a generator once for each process; use a "
                "Sequence with OrderedEnqueuer, or threads.",
            )
        super().__init__(sequence)

    def _run(self) -> None:
        source = iter(self.sequence)
        while not self._stop.is_set():
            future: concurrent.futures.Future = concurrent.futures.Future()
            try:
                future.set_result(next(source))
            except StopIteration:
                self._put(None)
                return
            except BaseException as error:  # is raised where the batches are read
                future.set_exception(error)
                self._put(future)
                return
            if not self._put(future):
                return


def iter_sequence_infinite(seq: Any) -> Iterator[Any]:
    """Return the batches of a data set, pass after pass without end."""
    while True:
        for index in range(len(seq)):
            yield seq[index]
