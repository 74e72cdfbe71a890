"""Pictures: learning curves, grids of images, animations, confusion matrices."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np


def curves(rows: Sequence[Mapping[str, float]], panels: Sequence[tuple[str, Sequence[str]]]) -> bytes:
    """Draw columns of a history over the epochs, one panel for each title and its columns, as a PNG."""
    return side_by_side({"": rows}, panels)


def side_by_side(
    runs: Mapping[str, Sequence[Mapping[str, float]]], panels: Sequence[tuple[str, Sequence[str]]]
) -> bytes:
    """Draw the columns of several histories, each by its name, as a PNG; epochs are counted from 1."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5 * len(panels), 3.4), layout="constrained")
    for axes, (title, columns) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels):
        for name, rows in runs.items():
            first = 1 - min((row["epoch"] for row in rows), default=1)
            epochs = [row["epoch"] + first for row in rows]
            for column in columns:
                label = ", ".join(filter(None, (name, column.replace("_", " "))))
                axes.plot(epochs, [row[column] for row in rows], marker=".", label=label)
        axes.set(title=title, xlabel="epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend()
        axes.grid(alpha=0.3)
    return _png(figure)


def grid(pictures: np.ndarray, columns: int = 10, scale: int = 2) -> np.ndarray:
    """Lay pictures from 0 to 1 out in a grid, as ``uint8``."""
    rows = math.ceil(len(pictures) / columns)
    height, width = pictures.shape[1:3]
    cells = np.zeros((rows * columns, height, width), np.uint8)
    cells[: len(pictures)] = np.rint(np.clip(pictures[..., 0], 0, 1) * 255)
    sheet = cells.reshape(rows, columns, height, width).swapaxes(1, 2)
    sheet = sheet.reshape(rows * height, columns * width)
    return sheet.repeat(scale, axis=0).repeat(scale, axis=1)


def as_png(sheet: np.ndarray) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(sheet).save(buffer, format="PNG")
    return buffer.getvalue()


def as_gif(files: list[Path], frames: int = 60) -> bytes:
    """Join pictures to a GIF that shows the last one longer; of many only ``frames``, evenly spaced."""
    from PIL import Image

    chosen = sorted({round(place) for place in np.linspace(0, len(files) - 1, min(frames, len(files)))})
    pictures = [Image.open(files[place]).convert("L") for place in chosen]
    buffer = io.BytesIO()
    pictures[0].save(
        buffer,
        format="GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=[300] * (len(pictures) - 1) + [2000],
        loop=0,
    )
    return buffer.getvalue()


def confusion(matrix: np.ndarray, labels: Sequence[str]) -> bytes:
    """Draw how often a class (row) was taken for which (column), as a PNG."""
    from matplotlib.figure import Figure

    count = len(labels)
    side = max(3.5, 0.45 * count + 2)
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(
        range(count), labels, rotation=45 if count < 5 else 90, ha="right" if count < 5 else "center"
    )
    axes.set_yticks(range(count), labels)
    axes.set(xlabel="predicted", ylabel="is")
    for row in range(count):
        for column in range(count):
            if matrix[row, column]:
                color = "white" if shares[row, column] > 0.5 else "black"
                size = 11 if count < 5 else 7
                axes.text(
                    column, row, f"{matrix[row, column]:,}", ha="center", va="center", color=color, size=size
                )
    return _png(figure)


def layers(names: Sequence[tuple[str, str]]) -> bytes:
    """Draw layers as boxes one below the other: of each a title and what is said of it, as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 0.62 * len(names) + 0.2))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 10), ylim=(-len(names) + 0.3, 0.7))
    axes.axis("off")
    for place, (title, text) in enumerate(names):
        axes.text(
            5,
            -place,
            f"{title}\n{text}",
            ha="center",
            va="center",
            size=9,
            linespacing=1.3,
            bbox={"boxstyle": "round,pad=0.35", "facecolor": "#eef3fa", "edgecolor": "#6b8fc0"},
        )
        if place:
            axes.annotate(
                "", (5, -place + 0.3), (5, -place + 0.7), arrowprops={"arrowstyle": "->", "color": "#555"}
            )
    return _png(figure)


def _png(figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    return buffer.getvalue()
