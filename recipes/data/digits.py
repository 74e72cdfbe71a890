"""Images of handwritten digits (or of clothes) for the image recipes, from wherever they can be had.

Every file is untrusted: sizes are checked before anything is allocated, nothing is unpickled.
"""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import math
import os
import struct
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from recipes.shared.program import RecipeError

SIZE = 28
CLASSES = 10
LOUD = (
    "NO MNIST HERE, AND NONE TO BE HAD: these are scikit-learn's 1,797 real handwritten digits of 8x8 "
    "pixels, enlarged to 28x28. What is learned from them is not the documented result: give mnist.npz with "
    "--data."
)
LIMIT = 1_000_000_000  # bytes of one array
DOWNLOAD = "https://storage.googleapis.com/cvdf-datasets/mnist/train-labels-idx1-ubyte.gz"
DOWNLOAD_SECONDS = 300


@dataclasses.dataclass(frozen=True)
class Images:
    """Labelled images, ``uint8`` of shape ``(n, 28, 28, 1)``, and where they are from."""

    name: str
    source: str
    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray
    embedded: bool = False

    def about(self) -> dict[str, Any]:
        """Return name, source and what tells these training images from others."""
        digest = hashlib.sha256(self.train.tobytes() + self.train_labels.tobytes()).hexdigest()
        return {"name": self.name, "source": self.source, "sha256": digest}

    def describe(self) -> str:
        return f"{self.name}, {len(self.train):,} training and {len(self.test):,} test images ({self.source})"


def load(path: str | None = None, download: bool = True) -> Images:
    """Return images from ``path``, else what this machine has, else the network, else scikit-learn's.

    Args:
        path: an ``.npz`` file as ``mnist.npz``, or a folder with the four idx files of (Fashion-)MNIST.
        download: whether tensorflow-datasets may fetch MNIST if the network answers.

    Raises:
        RecipeError: ``path`` is missing, damaged, or holds something else.
    """
    if path is not None:
        return _from_path(Path(path).expanduser())
    cached = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets" / "mnist.npz"
    for file, read in ((cached, _from_npz), (_prepared(), _from_tfds)):
        if file is not None and file.exists():
            try:
                return read(file)
            except RecipeError as error:
                print(f"passed over: {error}", flush=True)
    if download and network_answers():
        print("fetching MNIST with tensorflow-datasets (11 MB) ...", flush=True)
        folder = _download()
        if folder is not None:
            return _from_tfds(folder)
        print("the download did not succeed", flush=True)
    return embedded()


def _from_path(path: Path) -> Images:
    if not path.exists():
        raise RecipeError(f"--data {path} does not exist: check the path.")
    if path.is_file():
        return _from_npz(path)
    if (path / "mnist.npz").is_file():
        return _from_npz(path / "mnist.npz")
    return _from_idx(path)


def scaled(pixels: np.ndarray) -> np.ndarray:
    """Return pixels from 0 to 1."""
    return pixels.astype(np.float32) / 255.0


class Batches:
    """Batches of the training images in an order that only the seed and the step decide."""

    def __init__(self, images: np.ndarray, size: int, seed: int):
        self.images, self.size, self.seed = images, size, seed
        self.number = len(images) // size
        self._turn, self._order = -1, np.array([], np.int64)

    def __getitem__(self, number: int) -> np.ndarray:
        turn, place = divmod(number, self.number)
        if turn != self._turn:
            self._turn, self._order = (
                turn,
                np.random.default_rng([self.seed, turn]).permutation(len(self.images)),
            )
        return scaled(self.images[self._order[place * self.size : (place + 1) * self.size]])


# ------------------------------------------------------------------------------------------------- files


def _from_npz(path: Path) -> Images:
    arrays = read_npz(path, required=("x_train", "y_train"), optional=("x_test", "y_test"))
    return _checked(
        path, _name(path), *(arrays.get(key) for key in ("x_train", "y_train", "x_test", "y_test"))
    )


