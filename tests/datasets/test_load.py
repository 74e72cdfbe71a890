"""What load_data gives is what Keras gives from the same file: the split, the order, the numbers."""

import itertools
import json
import pickle

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data import real
from tests.datasets import small
from tfk_ext.datasets import boston_housing, cifar10, cifar100, fashion_mnist, imdb, mnist, reuters

KERAS = tf.keras.datasets


def flat(data):
    return list(itertools.chain.from_iterable(data))


def assert_same(mine, keras):
    for one, other in zip(flat(mine), flat(keras)):
        assert one.dtype == other.dtype or not other.size
        if one.dtype == object:
            # Keras gives a matrix where all texts happen to be of one length.
            assert one.tolist() == [list(row) for row in other]
            assert all(type(row) is list for row in one)
        else:
            np.testing.assert_array_equal(one, other)


def test_mnist(tmp_path, keras_reads):
    path = small.small_mnist(tmp_path / "mnist.npz")
    data = mnist.load_data(path)
    assert_same(data, keras_reads(KERAS.mnist.load_data, tmp_path)())
    for split, (x, y) in zip(("train", "test"), data):
        dataset = mnist.load_dataset(split, path)
        assert dataset.element_spec == (tf.TensorSpec((28, 28), tf.uint8), tf.TensorSpec((), tf.uint8))
        pictures, labels = zip(*dataset.as_numpy_iterator())
        np.testing.assert_array_equal(pictures, x)
        np.testing.assert_array_equal(labels, y)
    with pytest.raises(ValueError, match="mnist.load_dataset: split must be one of 'train', 'test'"):
        mnist.load_dataset("validation", path)


def test_fashion_mnist(tmp_path, keras_home, keras_reads):
    folder = small.small_fashion(keras_home / "datasets" / "fashion-mnist")
    expected = keras_reads(KERAS.fashion_mnist.load_data, folder)()
    assert_same(fashion_mnist.load_data(), expected)
    assert_same(fashion_mnist.load_data(folder), expected)
    np.savez(
        tmp_path / "fashion.npz",
        **dict(zip(("x_train", "y_train", "x_test", "y_test"), flat(expected))),
    )
    assert_same(fashion_mnist.load_data(tmp_path / "fashion.npz"), expected)
    assert len(list(fashion_mnist.load_dataset("test"))) == 5
    assert len(fashion_mnist.CLASS_NAMES) == 10
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(ValueError, match=r"fashion-mnist lacks t10k-labels-idx1-ubyte\.gz"):
        fashion_mnist.load_data(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x_train": np.zeros((12, 28, 27), np.uint8)}, "the train pictures are uint8 of shape"),
        ({"x_test": np.zeros((5, 28, 28))}, "the test pictures are float64"),
        (
            {"y_train": np.zeros(11, np.uint8)},
            r"the train labels are uint8 of shape \(11,\), not 12 integers",
        ),
        ({"y_test": np.full(5, 10)}, "the test labels run from 10 to 10"),
        ({"y_test": np.full(5, -1)}, "the test labels run from -1"),
    ],
)
def test_pictures_of_another_kind(tmp_path, change, message):
    arrays = dict(np.load(small.small_mnist(tmp_path / "a.npz")))
    np.savez(tmp_path / "b.npz", **{**arrays, **change})
    with pytest.raises(ValueError, match=message):
        mnist.load_data(tmp_path / "b.npz")


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(
    "form", ["archive", "folder", "outer folder", "cache of Keras 2", "cache of Keras 3"]
)
def test_cifar10(tmp_path, keras_home, form, data_format):
    """Keras wants 50,000 pictures in this one: the formula is held against the bytes themselves."""
    tf.keras.config.set_image_data_format(data_format)
    content = small.small_cifar(10)
    place = {"cache of Keras 2": "", "cache of Keras 3": "cifar-10-batches-py-target"}.get(form)
    if place is not None:
        path = None
        small.write_folder(keras_home / "datasets" / place, content)
    elif form == "archive":
        path = small.write_tar(tmp_path / "a.tar.gz", content)
    else:
        path = small.write_folder(tmp_path / "d", content) / (
            "cifar-10-batches-py" if form == "folder" else ""
        )
    (x_train, y_train), (x_test, y_test) = cifar10.load_data(path)
    assert x_train.shape == ((20, 32, 32, 3) if data_format == "channels_last" else (20, 3, 32, 32))
    assert (y_train.shape, y_test.shape) == ((20, 1), (4, 1))
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype("uint8")}
    batches = [pickle.loads(data, encoding="bytes") for data in content.values()]
    planes = np.concatenate([batch[b"data"] for batch in batches]).reshape(-1, 3, 32, 32)
    found = np.concatenate([x_train, x_test])
    np.testing.assert_array_equal(
        found if data_format == "channels_first" else found.transpose(0, 3, 1, 2), planes
    )
    labels = np.concatenate([batch[b"labels"] for batch in batches])
    np.testing.assert_array_equal(np.concatenate([y_train, y_test])[:, 0], labels)
    pictures, labels = next(iter(cifar10.load_dataset("test", path).batch(9)))
    np.testing.assert_array_equal(pictures, x_test)
    np.testing.assert_array_equal(labels, y_test)


