"""A short run of the fuzzer; the long one is ``python -m tests.saving.fuzz``."""

import sys

from tests.saving import fuzz

INPUTS = 600


def test_mutated_files_are_read_or_refused(tmp_path):
    sys.addaudithook(fuzz._hook)
    fuzzer = fuzz.Fuzzer(20, tmp_path)
    for data in fuzzer.files:
        fuzz.try_file(data)
    with fuzz.bounded():
        for _ in range(INPUTS):
            fuzzer.one()
    assert fuzzer.findings == []
    assert sum(fuzzer.counts.values()) == INPUTS
    refused = sum(n for outcome, n in fuzzer.counts.items() if outcome.startswith("refused"))
    assert refused > INPUTS / 4 and fuzzer.counts["read"] > INPUTS / 20, fuzzer.counts


def test_the_watch_sees_what_it_should():
    sys.addaudithook(fuzz._hook)
    fuzzer = fuzz.Fuzzer(0)
    fuzzer.next_input = lambda: b"x"
    try:
        original = fuzz.try_file
        fuzz.try_file = lambda data: [open("/tmp/tfk_ext-nothing"), "read"][1]  # noqa: SIM115
        fuzzer.one()
        fuzz.try_file = lambda data: {}["missing"]
        fuzzer.one()
    finally:
        fuzz.try_file = original
    assert len(fuzzer.findings) >= 2
    assert any("open" in finding for finding in fuzzer.findings)
    assert any("KeyError" in finding for finding in fuzzer.findings)
