"""tensorflow-datasets for real: its own mocked data, and folders that its own builders write."""

import numpy as np
import pytest
import tensorflow as tf

from tests.datasets.conftest import set_url
from tfk_ext.datasets import DatasetNotFoundError, cifar10, cifar100, fashion_mnist, imdb, mnist, prepared

tfds = pytest.importorskip("tensorflow_datasets")


@pytest.fixture
def online(server, monkeypatch):
    """A network that answers."""
    set_url(monkeypatch, server + "200")


@pytest.mark.slow
@pytest.mark.parametrize("module", [mnist, fashion_mnist])
def test_mocked_greys(online, module):
    with tfds.testing.mock_data(num_examples=7):
        (x_train, y_train), (x_test, y_test) = module.load_data()
        assert len(list(module.load_dataset("test"))) == 7
    assert (x_train.shape, x_train.dtype, x_test.shape) == ((7, 28, 28), np.uint8, (7, 28, 28))
    assert (y_train.shape, y_train.dtype, y_test.shape) == ((7,), np.uint8, (7,))


@pytest.mark.parametrize(
    "call", [cifar10.load_data, cifar100.load_data, lambda: cifar100.load_data("coarse")]
)
def test_mocked_cifar(online, call):
    with tfds.testing.mock_data(num_examples=7):
        (x_train, y_train), (x_test, y_test) = call()
    assert (x_train.shape, x_train.dtype, x_test.shape) == ((7, 32, 32, 3), np.uint8, (7, 32, 32, 3))
    assert (y_train.shape, y_train.dtype, y_test.shape) == ((7, 1), np.uint8, (7, 1))


def test_mocked_imdb(online):
    with tfds.testing.mock_data(num_examples=5):
        (x_train, y_train), (x_test, _) = imdb.load_data()
        words = imdb.get_word_index()
    assert len(x_train) == len(x_test) == len(y_train) == 5
    assert all(type(row) is list and row[0] == 1 for row in x_train)
    assert min(words.values()) == 1


def test_a_download_that_fails(online, monkeypatch):
    """The network answers, and then the real builder can't get the files."""

    class Broken(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            return self.dataset_info_from_configs(features=tfds.features.FeaturesDict({"x": tf.int64}))

        def _split_generators(self, manager):
            return {"train": self._generate_examples()}

        def _generate_examples(self):
            raise OSError("the connection was cut")
            yield

    monkeypatch.setattr(tfds, "builder", lambda name, data_dir: Broken(data_dir=data_dir))
    with pytest.raises(DatasetNotFoundError, match="tensorflow-datasets: mnist: .*the connection was cut"):
        mnist.load_data()


def write(name, features, rows, config=None):
    """Let a real builder prepare a data set where tensorflow-datasets would keep it."""
    splits = {}
    for split, examples in rows.items():
        columns = {key: [example[key] for example in examples] for key in examples[0]}
        splits[split] = tf.data.Dataset.from_tensor_slices(columns)
    tfds.dataset_builders.store_as_tfds_dataset(
        name=name,
        version="1.0.0",
        features=tfds.features.FeaturesDict(features),
        split_datasets=splits,
        config=config,
        data_dir=str(prepared.root()),
    )


def test_prepared_mnist():
    random = np.random.default_rng(0)
    rows = {
        split: [
            {"image": random.integers(0, 256, (28, 28, 1), np.uint8), "label": n % 10} for n in range(count)
        ]
        for split, count in (("train", 30), ("test", 8))
    }
    features = {
        "image": tfds.features.Image(shape=(28, 28, 1)),
        "label": tfds.features.ClassLabel(num_classes=10),
    }
    write("mnist", features, rows)
    # It is there: nothing is asked of the network, whatever `download` says.
    (x_train, y_train), (x_test, y_test) = mnist.load_data(download=False)
    assert (x_train.shape, x_test.shape) == ((30, 28, 28), (8, 28, 28))
    expected = sorted((row["image"].tobytes(), row["label"]) for row in rows["train"])
    assert sorted((x.tobytes(), int(y)) for x, y in zip(x_train, y_train)) == expected
    assert sorted(y_test.tolist()) == list(range(8))


def test_prepared_cifar_has_the_original_order():
    random = np.random.default_rng(0)
    rows = {
        split: [
            {
                "id": f"{split}_{n:05}",
                "image": random.integers(0, 256, (32, 32, 3), np.uint8),
                "label": int(random.integers(100)),
                "coarse_label": int(random.integers(20)),
            }
            for n in range(count)
        ]
        for split, count in (("train", 25), ("test", 6))
    }
    features = {
        "id": tfds.features.Text(),
        "image": tfds.features.Image(shape=(32, 32, 3)),
        "label": tfds.features.ClassLabel(num_classes=100),
        "coarse_label": tfds.features.ClassLabel(num_classes=20),
    }
    write("cifar100", features, rows)
    (x_train, y_train), (x_test, _) = cifar100.load_data()
    np.testing.assert_array_equal(x_train, [row["image"] for row in rows["train"]])
    np.testing.assert_array_equal(y_train[:, 0], [row["label"] for row in rows["train"]])
    np.testing.assert_array_equal(x_test, [row["image"] for row in rows["test"]])
    np.testing.assert_array_equal(
        cifar100.load_data("coarse")[0][1][:, 0], [row["coarse_label"] for row in rows["train"]]
    )


def test_prepared_imdb(keras_home):
    texts = {
        "train": [("a good, good film", 1), ("a bad film", 0), ("good", 1)],
        "test": [("the bad, the good", 0)],
    }
    rows = {split: [{"text": t, "label": n} for t, n in pairs] for split, pairs in texts.items()}
    features = {"text": tfds.features.Text(), "label": tfds.features.ClassLabel(num_classes=2)}
    config = tfds.core.BuilderConfig(name="plain_text")
    write("imdb_reviews", features, rows, config)
    words = imdb.get_word_index(download=False)
    assert words["good"] == 1
    assert set(words) == {"a", "good", "bad", "film"}
    (x_train, y_train), (x_test, y_test) = imdb.load_data(num_words=100, download=False)
    by_number = {number + 3: word for word, number in words.items()}
    decoded = {(" ".join(by_number[n] for n in row[1:]), int(y)) for row, y in zip(x_train, y_train)}
    assert decoded == {("a good good film", 1), ("a bad film", 0), ("good", 1)}
    assert [by_number[n] for n in x_test[0][1:]] == [
        "bad",
        "good",
    ]  # unknown words are left out, as in Keras's file
    # Keras's word index, if it is there, numbers the words.
    (keras_home / "datasets" / "imdb_word_index.json").write_text('{"film": 50, "good": 60}')
    with pytest.warns(UserWarning, match="md5 differs"):
        (x_train, _), _ = imdb.load_data(num_words=100, download=False)
    assert {number for row in x_train for number in row} == {1, 53, 63}


def test_a_damaged_prepared_folder():
    folder = prepared.root() / "mnist" / "3.0.1"
    folder.mkdir(parents=True)
    (folder / "dataset_info.json").write_text("{}")
    with pytest.raises(DatasetNotFoundError, match=r"tensorflow-datasets: .*mnist.3\.0\.1: "):
        mnist.load_data()


def test_without_tensorflow_datasets(online, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tensorflow_datasets", None)
    with pytest.raises(DatasetNotFoundError, match="pip install tensorflow-datasets importlib_resources"):
        mnist.load_data()
