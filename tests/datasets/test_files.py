"""Untrusted files: what is damaged, hostile or too large is refused with a message, and nothing is run."""

import gzip
import io
import json
import os
import pickle
import struct
import tarfile
import zipfile

import numpy as np
import pytest

from tfk_ext.datasets import files
from tfk_ext.datasets.files import DamagedFileError
from tfk_ext.preprocessing.unpickling import UnsafePickleError

LISTS = np.empty(3, object)
LISTS[:] = [[1, 2, 3], [], [70000, 5]]


class Call:
    def __init__(self, *how):
        self.how = how

    def __reduce__(self):
        return self.how[0], self.how[1:]


def npz(path, **arrays):
    np.savez(path, **arrays)
    return path


def raw_npz(path, content, name="x.npy"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return path


def npy(array=None, header=None, body=b""):
    """Return the bytes of an .npy file, or one with a header that says anything."""
    stream = io.BytesIO()
    if header is None:
        np.lib.format.write_array(stream, array)
    else:
        np.lib.format.write_array_header_1_0(stream, header)
        stream.write(body)
    return stream.getvalue()


def test_arrays(tmp_path):
    arrays = {
        "x": np.arange(6, dtype=">i4").reshape(2, 3),
        "y": np.asfortranarray(np.ones((2, 2))),
        "z": np.array(3, np.uint8),
        "e": np.zeros((0, 4), "float16"),
    }
    found = files.read_npz(npz(tmp_path / "a.npz", **arrays), ("z", "x", "y", "e"))
    assert list(found) == ["z", "x", "y", "e"]
    for name, array in found.items():
        np.testing.assert_array_equal(array, arrays[name])
        assert array.dtype == arrays[name].dtype
        array[...] = 0  # writeable


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("core", [b"numpy.core.multiarray", b"numpy._core.multiarray"])
def test_lists_of_any_numpy(tmp_path, protocol, core):
    """Keras's files were written by an old NumPy, which had its modules elsewhere."""
    data = pickle.dumps(LISTS, protocol)
    if protocol < 4:
        data = data.replace(b"cnumpy._core.multiarray", b"c" + core).replace(
            b"cnumpy.core.multiarray", b"c" + core
        )
        assert core in data
    header = {"descr": "|O", "fortran_order": False, "shape": (3,)}
    path = raw_npz(tmp_path / "a.npz", npy(header=header, body=data))
    found = files.read_npz(path, ["x"], lists=["x"])["x"]
    assert found.tolist() == LISTS.tolist()
    rows = np.empty(3000, object)
    rows[:] = [[-1, 0, 255, 65535, 65536, 2**31, -(2**40), 2**62, row] * (row % 9) for row in range(3000)]
    path = raw_npz(
        tmp_path / "b.npz", npy(header={**header, "shape": (3000,)}, body=pickle.dumps(rows, protocol))
    )
    assert files.read_npz(path, ["x"], lists=["x"])["x"].tolist() == rows.tolist()


def dump(items):
    array = np.empty(len(items), object)
    array[:] = items
    return pickle.dumps(array)


def bad_npz():
    header = {"descr": "|O", "fortran_order": False, "shape": (3,)}
    floats = {"descr": "<f8", "fortran_order": False}
    many = np.empty(1, object)
    yield "missing", lambda p: npz(p, y=LISTS), "lacks the array 'x': it holds y"
    yield "no zip", lambda p: (p.write_bytes(b"PK no"), p)[1], "damaged or no .npz file"
    yield "empty", lambda p: (p.write_bytes(b""), p)[1], "damaged or no .npz file"
    yield "no npy", lambda p: raw_npz(p, b"hello"), "damaged"
    yield "version", lambda p: raw_npz(p, b"\x93NUMPY\x03\x00" + b" " * 90), "format version 3"
    yield "header", lambda p: raw_npz(p, b"\x93NUMPY\x01\x00\x10\x00__import__('os')\n"), "damaged"
    yield "claims", lambda p: raw_npz(p, npy(header={**floats, "shape": (10**12,)})), "claims shape"
    yield "negative", lambda p: raw_npz(p, npy(header={**floats, "shape": (-4,)})), "claims shape|damaged"
    yield "text", lambda p: npz(p, x=np.array(["a"])), "is of type <U1, not of numbers"
    yield "fields", lambda p: npz(p, x=np.zeros(2, "i4,f8")), "not of numbers"
    yield "strings", lambda p: npz(p, x=np.array(["a", "b"], object)), "holds something else than lists"
    many[0] = {"a": 1}
    yield "dictionary", lambda p: npz(p, x=many.copy()), "holds something else than lists"
    yield "bare integers", lambda p: raw_npz(p, npy(header=header, body=dump([1, 2, 3]))), "holds int where"
    yield "two axes", lambda p: npz(p, x=np.array([[1, 2]], object)), "is no array of lists"
    yield "a list", lambda p: raw_npz(p, npy(header=header, body=pickle.dumps([1]))), "is no array of lists"
    yield "other shape", lambda p: raw_npz(p, npy(header=header, body=pickle.dumps(LISTS[:2]))), "no array of"
    # Each would end the process in Python's own unpickler: the stack overflows in a deep tuple's hash.
    deep = b"\x80\x02})" + b"\x85" * 3_000_000 + b"K\x01s."
    yield "a deep key", lambda p: raw_npz(p, npy(header=header, body=deep)), "something else than lists"
    yield (
        "deep tuples",
        lambda p: raw_npz(p, npy(header=header, body=deep.replace(b"}", b""))),
        "something else",
    )
    # And this would fill 34 GB of memory.
    yield "a slot", lambda p: raw_npz(p, npy(header=header, body=b"\x80\x02]r\xff\xff\xff\x7f.")), "damaged"
    yield (
        "a cycle",
        lambda p: raw_npz(p, npy(header=header, body=b"\x80\x02]q\x01h\x01a.")),
        "no array of lists",
    )
    yield "no pickle", lambda p: raw_npz(p, npy(header=header, body=b"junk")), "damaged"
    yield "cut pickle", lambda p: raw_npz(p, npy(header=header, body=pickle.dumps(LISTS)[:-9])), "damaged"


@pytest.mark.parametrize(
    ("name", "make", "message"), list(bad_npz()), ids=lambda v: v if isinstance(v, str) else ""
)
def test_bad_npz(tmp_path, name, make, message):
    with pytest.raises(ValueError, match=message) as caught:
        files.read_npz(make(tmp_path / "bad.npz"), ["x"], lists=["x"])
    assert "bad.npz" in str(caught.value)


def test_pickles_where_numbers_belong(tmp_path):
    with pytest.raises(DamagedFileError, match="holds pickled objects where numbers belong"):
        files.read_npz(npz(tmp_path / "a.npz", x=LISTS), ["x"])


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LIMIT", 1_000_000)
    path = raw_npz(tmp_path / "bomb.npz", npy(np.zeros(300_000)))
    assert path.stat().st_size < 10_000
    with pytest.raises(DamagedFileError, match="claims 2,400,128 bytes, more than 1,000,000"):
        files.read_npz(path, ["x"])


def array_pickle(state, dtype=("u1", False, True), core="numpy.core.multiarray"):
    """Return a pickle that makes an array of any state, as only a hostile one would."""

    stream = io.BytesIO()

    class Pickler(pickle._Pickler):
        def named(self, module, name):
            self.write(f"c{module}\n{name}\n".encode())

    pickler = Pickler(stream, 2)
    pickler.write(b"\x80\x02")
    pickler.named(core, "_reconstruct")
    pickler.named("numpy", "ndarray")
    pickler.write(b"K\x00\x85U\x01b\x87R(")
    pickler.save(1)
    pickler.save(state[0])
    pickler.named("numpy", "dtype")
    pickler.save(dtype)
    pickler.write(b"R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb")
    pickler.save(False)
    pickler.save(state[1])
    pickler.write(b"tb.")
    return stream.getvalue()


def test_array_pickle_of_the_test_is_a_real_one():
    np.testing.assert_array_equal(
        pickle.loads(array_pickle(((2,), b"ab"), core=np.ndarray.__reduce__(np.zeros(1))[0].__module__)),
        [97, 98],
    )


@pytest.mark.parametrize(
    ("state", "dtype", "message"),
    [
        (((2,), b"abc"), ("u1", 0, 1), "holds another number of bytes"),
        (((10**13,), b"abc"), ("u1", 0, 1), "claims 10,000,000,000,000 bytes"),
        (((10**5, 10**9), []), ("O8", 0, 1), "claims"),
        (((-1,), b""), ("u1", 0, 1), r"has shape \(-1,\)"),
        (((1.5,), b""), ("u1", 0, 1), "has shape"),
        (("x", b""), ("u1", 0, 1), "description is damaged"),
        (((2,), [1]), ("O8", 0, 1), "an array of lists is damaged"),
        (((1,), b"a"), ("V1", 0, 1), "type 'V1' is neither numbers nor lists"),
        (((1,), b"a"), (["a"], 0, 1), "is neither numbers nor lists"),
        (((1,), b"a"), ("O", 0, 1), "is neither numbers nor lists"),
    ],
)
def test_hostile_descriptions_of_arrays(state, dtype, message):
    """NumPy's own code for pickled arrays never sees them."""
    data = array_pickle(state, dtype)
    with pytest.raises(UnsafePickleError, match=message):
        files.read_arrays_pickle("the batch", b"\x80\x02}U\x01a" + data[2:-1] + b"s.")


@pytest.mark.parametrize("form", ["npz", "batch"])
@pytest.mark.parametrize("call", ["system", "eval", "numpy"])
def test_nothing_in_a_pickle_is_run(tmp_path, form, call):
    mark = tmp_path / "mark"
    gadget = {
        "system": Call(os.system, f"touch {mark}"),
        "eval": Call(eval, f"open({str(mark)!r}, 'w')"),
        "numpy": Call(np.load, str(mark)),
    }[call]
    if form == "npz":
        array = np.empty(1, object)
        array[0] = gadget
        path = npz(tmp_path / "a.npz", x=array)
        with pytest.raises(UnsafePickleError, match=r"a\.npz: array 'x' .* holds something else than lists"):
            files.read_npz(path, ["x"], lists=["x"])
    else:
        with pytest.raises(UnsafePickleError, match="the batch names .* nothing was run"):
            files.read_arrays_pickle("the batch", pickle.dumps({"data": gadget}))
    assert not mark.exists()


def idx(array):
    return bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_idx(tmp_path, ending):
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    path = tmp_path / f"images-idx3-ubyte{ending}"
    opened = gzip.open if ending else open
    with opened(path, "wb") as file:
        file.write(idx(array))
    np.testing.assert_array_equal(files.read_idx(path, 3), array)
    with pytest.raises(DamagedFileError, match="no idx file of bytes with 1 axes"):
        files.read_idx(path, 1)
    for content, message in (
        (idx(array)[:-1], "claims shape"),
        (idx(array) + b"x", "claims shape"),
        (idx(array)[:9], "no idx file"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "claims 79"),
    ):
        with opened(path, "wb") as file:
            file.write(content)
        with pytest.raises(DamagedFileError, match=message):
            files.read_idx(path, 3)
    path.write_bytes(b"\x1f\x8b no gzip")
    with pytest.raises(DamagedFileError):
        files.read_idx(path, 3)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"a": "b"}', '{"a": 1.5}', '{"a": true}', "\xff", "[" * 100_000]
)
def test_bad_word_index(tmp_path, content, monkeypatch):
    path = tmp_path / "words.json"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(DamagedFileError, match=r"words\.json is"):
        files.read_word_index(path)
    path.write_text(json.dumps({"a": 1, "é": 2}))
    assert files.read_word_index(path) == {"a": 1, "é": 2}
    monkeypatch.setattr(files, "JSON_LIMIT", 10)
    with pytest.raises(DamagedFileError, match="larger than 10 bytes"):
        files.read_word_index(path)


