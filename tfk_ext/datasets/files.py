"""Guarded reading of data files: every one is untrusted, whatever its name.

Sizes are checked before anything is allocated, pickles are read with stand-ins only (never run), archives are
read in memory or unpacked without links and without leaving their folder.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import hashlib
import json
import lzma
import math
import os
import pathlib
import shutil
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from typing import IO, Any

import numpy as np

from tfk_ext.preprocessing.unpickling import (
    UnsafePickleError,
    check_lists,
    check_plain,
    numpy_stand_ins,
    read_pickle,
    real_array,
)

LIMIT = 2_000_000_000  # bytes of one array, one archive member or one unpacked file
JSON_LIMIT = 50_000_000
UNPACKED_LIMIT = 20_000_000_000  # bytes of everything in an archive
MEMBERS_LIMIT = 1_000_000

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,  # a compression that Python lacks
    RuntimeError,  # an encrypted member
    SyntaxError,
    struct.error,
    ValueError,
    tarfile.TarError,
    lzma.LZMAError,
)


class DamagedFileError(ValueError):
    """A data file is damaged, holds something else than it should, or claims too much."""


@contextlib.contextmanager
def _reading(path: pathlib.Path, kind: str) -> Iterator[None]:
    """Turn whatever a damaged file raises into one error that names it."""
    try:
        yield
    except (DamagedFileError, UnsafePickleError):
        raise
    except _BROKEN as error:
        raise DamagedFileError(f"{path} is damaged or no {kind} ({error}).") from error
    except OSError as error:
        if error.errno is not None:  # not the data's fault
            raise
        raise DamagedFileError(f"{path} is damaged or no {kind} ({error}).") from error


def digest(path: str | os.PathLike, algorithm: str = "sha256") -> str:
    """Return the hash of a file as hexadecimal digits."""
    hasher = hashlib.new(algorithm, usedforsecurity=algorithm != "md5")
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            hasher.update(block)
    return hasher.hexdigest()


# ------------------------------------------------------------------------------------------------- .npz


def read_npz(path: pathlib.Path, keys: Collection[str], lists: Collection[str] = ()) -> dict[str, np.ndarray]:
    """Read arrays of an ``.npz`` file.

    Args:
        path: the file.
        keys: names of the arrays, which must be there.
        lists: names of those that may hold lists of integers (NumPy pickles such arrays; the pickle isn't
            run).

    Returns:
        A dictionary from name to array.

    Raises:
        DamagedFileError: the file is damaged, lacks an array, or an array is of another kind or too large.
    """
    with _reading(path, ".npz file"), zipfile.ZipFile(path) as archive:
        found = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        missing = sorted(set(keys) - set(found))
        if missing:
            held = ", ".join(sorted(found)) or "nothing"
            raise DamagedFileError(f"{path} lacks the array {missing[0]!r}: it holds {held}.")
        arrays = {}
        for key in keys:
            info = found[key]
            if info.file_size > LIMIT:
                raise DamagedFileError(
                    f"{path}: array {key!r} claims {info.file_size:,} bytes, more than {LIMIT:,}."
                )
            with archive.open(info) as member:
                arrays[key] = _read_npy(f"{path}: array {key!r}", member, info.file_size, key in lists)
        return arrays


def _read_npy(what: str, member: IO[bytes], size: int, lists: bool) -> np.ndarray:
    version = np.lib.format.read_magic(member)
    reader = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}.get(version[0])
    if reader is None:
        raise DamagedFileError(f"{what} has format version {version[0]}, which is not supported.")
    shape, fortran, dtype = reader(member)
    if dtype.hasobject:
        if not lists or dtype.char != "O":
            raise DamagedFileError(f"{what} holds pickled objects where numbers belong: they are not read.")
        return _read_lists(what, member.read(), shape)
    if dtype.kind not in "biuf":
        raise DamagedFileError(f"{what} is of type {dtype}, not of numbers.")
    claimed = math.prod(shape) * dtype.itemsize
    if not 0 <= claimed <= size:
        raise DamagedFileError(f"{what} claims shape {shape} of {dtype} and has {size:,} bytes.")
    data = member.read(claimed)
    if len(data) != claimed:
        raise DamagedFileError(f"{what} ends early.")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C").copy()


def _read_lists(what: str, data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    check_lists(data, what)
    array = real_array(read_pickle(data, numpy_stand_ins(LIMIT), what=what))
    if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype != object or array.ndim != 1:
        raise DamagedFileError(f"{what} is no array of lists.")
    for item in array:
        if type(item) is not list:
            raise DamagedFileError(f"{what} holds {type(item).__name__} where lists of integers belong.")
    return array


# -------------------------------------------------------------------------------------------- idx, JSON


def read_idx(path: pathlib.Path, rank: int) -> np.ndarray:
    """Read an array of bytes in the idx format of MNIST, gzipped or not.

    Args:
        path: the file.
        rank: number of axes that it must have.

    Raises:
        DamagedFileError: it is damaged, too large, or has another rank.
    """
    with _reading(path, "idx file"), gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
        head = file.read(4 + 4 * rank)
        if len(head) < 4 + 4 * rank or head[:4] != bytes((0, 0, 8, rank)):
            raise DamagedFileError(f"{path} is no idx file of bytes with {rank} axes.")
        shape = struct.unpack(f">{rank}I", head[4:])
        claimed = math.prod(shape)
        if claimed > LIMIT:
            raise DamagedFileError(f"{path} claims {claimed:,} bytes, more than {LIMIT:,}.")
        data = file.read(claimed + 1)
    if len(data) != claimed:
        raise DamagedFileError(f"{path} is damaged: it claims shape {shape} and has {len(data):,} bytes.")
    return np.frombuffer(data, np.uint8).reshape(shape).copy()


def read_word_index(path: pathlib.Path) -> dict[str, int]:
    """Read a JSON file of words and their numbers.

    Raises:
        DamagedFileError: it is something else, or too large.
    """
    if path.stat().st_size > JSON_LIMIT:
        raise DamagedFileError(f"{path} is larger than {JSON_LIMIT:,} bytes.")
    try:
        words = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(f"{path} is damaged or no JSON ({error}).") from error
    if not isinstance(words, dict) or not all(type(number) is int for number in words.values()):
        raise DamagedFileError(f"{path} is no dictionary from words to integers.")
    return words


# --------------------------------------------------------------------------------------------- archives


_PACKERS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}


class _Unpacked:
    """An archive's bytes, unpacked as they are read; it stops with an error after ``limit`` of them."""

    def __init__(self, path: pathlib.Path, limit: int) -> None:
        with open(path, "rb") as file:
            start = file.read(6)
        opened = next((packer for magic, packer in _PACKERS.items() if start.startswith(magic)), open)
        self.stream: Any = opened(path, "rb")
        self.path, self.left = path, limit

    def read(self, size: int) -> bytes:
        # Python's tarfile takes a compressed archive that was cut for a short one; these streams do not.
        data = self.stream.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise DamagedFileError(f"{self.path} unpacks to more than is allowed.")
        return data

    def rest(self) -> None:
        """Read to the end, where the checksum is."""
        while self.read(1 << 20):
            pass


