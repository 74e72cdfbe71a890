"""How time, memory and tracing grow with a size: positions, filters, steps, units, batch."""

from __future__ import annotations

import functools

from benchmarks import local, rnn
from benchmarks.case import Case

# Keras 2's implementation 1 takes a time for each position to trace: a minute beyond these.
TRACED = 256
LOCAL = {
    "positions": (16, 64, 256, 1024),
    "filters": (8, 32, 128),
    "batch": (4, 16, 64, 256),
}
RECURRENT = {"steps": (25, 100, 400), "units": (16, 64, 256), "batch": (4, 16, 64, 256)}


def _local(axis, size):
    sizes = {"positions": 128, "filters": 32, "batch": 32, axis: size}
    return local.contest(
        local.ONE,
        (sizes["positions"] + 4, 32),
        trains=True,
        slow=sizes["positions"] <= TRACED,
        batch=sizes["batch"],
        filters=sizes["filters"],
        kernel_size=5,
    )


def _recurrent(name, axis, size):
    sizes = {"batch": 32, "steps": 100, "units": 64, axis: size}
    make = rnn.TRAINING[name][0]
    return rnn.contest(name, make, tuple(sizes[k] for k in ("batch", "steps", "units")), False, True, True)


def cases() -> list[Case]:
    """Return the cases of the group."""
    found = []
    for axis, sizes in LOCAL.items():
        row = f"LocallyConnected1D over {axis}"
        found += [Case(f"{row}, {n}", functools.partial(_local, axis, n), (), row, n) for n in sizes]
    for name in ("LSTM", "GRU"):
        for axis, sizes in RECURRENT.items():
            row = f"{name} over {axis}"
            found += [
                Case(f"{row}, {n}", functools.partial(_recurrent, name, axis, n), (), row, n) for n in sizes
            ]
    return found
