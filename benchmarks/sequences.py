"""pad_sequences and the windows of time series beside Keras 3's functions."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.case import KERAS, OURS, Bar, Case, Contest
from tfk_ext import preprocessing as ours

POINTS, FEATURES = 50_000, 14  # the weather example: 14 columns, windows of 120 of each sixth point
WINDOWS = {"sequence_length": 120, "sampling_rate": 6, "batch_size": 256}


def _rows(rng: np.random.Generator, mean: int) -> list[list[int]]:
    return [rng.integers(0, 20_000, n).tolist() for n in rng.poisson(mean, 5_000)]


def _padding(mean, kind):
    makers = {OURS: ours.sequence.pad_sequences, KERAS: tf.keras.preprocessing.sequence.pad_sequences}
    rows = _rows(np.random.default_rng(0), mean)
    given = rows if kind == "lists" else [np.array(row) for row in rows]
    return Contest({name: functools.partial(pad, given, maxlen=200) for name, pad in makers.items()})


def _dataset(shuffle):
    series = np.random.default_rng(0).normal(size=(POINTS, FEATURES)).astype("float32")
    makers = {
        OURS: functools.partial(
            ours.timeseries_dataset_from_array, trailing_gap=False
        ),  # counts as Keras 3 does
        KERAS: tf.keras.preprocessing.timeseries_dataset_from_array,
    }
    made = {
        name: make(series, series[:, 1], **WINDOWS, shuffle=shuffle, seed=1) for name, make in makers.items()
    }
    return Contest(
        {name: lambda data=data: _last(data.take(40)) for name, data in made.items()},
        not_compared="shuffled" if shuffle else "",
    )


def _last(data: tf.data.Dataset) -> Any:
    batches = list(data)
    return batches[-1]


def _generator(shape, rate):
    series = np.random.default_rng(0).normal(size=shape).astype("float32")
    makers = {
        OURS: ours.sequence.TimeseriesGenerator,
        KERAS: tf.keras.preprocessing.sequence.TimeseriesGenerator,
    }
    made = {
        name: make(series, series, length=120 * rate, sampling_rate=rate, batch_size=128)
        for name, make in makers.items()
    }
    return Contest({name: lambda g=g: [g[i] for i in range(20)] for name, g in made.items()})


def cases() -> list[Case]:
    """Return the cases of the group."""
    found = [
        Case(
            f"pad_sequences, 5000 {kind} of {mean}",
            functools.partial(_padding, mean, kind),
            (Bar(KERAS, 1),),
        )
        for mean in (10, 240)
        for kind in ("lists", "arrays")
    ]
    for shuffle in (False, True):
        name = f"timeseries dataset{', shuffled' * shuffle}"
        found.append(Case(name, functools.partial(_dataset, shuffle), (Bar(KERAS, 8),)))
    for name, shape in (("14 features", (POINTS, FEATURES)), ("one number", (POINTS,))):
        for rate in (1, 6):
            item = f"TimeseriesGenerator, {name}, rate {rate}"
            found.append(Case(item, functools.partial(_generator, shape, rate), (Bar(KERAS, 2),)))
    return found
