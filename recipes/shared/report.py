"""The report page of a run."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipes.shared.runs import Run, write

if TYPE_CHECKING:
    import tensorflow as tf

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
        color: #222; background: #fff; }}
img {{ max-width: 100%; }} figure {{ margin: 1rem 0; }} figcaption {{ color: #555; }}
table {{ border-collapse: collapse; }} th, td {{ padding: .2rem .8rem; border-bottom: 1px solid #ddd;
        text-align: right; }} th:first-child, td:first-child {{ text-align: left; }}
td {{ overflow-wrap: anywhere; }}
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

    def settings(self, run: Run) -> None:
        """Add the options, the data and the versions of a run."""
        self.heading("Options and versions")
        config = run.config
        rows = config["options"] | {f"data: {key}": value for key, value in config["data"].items()}
        self.table(("name", "value"), (rows | config["versions"]).items())


def summary(model: tf.keras.Model) -> str:
    """Return a model's summary as text."""
    lines: list[str] = []
    model.summary(print_fn=lines.append, line_length=90)
    return "\n".join(lines)


def describe_layers(model: tf.keras.Model) -> list[tuple[str, str]]:
    """Return of each layer its kind, and the shape that it gives with the number of its weights."""
    rows = []
    for layer in model.layers:
        weights = f", {layer.count_params():,} weights" if layer.weights else ""
        inner = getattr(layer, "forward_layer", None)
        kind = type(layer).__name__ + (f"({type(inner).__name__})" if inner is not None else "")
        rows.append((kind, f"{tuple(layer.output.shape)}{weights}"))
    return rows
