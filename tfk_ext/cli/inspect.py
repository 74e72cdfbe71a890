"""Tell what a model file holds and what loading it would change; nothing of it is run."""

from __future__ import annotations

import argparse
import json
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="model, weights or architecture files")
    parser.add_argument("--json", action="store_true", help="print JSON, a list with an entry for each file")
    parser.add_argument(
        "--custom-objects", metavar="MODULE", help="module (or .py file) with your classes and functions"
    )


def run(options: argparse.Namespace) -> int:
    """Print the reports; the result is 1 if a file can't be loaded."""
    from tfk_ext.saving import LoadError, inspect, probe

    objects = probe.objects_of(options.custom_objects)
    found, good = [], True
    for path in options.files:
        try:
            report = inspect(path, objects)
        except (LoadError, OSError) as error:
            good = False
            refused = {"path": path, "loadable": False, "error": str(error)}
            refused["rule"] = getattr(error, "rule", type(error).__name__)
            found.append(refused)
            if not options.json:
                print(f"{path}: refused: {error}", file=sys.stderr)
            continue
        good = good and report.loadable
        found.append(report.to_dict())
        if not options.json:
            print(report, end="\n\n")
    if options.json:
        print(json.dumps(found, indent=2, default=str))
    return 0 if good else 1
