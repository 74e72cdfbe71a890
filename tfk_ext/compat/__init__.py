"""Everything that knows of Keras 1 and 2: old spellings, module paths, the launcher of old programs."""

from __future__ import annotations

from typing import Any

_HERE = {
    "install": "importing",
    "uninstall": "importing",
    "OldSpellingError": "spellings.calls",
    "OldSpellingWarning": "spellings.calls",
    "forget_warnings": "spellings.calls",
}


def __getattr__(name: str) -> Any:
    # The package's layers import the spellings, so that nothing here may import the layers at once.
    import importlib

    if name not in _HERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HERE[name]}"), name)
