"""The log of the training for a server."""

from __future__ import annotations

import json
import math
import queue
import threading
import urllib.error
import urllib.parse
import urllib.request
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.compat.spellings.calls import accept_old_spellings


@accept_old_spellings
class RemoteMonitor(tf.keras.callbacks.Callback):
    """Post the logs of each epoch to a server, as ``{"epoch": ..., **logs}``.

    The posts are sent in their order by a thread beside the training. A server that is down, slow or answers
    with an error costs a warning, and the training no time; while it does not answer, up to 100 epochs wait,
    and older ones are dropped.

    Args:
        root: address of the server.
        path: path under ``root``.
        field: with a form, the field that holds the JSON text.
        headers: further HTTP headers.
        send_as_json: whether the body is JSON itself (``application/json``); else it is a form with one
            field.
        timeout: how many seconds one post may take, and how long the end of the training waits for the posts
            that are left.

    Raises:
        ValueError: ``root`` is no ``http`` address, ``timeout`` not positive.
        TypeError: ``headers`` is no dictionary.

    Example:
        >>> monitor = tfk_ext.callbacks.RemoteMonitor(root="http://localhost:9000", send_as_json=True)
        >>> monitor.url
        'http://localhost:9000/publish/epoch/end/'

    Source: the classic documents, ``keras.callbacks.RemoteMonitor``.
    """

    def __init__(
        self,
        root="http://localhost:9000",
        path="/publish/epoch/end/",
        field="data",
        headers=None,
        send_as_json=False,
        timeout=5.0,
    ):
        super().__init__()
        parts = urllib.parse.urlsplit(root) if isinstance(root, str) else None
        if parts is None or parts.scheme not in ("http", "https") or not parts.netloc:
            checks.fail(self, f"root must be an address such as 'http://localhost:9000', got {root!r}.")
        if headers is not None and not isinstance(headers, Mapping):
            checks.fail(self, f"headers must be a dictionary, got {headers!r}.", TypeError)
        self.root, self.path, self.field = root, str(path), str(field)
        self.headers = dict(headers or {})
        self.send_as_json = checks.boolean(self, "send_as_json", send_as_json)
        self.timeout = checks.number(self, "timeout", timeout, 0.0) or 5.0
        self._queue: queue.Queue = queue.Queue()
        self._thread: threading.Thread | None = None
        self._warned = False

    @property
    def url(self):
        """Where the posts go."""
        return self.root.rstrip("/") + "/" + self.path.lstrip("/")

    def on_train_begin(self, logs=None):
        self._warned = False
        self._queue = queue.Queue(maxsize=100)
        self._thread = threading.Thread(
            target=self._work, args=(self._queue,), name="RemoteMonitor", daemon=True
        )
        self._thread.start()

    def on_epoch_end(self, epoch, logs=None):
        body = {"epoch": epoch, **{key: _plain(value) for key, value in (logs or {}).items()}}
        if self._thread is None:
            self.on_train_begin()
        while True:
            try:
                self._queue.put_nowait(body)
                return
            except queue.Full:
                try:
                    self._queue.get_nowait()
                except queue.Empty:
                    continue

    def on_train_end(self, logs=None):
        if self._thread is None:
            return
        try:
            self._queue.put(None, timeout=self.timeout)
        except queue.Full:
            return
        self._thread.join(self.timeout)
        self._thread = None

    def _work(self, posts):
        while (body := posts.get()) is not None:
            try:
                self._post(body)
            except Exception as error:  # whatever it is, the training is worth more
                self._warn(error)

    def _post(self, body: dict[str, Any]) -> None:
        text = json.dumps(body)
        if self.send_as_json:
            data, kind = text.encode(), "application/json"
        else:
            data = urllib.parse.urlencode({self.field: text}).encode()
            kind = "application/x-www-form-urlencoded"
        request = urllib.request.Request(
            self.url, data=data, headers={"Content-Type": kind, **self.headers}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=self.timeout) as response:
            response.read(1024)

    def _warn(self, error):
        if not self._warned:
            self._warned = True
            warnings.warn(
                f"RemoteMonitor: could not post to {self.url}: {error}. The training goes on.", stacklevel=2
            )


def _plain(value):
    """Return what JSON can hold; a number that is not finite becomes ``None``."""
    if hasattr(value, "numpy"):
        value = value.numpy()
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
