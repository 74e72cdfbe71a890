"""What the compiled code in a file says, read as data: never executed, never even made into a code object.

``marshal.loads`` itself can crash on hostile bytes, so they are walked here.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import dis
import struct
import sys
from typing import Any

_MOST = 20_000  # values in one piece of code
_DEEP = 40


@dataclasses.dataclass
class Code:
    """A code object as data.

    Attributes:
        python: the versions of Python whose layout it has, such as ``"3.8 to 3.10"``.
        name: its name.
        arguments: names of its arguments.
        names: the globals and attributes that it names.
        constants: its constants; code in it is a :class:`Code` again.
        variables: all local names.
        bytecode: its instructions.
    """

    python: str
    name: str
    arguments: list[str]
    names: list[str]
    constants: list[Any]
    variables: list[str]
    bytecode: bytes


class _BadCodeError(Exception):
    pass


# Layout: versions, number of leading integers, whether locals are one list with kinds (3.11), argument
# counts' places.
_LAYOUTS = (
    ("3.11 and later", 5, True),
    ("3.8 to 3.10", 6, False),
    ("3.0 to 3.7", 5, False),
    ("2", 4, False),
)


def decode(text: Any) -> bytes | None:
    """Return the bytes of code as configurations hold it: base64, or (before 2.1.3) escaped characters."""
    if not isinstance(text, str) or len(text) > 4_000_000:
        return None
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
        if data[:1] and data[0] & 0x7F == ord("c"):
            return data
    except (ValueError, binascii.Error):
        pass
    try:
        return text.encode("raw_unicode_escape")
    except UnicodeError:
        return None


def read_code(data: bytes) -> Code | None:
    """Return the code object that marshalled bytes hold, ``None`` if they can't be made out."""
    for python, integers, modern in _LAYOUTS:
        try:
            reader = _Marshal(data, python, integers, modern)
            value = reader.value(0)
        except (_BadCodeError, IndexError, struct.error, UnicodeError, RecursionError, ValueError):
            continue
        if isinstance(value, Code) and reader.place == len(data):
            return value
    return None


class _Marshal:
    def __init__(self, data: bytes, python: str, integers: int, modern: bool):
        self.data, self.place = data, 0
        self.python, self.integers, self.modern = python, integers, modern
        self.refs: list[Any] = []
        self.interned: list[Any] = []
        self.count = 0

    def take(self, count: int) -> bytes:
        if count < 0 or self.place + count > len(self.data):
            raise _BadCodeError
        self.place += count
        return self.data[self.place - count : self.place]

    def integer(self) -> int:
        return struct.unpack("<i", self.take(4))[0]

    def value(self, depth: int) -> Any:
        self.count += 1
        if depth > _DEEP or self.count > _MOST:
            raise _BadCodeError
        code = self.take(1)[0]
        flag, kind = code & 0x80, chr(code & 0x7F)
        slot = len(self.refs)
        if flag:
            self.refs.append(None)
        found = self._of(kind, depth)
        if flag:
            self.refs[slot] = found
        return found

    def _of(self, kind: str, depth: int) -> Any:
        simple = {"N": None, "F": False, "T": True, ".": ..., "S": StopIteration}
        if kind in simple:
            return simple[kind]
        if kind == "i":
            return self.integer()
        if kind == "I":
            return struct.unpack("<q", self.take(8))[0]
        if kind == "g":
            return struct.unpack("<d", self.take(8))[0]
        if kind == "y":
            return complex(*struct.unpack("<dd", self.take(16)))
        if kind == "f":
            return float(self.take(self.take(1)[0]))
        if kind == "l":
            return self._long()
        if kind == "r":
            return self.refs[self._index(self.refs)]
        if kind == "R":
            return self.interned[self._index(self.interned)]
        if kind == "c":
            return self._code(depth)
        return self._collection(kind, depth) if kind in "()[<>{" else self._text(kind)

    def _index(self, items: list) -> int:
        index = self.integer()
        if not 0 <= index < len(items):
            raise _BadCodeError
        return index

    def _long(self) -> int:
        count = self.integer()
        digits = self.take(2 * abs(count))
        if abs(count) > 1000:
            raise _BadCodeError
        value = sum(
            int.from_bytes(digits[2 * i : 2 * i + 2], "little") << (15 * i) for i in range(abs(count))
        )
        return -value if count < 0 else value

    def _text(self, kind: str) -> Any:
        if kind in "zZ":
            return self.take(self.take(1)[0]).decode("latin-1")
        if kind not in "saAut":
            raise _BadCodeError
        raw = self.take(self.integer())
        if kind == "t" and self.integers == 4:
            self.interned.append(raw)
        if kind in "aA":
            return raw.decode("latin-1")
        return raw.decode("utf-8", "surrogatepass") if kind == "u" or kind == "t" else raw

    def _collection(self, kind: str, depth: int) -> Any:
        if kind == "{":
            found = {}
            while self.data[self.place : self.place + 1] != b"0":
                key = self.value(depth + 1)
                found[repr(key)[:100]] = self.value(depth + 1)
            self.place += 1
            return found
        count = self.take(1)[0] if kind == ")" else self.integer()
        if not 0 <= count <= _MOST:
            raise _BadCodeError
        return [self.value(depth + 1) for _ in range(count)]

    def _code(self, depth: int) -> Code:
        numbers = [self.integer() for _ in range(self.integers)]
        bytecode, constants, names, variables = (self.value(depth + 1) for _ in range(4))
        if self.modern:
            kinds, _, name, _ = (self.value(depth + 1) for _ in range(4))
            self.integer()
            tables = [self.value(depth + 1), self.value(depth + 1)]
        else:
            free, cells, _, name = (self.value(depth + 1) for _ in range(4))
            self.integer()
            tables, kinds = [self.value(depth + 1)], b""
            good = all(isinstance(item, list) for item in (free, cells))
            if not good:
                raise _BadCodeError
        name = _as_text(name)
        if not isinstance(bytecode, bytes) or not all(isinstance(t, bytes) for t in [*tables, kinds]):
            raise _BadCodeError
        if not all(isinstance(item, list) for item in (constants, names, variables)):
            raise _BadCodeError
        variables, names = [_as_text(v) for v in variables], [_as_text(n) for n in names]
        counts = numbers[0] + (numbers[2] if self.modern else numbers[-4] if self.integers > 4 else 0)
        if not 0 <= counts <= len(variables):
            raise _BadCodeError
        return Code(self.python, name, variables[:counts], names, constants, variables, bytecode)


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if not isinstance(value, str):
        raise _BadCodeError
    return value


