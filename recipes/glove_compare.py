"""Runs of the GloVe text CNN side by side: word vectors of GloVe, fixed or trained, and random ones."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from recipes.shared import pictures
from recipes.shared.history import read_rows
from recipes.shared.options import option, parse
from recipes.shared.program import RecipeError
from recipes.shared.report import Report
from recipes.shared.runs import Run

PANELS = (("accuracy in training", ("accuracy",)), ("accuracy in validation", ("val_accuracy",)))
SAME = ("no_headers", "words", "length", "embedding", "filters", "batch_size", "seed")
EXAMPLES = """
python -m recipes.glove_cnn compare runs/glove_cnn-001 runs/trainable runs/random --out comparison.html
"""


@dataclasses.dataclass(frozen=True)
class CompareOptions:
    runs: list[str] | None = option(None, "folders of runs", positional=True, nargs="+", metavar="RUN")
    out: str = option("comparison.html", "the page to write; it must not exist yet", metavar="FILE")


def main(argv: list[str]) -> None:
    """Lay runs of the GloVe text CNN side by side, epoch by epoch."""
    options, _ = parse(CompareOptions, "recipes.glove_cnn compare", main.__doc__ or "", EXAMPLES, argv)
    out = Path(options.out)
    if out.exists():
        raise RecipeError(f"--out {out} exists: name another file.")
    if not out.parent.is_dir():
        raise RecipeError(f"--out {out}: there is no folder {out.parent}.")
    runs = [Run.find("glove_cnn", path, lock=False) for path in options.runs or []]
    if len(runs) < 2:
        raise RecipeError("compare takes the folders of two runs or more.")
    _check_alike(runs)
    rows = {_variant(run): read_rows(run / "history.csv") for run in runs}
    if len(rows) < len(runs):
        raise RecipeError("two of the runs are of the same variant: give one of each.")
    epochs = min(map(len, rows.values()))
    if not epochs:
        raise RecipeError("one of the runs has no whole epoch yet: go on with it by --resume.")
    equal = {name: history[:epochs] for name, history in rows.items()}
    _page(runs, equal).save(out)
    for name, history in equal.items():
        last = history[-1]
        print(f"{name}: training {last['accuracy']:.4f}, validation {last['val_accuracy']:.4f}")
    print(f"after {epochs} epochs each; the page: {out}")


def _variant(run: Run) -> str:
    options = run.config["options"]
    if options.get("no_glove"):
        return "random vectors, trained"
    return "GloVe, trained further" if options.get("trainable") else "GloVe, fixed"


def _check_alike(runs: list[Run]) -> None:
    """Refuse runs that differ in more than their word vectors."""
    first, *others = runs
    for run in others:
        if run.config["data"].get("sha256") != first.config["data"].get("sha256"):
            raise RecipeError(f"{run.path} was trained on other messages than {first.path}.")
        for name in SAME:
            values = [each.config["options"].get(name) for each in (run, first)]
            if values[0] != values[1]:
                raise RecipeError(
                    f"{run.path} differs from {first.path} in --{name.replace('_', '-')}: {values[0]} and "
                    f"{values[1]}."
                )


def _page(runs: list[Run], rows: dict[str, list[dict[str, float]]]) -> Report:
    page = Report("GloVe text CNN: word vectors side by side")
    data = runs[0].config["data"]
    page.text(f"Trained on {data['name']} ({data['source']}), the same messages and split for all.")
    for run in runs:
        page.text(f"{_variant(run)}: {run.path}. {run.config['data']['vectors']}")
    page.heading("Accuracy after each epoch")
    page.picture(pictures.side_by_side(rows, PANELS), "Training and validation, epoch by epoch")
    header = ["epoch", *(f"{name}: {part}" for name in rows for part in ("training", "validation"))]
    table = []
    for place in range(len(next(iter(rows.values())))):
        cells = [f"{rows[name][place][key]:.4f}" for name in rows for key in ("accuracy", "val_accuracy")]
        table.append([str(place + 1), *cells])
    page.table(header, table)
    best = max(rows, key=lambda name: rows[name][-1]["val_accuracy"])
    page.text(f"Best in validation after {len(table)} epochs: {best}.")
    return page
