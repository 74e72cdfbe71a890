"""The file of results: one entry for each case, with its date and the facts of the machine."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import os
import pathlib
import platform
from typing import Any

from benchmarks.case import FLOOR, OURS, Case
from benchmarks.measure import Timing

FILE = pathlib.Path(__file__).with_name("results.json")


def entry(case: Case, timings: list[Timing], not_compared: str) -> dict[str, Any]:
    """Return what is kept of a case."""
    kept: dict[str, Any] = {"date": datetime.date.today().isoformat(), "machine": machine()}
    kept.update(row=case.row, column=case.column) if case.row else None
    kept["not_compared"] = not_compared
    kept["figures"] = {
        t.name: {k: _rounded(v) for k, v in dataclasses.asdict(t).items() if k != "name"} for t in timings
    }
    kept["bars"] = [dataclasses.asdict(bar) for bar in case.bars if bar.peer in kept["figures"]]
    return kept


def failed(case: Case, why: str) -> dict[str, Any]:
    """Return what is kept of a case whose candidates are unequal: no figure."""
    return {"date": datetime.date.today().isoformat(), "machine": machine(), "unequal": why}


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def ratio(kept: dict[str, Any], peer: str, of: str = "time") -> float | None:
    """Return a peer's figure divided by ours: above 1 means that ours is better."""
    field = {"time": "median"}.get(of, of)
    ours, theirs = kept["figures"][OURS][field], kept["figures"][peer][field]
    if ours is None or theirs is None:
        return None
    if of == "memory":
        ours, theirs = max(ours, 1.0), max(theirs, 1.0)  # below a megabyte there is nothing to compare
    return theirs / ours


def reached(kept: dict[str, Any], bar: dict[str, Any]) -> bool | None:
    """Tell whether a bar is reached; ``None`` where the figure is missing."""
    value = ratio(kept, bar["peer"], bar["of"])
    return None if value is None else round(value, 2) >= bar["least"]


def machine() -> str:
    """Return what counts for speed, in words; no names."""
    import tensorflow as tf

    flags = ""
    with contextlib.suppress(OSError):
        flags = pathlib.Path("/proc/cpuinfo").read_text().partition("flags")[2].partition("\n")[0]
    vector = next((v for f, v in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if f in flags.split()), "no AVX2")
    dnn = "oneDNN asked for" if os.environ.get("TF_ENABLE_ONEDNN_OPTS") == "1" else "oneDNN as by default"
    return (
        f"{os.cpu_count()} cores, {vector}, {dnn}, TensorFlow {tf.__version__}, "
        f"Keras {tf.keras.__version__}, Python {platform.python_version()}"
    )


def read(path: pathlib.Path = FILE) -> dict[str, Any]:
    """Return the results kept so far."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write(results: dict[str, Any], path: pathlib.Path = FILE) -> None:
    """Write results, sorted by name, so that a new run changes few lines."""
    text = json.dumps(dict(sorted(results.items())), indent=1)
    path.write_text(_on_one_line(text) + "\n", encoding="utf-8")


def _on_one_line(text: str) -> str:
    """Put the innermost objects on one line each."""
    import re

    return re.sub(r"\{[^{}]*\}", lambda m: re.sub(r"\s*\n\s*", " ", m.group()), text)


def lines(kept: dict[str, Any]) -> str:
    """Format an entry for a terminal: a line for each candidate, and one for each bar that is missed."""
    if "unequal" in kept:
        return f"    NOT EQUAL, nothing timed: {kept['unequal']}"
    text = []
    for peer, f in kept["figures"].items():
        factor = "" if peer == OURS else f"{ratio(kept, peer):.2f}x"
        memory = "" if f["memory"] is None else f"{f['memory']:.1f} MB"
        first = "" if peer == FLOOR else f"  first call {f['first'] / 1e3:6.2f} s"
        text.append(
            f"    {peer:<26} {f['median']:10.3f} ms [{f['low']:9.3f}, {f['high']:9.3f}]"
            f" {factor:>8} {memory:>10}{first}"
        )
    for bar in kept["bars"]:
        if reached(kept, bar) is False:
            value = ratio(kept, bar["peer"], bar["of"])
            text.append(f"    MISSED: {bar['of']} {value:.2f}x of {bar['peer']}, asked {bar['least']:g}x")
    return "\n".join(text)
