"""The report page in a browser: pictures show, nothing is fetched, the console stays empty."""

import json

import numpy as np
import pytest

from recipes import glove_cnn
from recipes.shared import fitted
from tests.callbacks import browser
from tests.recipes import texts

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.find_chromium() is None, reason="no Chromium here"),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    data = str(texts.news_folder(folder / "20_newsgroup"))
    argv = ["--length", "150", "--embedding", "6", "--filters", "4", "--no-glove", "--epochs", "2"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitted, "check_reload", lambda *args: 0.0)
        glove_cnn.main([*argv, "--data", data, "--out", str(folder / "run")])
    return folder / "run" / "report.html"


# Loads the page inside of another one that listens, so that nothing of its loading is missed.
_WATCH = """
(async () => {
  window.problems = [];
  for (const name of ['error', 'warn'])
    console[name] = (...words) => window.problems.push(words.join(' '));
  window.addEventListener('error', event => window.problems.push(String(event.message)), true);
  const text = %s;
  document.open(); document.write(text); document.close();
  await new Promise(done => setTimeout(done, 500));
  window.ready = true;
})()
"""


@pytest.mark.slow
def test_pictures_show_and_nothing_is_fetched(report):
    text = report.read_text(encoding="utf-8")
    with browser.page("about:blank") as page:
        page.send("Runtime.enable")
        page.send("Network.enable")
        page.evaluate(_WATCH % json.dumps(text))
        page._wait("window.ready === true", "the report")
        sizes = page.evaluate("[...document.images].map(i => i.complete && i.naturalWidth)")
        assert len(sizes) == 3 and all(width > 100 for width in sizes)
        fetched = page.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
        assert [name for name in fetched if not name.startswith("data:")] == []
        assert page.evaluate("window.problems") == []
        assert page.evaluate("document.querySelector('h1').textContent") == "GloVe text CNN: 20 newsgroups"
        wide = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert wide, "the page is wider than the window"
    with browser.page(report.as_uri()) as page:
        page.wait_for_text("Learning curves")
        widths = page.evaluate("[...document.images].map(i => i.complete && i.naturalWidth)")
        assert np.min(widths) > 100
