"""RemoteMonitor against a real HTTP server on loopback, which also answers 500, hangs or is gone."""

import contextlib
import http.server
import json
import threading
import time
import urllib.parse

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tests.callbacks.scripted import run

RemoteMonitor = tfk_ext.callbacks.RemoteMonitor


@contextlib.contextmanager
def server(answer):
    """Run a server that keeps what is posted and lets ``answer(handler)`` respond."""
    posts = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posts.append((self.path, dict(self.headers), body))
            answer(self)

        def log_message(self, *args):
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}", posts
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


def well(handler):
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"ok")


def badly(handler):
    handler.send_response(500)
    handler.end_headers()


LOGS = [
    {"loss": 0.5, "acc": np.float32(0.25), "list": np.array([1, 2])},
    {"loss": float("nan"), "acc": np.array(1.0), "text": "ü"},
]
EXPECTED = [
    {"epoch": 0, "loss": 0.5, "acc": 0.25, "list": [1, 2]},
    {"epoch": 1, "loss": None, "acc": 1.0, "text": "ü"},
]


def test_a_form():
    with server(well) as (root, posts):
        run(LOGS, RemoteMonitor(root, field="event", headers={"X-Run": "7"}))
    assert [path for path, _, _ in posts] == ["/publish/epoch/end/"] * 2
    assert posts[0][1]["Content-Type"] == "application/x-www-form-urlencoded" and posts[0][1]["X-Run"] == "7"
    forms = [urllib.parse.parse_qs(body.decode()) for _, _, body in posts]
    assert [json.loads(form["event"][0]) for form in forms] == EXPECTED


def test_json():
    with server(well) as (root, posts):
        run(LOGS, RemoteMonitor(root + "/", "log", send_as_json=True))
    assert {path for path, _, _ in posts} == {"/log"}
    assert posts[0][1]["Content-Type"] == "application/json"
    assert [json.loads(body) for _, _, body in posts] == EXPECTED


def test_in_a_real_fit():
    model = tf.keras.Sequential([tf.keras.Input((1,)), tfk_ext.Dense(1)])
    model.compile("sgd", "mse")
    with server(well) as (root, posts):
        monitor = RemoteMonitor(root, send_as_json=True)
        history = model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=3, verbose=0, callbacks=[monitor])
    sent = [json.loads(body) for _, _, body in posts]
    assert [post["loss"] for post in sent] == history.history["loss"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_server_that_answers_with_an_error():
    with server(badly) as (root, posts), pytest.warns(UserWarning, match="500.*The training goes on") as seen:
        assert run(LOGS, RemoteMonitor(root)).epochs_run == 2
    assert len(posts) == 2 and len(seen) == 1


def test_a_server_that_is_gone():
    with server(well) as (root, _):
        pass
    with pytest.warns(UserWarning, match="could not post to"):
        assert run(LOGS, RemoteMonitor(root)).epochs_run == 2


@pytest.mark.filterwarnings("ignore:RemoteMonitor")
def test_a_server_that_hangs():
    """The epochs take no longer; the end of the training waits for as long as it was told to."""
    release = threading.Event()

    def hang(handler):
        release.wait(20)
        well(handler)

    class Watch(tf.keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            times.append(time.monotonic())

    times = []
    with server(hang) as (root, _):
        began = time.monotonic()
        assert run(LOGS * 100, RemoteMonitor(root, timeout=0.5), Watch()).epochs_run == 200
        ended = time.monotonic()
        release.set()
    assert times[-1] - began < 5  # 200 epochs against a server that answers none of them
    assert ended - began < 10


@pytest.mark.filterwarnings("ignore:RemoteMonitor")
def test_a_training_that_outruns_the_server_drops_the_oldest():
    arrived = threading.Event()

    def slowly(handler):
        arrived.wait(20)
        well(handler)

    with server(slowly) as (root, posts):
        monitor = RemoteMonitor(root, send_as_json=True, timeout=10)
        monitor.on_train_begin()
        for epoch in range(300):
            monitor.on_epoch_end(epoch, {})
        arrived.set()
        monitor.on_train_end()
    epochs = [json.loads(body)["epoch"] for _, _, body in posts]
    assert epochs == sorted(epochs) and epochs[-1] == 299 and 100 <= len(epochs) <= 102
