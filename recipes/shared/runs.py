"""The folder of a run."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import platform
import shlex
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from recipes.shared.options import RunOptionsT, resumed
from recipes.shared.program import RecipeError

RUNS = Path("runs")
_held: dict[Path, IO[str]] = {}  # the locks of this process: they last as long as it does


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
    def open(
        cls, recipe: str, options: RunOptionsT, given: set[str], changeable: Iterable[str]
    ) -> tuple[Run, RunOptionsT]:
        """Choose the folder that the options mean, and read the options of a run that is continued.

        Args:
            recipe: its name.
            options: from the command line.
            given: the names of those that were given.
            changeable: the names of those that a continued run may have anew.

        Raises:
            RecipeError: the folder can't be used, or an option differs from the run's.
        """
        if not options.resume:
            return cls.place(recipe, options.out), options
        run = cls.find(recipe, options.out)
        return run, resumed(options, given, run.config, changeable)

    def begin(self, recipe: str, options: RunOptionsT, argv: Sequence[str], data: dict[str, Any]) -> None:
        """Make the folder with its ``config.json``; of a continued run check that it has the same data.

        Args:
            recipe: its name.
            options: all of them.
            argv: the command line.
            data: name, source and sha256 of the data.
        """
        if options.resume:
            for key, value in data.items():
                if key.endswith("sha256") and self.config["data"].get(key) != value:
                    name = "data" if key == "sha256" else key.removesuffix(" sha256")
                    began = self.config["data"].get("source" if name == "data" else name)
                    raise RecipeError(
                        f"{self.path} was trained on other {name} ({began}): give the same as then."
                    )
            config = self.config | {"options": dataclasses.asdict(options)}
        else:
            config = {
                "recipe": recipe,
                "command": shlex.join(["python", "-m", f"recipes.{recipe}", *argv]),
                "options": dataclasses.asdict(options),
                "data": data,
                "versions": versions(),
                "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            }
        self.create(config)

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
        self.lock()
        self.config = config
        write(self / "config.json", json.dumps(config, indent=2) + "\n")

    def lock(self) -> None:
        """Keep other processes from writing to this folder as long as this one lives.

        Raises:
            RecipeError: another process is writing to it.
        """
        try:
            import fcntl
        except ImportError:  # Windows
            return
        place = self.path.resolve()
        if place in _held:
            return
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(open(place / ".lock", "w", encoding="utf-8"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise RecipeError(
                    f"{self.path} is in use by another process: wait for it, or name another folder."
                ) from error
            _held[place] = file
            stack.pop_all()

    @classmethod
    def find(cls, recipe: str, out: str | None, lock: bool = True) -> Run:
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
        if lock:
            run.lock()
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
