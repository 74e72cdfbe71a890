"""Run an old program unmodified.

`import keras`, `from keras.layers import Dense`, `import tensorflow as tf; tf.keras...` in the program and
in the modules beside it lead to tfk_ext; TensorFlow, Keras and installed packages are left alone.

    python -m tfk_ext run script.py [arguments of the script]
    python -m tfk_ext run -m module [arguments of the module]
"""

from __future__ import annotations

import argparse
import os
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("-m", dest="module", action="store_true", help="PROGRAM is the name of a module")
    parser.add_argument("program", metavar="PROGRAM", help="a Python file, or with -m a module")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="what the program finds in sys.argv")


def run(options: argparse.Namespace) -> int:
    """Run the program; its own errors and exit status are those of the process."""
    from tfk_ext.compat import launching

    if options.module:
        try:
            launching.run_module(options.program, options.arguments)
        except ModuleNotFoundError as error:
            if error.name != options.program.split(".")[0]:
                raise
            print(f"python -m tfk_ext run: {error}", file=sys.stderr)
            return 1
        return 0
    if not os.path.exists(options.program):
        print(f"python -m tfk_ext run: there is no file {options.program!r}", file=sys.stderr)
        return 2
    launching.run_script(options.program, options.arguments)
    return 0
