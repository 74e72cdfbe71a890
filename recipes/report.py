"""Pictures, and the report page of a run."""

from __future__ import annotations

import base64
import html
import io
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recipes.common import History, write

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
        color: #222; background: #fff; }}
img {{ max-width: 100%; }} figure {{ margin: 1rem 0; }} figcaption {{ color: #555; }}
table {{ border-collapse: collapse; }} th, td {{ padding: .2rem .8rem; border-bottom: 1px solid #ddd;
        text-align: right; }} th:first-child, td:first-child {{ text-align: left; }}
pre {{ background: #f4f4f4; padding: .8rem; overflow: auto; font-size: 13px; line-height: 1.3; }}
.loud {{ background: #fff3cd; border-left: 4px solid #b58900; padding: .6rem 1rem; }}
</style></head><body>
<h1>{title}</h1>
{body}
</body></html>
"""


class Report:
    """One self-contained HTML page: pictures are inside it, nothing is fetched."""

    def __init__(self, title: str):
        self.title = title
        self.parts: list[str] = []

    def heading(self, text: str) -> None:
        self.parts.append(f"<h2>{html.escape(text)}</h2>")

    def text(self, text: str, loud: bool = False) -> None:
        self.parts.append(f"<p{' class=loud' if loud else ''}>{html.escape(text)}</p>")

    def code(self, text: str) -> None:
        self.parts.append(f"<pre>{html.escape(text)}</pre>")

    def picture(self, content: bytes, caption: str, kind: str = "png") -> None:
        data = base64.b64encode(content).decode()
        words = html.escape(caption, quote=True)
        self.parts.append(
            f'<figure><img alt="{words}" src="data:image/{kind};base64,{data}">'
            f"<figcaption>{words}</figcaption></figure>"
        )

    def table(self, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        def line(cells: Sequence[Any], tag: str) -> str:
            return "<tr>" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

        body = "".join(line(row, "td") for row in rows)
        self.parts.append(f"<table><thead>{line(header, 'th')}</thead><tbody>{body}</tbody></table>")

    def save(self, path: Path) -> None:
        write(path, PAGE.format(title=html.escape(self.title), body="\n".join(self.parts)))


def curves(history: History, panels: Sequence[tuple[str, Sequence[str]]]) -> bytes:
    """Draw columns of the history over the epochs, one panel for each title and its columns, as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5 * len(panels), 3.4), layout="constrained")
    epochs = [row["epoch"] for row in history.rows]
    for axes, (title, names) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels):
        for name in names:
            axes.plot(epochs, [row[name] for row in history.rows], marker=".", label=name.replace("_", " "))
        axes.set(title=title, xlabel="epoch")
        axes.legend()
        axes.grid(alpha=0.3)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    return buffer.getvalue()


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