@contextlib.contextmanager
def _open_tar(path: pathlib.Path, limit: int) -> Iterator[tuple[tarfile.TarFile, _Unpacked]]:
    unpacked = _Unpacked(path, limit)
    with (
        _reading(path, "tar archive"),
        contextlib.closing(unpacked.stream),
        tarfile.open(fileobj=unpacked, mode="r|") as archive,  # type: ignore[call-overload]
    ):
        yield archive, unpacked


def read_tar(path: pathlib.Path, names: Collection[str], limit: int = LIMIT) -> dict[str, bytes]:
    """Read some files of a tar archive into memory; nothing is written to disk.

    Args:
        path: the archive.
        names: paths of the files inside of it, which must all be there.
        limit: most bytes that the whole archive may unpack to.

    Raises:
        DamagedFileError: it is damaged, lacks a file, or unpacks to too much.
    """
    found: dict[str, bytes] = {}
    with _open_tar(path, limit) as (archive, _):
        for member in archive:
            name = os.path.normpath(member.name).replace(os.sep, "/")
            file = archive.extractfile(member) if name in names and member.isreg() else None
            if file is not None:
                found[name] = file.read()
            if len(found) == len(names):
                break
    missing = sorted(set(names) - set(found))
    if missing:
        raise DamagedFileError(f"{path} lacks {missing[0]}.")
    return found


def extract_tar(
    archive: str | os.PathLike,
    folder: str | os.PathLike,
    limit: int = UNPACKED_LIMIT,
    members: int = MEMBERS_LIMIT,
) -> pathlib.Path:
    """Unpack a tar archive (plain, gzip, bzip2 or xz) into a new folder.

    Only folders and plain files are written, and only inside the folder. It appears when all is unpacked: an
    interrupted or refused archive leaves nothing.

    Args:
        archive: the archive.
        folder: the folder to make; if it is there already nothing is done.
        limit: most bytes to write.
        members: most files and folders to make.

    Returns:
        The folder.

    Raises:
        DamagedFileError: the archive is damaged, too large, or has a link, a device, or a path that leads
            out.
    """
    path, folder = pathlib.Path(archive).expanduser(), pathlib.Path(folder).expanduser()
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    place = pathlib.Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        # Twice the limit, for the archive's own headers.
        with _open_tar(path, 2 * limit + 1_000_000) as (content, unpacked):
            for count, member in enumerate(content, 1):
                limit -= member.size
                if limit < 0 or count > members:
                    raise DamagedFileError(f"{path} unpacks to more than is allowed.")
                _write_member(path, content, member, place)
            unpacked.rest()
        os.chmod(place, 0o755)
        os.replace(place, folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return folder


def _write_member(
    path: pathlib.Path, content: tarfile.TarFile, member: tarfile.TarInfo, place: pathlib.Path
) -> None:
    name = pathlib.PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts or "\\" in member.name or ":" in member.name.split("/")[0]:
        raise DamagedFileError(f"{path}: {member.name!r} leads out of the folder.")
    if not member.isreg() and not member.isdir():
        raise DamagedFileError(f"{path}: {member.name!r} is neither a file nor a folder.")
    target = place.joinpath(*name.parts)
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    source = content.extractfile(member)
    assert source is not None  # a plain file has content
    with open(target, "wb") as file:
        shutil.copyfileobj(source, file)


# ---------------------------------------------------------------------------------------------- pickles


def read_arrays_pickle(what: str, data: bytes) -> dict[str, Any]:
    """Read a pickled dictionary of arrays and lists, as CIFAR's batches are, without running it.

    Args:
        what: names it in messages.
        data: the pickle.

    Raises:
        UnsafePickleError: it holds anything else (a ``ValueError``).
        DamagedFileError: it is no dictionary.
    """
    check_plain(data, what)
    found = read_pickle(data, numpy_stand_ins(LIMIT), "bytes", what)
    if not isinstance(found, dict):
        raise DamagedFileError(f"{what} is no dictionary.")
    return {
        key.decode("latin-1") if isinstance(key, bytes) else key: real_array(value)
        for key, value in found.items()
    }
