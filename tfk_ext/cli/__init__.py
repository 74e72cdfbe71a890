"""The command line: ``python -m tfk_ext COMMAND``.

A command is a module of this folder with a docstring (whose first line is its help),
``add_arguments(parser)`` and ``run(options) -> int``. It imports what it needs in ``run``, so that help costs
no TensorFlow.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

# Name of the command -> its module.
COMMANDS = {
    "run": "tfk_ext.cli.run",
    "inspect": "tfk_ext.cli.inspect",
    "convert": "tfk_ext.cli.convert",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: the arguments, ``None`` for those of the process.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(
        prog="python -m tfk_ext", description="The classic Keras catalogue on today's TensorFlow."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, where in COMMANDS.items():
        module = importlib.import_module(where)
        text = (module.__doc__ or "").strip()
        command = commands.add_parser(
            name,
            help=" ".join(text.split("\n\n")[0].split()).rstrip("."),
            description=text,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    options = parser.parse_args(argv)
    return options.run(options)


def asks_for_help() -> bool:
    """Tell whether the process was started as ``python -m tfk_ext`` for nothing but help.

    It is asked while the package is imported, before TensorFlow is.
    """
    if sys.argv[:1] != ["-m"]:
        return False
    started = sys.orig_argv
    place = next(
        (i for i, one in enumerate(started[:-1]) if one == "-m" and started[i + 1] == "tfk_ext"), None
    )
    if place is None:
        return False
    rest = started[place + 2 :]
    return not rest or rest[0] in ("-h", "--help") or rest[1:2] in (["-h"], ["--help"])
