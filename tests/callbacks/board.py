"""Reading what TensorBoard's callback wrote: the event files, and a real server over them."""

import contextlib
import glob
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import tensorflow as tf


def points(folder, tag=None):
    """Return ``{tag: [(step, value), ...]}`` of the scalars in a folder's event files, in their order."""
    found = {}
    for path in sorted(glob.glob(os.path.join(folder, "events.out.tfevents.*"))):
        with contextlib.suppress(tf.errors.DataLossError):
            for record in tf.data.TFRecordDataset(path):
                event = tf.compat.v1.Event.FromString(record.numpy())
                for value in event.summary.value:
                    if value.metadata.plugin_data.plugin_name in ("scalars", ""):
                        number = float(tf.make_ndarray(value.tensor))
                        found.setdefault(value.tag, []).append((event.step, number))
    return found if tag is None else found.get(tag, [])


class Server:
    """A running TensorBoard."""

    def __init__(self, address):
        self.address = address

    def get(self, path, **query):
        """Return the body of an answer, text or parsed JSON."""
        url = f"{self.address}/data/{path}"
        if query:
            url += "?" + urllib.parse.urlencode(query)
        with urllib.request.urlopen(url, timeout=20) as response:
            body = response.read()
            if "json" in response.headers.get("Content-Type", ""):
                return json.loads(body)
            return body

    def wait_for(self, path, ready, seconds=60):
        """Ask until the answer is what is waited for: the server reads its files in the background."""
        end = time.monotonic() + seconds
        while True:
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                answer = self.get(path)
                if ready(answer):
                    return answer
            assert time.monotonic() < end, f"{path}: not there after {seconds} seconds"
            time.sleep(0.3)


@contextlib.contextmanager
def tensorboard(logdir):
    """Start the real server on a free port of loopback."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tensorboard.main",
            "--logdir",
            str(logdir),
            "--port",
            "0",
            "--host",
            "127.0.0.1",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    lines = []
    address = threading.Event()

    def read():
        for line in process.stderr:
            lines.append(line)
            if re.search(r"at http://\S+:\d+", line):
                address.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        assert address.wait(90), "".join(lines)
        port = next(m.group(1) for line in lines if (m := re.search(r"at http://\S+?:(\d+)", line)))
        yield Server(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(20)
        reader.join(5)
        process.stderr.close()
