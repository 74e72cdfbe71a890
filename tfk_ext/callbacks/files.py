"""Files that are never half written: written beside, then renamed into place."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import Any


def replace_file(path: str, write: Callable[[str], Any], suffix: str = "") -> None:
    """Write a file beside its place and rename it there, so that it is the old or the new one at any time.

    Args:
        path: where the file belongs; missing folders are made.
        write: ``write(path)``, which writes the file where it is told.
        suffix: how the temporary name has to end, because the writer chooses its format by it.

    Raises:
        IsADirectoryError: ``path`` is a folder.
    """
    if "://" in path:  # an object store puts whole files into place by itself
        write(path)
        return
    if os.path.isdir(path):
        raise IsADirectoryError(f"{path} is a folder; give the name of a file in it.")
    folder, name = os.path.split(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    beside = os.path.join(folder, f".{name}.{os.getpid()}.partial{suffix}")
    try:
        write(beside)
        with open(beside, "rb") as file:
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(beside)
    sync_folder(folder)


def replace_text(path: str, text: str) -> None:
    """Write a text file in UTF-8, as :func:`replace_file` does."""

    def write(beside):
        with open(beside, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    replace_file(path, write)


def sync_folder(folder: str) -> None:
    """Make renames in a folder last, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
