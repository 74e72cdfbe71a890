"""List the recipes, one line each: `python -m recipes`."""

from __future__ import annotations

import ast
from pathlib import Path

from recipes import RECIPES


def summary(name: str) -> str:
    """Return the first line of a recipe's docstring, without importing it (that would start TensorFlow)."""
    source = Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def main() -> None:
    width = max(map(len, RECIPES))
    for name in RECIPES:
        print(f"{name:{width}}  {summary(name)}")
    print("\nRun one with `python -m recipes.NAME`; `python -m recipes.NAME --help` shows its options.")


if __name__ == "__main__":
    main()
