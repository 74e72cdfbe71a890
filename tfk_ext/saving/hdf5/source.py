"""Bytes of a file, read within its bounds, and the account of what has been read."""

from __future__ import annotations

import os
from typing import BinaryIO

from tfk_ext.saving.errors import LoadError
from tfk_ext.saving.limits import DEFAULT, Limits

_PAGE = 1 << 16


class Source:
    """The bytes of a file or of a member of an archive.

    Args:
        file: an open file, or bytes.
        name: its name in messages.
        limits: what it may hold.
    """

    def __init__(self, file: BinaryIO | bytes, name: str, limits: Limits = DEFAULT):
        self.name = name
        self.limits = limits
        self.where = ""
        self.base = 0
        self.offset_size = 8
        self.length_size = 8
        self._data = file if isinstance(file, bytes) else None
        self._file = None if isinstance(file, bytes) else file
        if isinstance(file, bytes):
            self.size = len(file)
        else:
            self.size = file.seek(0, os.SEEK_END)
            if self.size <= _PAGE:
                file.seek(0)
                self._data = file.read(self.size)
                self.size = len(self._data)
        self._pages: dict[int, bytes] = {}
        self._spent = 0
        # A file's structure is a small part of it; whoever reads the same pages for ever goes round in
        # circles.
        self._budget = 64 * self.size + (1 << 20)

    def fail(self, rule: str, message: str) -> LoadError:
        """Return the error to raise, with the place that is being read."""
        return LoadError(message, rule=rule, where=self.where, path=self.name)

    def defined(self, address: int) -> bool:
        """Tell whether an address points anywhere."""
        return address != (1 << (8 * self.offset_size)) - 1

    def read(self, address: int, count: int) -> bytes:
        """Return ``count`` bytes of structure at an address of the file."""
        start = address + self.base
        if count < 0 or start < 0 or start + count > self.size:
            raise self.fail(
                "truncated", f"{count} bytes at {address} lie outside of the file ({self.size} bytes)."
            )
        self._spent += count + 8
        if self._spent > self._budget:
            raise self.fail("structure", "its structure refers to the same places over and over.")
        if self._data is not None:
            return self._data[start : start + count]
        first, last = start // _PAGE, (start + max(count, 1) - 1) // _PAGE
        if first == last:
            offset = start - first * _PAGE
            return self._page(first)[offset : offset + count]
        return self._fetch(start, count)

    def bulk(self, address: int, count: int) -> bytes:
        """Return ``count`` bytes of an array, outside of the account of structure."""
        start = address + self.base
        if count < 0 or start < 0 or start + count > self.size:
            raise self.fail(
                "truncated", f"{count} bytes at {address} lie outside of the file ({self.size} bytes)."
            )
        if self._data is not None:
            return self._data[start : start + count]
        return self._fetch(start, count)

    def bulk_into(self, address: int, buffer: memoryview) -> None:
        """Fill a buffer with bytes of an array."""
        start, count = address + self.base, len(buffer)
        if start < 0 or start + count > self.size:
            raise self.fail(
                "truncated", f"{count} bytes at {address} lie outside of the file ({self.size} bytes)."
            )
        if self._data is not None:
            buffer[:] = self._data[start : start + count]
            return
        assert self._file is not None
        self._file.seek(start)
        done = 0
        while done < count:
            got = self._file.readinto(buffer[done:])  # type: ignore[attr-defined]
            if not got:
                raise self.fail("truncated", "the file ends too early; it changed while it was read.")
            done += got

    def _page(self, number: int) -> bytes:
        page = self._pages.get(number)
        if page is None:
            if len(self._pages) >= 256:
                self._pages.pop(next(iter(self._pages)))
            start = number * _PAGE
            page = self._pages[number] = self._fetch(start, min(_PAGE, self.size - start))
        return page

    def _fetch(self, start: int, count: int) -> bytes:
        assert self._file is not None
        self._file.seek(start)
        data = self._file.read(count)
        if len(data) != count:
            raise self.fail("truncated", "the file ends too early; it changed while it was read.")
        return data

    def spend_text(self, count: int) -> None:
        """Account for a text or an attribute of this length."""
        if count > self.limits.text_bytes:
            raise self.fail(
                "text-size", f"a text of {count:,} bytes is longer than {self.limits.text_bytes:,}."
            )
        self._texts = getattr(self, "_texts", 0) + count
        if self._texts > self.limits.texts_bytes:
            raise self.fail(
                "text-size", f"its texts take more than {self.limits.texts_bytes:,} bytes together."
            )


class Cursor:
    """Reads fields one after the other from bytes; running over the end is a damaged file."""

    __slots__ = ("data", "place", "source")

    def __init__(self, source: Source, data: bytes, place: int = 0):
        self.source = source
        self.data = data
        self.place = place

    def take(self, count: int) -> bytes:
        place, end = self.place, self.place + count
        if count < 0 or end > len(self.data):
            raise self.source.fail("damaged", "a part of its structure is cut off.")
        self.place = end
        return self.data[place:end]

    def uint(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def address(self) -> int:
        return self.uint(self.source.offset_size)

    def length(self) -> int:
        return self.uint(self.source.length_size)

    def skip(self, count: int) -> None:
        self.take(count)

    def align(self, size: int, start: int = 0) -> None:
        self.skip(-(self.place - start) % size)

    def left(self) -> int:
        return len(self.data) - self.place

    def expect(self, signature: bytes) -> None:
        if self.take(len(signature)) != signature:
            raise self.source.fail(
                "damaged", f"there is no {signature.decode('latin-1')!r} where it should be."
            )


def bytes_for(limit: int) -> int:
    """Return how many bytes HDF5 takes for a number up to ``limit``."""
    return max(limit.bit_length() - 1, 0) // 8 + 1
