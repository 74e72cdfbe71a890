"""How everything here is measured: beside its peers, in one process, interleaved, warm, as medians.

The machine may be shared and its clock may drift: absolute times mean little, ratios of interleaved runs
mean much more. The spread (the quartiles) says how much.

The memory of a call is by how much it raises the peak of the process's resident memory above what is
resident before it, as Linux keeps both: what the call holds at one time, its results included.
"""

from __future__ import annotations

import ctypes
import dataclasses
import pathlib
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.case import FLOOR, Case
from benchmarks.equality import check


@dataclasses.dataclass
class Timing:
    """The figures of one candidate: milliseconds, and the megabytes that a call needs."""

    name: str
    first: float
    median: float
    low: float
    high: float
    memory: float | None = None


def measured(case: Case, seconds: float) -> tuple[list[Timing], str]:
    """Run a case: compare the results, then time the candidates and weigh them.

    Returns:
        The figures of the candidates, and why nothing was compared if nothing was.

    Raises:
        Unequal: the candidates' results differ; nothing is timed then.
    """
    contest = case.make()
    first, returned = {}, {}
    for name, run in contest.runs.items():
        start = time.perf_counter()
        returned[name] = run()
        first[name] = 1e3 * (time.perf_counter() - start)
    if not contest.not_compared:
        check(contest.results(returned), contest.difference, contest.tolerance)
    returned.clear()
    runs = dict(contest.runs)
    if contest.floor is not None:
        runs[FLOOR] = contest.floor
    timings = interleaved(runs, seconds)
    for timing in timings:
        timing.first = first.get(timing.name, timing.first)
        if case.memory:
            timing.memory = peak(runs[timing.name])
    return timings, contest.not_compared


def interleaved(candidates: dict[str, Callable[[], Any]], seconds: float) -> list[Timing]:
    """Time candidates in turns until ``seconds`` have gone, at least 5 rounds each, after a warm-up."""
    first, times = {}, {name: [] for name in candidates}
    for name, run in candidates.items():
        start = time.perf_counter()
        run()
        first[name] = 1e3 * (time.perf_counter() - start)
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


def peak(run: Callable[[], Any]) -> float | None:
    """Return by how many megabytes a call raises the peak of resident memory; ``None`` where Linux is not."""
    try:
        ctypes.CDLL(None).malloc_trim(0)  # what was freed is given back, or it would hide what the call takes
        pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak counts anew
    except (OSError, AttributeError):
        return None
    before = _status("VmRSS")
    run()
    return max(0.0, _status("VmHWM") - before)


def _status(field: str) -> float:
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    return 0.0
