"""Options of the command line as fields of a dataclass: typed, with defaults and one-line errors."""

from __future__ import annotations

import argparse
import dataclasses
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from recipes.shared.program import RecipeError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def option(default: Any, text: str, **settings: Any) -> Any:
    """Return a dataclass field that is a command line option.

    Args:
        default: the value if it isn't given.
        text: what the help says of it.
        **settings: of ``add_argument``; ``positional=True`` makes it an argument without a name.
    """
    return dataclasses.field(default=default, metadata={"help": text, **settings})


def whole(minimum: int, maximum: int = 2**31 - 1) -> Callable[[str], int]:
    """Return the type of an option that takes a whole number within the bounds (both included)."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = minimum - 1
        if not minimum <= value <= maximum:
            raise argparse.ArgumentTypeError(
                f"takes a whole number from {minimum} to {maximum}, got {text!r}"
            )
        return value

    return parse


def positive(text: str) -> float:
    """Return an option's value as a number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"takes a number above 0, got {text!r}")
    return value


def fraction(text: str) -> float:
    """Return an option's value as a number from 0 up to, not including, 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value < 1.0:
        raise argparse.ArgumentTypeError(f"takes a number of at least 0 and below 1, got {text!r}")
    return value


@dataclasses.dataclass(frozen=True)
class RunOptions:
    """The options that every recipe has; a recipe's own class adds to them."""

    data: str | None = option(None, "the data", metavar="PATH")
    epochs: int = option(1, "number of epochs", type=whole(1))
    batch_size: int = option(32, "samples in a batch", type=whole(1))
    seed: int = option(1, "seed of everything random: the same seed gives the same run", type=whole(0))
    out: str | None = option(
        None,
        "folder of this run, new or empty; without it a new numbered one, such as runs/NAME-001",
        metavar="DIR",
    )
    resume: bool = option(False, "go on with the run in --out, or with the newest one in runs/")
    jit: bool = option(False, "compile the training step with XLA")
    mixed_precision: str | None = option(
        None,
        "compute in 16 bits, keep the weights in 32; bfloat16 if no type is given",
        nargs="?",
        const="bfloat16",
        choices=("bfloat16", "float16"),
    )
    dry_run: bool = option(False, "build the model, print its summary and sizes, write and train nothing")


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> Any:
        self.exit(2, f"{self.prog}: error: {message} (--help shows the options)\n")


OptionsT = TypeVar("OptionsT", bound="DataclassInstance")
RunOptionsT = TypeVar("RunOptionsT", bound=RunOptions)


def parse(
    options: type[OptionsT], prog: str, description: str, examples: str, argv: Sequence[str] | None
) -> tuple[OptionsT, set[str]]:
    """Read the command line into ``options``.

    Returns:
        The options, and the names of those that were given (the others have their defaults).
    """
    parser = Parser(
        prog=prog,
        description=description,
        epilog="examples:\n" + textwrap.indent(textwrap.dedent(examples).strip("\n"), "  "),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    for field in dataclasses.fields(options):
        settings = dict(field.metadata)
        if settings.pop("positional", False):
            parser.add_argument(field.name, **settings)
            continue
        if isinstance(field.default, bool):
            settings["action"] = "store_true"
        elif field.default is not None:
            settings["help"] += f" (default {field.default})"
        parser.add_argument("--" + field.name.replace("_", "-"), **settings)
    given = vars(parser.parse_args(argv))
    return options(**given), set(given)


def resumed(
    options: RunOptionsT, given: set[str], config: dict[str, Any], changeable: Iterable[str]
) -> RunOptionsT:
    """Return the options of a run that is continued: the stored ones, except what may change and was given.

    Raises:
        RecipeError: an option was given another value than the run began with.
    """
    stored = config.get("options", {})
    known = {field.name for field in dataclasses.fields(options)}
    values = {name: value for name, value in stored.items() if name in known}
    values |= {"resume": True, "out": options.out, "dry_run": False}
    for name in given - {"resume", "out", "dry_run"}:
        value = getattr(options, name)
        if name in changeable:
            values[name] = value
        elif value != values.get(name):
            raise RecipeError(
                f"--{name.replace('_', '-')} is {value!r}, but this run began with {values.get(name)!r}: "
                "leave the option out, or begin a new run without --resume."
            )
    return dataclasses.replace(options, **values)
