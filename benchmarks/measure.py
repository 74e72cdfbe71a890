"""How everything here is measured: beside its peers, in one process, interleaved, warm, as medians.

The machine may be shared and its clock may drift: absolute times mean little, ratios of interleaved runs
mean much more. The spread (the quartiles) says how much.
"""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable


@dataclasses.dataclass
class Timing:
    """The times of one candidate, in milliseconds."""

    name: str
    first: float
    median: float
    low: float
    high: float


def interleaved(candidates: dict[str, Callable[[], object]], seconds: float = 4.0) -> list[Timing]:
    """Time candidates in turns until ``seconds`` have gone, at least 5 rounds each.

    The first call of each (tracing included) is timed by itself; two more warm it up.
    """
    first, times = {}, {name: [] for name in candidates}
    for name, run in candidates.items():
        start = time.perf_counter()
        run()
        first[name] = 1e3 * (time.perf_counter() - start)
        run()
        run()
    end = time.perf_counter() + seconds
    rounds = 0
    while rounds < 5 or time.perf_counter() < end:
        rounds += 1
        for name, run in candidates.items():
            start = time.perf_counter()
            run()
            times[name].append(1e3 * (time.perf_counter() - start))
    result = []
    for name, values in times.items():
        low, median, high = statistics.quantiles(values, n=4)
        result.append(Timing(name, first[name], median, low, high))
    return result


def table(item: str, timings: list[Timing], against: str) -> str:
    """Format timings as lines of a table, each with its ratio to the candidate ``against``."""
    base = next(t.median for t in timings if t.name == against)
    lines = []
    for t in timings:
        lines.append(
            f"{item:<34} {t.name:<26} {t.median:9.2f} ms  [{t.low:8.2f}, {t.high:8.2f}]"
            f"  {base / t.median:6.2f}x  first call {t.first / 1e3:6.2f} s"
        )
    return "\n".join(lines)
