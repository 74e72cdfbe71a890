"""A short run of the fuzzer; the long one is ``python -m tests.saving.fuzz``."""

import struct
import sys
import tempfile

import pytest

from tests.saving import fuzz, seeds
from tfk_ext.saving import LoadError
from tfk_ext.saving.reader import read_bytes

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


def test_what_a_small_archive_claims_is_not_written_to_the_disk(monkeypatch):
    data = bytearray(seeds.archive())
    place = data.rfind(b"PK\x01\x02")  # of the weights, the last member: compressed size, then size
    data[place + 20 : place + 28] = struct.pack("<II", 3_000_000, 3_000_000)
    opened = []
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda *args, **options: opened.append(args))
    with pytest.raises(LoadError) as caught:
        read_bytes(bytes(data))
    assert caught.value.rule == "damaged" and not opened
    struct.pack_into("<I", data, place + 20, 2_000_000)
    with pytest.raises(LoadError, match="two sizes"):
        read_bytes(bytes(data))