@pytest.mark.parametrize("label_mode", ["fine", "coarse"])
def test_cifar100(tmp_path, keras_reads, label_mode):
    folder = small.write_folder(tmp_path / "cifar-100-python-target", small.small_cifar(100))
    keras = keras_reads(KERAS.cifar100.load_data, tmp_path)(label_mode)
    mine = cifar100.load_data(label_mode, folder)
    for one, other in zip(flat(mine), flat(keras)):
        np.testing.assert_array_equal(one, other)
        assert one.shape == other.shape
    assert len(list(cifar100.load_dataset("train", label_mode, folder))) == 4
    with pytest.raises(ValueError, match="label_mode must be one of 'fine', 'coarse', got 'middle'"):
        cifar100.load_data("middle")


def test_damaged_batches(tmp_path):
    content = small.small_cifar(10)
    first, second = list(content)[:2]
    cases = [
        ({first: b"junk"}, ValueError, "data_batch_1 is damaged"),
        ({first: content[first][:-50]}, ValueError, "data_batch_1 is damaged"),
        ({first: pickle.dumps([1])}, ValueError, "data_batch_1 is no dictionary"),
        ({first: pickle.dumps({"labels": [1]})}, ValueError, "lacks pictures of 3 x 32 x 32 bytes"),
        (
            {first: small.batch_pickle(np.zeros((2, 3072), np.uint8), {"names": [1]})},
            ValueError,
            "lacks the labels 'labels'",
        ),
        (
            {first: small.batch_pickle(np.zeros((2, 3072), np.uint8), {"labels": [1, 10]})},
            ValueError,
            "labels run from 1 to 10",
        ),
        (
            {first: small.batch_pickle(np.zeros((2, 3072), np.uint8), {"labels": [1]})},
            ValueError,
            "labels are int64 of shape",
        ),
    ]
    for change, error, message in cases:
        path = small.write_tar(tmp_path / "a.tar.gz", {**content, **change})
        with pytest.raises(error, match=message):
            cifar10.load_data(path)
    del content[second]
    with pytest.raises(ValueError, match="lacks cifar-10-batches-py/data_batch_2"):
        cifar10.load_data(small.write_tar(tmp_path / "a.tar.gz", content))
    with pytest.raises(ValueError, match="lacks data_batch_2"):
        cifar10.load_data(small.write_folder(tmp_path / "d", content))


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "num_words": st.sampled_from([None, 0, 5, 20, 100]),
        "skip_top": st.sampled_from([0, 3, 10]),
        "maxlen": st.sampled_from([None, 0, 6, 12]),
        "seed": st.integers(0, 2**32 - 1),
        "start_char": st.sampled_from([None, 1, 7]),
        "oov_char": st.sampled_from([None, 0, 2]),
        "index_from": st.sampled_from([0, 3, 10]),
    },
)
MANY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@MANY
@given(options=OPTIONS)
def test_imdb(tmp_path, keras_reads, options):
    path = tmp_path / "imdb.npz"
    if not path.exists():
        small.small_imdb(path)
    if options.get("num_words") or options.get("start_char", 1) is not None:
        keras = keras_reads(KERAS.imdb.load_data, tmp_path)(**options)
        assert_same(imdb.load_data(path, **options), keras)
    else:  # Keras stumbles over the empty text
        assert len(imdb.load_data(path, **options)[0][0])


