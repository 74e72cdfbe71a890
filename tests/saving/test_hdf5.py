"""The reader of HDF5 files against h5py, over the forms in which the library writes them."""

import io

import h5py
import numpy as np
import pytest

from tfk_ext.saving import LoadError
from tfk_ext.saving.hdf5 import Group, open_hdf5


def _write(file, rng, track):
    file.attrs["text"] = "y" * 100_000 if file.libver[1] != "earliest" else "y" * 1000
    file.attrs["fixed"] = np.bytes_(b"tensorflow")
    file.attrs["number"], file.attrs["array"] = 3, np.arange(5.0)
    file.attrs["names"] = [b"abc", b"d"]
    file.attrs["texts"] = np.array(["abc", "dé"], dtype=object)
    if file.libver[0] == "latest":
        file.attrs["large"] = np.bytes_(b"z" * 200_000)
    layers = file.create_group("layers")
    for number in range(300):
        group = layers.create_group(f"layer_{number}", track_order=track)
        group.create_dataset("kernel:0", data=rng.normal(size=(number % 7 + 1, 3)).astype("f4"))
        for place in range(12 if number == 5 else 1):
            group.attrs[f"w{place}"] = np.array([b"kernel:0"])
    data = file.create_group("data")
    for code in ("f2", "f4", "f8", "i1", "u1", "i4", "i8", ">f4", ">i2", "?"):
        data.create_dataset(f"of {code}", data=(rng.normal(size=(5, 6, 7)) * 50).astype(code))
    data.create_dataset("scalar", data=np.float32(3))
    data.create_dataset("empty", shape=(0, 3), dtype="f4")
    data.create_dataset("never", shape=(5, 3), dtype="f4")
    data.create_dataset("filled", shape=(5, 3), dtype="f4", fillvalue=2.5)
    packed = {"compression": "gzip", "shuffle": True, "fletcher32": True}
    data.create_dataset("packed", data=rng.normal(size=(100, 30, 7)).astype("f4"), **packed)
    data.create_dataset(
        "one", data=rng.normal(size=(100, 30)).astype("f4"), compression="gzip", chunks=(100, 30)
    )
    data.create_dataset("pieces", data=rng.normal(size=(1000, 30)).astype("f4"), chunks=(7, 3))
    data.create_dataset(
        "rows", data=rng.normal(size=(1000, 30)).astype("f4"), chunks=(1, 3), compression="gzip"
    )
    data.create_dataset("part", shape=(100, 30), dtype="f8", chunks=(7, 3))[20:30, 4] = 3
    data.create_dataset("strings", data=np.array([b"ab", b"c"]))
    if file.libver[0] == "earliest":
        data.create_dataset("growing", data=np.arange(1000.0), maxshape=(None,))


def _compare(found, expected):
    assert set(found.children) == set(expected.keys())
    for name, value in expected.attrs.items():
        got, value = found.attribute(name), np.asarray(value)
        if isinstance(got, bytes):
            assert got.decode() == (value.item() if isinstance(value.item(), str) else value.item().decode())
        elif isinstance(got, list):
            texts = [x.decode() if isinstance(x, bytes) else x for x in value.reshape(-1).tolist()]
            assert [x.decode() for x in got] == texts
        else:
            np.testing.assert_array_equal(got, value)
    for name, value in expected.items():
        if isinstance(value, h5py.Group):
            assert isinstance(found.children[name], Group)
            _compare(found.children[name], value)
        else:
            got = found.children[name].read()
            np.testing.assert_array_equal(got, value[()])
            assert got.dtype == value.dtype.newbyteorder("=") and got.flags.writeable


@pytest.mark.slow
@pytest.mark.parametrize("track", [False, True], ids=["plain", "tracked"])
@pytest.mark.parametrize("libver", ["earliest", "latest", "v108", "v110"])
def test_it_reads_what_h5py_reads(libver, track, tmp_path, rng):
    path = tmp_path / "file.h5"
    with h5py.File(path, "w", libver=libver, track_order=track) as file:
        _write(file, rng, track)
    with open(path, "rb", buffering=0) as raw, h5py.File(path) as expected:
        _compare(open_hdf5(raw, "file.h5"), expected)
        _compare(open_hdf5(path.read_bytes(), "file.h5"), expected)


def test_a_user_block_stands_before_the_file(tmp_path):
    path = tmp_path / "file.h5"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["a"] = np.arange(3.0)
    assert open_hdf5(path.read_bytes(), "x").children["a"].read().tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("cut", [0, 8, 40, 96, 200, 500, 800, 1200, 2000])
def test_a_cut_file_is_refused(cut, tmp_path):
    file = io.BytesIO()
    with h5py.File(file, "w") as f:
        f["a/b"] = np.arange(300.0)
    with pytest.raises(LoadError):
        open_hdf5(file.getvalue()[:cut], "x")
