"""The benchmarks: a tiny case goes through measurement, file, page and chart; no time is asserted."""

from __future__ import annotations

import importlib
import json
import os

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from benchmarks import __main__ as program
from benchmarks import catalogue, page, results
from benchmarks.case import FLOOR, KERAS, OURS, Bar, Case, Contest
from benchmarks.equality import Unequal, difference
from benchmarks.measure import measured, peak
from tests.processes import python


def _case(theirs=2.0, **options):
    def make():
        runs = {OURS: lambda: np.full(1000, 2.0), KERAS: lambda: np.full(1000, theirs)}
        return Contest(runs, floor=lambda: None)

    return Case(
        "filled", make, (Bar(KERAS, 1e-9), Bar(KERAS, 1e9, 2e9, of="first"), Bar(FLOOR, 1e-9)), **options
    )


@pytest.fixture
def written(tmp_path):
    """The results of a plain case, a curve and a crossed table, as the file holds them, and their page."""
    kept = {"fit/filled": results.entry(_case(), *measured(_case(), 0.0))}
    for column in (2, 20, "forward"):
        case = _case(row=f"over {type(column).__name__}", column=column)
        kept[f"growth/{column}"] = results.entry(case, *measured(case, 0.0))
    results.write(kept, tmp_path / "results.json")
    page.write(results.read(tmp_path / "results.json"), program.GROUPS, tmp_path)
    return tmp_path


def test_figures_of_a_case(written):
    kept = json.loads((written / "results.json").read_text())["fit/filled"]
    assert list(kept["figures"]) == [OURS, KERAS, FLOOR]
    for figures in kept["figures"].values():
        assert 0 < figures["low"] <= figures["median"] <= figures["high"]
        assert figures["memory"] is None or figures["memory"] >= 0
    ours, theirs = (kept["figures"][name]["median"] for name in (OURS, KERAS))
    assert results.ratio(kept, KERAS) == pytest.approx(theirs / ours)
    assert [results.reached(kept, bar) for bar in kept["bars"]] == [True, False, True]
    assert "/" not in kept["machine"] and "TensorFlow" in kept["machine"]


def test_page_and_charts(written):
    text = (written / "speed.md").read_text()
    assert text.startswith("# Speed")
    assert "| filled | " in text and "**missed** (2e+09)" in text and "8 of 12 bars are reached" in text
    assert "- fit/filled: first call, " in text
    assert {p.name for p in (written / "speed").iterdir()} == {"fit.svg", "growth-over-int.svg"}
    assert "<svg" in (written / "speed" / "fit.svg").read_text()


def test_what_a_person_wrote_on_the_page_stays(written):
    path = written / "speed.md"
    path.write_text("# By hand\n\n" + path.read_text() + "\nAnd behind it.\n")
    page.write({}, program.GROUPS, written)
    text = path.read_text()
    assert text.startswith("# By hand") and text.endswith("And behind it.\n") and "filled" not in text


def test_a_page_without_marks_is_left_alone(tmp_path):
    (tmp_path / "speed.md").write_text("only words")
    with pytest.raises(SystemExit, match="marks"):
        page.write({}, program.GROUPS, tmp_path)


def test_unequal_results_are_never_timed():
    with pytest.raises(Unequal, match=f"{OURS} and {KERAS} differ by 3.3e-01"):
        measured(_case(theirs=3.0), 0.0)
    kept = results.failed(_case(), "differ")
    assert "figures" not in kept
    assert "NOT EQUAL" in results.lines(kept)
    assert "fit/filled: not timed" in page.summary({"fit/filled": kept})


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([1.0, 4.0], [1.0, 4.0], 0.0),
        ([1.0, 5.0], [1.0, 4.0], 0.25),
        ([1.0, np.nan], [1.0, 4.0], np.inf),
        ([1.0], [1.0, 4.0], np.inf),
        (["a"], ["a"], 0.0),
        (["a"], ["b"], np.inf),
    ],
)
def test_difference(a, b, expected):
    assert difference((np.array(a),), (np.array(b),)) == expected


def test_peak_is_what_a_call_holds():
    held = peak(lambda: np.ones(8 << 20))  # 64 MB
    if held is None:
        pytest.skip("not Linux")
    assert 60 < held < 80


def test_names_of_cases_are_unique_and_every_layer_is_measured():
    for group in program.GROUPS:
        names = [case.name for case in importlib.import_module(f"benchmarks.{group}").cases()]
        assert len(names) == len(set(names)), group
    measured_layers = {item.partition(",")[0] for item in catalogue.LAYERS} | set(catalogue.ELSEWHERE)
    public = {
        thing.__name__
        for thing in vars(tfk_ext.layers).values()
        if isinstance(thing, type) and hasattr(tf.keras.layers, thing.__name__)
    }
    assert public - measured_layers == set()


def test_unknown_names_on_the_command_line():
    with pytest.raises(SystemExit, match="no such group; there are local, rnn"):
        program.select(["speed"])
    with pytest.raises(SystemExit, match="no case begins so"):
        program.select(["fit/none"])
    assert [name for name, _ in program.select(["fit/fit, 4"])] == ["fit/fit, 4 samples, 20 epochs"]


def test_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(program, "select", lambda wanted: [("fit/filled", _case())])
    argv = ["--only", "fit", "--seconds", "0", "--json", str(tmp_path / "r.json"), "--docs", str(tmp_path)]
    program.main(argv)
    assert "[1/1, 0 s] fit/filled" in capsys.readouterr().out
    assert "filled" in (tmp_path / "speed.md").read_text()


def test_what_is_measured_in_a_process_of_its_own():
    found = program.parts(["local", "rnn/LSTM", "recipes", "rnn/GRU"])
    assert found == [
        ["local"],
        ["rnn/LSTM", "rnn/GRU"],
        ["recipes/IMDB, fit, 10 steps"],
        ["recipes/DCGAN, a step"],
    ]


def test_the_imdb_recipe_is_measured_with_onednn_as_it_runs(monkeypatch):
    asked = []
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "")  # which is put back after the test
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS")
    monkeypatch.setattr(program, "measure", lambda *_: asked.append(os.environ.get("TF_ENABLE_ONEDNN_OPTS")))
    for part in program.parts(["local", "recipes"]):
        program.set_up_and_measure(part, 0.0)
        os.environ.pop("TF_ENABLE_ONEDNN_OPTS", None)
    assert asked == [None, "1", None]


@pytest.mark.slow
def test_groups_in_processes(tmp_path):
    names = ["optimizers/SGD: 100 small", "sequences/TimeseriesGenerator, one number, rate 1"]
    argv = ["--only", names[0], "--only", names[1], "--seconds", "0", "--json", str(tmp_path / "r.json")]
    done = python("-m", "benchmarks", *argv, "--docs", tmp_path, fresh=True)
    assert done.returncode == 0, done.stderr
    assert all(f"[1/1, 0 s] {name}" in done.stdout for name in names)
    found = results.read(tmp_path / "r.json")
    assert list(found) == names and all(entry["figures"] for entry in found.values())
    assert "SGD: 100 small" in (tmp_path / "speed.md").read_text()
