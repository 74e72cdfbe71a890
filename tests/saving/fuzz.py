"""Mutated model files against the reader, the rewriting of configurations and the check of what may be built.

``python -m tests.saving.fuzz --inputs 1000000 --seed 1 --state fuzz.json`` runs many; a short run is in
the suite. An input passes if it is read, or refused by a ``LoadError``. Anything else is a finding:
another exception, code that is run, a file that is opened, more memory or time than the bounds. The input
of a finding is kept beside the state.
"""

from __future__ import annotations

import argparse
import base64
import collections
import contextlib
import copy
import json
import os
import pathlib
import random
import resource
import signal
import sys
import time
from typing import Any

from tests.saving import seeds
from tfk_ext.compat import eras
from tfk_ext.saving import LoadError, Origin
from tfk_ext.saving.allowed import Allowed
from tfk_ext.saving.reader import read_bytes
from tfk_ext.saving.report import report_of
from tfk_ext.saving.safety import Checker

MEMORY = 1 << 30  # over what the process takes when it begins
SECONDS = 20
FORBIDDEN = (
    "exec",
    "marshal.loads",
    "pickle.find_class",
    "os.system",
    "os.exec",
    "os.remove",
    "os.rename",
    "os.mkdir",
    "subprocess.Popen",
    "socket.connect",
    "urllib.Request",
    "open",
    "ctypes.dlopen",
)
NUMBERS = (
    0,
    1,
    2,
    7,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFFFFFF,
    0xFFFFFFFF,
    1 << 40,
    (1 << 63) - 1,
    (1 << 64) - 1,
)
HOSTILE: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1e308,
    float("nan"),
    1 << 62,
    "",
    "x" * 2000,
    "../../etc/passwd",
    "\0",
    "\ud800",
    [],
    {},
    [[]],
    [None] * 50,
    {"class_name": None},
    {
        "class_name": "Lambda",
        "config": {"name": "l", "function": ["4wEAAAA=", None, None], "function_type": "lambda"},
    },
    {"class_name": "function", "config": "get_file", "module": "keras.utils", "registered_name": "get_file"},
    {"class_name": "system", "module": "os", "config": {}, "registered_name": "os>system"},
    {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None, "closure": None}},
    {"class_name": "Sequential", "config": []},
    {"class_name": "TextVectorization", "config": {"name": "t", "vocabulary": "/etc/passwd"}},
    "Dense",
    "Model",
    "Merge",
    "LSTM",
    "TensorFlowOpLayer",
)

_watching = False
_seen: list[str] = []


def _hook(event: str, arguments: Any) -> None:
    if _watching and event in FORBIDDEN:
        if event == "open" and isinstance(arguments[0], (str, bytes)) and _harmless(os.fspath(arguments[0])):
            return
        if event == "exec" and _made_by_python(arguments[0]):
            return
        _seen.append(f"{event} {str(arguments)[:200]}")


def _harmless(path: Any) -> bool:
    """Python itself opens its modules, and sources for the text of a warning."""
    text = path.decode(errors="replace") if isinstance(path, bytes) else path
    return text.endswith((".py", ".pyc")) or text == os.devnull


def _made_by_python(code: Any) -> bool:
    """Tell whether code comes from an import or from a class that Python writes (a named tuple)."""
    return (
        str(getattr(code, "co_filename", "")).endswith(".py")
        or getattr(code, "co_filename", "") == "<string>"
    )


def mutate_bytes(rng: random.Random, data: bytes, others: list[bytes]) -> bytes:
    """Return a file with a few bytes cut, flipped, overwritten, moved or taken from another."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        if not out:
            break
        kind, place = rng.randrange(8), rng.randrange(len(out))
        if kind == 0:
            out[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            out[place] = rng.randrange(256)
        elif kind == 2:
            size = rng.choice((1, 2, 4, 8))
            out[place : place + size] = (rng.choice(NUMBERS) & ((1 << 8 * size) - 1)).to_bytes(size, "little")
        elif kind == 3:
            del out[place:]
        elif kind == 4:
            size = rng.randrange(1, 64)
            out[place : place + size] = out[rng.randrange(len(out)) :][:size]
        elif kind == 5:
            out[place:place] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 16)))
        elif kind == 6:
            del out[place : place + rng.randrange(1, 64)]
        else:
            other = rng.choice(others)
            size = rng.randrange(1, 200)
            out[place : place + size] = other[rng.randrange(len(other)) :][:size]
    return bytes(out)


def mutate_config(rng: random.Random, text: str) -> Any:
    """Return a configuration with a few values replaced by hostile ones, removed, doubled or nested."""
    config = json.loads(text)
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        found = _place(rng, config)
        if found is None:
            break
        holder, key = found
        kind = rng.randrange(6)
        if kind <= 2:
            holder[key] = copy.deepcopy(rng.choice(HOSTILE))
        elif kind == 3:
            del holder[key]
        elif kind == 4:
            other, other_key = _place(rng, json.loads(text)) or (holder, key)
            holder[key] = other[other_key]
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        else:
            holder[rng.choice(("name", "config", "layers", "units", "module", "class_name", "dtype"))] = (
                holder[key]
            )
    return config


def _place(rng: random.Random, value: Any) -> tuple[Any, Any] | None:
    """Return a dictionary or list at a random depth, and one of its keys."""
    found = None
    for _ in range(rng.choice((1, 2, 3, 4, 5, 6, 7, 8, 12, 30))):
        keys = (
            list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        )
        if not keys:
            break
        key = rng.choice(keys)
        found, value = (value, key), value[key]
    return found


def try_file(data: bytes) -> str:
    """Read a file, its weights and the report on it: what every path into the package does before it "
    "builds."""
    with read_bytes(data) as file:
        for weight in [w for layer in file.layers for w in layer.weights] + file.optimizer_weights:
            weight.read()
        report = report_of(file)
        str(report)
    return "read" if report.loadable else "blocked"


