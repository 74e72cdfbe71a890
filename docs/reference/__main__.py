"""Write the pages of the reference from the docstrings: ``python -m docs.reference``."""

from __future__ import annotations

import importlib
import inspect
import pathlib
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

FOLDER = pathlib.Path(__file__).parent
ROOT = FOLDER.parents[1]

# A page, and the modules whose public names it lists; what one module lists, a later one does not repeat.
PAGES = {
    "layers": [
        f"tfk_ext.layers.{room}"
        for room in (
            "core",
            "convolutional",
            "local",
            "pooling",
            "recurrent",
            "convolutional_recurrent",
            "embeddings",
            "merge",
            "advanced_activations",
            "normalization",
            "noise",
            "wrappers",
            "base",
            "legacy",
        )
    ],
    "models": ["tfk_ext.models", "tfk_ext.saving"],
    "training": ["tfk_ext.callbacks", "tfk_ext.losses", "tfk_ext.metrics", "tfk_ext.optimizers"],
    "functions": [
        "tfk_ext.activations",
        "tfk_ext.initializers",
        "tfk_ext.regularizers",
        "tfk_ext.constraints",
    ],
    "data": [
        "tfk_ext.preprocessing.image",
        "tfk_ext.preprocessing.sequence",
        "tfk_ext.preprocessing.text",
        *(
            f"tfk_ext.datasets.{name}"
            for name in (
                "mnist",
                "fashion_mnist",
                "cifar10",
                "cifar100",
                "imdb",
                "reuters",
                "boston_housing",
            )
        ),
    ],
    "backend": ["tfk_ext.backend"],
    "utils": ["tfk_ext.utils"],
}
TABLE = "| name | what it is | source |\n|---|---|---|\n"
SECTIONS = re.compile(r"^(?:Args|Returns|Yields|Shapes|Masking|Raises|Example|Source):", re.MULTILINE)


def pages() -> dict[str, str]:
    """Return the text of every page by its file's name."""
    written = {f"{name}.md": _page(name, modules) for name, modules in PAGES.items()}
    lines = [f"- [{name}]({name}.md): {', '.join(f'`{m}`' for m in PAGES[name])}" for name in PAGES]
    head = (
        "# Reference\n\nEvery public name with its signature and what it computes, written from the "
        "docstrings by `python -m docs.reference`.\nThe whole docstring, with arguments, shapes, errors "
        "and an example, is what `help(tfk_ext.Dense)` shows.\n\n"
    )
    return {"README.md": head + "\n".join(lines) + "\n", **written}


def _page(name: str, modules: list[str]) -> str:
    parts, seen = [f"# Reference: {name}\n"], set()
    for path in modules:
        module = importlib.import_module(path)
        listed = {id(thing): thing for _, thing in _public(module)}
        rows = [_row(module, thing) for key, thing in listed.items() if key not in seen]
        seen |= set(listed)
        about = _sentence(inspect.getdoc(module) or "")
        parts.append(
            f"## `{path}`\n\n{about}\n\n| name | what it is | source |\n|---|---|---|\n" + "".join(rows)
        )
    return "\n".join(parts)


def _public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Give the package's own classes and functions that a module has under a public name, by name."""
    for name, thing in sorted(vars(module).items()):
        if name.startswith("_") or not (inspect.isclass(thing) or inspect.isfunction(thing)):
            continue
        # A folder lists what it exports; a file that imports for its own use lists its own, and mathematics.
        homes = ("tfk_ext.",) if hasattr(module, "__path__") else (module.__name__, "tfk_ext.ops.")
        if thing.__module__.startswith(homes):
            yield name, thing


def _row(module: ModuleType, thing: Any) -> str:
    names = [name for name, other in _public(module) if other is thing]
    name = thing.__name__ if thing.__name__ in names else names[0]
    aliases = [f"`{other}`" for other in names if other != name]
    also = f" Also {', '.join(aliases)}." if aliases else ""
    file = pathlib.Path(inspect.getfile(inspect.unwrap(thing))).resolve().relative_to(ROOT)
    cells = [f"`{name}{_signature(thing)}`", _summary(thing) + also, f"[{file.name}](../../{file})"]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _signature(thing: Any) -> str:
    parts, bare = [], False
    for parameter in inspect.signature(thing).parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not bare:
            parts.append("*")
        bare = bare or parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        star = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        default = "" if parameter.default is parameter.empty else f"={_default(parameter.default)}"
        parts.append(f"{star}{parameter.name}{default}")
    return f"({', '.join(parts)})"


def _default(value: Any) -> str:
    return value.__name__ if callable(value) else repr(value)


def _summary(thing: Any) -> str:
    """Return what stands before the arguments: the first paragraph, and a second one that holds a formula."""
    first, *rest = re.split(r"\n\s*\n", SECTIONS.split(inspect.getdoc(thing) or "")[0])
    more = [text for text in rest[:1] if re.search(r"``[^`]*=[^`]*``", text)]
    return _sentence(" ".join([first, *more]))


def _sentence(text: str) -> str:
    text = re.sub(r":\w+:`~?([^`]*)`", r"`\1`", text.split("\n\n")[0])
    return " ".join(text.replace("``", "`").split())


if __name__ == "__main__":
    for file, text in pages().items():
        (FOLDER / file).write_text(text, encoding="utf-8")
