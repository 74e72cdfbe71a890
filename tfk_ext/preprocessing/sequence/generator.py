"""Windows of a time series, batch by batch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.preprocessing.batches import Sequence


class TimeseriesGenerator(Sequence):
    """Batches of windows of a time series: ``x = data[t - length : t : sampling_rate], y = targets[t]``.

    Args:
        data: the series, time along its first axis: an array, a list, or anything that can be sliced.
        targets: one target for each point of ``data``.
        length: how many points a window spans.
        sampling_rate: every ``sampling_rate``-th point of a window is taken.
        stride: step from one window to the next.
        start_index: points before it are not used.
        end_index: the last point that may be a target; ``None`` is the last one of ``data``.
        shuffle: whether each batch takes windows at random places (with NumPy's global generator, and with
            repetition), not one after the other.
        reverse: whether a window runs backwards in time.
        batch_size: windows in a batch.
        **kwargs: ``workers``, ``use_multiprocessing`` and ``max_queue_size`` of Keras's ``PyDataset``.

    Raises:
        ValueError: an argument has no sense, ``data`` and ``targets`` differ in length, or no window is left.

    Example:
        >>> series = np.arange(50)[:, None]
        >>> batches = tfk_ext.preprocessing.sequence.TimeseriesGenerator(
        ...     series, series, length=10, sampling_rate=2, batch_size=2
        ... )
        >>> len(batches)
        20
        >>> x, y = batches[0]
        >>> x[:, :, 0]
        array([[0, 2, 4, 6, 8],
               [1, 3, 5, 7, 9]])
        >>> y
        array([[10],
               [11]])

    Source: Chollet (2017), "Deep Learning with Python", section 6.3 (the generator of the weather example).
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if len(data) != len(targets):
            checks.fail(
                self, f"data and targets must have the same length, got {len(data)} and {len(targets)}."
            )
        self.data = data
        self.targets = targets
        self.length = checks.integer(self, "length", length)
        self.sampling_rate = checks.integer(self, "sampling_rate", sampling_rate)
        self.stride = checks.integer(self, "stride", stride)
        # As in Keras the attribute is the place of the first target.
        self.start_index = checks.integer(self, "start_index", start_index, 0) + self.length
        self.end_index = (
            len(data) - 1 if end_index is None else checks.integer(self, "end_index", end_index, 0)
        )
        self.shuffle = checks.boolean(self, "shuffle", shuffle)
        self.reverse = checks.boolean(self, "reverse", reverse)
        self.batch_size = checks.integer(self, "batch_size", batch_size)
        if self.end_index >= len(data):
            checks.fail(
                self, f"end_index must be below the length of data, {len(data)}, got {self.end_index}."
            )
        if self.start_index > self.end_index:
            checks.fail(
                self,
                f"no window is left: the first target is point {self.start_index} (start_index + length), "
                f"the last may be point {self.end_index}.",
            )
        self._series, self._aims = _indexable(data), _indexable(targets)
        self._steps = np.arange(-self.length, 0, self.sampling_rate)

    def __len__(self) -> int:
        step = self.batch_size * self.stride
        return (self.end_index - self.start_index + step) // step

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        index = index + len(self) if index < 0 else index
        if not 0 <= index < len(self):
            raise IndexError(f"TimeseriesGenerator: batch {index} of {len(self)}.")
        rows: range | np.ndarray
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            last = min(first + self.batch_size * self.stride, self.end_index + 1)
            rows = range(first, last, self.stride)
        return self._windows(rows), self._at(rows)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        return (self[index] for index in range(len(self)))

    def _windows(self, rows: range | np.ndarray) -> np.ndarray:
        """Return the windows before some points: a copied view or a gather."""
        series = self._series
        if series is None:
            rate = self.sampling_rate
            windows = np.array([self.data[row - self.length : row : rate] for row in rows])
        elif isinstance(rows, range) and (self.sampling_rate == 1 or series.ndim == 1):
            # Up to twice as fast as a gather, which is 2.6 times as fast for rows that lie apart.
            step, *rest = series.strides
            windows = np.lib.stride_tricks.as_strided(
                series[rows[0] - self.length :],
                (len(rows), len(self._steps), *series.shape[1:]),
                (step * rows.step, step * self.sampling_rate, *rest),
                writeable=False,
            )
        else:
            # "clip" changes no index here: "raise" would copy twice.
            windows = series.take(np.asarray(rows)[:, None] + self._steps, axis=0, mode="clip")
        if self.reverse:
            windows = windows[:, ::-1]
        return windows if windows.flags.owndata else windows.copy()

    def _at(self, rows: range | np.ndarray) -> np.ndarray:
        if self._aims is None:
            return np.array([self.targets[row] for row in rows])
        if isinstance(rows, range):
            return self._aims[rows.start : rows.stop : rows.step].copy()
        return self._aims[rows]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments: data and targets as JSON strings, ``start_index`` with ``length`` added."""
        return {
            "data": _as_json("data", self.data),
            "targets": _as_json("targets", self.targets),
            "length": self.length,
            "sampling_rate": self.sampling_rate,
            "stride": self.stride,
            "start_index": self.start_index,
            "end_index": self.end_index,
            "shuffle": self.shuffle,
            "reverse": self.reverse,
            "batch_size": self.batch_size,
        }

    def to_json(self, **kwargs: Any) -> str:
        """Return generator and data as a JSON string, which :func:`timeseries_generator_from_json` reads.

        Args:
            **kwargs: options of ``json.dumps``.
        """
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def timeseries_generator_from_json(json_string: str) -> TimeseriesGenerator:
    """Make a generator from the string that ``TimeseriesGenerator.to_json`` gave, here or in Keras.

    Args:
        json_string: the string.

    Returns:
        A ``TimeseriesGenerator`` with the same batches.

    Raises:
        ValueError: the string is no saved generator.

    Example:
        >>> series = list(range(8))
        >>> batches = tfk_ext.preprocessing.sequence.TimeseriesGenerator(series, series, 3, batch_size=2)
        >>> again = tfk_ext.preprocessing.sequence.timeseries_generator_from_json(batches.to_json())
        >>> again[0][0]
        array([[0, 1, 2],
               [1, 2, 3]])
    """
    owner = "timeseries_generator_from_json"
    try:
        config = dict(json.loads(json_string)["config"])
        data, targets = json.loads(config.pop("data")), json.loads(config.pop("targets"))
        start = config.pop("start_index") - config["length"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"{owner}: the string is no saved generator ({type(error).__name__}: {error})."
        ) from error
    return TimeseriesGenerator(data, targets, start_index=start, **config)


def _indexable(series: Any) -> np.ndarray | None:
    """Return an array that windows can be gathered from in one step; ``None`` for what has to be sliced."""
    if isinstance(series, np.ndarray):
        return series
    if isinstance(series, (list, tuple, tf.Tensor)) or type(series).__module__.startswith("pandas."):
        try:
            array = np.asarray(series)
        except (TypeError, ValueError):  # points of different shapes
            return None
        return array if array.dtype != object else None
    return None  # a file or a view of one: it is never read as a whole


def _as_json(name: str, series: Any) -> str:
    try:
        return json.dumps(series.tolist() if isinstance(series, np.ndarray) else series)
    except TypeError as error:
        raise TypeError(f"TimeseriesGenerator: {name} can't be written as JSON ({error}).") from error
