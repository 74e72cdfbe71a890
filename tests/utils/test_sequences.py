"""Data sets of batches, and the queues that make them ahead."""

import itertools
import threading
import time

import numpy as np
import pytest
import tensorflow as tf

from tfk_ext import utils


class Squares(utils.Sequence):
    def __init__(self, count):  # as old programs: without the base's constructor
        self.count = count
        self.epochs = 0

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        time.sleep(0.002 * (index % 3))
        return np.full((2, 1), index + 100 * self.epochs)

    def on_epoch_end(self):
        self.epochs += 1


def test_a_sequence_is_a_data_set_of_keras(recwarn):
    data = Squares(3)
    assert isinstance(data, tf.keras.utils.PyDataset)
    assert [int(batch[0, 0]) for batch in data] == [0, 1, 2]
    model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1)])
    assert model.predict(data, verbose=0).shape == (6, 1)
    assert not [w for w in recwarn if "super().__init__" in str(w.message)]


@pytest.mark.parametrize(("workers", "processes"), [(1, False), (3, False), (2, True)])
def test_batches_keep_their_order_pass_after_pass(workers, processes):
    queue = utils.OrderedEnqueuer(Squares(4), use_multiprocessing=processes)
    queue.start(workers=workers, max_queue_size=3)
    assert queue.is_running()
    found = [int(batch[0, 0]) for batch in itertools.islice(queue.get(), 10)]
    queue.stop()
    assert found == [0, 1, 2, 3, 100, 101, 102, 103, 200, 201]
    assert not queue.is_running()


def test_shuffled_passes_hold_every_batch():
    queue = utils.OrderedEnqueuer(Squares(20), shuffle=True)
    queue.start()
    found = [int(batch[0, 0]) for batch in itertools.islice(queue.get(), 20)]
    queue.stop()
    assert sorted(found) == list(range(20)) != found


def test_a_generator_is_read_once_to_its_end():
    queue = utils.GeneratorEnqueuer(i for i in range(1, 8))
    queue.start(max_queue_size=2)
    assert list(queue.get()) == [1, 2, 3, 4, 5, 6, 7]
    queue.stop()
    with pytest.raises(ValueError, match="use_multiprocessing"):
        utils.GeneratorEnqueuer(iter([]), use_multiprocessing=True)


def test_no_more_is_made_ahead_than_was_asked_for():
    made = []

    def source():
        for i in range(100):
            made.append(i)
            yield i

    queue = utils.GeneratorEnqueuer(source())
    queue.start(max_queue_size=3)
    time.sleep(0.3)
    assert 1 <= len(made) <= 5
    queue.stop()


def test_errors_are_raised_where_the_batches_are_read():
    def broken():
        yield 1
        raise KeyError("broken")

    queue = utils.GeneratorEnqueuer(broken())
    queue.start()
    batches = queue.get()
    assert next(batches) == 1
    with pytest.raises(KeyError, match="broken"):
        next(batches)
    assert not queue.is_running()

    ordered = utils.OrderedEnqueuer([1])
    ordered.start()
    with pytest.raises(RuntimeError, match="started already"):
        ordered.start()
    ordered.stop()
    assert threading.active_count() < 50
