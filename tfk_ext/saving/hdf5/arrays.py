"""Arrays: where their bytes lie, how they are compressed, and their values."""

from __future__ import annotations

import dataclasses
import math
import zlib
from collections.abc import Iterator

import numpy as np

from tfk_ext.saving.hdf5 import headers, types
from tfk_ext.saving.hdf5.heaps import tree_leaves
from tfk_ext.saving.hdf5.source import Cursor, Source

_DEFLATE, _SHUFFLE, _FLETCHER = 1, 2, 3


@dataclasses.dataclass
class Chunks:
    """How an array is cut into pieces."""

    shape: tuple[int, ...]
    index: str
    address: int
    size: int = 0
    page_bits: int = 0
    mask: int = 0


@dataclasses.dataclass
class Array:
    """An array of a file: its description was checked, its values are read by :meth:`read`."""

    source: Source
    where: str
    shape: tuple[int, ...]
    kind: types.Kind
    compact: bytes | None = None
    address: int | None = None
    chunks: Chunks | None = None
    filters: tuple[int, ...] = ()
    fill: bytes | None = None

    @property
    def dtype(self) -> np.dtype:
        """Its type in the machine's byte order; ``bool`` where HDF5 has an enumeration of two."""
        if self.kind.text or self.kind.dtype is None:
            return np.dtype(object)
        return np.dtype(bool) if self.kind.boolean else self.kind.dtype.newbyteorder("=")

    @property
    def bytes(self) -> int:
        """Size of its values in memory."""
        return math.prod(self.shape) * self.kind.size

    def read(self) -> np.ndarray:
        """Return the values as a new array.

        Raises:
            LoadError: the file is damaged there, or holds texts of any length.
        """
        source = self.source
        source.where = self.where
        if self.kind.dtype is None:
            raise source.fail("type", "it holds texts where numbers are needed.")
        if self.chunks is not None:
            array = self._from_chunks()
        elif self.compact is not None:
            if len(self.compact) < self.bytes:
                raise source.fail("damaged", "its values are cut off.")
            array = np.frombuffer(self.compact, self.kind.dtype, math.prod(self.shape)).reshape(self.shape)
        elif self.address is None:
            array = self._blank()
        else:
            array = np.empty(self.shape, self.kind.dtype)
            if array.size:
                source.bulk_into(self.address, array.reshape(-1).view(np.uint8).data)
        return np.array(array, self.dtype, copy=None) if array.flags.writeable else array.astype(self.dtype)

    def _blank(self) -> np.ndarray:
        array = np.zeros(self.shape, self.kind.dtype)
        if self.fill and len(self.fill) == self.kind.size and any(self.fill):
            array[...] = np.frombuffer(self.fill, self.kind.dtype)[0]
        return array

    def _from_chunks(self) -> np.ndarray:
        array, chunks = self._blank(), self.chunks
        assert chunks is not None and self.kind.dtype is not None
        size = math.prod(chunks.shape) * self.kind.size
        seen = set()
        for start, address, stored, mask in _pieces(self.source, chunks, self.shape, size):
            if start in seen or any(s >= n for s, n in zip(start, self.shape)):
                raise self.source.fail("damaged", f"a piece at {start} has no place in the array.")
            seen.add(start)
            data = _unfiltered(
                self.source, self.source.bulk(address, stored), self.filters, mask, size, self.kind.size
            )
            piece = np.frombuffer(data, self.kind.dtype).reshape(chunks.shape)
            into = tuple(slice(s, min(s + c, n)) for s, c, n in zip(start, chunks.shape, self.shape))
            array[into] = piece[tuple(slice(0, i.stop - i.start) for i in into)]
        return array


def _unfiltered(
    source: Source, data: bytes, filters: tuple[int, ...], mask: int, size: int, item: int
) -> bytes:
    for place in reversed(range(len(filters))):
        if mask >> place & 1:
            continue
        if filters[place] == _FLETCHER:
            data = data[:-4]
        elif filters[place] == _DEFLATE:
            unpacker = zlib.decompressobj()
            try:
                # Four bytes more than the values for a checksum under the compression, one to see that
                # there is more.
                data = unpacker.decompress(data, size + 5)
            except zlib.error as error:
                raise source.fail("damaged", f"a piece can't be unpacked ({error}).") from None
            if len(data) > size + 4:
                raise source.fail("bomb", f"a piece unpacks to more than its {size:,} bytes.")
        elif len(data) % item == 0:
            data = np.frombuffer(data, np.uint8).reshape(item, -1).T.tobytes()
        else:
            raise source.fail("damaged", "a shuffled piece has an odd size.")
    if len(data) != size:
        raise source.fail("damaged", f"a piece has {len(data):,} bytes and not {size:,}.")
    return data


