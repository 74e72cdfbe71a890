"""pad_sequences and the windows of time series beside Keras 3's functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from benchmarks.measure import Timing, interleaved
from tfk_ext import preprocessing as ours

PEER = "keras 3"
POINTS, FEATURES = 50_000, 14  # the weather example: 14 columns, windows of 120 of each sixth point
WINDOWS = {"sequence_length": 120, "sampling_rate": 6, "batch_size": 256}


def _rows(rng: np.random.Generator, mean: int) -> list[list[int]]:
    return [rng.integers(0, 20_000, n).tolist() for n in rng.poisson(mean, 5_000)]


def _paddings(rng: np.random.Generator) -> Iterator[tuple[str, dict[str, Callable[[], Any]]]]:
    peers = {"tfk_ext": ours.sequence.pad_sequences, PEER: tf.keras.preprocessing.sequence.pad_sequences}
    for mean in (10, 240):
        rows = _rows(rng, mean)
        arrays = [np.array(row) for row in rows]
        for kind, given in (("lists", rows), ("arrays", arrays)):
            yield (
                f"pad_sequences, 5000 {kind} of {mean}",
                {name: lambda pad=pad, g=given: pad(g, maxlen=200) for name, pad in peers.items()},
            )


def _datasets(rng: np.random.Generator) -> Iterator[tuple[str, dict[str, Callable[[], Any]]]]:
    series = rng.normal(size=(POINTS, FEATURES)).astype("float32")
    aims = series[:, 1]
    makers = {
        "tfk_ext": ours.timeseries_dataset_from_array,
        PEER: tf.keras.preprocessing.timeseries_dataset_from_array,
    }
    for shuffle in (False, True):
        newer = {"tfk_ext": {"trailing_gap": False}, PEER: {}}  # windows counted as today's Keras does
        made = {
            name: make(series, aims, **WINDOWS, shuffle=shuffle, seed=1, **newer[name])
            for name, make in makers.items()
        }
        yield (
            f"timeseries dataset{', shuffled' * shuffle}",
            {name: lambda data=data: _last(data.take(40)) for name, data in made.items()},
        )


def _last(data: tf.data.Dataset) -> Any:
    batches = list(data)
    return batches[-1]


def _generators(rng: np.random.Generator) -> Iterator[tuple[str, dict[str, Callable[[], Any]]]]:
    makers = {
        "tfk_ext": ours.sequence.TimeseriesGenerator,
        PEER: tf.keras.preprocessing.sequence.TimeseriesGenerator,
    }
    for name, shape in (("14 features", (POINTS, FEATURES)), ("one number", (POINTS,))):
        series = rng.normal(size=shape).astype("float32")
        for rate in (1, 6):
            made = {
                label: make(series, series, length=120 * rate, sampling_rate=rate, batch_size=128)
                for label, make in makers.items()
            }
            yield (
                f"TimeseriesGenerator, {name}, rate {rate}",
                {label: lambda g=g: [g[i] for i in range(20)] for label, g in made.items()},
            )


def run(seconds: float = 4.0) -> Iterator[tuple[str, list[Timing], str]]:
    """Yield item, timings and the candidate that the ratios refer to."""
    rng = np.random.default_rng(0)
    for part in (_paddings, _datasets, _generators):
        for item, candidates in part(rng):
            if "shuffled" not in item:  # their order is random
                mine, other = (candidate() for candidate in candidates.values())
                tf.nest.map_structure(np.testing.assert_array_equal, mine, other)
            yield item, interleaved(candidates, seconds), PEER
