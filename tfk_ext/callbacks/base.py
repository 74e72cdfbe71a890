"""What the callbacks share: looking up a logged value, and a message when it is not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfk_ext import checks


def logged(owner: object, logs: Mapping[str, Any] | None, key: str, hint: str) -> float:
    """Return ``logs[key]`` as a float; if it is missing, say what there is and what to do about it."""
    logs = logs or {}
    if key not in logs:
        there = ", ".join(sorted(logs)) or "nothing"
        checks.fail(owner, f"the logs hold no {key!r}, only {there}; {hint}")
    return float(logs[key])
