"""Run the benchmarks: ``python -m benchmarks [--only local] [--seconds 4] [--json FILE]``."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import pathlib

GROUPS = {
    "fit": "fit of small models, a whole epoch",
    "images": "ImageDataGenerator, a batch of 32 augmented images",
    "layers": "normalization, dropout, noise, embedding and activations, training step",
    "loading": "a model file of 100 MB",
    "local": "LocallyConnected1D and 2D, training step",
    "optimizers": "one step for 100 small variables and for an embedding of 20000 x 128",
    "rnn": "LSTM, GRU, SimpleRNN, own cells, ConvLSTM2D, training step and forward pass",
    "sequences": "pad_sequences and the windows of time series",
    "text": "Tokenizer and word vectors",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Measure tfk_ext beside its peers; ratios above 1 mean faster."
    )
    parser.add_argument("--only", choices=GROUPS, action="append", help="a group to run; may be repeated")
    parser.add_argument(
        "--seconds", type=float, default=4.0, help="time for each item (default: %(default)s)"
    )
    parser.add_argument("--json", type=pathlib.Path, help="write the results to this file as well")
    options = parser.parse_args()
    from benchmarks.measure import table

    results = {}
    for group in options.only or GROUPS:
        print(f"{group}: {GROUPS[group]}", flush=True)
        for item, timings, against in importlib.import_module(f"benchmarks.{group}").run(options.seconds):
            print(table(item, timings, against), flush=True)
            results[f"{group}/{item}"] = [dataclasses.asdict(t) for t in timings]
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
