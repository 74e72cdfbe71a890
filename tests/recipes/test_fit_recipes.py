"""The recipes that `fit` trains, with small models: runs, going on, predicting, errors."""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from recipes import glove_cnn, imdb_lstm
from recipes.shared import fitted, program, training
from recipes.shared.padding import Trimmed
from recipes.shared.program import RecipeError
from tests.processes import python
from tests.recipes import texts

IMDB = ["--words", "45", "--length", "8", "--embedding", "4", "--units", "3", "--batch-size", "8"]
GLOVE = ["--length", "150", "--embedding", "6", "--filters", "4", "--batch-size", "16", "--epochs", "2"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path


@pytest.fixture
def states(monkeypatch):
    """Leave out what follows the training, and keep its weights by the run's name."""
    found = {}

    def finish(model, run, *args):
        found[run.path.name] = model.get_weights()

    monkeypatch.setattr(imdb_lstm, "finish", finish)
    return found


@pytest.fixture
def no_process(monkeypatch):
    checked = []
    monkeypatch.setattr(fitted, "check_reload", lambda *args: checked.append(args) or 0.0)
    return checked


def history(path):
    with open(path / "history.csv", newline="") as file:
        return [
            {key: value for key, value in row.items() if key != "seconds"} for row in csv.DictReader(file)
        ]


def events(path):
    """Return (step, name, value) of TensorBoard's scalars but times."""
    found = []
    for file in (path / "tensorboard").glob("*/events*"):
        for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
            event = tf.compat.v1.Event.FromString(record)
            for value in event.summary.value:
                if value.tag.startswith(("epoch_", "evaluation_")) and value.tag != "epoch_seconds":
                    number = float(tf.make_ndarray(value.tensor))
                    found.append((file.parent.name, event.step, value.tag, number))
    return sorted(found)


# ---------------------------------------------------------------------------------------------- the models


def test_the_models_are_the_documented_ones():
    model = imdb_lstm.build_model(imdb_lstm.Options())
    assert [type(layer).__name__ for layer in model.layers] == [
        "Embedding",
        "Bidirectional",
        "Dropout",
        "Dense",
    ]
    lstm = 4 * 64 * (128 + 64 + 1)
    assert model.count_params() == 20000 * 128 + 2 * lstm + 128 + 1
    assert model.input_shape == (None, 100) and model.output_shape == (None, 1)

    matrix = np.zeros((20000, 100), np.float32)
    model = glove_cnn.build_model(glove_cnn.Options(), 20000, 20, matrix)
    assert model.input_shape == (None, 1000) and model.output_shape == (None, 20)
    pools = [layer.pool_size for layer in model.layers if isinstance(layer, tfk_ext.MaxPooling1D)]
    assert pools == [(5,), (5,), (35,)]
    convolutions = 5 * 128 * (100 + 128 + 128) + 3 * 128
    trained = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert trained == convolutions + 128 * 128 + 128 + 128 * 20 + 20  # the word vectors stay
    for options in (glove_cnn.Options(trainable=True), glove_cnn.Options(no_glove=True)):
        given = None if options.no_glove else matrix
        model = glove_cnn.build_model(options, 20000, 20, given)
        assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == trained + 2_000_000


def test_without_padding_outputs_and_gradients_are_the_same(rng):
    lengths = [0, 1, 300, 299, 30, 151, 152, 200, 149, 150, 5]
    words = np.zeros((len(lengths), 300), np.int32)
    for row, length in zip(words, lengths):
        row[300 - length :] = rng.integers(1, 50, length)
    options = glove_cnn.Options(length=300, embedding=6, filters=4, trainable=True)
    matrix = rng.normal(size=(50, 6)).astype(np.float32)  # with a row for padding that is not 0
    model = glove_cnn.build_model(options, 50, 3, matrix)
    trimmed = Trimmed(model, model.layers[1:8], model.layers[8:])
    assert (trimmed.stride, trimmed.reach) == (25, 149)
    truth = np.eye(3, dtype=np.float32)[rng.integers(0, 3, len(lengths))]
    outputs, gradients = [], []
    for one in (model, trimmed):
        with tf.GradientTape() as tape:
            outputs.append(one(words, training=True))
            loss = tf.reduce_sum(tf.keras.losses.categorical_crossentropy(truth, outputs[-1]))
        gradients.append(map(tf.convert_to_tensor, tape.gradient(loss, model.trainable_variables)))
    np.testing.assert_allclose(outputs[0], outputs[1], atol=1e-6)
    for expected, found in zip(*gradients, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)
    assert trimmed(words[:2]).shape == (2, 3)  # fewer texts than groups


# ------------------------------------------------------------------------------------------------ going on


@pytest.mark.slow
def test_interrupted_killed_and_resumed_equals_one_that_went_through(folder, states, monkeypatch, capsys):
    data = str(texts.imdb_npz(folder / "imdb.npz"))
    imdb_lstm.main([*IMDB, "--data", data, "--epochs", "3", "--out", "through"])

    # Ctrl-C in the middle of the second epoch (of five steps each).
    show = training.Progress.step

    def interrupt(self, text, left):
        show(self, text, left)
        if text.startswith("epoch 2, step 3"):
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(training.Progress, "step", interrupt)
    with pytest.raises(SystemExit) as caught:
        imdb_lstm.main([*IMDB, "--data", data, "--epochs", "3", "--out", "halted"])
    assert caught.value.code == 130
    text = capsys.readouterr().out
    assert (
        "interrupted in epoch 2 after step 3; to go on: python -m recipes.imdb_lstm --resume --out halted"
        in text
    )
    monkeypatch.setattr(training.Progress, "step", show)
    assert len(history(folder / "halted")) == 1

    # Killed when the row of the third epoch is written, and its checkpoint is not.
    class Killed(BaseException):
        pass

    save = training.Training.save

    def kill(self):
        if int(self.epoch) == 3:
            raise Killed
        save(self)

    monkeypatch.setattr(training.Training, "save", kill)
    with pytest.raises(Killed):
        imdb_lstm.main(["--resume", "--out", "halted"])
    monkeypatch.setattr(training.Training, "save", save)
    assert "going on at epoch 2, step 4 of 5" in capsys.readouterr().out
    assert len(history(folder / "halted")) == 3
    imdb_lstm.main(["--resume", "--out", "halted"])
    assert "going on at epoch 3, step 1 of 5" in capsys.readouterr().out

    for expected, found in zip(states["through"], states["halted"], strict=True):
        np.testing.assert_array_equal(found, expected)
    assert history(folder / "halted") == history(folder / "through")
    assert [row["epoch"] for row in history(folder / "halted")] == ["0", "1", "2"]
    assert events(folder / "halted") == events(folder / "through")

    # What is refused.
    other = str(texts.imdb_npz(folder / "other.npz", y_train=1 - np.arange(40) % 2))
    for words, argv in {
        "--units is 4, but this run began with 3": ["--units", "4"],
        "was trained on other data": ["--data", other],
    }.items():
        with pytest.raises(RecipeError, match=words):
            imdb_lstm.main(["--resume", "--out", "halted", *argv])
    for file in (folder / "halted" / "checkpoints").glob("ckpt-*"):
        file.write_bytes(b"")
    with pytest.raises(RecipeError, match="no readable checkpoint"):
        imdb_lstm.main(["--resume", "--out", "halted"])


@pytest.mark.slow
def test_killed_in_its_first_epoch_a_run_starts_again(folder, states, monkeypatch):
    data = str(texts.imdb_npz(folder / "imdb.npz"))
    save = training.Training.save

    def kill(self):
        raise ZeroDivisionError

    monkeypatch.setattr(training.Training, "save", kill)
    with pytest.raises(ZeroDivisionError):
        imdb_lstm.main([*IMDB, "--data", data, "--epochs", "1", "--out", "run"])
    assert len(history(folder / "run")) == 1
    monkeypatch.setattr(training.Training, "save", save)
    imdb_lstm.main(["--resume", "--out", "run"])
    assert len(history(folder / "run")) == 1
    points = [point for point in events(folder / "run") if point[2] == "epoch_loss"]
    assert [point[:2] for point in points] == [("train", 0), ("validation", 0)]


# --------------------------------------------------------------------------------------------------- runs


@pytest.mark.slow
def test_an_imdb_run_writes_what_it_says(folder, no_process, capsys):
    data = str(texts.imdb_folder(folder / "aclImdb"))
    argv = [*IMDB, "--data", data, "--epochs", "2", "--out", "run", "--mixed-precision"]
    imdb_lstm.main(argv)
    text, run = capsys.readouterr().out, folder / "run"
    assert "report:  run/report.html" in text and "test accuracy: 0." in text
    config = json.loads((run / "config.json").read_text())
    assert config["options"]["units"] == 3 and config["data"]["name"] == "IMDB"
    assert config["versions"]["tfk_ext"] == tfk_ext.__version__ and len(config["data"]["sha256"]) == 64
    assert not list(run.rglob("*part*"))
    page = (run / "report.html").read_text()
    assert page.count("data:image/png") == 3 and "film" in page and "model.keras" in page
    model, inputs, expected = no_process[0]
    loaded = tf.keras.models.load_model(model)
    np.testing.assert_allclose(loaded.predict(inputs, verbose=0), expected, atol=1e-6)
    assert loaded.layers[1].compute_dtype == "bfloat16"

    imdb_lstm.main(["predict", "--model", "run/model.keras", "a fine warm film", "dull"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ", 2)[2] for line in lines] == ["a fine warm film", "dull"]
    assert all(line.split()[1] in ("positive", "negative") for line in lines)
    with pytest.raises(RecipeError, match=r"complete \(2 epochs\): give more --epochs"):
        imdb_lstm.main(["--resume", "--out", "run"])
    with pytest.raises(RecipeError, match="holds another run"):
        imdb_lstm.main(argv)


@pytest.mark.slow
def test_glove_runs_and_their_comparison(folder, no_process, capsys):
    data, glove = str(texts.news_folder(folder / "20_newsgroup")), str(texts.glove(folder / "glove.txt"))
    glove_cnn.main([*GLOVE, "--data", data, "--glove", glove, "--out", "fixed"])
    text = capsys.readouterr().out
    assert "holds only 9 words where the whole glove.6B has 400,000" in text
    assert "holds only 9 words" in (folder / "fixed" / "report.html").read_text()
    vectors = tf.keras.models.load_model("fixed/model.keras").layers[1].get_weights()[0]
    np.testing.assert_allclose(np.abs(vectors).sum(1) > 0, np.any(vectors != 0, axis=1))
    assert 5 <= np.sum(np.any(vectors != 0, axis=1)) <= 9
    glove_cnn.main([*GLOVE, "--data", data, "--no-glove", "--out", "random"])
    glove_cnn.main(["compare", "fixed", "random", "--out", "both.html"])
    text = capsys.readouterr().out
    assert "GloVe, fixed: training" in text and "after 2 epochs each" in text
    assert "random vectors, trained" in (folder / "both.html").read_text()

    glove_cnn.main(["predict", "--model", "random/model.keras", "word1a word1b"])
    assert capsys.readouterr().out.endswith("  word1a word1b\n")
    cases = {
        "two runs or more": ["compare", "fixed"],
        "exists: name another": ["compare", "fixed", "random", "--out", "both.html"],
        "same variant": ["compare", "fixed", "fixed"],
        "holds no run": ["compare", "fixed", "nowhere"],
        "is of another recipe": None,
        "--no-glove goes neither": [*GLOVE, "--no-glove", "--trainable"],
        "vectors of 6 numbers, not of 100": ["--data", data, "--glove", glove],
        "there are no word vectors": [*GLOVE, "--data", data],
    }
    for words, argv in cases.items():
        with pytest.raises(RecipeError, match=words):
            if argv is None:
                imdb_lstm.main(["predict", "--model", "random/model.keras", "x"])
            else:
                glove_cnn.main(argv)
    (folder / "random" / "vocabulary.json").write_text("{")
    with pytest.raises(RecipeError, match="vocabulary.json is damaged"):
        glove_cnn.main(["predict", "--model", "random/model.keras", "x"])


def test_a_dry_run_writes_nothing(folder, capsys):
    glove_cnn.main([*GLOVE, "--dry-run", "--out", "run"])
    text = capsys.readouterr().out
    assert "MEANS NOTHING" in text and "dry run: nothing was written" in text and "Conv1D" in text
    assert not (folder / "run").exists()


@pytest.mark.slow
def test_xla_trains_too(folder, states):
    data = str(texts.imdb_npz(folder / "imdb.npz"))
    for name, more in (("graph", []), ("xla", ["--jit"])):
        imdb_lstm.main([*IMDB, "--dropout", "0", "--data", data, "--epochs", "1", "--out", name, *more])
    for expected, found in zip(states["graph"], states["xla"], strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.slow
def test_the_program_in_a_process_of_its_own(tmp_path, capsys):
    """The real thing: a folder in use, SIGKILL in the middle, --resume with its reload check, exit codes."""
    root = Path(__file__).parents[2]
    data, out = str(texts.imdb_folder(tmp_path / "aclImdb")), tmp_path / "run"
    begin = [sys.executable, "-m", "recipes.imdb_lstm"]
    begin += [*IMDB, "--data", data, "--out", str(out), "--epochs", "100000"]
    go_on = ["--resume", "--out", str(out)]
    with subprocess.Popen(begin, cwd=root, stdout=subprocess.PIPE, text=True) as first:
        for line in first.stdout:
            if line.startswith("epoch 2/"):
                break
        with pytest.raises(SystemExit) as second:
            program.run_main("recipes.imdb_lstm", lambda: imdb_lstm.main(go_on))
        first.kill()
    assert second.value.code == 2
    assert capsys.readouterr().err == (
        f"recipes.imdb_lstm: error: {out} is in use by another process: wait for it, or name another "
        "folder.\n"
    )
    epochs = len(history(out)) + 1
    imdb_lstm.main([*go_on, "--epochs", str(epochs)])
    assert [int(row["epoch"]) for row in history(out)] == list(range(epochs))
    assert "reloaded in a fresh process: the same predictions" in capsys.readouterr().out


def test_an_interruption_outside_of_training_is_one_line(capsys):
    def main():
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as caught:
        program.run_main("recipes.test", main)
    assert caught.value.code == 130
    assert capsys.readouterr().err == "recipes.test: interrupted.\n"


def test_onednn_is_asked_for_by_the_program_and_not_by_its_import(monkeypatch):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    code = """
import contextlib, os, runpy, sys
import recipes.imdb_lstm
print(os.environ.get("TF_ENABLE_ONEDNN_OPTS"))
del sys.modules["recipes.imdb_lstm"]
sys.argv = ["imdb_lstm", "--help"]
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(None):
    runpy.run_module("recipes.imdb_lstm", run_name="__main__")
print(os.environ["TF_ENABLE_ONEDNN_OPTS"])
"""
    done = python("-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["None", "1"]
