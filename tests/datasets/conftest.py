"""No test of data sets touches the machine's own caches, or the network."""

import dataclasses
import http.server
import pathlib
import threading

import pytest

from tfk_ext.datasets import cifar10, cifar100, fashion_mnist, imdb, mnist

NOWHERE = "http://127.0.0.1:9/"  # a port where nothing listens


@pytest.fixture(autouse=True)
def keras_home(tmp_path, monkeypatch):
    """An empty cache of Keras, nothing prepared by tensorflow-datasets, and no network."""
    home = tmp_path / "keras"
    (home / "datasets").mkdir(parents=True)
    monkeypatch.setenv("KERAS_HOME", str(home))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    monkeypatch.setenv("no_proxy", "*")
    set_url(monkeypatch, NOWHERE)
    return home


def set_url(monkeypatch, url):
    """Let every data set ask another address whether the network is there."""
    for module in (mnist, fashion_mnist, cifar10, imdb):
        monkeypatch.setattr(module, "_SOURCE", dataclasses.replace(module._SOURCE, url=url))
    monkeypatch.setattr(imdb, "_WORDS", dataclasses.replace(imdb._WORDS, url=url))
    source = cifar100._source
    monkeypatch.setattr(cifar100, "_source", lambda mode: dataclasses.replace(source(mode), url=url))


class Server(http.server.BaseHTTPRequestHandler):
    """Answers /200, /404 and so on with that status."""

    def do_HEAD(self):
        self.send_response(int(self.path.strip("/")))
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    """The address of a real web server on this machine."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()


@pytest.fixture
def keras_reads(monkeypatch):
    """Return a function that lets one of Keras read files of a folder, which it would fetch otherwise."""

    def prepare(function, folder: pathlib.Path):
        monkeypatch.setitem(
            function.__globals__, "get_file", lambda fname, *args, **kwargs: str(folder / fname)
        )
        return function

    return prepare
