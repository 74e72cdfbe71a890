"""Measure tfk_ext beside its peers: ``python -m benchmarks [--only local] [--seconds 1] [--page]``."""

from __future__ import annotations

import argparse
import gc
import importlib
import multiprocessing
import os
import pathlib
import time
import traceback

from recipes.shared import program

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

GROUPS = {
    "local": "locally connected layers",
    "rnn": "recurrent layers",
    "optimizers": "optimizers, a step for 100 small variables and for an embedding of 20000 x 128",
    "recipes": "whole training steps of the recipes",
    "fit": "fit, evaluate and predict of small models",
    "images": "images, a batch of 32",
    "text": "texts and word vectors",
    "sequences": "padding and the windows of time series",
    "loading": "a model file of 100 MB",
    "catalogue": "every other layer of the catalogue",
    "growth": "how cost grows with a size",
}


def main(argv: list[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure tfk_ext beside its peers; ratios above 1 mean faster. "
        f"Groups: {'; '.join(f'{name}: {what}' for name, what in GROUPS.items())}.",
    )
    parser.add_argument(
        "--only",
        action="append",
        metavar="GROUP[/CASE]",
        help="a group, or the cases of one whose names begin so; may be repeated",
    )
    parser.add_argument(
        "--seconds", type=float, default=0.6, help="time for each case (default: %(default)s)"
    )
    parser.add_argument("--list", action="store_true", help="only name the cases")
    parser.add_argument("--page", action="store_true", help="only write the page and its charts anew")
    parser.add_argument(
        "--json", type=pathlib.Path, help="the file of results (default: benchmarks/results.json)"
    )
    parser.add_argument("--docs", type=pathlib.Path, help="the folder of speed.md (default: docs)")
    options = parser.parse_args(argv)
    from benchmarks import page, results

    select(options.only or [])  # names that are none are refused before anything is measured
    wanted, path = options.only or list(GROUPS), options.json or results.FILE
    if options.list:
        print(*(name for name, _ in select(wanted)), sep="\n")
        return
    if not options.page:
        separate = parts(wanted)
        for part in separate:
            alone = len(separate) == 1 and not part[0].startswith("recipes")
            (measure if alone else _in_a_process)(part, options.seconds, path)
    order = [name for name, _ in select(list(GROUPS))]
    kept = results.read(path)
    page.write({name: kept[name] for name in order if name in kept}, GROUPS, options.docs or page.DOCS)


def parts(wanted: list[str]) -> list[list[str]]:
    """Part what is wanted into what is measured in a process of its own.

    A group is, whose memory is then not what others left, and each of the recipes, which set TensorFlow up
    differently.
    """
    found: dict[str, list[str]] = {}
    for want in wanted:
        group = want.partition("/")[0]
        for name in [name for name, _ in select([want])] if group == "recipes" else [want]:
            found.setdefault(name if group == "recipes" else group, []).append(name)
    return list(found.values())


def _in_a_process(*arguments) -> None:
    from benchmarks.__main__ import set_up_and_measure  # a program's own module is not imported again

    process = multiprocessing.get_context("spawn").Process(target=set_up_and_measure, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"Measuring {', '.join(arguments[0])} ended with {process.exitcode}.")


def set_up_and_measure(wanted: list[str], *options) -> None:
    """Measure in a new process, with TensorFlow set up as the recipe does, where it is one."""
    if wanted[0].startswith("recipes/IMDB"):
        program.ask_for_onednn()
    measure(wanted, *options)


def measure(wanted: list[str], seconds: float, path: pathlib.Path) -> None:
    """Run the cases that are wanted and merge their results into a file after each."""
    from benchmarks import results
    from benchmarks.equality import Unequal
    from benchmarks.measure import measured

    chosen = select(wanted)
    began, broken = time.monotonic(), []
    for number, (name, case) in enumerate(chosen, 1):
        print(f"[{number}/{len(chosen)}, {time.monotonic() - began:.0f} s] {name}", flush=True)
        try:
            kept = results.entry(case, *measured(case, seconds))
        except Unequal as error:
            kept = results.failed(case, str(error))
        except Exception:
            traceback.print_exc()
            broken.append(name)
            continue
        print(results.lines(kept), flush=True)
        results.write({**results.read(path), name: kept}, path)
        gc.collect()
    if broken:
        print(f"Failed: {', '.join(broken)}")


def select(wanted: list[str]) -> list[tuple[str, object]]:
    """Return the cases of groups, or those whose names begin as is said, with their whole names."""
    chosen = []
    for want in wanted:
        group, _, beginning = want.partition("/")
        if group not in GROUPS:
            raise SystemExit(f"--only {want}: no such group; there are {', '.join(GROUPS)}.")
        cases = importlib.import_module(f"benchmarks.{group}").cases()
        found = [(f"{group}/{c.name}", c) for c in cases if c.name.startswith(beginning)]
        if beginning and not found:
            raise SystemExit(f"--only {want}: no case begins so; --list --only {group} names them.")
        chosen += found
    return chosen


if __name__ == "__main__":
    main()