@pytest.mark.parametrize("options", [{}, {"num_words": 9, "oov_char": None, "maxlen": 8}])
def test_texts_as_datasets(tmp_path, options):
    for module, path in (
        (imdb, small.small_imdb(tmp_path / "imdb.npz")),
        (reuters, small.small_reuters(tmp_path / "reuters.npz")),
    ):
        for split, (x, y) in zip(("train", "test"), module.load_data(path, **options)):
            dataset = module.load_dataset(split, path, **options)
            assert dataset.element_spec == (tf.TensorSpec((None,), tf.int32), tf.TensorSpec((), tf.int64))
            texts, labels = zip(*dataset.as_numpy_iterator())
            assert [text.tolist() for text in texts] == x.tolist()
            np.testing.assert_array_equal(labels, y)
            padded, _ = next(iter(dataset.padded_batch(99)))
            assert padded.shape == (len(x), max(map(len, x)))


@MANY
@given(options=OPTIONS, test_split=st.sampled_from([0.2, 0.0, 0.5, 0.99]))
def test_reuters(tmp_path, keras_reads, options, test_split):
    path = tmp_path / "reuters.npz"
    if not path.exists():
        small.small_reuters(path)
    options["test_split"] = test_split
    mine = reuters.load_data(path, **options)
    if options.get("num_words") or options.get("start_char", 1) is not None:
        assert_same(mine, keras_reads(KERAS.reuters.load_data, tmp_path)(**options))
    else:  # Keras stumbles over the empty text
        assert len(mine[0][0]) + len(mine[1][0])


def test_texts_of_one_length_stay_lists(tmp_path):
    """NumPy would make a matrix of them."""
    rows = np.empty(4, object)
    rows[:] = [[1, 2]] * 4
    np.savez(tmp_path / "r.npz", x=rows, y=np.arange(4))
    (x, _), _ = reuters.load_data(tmp_path / "r.npz")
    assert x.shape == (3,)
    assert x[0] == [1, 4, 2]  # the largest number is beyond the limit, as in Keras


@pytest.mark.parametrize("module", [imdb, reuters])
def test_bad_options(tmp_path, module):
    path = small.small_imdb(tmp_path / "x.npz") if module is imdb else small.small_reuters(tmp_path / "x.npz")
    for options, message in (
        ({"num_words": -1}, "num_words must be"),
        ({"skip_top": -1}, "skip_top must be"),
        ({"maxlen": -5}, "maxlen must be"),
        ({"maxlen": 1}, "no text has fewer than maxlen=1 words"),
        ({"seed": "x"}, "seed must be"),
        ({"start_char": -1}, "start_char must be"),
        ({"index_from": 1.5}, "index_from must be"),
    ):
        with pytest.raises(ValueError, match=message):
            module.load_data(path, **options)
    with pytest.raises(TypeError, match="unknown keyword 'nb_epoch'"):
        module.load_data(path, nb_epoch=3)
    assert (
        module.load_data(path, nb_words=9)[0][0].tolist()
        == module.load_data(path, num_words=9)[0][0].tolist()
    )


