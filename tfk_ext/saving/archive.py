"""Zip archives: `.keras` files and `.npz` files, looked through before anything is unpacked."""

from __future__ import annotations

import contextlib
import io
import pathlib
import stat
import tempfile
import zipfile
from typing import BinaryIO

from tfk_ext.saving.errors import LoadError
from tfk_ext.saving.limits import Limits

_NESTED = (".zip", ".keras", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z")
_BLOCK = 1 << 20
_IN_MEMORY = 32 << 20


class Archive:
    """A checked zip archive.

    Args:
        file: an open file.
        path: its name in messages.
        limits: what it may hold.

    Raises:
        LoadError: a member's name leads out of the archive or is there twice; a member is a link,
            encrypted, an archive itself or packed in a way that zip files of Keras are not; it unpacks to
            more than allowed.
    """

    def __init__(self, file: BinaryIO, path: str, limits: Limits):
        self.path = path
        self.limits = limits
        self._file = file
        self._size = file.seek(0, io.SEEK_END)
        with self._guard(""):
            self._zip = zipfile.ZipFile(file)
            infos = self._zip.infolist()
        if len(infos) > limits.objects:
            raise self._fail("objects", f"it holds more than {limits.objects:,} members.", "")
        self.members: dict[str, zipfile.ZipInfo] = {}
        total, most = 0, max(limits.expansion * self._size, limits.small_bytes)
        for info in infos:
            self._check(info)
            total += info.file_size
            if total > most:
                raise self._fail(
                    "bomb",
                    f"it unpacks to more than {most:,} bytes ({limits.expansion} times its size).",
                    info.filename,
                )
            if not info.is_dir():
                self.members[info.filename] = info

    def _fail(self, rule: str, message: str, where: str) -> LoadError:
        return LoadError(message, rule=rule, where=where and f"member {where[:200]!r}", path=self.path)

    @contextlib.contextmanager
    def _guard(self, where: str):
        try:
            yield
        except LoadError:
            raise
        except Exception as error:  # zipfile fails in many ways on a damaged archive
            raise self._fail(
                "damaged", f"it is damaged ({type(error).__name__}: {str(error)[:200]}).", where
            ) from None

    def _check(self, info: zipfile.ZipInfo) -> None:
        name = info.filename
        original = getattr(info, "orig_filename", name)
        parts = pathlib.PurePosixPath(name).parts
        if len(name) > self.limits.name_bytes or not name or not original.isprintable():
            raise self._fail("name", "a member has a hostile name.", name)
        if name.startswith("/") or ".." in parts or "\\" in original or ":" in (parts[0] if parts else ":"):
            raise self._fail("path-traversal", "its name leads out of the archive.", name)
        if name in self.members:
            raise self._fail("duplicate-name", "it is there twice.", name)
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise self._fail("archive-link", "it is a link or a device.", name)
        if info.flag_bits & 1:
            raise self._fail("unsupported", "it is encrypted.", name)
        if info.compress_type == zipfile.ZIP_STORED and info.file_size != info.compress_size:
            raise self._fail("damaged", "it has two sizes.", name)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self._fail("filter", f"it is packed by method {info.compress_type}.", name)
        if name.lower().endswith(_NESTED):
            raise self._fail("nested-archive", "it is an archive in an archive.", name)

    def read(self, name: str, most: int | None = None) -> bytes:
        """Return a member's bytes.

        Args:
            name: the member.
            most: its largest size, as a text's by default.
        """
        info = self.members[name]
        most = self.limits.text_bytes if most is None else most
        if info.file_size > most:
            raise self._fail("text-size", f"it has {info.file_size:,} bytes, more than {most:,}.", name)
        with self._guard(name), self._zip.open(info) as member:
            data = member.read(info.file_size + 1)
        if len(data) != info.file_size:
            raise self._fail("damaged", "its size is not what the archive says.", name)
        return data

    def open(self, name: str) -> BinaryIO:
        """Return a member as a file that can be read at any place; the caller closes it."""
        info = self.members[name]
        if info.file_size <= _BLOCK:
            return io.BytesIO(self.read(name))
        spooled: BinaryIO = io.BytesIO()
        left = info.file_size
        try:
            with self._guard(name), self._zip.open(info) as member:
                while left > 0:
                    block = member.read(min(left, _BLOCK))
                    if not block:
                        raise self._fail("damaged", "its size is not what the archive says.", name)
                    if isinstance(spooled, io.BytesIO) and spooled.tell() > _IN_MEMORY:
                        spooled = _on_disk(spooled)
                    spooled.write(block)
                    left -= len(block)
        except BaseException:
            spooled.close()
            raise
        return spooled


def _on_disk(held: io.BytesIO) -> BinaryIO:
    """Return a temporary file with what was held in memory: what a small file claims is not written there."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 (the caller closes it)
    file.write(held.getbuffer())
    return file
