"""Heaps and trees: where HDF5 keeps names, texts, and what is too much for an object header."""

from __future__ import annotations

from collections.abc import Iterator

from tfk_ext.saving.hdf5.source import Cursor, Source, bytes_for


class LocalHeap:
    """Names of a group of the old form."""

    def __init__(self, source: Source, address: int):
        size = 8 + 2 * source.length_size + source.offset_size
        cursor = Cursor(source, source.read(address, size))
        cursor.expect(b"HEAP")
        cursor.skip(4)
        length = cursor.length()
        cursor.skip(source.length_size)
        self._source = source
        self._data = source.read(cursor.address(), length)

    def text(self, offset: int) -> bytes:
        """Return the name at an offset."""
        end = self._data.find(b"\0", offset)
        if end < 0 or offset > len(self._data):
            raise self._source.fail("damaged", "a name lies outside of its heap.")
        return self._data[offset:end]


def tree_leaves(source: Source, address: int, kind: int, key_size: int) -> Iterator[tuple[bytes, int]]:
    """Yield key and address of each leaf's child of a B-tree of version 1."""
    stack: list[tuple[int, int | None]] = [(address, None)]
    seen: set[int] = set()
    width = key_size + source.offset_size
    while stack:
        address, expected = stack.pop()
        if address in seen:
            raise source.fail("structure", "a tree goes round in circles.")
        seen.add(address)
        cursor = Cursor(source, source.read(address, 8 + 2 * source.offset_size))
        cursor.expect(b"TREE")
        found, level, used = cursor.uint(1), cursor.uint(1), cursor.uint(2)
        if found != kind or (expected is not None and level != expected):
            raise source.fail("damaged", "a tree's nodes don't fit each other.")
        body = Cursor(source, source.read(address + cursor.place + 2 * source.offset_size, used * width))
        children = [(body.take(key_size), body.address()) for _ in range(used)]
        if level == 0:
            yield from children
        else:
            stack.extend((child, level - 1) for _, child in reversed(children))


def global_text(source: Source, address: int, index: int, count: int, cache: dict) -> bytes:
    """Return a text of any length from the global heap."""
    if count == 0:
        return b""
    objects = cache.get(address)
    if objects is None:
        objects = cache[address] = _collection(source, address)
    if index not in objects or objects[index][1] < count:
        raise source.fail("damaged", "a text lies outside of its heap.")
    source.spend_text(count)
    return source.bulk(objects[index][0], count)


def _collection(source: Source, address: int) -> dict[int, tuple[int, int]]:
    head = Cursor(source, source.read(address, 8 + source.length_size))
    head.expect(b"GCOL")
    head.skip(4)
    end = address + head.length()
    place = address + head.place
    objects: dict[int, tuple[int, int]] = {}
    step = 8 + source.length_size
    while place + step <= end:
        cursor = Cursor(source, source.read(place, step))
        index = cursor.uint(2)
        cursor.skip(6)
        size = cursor.length()
        if index == 0:
            break
        if place + step + size > end:
            raise source.fail("damaged", "an object lies outside of its heap.")
        objects[index] = (place + step, size)
        place += step + size + -size % 8
    return objects


