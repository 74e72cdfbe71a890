"""A page in headless Chromium, by the debugging protocol over two pipes: no driver, no further package."""

import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

# Text and elements inside shadow roots count: TensorBoard is made of web components.
_SEARCH = """
(() => {
  const found = [];
  const visit = root => {
    found.push(...root.querySelectorAll(%s));
    for (const element of root.querySelectorAll('*'))
      if (element.shadowRoot) visit(element.shadowRoot);
  };
  visit(document);
  return found;
})()
"""


def find_chromium():
    """Return the path of the browser, ``None`` if there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


class Page:
    """An open page."""

    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer
        self._number, self._session, self._rest = 0, None, b""

    def send(self, method, **params):
        """Send a command and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writer, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + 60
        while True:
            while b"\0" not in self._rest:
                ready, _, _ = select.select([self._reader], [], [], max(0.0, end - time.monotonic()))
                assert ready, f"Chromium does not answer {method}"
                chunk = os.read(self._reader, 1 << 16)
                assert chunk, "Chromium is gone"
                self._rest += chunk
            raw, self._rest = self._rest.split(b"\0", 1)
            answer = json.loads(raw)
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def open(self, url):
        target = self.send("Target.createTarget", url=url)["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def evaluate(self, expression):
        """Return the value of a JavaScript expression."""
        return self.send("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def _wait(self, expression, what, seconds=60):
        end = time.monotonic() + seconds
        while not self.evaluate(expression):
            assert time.monotonic() < end, f"{what} is not on the page"
            time.sleep(0.5)

    def wait_for_text(self, text):
        search = _SEARCH % json.dumps("*")
        self._wait(f"{search}.some(e => (e.textContent || '').includes({json.dumps(text)}))", text)

    def wait_for_elements(self, selector):
        self._wait(f"({_SEARCH % json.dumps(selector)}).length > 0", selector)


@contextlib.contextmanager
def page(url):
    """Open a page in a browser of its own."""
    to_read, to_browser = os.pipe()
    from_browser, to_write = os.pipe()

    def pipes():
        # The browser reads commands from 3 and answers on 4; moved up first, so that neither hides the other.
        read, write = os.dup(to_read), os.dup(to_write)
        high_read, high_write = 100, 101
        os.dup2(read, high_read)
        os.dup2(write, high_write)
        os.dup2(high_read, 3)
        os.dup2(high_write, 4)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [
                find_chromium(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--remote-debugging-pipe",
                f"--user-data-dir={profile}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=pipes,
        )
        os.close(to_read)
        os.close(to_write)
        try:
            shown = Page(from_browser, to_browser)
            shown.open(url)
            yield shown
        finally:
            process.terminate()
            process.wait(20)
            os.close(to_browser)
            os.close(from_browser)
