"""Archives from elsewhere, unpacked without letting them write where they should not."""

from __future__ import annotations

import os
import pathlib
import shutil
import stat
import tarfile
import tempfile
import zipfile
from typing import Any

from tfk_ext.datasets.files import MEMBERS_LIMIT, UNPACKED_LIMIT, DamagedFileError, extract_tar

FORMATS = ("tar", "zip")


def extract(path: pathlib.Path, folder: pathlib.Path, archive_format: Any = "auto") -> bool:
    """Unpack an archive into a folder, over what is there.

    All of it is unpacked and checked beside the folder before a file of it is moved in.

    Args:
        path: the file.
        folder: where to.
        archive_format: ``"auto"``, ``"tar"`` (compressed or not), ``"zip"``, a list of them, or ``None``.

    Returns:
        Whether it is an archive of these formats.

    Raises:
        DamagedFileError: it is damaged, unpacks to too much, or holds a link, a device, or a path that
            leads out.
        ValueError: another format.
    """
    if archive_format is None:
        return False
    formats = FORMATS if archive_format == "auto" else archive_format
    formats = (formats,) if isinstance(formats, str) else tuple(formats)
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise ValueError(f"get_file: archive_format takes 'auto', 'tar', 'zip', None, got {unknown[0]!r}.")
    is_it = {"tar": tarfile.is_tarfile, "zip": zipfile.is_zipfile}
    kind = next((name for name in formats if is_it[name](path)), None)
    if kind is None:
        return False
    place = pathlib.Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=folder))
    try:
        unpacked = place / "content"
        if kind == "tar":
            extract_tar(path, unpacked)
        else:
            _extract_zip(path, unpacked)
        _move_into(unpacked, folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return True


def _extract_zip(path: pathlib.Path, folder: pathlib.Path) -> None:
    folder.mkdir()
    left = UNPACKED_LIMIT
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MEMBERS_LIMIT:
                raise DamagedFileError(f"{path} unpacks to more than is allowed.")
            for member in members:
                left = _write(path, archive, member, folder, left)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise DamagedFileError(f"{path} is damaged or no zip archive ({error}).") from error


def _write(path, archive, member, folder, left):
    name = pathlib.PurePosixPath(member.filename)
    if (
        name.is_absolute()
        or ".." in name.parts
        or "\\" in member.filename
        or ":" in member.filename.split("/")[0]
    ):
        raise DamagedFileError(f"{path}: {member.filename!r} leads out of the folder.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise DamagedFileError(f"{path}: {member.filename!r} is neither a file nor a folder.")
    target = folder.joinpath(*name.parts)
    if member.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return left
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, open(target, "wb") as file:
        while block := source.read(1 << 20):  # what the archive says of its sizes is not believed
            left -= len(block)
            if left < 0:
                raise DamagedFileError(f"{path} unpacks to more than is allowed.")
            file.write(block)
    return left


def _move_into(source: pathlib.Path, folder: pathlib.Path) -> None:
    for place, _, names in os.walk(source):
        target = folder / pathlib.Path(place).relative_to(source)
        target.mkdir(exist_ok=True)
        for name in names:
            os.replace(pathlib.Path(place) / name, target / name)