class FractalHeap:
    """Objects of a group or an array with many links or attributes (the new form)."""

    def __init__(self, source: Source, address: int):
        self._source = source
        size = 24 + 12 * source.length_size + 3 * source.offset_size
        cursor = Cursor(source, source.read(address, min(size, source.size - source.base - address)))
        cursor.expect(b"FRHP")
        if cursor.uint(1):
            raise source.fail("unsupported", "a heap of an unknown version.")
        self._id_size, filters = cursor.uint(2), cursor.uint(2)
        if filters:
            raise source.fail("unsupported", "a compressed heap, as no Keras writes one.")
        cursor.skip(1)
        most = cursor.uint(4)
        cursor.length()
        self._huge = cursor.address()
        cursor.length()
        cursor.address()
        for _ in range(8):
            cursor.length()
        self._width, self._start, self._largest = cursor.uint(2), cursor.length(), cursor.length()
        bits = cursor.uint(2)
        cursor.skip(2)
        self._root, self._rows = cursor.address(), cursor.uint(2)
        good = self._width and self._start and self._largest >= self._start and bits <= 64
        if not good or self._start & (self._start - 1) or self._largest & (self._largest - 1):
            raise source.fail("damaged", "a heap's sizes make no sense.")
        self._offset_size = (bits + 7) // 8
        self._length_size = min((self._largest.bit_length() + 6) // 8, bytes_for(max(most, 1)))
        self._direct_rows = self._largest.bit_length() - self._start.bit_length() + 2
        self._huge_ids: dict[int, tuple[int, int]] | None = None

    def get(self, identity: bytes) -> bytes:
        """Return the object that a heap identity names."""
        kind = identity[0] >> 4 & 3
        cursor = Cursor(self._source, identity, 1)
        if kind == 0:
            offset, length = cursor.uint(self._offset_size), cursor.uint(self._length_size)
            return self._source.read(self._locate(offset, length), length)
        if kind == 1:
            return self._get_huge(cursor)
        if kind == 2:
            return cursor.take((identity[0] & 15) + 1)
        raise self._source.fail("damaged", "a heap's object is of an unknown kind.")

    def _get_huge(self, cursor: Cursor) -> bytes:
        source = self._source
        if self._id_size > source.offset_size + source.length_size:
            address, length = cursor.address(), cursor.length()
        else:
            if self._huge_ids is None:
                self._huge_ids = {}
                for record in tree2_records(source, self._huge, (1,)):
                    fields = Cursor(source, record)
                    place, count = fields.address(), fields.length()
                    self._huge_ids[fields.length()] = (place, count)
            key = cursor.uint(min(self._id_size - 1, source.length_size))
            if key not in self._huge_ids:
                raise source.fail("damaged", "a heap's large object is missing.")
            address, length = self._huge_ids[key]
        source.spend_text(length)
        return source.bulk(address, length)

    def _row_size(self, row: int) -> int:
        return self._start << max(row - 1, 0)

    def _locate(self, offset: int, length: int) -> int:
        """Return the address of a byte of the heap's own space."""
        source, address, rows, base = self._source, self._root, self._rows, 0
        if rows == 0:
            if offset + length > self._largest:
                raise source.fail("damaged", "an object lies outside of its heap.")
            return address + offset
        for _ in range(source.limits.nesting):
            position, row, size = base, 0, self._start
            for row in range(rows):
                size = self._row_size(row)
                if offset < position + size * self._width:
                    break
                position += size * self._width
            else:
                raise source.fail("damaged", "an object lies outside of its heap.")
            column = (offset - position) // size
            position += column * size
            entry = row * self._width + column
            head = 5 + source.offset_size + self._offset_size
            source.read(address, 4)
            child = source.read(address + head + entry * source.offset_size, source.offset_size)
            address = int.from_bytes(child, "little")
            if row < self._direct_rows:
                if offset - position + length > size:
                    raise source.fail("damaged", "an object lies outside of its block.")
                return address + offset - position
            base = position
            rows = size.bit_length() - (self._start * self._width).bit_length() + 1
        raise source.fail("nesting", "a heap is nested too deeply.")


def tree2_records(source: Source, address: int, kinds: tuple[int, ...]) -> Iterator[bytes]:
    """Yield the records of a B-tree of version 2."""
    size = 22 + source.offset_size + source.length_size
    cursor = Cursor(source, source.read(address, min(size, source.size - source.base - address)))
    cursor.expect(b"BTHD")
    version, kind = cursor.uint(1), cursor.uint(1)
    node_size, record_size, depth = cursor.uint(4), cursor.uint(2), cursor.uint(2)
    cursor.skip(2)
    root, count = cursor.address(), cursor.uint(2)
    if version or kind not in kinds or not record_size or node_size < 10 + record_size or depth > 20:
        raise source.fail("damaged", "a tree's description makes no sense.")
    if not source.defined(root) or not count:
        return
    leaf = (node_size - 10) // record_size
    count_size, totals, below = bytes_for(leaf), [0], leaf
    for level in range(1, depth + 1):
        pointer = source.offset_size + count_size + (totals[level - 1] if level > 1 else 0)
        most = (node_size - 10 - pointer) // (record_size + pointer)
        if most < 1:
            raise source.fail("damaged", "a tree's description makes no sense.")
        below = (most + 1) * below + most
        totals.append(bytes_for(below))
    stack = [(root, count, depth)]
    seen: set[int] = set()
    while stack:
        address, count, level = stack.pop()
        if address in seen:
            raise source.fail("structure", "a tree goes round in circles.")
        seen.add(address)
        extra = source.offset_size + count_size + (totals[level - 1] if level > 1 else 0)
        wanted = 6 + count * record_size + (extra * (count + 1) if level else 0)
        node = Cursor(source, source.read(address, wanted))
        node.expect(b"BTIN" if level else b"BTLF")
        node.skip(2)
        for _ in range(count):
            yield node.take(record_size)
        if level:
            for _ in range(count + 1):
                child, held = node.address(), node.uint(count_size)
                node.skip(totals[level - 1] if level > 1 else 0)
                stack.append((child, held, level - 1))
