"""The whole file, checked: a tree of groups and arrays with their attributes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, BinaryIO

from tfk_ext.saving.errors import LoadError
from tfk_ext.saving.hdf5 import arrays, headers
from tfk_ext.saving.hdf5.attributes import Attribute, attributes
from tfk_ext.saving.hdf5.groups import is_group, links
from tfk_ext.saving.hdf5.source import Cursor, Source
from tfk_ext.saving.limits import DEFAULT, Limits

SIGNATURE = b"\x89HDF\r\n\x1a\n"


@dataclasses.dataclass
class Group:
    """A group: its attributes, and the groups and arrays in it."""

    source: Source
    where: str
    attributes: dict[str, Attribute]
    children: dict[str, Group | arrays.Array] = dataclasses.field(default_factory=dict)
    array_attributes: dict[str, dict[str, Attribute]] = dataclasses.field(default_factory=dict)

    def attribute(self, name: str, default: Any = None) -> Any:
        """Return the value of an attribute: ``bytes``, a list of them, an array or a number."""
        found = self.attributes.get(name)
        self.source.where = f"{self.where} attribute {name!r}"
        return default if found is None else found.value(self.source)

    def groups(self) -> Iterator[tuple[str, Group]]:
        """Yield the groups directly in this one."""
        yield from ((name, child) for name, child in self.children.items() if isinstance(child, Group))

    def find(self, path: str) -> Group | arrays.Array | None:
        """Return what lies at a path below this group, ``None`` if nothing does."""
        place: Any = self
        for part in path.split("/"):
            if part:
                place = place.children.get(part) if isinstance(place, Group) else None
        return place

    def walk(self) -> Iterator[arrays.Array]:
        """Yield all arrays below this group."""
        stack: list[Any] = [self]
        while stack:
            place = stack.pop()
            if isinstance(place, Group):
                stack.extend(reversed(list(place.children.values())))
            else:
                yield place


def open_hdf5(file: BinaryIO | bytes, name: str, limits: Limits = DEFAULT) -> Group:
    """Check a file and return its root group.

    Args:
        file: an open file, or its bytes.
        name: its name in messages.
        limits: what it may hold.

    Raises:
        LoadError: anything that no model file has: see ``docs/old-models.md``.
    """
    source = Source(file, name, limits)
    source.where = "/"
    try:
        return _Walk(source).run(_superblock(source))
    except LoadError:
        raise
    except (ValueError, IndexError, KeyError, OverflowError, MemoryError, RecursionError) as error:
        raise source.fail("damaged", f"it is damaged ({type(error).__name__}: {error}).") from error


def _superblock(source: Source) -> int:
    """Return the address of the root group's header."""
    start = 0
    while source.size >= start + 8 and source.read(start, 8) != SIGNATURE:
        start = 2 * start or 512
    if source.size < start + 8:
        raise source.fail("format", "it is no HDF5 file.")
    source.base = start
    cursor = Cursor(source, source.read(0, min(112, source.size - start)), 8)
    version = cursor.uint(1)
    if version in (0, 1):
        cursor.skip(4)
        _sizes(source, cursor.uint(1), cursor.uint(1))
        cursor.skip(9 + (4 if version else 0))
        cursor.skip(3 * source.offset_size)
        if source.defined(cursor.address()):
            raise source.fail("external-storage", "it is a part of a family of files.")
        cursor.skip(source.offset_size)
        return cursor.address()
    if version in (2, 3):
        _sizes(source, cursor.uint(1), cursor.uint(1))
        cursor.skip(1 + 3 * source.offset_size)
        return cursor.address()
    raise source.fail("unsupported", f"HDF5's superblock of version {version} is unknown.")


def _sizes(source: Source, offset: int, length: int) -> None:
    if offset not in (4, 8) or length not in (4, 8):
        raise source.fail("unsupported", f"addresses of {offset} and lengths of {length} bytes.")
    source.offset_size, source.length_size = offset, length


class _Walk:
    """Visits every object once, and adds up what they take."""

    def __init__(self, source: Source):
        self.source = source
        self.seen: set[int] = set()
        self.count = 0
        self.total = 0
        self.stack: list[tuple[Group, list[headers.Message], int]] = []

    def run(self, address: int) -> Group:
        root = self._enter(address, "/", 0)
        if not isinstance(root, Group):
            raise self.source.fail("damaged", "the root is no group.")
        while self.stack:
            group, messages, depth = self.stack.pop()
            self.source.where = group.where
            for name, target in list(links(self.source, messages)):
                where = f"{group.where.rstrip('/')}/{name}"
                if name in group.children:
                    self.source.where = where
                    raise self.source.fail("duplicate-name", f"{name!r} is there twice.")
                child, notes = self._object(target, where, depth + 1)
                group.children[name] = child
                if notes and isinstance(child, arrays.Array):
                    group.array_attributes[name] = notes
        return root

    def _enter(self, address: int, where: str, depth: int) -> Group | arrays.Array:
        return self._object(address, where, depth)[0]

    def _object(self, address: int, where: str, depth: int):
        source, limits = self.source, self.source.limits
        source.where = where
        self.count += 1
        if self.count > limits.objects:
            raise source.fail("objects", f"it holds more than {limits.objects:,} groups and arrays.")
        if depth > limits.nesting:
            raise source.fail("nesting", f"groups are nested deeper than {limits.nesting}.")
        messages = headers.read_header(source, address)
        notes = attributes(source, messages)
        if is_group(messages):
            if address in self.seen:
                raise source.fail("cycle", "a group is reached twice (a cycle of links).")
            self.seen.add(address)
            group = Group(source, where, notes)
            self.stack.append((group, messages, depth))
            return group, None
        array = arrays.read_array(source, messages, where)
        self.total += array.bytes
        most = max(limits.expansion * source.size, limits.small_bytes)
        if self.total > most:
            raise source.fail(
                "array-size",
                f"with shape {array.shape} its arrays take {self.total:,} bytes, more than {most:,} "
                f"({limits.expansion} times the file).",
            )
        return array, notes