def tar(path, members, mode="w:gz"):
    """Write an archive of (name, content) pairs; type and target in place of the content make a link."""
    with tarfile.open(path, mode) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                info.type, info.linkname = content
                archive.addfile(info)
    return path


def test_files_of_an_archive(tmp_path):
    path = tar(tmp_path / "a.tar.gz", [("d/x", b"one"), ("./d/y", b"two"), ("../d/x", b"evil"), ("d/z", b"")])
    assert files.read_tar(path, ["d/x", "d/y"]) == {"d/x": b"one", "d/y": b"two"}
    assert os.listdir(tmp_path) == ["a.tar.gz"] or sorted(os.listdir(tmp_path)) == ["a.tar.gz", "keras"]
    with pytest.raises(DamagedFileError, match="lacks d/q"):
        files.read_tar(path, ["d/x", "d/q"])
    tar(path, [("d/x", (tarfile.SYMTYPE, "/etc/passwd"))])
    with pytest.raises(DamagedFileError, match="lacks d/x"):
        files.read_tar(path, ["d/x"])
    tar(path, [("big", bytes(5_000_000)), ("d/x", b"one")])
    assert path.stat().st_size < 20_000
    with pytest.raises(DamagedFileError, match="unpacks to more than is allowed"):
        files.read_tar(path, ["d/x"], limit=1_000_000)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(DamagedFileError, match="damaged or no tar archive"):
        files.read_tar(path, ["d/x"])
    path.write_bytes(b"no archive")
    with pytest.raises(DamagedFileError, match="damaged or no tar archive"):
        files.read_tar(path, ["d/x"])


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_unpacking(tmp_path, mode):
    path = tar(tmp_path / "a.tar", [("d", (tarfile.DIRTYPE, "")), ("d/x", b"one"), ("e/f/y", b"two")], mode)
    folder = files.extract_tar(path, tmp_path / "new" / "out")
    assert (folder / "d" / "x").read_bytes() == b"one"
    assert (folder / "e" / "f" / "y").read_bytes() == b"two"
    path.unlink()
    assert files.extract_tar(path, folder) == folder  # done already
    assert os.listdir(tmp_path / "new") == ["out"]


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (("../evil", b"x"), "leads out of the folder"),
        (("a/../../evil", b"x"), "leads out of the folder"),
        (("/tmp/evil", b"x"), "leads out of the folder"),
        (("..\\evil", b"x"), "leads out of the folder"),
        (("C:/evil", b"x"), "leads out of the folder"),
        (("link", (tarfile.SYMTYPE, "/etc")), "neither a file nor a folder"),
        (("link", (tarfile.LNKTYPE, "../x")), "neither a file nor a folder"),
        (("device", (tarfile.CHRTYPE, "")), "neither a file nor a folder"),
        (("pipe", (tarfile.FIFOTYPE, "")), "neither a file nor a folder"),
        (("big", bytes(3000)), "more than is allowed"),
    ],
)
def test_what_is_not_unpacked(tmp_path, member, message):
    path = tar(tmp_path / "a.tar.gz", [("fine", b"x"), member])
    with pytest.raises(DamagedFileError, match=message):
        files.extract_tar(path, tmp_path / "deep" / "out", limit=2000)
    assert os.listdir(tmp_path / "deep") == []
    many = tar(tmp_path / "many.tar.gz", [(str(n), b"") for n in range(20)])
    with pytest.raises(DamagedFileError, match="more than is allowed"):
        files.extract_tar(many, tmp_path / "deep" / "out", members=10)
    many.write_bytes(many.read_bytes()[:-40])
    with pytest.raises(DamagedFileError, match="damaged"):
        files.extract_tar(many, tmp_path / "deep" / "out")
    assert os.listdir(tmp_path / "deep") == []
