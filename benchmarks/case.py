"""What a benchmark is: a case of data, and the contest that it makes when its turn comes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from benchmarks.equality import difference

OURS = "tfk_ext"
KERAS = "Keras 3"
FLOOR = "floor"


@dataclasses.dataclass(frozen=True)
class Bar:
    """How many times better than a peer is asked for.

    Args:
        peer: the peer's name, or ``FLOOR``.
        least: the bar: the peer's figure divided by ours must reach it.
        stretch: what would be better still.
        of: the figure: ``"time"``, ``"memory"`` or ``"first"`` (the first call, with its tracing).
    """

    peer: str
    least: float
    stretch: float | None = None
    of: str = "time"


@dataclasses.dataclass
class Contest:
    """What competes in a case: functions without arguments, which do the same work.

    Args:
        runs: the competitors by name, the package's own (``OURS``) first.
        floor: work that none of them can do without, such as the bare matrix products.
        results: what must be equal, by name, made of what the first calls returned.
        not_compared: why nothing is compared, such as a dropout that draws at random.
        tolerance: the difference up to which results are equal.
        difference: how far two results are apart; by default the largest difference of two tensors
            divided by the largest value.
    """

    runs: dict[str, Callable[[], Any]]
    floor: Callable[[], Any] | None = None
    results: Callable[[dict[str, Any]], dict[str, Any]] = lambda first: first
    not_compared: str = ""
    tolerance: float = 1e-5
    difference: Callable[[Any, Any], float] = difference


@dataclasses.dataclass(frozen=True)
class Case:
    """One thing that is measured.

    Args:
        name: its name within its group; results are kept by it.
        make: makes the contest; nothing is computed before it is called.
        bars: what is asked for.
        row, column: where it stands in a table of many like it, or in a curve over a size (``column`` is a
            number then); without them it has lines of its own.
        memory: whether the peak memory of a call is measured too.
    """

    name: str
    make: Callable[[], Contest]
    bars: tuple[Bar, ...] = ()
    row: str = ""
    column: str | int = ""
    memory: bool = True