def try_config(config: Any) -> str:
    """Rewrite a configuration and check what it may build."""
    from tfk_ext.saving import functions, reader

    file = reader.config_file(config)
    rewritten = eras.rewrite(functions.supply(file.config, {}), Origin("config", file.origin.keras_version))
    Checker(Allowed()).check(rewritten.config)
    return "blocked" if rewritten.blocked else "read"


class Fuzzer:
    """Runs mutated inputs and keeps what was found.

    Args:
        seed: of the random numbers.
        keep: folder for the inputs of findings.
    """

    def __init__(self, seed: int, keep: pathlib.Path | None = None):
        self.rng = random.Random(seed)
        self.keep = keep
        self.files = list(seeds.all_seeds().values())
        golden = pathlib.Path(__file__).parents[1] / "golden"
        found = sorted(p for p in golden.rglob("*") if p.suffix in (".h5", ".keras", ".json") and p.is_file())
        small = [p.read_bytes() for p in found if p.stat().st_size <= 40_000]
        self.files += small[:40]
        self.configs = [seeds.DENSE_1, seeds.FUNCTIONAL_2, seeds.DENSE_2, seeds.config_3()]
        for data in small:
            with contextlib.suppress(LoadError), read_bytes(data) as file:
                if file.config is not None:
                    self.configs.append(file.config)
        self.texts = [json.dumps(config) for config in self.configs]
        self.counts: collections.Counter[str] = collections.Counter()
        self.findings: list[str] = []

    def next_input(self) -> Any:
        """Return mutated bytes, or a mutated configuration."""
        rng = self.rng
        if rng.random() < 0.45:
            return mutate_config(rng, rng.choice(self.texts))
        if rng.random() < 0.15:
            config = mutate_config(rng, rng.choice(self.texts))
            with contextlib.suppress(ValueError):
                return json.dumps(config).encode("utf-8", "surrogatepass")
        return mutate_bytes(rng, rng.choice(self.files), self.files)

    def one(self) -> None:
        """Run one input."""
        global _watching
        given = self.next_input()
        _seen.clear()
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        _watching = True
        try:
            outcome = try_file(given) if isinstance(given, bytes) else try_config(given)
        except LoadError as error:
            outcome = f"refused: {error.rule}"
        except BaseException as error:  # noqa: BLE001 (anything else is what is looked for)
            _watching = False
            if isinstance(error, KeyboardInterrupt):
                raise
            outcome = f"crash: {type(error).__name__}"
            self.finding(given, f"{type(error).__name__}: {str(error)[:300]}")
        finally:
            _watching = False
            signal.setitimer(signal.ITIMER_PROF, 0)
        if _seen:
            outcome = "ran something"
            self.finding(given, "; ".join(_seen[:3]))
        self.counts[outcome] += 1

    def finding(self, given: Any, what: str) -> None:
        """Keep an input."""
        import traceback

        self.findings.append(what)
        if self.keep is not None and len(self.findings) <= 200:
            self.keep.mkdir(parents=True, exist_ok=True)
            kept = base64.b64encode(given).decode() if isinstance(given, bytes) else repr(given)
            place = self.keep / f"{len(self.findings):03}.txt"
            place.write_text(f"{what}\n{traceback.format_exc()}\n{kept}\n", "utf-8", "backslashreplace")


def _too_slow(signum: int, frame: Any) -> None:
    raise TimeoutError(f"it takes more than {SECONDS} seconds of the processor")


@contextlib.contextmanager
def bounded():
    """Bound the memory of the process and the time of an input."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, before[1]))
    old = signal.signal(signal.SIGPROF, _too_slow)
    try:
        yield
    finally:
        signal.signal(signal.SIGPROF, old)
        resource.setrlimit(resource.RLIMIT_AS, before)


def main() -> int:
    """Run inputs until their number is reached, and write the state now and then."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--state", type=pathlib.Path, default=pathlib.Path("fuzz.json"))
    options = parser.parse_args()
    sys.addaudithook(_hook)
    fuzzer = Fuzzer(options.seed, options.state.with_suffix(".findings"))
    for data in fuzzer.files:  # what is imported on the way is imported now
        with contextlib.suppress(LoadError):
            try_file(data)
    for config in fuzzer.configs:
        with contextlib.suppress(LoadError):
            try_config(config)
    start = time.monotonic()
    with bounded():
        for number in range(1, options.inputs + 1):
            fuzzer.one()
            if number % 2000 == 0 or number == options.inputs:
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                state = {
                    "inputs": number,
                    "seed": options.seed,
                    "seconds": round(time.monotonic() - start),
                    "peak_megabytes": peak,
                    "findings": len(fuzzer.findings),
                    "examples": fuzzer.findings[:20],
                    "outcomes": dict(fuzzer.counts.most_common()),
                }
                options.state.write_text(json.dumps(state, indent=1))
    return 1 if fuzzer.findings else 0


if __name__ == "__main__":
    sys.exit(main())
