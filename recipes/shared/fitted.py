"""What recipes with a model and ``fit`` share around the training: what they say, check and report."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from recipes.shared import pictures
from recipes.shared.history import read_rows
from recipes.shared.options import RunOptions
from recipes.shared.program import RecipeError
from recipes.shared.reload import check_reload
from recipes.shared.report import Report, describe_layers, summary
from recipes.shared.runs import Run

CHECKED = 200  # samples that are predicted in a fresh process


def announce(data: str, loud: str | None) -> None:
    """Say what the data are; ``loud`` is said so that nobody misses it."""
    if loud:
        print(f"{'!' * 100}\n{loud}\n{'!' * 100}")
    print(f"data: {data}", flush=True)


def show_sizes(model: tf.keras.Model, options: RunOptions, samples: int, run: Run) -> None:
    """Print what a run would be."""
    print(summary(model))
    steps = -(-samples // options.batch_size)
    size = sum(variable.numpy().nbytes for variable in model.variables)
    print(
        f"steps: {options.epochs} epochs of {steps} steps of {options.batch_size} samples; "
        f"weights: {size / 2**20:.1f} MiB\nfolder: {run.path}\ndry run: nothing was written or trained"
    )


def load(path: str) -> tf.keras.Model:
    """Load a saved model.

    Raises:
        RecipeError: there is none, or it can't be loaded.
    """
    if not Path(path).is_file():
        raise RecipeError(f"--model {path} is no file: name the model.keras of a run.")
    try:
        return tf.keras.models.load_model(path, compile=False)
    except Exception as error:  # whatever a damaged or foreign file makes Keras raise
        raise RecipeError(f"--model {path} can't be loaded ({str(error).splitlines()[0]}).") from error


def finish(model: tf.keras.Model, run: Run, x: np.ndarray, timings: dict[str, float]) -> Result:
    """Save the model, predict ``x`` with it, and check it in a fresh process."""
    part = run / "model.part.keras"
    model.save(part)
    part.replace(run / "model.keras")
    rows = read_rows(run / "history.csv")
    timings["training"] = sum(row["seconds"] for row in rows)
    began = time.monotonic()
    outputs = model.predict(x, batch_size=256, verbose=0)
    timings["prediction"] = time.monotonic() - began
    began = time.monotonic()
    some = x[:CHECKED]
    expected = model.predict(some, batch_size=len(some), verbose=0)
    difference = check_reload(run / "model.keras", some, expected)
    timings["reload check"] = time.monotonic() - began
    return Result(model, run, outputs, rows, timings, difference)


@dataclasses.dataclass(frozen=True)
class Result:
    """A trained model, what it predicted, and how the training went."""

    model: tf.keras.Model
    run: Run
    outputs: np.ndarray
    rows: list[dict[str, float]]
    timings: dict[str, float]
    difference: float

    def page(self, title: str, data: str) -> Page:
        """Begin the report."""
        page = Page(title)
        page.result = self
        page.text(f"Trained on {data}: {len(self.rows)} epochs.")
        return page

    def say(self, page: Report, line: str) -> None:
        """Write the report, and say where everything is."""
        page.save(self.run / "report.html")
        print(f"\n{line}\nreport:  {self.run / 'report.html'}\nmodel:   {self.run / 'model.keras'}")
        print(f"reloaded in a fresh process: the same predictions (largest difference {self.difference:g})")


class Page(Report):
    """The report of a run that ``fit`` trained."""

    result: Result

    def curves(self, panels: Sequence[tuple[str, Sequence[str]]]) -> None:
        self.heading("Learning curves")
        self.picture(pictures.curves(self.result.rows, panels), "Training and validation, epoch by epoch")

    def confusion(self, truth: np.ndarray, predicted: np.ndarray, labels: Sequence[str]) -> None:
        matrix = np.zeros((len(labels), len(labels)), int)
        np.add.at(matrix, (truth, predicted), 1)
        self.picture(pictures.confusion(matrix, labels), "What the classes were taken for, on the test part")

    def closing(self, loading: str) -> None:
        """Add how to load the model, the timings, the model, options and versions."""
        result = self.result
        self.heading("Load the model")
        self.code(loading.strip())
        self.text(
            "Reloaded in a fresh process, it predicted the same "
            f"(largest difference {result.difference:g} over {CHECKED} samples)."
        )
        self.heading("Timings")
        self.table(("part", "seconds"), [(name, f"{value:.1f}") for name, value in result.timings.items()])
        self.heading("Model")
        self.picture(pictures.layers(describe_layers(result.model)), "The layers, with what they give")
        self.code(summary(result.model))
        self.settings(result.run)
