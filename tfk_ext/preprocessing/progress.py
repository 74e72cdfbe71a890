"""A progress line for long corpora and many files."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

import tensorflow as tf

T = TypeVar("T")

SECONDS = 0.2  # between two updates of the line


def track(items: Iterable[T], shown: bool = True, unit: str = "text") -> Iterator[T]:
    """Yield the items unchanged while a Keras progress bar counts them.

    Args:
        items: any iterable; if it has a length the bar shows how much is left.
        shown: whether anything is printed.
        unit: what is counted.
    """
    if not shown:
        yield from items
        return
    bar = tf.keras.utils.Progbar(len(items) if isinstance(items, Sized) else None, unit_name=unit)
    count, due = 0, time.monotonic() + SECONDS
    for count, item in enumerate(items, 1):
        yield item
        if count % 16 == 0 and time.monotonic() >= due:
            bar.update(count, finalize=False)
            due = time.monotonic() + SECONDS
    bar.update(count, finalize=True)
