"""Where data comes from: path, Keras's cache, tensorflow-datasets; and what is said when it is nowhere."""

import pathlib
import shutil
import socket
import time

import numpy as np
import pytest

from tests.datasets.small import small_mnist, small_reuters
from tfk_ext.datasets import (
    DatasetNotFoundError,
    boston_housing,
    cifar10,
    cifar100,
    fashion_mnist,
    imdb,
    mnist,
    network,
    reuters,
    sources,
)


def test_an_explicit_path_comes_first(tmp_path, keras_home, monkeypatch):
    cached, given = keras_home / "datasets" / "mine.npz", tmp_path / "mine.npz"
    small_mnist(keras_home / "datasets" / "mnist.npz", seed=1)
    small_mnist(given, seed=2)
    expected = np.load(given)["x_train"]
    for path in (given, str(given)):
        np.testing.assert_array_equal(mnist.load_data(path)[0][0], expected)
    # A relative path is below the cache, as documented, and else below the working folder.
    monkeypatch.chdir(tmp_path)
    np.testing.assert_array_equal(mnist.load_data("mine.npz")[0][0], expected)
    small_mnist(cached, seed=3)
    np.testing.assert_array_equal(mnist.load_data("mine.npz")[0][0], np.load(cached)["x_train"])
    monkeypatch.setenv("HOME", str(tmp_path))
    np.testing.assert_array_equal(mnist.load_data("~/mine.npz")[0][0], expected)


def test_the_cache_of_keras(tmp_path, keras_home, monkeypatch):
    path = small_reuters(keras_home / "datasets" / "reuters.npz")
    with pytest.warns(UserWarning, match="is not the published file .its sha256 differs."):
        (x, _), _ = reuters.load_data()
    assert len(x) == 16
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    place = tmp_path / "home" / ".keras" / "datasets"
    assert sources.cache() == place
    place.mkdir(parents=True)
    shutil.copy(path, place)
    with pytest.warns(UserWarning, match="not the published file"):
        assert len(reuters.load_data()[0][0]) == 16


def test_no_file_of_the_working_folder_is_taken_for_the_cache(tmp_path, monkeypatch):
    small_reuters(tmp_path / "reuters.npz")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetNotFoundError):
        reuters.load_data()
    assert len(reuters.load_data("./reuters.npz")[0][0]) == 16


def test_a_damaged_file_in_the_cache_is_passed_over(keras_home):
    (keras_home / "datasets" / "mnist.npz").write_bytes(b"half a download")
    began = time.monotonic()
    with (
        pytest.warns(UserWarning, match=r"mnist: passed over: .*mnist\.npz is damaged"),
        pytest.raises(
            DatasetNotFoundError, match=r"mnist\.npz is damaged .*tensorflow-datasets: nothing prepared"
        ),
    ):
        mnist.load_data()
    assert time.monotonic() - began < 10
    with pytest.raises(ValueError, match="is damaged or no .npz file"):
        mnist.load_data(keras_home / "datasets" / "mnist.npz")


@pytest.mark.parametrize(
    ("call", "parts"),
    [
        (mnist.load_data, ["Download mnist.npz", "the Keras project", "datasets/mnist.npz", "network"]),
        (fashion_mnist.load_data, ["ubyte.gz", "zalandoresearch/fashion-mnist", "datasets/fashion-mnist"]),
        (
            cifar10.load_data,
            ["cifar-10-python.tar.gz", "University of Toronto", "datasets/cifar-10-batches-py"],
        ),
        (
            cifar100.load_data,
            ["cifar-100-python.tar.gz", "University of Toronto", "datasets/cifar-100-python"],
        ),
        (imdb.load_data, ["Download imdb.npz", "the Keras project", "datasets/imdb.npz", "imdb_reviews"]),
        (imdb.get_word_index, ["Download imdb_word_index.json", "datasets/imdb_word_index.json"]),
        (reuters.load_data, ["Download reuters.npz", "datasets/reuters.npz", "does not have it"]),
        (reuters.get_word_index, ["Download reuters_word_index.json", "datasets/reuters_word_index.json"]),
        (boston_housing.load_data, ["Download boston_housing.npz", "datasets/boston_housing.npz"]),
        (mnist.load_dataset, ["Download mnist.npz"]),
    ],
)
def test_what_to_do_when_it_is_nowhere(call, parts, keras_home):
    began = time.monotonic()
    with pytest.raises(DatasetNotFoundError) as caught:
        call()
    assert time.monotonic() - began < 10
    for part in (*parts, str(keras_home)):
        assert part in str(caught.value)
    assert isinstance(caught.value, FileNotFoundError)
    with pytest.raises(DatasetNotFoundError, match=r"there is no /no/where\.npz: check path.* must be "):
        call(path="/no/where.npz")


def test_no_download_unless_allowed():
    with pytest.raises(DatasetNotFoundError, match="download=False"):
        mnist.load_data(download=False)


def test_whether_the_network_answers(server):
    assert network.answers(server + "200")
    assert network.answers(server + "404")  # a refusal is an answer
    assert not network.answers("http://127.0.0.1:9/")
    assert not network.answers("nonsense")
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the call and says nothing
        began = time.monotonic()
        assert not network.answers(f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.3)
        assert time.monotonic() - began < 2


def test_the_messages_name_no_path_of_a_package():
    assert "site-packages" not in str(sources.cache())
    assert isinstance(sources.cache(), pathlib.Path)
