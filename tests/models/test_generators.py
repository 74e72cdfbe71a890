"""Generators and sequences: who reads them, when, how far, in which order."""

import os
import threading

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext


def make():
    model = tfk_ext.Sequential([tfk_ext.Dense(1, input_dim=2)])
    model.compile("sgd", "mse")
    return model


@pytest.fixture(scope="module")
def model():
    return make()


class Batches(tf.keras.utils.Sequence):
    def __init__(self, length=5):
        super().__init__()
        self.length = length
        self.read = []
        self.ends = 0

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        self.read.append((index, threading.get_ident()))
        return np.full((4, 2), index, "float32"), np.full(4, os.getpid() % 1000, "float32")

    def on_epoch_end(self):
        self.ends += 1


def counted(events):
    while True:
        events.append("read")
        yield np.ones((4, 2)), np.ones(4)


def test_a_generator_is_read_after_the_training_has_begun(model):
    events = []
    begin = tf.keras.callbacks.LambdaCallback(on_train_begin=lambda logs: events.append("begin"))
    model.fit_generator(counted(events), 2, verbose=0, callbacks=[begin])
    assert events[:2] == ["begin", "read"]
    assert events.count("begin") == 1


def test_a_callback_may_stop_before_the_first_epoch(model):
    class Stop(tf.keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.model.stop_training = True

    history = model.fit_generator(counted([]), 2, epochs=3, verbose=0, callbacks=[Stop()])
    assert len(history.history["loss"]) == 1


def test_no_batch_is_read_ahead_without_workers(model):
    events = []
    model.fit_generator(counted(events), 3, epochs=2, verbose=0, workers=0)
    assert len(events) == 6


def test_a_sequence_goes_on_where_an_epoch_ended(model):
    source, steps = Batches(), []
    count = tf.keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: steps.append(batch))
    model.fit_generator(source, 4, epochs=3, verbose=0, shuffle=False, workers=0, callbacks=[count])
    assert steps == [0, 1, 2, 3] * 3
    assert [index for index, _ in source.read][:10] == [*range(5), *range(5)]
    assert source.ends == 2


def test_each_batch_of_a_sequence_is_read_once_an_epoch(model):
    source = Batches(8)
    model.fit_generator(source, epochs=2, verbose=0, workers=3)
    assert sorted(index for index, _ in source.read) == sorted([*range(8)] * 2)
    assert source.ends == 2


@pytest.mark.parametrize(
    "options", [{"workers": 3}, {"workers": 2, "use_multiprocessing": True}, {"workers": 0}]
)
def test_the_order_is_kept(model, options):
    expected = model.predict(np.concatenate([np.full((4, 2), i, "float32") for i in range(5)]))
    np.testing.assert_allclose(model.predict_generator(Batches(), **options), expected, rtol=1e-5)


def test_processes_make_the_batches(model):
    source = Batches(6)
    model.evaluate_generator(source, workers=2, use_multiprocessing=True)
    assert len(source.read) == 2  # those that were looked at for their shapes


def test_a_process_reads_a_generator(model):
    def batches():
        for index in range(4):
            yield np.full((4, 2), index, "float32"), np.ones(4)

    here = model.evaluate_generator(batches(), 4)
    assert model.evaluate_generator(batches(), 4, use_multiprocessing=True) == pytest.approx(here)
    assert model.evaluate_generator(batches()) == pytest.approx(here)


def test_training_ends_with_the_generator(model):
    def batches():
        for _ in range(5):
            yield np.ones((4, 2)), np.ones(4)

    with pytest.warns(UserWarning, match="ran out of data"):
        history = model.fit_generator(batches(), 3, epochs=4, verbose=0)
    assert len(history.history["loss"]) == 2
    assert all(loss > 0 for loss in history.history["loss"])


@pytest.mark.slow
def test_lengths_may_differ_where_the_model_says_so():
    model = tfk_ext.Sequential([tfk_ext.LSTM(2, input_shape=(None, 3)), tfk_ext.Dense(1)])
    model.compile("adam", "mse")
    batches = ((np.ones((2, steps, 3)), np.ones(2)) for steps in (3, 3, 5, 2))
    assert np.isfinite(model.fit_generator(batches, 4, verbose=0).history["loss"][0])


def test_messages(model):
    with pytest.raises(ValueError, match="give steps_per_epoch for 3 epochs"):
        model.fit(counted([]), epochs=3, verbose=0)
    with pytest.raises(ValueError, match="give validation_steps"):
        model.fit(np.ones((4, 2)), np.ones(4), validation_data=counted([]), verbose=0)
    with pytest.raises(ValueError, match="gives targets itself"):
        model.fit(counted([]), np.ones(4), verbose=0)
    with pytest.raises(ValueError, match="workers must be an integer of at least 0, got -1"):
        model.fit_generator(counted([]), 2, workers=-1)
    with pytest.raises(ValueError, match="gave no batch"):
        model.evaluate_generator(iter(()), 1)
    with pytest.raises(ValueError, match="generator must be a generator or a Sequence"):
        model.fit_generator(np.ones(3))
