"""text_dataset_from_directory: the texts, labels and order of Keras; what it does about bad files."""

import copy
import os
import pathlib
import sys
import tarfile

import numpy as np
import pytest
import tensorflow as tf

from tests.data import real
from tfk_ext.preprocessing import text_dataset_from_directory
from tfk_ext.preprocessing.text import Tokenizer

KERAS = tf.keras.preprocessing.text_dataset_from_directory


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three classes with 5, 4 and 3 texts, one of them in a subfolder; files that are no texts."""
    root = tmp_path_factory.mktemp("texts")
    for number, name in enumerate(("bad", "good", "so so")):
        (root / name / "deep").mkdir(parents=True)
        for text in range(5 - number):
            place = root / name / ("deep" if text == 3 else "") / f"text{text}.TXT"
            place.write_text(f"{name} number {text}, ünïcode")
        (root / name / "picture.png").write_bytes(b"\x89PNG")
    (root / ".hidden").mkdir()
    (root / ".hidden" / "x.txt").write_text("hidden")
    (root / "readme.txt").write_text("of no class")
    return root


def listed(dataset):
    return list(dataset.as_numpy_iterator())


def assert_same(mine, keras):
    assert mine.element_spec == keras.element_spec
    mine, keras = listed(mine), listed(keras)
    assert len(mine) == len(keras)
    for one, other in zip(mine, keras):
        tf.nest.map_structure(np.testing.assert_array_equal, one, other)


@pytest.mark.parametrize(
    "options",
    [
        {"shuffle": False},
        {"seed": 4},
        {"shuffle": False, "label_mode": "categorical", "batch_size": 5},
        {"shuffle": False, "class_names": ["so so", "bad"], "label_mode": "binary"},
        {"label_mode": None, "seed": 2, "max_length": 7},
        {"labels": None, "shuffle": False, "batch_size": None},
        {"labels": [2, 0, 1, 1, 0, 2, 2] * 2, "seed": 9},
        {"seed": 1, "validation_split": 0.3, "subset": "training"},
        {"seed": 1, "validation_split": 0.3, "subset": "validation"},
        {"shuffle": False, "validation_split": 0.5, "subset": "validation"},
    ],
    ids=str,
)
def test_equal_to_keras(folder, options, capsys):
    tf.random.set_seed(3)
    keras = KERAS(str(folder), **copy.deepcopy(options))  # it shuffles a list of labels in its place
    printed = capsys.readouterr().out
    tf.random.set_seed(3)
    mine = text_dataset_from_directory(folder, **options)
    assert capsys.readouterr().out == printed
    assert_same(mine, keras)
    assert mine.class_names == keras.class_names


def test_both_parts_of_a_split(folder):
    options = {"seed": 1, "validation_split": 0.3, "subset": "both"}
    tf.random.set_seed(3)
    keras = KERAS(str(folder), **options)
    tf.random.set_seed(3)
    for mine, other in zip(text_dataset_from_directory(folder, **options, verbose=False), keras):
        assert_same(mine, other)


def test_each_pass_has_its_own_order(folder, capsys):
    dataset = text_dataset_from_directory(folder, batch_size=None, seed=1, verbose=False)
    assert capsys.readouterr().out == ""
    first, second = ([text for text, _ in listed(dataset)] for _ in range(2))
    assert first != second
    assert sorted(first) == sorted(second)


def test_other_extensions(folder):
    every = text_dataset_from_directory(folder, extensions=None, shuffle=False, labels=None, batch_size=None)
    assert len(listed(every)) == 17  # the hidden folder's file and the pictures too
    pictures = text_dataset_from_directory(folder, extensions=".png", shuffle=False)
    assert [os.path.basename(path) for path in pictures.file_paths] == ["picture.png"] * 3


def test_links_are_followed_on_demand(folder, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.txt").write_text("one")
    os.symlink(folder / "good", tmp_path / "a" / "link")
    counts = [
        len(listed(text_dataset_from_directory(tmp_path, follow_links=links, batch_size=None)))
        for links in (False, True)
    ]
    assert counts == [1, 5]


def test_encodings(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.txt").write_bytes("naïve".encode("latin-1"))
    (tmp_path / "a" / "2.txt").write_bytes(b"plain")
    raw = listed(text_dataset_from_directory(tmp_path, shuffle=False, labels=None))
    assert raw[0].tolist() == [b"na\xefve", b"plain"]
    decoded = text_dataset_from_directory(
        tmp_path, shuffle=False, labels=None, encoding="latin-1", max_length=4
    )
    assert listed(decoded)[0].tolist() == [b"na\xc3\xafv", b"plai"]
    with pytest.raises(tf.errors.OpError, match=r"1\.txt can't be read .*on_error='skip'"):
        listed(text_dataset_from_directory(tmp_path, encoding="utf-8"))


@pytest.mark.parametrize("labels", ["inferred", None])
def test_bad_files_are_skipped_and_counted(tmp_path, labels):
    for number in range(40):
        place = tmp_path / "ab"[number % 2]
        place.mkdir(exist_ok=True)
        (place / f"{number:02}.txt").write_bytes(b"\xff\xfe" if number in (3, 30) else b"fine")
    dataset = text_dataset_from_directory(
        tmp_path, labels, encoding="utf-8", on_error="skip", shuffle=False, batch_size=7
    )
    with pytest.warns(UserWarning) as warned:
        batches = listed(dataset)
        listed(dataset)  # a second pass reports nothing anew
    texts = np.concatenate([batch[0] if labels else batch for batch in batches])
    assert texts.tolist() == [b"fine"] * 38
    assert sorted(map(os.path.basename, dataset.skipped)) == ["03.txt", "30.txt"]
    messages = [str(warning.message) for warning in warned if "can't be read" in str(warning.message)]
    assert len(messages) == 2
    assert "number 2" in messages[1]


def test_a_file_that_vanishes_is_named(tmp_path):
    (tmp_path / "a").mkdir()
    for name in ("1.txt", "2.txt"):
        (tmp_path / "a" / name).write_text("x")
    strict = text_dataset_from_directory(tmp_path, shuffle=False)
    lenient = text_dataset_from_directory(tmp_path, shuffle=False, on_error="skip")
    (tmp_path / "a" / "2.txt").unlink()
    with pytest.raises(tf.errors.NotFoundError, match=r"2\.txt"):
        listed(strict)
    with pytest.warns(UserWarning, match=r"2\.txt can't be read"):
        assert listed(lenient)[0][0].tolist() == [b"x"]


def test_an_empty_class_keeps_its_number(folder, tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
    (tmp_path / "c" / "1.txt").write_text("x")
    with pytest.warns(UserWarning, match="2 of 3 classes have no files: a, b; they keep their numbers"):
        dataset = text_dataset_from_directory(tmp_path)
    assert dataset.class_names == ["a", "b", "c"]
    assert listed(dataset)[0][1].tolist() == [2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": "guessed"}, "labels must be 'inferred', None or a list of integers, got 'guessed'"),
        ({"labels": [1, 2]}, "labels has 2 entries, .* has 14 files"),
        ({"labels": [-1] * 14}, "labels must be integers of at least 0"),
        ({"labels": [0, 1, 7, 1, 0, 1, 1] * 2, "label_mode": "categorical"}, "must run from 0 to 2"),
        ({"label_mode": "onehot"}, "label_mode must be one of"),
        ({"label_mode": "binary"}, "'binary' needs two classes"),
        ({"class_names": ["good", "ugly"]}, r"class_names \['ugly'\] are no subfolders .*'bad', 'good'"),
        ({"class_names": ["good"], "labels": None}, "class_names goes with labels='inferred'"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"max_length": -1}, "max_length must be"),
        ({"validation_split": 0.5}, "belong together"),
        ({"subset": "training"}, "belong together"),
        ({"validation_split": 1.5, "subset": "training"}, "between 0 and 1"),
        ({"validation_split": 0.5, "subset": "test"}, "subset must be one of"),
        ({"validation_split": 0.5, "subset": "training"}, "needs a seed"),
        ({"validation_split": 0.01, "subset": "validation", "seed": 1}, "leaves no file for validation"),
        ({"extensions": ".doc"}, "has no files ending with .doc in its subfolders"),
        ({"encoding": "klingon"}, "encoding 'klingon' is unknown"),
        ({"on_error": "ignore"}, "on_error must be one of"),
    ],
)
def test_bad_arguments(folder, options, message):
    with pytest.raises(ValueError, match=message):
        text_dataset_from_directory(folder, **options)


def test_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere is no folder"):
        text_dataset_from_directory(tmp_path / "nowhere")


@pytest.mark.slow
@pytest.mark.data
def test_20_newsgroups(tmp_path):
    """The real messages: the folders through the dataset, and their texts through the Tokenizer."""
    groups = ("alt.atheism", "sci.space", "talk.politics.guns")
    with tarfile.open(real("20_newsgroup/news20.tar.gz")) as archive:
        wanted = [m for m in archive if m.isfile() and pathlib.PurePath(m.name).parts[1] in groups]
        if sys.version_info >= (3, 12):
            archive.extractall(tmp_path, wanted, filter="data")
        else:
            archive.extractall(tmp_path, wanted)
    train, test = text_dataset_from_directory(
        tmp_path / "20_newsgroup",
        extensions=None,
        encoding="latin-1",
        validation_split=0.2,
        subset="both",
        seed=0,
        batch_size=100,
    )
    assert train.class_names == list(groups)
    labels = np.concatenate([label for _, label in listed(train)] + [label for _, label in listed(test)])
    assert np.bincount(labels).tolist() == [1000, 1000, 1000]
    tokenizer = Tokenizer(num_words=5000)
    tokenizer.fit_on_texts(train)
    assert tokenizer.document_count == 2400
    assert tokenizer.index_word[1] == "the"
    keras = tf.keras.preprocessing.text.Tokenizer(num_words=5000)
    texts = [text.decode() for batch, _ in listed(test) for text in batch]
    tokenizer, mine = Tokenizer(num_words=5000), tokenizer
    tokenizer.fit_on_texts(texts)
    keras.fit_on_texts(texts)
    assert tokenizer.to_json() == keras.to_json()
    assert tokenizer.texts_to_sequences(texts) == keras.texts_to_sequences(texts)
    np.testing.assert_array_equal(
        tokenizer.texts_to_matrix(texts[:50], "tfidf"), keras.texts_to_matrix(texts[:50], "tfidf")
    )
    lengths = [len(row) for row, _ in mine.texts_to_dataset(test).as_numpy_iterator()]
    assert len(lengths) == 600
    assert np.mean(lengths) > 100