def test_files_of_another_kind(tmp_path):
    np.savez(tmp_path / "a.npz", x=small.lists(np.random.default_rng(0), 3), y=np.arange(4))
    with pytest.raises(ValueError, match=r"news \(3,\) and topics \(4,\) don't match"):
        reuters.load_data(tmp_path / "a.npz")
    nested = np.empty(2, object)
    nested[:] = [[1], [[2]]]
    np.savez(tmp_path / "a.npz", x=nested, y=np.arange(2))
    with pytest.raises(ValueError, match="no lists of word numbers"):
        reuters.load_data(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", x=np.zeros((3, 13)), y=np.arange(4))
    with pytest.raises(ValueError, match="don't belong together"):
        boston_housing.load_data(tmp_path / "a.npz")


@pytest.mark.parametrize("module", [imdb, reuters])
def test_word_index(tmp_path, keras_home, keras_reads, module):
    name = f"{module.__name__.split('.')[-1]}_word_index.json"
    (tmp_path / name).write_text(json.dumps({"the": 1, "naïve": 2}))
    keras = keras_reads(getattr(KERAS, module.__name__.split(".")[-1]).get_word_index, tmp_path)
    assert module.get_word_index(tmp_path / name) == keras() == {"the": 1, "naïve": 2}
    (tmp_path / name).rename(keras_home / "datasets" / name)
    with pytest.warns(UserWarning, match="its md5 differs"):
        assert module.get_word_index() == {"the": 1, "naïve": 2}


def test_topics():
    assert reuters.get_label_names() == KERAS.reuters.get_label_names()


@pytest.mark.parametrize("options", [{}, {"test_split": 0.5, "seed": 1}, {"test_split": 0.0}])
def test_boston_housing(tmp_path, keras_reads, options):
    random = np.random.default_rng(0)
    np.savez(tmp_path / "boston_housing.npz", x=random.normal(size=(30, 13)), y=random.normal(size=30))
    path = tmp_path / "boston_housing.npz"
    mine = boston_housing.load_data(path, **options)
    assert_same(mine, keras_reads(KERAS.boston_housing.load_data, tmp_path)(**options))
    dataset = boston_housing.load_dataset("train", path, **options)
    np.testing.assert_array_equal(next(iter(dataset.batch(99)))[0], mine[0][0])
    with pytest.raises(ValueError, match="test_split must be a number from 0.0 to 1.0, got 1.5"):
        boston_housing.load_data(path, test_split=1.5)


# ------------------------------------------------------------------------------------------ the real files


@pytest.mark.slow
@pytest.mark.data
def test_real_mnist(keras_reads):
    path = real("mnist/mnist.npz")
    mine = mnist.load_data(path)
    assert_same(mine, keras_reads(KERAS.mnist.load_data, path.parent)())
    (x_train, y_train), (x_test, y_test) = mine
    assert (x_train.shape, x_test.shape) == ((60000, 28, 28), (10000, 28, 28))
    assert y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert y_test[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert x_train.mean() == pytest.approx(33.3184, abs=1e-4)


@pytest.mark.data
def test_real_fashion_mnist(keras_reads):
    folder = real("fashion-mnist")
    mine = fashion_mnist.load_data(folder)
    assert_same(mine, keras_reads(KERAS.fashion_mnist.load_data, folder)())
    assert fashion_mnist.CLASS_NAMES[mine[0][1][0]] == "Ankle boot"


@pytest.mark.data
@pytest.mark.slow
def test_real_imdb(keras_reads):
    path = real("imdb/imdb.npz")
    mine = imdb.load_data(path, num_words=20000)
    assert_same(mine, keras_reads(KERAS.imdb.load_data, path.parent)(num_words=20000))
    (x_train, y_train), (x_test, _) = mine
    assert x_train[0][:10] == [1, 14, 22, 16, 43, 530, 973, 1622, 1385, 65]
    assert list(map(len, x_train[:10])) == [218, 189, 141, 550, 147, 43, 123, 562, 233, 130]
    assert y_train[:10].tolist() == [1, 0, 0, 1, 0, 0, 1, 0, 1, 0]
    assert np.mean(list(map(len, x_train))) == pytest.approx(238.71364)
    words = imdb.get_word_index(real("imdb/imdb_word_index.json"))
    assert len(words) == 88584
    by_number = {number + 3: word for word, number in words.items()}
    opening = " ".join(by_number.get(number, "?") for number in x_train[0][:8])
    assert opening == "? this film was just brilliant casting location"


@pytest.mark.data
def test_real_imdb_in_the_cache_of_keras(keras_home, recwarn):
    path = real("imdb/imdb_word_index.json")
    (keras_home / "datasets" / path.name).symlink_to(path)
    assert imdb.get_word_index()["the"] == 1
    assert not [warning for warning in recwarn if "published" in str(warning.message)]  # it is the very file


@pytest.mark.slow
@pytest.mark.data
def test_real_reuters(keras_reads):
    path = real("reuters/reuters.npz")
    mine = reuters.load_data(path)
    assert_same(mine, keras_reads(KERAS.reuters.load_data, path.parent)())
    (x_train, y_train), (x_test, _) = mine
    assert (len(x_train), len(x_test)) == (8982, 2246)
    assert y_train[:10].tolist() == [3, 4, 3, 4, 4, 4, 4, 3, 3, 16]
    assert len(x_train[0]) == 87
    names = json.loads(real("reuters/reuters_label_names.json").read_text())
    assert tuple(names) == reuters.get_label_names()
    assert reuters.get_word_index(real("reuters/reuters_word_index.json"))["the"] == 1


@pytest.mark.data
def test_real_boston_housing(keras_reads):
    path = real("boston_housing/boston_housing.npz")
    mine = boston_housing.load_data(path)
    assert_same(mine, keras_reads(KERAS.boston_housing.load_data, path.parent)())
    (x_train, y_train), (x_test, y_test) = mine
    assert (x_train[0, 0], y_train[0], x_test[0, 0]) == (1.23247, 15.2, 18.0846)
    assert y_test[:3].tolist() == [7.2, 18.8, 19.0]
