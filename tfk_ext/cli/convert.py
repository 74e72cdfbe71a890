"""Convert old model files to .keras (or SavedModel, TFLite, ONNX); check predictions in a fresh process."""

from __future__ import annotations

import argparse
import json
import os
import sys

FORMATS = ("keras", "h5", "savedmodel", "tflite", "onnx")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("source", help="an old model file, or a folder of them")
    parser.add_argument("target", nargs="?", help="the new file or folder; beside the old ones by default")
    parser.add_argument(
        "--check", type=int, default=8, metavar="N", help="random inputs to compare (8), 0 for none"
    )
    parser.add_argument("--force", action="store_true", help="replace what is there")
    parser.add_argument("--weights", metavar="FILE", help="weights file for an architecture in JSON or YAML")
    parser.add_argument(
        "--custom-objects", metavar="MODULE", help="module (or .py file) with your classes and functions"
    )
    parser.add_argument("--format", choices=FORMATS, default="keras", help="what to write (keras)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Convert; the result is 1 if a file fails."""
    from tfk_ext.saving import LoadError, convert, convert_folder, summary

    settings = {
        "format": options.format,
        "check": options.check,
        "force": options.force,
        "custom_objects": options.custom_objects,
    }
    if os.path.isdir(options.source) and not os.path.isfile(os.path.join(options.source, "config.json")):

        def progress(number, count, done):
            print(
                f"[{number}/{count}] {done.source}: {done.error or done.status}", file=sys.stderr, flush=True
            )

        results = convert_folder(options.source, options.target, progress=progress, **settings)
        print(
            json.dumps([d.to_dict() for d in results], indent=2, default=str)
            if options.json
            else summary(results)
        )
        return 1 if any(done.error for done in results) else 0
    try:
        done = convert(options.source, options.target, weights=options.weights, **settings)
    except (LoadError, OSError, ValueError) as error:
        print(f"{options.source}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(done.to_dict(), indent=2, default=str) if options.json else done)
    return 0
