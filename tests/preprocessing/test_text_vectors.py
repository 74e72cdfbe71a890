"""Word vectors: what the tutorials' loop reads, damaged lines, the cache."""

import os

import numpy as np
import pytest

from tests.data import real
from tfk_ext.preprocessing.text import load_word_vectors


def by_the_tutorial(path):
    """The loop of the Keras example on pretrained word embeddings."""
    found = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            values = line.split()
            found[values[0]] = np.asarray(values[1:], dtype="float32")
    return found


@pytest.fixture
def path(tmp_path):
    random = np.random.default_rng(0)
    rows = [f"w{n} " + " ".join(f"{x:.5g}" for x in random.normal(size=7)) for n in range(200)]
    file = tmp_path / "vectors.txt"
    file.write_text("\n".join(["the 1 -2.5 3e-05 0 -0 7 1e3", "naïve 1 2 3 4 5 6 7", *rows]))
    return file


def assert_same(vectors, expected):
    assert vectors.words == list(expected)
    np.testing.assert_array_equal(vectors.matrix, np.stack(list(expected.values())))
    assert vectors.matrix.dtype == np.float32


@pytest.mark.parametrize("cache", [False, True])
def test_equal_to_the_tutorial(path, cache):
    expected = by_the_tutorial(path)
    assert_same(load_word_vectors(path, cache=cache), expected)
    again = load_word_vectors(str(path), cache=cache)
    assert_same(again, expected)
    assert isinstance(again.matrix, np.memmap) == cache
    assert "naïve" in again
    assert "nothing" not in again
    assert len(again) == 202
    np.testing.assert_array_equal(again["w3"], expected["w3"])
    some = load_word_vectors(path, words={"w5": 1, "the": 2, "nothing": 3}, cache=cache)
    assert_same(some, {word: expected[word] for word in ("the", "w5")})


def test_matrix_of_an_embedding(path):
    vectors, expected = load_word_vectors(path), by_the_tutorial(path)
    word_index = {"w1": 1, "nothing": 2, "the": 3, "w2": 9}
    matrix = vectors.matrix_for(word_index, 5)
    assert matrix.shape == (5, 7)
    for row, word in enumerate([None, "w1", None, "the", None]):
        np.testing.assert_array_equal(matrix[row], expected[word] if word else np.zeros(7))
    assert vectors.matrix_for(word_index).shape == (10, 7)
    assert vectors.matrix_for({}).shape == (0, 7)
    with pytest.raises(ValueError, match="integers of at least 0, got -1"):
        vectors.matrix_for({"the": -1})


def test_headers_blanks_and_line_ends(tmp_path):
    path = tmp_path / "v.vec"
    path.write_bytes(b"3 2\r\nplain 1 2 \r\n. . . 3 4\r\n\r\n5 5 6")
    vectors = load_word_vectors(path)
    assert vectors.words == ["plain", ". . .", "5"]
    assert vectors.matrix.tolist() == [[1, 2], [3, 4], [5, 6]]


def test_damaged_lines_are_counted_and_named(tmp_path):
    lines = [f"w{n} {n} {n}.5".encode() for n in range(1000)]
    lines[17] = b"w17 1"
    lines[400] = b"w400 1 x"
    lines[700] = b"\xff\xfe 1 2"
    path = tmp_path / "v.txt"
    path.write_bytes(b"\n".join(lines))
    with pytest.warns(
        UserWarning, match=r"v\.txt: 3 lines were left out: line 18 has 1 numbers, not 2; line 401"
    ):
        vectors = load_word_vectors(path, cache=True)
    assert (len(vectors), vectors.skipped) == (997, 3)
    assert load_word_vectors(path, cache=True).skipped == 3
    np.testing.assert_array_equal(vectors["w999"], [999, 999.5])


@pytest.mark.parametrize(
    ("content", "message"), [("", "is empty"), ("word\nother\n", "has no lines of a word")]
)
def test_no_vectors(tmp_path, content, message):
    (tmp_path / "v.txt").write_text(content)
    with pytest.raises(ValueError, match=message):
        load_word_vectors(tmp_path / "v.txt")
    with pytest.raises(FileNotFoundError, match="none.txt is no file"):
        load_word_vectors(tmp_path / "none.txt")


def test_the_cache_is_made_anew_when_anything_differs(path, tmp_path):
    folder = tmp_path / "deep" / "cache"
    first = load_word_vectors(path, cache=folder)
    matrix, words = folder / "vectors.txt.vectors.npy", folder / "vectors.txt.words"
    assert sorted(os.listdir(folder)) == [matrix.name, words.name]
    good = matrix.read_bytes(), words.read_bytes()
    hostile = np.empty(2, object)
    for damage in (
        lambda: matrix.write_bytes(good[0][:-4]),
        lambda: matrix.write_bytes(b""),
        lambda: np.save(matrix, hostile, allow_pickle=True),
        lambda: np.save(matrix, first.matrix.astype("float64")),
        lambda: words.write_bytes(good[1][:-40]),
        lambda: words.write_bytes(b"[]\n"),
        lambda: words.write_bytes(b"\xff"),
        words.unlink,
    ):
        damage()
        again = load_word_vectors(path, cache=folder)
        assert again.words == first.words
        np.testing.assert_array_equal(again.matrix, first.matrix)
        assert (matrix.read_bytes(), words.read_bytes()) == good
    path.write_text("new 1 2\n")
    assert load_word_vectors(path, cache=folder).words == ["new"]


def test_a_folder_that_cannot_be_written_to(path, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.warns(UserWarning, match="the vectors are not kept"):
        assert len(load_word_vectors(path, cache=tmp_path / "file")) == 202


@pytest.mark.data
def test_real_glove(tmp_path, capsys):
    path = real("glove/glove.6B.100d.txt")
    expected = by_the_tutorial(path)
    assert_same(load_word_vectors(path, cache=tmp_path, progress=True), expected)
    assert "block" in capsys.readouterr().out
    cached = load_word_vectors(path, cache=tmp_path)
    assert_same(cached, expected)
    assert cached.words[:5] == ["the", ",", ".", "of", "to"]
    assert cached.matrix.shape == (2604, 100)
