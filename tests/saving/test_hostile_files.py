"""Files that lie about themselves, or lead out of themselves: each is refused by a rule, on every path."""

import io
import json
import stat
import struct
import zipfile

import h5py
import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tests.saving import seeds
from tfk_ext.saving import Limits, LoadError
from tfk_ext.saving.reader import read_bytes


def _altered(change, **options):
    """Return a model file whose HDF5 tree was changed by ``change``."""
    file = io.BytesIO(seeds.h5_model(**options))
    with h5py.File(file, "r+") as f:
        change(f)
    return file.getvalue()


def _external_storage(f):
    f.create_dataset("out", (10,), "u1", external=[("/etc/passwd", 0, 10)])


def _virtual(f):
    layout = h5py.VirtualLayout((10,), "f4")
    layout[:] = h5py.VirtualSource("/tmp/other.h5", "data", (10,))
    f.create_virtual_dataset("virtual", layout)


def _references(f):
    f.create_dataset("refs", data=np.array([f["model_weights"].ref], dtype=h5py.ref_dtype))


def _reference_attribute(f):
    f.attrs["ref"] = f["model_weights"].ref


def _deep(f):
    group = f
    for _ in range(150):
        group = group.create_group("g")


def _never_written(f):
    f.create_dataset("huge", (1 << 20, 1 << 12), "f4")


def _packed(f):
    f.create_dataset("zeros", data=np.zeros(60_000_000, "u1"), chunks=(1_000_000,), compression="gzip")


def _many_layers(f):
    f["model_weights"].attrs["layer_names"] = [b"dense", b"dense"]


def _many_weights(f):
    f["model_weights/dense"].attrs["weight_names"] = [b"dense/bias:0", b"dense/bias:0"]


def _missing(f):
    del f["model_weights/dense/dense/bias:0"]


def _compound(f):
    f["model_weights"].create_dataset("c", data=np.zeros(3, [("a", "f4"), ("b", "i4")]))


HDF5 = {
    "external-link": lambda f: f.__setitem__("link", h5py.ExternalLink("/tmp/other.h5", "/")),
    "soft-link": lambda f: f.__setitem__("link", h5py.SoftLink("/model_weights")),
    "external-storage": _external_storage,
    "virtual-dataset": _virtual,
    "cycle": lambda f: f.__setitem__("model_weights/again", f["/"]),
    "nesting": _deep,
    "reference": _references,
    "reference ": _reference_attribute,
    "array-size": _never_written,
    "array-size ": _packed,
    "duplicate-name": _many_layers,
    "duplicate-name ": _many_weights,
    "missing-array": _missing,
    "type": _compound,
    "name": lambda f: f.create_group("model_weights/\x07bell"),
}


def _paths(tmp_path, data, suffix):
    path = tmp_path / f"model{suffix}"
    path.write_bytes(data)
    model = tf.keras.Sequential([tf.keras.Input((4,)), tfk_ext.Dense(3, name="dense")])
    yield lambda: tfk_ext.saving.load_model(path)
    yield lambda: tfk_ext.saving.load_weights(model, path)
    yield lambda: tfk_ext.saving.inspect(path)
    yield lambda: tfk_ext.saving.convert(path, tmp_path / "out.keras")


def _refused(tmp_path, data, suffix, rule):
    for call in _paths(tmp_path, data, suffix):
        with pytest.raises(LoadError) as caught:
            call()
        assert caught.value.rule == rule.strip(), str(caught.value)
        assert caught.value.path
    return caught.value


@pytest.mark.parametrize("rule", HDF5)
@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_hdf5(rule, libver, tmp_path):
    error = _refused(tmp_path, _altered(HDF5[rule], libver=libver), ".h5", rule)
    assert error.where


def test_the_place_is_named():
    with pytest.raises(LoadError, match=r"/model_weights/dense attribute|/model_weights/dense: ") as caught:
        read_bytes(_altered(_missing))
    assert caught.value.where == "/model_weights/dense"


def test_a_shape_that_claims_more_than_the_file(tmp_path):
    data = bytearray(seeds.h5_model())
    place = data.find(struct.pack("<QQ", 4, 3))
    assert place > 0
    data[place : place + 16] = struct.pack("<QQ", 1 << 20, 1 << 20)
    _refused(tmp_path, bytes(data), ".h5", "array-size")


def test_an_empty_array_with_huge_axes_is_refused(tmp_path):
    path = tmp_path / "empty.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"a"]
        group = file.create_group("a")
        group.attrs["weight_names"] = [b"w"]
        group.create_dataset("w", shape=(0, 2**31, 2**31), dtype="float64")
    _refused(tmp_path, path.read_bytes(), ".h5", "array-size")


