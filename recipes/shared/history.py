"""The curves of a training loop of one's own: ``history.csv``, and TensorBoard's records."""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Sequence
from pathlib import Path

from recipes.shared.program import RecipeError
from recipes.shared.runs import write


class History:
    """The rows of ``history.csv``, one an epoch; the file grows by a line at a time."""

    def __init__(self, path: Path, columns: Sequence[str]):
        self.path = path
        self.columns = tuple(columns)
        self.rows: list[dict[str, float]] = []

    def load(self, epochs: int) -> None:
        """Read the rows of the first ``epochs``; later ones are of work that was lost, and go."""
        try:
            with open(self.path, newline="", encoding="utf-8") as file:
                rows = [{key: float(row[key]) for key in self.columns} for row in csv.DictReader(file)]
        except FileNotFoundError:
            rows = []
        except (ValueError, KeyError, TypeError) as error:
            raise RecipeError(f"{self.path} is damaged: repair or remove its last line.") from error
        self.rows = [row for row in rows if row["epoch"] <= epochs]
        lines = [",".join(self.columns), *map(self._line, self.rows)]
        write(self.path, "".join(f"{line}\n" for line in lines))

    def append(self, row: dict[str, float]) -> None:
        with open(self.path, "a", newline="", encoding="utf-8") as file:
            if not self.rows:
                file.write(",".join(self.columns) + "\n")
            file.write(self._line(row) + "\n")
        self.rows.append(row)

    def _line(self, row: dict[str, float]) -> str:
        return ",".join(f"{row[name]:.9g}" for name in self.columns)


def trim_events(folder: Path, step: int) -> None:
    """Drop the TensorBoard records after ``step``: they are of work that was lost and is done again."""
    import tensorflow as tf

    for path in sorted(folder.glob("events.out.tfevents.*")):
        kept, dropped = [], 0
        with contextlib.suppress(tf.errors.DataLossError):  # a record that was cut short ends the file
            for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
                if tf.compat.v1.Event.FromString(record).step <= step:
                    kept.append(record)
                else:
                    dropped += 1
        if not kept:
            path.unlink()
        elif dropped:
            part = folder / "trimmed.part"
            with tf.io.TFRecordWriter(str(part)) as writer:
                for record in kept:
                    writer.write(record)
            os.replace(part, path)


def read_rows(path: Path) -> list[dict[str, float]]:
    """Read a ``history.csv``.

    Raises:
        RecipeError: it is missing or damaged.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    except FileNotFoundError as error:
        raise RecipeError(f"{path} is missing: give the folder of a run.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise RecipeError(f"{path} is damaged: repair or remove its last line.") from error
