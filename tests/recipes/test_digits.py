"""Where images are from, and what a bad file gets."""

import io
import struct
import sys
import time
import zipfile

import numpy as np
import pytest
import tensorflow as tf

from recipes.data import digits
from recipes.shared.program import RecipeError
from tests.recipes import samples


@pytest.fixture(autouse=True)
def empty_home(tmp_path, monkeypatch):
    """A machine with no data set, and with a network that must not be asked."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))

    def refuse(*args, **kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(digits.urllib.request, "urlopen", refuse)


def check(images: digits.Images) -> None:
    expected = samples.arrays()
    assert images.train.dtype == np.uint8
    assert images.train.shape == (120, 28, 28, 1)
    np.testing.assert_array_equal(images.train[..., 0], expected["x_train"])
    np.testing.assert_array_equal(images.train_labels, expected["y_train"])
    np.testing.assert_array_equal(images.test[..., 0], expected["x_test"])
    np.testing.assert_array_equal(images.test_labels, expected["y_test"])


def test_npz(tmp_path):
    check(digits.load(str(samples.npz(tmp_path / "mnist.npz"))))
    check(digits.load(str(tmp_path)))  # a folder that holds it


@pytest.mark.parametrize("packed", [True, False])
def test_idx_folder(tmp_path, packed):
    images = digits.load(str(samples.idx(tmp_path / "fashion-mnist", packed)))
    check(images)
    assert images.name == "Fashion-MNIST"


def test_floats_from_0_to_1_and_a_channel_axis_are_taken(tmp_path):
    data = samples.arrays()
    scaled = (data["x_train"] / 255).astype(np.float32)[..., None]
    images = digits.load(str(samples.npz(tmp_path / "a.npz", x_train=scaled)))
    np.testing.assert_array_equal(images.train[..., 0], data["x_train"])


def test_without_test_images_a_sixth_is_held_out(tmp_path):
    data = samples.arrays(150)
    path = samples.npz(tmp_path / "a.npz", **data | {"x_test": None, "y_test": None})
    images = digits.load(str(path))
    assert len(images.train) == 125
    np.testing.assert_array_equal(images.test_labels, data["y_train"][125:])


def rewritten(path, key, header=None, cut=None):
    """Write an npz whose member ``key`` has another header, or is cut short."""
    samples.npz(path)
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    content = members[f"{key}.npy"]
    if header is not None:
        buffer = io.BytesIO()
        np.lib.format.write_array_header_1_0(buffer, header)
        content = buffer.getvalue() + content[128:]
    members[f"{key}.npy"] = content[:cut]
    with zipfile.ZipFile(path, "w") as new:
        for name, value in members.items():
            new.writestr(name, value)
    return path


def broken(path):
    samples.npz(path)
    content = bytearray(path.read_bytes())
    content[300:340] = b"\0" * 40
    path.write_bytes(content)
    return path


def other(path, content):
    path.write_bytes(content)
    return path


WRONG = {
    "missing": (lambda p: p, "does not exist"),
    "empty file": (lambda p: other(p, b""), "damaged or no .npz"),
    "text": (lambda p: other(p, b"hello\n" * 50), "damaged or no .npz"),
    "cut short": (lambda p: other(p, samples.npz(p).read_bytes()[:-200]), "damaged or no .npz"),
    "flipped bytes": (broken, "damaged or no .npz"),
    "array cut short": (lambda p: rewritten(p, "y_train", cut=100), "damaged"),
    "pickled": (lambda p: samples.npz(p, x_train=np.array([{}, None], dtype=object)), "pickled"),
    "lacks y_train": (lambda p: samples.npz(p, y_train=None), "lacks the array 'y_train'"),
    "other size": (lambda p: samples.npz(p, x_train=np.zeros((120, 32, 32), np.uint8)), "28x28"),
    "colour": (lambda p: samples.npz(p, x_train=np.zeros((120, 28, 28, 3), np.uint8)), "28x28"),
    "not a number": (lambda p: samples.npz(p, x_train=np.full((120, 28, 28), np.nan)), "from 0 to 255"),
    "negative": (lambda p: samples.npz(p, x_train=np.full((120, 28, 28), -1)), "from 0 to 255"),
    "texts": (lambda p: samples.npz(p, x_train=np.full((120, 28, 28), "a")), "from 0 to 255"),
    "labels too few": (lambda p: samples.npz(p, y_train=np.zeros(7, np.uint8)), "training labels have shape"),
    "labels too high": (lambda p: samples.npz(p, y_train=np.full(120, 10)), "from 10 to 10"),
    "no images": (lambda p: samples.npz(p, **samples.arrays(0)), "give 100 and 20"),
    "few images": (lambda p: samples.npz(p, **samples.arrays(99)), "give 100 and 20"),
    "claims too much": (
        lambda p: rewritten(p, "x_train", {"descr": "|u1", "fortran_order": False, "shape": (10**7, 28, 28)}),
        "claims 7,840,000,000 bytes",
    ),
    "claims more than it has": (
        lambda p: rewritten(p, "x_train", {"descr": "|u1", "fortran_order": False, "shape": (10**6, 28, 28)}),
        "claims 784,000,000 bytes and has",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_gets_one_sentence(tmp_path, case):
    make, words = WRONG[case]
    path = make(tmp_path / "x.npz")
    with pytest.raises(RecipeError) as caught:
        digits.load(str(path))
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert ":" in str(caught.value)  # what is wrong, then what to do


def test_a_wrong_idx_folder_gets_one_sentence(tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    with pytest.raises(RecipeError, match="lacks train-images-idx3-ubyte.gz"):
        digits.load(str(folder))
    folder = samples.idx(tmp_path / "idx")
    good = (folder / "train-images-idx3-ubyte.gz").read_bytes()
    for content, words in (
        (good[:500], "damaged"),
        (b"plain", "damaged"),
        ((folder / "train-labels-idx1-ubyte.gz").read_bytes(), "no idx file"),
    ):
        (folder / "train-images-idx3-ubyte.gz").write_bytes(content)
        with pytest.raises(RecipeError, match=words):
            digits.load(str(folder))
    folder = samples.idx(tmp_path / "plain", packed=False)
    images = folder / "train-images-idx3-ubyte"
    images.write_bytes(images.read_bytes()[:4] + struct.pack(">3I", 2**31, 28, 28) + b"123")
    with pytest.raises(RecipeError, match="claims shape"):
        digits.load(str(folder))


def test_keras_cache_comes_first_and_a_damaged_one_is_passed_over(tmp_path, capsys, monkeypatch):
    folder = tmp_path / "keras" / "datasets"
    folder.mkdir(parents=True)
    check(digits.load(str(samples.npz(folder / "mnist.npz"))))
    check(digits.load())
    (folder / "mnist.npz").write_bytes(b"?")
    monkeypatch.setattr(digits, "network_answers", lambda: False)
    assert digits.load().embedded
    assert "passed over" in capsys.readouterr().out


def test_embedded_digits_are_real_and_look_like_mnist():
    images = digits.load(download=False)
    assert images.embedded
    assert len(images.train) + len(images.test) == 1797
    assert images.train.shape[1:] == (28, 28, 1)
    assert images.train.max() == 255
    assert not images.train[:, :4].any()  # the frame
    assert set(images.train_labels) == set(images.test_labels) == set(range(10))


@pytest.mark.parametrize("how", ["hangs", "refuses", "fails", "answers"])
def test_no_network_is_noticed_in_seconds(monkeypatch, how):
    class Reply:
        status = 200 if how == "answers" else 503
        __enter__ = lambda self: self  # noqa: E731
        __exit__ = lambda *details: None  # noqa: E731

    def urlopen(*args, **kwargs):
        if how == "hangs":
            time.sleep(30)  # as the look-up of a name may
        if how == "fails":
            raise OSError("unreachable")
        return Reply()

    monkeypatch.setattr(digits.urllib.request, "urlopen", urlopen)
    began = time.monotonic()
    assert digits.network_answers(seconds=0.5) is (how == "answers")
    assert time.monotonic() - began < 5  # not a speed test: the hanging look-up would take 30


def test_a_download_that_fails_ends_at_the_embedded_digits(monkeypatch, capsys):
    monkeypatch.setattr(digits, "network_answers", lambda: True)
    monkeypatch.setattr(digits.sys, "executable", "/bin/false")
    assert digits.load().embedded
    assert "did not succeed" in capsys.readouterr().out


@pytest.mark.slow
def test_what_tensorflow_datasets_has_prepared_is_read(tmp_path, capsys):
    tfds = pytest.importorskip("tensorflow_datasets")
    data = samples.arrays()
    rows = {
        name: tf.data.Dataset.from_tensor_slices(
            {"image": data[f"x_{name}"][..., None], "label": data[f"y_{name}"].astype(np.int64)}
        )
        for name in ("train", "test")
    }
    features = {
        "image": tfds.features.Image(shape=(28, 28, 1)),
        "label": tfds.features.ClassLabel(num_classes=10),
    }
    tfds.dataset_builders.store_as_tfds_dataset(
        name="mnist",
        version="3.0.1",
        features=tfds.features.FeaturesDict(features),
        split_datasets=rows,
        data_dir=str(tmp_path / "tfds"),
        disable_shuffling=True,
    )
    images = digits.load()
    assert images.name == "MNIST" and not images.embedded
    # tensorflow-datasets may keep the rows in another order.
    assert sorted(images.train_labels) == sorted(data["y_train"])
    assert {x.tobytes() for x in images.train} == {x.tobytes() for x in data["x_train"]}


def test_digits_need_no_tensorflow():
    import subprocess

    command = "import sys, recipes.data.digits; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0