def test_a_piece_that_unpacks_to_more_than_it_says():
    file = io.BytesIO()
    with h5py.File(file, "w") as f:
        f.attrs["layer_names"] = [b"a"]
        group = f.create_group("a")
        group.attrs["weight_names"] = [b"k"]
        made = group.create_dataset("k", (10,), "f4", chunks=(10,), compression="gzip")
        import zlib

        made.id.write_direct_chunk((0,), zlib.compress(b"\0" * 10_000_000))
    with read_bytes(file.getvalue()) as found, pytest.raises(LoadError) as caught:
        found.layers[0].weights[0].read()
    assert caught.value.rule == "bomb"


def test_limits_are_the_callers_to_set():
    data = _altered(_packed)
    with pytest.raises(LoadError):
        read_bytes(data)
    with read_bytes(data, limits=Limits(expansion=5000)) as file:
        assert file.layers[0].weights[1].read().tolist() == [1.0, 1.0, 1.0]


def _link(name, target):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


def _zip(add):
    file = io.BytesIO(seeds.archive())
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as z:
        add(z)
    return file.getvalue()


ZIPS = {
    "path-traversal": lambda z: z.writestr("../../tmp/evil", "x"),
    "path-traversal ": lambda z: z.writestr("/tmp/evil", "x"),
    "path-traversal  ": lambda z: z.writestr("assets/..\\..\\evil", "x"),
    "duplicate-name": lambda z: z.writestr("config.json", "{}"),
    "archive-link": lambda z: z.writestr(*_link("assets/link", "/etc/passwd")),
    "bomb": lambda z: z.writestr("assets/zeros", b"\0" * 60_000_000),
    "nested-archive": lambda z: z.writestr("assets/more.zip", seeds.archive()),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("rule", ZIPS)
def test_archives(rule, tmp_path):
    _refused(tmp_path, _zip(ZIPS[rule]), ".keras", rule)


def test_hostile_weights_inside_an_archive(tmp_path):
    weights = io.BytesIO()
    with h5py.File(weights, "w") as f:
        f["layers/dense/vars/0"] = h5py.ExternalLink("/tmp/other.h5", "/data")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as z:
        z.writestr("config.json", json.dumps(seeds.config_3()))
        z.writestr("metadata.json", "{}")
        z.writestr("model.weights.h5", weights.getvalue())
    _refused(tmp_path, file.getvalue(), ".keras", "external-link")


def _npz(name, header, data=b"", version=1):
    header = header.encode() + b"\n"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(name, b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(header)) + header + data)
    return file.getvalue()


NPZ = {
    "pickle": _npz("a.npy", "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"cos\nsystem\n."),
    "array-size": _npz(
        "a.npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }", b"\0" * 40
    ),
    "bomb": _npz(
        "a.npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (15000000,), }", b"\0" * 60_000_000
    ),
    "type": _npz("a.npy", "{'descr': __import__('os'), 'fortran_order': False, 'shape': (1,), }"),
}


@pytest.mark.parametrize("rule", NPZ)
def test_npz(rule, tmp_path):
    _refused(tmp_path, NPZ[rule], ".npz", rule)


TEXTS = {
    "nesting": "[" * 100_000,
    "nesting ": '{"class_name": "Sequential", "config": ' + "[" * 200 + "]" * 200 + "}",
    "duplicate-name": '{"class_name": "Sequential", "class_name": "Model", "config": []}',
    "json": '{"class_name": "Sequential", "config": [',
    "number": '{"class_name": "Sequential", "config": ' + "9" * 30 + "}",
    "format": '{"a": 1}',
    "format ": "[1, 2",
}


@pytest.mark.parametrize("rule", [r for r in TEXTS if r != "format "])
def test_json(rule, tmp_path):
    _refused_text(tmp_path, TEXTS[rule], rule)


def _refused_text(tmp_path, text, rule):
    path = tmp_path / "model.json"
    path.write_text(text)
    for call in (tfk_ext.saving.load_model, tfk_ext.saving.inspect, tfk_ext.saving.convert):
        with pytest.raises(LoadError) as caught:
            call(path)
        assert caught.value.rule == rule.strip(), str(caught.value)
    with pytest.raises(LoadError):
        tfk_ext.saving.model_from_json(text)


def test_what_is_no_model_file(tmp_path):
    for data, rule in (
        (b"", "format"),
        (b"\x80\x04\x95pickle", "pickle"),
        (b"\x1f\x8b\x08gzip", "format"),
        (b"PK\x03\x04cut", "damaged"),
        (seeds.h5_model()[:900], "truncated"),
        (b"\x89HDF\r\n\x1a\n", "damaged"),
        (b"\x00\x01\x02" * 100, "format"),
    ):
        _refused(tmp_path, data, ".h5", rule)
    with pytest.raises(FileNotFoundError):
        tfk_ext.saving.load_model(tmp_path / "nothing.h5")


def test_saved_models_are_told_apart(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"x")
    with pytest.raises(LoadError, match="SavedModel") as caught:
        tfk_ext.saving.load_model(tmp_path)
    assert caught.value.rule == "saved-model"
