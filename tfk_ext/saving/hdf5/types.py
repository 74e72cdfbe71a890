"""Types and shapes of arrays and attributes."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from tfk_ext.saving.hdf5.source import Cursor, Source

# (size, precision, exponent's place and size, mantissa's place and size, bias) of the floats that NumPy has.
_FLOATS: dict[tuple[int, ...], str] = {
    (2, 16, 10, 5, 0, 10, 15): "f2",
    (4, 32, 23, 8, 0, 23, 127): "f4",
    (8, 64, 52, 11, 0, 52, 1023): "f8",
}


@dataclasses.dataclass(frozen=True)
class Kind:
    """A type: NumPy's ``dtype``, or a text of any length (``text``), with its size in the file."""

    size: int
    dtype: np.dtype | None = None
    text: bool = False
    boolean: bool = False


def read_type(source: Source, cursor: Cursor, depth: int = 0) -> Kind:
    """Return the type of a datatype message.

    Raises:
        LoadError: a type that no model file has: references, compounds, sequences.
    """
    first, bits, size = cursor.uint(1), cursor.uint(3), cursor.uint(4)
    code = first & 15
    if code == 0:
        return _integer(source, cursor, bits, size)
    if code == 1:
        return _float(source, cursor, bits, size)
    if code == 3:
        if size == 0:
            raise source.fail("damaged", "a text type of size 0.")
        return Kind(size, np.dtype(f"S{size}")) if size < 1 << 31 else _refuse(source, "too long texts")
    if code == 8 and depth == 0:
        base = read_type(source, cursor, 1)
        count = bits & 0xFFFF
        return dataclasses.replace(base, boolean=base.size == 1 and count == 2)
    if code == 9 and bits & 15 == 1:
        return Kind(size, None, text=True)
    if code == 7:
        raise source.fail("reference", "it holds references to objects, which no model file has.")
    names = {4: "bit fields", 5: "opaque data", 6: "compounds", 9: "sequences", 10: "arrays of arrays"}
    return _refuse(source, names.get(code, f"class {code}"))


def _refuse(source: Source, what: str) -> Kind:
    raise source.fail("type", f"it is of a type that no model file has ({what}).")


def _integer(source: Source, cursor: Cursor, bits: int, size: int) -> Kind:
    offset, precision = cursor.uint(2), cursor.uint(2)
    if size not in (1, 2, 4, 8) or offset or precision != 8 * size:
        _refuse(source, f"integers of {size} bytes")
    return Kind(size, np.dtype(f"{'>' if bits & 1 else '<'}{'i' if bits & 8 else 'u'}{size}"))


def _float(source: Source, cursor: Cursor, bits: int, size: int) -> Kind:
    offset, precision = cursor.uint(2), cursor.uint(2)
    layout = tuple(cursor.uint(1) for _ in range(4))
    bias = cursor.uint(4)
    code = _FLOATS.get((size, precision, *layout, bias))
    if code is None or offset or bits & 0x40:
        _refuse(source, f"floats of {size} bytes")
    return Kind(size, np.dtype(f"{'>' if bits & 1 else '<'}{code}"))


def read_shape(source: Source, data: bytes) -> tuple[int, ...] | None:
    """Return the shape of a dataspace message; ``None`` for no value at all."""
    cursor = Cursor(source, data)
    version, rank = cursor.uint(1), cursor.uint(1)
    cursor.skip(1)
    if version == 1:
        cursor.skip(5)
        kind = 1
    elif version == 2:
        kind = cursor.uint(1)
    else:
        raise source.fail("unsupported", f"a shape of the unknown version {version}.")
    if kind == 2:
        return None
    if rank > source.limits.rank:
        raise source.fail("rank", f"an array of {rank} axes, more than {source.limits.rank}.")
    shape = tuple(cursor.length() for _ in range(rank))
    # An axis of 0 does not excuse the others: NumPy does not make such an array either.
    if math.prod(size or 1 for size in shape) >= 1 << 48:
        raise source.fail("array-size", f"the shape {shape} is beyond all measure.")
    return shape
