"""What a person sees of a training, and how they stop it."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from typing import Any


class Interruption:
    """Turns the first Ctrl-C (or SIGTERM) into a request to stop at the next step; a second stops at once."""

    def __init__(self) -> None:
        self.requested = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interruption:
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(ValueError):  # only the main thread may set a handler
                self._before[number] = signal.signal(number, self._note)
        return self

    def _note(self, number: int, frame: Any) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True

    def __exit__(self, *details: Any) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


class Progress:
    """One line an epoch, and on a terminal a line that follows the steps, with the time that is left.

    Args:
        limit: seconds after which training stops anyhow.
    """

    def __init__(self, limit: float = float("inf")):
        self.limit = limit
        self.began = time.monotonic()
        self.steps = 0
        self.live = sys.stdout.isatty()

    def out_of_time(self) -> bool:
        return time.monotonic() - self.began >= self.limit

    def step(self, text: str, left: int) -> None:
        """Show a step's ``text``; ``left`` steps are to come."""
        self.steps += 1
        if self.live:
            print(f"\r{text}, {self._time(left)}   ", end="", flush=True)

    def epoch(self, text: str, left: int) -> None:
        print(f"{chr(13) if self.live else ''}{text}, {self._time(left)}   ".rstrip(), flush=True)

    def _time(self, left: int) -> str:
        passed = time.monotonic() - self.began
        return f"{clock(min(passed / max(1, self.steps) * left, max(0.0, self.limit - passed)))} left"


def clock(seconds: float) -> str:
    """Return a time as ``m:ss``, or ``h:mm:ss`` from an hour on."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
