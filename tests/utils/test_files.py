"""Downloads, hashes, archives that must not write elsewhere, and arrays in HDF5 files."""

import hashlib
import io
import pathlib
import stat
import tarfile
import zipfile

import h5py
import numpy as np
import pytest

from tfk_ext import utils
from tfk_ext.utils.data_utils import validate_file

TEXT = b"some text\n" * 1000


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "a.txt").write_bytes(TEXT)
    return folder


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def _uri(folder, name="a.txt"):
    return (folder / name).as_uri()


def test_a_file_is_downloaded_once(source, cache, capsys):
    path = utils.get_file("b.txt", _uri(source), cache_dir=cache)
    assert pathlib.Path(path) == cache / "datasets" / "b.txt"
    assert pathlib.Path(path).read_bytes() == TEXT
    assert "Downloading data from file:" in capsys.readouterr().out
    (source / "a.txt").write_bytes(b"new")
    assert pathlib.Path(utils.get_file("b.txt", _uri(source), cache_dir=cache)).read_bytes() == TEXT
    assert capsys.readouterr().out == ""
    again = utils.get_file("b.txt", _uri(source), cache_dir=cache, force_download=True)
    assert pathlib.Path(again).read_bytes() == b"new"
    named = utils.get_file(origin=_uri(source), cache_dir=cache, cache_subdir="models")
    assert pathlib.Path(named) == cache / "models" / "a.txt"


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_hashes(source, cache, algorithm):
    good = hashlib.new(algorithm, TEXT).hexdigest()
    path = utils.get_file("a", _uri(source), file_hash=good, cache_dir=cache)
    assert validate_file(path, good) and not validate_file(path, good[::-1])
    pathlib.Path(path).write_bytes(b"damaged")
    assert (
        pathlib.Path(utils.get_file("a", _uri(source), file_hash=good, cache_dir=cache)).read_bytes() == TEXT
    )
    with pytest.raises(ValueError, match="Nothing was kept"):
        utils.get_file("c", _uri(source), file_hash=good[::-1], cache_dir=cache)
    assert sorted(p.name for p in (cache / "datasets").iterdir()) == ["a"]


def test_failures_say_what_to_do(source, cache):
    with pytest.raises(ConnectionError, match=r"can't be downloaded .*put the file at .*cache/datasets/a"):
        utils.get_file("a", _uri(source, "missing"), cache_dir=cache)
    assert list((cache / "datasets").iterdir()) == []
    with pytest.raises(ConnectionError, match="put the file at"):
        utils.get_file("a", "http://127.0.0.1:9/a", cache_dir=cache)
    for origin in (None, "gopher://a/b", "http://example.invalid/"):
        with pytest.raises(ValueError, match="get_file"):
            utils.get_file(None, origin, cache_dir=cache)
    with pytest.raises(ValueError, match="hash_algorithm"):
        utils.get_file("a", _uri(source), hash_algorithm="crc", cache_dir=cache)


def _tar(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if content is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            else:
                info.size = len(content)
            archive.addfile(info, None if content is None else io.BytesIO(content))


def _zip(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            if content is None:
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, content or b"/etc/passwd")


@pytest.mark.parametrize(("make", "ending"), [(_tar, ".tar.gz"), (_zip, ".zip")])
def test_archives_are_unpacked(source, cache, make, ending):
    make(source / f"x{ending}", {"x/a.txt": b"a", "x/deep/b.txt": b"b"})
    path = utils.get_file(f"x{ending}", _uri(source, f"x{ending}"), extract=True, cache_dir=cache)
    assert pathlib.Path(path) == cache / "datasets" / f"x{ending}"
    assert (cache / "datasets/x/deep/b.txt").read_bytes() == b"b"
    assert not [p for p in (cache / "datasets").iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize(("make", "ending"), [(_tar, ".tar.gz"), (_zip, ".zip")])
@pytest.mark.parametrize("evil", ["../evil.txt", "/tmp/evil.txt", "x/../../evil.txt", "link"])
def test_archives_do_not_write_elsewhere(source, cache, make, ending, evil):
    make(source / f"x{ending}", {"x/good.txt": b"a", evil: None if evil == "link" else b"b"})
    with pytest.raises(ValueError, match="leads out|neither a file nor a folder"):
        utils.get_file(f"x{ending}", _uri(source, f"x{ending}"), extract=True, cache_dir=cache)
    assert [p.name for p in (cache / "datasets").iterdir()] == [f"x{ending}"]
    assert not (cache / "evil.txt").exists() and not pathlib.Path("/tmp/evil.txt").exists()


def test_untar_gives_the_folder(source, cache):
    _tar(source / "x.tar.gz", {"x/a.txt": b"a"})
    path = utils.get_file("x", _uri(source, "x.tar.gz"), untar=True, cache_dir=cache)
    assert pathlib.Path(path) == cache / "datasets" / "x"
    assert (pathlib.Path(path) / "a.txt").read_bytes() == b"a"


def test_rows_of_an_hdf5_file(tmp_path):
    rows = np.arange(24.0).reshape(8, 3)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["rows"] = rows
        file["far"] = h5py.ExternalLink("other.h5", "rows")
    x = utils.HDF5Matrix(tmp_path / "a.h5", "rows", start=2, end=7, normalizer=lambda v: v / 2)
    wanted = rows[2:7] / 2
    assert (len(x), x.shape, x.ndim, x.size, x.dtype) == (5, (5, 3), 2, 15, np.float64)
    for key in (
        0,
        -1,
        slice(1, 4),
        slice(None, None, 2),
        slice(None, None, -1),
        [3, 0, 3],
        np.array([True] * 5),
    ):
        np.testing.assert_array_equal(x[key], wanted[key])
    np.testing.assert_array_equal(np.asarray(x), wanted)
    for key in (5, [9]):
        with pytest.raises(IndexError):
            x[key]
    for name in ("far", "nothing"):
        with pytest.raises(ValueError, match="holds no data set"):
            utils.HDF5Matrix(tmp_path / "a.h5", name)
    with pytest.raises(ValueError, match="don't fit 8 rows"):
        utils.HDF5Matrix(tmp_path / "a.h5", "rows", end=9)
