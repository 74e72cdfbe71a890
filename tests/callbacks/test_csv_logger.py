"""CSVLogger: columns and cells, and files that are continued without a second header, a gap or a repeat."""

import csv

import numpy as np
import pytest
import tf_keras

import tfk_ext
from tests.callbacks.scripted import run

CSVLogger = tfk_ext.callbacks.CSVLogger


def logs(*epochs):
    return [{"loss": epoch + 0.5, "acc": epoch / 10} for epoch in epochs]


def read(path, separator=","):
    with open(path, newline="") as file:
        return list(csv.reader(file, delimiter=separator))


def test_as_tf_keras_writes_it(tmp_path):
    epochs = [
        {
            "val_loss": 1.0,
            "loss": 0.5,
            "text": "a,b",
            "list": [1, 2],
            "array": np.array([0.5, 1]),
            "zero": np.array(3),
        },
        {
            "val_loss": 2.0,
            "loss": 1 / 3,
            "text": 'say "x"',
            "list": (1,),
            "array": np.array([2.0]),
            "zero": np.float32(0.1),
        },
    ]
    for separator in (",", ";"):
        run(epochs, CSVLogger(tmp_path / "ours", separator))
        run(epochs, tf_keras.callbacks.CSVLogger(str(tmp_path / "theirs"), separator))
        assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
    assert read(tmp_path / "ours", ";")[0] == ["epoch", "array", "list", "loss", "text", "val_loss", "zero"]


def test_overwrites_unless_told_otherwise(tmp_path):
    path = tmp_path / "log.csv"
    run(logs(0, 1, 2), CSVLogger(path))
    run(logs(0), CSVLogger(path))
    assert read(path) == [["epoch", "acc", "loss"], ["0", "0.0", "0.5"]]


def test_append_goes_on_under_the_header(tmp_path):
    path = tmp_path / "deep" / "log.csv"
    run(logs(0, 1), CSVLogger(path, append=True))
    run(logs(2, 3), CSVLogger(path, append=True), initial_epoch=2)
    assert [row[0] for row in read(path)] == ["epoch", "0", "1", "2", "3"]
    run(logs(0), CSVLogger(path, append=True))  # another training in the same file, as documented
    assert [row[0] for row in read(path)] == ["epoch", "0", "1", "2", "3", "0"]


@pytest.mark.parametrize("cut", range(1, 14))
def test_a_line_that_was_cut_off(tmp_path, cut):
    """A crash in the middle of writing epoch 2, wherever: the resumed training writes it again, once."""
    path = tmp_path / "log.csv"
    run(logs(0, 1, 2), CSVLogger(path))
    whole = path.read_bytes()
    start = whole.rindex(b"2,0.2,2.5")
    path.write_bytes(whole[: min(start + cut, len(whole))])
    run(logs(2, 3), CSVLogger(path, append=True), initial_epoch=2)
    assert [row[0] for row in read(path)] == ["epoch", "0", "1", "2", "3"]
    assert read(path)[3] == ["2", "0.2", "2.5"]


def test_epochs_that_run_again_are_not_repeated(tmp_path):
    path = tmp_path / "log.csv"
    run(logs(0, 1, 2, 3), CSVLogger(path))
    run(logs(2, 3, 4), CSVLogger(path, append=True), initial_epoch=2)
    assert [row[0] for row in read(path)] == ["epoch", "0", "1", "2", "3", "4"]


def test_a_last_line_without_a_break_is_not_lost(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,acc,loss\n0,0.0,0.5")
    run(logs(1), CSVLogger(path, append=True), initial_epoch=1)
    assert read(path) == [["epoch", "acc", "loss"], ["0", "0.0", "0.5"], ["1", "0.1", "1.5"]]


def test_an_empty_file(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("")
    run(logs(0), CSVLogger(path, append=True))
    assert [row[0] for row in read(path)] == ["epoch", "0"]


def test_keys_that_come_later_or_not_at_all(tmp_path):
    path = tmp_path / "log.csv"
    run([{"loss": 1.0}, {"loss": 2.0, "val_loss": 3.0}, {"val_loss": 4.0}], CSVLogger(path))
    assert read(path) == [
        ["epoch", "loss", "val_loss"],
        ["0", "1.0", "NA"],
        ["1", "2.0", "3.0"],
        ["2", "NA", "4.0"],
    ]
    run([{"acc": 0.5, "loss": 1.0}], CSVLogger(path, append=True), initial_epoch=3)
    assert read(path)[0] == ["epoch", "loss", "val_loss", "acc"]
    assert read(path)[-2:] == [["2", "NA", "4.0", "NA"], ["3", "1.0", "NA", "0.5"]]
    assert read(path)[-1][0] == "3"
