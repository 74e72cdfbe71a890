"""Where reviews, messages and word vectors are from, and what a bad file gets."""

import numpy as np
import pytest

from recipes.data import newsgroups, reviews, vectors
from recipes.shared.program import RecipeError
from tests.recipes import texts


@pytest.fixture(autouse=True)
def empty_home(tmp_path, monkeypatch):
    """A machine with no data set and no network."""
    from tfk_ext.datasets import network

    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    monkeypatch.setattr(network, "answers", lambda *args, **kwargs: False)


def test_imdb_npz_and_its_words(tmp_path):
    path = texts.imdb_npz(tmp_path / "imdb.npz")
    data = reviews.load(str(path), words=30)
    assert data.name == "IMDB" and data.vocabulary is None and not data.embedded
    assert (len(data.train), len(data.test)) == (40, 24)
    numbers = np.concatenate([np.asarray(row) for row in data.train])
    assert numbers.min() == reviews.START and numbers.max() < 30
    (tmp_path / "imdb_word_index.json").write_text('{"film": 2, "rare": 900}')
    data = reviews.load(str(tmp_path), words=30)  # the folder that holds it
    assert data.vocabulary.words == {"film": 5}
    assert data.vocabulary.text([0, 1, 5, 2]) == "film ..."
    assert data.about()["sha256"] == reviews.load(str(path), words=30).about()["sha256"]
    assert data.about()["sha256"] != reviews.load(str(path), words=20).about()["sha256"]


def test_a_folder_of_reviews_and_its_archive_are_the_same(tmp_path):
    folder = texts.imdb_folder(tmp_path / "aclImdb")
    data = reviews.load(str(folder), words=100)
    assert (len(data.train), len(data.test)) == (48, 48)
    np.testing.assert_array_equal(data.train_labels, [0] * 24 + [1] * 24)
    archive = texts.packed(folder, tmp_path / "aclImdb_v1.tar.gz")
    assert reviews.load(str(archive), words=100).train == data.train
    # Numbered as in imdb.npz: 1 begins a text, words are counted from 4 on, 2 is any other.
    assert min(data.vocabulary.words.values()) == 4
    assert data.vocabulary.numbers(["a nonsense film"])[0][::2] == [1, 2]


def test_made_up_reviews_are_balanced_and_the_same_each_time(capsys):
    data = reviews.load(None, words=500, download=False)
    assert data.embedded and data.train_labels.mean() == 0.5
    assert data.train == reviews.load(None, words=500).train


def test_messages_with_and_without_their_headers(tmp_path):
    folder = texts.news_folder(tmp_path / "20_newsgroup")
    data = newsgroups.load(str(folder))
    assert data.groups == ["alt.one", "misc.two", "sci.three"] and len(data.texts) == 72
    assert "Newsgroups: alt.one" in data.texts[0] and "caf\xe9" in data.texts[0]
    bare = newsgroups.load(str(folder), headers=False)
    assert not any("Newsgroups" in text for text in bare.texts)
    archive = texts.packed(folder, tmp_path / "news20.tar.gz")
    assert newsgroups.load(str(archive)).texts == data.texts
    # The layout with a folder for each part.
    (tmp_path / "bydate").mkdir()
    texts.news_folder(tmp_path / "bydate" / "train")
    texts.news_folder(tmp_path / "bydate" / "test")
    assert newsgroups.load(str(tmp_path / "bydate")).groups == data.groups


def test_without_data_messages_are_made_up():
    data = newsgroups.load(None)
    assert data.embedded and len(data.texts) == 400 and len(data.groups) == 4


def cut(path):
    path.write_bytes(path.read_bytes()[:-90])
    return path


