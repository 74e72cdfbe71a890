"""What the recipes share: options, one-line errors, run folders, interruption, the reload check."""

from __future__ import annotations

import argparse
import contextlib
import csv
import dataclasses
import json
import os
import platform
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RUNS = Path("runs")


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


def fast_bfloat16() -> bool:
    """Tell whether this processor has instructions for bfloat16; without them it is slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:
        return False
    return not {"amx_bf16", "avx512_bf16"}.isdisjoint(flags)


# ----------------------------------------------------------------------------------------------- options


def option(default: Any, text: str, **settings: Any) -> Any:
    """Return a dataclass field that is a command line option; ``settings`` go to ``add_argument``."""
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


# ------------------------------------------------------------------------------------------- run folders


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all: beside its place first, then renamed into it."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(content.encode() if isinstance(content, str) else content)
    os.replace(part, path)


class Run:
    """The folder of one run.

    ``config.json`` marks it; ``history.csv`` and ``tensorboard/`` hold its curves,
    ``checkpoints/`` its state.
    """

    def __init__(self, path: Path):
        self.path = path
        self.config: dict[str, Any] = {}

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @classmethod
    def place(cls, recipe: str, out: str | None) -> Run:
        """Choose a new run's folder, without making it.

        Raises:
            RecipeError: the folder holds something already.
        """
        if out is None:
            number = 1
            while (RUNS / f"{recipe}-{number:03d}").exists():
                number += 1
            return cls(RUNS / f"{recipe}-{number:03d}")
        path = Path(out)
        if path.exists() and not path.is_dir():
            raise RecipeError(f"--out {out} is a file: name a folder.")
        if (path / "config.json").exists():
            raise RecipeError(f"{out} holds another run: go on with it by --resume, or name a new folder.")
        if path.exists() and any(path.iterdir()):
            raise RecipeError(f"{out} is not empty: name a new folder, such as {path / (recipe + '-001')}.")
        return cls(path)

    def create(self, config: dict[str, Any]) -> None:
        """Make the folder and mark it with its configuration."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.config = config
        write(self / "config.json", json.dumps(config, indent=2) + "\n")

    @classmethod
    def find(cls, recipe: str, out: str | None) -> Run:
        """Open a run that exists, in ``out`` or the newest one in runs/.

        Raises:
            RecipeError: there is none, or it is of another recipe, or its configuration can't be read.
        """
        if out is None:
            folders = sorted(RUNS.glob(f"{recipe}-[0-9]*/config.json"), key=lambda file: file.stat().st_mtime)
            if not folders:
                raise RecipeError(f"{RUNS}/ holds no run of {recipe} to resume: name its folder with --out.")
            path = folders[-1].parent
        else:
            path = Path(out)
            if not (path / "config.json").is_file():
                raise RecipeError(f"{out} holds no run to resume: check the folder, or leave --resume out.")
        run = cls(path)
        try:
            run.config = json.loads((path / "config.json").read_text(encoding="utf-8"))
            owner, options = run.config["recipe"], run.config["options"]
        except (ValueError, KeyError, TypeError) as error:
            raise RecipeError(f"{path / 'config.json'} is damaged: begin a new run.") from error
        if owner != recipe or not isinstance(options, dict):
            raise RecipeError(f"{path} holds a run of {owner!r}, not of {recipe}: name another folder.")
        return run


def versions() -> dict[str, str]:
    """Return the versions of what computed a run."""
    import tensorflow as tf

    import tfk_ext

    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": tf.keras.__version__,
        "numpy": np.__version__,
        "tfk_ext": tfk_ext.__version__,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
    }


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


class Interruption:
    """Turns the first Ctrl-C (or SIGTERM) into a request to stop at the next step; a second stops at once."""

    def __init__(self) -> None:
        self.requested = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interruption:
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(ValueError):  # only the main thread may set a handler
                self._before[number] = signal.signal(number, self._note)
        return self

    def _note(self, number: int, frame: Any) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True

    def __exit__(self, *details: Any) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


class Progress:
    """One line an epoch, and on a terminal a line that follows the steps, with the time that is left.

    Args:
        limit: seconds after which training stops anyhow.
    """

    def __init__(self, limit: float = float("inf")):
        self.limit = limit
        self.began = time.monotonic()
        self.steps = 0
        self.live = sys.stdout.isatty()

    def out_of_time(self) -> bool:
        return time.monotonic() - self.began >= self.limit

    def step(self, text: str, left: int) -> None:
        """Show a step's ``text``; ``left`` steps are to come."""
        self.steps += 1
        if self.live:
            print(f"\r{text}, {self._time(left)}   ", end="", flush=True)

    def epoch(self, text: str, left: int) -> None:
        print(f"{chr(13) if self.live else ''}{text}, {self._time(left)}   ".rstrip(), flush=True)

    def _time(self, left: int) -> str:
        passed = time.monotonic() - self.began
        return f"{clock(min(passed / max(1, self.steps) * left, max(0.0, self.limit - passed)))} left"


RELOAD = """
import sys
import numpy as np
import tensorflow as tf
import tfk_ext
with np.load(sys.argv[2], allow_pickle=False) as files:
    inputs, expected = files["inputs"], files["expected"]
outputs = tf.keras.models.load_model(sys.argv[1]).predict(inputs, batch_size=len(inputs), verbose=0)
print(outputs.shape == expected.shape, float(np.max(np.abs(outputs - expected))))
"""


def check_reload(model: Path, inputs: np.ndarray, expected: np.ndarray) -> float:
    """Load a saved model in a fresh process that only imports tfk_ext, and compare what it predicts.

    Returns:
        The largest difference from ``expected``.

    Raises:
        RecipeError: the model did not load there, or predicts something else.
    """
    import tfk_ext

    probe = model.with_name("reload.npz.part")
    with open(probe, "wb") as file:
        np.savez(file, inputs=inputs, expected=expected)
    paths = [str(Path(tfk_ext.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    try:
        done = subprocess.run(
            [sys.executable, "-c", RELOAD, str(model), str(probe)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RecipeError(f"{model} was not loaded within 15 minutes in a fresh process.") from error
    finally:
        probe.unlink()
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise RecipeError(f"{model} does not load in a fresh process: {last}")
    same_shape, difference = done.stdout.split()[-2:]
    if same_shape != "True" or not float(difference) <= 1e-4:
        raise RecipeError(f"{model} predicts something else in a fresh process (difference {difference}).")
    return float(difference)


def clock(seconds: float) -> str:
    """Return a time as ``m:ss``, or ``h:mm:ss`` from an hour on."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
