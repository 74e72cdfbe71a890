"""Where the real data sets are: the folder that TFK_EXT_DATA names, else ``../shared/data``."""

import os
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parents[1]


def real(name: str) -> pathlib.Path:
    """Return the path of a real file, or skip the test that asks for it."""
    folder = pathlib.Path(os.environ.get("TFK_EXT_DATA") or ROOT.parent / "shared" / "data")
    path = folder / name
    if not path.exists():
        pytest.skip(f"no {name} in {folder}: set TFK_EXT_DATA to the folder of the real data sets")
    return path
