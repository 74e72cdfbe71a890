"""Attributes of groups and arrays: small values beside them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfk_ext.saving.hdf5 import headers, types
from tfk_ext.saving.hdf5.heaps import FractalHeap, global_text, tree2_records
from tfk_ext.saving.hdf5.source import Cursor, Source


@dataclasses.dataclass
class Attribute:
    """An attribute: its description was checked, its value is still bytes."""

    name: str
    kind: types.Kind
    shape: tuple[int, ...] | None
    data: bytes

    def value(self, source: Source) -> Any:
        """Return the value: ``bytes`` or a list of them for texts, an array or scalar for numbers."""
        if self.shape is None:
            return None
        if self.kind.text:
            texts = _texts(source, self.data, math.prod(self.shape), self.kind.size)
            return texts if self.shape else texts[0]
        array = np.frombuffer(self.data, self.kind.dtype, math.prod(self.shape)).reshape(self.shape)
        if self.kind.dtype is not None and self.kind.dtype.kind == "S":
            texts = [bytes(item) for item in array.reshape(-1)]
            return texts if self.shape else texts[0]
        return array if self.shape else array[()]


def _texts(source: Source, data: bytes, count: int, size: int) -> list[bytes]:
    cursor, cache, texts = Cursor(source, data), {}, []  # type: ignore[var-annotated]
    if size != 4 + source.offset_size + 4:
        raise source.fail("damaged", "a text's reference has an odd size.")
    for _ in range(count):
        length, address, index = cursor.uint(4), cursor.address(), cursor.uint(4)
        texts.append(global_text(source, address, index, length, cache))
    return texts


def attributes(source: Source, messages: list[headers.Message]) -> dict[str, Attribute]:
    """Return the attributes of an object by name.

    Raises:
        LoadError: a name is hostile or given twice, a value is too large or refers to objects.
    """
    found: dict[str, Attribute] = {}
    for data in _raw(source, messages):
        attribute = _parse(source, data)
        if attribute.name in found:
            raise source.fail("duplicate-name", f"the attribute {attribute.name!r} is there twice.")
        found[attribute.name] = attribute
    return found


def _raw(source: Source, messages: list[headers.Message]) -> Iterator[bytes]:
    for message in messages:
        if message.kind == headers.ATTRIBUTE:
            yield headers.content(source, message)
        elif message.kind == headers.ATTRIBUTE_INFO:
            cursor = Cursor(source, message.data, 1)
            flags = cursor.uint(1)
            cursor.skip(2 if flags & 1 else 0)
            heap_address, tree = cursor.address(), cursor.address()
            if source.defined(heap_address):
                heap = FractalHeap(source, heap_address)
                for record in tree2_records(source, tree, (8,)):
                    if record[8] & 2:
                        raise source.fail("unsupported", "a shared attribute, as no Keras writes one.")
                    yield heap.get(record[:8])


def _parse(source: Source, data: bytes) -> Attribute:
    cursor = Cursor(source, data)
    version, flags = cursor.uint(1), cursor.uint(1)
    if version not in (1, 2, 3):
        raise source.fail("unsupported", f"an attribute of the unknown version {version}.")
    sizes = [cursor.uint(2) for _ in range(3)]
    cursor.skip(1 if version == 3 else 0)
    parts = []
    for size in sizes:
        parts.append(cursor.take(size))
        if version == 1:
            cursor.skip(-size % 8)
    raw = parts[0].split(b"\0", 1)[0]
    name = raw.decode("utf-8", "replace")
    if len(raw) > source.limits.name_bytes or not name.isprintable():
        raise source.fail("name", f"an attribute has a hostile name ({raw[:40]!r}...).")
    for bit, code, place in ((1, headers.DATATYPE, 1), (2, headers.DATASPACE, 2)):
        if version > 1 and flags & bit:
            parts[place] = headers.shared(source, code, Cursor(source, parts[place]))
    kind = types.read_type(source, Cursor(source, parts[1]))
    shape = types.read_shape(source, parts[2])
    size = kind.size * math.prod(shape or ()) if shape is not None else 0
    if size > cursor.left():
        raise source.fail("damaged", f"the attribute {name!r} is cut off.")
    source.spend_text(size)
    return Attribute(name, kind, shape, cursor.take(size))