def describe(text: Any) -> str:
    """Return in words and instructions what a configuration's code does."""
    data = decode(text)
    code = None if data is None else read_code(data)
    if code is None:
        size = "" if data is None else f" ({len(data):,} bytes)"
        return f"code that can't be made out{size}"
    return "\n".join(_lines(code))[:6000]


def _lines(code: Code, indent: str = "") -> list[str]:
    lines = [f"{indent}{_clean(code.name)}({', '.join(map(_clean, code.arguments))})  [Python {code.python}]"]
    inner = indent + "    "
    if code.names:
        lines.append(f"{inner}names: {', '.join(map(_clean, code.names[:40]))}")
    values = [_clean(repr(c)) for c in code.constants if not isinstance(c, Code) and c is not None]
    if values:
        lines.append(f"{inner}constants: {', '.join(values[:20])}")
    if code.python == _running():
        lines.extend(inner + line for line in _instructions(code))
    for constant in code.constants:
        if isinstance(constant, Code) and len(inner) < 40:
            lines.extend(_lines(constant, inner))
    return lines


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:80])


def _running() -> str:
    return "3.11 and later" if sys.version_info >= (3, 11) else "3.8 to 3.10"


def _instructions(code: Code) -> list[str]:
    """Return the instructions as the running Python names them."""
    lines, argument = [], 0
    for place in range(0, min(len(code.bytecode) - 1, 800), 2):
        number, low = code.bytecode[place], code.bytecode[place + 1]
        argument = argument << 8 | low
        name = dis.opname[number]
        if name == "CACHE":  # room for the interpreter's own notes
            argument = 0
            continue
        if name == "EXTENDED_ARG":
            continue
        lines.append(f"{place:4} {name:20} {_argument(code, number, argument)}".rstrip())
        argument = 0
    return lines


def _argument(code: Code, number: int, argument: int) -> str:
    shift = 1 if dis.opname[number] == "LOAD_GLOBAL" and sys.version_info >= (3, 11) else 0
    if number < dis.HAVE_ARGUMENT:
        return ""
    for numbers, values in (
        (dis.hasname, code.names),
        (dis.hasconst, code.constants),
        (dis.haslocal, code.variables),
    ):
        if number in numbers:
            index = argument >> shift
            if index < len(values):
                value = values[index]
                return "<code>" if isinstance(value, Code) else _clean(str(value))
    return str(argument)