def _pieces(
    source: Source, chunks: Chunks, shape: tuple[int, ...], size: int
) -> Iterator[tuple[tuple[int, ...], int, int, int]]:
    """Yield start, address, stored size and filter mask of each chunk that is there."""
    if not source.defined(chunks.address):
        return
    if chunks.index == "tree":
        rank = len(shape)
        for key, address in tree_leaves(source, chunks.address, 1, 8 + 8 * (rank + 1)):
            stored, mask = int.from_bytes(key[:4], "little"), int.from_bytes(key[4:8], "little")
            start = tuple(int.from_bytes(key[8 + 8 * i : 16 + 8 * i], "little") for i in range(rank))
            yield start, address, stored, mask
        return
    if chunks.index == "single":
        yield (0,) * len(shape), chunks.address, chunks.size or size, chunks.mask
        return
    grid = tuple(-(-n // c) for n, c in zip(shape, chunks.shape))
    count = math.prod(grid)
    entries: Iterator[tuple[int, int, int]]
    if chunks.index == "implicit":
        entries = ((chunks.address + i * size, size, 0) for i in range(count))
    else:
        entries = _fixed(source, chunks, count, size)
    for number, (address, stored, mask) in enumerate(entries):
        if source.defined(address):
            place = np.unravel_index(number, grid)
            yield tuple(int(p) * c for p, c in zip(place, chunks.shape)), address, stored, mask


def _fixed(source: Source, chunks: Chunks, count: int, size: int) -> Iterator[tuple[int, int, int]]:
    head = Cursor(source, source.read(chunks.address, 8 + source.offset_size + source.length_size))
    head.expect(b"FAHD")
    version, client, width, bits = (head.uint(1) for _ in range(4))
    entries, address = head.length(), head.address()
    number_size = width - source.offset_size - 4 if client == 1 else 0
    if version or client > 1 or entries < count or number_size < 0 or width < source.offset_size or bits > 32:
        raise source.fail("damaged", "an index of pieces makes no sense.")
    if not source.defined(address):
        return
    place = address + 6 + source.offset_size
    Cursor(source, source.read(address, 4)).expect(b"FADB")
    page = 1 << bits
    if entries > page:
        place += (math.ceil(entries / page) + 7) // 8 + 4
    for start in range(0, count, page):
        held = min(page, entries - start)
        cursor = Cursor(source, source.read(place, held * width))
        place += held * width + 4
        for _ in range(min(held, count - start)):
            where = cursor.address()
            yield where, cursor.uint(number_size) if client else size, cursor.uint(4) if client else 0


def read_array(source: Source, messages: list[headers.Message], where: str) -> Array:
    """Return the array that an object header describes.

    Raises:
        LoadError: it is stored outside of the file, virtual, of a type that no model file has, or larger
            than allowed.
    """
    parts: dict[int, bytes] = {}
    for message in messages:
        if message.kind == headers.EXTERNAL:
            raise source.fail("external-storage", "its values are stored in another file.")
        if message.kind in (headers.DATASPACE, headers.DATATYPE, headers.LAYOUT, headers.FILTERS):
            parts[message.kind] = headers.content(source, message)
        elif message.kind == headers.FILL and not message.shared:
            parts[message.kind] = message.data
    if not {headers.DATASPACE, headers.DATATYPE, headers.LAYOUT} <= set(parts):
        raise source.fail("damaged", "it is neither a group nor a whole array.")
    kind = types.read_type(source, Cursor(source, parts[headers.DATATYPE]))
    shape = types.read_shape(source, parts[headers.DATASPACE])
    array = Array(source, where, (0,) if shape is None else shape, kind)
    array.filters = _filters(source, parts.get(headers.FILTERS))
    array.fill = _fill(source, parts.get(headers.FILL))
    _layout(source, Cursor(source, parts[headers.LAYOUT]), array)
    if array.address is not None and array.bytes > source.size - array.address - source.base:
        raise source.fail(
            "array-size",
            f"an array of {array.bytes:,} bytes lies outside of the file ({source.size:,} bytes).",
        )
    return array


def _filters(source: Source, data: bytes | None) -> tuple[int, ...]:
    if data is None:
        return ()
    cursor = Cursor(source, data)
    version, count = cursor.uint(1), cursor.uint(1)
    cursor.skip(6 if version == 1 else 0)
    found = []
    for _ in range(count):
        code = cursor.uint(2)
        name = cursor.uint(2) if version == 1 or code >= 256 else 0
        cursor.skip(2)
        values = cursor.uint(2)
        cursor.skip(name + (-name % 8 if version == 1 else 0) + 4 * values)
        cursor.skip(4 if version == 1 and values % 2 else 0)
        if code not in (_DEFLATE, _SHUFFLE, _FLETCHER):
            raise source.fail("filter", f"it is compressed by filter {code}; gzip and shuffle are known.")
        found.append(code)
    if len(found) > len(set(found)):
        raise source.fail("bomb", "it is compressed more than once.")
    return tuple(found)


def _fill(source: Source, data: bytes | None) -> bytes | None:
    if data is None:
        return None
    cursor = Cursor(source, data)
    version = cursor.uint(1)
    if version in (1, 2):
        cursor.skip(2)
        given = cursor.uint(1) or version == 1
    else:
        given = cursor.uint(1) & 0x20
    return cursor.take(cursor.uint(4)) if given and cursor.left() >= 4 else None


def _layout(source: Source, cursor: Cursor, array: Array) -> None:
    version = cursor.uint(1)
    if version in (1, 2):
        _layout_old(source, cursor, array)
    elif version in (3, 4):
        code = cursor.uint(1)
        if code == 0:
            array.compact = cursor.take(cursor.uint(2))
        elif code == 1:
            address = cursor.address()
            array.address = address if source.defined(address) else None
        elif code == 2 and version == 3:
            rank, address = cursor.uint(1), cursor.address()
            _chunked(source, array, tuple(cursor.uint(4) for _ in range(rank)), Chunks((), "tree", address))
        elif code == 2:
            _layout_4(source, cursor, array)
        elif code == 3:
            raise source.fail("virtual-dataset", "its values are put together from other files.")
        else:
            raise source.fail("damaged", f"a layout of the unknown kind {code}.")
    else:
        raise source.fail("unsupported", f"a layout of the unknown version {version}.")


def _layout_old(source: Source, cursor: Cursor, array: Array) -> None:
    rank, code = cursor.uint(1), cursor.uint(1)
    cursor.skip(5)
    address = cursor.address() if code else 0
    sizes = tuple(cursor.uint(4) for _ in range(rank))
    if code == 0:
        array.compact = cursor.take(cursor.uint(4))
    elif code == 1:
        array.address = address if source.defined(address) else None
    else:
        _chunked(source, array, sizes, Chunks((), "tree", address))


def _layout_4(source: Source, cursor: Cursor, array: Array) -> None:
    flags, rank, width = cursor.uint(1), cursor.uint(1), cursor.uint(1)
    sizes = tuple(cursor.uint(width) for _ in range(rank))
    index = cursor.uint(1)
    chunks = Chunks((), {1: "single", 2: "implicit", 3: "fixed"}.get(index, ""), 0)
    if not chunks.index:
        raise source.fail(
            "unsupported", "an array that can grow, as no Keras writes one; h5repack rewrites it."
        )
    if index == 1 and flags & 2:
        chunks.size, chunks.mask = cursor.length(), cursor.uint(4)
    if index == 3:
        cursor.skip(1)
    chunks.address = cursor.address()
    _chunked(source, array, sizes, chunks)


def _chunked(source: Source, array: Array, sizes: tuple[int, ...], chunks: Chunks) -> None:
    if len(sizes) != len(array.shape) + 1 or not all(sizes) or sizes[-1] != array.kind.size:
        raise source.fail("damaged", "its pieces don't fit the array.")
    chunks.shape = sizes[:-1]
    size = math.prod(sizes)
    whole = max(array.bytes, 1)
    # A piece may stand over the edges of its array, by less than its own length on each axis.
    if size > (whole << len(chunks.shape)) + 4096 * array.kind.size and size > source.limits.small_bytes:
        raise source.fail("array-size", f"a piece of {size:,} bytes for an array of {whole:,}.")
    if math.prod(-(-n // c) for n, c in zip(array.shape, chunks.shape)) > source.limits.pieces:
        raise source.fail("array-size", f"it is cut into more than {source.limits.pieces:,} pieces.")
    array.chunks = chunks
