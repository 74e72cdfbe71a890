"""Arrays of `.npz` files, read from their bytes: NumPy's own reader would unpickle."""

from __future__ import annotations

import ast
import math
import re
from typing import Any

import numpy as np

from tfk_ext.saving.archive import Archive
from tfk_ext.saving.errors import LoadError
from tfk_ext.saving.modelfile import StoredLayer, StoredWeight

_MAGIC = b"\x93NUMPY"
_HEADER = re.compile(
    r"\s*\{\s*'descr'\s*:\s*'(?P<type>[<>|=][biuf][1248])'\s*,\s*'fortran_order'\s*:\s*(?P<order>True|False)\s*,"
    r"\s*'shape'\s*:\s*(?P<shape>\([0-9, ]*\))\s*,?\s*\}\s*"
)


def read_layers(archive: Archive) -> list[StoredLayer]:
    """Return the arrays of an ``np.savez`` file as the weights of one layer, in the file's order."""
    held = [_read(archive, member) for member in archive.members]
    return [StoredLayer("arrays", held)]


def read_state(archive: Archive) -> list[StoredLayer]:
    """Return the arrays of a Keras 3 ``model.weights.npz``. They are pickled dictionaries: refused."""
    for member in archive.members:
        _read(archive, member)
    return []


def _read(archive: Archive, member: str) -> StoredWeight:
    name = member.removesuffix(".npy")
    data = archive.read(member, most=archive.members[member].file_size)

    def fail(rule: str, message: str) -> LoadError:
        return LoadError(message, rule=rule, where=f"member {member[:200]!r}", path=archive.path)

    if data[:6] != _MAGIC or len(data) < 12:
        raise fail("format", "it is no array of NumPy.")
    width = 2 if data[6] == 1 else 4
    length = int.from_bytes(data[8 : 8 + width], "little")
    if data[6] not in (1, 2, 3) or length > 10_000:
        raise fail("damaged", "an array's header is too long.")
    start = 8 + width + length
    header = data[8 + width : start].decode("latin-1")
    match = _HEADER.fullmatch(header)
    if match is None:
        rule = "pickle" if "O" in header.split("fortran_order")[0].replace("NUMPY", "") else "type"
        raise fail(rule, "an array holds pickled objects or another type that is no number.")
    dtype = np.dtype(match["type"])
    shape = ast.literal_eval(match["shape"]) if match["shape"] != "()" else ()
    if not isinstance(shape, tuple) or len(shape) > archive.limits.rank:
        raise fail("rank", f"an array has the shape {match['shape'][:80]}.")
    if math.prod(shape) * dtype.itemsize != len(data) - start:
        raise fail("array-size", f"an array of shape {shape} has {len(data) - start:,} bytes of values.")
    order: Any = "F" if match["order"] == "True" else "C"
    array = np.frombuffer(data, dtype, offset=start).reshape(shape, order=order)
    return StoredWeight.of(name, array.astype(dtype.newbyteorder("=")), f"member {member!r}")