WRONG_REVIEWS = {
    "missing": (lambda p: p / "imdb.npz", "does not exist"),
    "empty": (lambda p: texts_file(p / "imdb.npz", b""), "damaged or no .npz"),
    "text": (lambda p: texts_file(p / "reviews.csv", b"good,1\n" * 40), "damaged or no .npz"),
    "cut": (lambda p: cut(texts.imdb_npz(p / "imdb.npz")), "damaged or no .npz"),
    "lacks": (lambda p: texts.imdb_npz(p / "imdb.npz", y_test=None), "lacks the array 'y_test'"),
    "labels": (lambda p: texts.imdb_npz(p / "imdb.npz", y_train=np.arange(40)), "other labels than 0 and 1"),
    "few": (lambda p: texts.imdb_npz(p / "imdb.npz", count=4), "holds 4 training"),
    "no folder": (lambda p: p, "lacks the folder train/neg"),
    "archive": (lambda p: texts_file(p / "aclImdb.tar.gz", b"no archive"), "damaged or no tar archive"),
}


def texts_file(path, content):
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("case", WRONG_REVIEWS)
def test_wrong_reviews_get_one_sentence(tmp_path, case):
    make, words = WRONG_REVIEWS[case]
    with pytest.raises(RecipeError) as caught:
        reviews.load(str(make(tmp_path)), words=100)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_wrong_messages_get_one_sentence(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("a")
    cases = {
        "does not exist": tmp_path / "nowhere",
        "has no files": tmp_path / "empty",
        "neither a folder nor an archive": tmp_path / "text.txt",
        "of 1 group only": texts.news_folder(tmp_path / "one", groups=("sci.one",)),
        "fewer than 20 messages of alt.one (3)": texts.news_folder(tmp_path / "few", count=3),
        "damaged or no tar archive": cut(
            texts.packed(texts.news_folder(tmp_path / "cut"), tmp_path / "cut.tar.gz")
        ),
    }
    for words, path in cases.items():
        with pytest.raises(RecipeError) as caught:
            newsgroups.load(str(path))
        assert words in str(caught.value) and "\n" not in str(caught.value)


def test_vectors_of_a_file(tmp_path):
    path = texts.glove(tmp_path / "glove.6B.6d.txt")
    assert vectors.find(str(path)) == path and vectors.find(None) is None
    vectors.check_dimensions(path, 6)
    found = vectors.read(
        path, {"the": 1, "nonsense": 2, "word0a": 3}, 4, {"the": 6, "nonsense": 3, "word0a": 1}
    )
    assert (found.in_file, found.known, found.words, found.running) == (9, 2, 3, 0.7)
    assert found.matrix.shape == (4, 6) and not found.matrix[[0, 2]].any() and found.matrix[[1, 3]].all()
    assert "holds only 9 words where the whole glove.6B has 400,000" in found.describe()
    assert "70% of the running words" in found.describe()


def test_wrong_vectors_get_one_sentence(tmp_path):
    path = texts.glove(tmp_path / "glove.6B.6d.txt")
    with pytest.raises(
        RecipeError, match=r"vectors of 6 numbers, not of 100: give glove.6B.100d.txt, or --emb"
    ):
        vectors.check_dimensions(path, 100)
    with pytest.raises(RecipeError, match="none of the words"):
        vectors.read(path, {"nonsense": 1}, 2, {"nonsense": 1})
    with pytest.raises(RecipeError, match="is no file"):
        vectors.find(str(tmp_path / "nowhere"))
    for content in (b"", b"just some text\nand more of it\n", bytes(range(256)) * 4):
        (tmp_path / "bad.txt").write_bytes(content)
        with pytest.raises(RecipeError, match="no file of words and their vectors"):
            vectors.check_dimensions(tmp_path / "bad.txt", 100)


def test_made_vectors_put_words_of_the_same_texts_together():
    made = vectors.make([[1, 2], [1, 2, 2], [3, 4], [3, 4, 4]], {"a": 1, "b": 2, "c": 3, "d": 4}, 5, 8)
    unit = made.matrix[1:] / np.linalg.norm(made.matrix[1:], axis=1, keepdims=True)
    near = unit @ unit.T
    assert near[0, 1] > 0.7 and near[2, 3] > 0.7 and abs(near[0, 2]) < 1e-5