def read_npz(path: Path, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
    """Read named arrays of an ``.npz`` file; the sizes that it claims are checked first.

    Raises:
        RecipeError: it is no such file, is damaged, lacks an array, or is too large.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            missing = [key for key in required if key not in found]
            if missing:
                held = ", ".join(sorted(found)) or "nothing"
                raise RecipeError(
                    f"{path} lacks the array {missing[0]!r} (it holds {held}): give a file like mnist.npz."
                )
            arrays = {}
            for key in (key for key in (*required, *optional) if key in found):
                with archive.open(found[key]) as member:
                    _check_header(path, key, member, found[key].file_size)
                with archive.open(found[key]) as member:
                    arrays[key] = np.lib.format.read_array(member, allow_pickle=False)
            return arrays
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise RecipeError(f"{path} is damaged or no .npz file ({error}): fetch it anew.") from error


def _check_header(path: Path, key: str, member, size: int) -> None:
    version = np.lib.format.read_magic(member)
    reader = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}.get(version[0])
    if reader is None:
        raise ValueError(f"array {key!r} has format version {version}")
    shape, _, dtype = reader(member)
    if dtype.hasobject:
        raise RecipeError(
            f"{path}: array {key!r} holds pickled objects, which are never read: give plain numbers."
        )
    claimed = math.prod(shape) * dtype.itemsize
    if claimed > LIMIT:
        raise RecipeError(
            f"{path}: array {key!r} claims {claimed:,} bytes, more than {LIMIT:,}: give a smaller file."
        )
    if claimed > size:
        raise ValueError(f"array {key!r} claims {claimed:,} bytes and has {size:,}")


def _from_idx(folder: Path) -> Images:
    names = (
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    )
    arrays = []
    for name in names:
        file = next(
            (folder / f"{name}{end}" for end in (".gz", "") if (folder / f"{name}{end}").is_file()), None
        )
        if file is None:
            raise RecipeError(
                f"{folder} lacks {name}.gz: give a folder with the four idx files of MNIST or Fashion-MNIST, "
                "or an .npz file."
            )
        arrays.append(_read_idx(file, 3 if "idx3" in name else 1))
    return _checked(folder, _name(folder), *arrays)


def _read_idx(path: Path, rank: int) -> np.ndarray:
    try:
        with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
            content = file.read(LIMIT + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise RecipeError(f"{path} is damaged ({error}): fetch it anew.") from error
    start = 4 + 4 * rank
    if len(content) < start or content[:4] != bytes((0, 0, 8, rank)):
        raise RecipeError(f"{path} is no idx file of bytes with {rank} axes: fetch it anew.")
    shape = struct.unpack(f">{rank}I", content[4:start])
    if math.prod(shape) != len(content) - start:
        raise RecipeError(
            f"{path} is damaged: it claims shape {shape} and holds {len(content) - start:,} bytes."
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _name(path: Path) -> str:
    text = str(path).lower()
    if "fashion" in text:
        return "Fashion-MNIST"
    return "MNIST" if "mnist" in text else path.name


def _checked(path: Path, name: str, x, y, x_test, y_test) -> Images:
    """Check the arrays' shapes and values; without test images the last sixth is set aside."""
    x, y = _check_images(path, "training images", x), _check_labels(path, "training labels", y, len(x))
    if x_test is None or y_test is None:
        cut = len(x) * 5 // 6
        x, y, x_test, y_test = x[:cut], y[:cut], x[cut:], y[cut:]
    else:
        x_test = _check_images(path, "test images", x_test)
        y_test = _check_labels(path, "test labels", y_test, len(x_test))
    if len(x) < 100 or len(x_test) < 20:
        raise RecipeError(
            f"{path} holds {len(x)} training and {len(x_test)} test images: give 100 and 20 at least."
        )
    return Images(name, str(path), x, y, x_test, y_test)


def _check_images(path: Path, what: str, x: np.ndarray) -> np.ndarray:
    shape = x.shape[:-1] if x.ndim == 4 and x.shape[-1] == 1 else x.shape
    if len(shape) != 3 or shape[1:] != (SIZE, SIZE):
        raise RecipeError(
            f"{path}: the {what} have shape {x.shape}, not (count, 28, 28): the DCGAN draws 28x28 pixels."
        )
    if x.dtype != np.uint8:
        if (
            x.dtype.kind not in "iuf"
            or not np.isfinite(x).all()
            or x.size == 0
            or x.min() < 0
            or x.max() > 255
        ):
            raise RecipeError(
                f"{path}: the {what} ({x.dtype}) must be numbers from 0 to 255, or from 0 to 1."
            )
        scale = 255 if x.dtype.kind == "f" and x.max() <= 1 else 1
        x = np.rint(x * scale).astype(np.uint8)
    return np.ascontiguousarray(x.reshape(-1, SIZE, SIZE, 1))


def _check_labels(path: Path, what: str, y: np.ndarray, count: int) -> np.ndarray:
    if y.shape == (count, 1):
        y = y[:, 0]
    if y.shape != (count,) or y.dtype.kind not in "iu":
        raise RecipeError(f"{path}: the {what} have shape {y.shape} ({y.dtype}), not {count} whole numbers.")
    if count and not 0 <= y.min() <= y.max() < CLASSES:
        raise RecipeError(f"{path}: the {what} run from {y.min()} to {y.max()}, not within 0 to 9.")
    return y.astype(np.int64)


# ---------------------------------------------------------------------------------- tensorflow-datasets


def _prepared() -> Path | None:
    """Return the folder of the newest MNIST that tensorflow-datasets has prepared here."""
    root = Path(os.environ.get("TFDS_DATA_DIR") or Path.home() / "tensorflow_datasets")
    folders = [file.parent for file in root.glob("mnist/*/dataset_info.json")]
    return max(folders, key=lambda folder: folder.stat().st_mtime, default=None)


def _from_tfds(folder: Path) -> Images:
    try:
        import tensorflow_datasets as tfds

        builder = tfds.builder_from_directory(str(folder))
        arrays = []
        for split in ("train", "test"):
            rows = list(tfds.as_numpy(builder.as_dataset(split=split)))
            arrays += [np.stack([row["image"] for row in rows]), np.array([row["label"] for row in rows])]
    except Exception as error:  # anything may be wrong with files of another program's making
        raise RecipeError(f"{folder} can't be read by tensorflow-datasets ({error}): remove it.") from error
    return _checked(folder, "MNIST", *arrays)


def network_answers(url: str = DOWNLOAD, seconds: float = 2.5) -> bool:
    """Tell within ``seconds`` whether the server of the download answers.

    It is asked in a thread, because looking up a name has no time limit of its own.
    """
    answers: list[bool] = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=seconds) as reply:
                answers.append(reply.status == 200)
        except (OSError, ValueError):
            answers.append(False)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return answers == [True]


