"""How a recipe starts and ends: a quiet TensorFlow, errors of one line."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator


class RecipeError(Exception):
    """Something that the person who runs the recipe can put right; its message is one sentence."""


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep TensorFlow's notes about this machine's CPU, printed while it is imported, off the screen."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    with contextlib.ExitStack() as stack:
        try:
            kept = os.dup(2)
        except OSError:
            yield
            return
        stack.callback(os.close, kept)
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        stack.callback(os.dup2, kept, 2)
        yield


def ask_for_onednn() -> None:
    """Make TensorFlow use oneDNN where it would not (x86 without AVX-512); it asks when it is imported."""
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def run_main(prog: str, main: Callable[[], None]) -> None:
    """Run a recipe: an error that a person can put right becomes one line and exit code 2."""
    try:
        main()
    except RecipeError as error:
        sys.exit(_say_error(prog, str(error)))
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in {"tfk_ext", "recipes"}:
            raise
        sys.exit(
            _say_error(
                prog, f"the recipes need {error.name}: install it with `pip install 'tfk_ext[recipes]'`."
            )
        )
    except OSError as error:  # a full disk, a folder that may not be written
        sys.exit(_say_error(prog, f"{error.strerror or error} ({error.filename or 'no file named'})."))
    except KeyboardInterrupt:
        print(f"{prog}: interrupted.", file=sys.stderr)
        sys.exit(130)


def _say_error(prog: str, message: str) -> int:
    print(f"{prog}: error: {' '.join(message.split())}", file=sys.stderr)
    return 2
