"""Files from the network, kept in Keras's cache."""

from __future__ import annotations

import http.client
import os
import pathlib
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.datasets.files import digest
from tfk_ext.datasets.sources import cache
from tfk_ext.utils.archives import extract as extract_archive

# Seconds without a byte after which a download is given up.
TIMEOUT = 30.0


def get_file(
    fname: str | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: str | os.PathLike | None = None,
    force_download: bool = False,
) -> str:
    """Download a file, unless the cache holds it, and return where it is.

    It appears in the cache when it is complete and its hash is right.

    Args:
        fname: its name in the cache, or an absolute path; ``None`` for the name in ``origin``.
        origin: address: http, https, ftp or file.
        untar: unpack a ``.tar.gz`` archive; ``fname`` is then the name of what is unpacked, without the
            ending, and what is returned. ``extract`` is the newer way.
        md5_hash: older form of ``file_hash``.
        file_hash: hash that the file must have; a file in the cache that has another is downloaded anew.
        cache_subdir: folder below ``cache_dir``, or an absolute path.
        hash_algorithm: ``"md5"``, ``"sha256"``, or ``"auto"`` to tell by the hash's length.
        extract: unpack the file, if it is an archive, beside it.
        archive_format: ``"auto"``, ``"tar"``, ``"zip"``, a list of them, or ``None``.
        cache_dir: ``None`` for ``$KERAS_HOME`` or ``~/.keras``.
        force_download: download it in any case.

    Returns:
        The path of the file; with ``untar`` of the folder that was unpacked.

    Raises:
        ConnectionError: it can't be downloaded; the message says where to put it by hand.
        ValueError: its hash is wrong, the archive is not safe to unpack, or an argument is.

    Example:
        >>> import pathlib, tempfile
        >>> source = pathlib.Path(tempfile.mkdtemp()) / "a.txt"
        >>> _ = source.write_text("hello")
        >>> path = tfk_ext.utils.get_file(
        ...     "b.txt", source.as_uri(), cache_dir=tempfile.mkdtemp()
        ... )  # doctest: +ELLIPSIS
        Downloading data from file://...
        >>> pathlib.Path(path).name, pathlib.Path(path).read_text()
        ('b.txt', 'hello')
    """
    if not origin:
        raise ValueError("get_file: origin, the address to download from, must be given.")
    checks.one_of("get_file", "hash_algorithm", hash_algorithm, ("auto", "md5", "sha256"))
    if file_hash is None and md5_hash is not None:
        file_hash, hash_algorithm = md5_hash, "md5"
    folder = _folder(cache_dir, cache_subdir)
    name = fname or _name_in(origin)
    if untar and name.endswith(".tar.gz"):
        name = name[: -len(".tar.gz")]
    path = folder / (f"{name}.tar.gz" if untar else name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if force_download or not _is_good(path, file_hash, hash_algorithm):
        _download(origin, path, file_hash, hash_algorithm)
    if untar:
        if not (folder / name).exists():
            extract_archive(path, folder, "tar")
        return str(folder / name)
    if extract:
        extract_archive(path, path.parent, archive_format)
    return str(path)


def validate_file(
    fpath: str | os.PathLike, file_hash: str, algorithm: str = "auto", chunk_size: int = 65535
) -> bool:
    """Tell whether a file has a hash.

    Args:
        fpath: the file.
        file_hash: the hash, as hexadecimal digits.
        algorithm: ``"md5"``, ``"sha256"``, or ``"auto"`` to tell by the hash's length.
        chunk_size: accepted for old programs; the size of what is read at once makes no difference.
    """
    checks.one_of("validate_file", "algorithm", algorithm, ("auto", "md5", "sha256"))
    if algorithm == "auto":
        algorithm = "sha256" if len(str(file_hash)) == 64 else "md5"
    return digest(fpath, algorithm) == str(file_hash).lower()


def _folder(cache_dir: Any, cache_subdir: str) -> pathlib.Path:
    home = cache().parent if cache_dir is None else pathlib.Path(cache_dir).expanduser()
    folder = home / cache_subdir
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _name_in(origin: str) -> str:
    name = pathlib.PurePosixPath(urllib.parse.unquote(urllib.parse.urlparse(origin).path)).name
    if not name or name in (".", ".."):
        raise ValueError(f"get_file: {origin!r} names no file; give fname, its name in the cache.")
    return name


def _is_good(path: pathlib.Path, file_hash: str | None, algorithm: str) -> bool:
    if not path.is_file():
        return False
    if file_hash is None or validate_file(path, file_hash, algorithm):
        return True
    print(f"A local file was found, but it has another {algorithm} hash: {path} is downloaded anew.")
    return False


def _download(origin: str, path: pathlib.Path, file_hash: str | None, algorithm: str) -> None:
    scheme = urllib.parse.urlparse(origin).scheme
    if scheme not in ("http", "https", "ftp", "file"):
        raise ValueError(f"get_file: origin must be a http, https, ftp or file address, got {origin!r}.")
    print("Downloading data from", origin)
    handle, part = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            _receive(origin, file, path)
        if file_hash is not None and not validate_file(part, file_hash, algorithm):
            raise ValueError(
                f"get_file: what {origin} gave has not the hash {file_hash}: the download is damaged, or the "
                "file there has changed. Nothing was kept."
            )
        os.chmod(part, 0o644)
        os.replace(part, path)
    finally:
        if os.path.exists(part):
            os.remove(part)


def _receive(origin: str, file: Any, path: pathlib.Path) -> None:
    """Copy what an address gives into a file, and show how far it is."""
    try:
        with urllib.request.urlopen(origin, timeout=TIMEOUT) as answer:
            total = int(answer.headers.get("Content-Length") or -1)
            bar = tf.keras.utils.Progbar(total if total > 0 else None, unit_name="byte")
            count = 0
            while block := answer.read(1 << 16):
                file.write(block)
                count += len(block)
                bar.update(count)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise ConnectionError(
            f"get_file: {origin} can't be downloaded ({reason}). With no network, put the file at {path}."
        ) from error
    if 0 <= total != count:
        raise ConnectionError(f"get_file: {origin} broke off after {count} of {total} bytes; try again.")
