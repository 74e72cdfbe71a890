"""The pages of the reference are what the docstrings say, and every public layer is on them."""

import inspect

import pytest
import tensorflow as tf

import tfk_ext
from docs.reference.__main__ import FOLDER, PAGES, pages


@pytest.fixture(scope="module")
def written():
    return pages()


@pytest.mark.parametrize("name", ["README.md", *(f"{name}.md" for name in PAGES)])
def test_a_page_is_current(name, written):
    assert (FOLDER / name).read_text(encoding="utf-8") == written[name], "run python -m docs.reference"


def test_every_row_says_what_a_thing_is(written):
    rows = [line for text in written.values() for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) > 400
    assert [row for row in rows if not row.replace("\\|", "").split(" | ")[1].strip()] == []


def test_every_layer_is_on_the_page(written):
    layers = {
        name
        for name, thing in vars(tfk_ext.layers).items()
        if inspect.isclass(thing) and issubclass(thing, tf.keras.layers.Layer)
    }
    assert {name for name in layers if f"`{name}" not in written["layers.md"]} == set()