def _download() -> Path | None:
    """Let tensorflow-datasets prepare MNIST in a process that can be stopped: it retries for minutes."""
    command = "import tensorflow_datasets as tfds; tfds.builder('mnist').download_and_prepare()"
    try:
        subprocess.run(
            [sys.executable, "-c", command], capture_output=True, timeout=DOWNLOAD_SECONDS, check=True
        )
    except (subprocess.SubprocessError, OSError):
        return None
    return _prepared()


# ------------------------------------------------------------------------------------------ scikit-learn


def embedded() -> Images:
    """Return scikit-learn's 1,797 handwritten digits, enlarged from 8x8 to 20x20 and framed as MNIST's."""
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.zeros((len(digits.images), SIZE, SIZE, 1), np.uint8)
    for image, small in zip(images, digits.images):
        pixels = np.rint(small * (255 / 16)).astype(np.uint8)
        image[4:24, 4:24, 0] = np.asarray(Image.fromarray(pixels).resize((20, 20), Image.Resampling.BICUBIC))
    labels = digits.target.astype(np.int64)
    cut = 1500
    return Images(
        "scikit-learn's handwritten digits",
        "1,797 real digits of 8x8 pixels, enlarged",
        images[:cut],
        labels[:cut],
        images[cut:],
        labels[cut:],
        embedded=True,
    )
