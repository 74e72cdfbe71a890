"""Small files in the forms of the real ones."""

import gzip
import io
import pathlib
import struct
import tarfile

import numpy as np


def small_mnist(path: pathlib.Path, seed: int = 0) -> pathlib.Path:
    random = np.random.default_rng(seed)
    np.savez(
        path,
        x_train=random.integers(0, 256, (12, 28, 28), np.uint8),
        y_train=random.integers(0, 10, 12, np.uint8),
        x_test=random.integers(0, 256, (5, 28, 28), np.uint8),
        y_test=random.integers(0, 10, 5, np.uint8),
    )
    return path


def small_fashion(folder: pathlib.Path) -> pathlib.Path:
    random = np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    for name, count in (("train", 12), ("t10k", 5)):
        for kind, shape in (("images-idx3", (count, 28, 28)), ("labels-idx1", (count,))):
            array = random.integers(0, 10, shape, np.uint8)
            with gzip.open(folder / f"{name}-{kind}-ubyte.gz", "wb") as file:
                file.write(
                    bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *shape) + array.tobytes()
                )
    return folder


def lists(random: np.random.Generator, count: int, longest: int = 12) -> np.ndarray:
    """Return an array of lists of different lengths, one of them empty."""
    rows = np.empty(count, object)
    for row in range(count):
        rows[row] = random.integers(1, 40, random.integers(1, longest) if row else 0).tolist()
    return rows


def small_imdb(path: pathlib.Path) -> pathlib.Path:
    random = np.random.default_rng(0)
    parts = {f"x_{split}": lists(random, count) for split, count in (("train", 20), ("test", 15))}
    labels = {f"y_{split}": random.integers(0, 2, len(parts[f"x_{split}"])) for split in ("train", "test")}
    np.savez(path, **parts, **labels)
    return path


def small_reuters(path: pathlib.Path) -> pathlib.Path:
    random = np.random.default_rng(0)
    np.savez(path, x=lists(random, 20), y=random.integers(0, 46, 20))
    return path


def batch_pickle(x: np.ndarray, labels: dict[str, list[int]]) -> bytes:
    """Return a batch of CIFAR as its authors pickled it, with Python 2 and an old NumPy."""

    def text(value: str) -> bytes:
        return b"U" + bytes([len(value)]) + value.encode()

    content = x.tobytes()
    parts = [b"\x80\x02}q\x01(", text("batch_label"), text("training batch 1 of 5")]
    for key, values in labels.items():
        parts += [text(key), b"](", *(b"K" + bytes([value]) for value in values), b"e"]
    parts += [
        text("data"),
        b"cnumpy.core.multiarray\n_reconstruct\nq\x06cnumpy\nndarray\nq\x07K\x00\x85U\x01b\x87Rq\x08(K\x01",
        b"J" + struct.pack("<i", x.shape[0]) + b"J" + struct.pack("<i", x.shape[1]) + b"\x86",
        b"cnumpy\ndtype\nq\tU\x02u1K\x00K\x01\x87Rq\n(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89",
        b"T" + struct.pack("<i", len(content)) + content,
        b"tbu.",
    ]
    return b"".join(parts)


def small_cifar(classes: int, count: int = 4) -> dict[str, bytes]:
    """Return the files of CIFAR-10 or CIFAR-100 by their paths in the archive."""
    random = np.random.default_rng(classes)
    if classes == 10:
        names = [f"cifar-10-batches-py/data_batch_{n}" for n in range(1, 6)] + [
            "cifar-10-batches-py/test_batch"
        ]
    else:
        names = ["cifar-100-python/train", "cifar-100-python/test"]
    content = {}
    for name in names:
        x = random.integers(0, 256, (count, 3072), np.uint8)
        if classes == 10:
            labels = {"labels": random.integers(0, 10, count).tolist()}
        else:
            labels = {
                "fine_labels": random.integers(0, 100, count).tolist(),
                "coarse_labels": random.integers(0, 20, count).tolist(),
            }
        content[name] = batch_pickle(x, labels)
    return content


def write_folder(folder: pathlib.Path, content: dict[str, bytes]) -> pathlib.Path:
    for name, data in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def write_tar(path: pathlib.Path, content: dict[str, bytes]) -> pathlib.Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in content.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path
