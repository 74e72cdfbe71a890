"""The Python text of simple compiled functions: what a person may write to supply a Lambda's function.

The instructions are read as data, never executed. A text is given only for a function that is nothing but
arithmetic, indexing and mathematical functions of TensorFlow, Keras's backend and NumPy's constants.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tfk_ext.saving.code import Code, decode, read_code

# The numbers are the same from Python 2.7 to 3.10.
_BINARY = {19: "**", 20: "*", 21: "/", 22: "%", 23: "+", 24: "-", 26: "//", 27: "/", 16: "@"}
_UNARY = {10: "+", 11: "-", 15: "~"}
_COMPARED = ("<", "<=", "==", "!=", ">", ">=")
# Those of Python 3.11: the operation is an argument.
_OPERATIONS = ("+", "&", "//", "<<", "@", "*", "%", "|", "**", ">>", "-", "/", "^")
_BACKENDS = ("K", "backend", "keras.backend", "tf.keras.backend", "tensorflow.keras.backend")
_TENSORFLOW = ("tf", "tensorflow")
_MOST = 200
# Begins a name that is no value by itself: it has to be called.
_GLOBAL = "global:"


class _TooMuchError(Exception):
    """The function does more than is told here."""


def source(text: Any) -> str | None:
    """Return a stored function as Python text, ``None`` unless it is a simple one.

    Args:
        text: the code, as a configuration holds it.

    Example:
        >>> import base64, marshal
        >>> held = base64.b64encode(marshal.dumps((lambda x: x / 255.0 - 0.5).__code__)).decode()
        >>> tfk_ext.saving.sources.source(held)
        'lambda x: (x / 255.0) - 0.5'
    """
    data = decode(text)
    code = None if data is None else read_code(data)
    if code is None or len(code.bytecode) > 4 * _MOST:
        return None
    try:
        return _Reader(code).text()
    except (_TooMuchError, IndexError):
        return None


class _Reader:
    """Runs through the instructions with texts on the stack in the place of values."""

    def __init__(self, code: Code):
        self.code = code
        self.stack: list[Any] = []
        self.lines: list[str] = []
        self.keywords: tuple[str, ...] = ()
        self.unpacked: list[str] = []
        self.unpacking = 0

    def text(self) -> str:
        arguments = ", ".join(map(_name, self.code.arguments))
        for number, argument in _instructions(self.code):
            if number == 83:
                result = self.pop()
                break
            self.one(number, argument)
        else:
            raise _TooMuchError
        if not self.lines:
            return f"lambda {arguments}: {_bare(result)}"
        name = self.code.name if self.code.name.isidentifier() else "function"
        body = "".join(f"    {line}\n" for line in [*self.lines, f"return {_bare(result)}"])
        return f"def {name}({arguments}):\n{body}".rstrip()

    def pop(self) -> str:
        found = self.stack.pop()
        if not isinstance(found, str) or len(found) > 2000:
            raise _TooMuchError
        if found.startswith(_GLOBAL):
            raise _TooMuchError
        return found

    def many(self, count: int) -> list[str]:
        return [self.pop() for _ in range(count)][::-1]

    def one(self, number: int, argument: int) -> None:
        modern = self.code.python.startswith("3.11")
        if number in _UNARY:
            self.stack.append(f"({_UNARY[number]}{self.pop()})")
        elif number == 122 and modern:
            self.binary(_OPERATIONS[argument])
        elif number in _BINARY and not modern:
            self.binary(_BINARY[number])
        elif number == 25:
            owner, index = self.many(2)
            self.stack.append(f"{owner}[{_index(index)}]")
        elif number in (30, 31, 32, 33) and not modern:  # slices of Python 2
            parts = self.many(1 + (number > 30) + (number == 33))
            low = parts[1] if number in (31, 33) else ""
            high = parts[-1] if number in (32, 33) else ""
            self.stack.append(f"{parts[0]}[{_bare(low)}:{_bare(high)}]")
        elif number == 107 and argument < len(_COMPARED):
            self.binary(_COMPARED[argument])
        elif number in (102, 103):
            inner = ", ".join(map(_bare, self.many(argument)))
            comma = "," if argument == 1 and number == 102 else ""
            self.stack.append(f"({inner}{comma})" if number == 102 else f"[{inner}]")
        elif number == 133:
            parts = ["" if part == "None" else _bare(part) for part in self.many(argument)]
            self.stack.append("slice:" + ":".join(parts))
        else:
            self.name_or_call(number, argument, modern)

    def binary(self, operator: str) -> None:
        left, right = self.many(2)
        self.stack.append(f"({left} {operator} {right})")

    def name_or_call(self, number: int, argument: int, modern: bool) -> None:
        if number == 100:
            self.stack.append(_constant(self.code.constants[argument]))
        elif number == 124:
            self.stack.append(_name(self.code.variables[argument]))
        elif number == 125:
            self.store(_name(self.code.variables[argument]))
        elif number == 92 and not self.unpacking:
            self.unpacking = argument
        elif number in (101, 116):
            name = self.code.names[argument >> (1 if modern and number == 116 else 0)]
            self.stack.append(_GLOBAL + _name(name))
        elif number in (106, 160):
            name = _name(self.code.names[argument])
            owner = self.stack.pop()
            self.stack.append(f"{owner}.{name}")
        elif number in (131, 161, 171):
            self.call(argument, self.code.python)
        elif number == 141 and not modern and _is_word(self.code):
            names = self.pop()
            self.keywords = tuple(part.strip("'") for part in names.strip("(),").split(", "))
            self.call(argument, "")
        elif number == 172 and modern:
            held = self.code.constants[argument]
            self.keywords = tuple(_name(name) for name in held)
        elif not (modern and number in (0, 2, 151, 166)):
            raise _TooMuchError

    def store(self, name: str) -> None:
        self.unpacked.append(name)
        if len(self.unpacked) >= self.unpacking:
            self.lines.append(f"{', '.join(self.unpacked)} = {_bare(self.pop())}")
            self.unpacked, self.unpacking = [], 0

    def call(self, argument: int, python: str) -> None:
        """Put a call on the stack; its function has to be one that computes."""
        pairs = 0
        if not _is_word(self.code):  # before 3.6: how many by name is in the second byte
            argument, pairs = argument & 0xFF, argument >> 8
        by_name = [self.many(2) for _ in range(pairs)][::-1]
        values = [_bare(value) for value in self.many(argument)]
        cut = len(values) - len(self.keywords)
        given = values[:cut] + [f"{k}={v}" for k, v in zip(self.keywords, values[cut:])]
        given += [f"{_name(key.strip(chr(39)))}={_bare(value)}" for key, value in by_name]
        self.keywords = ()
        self.stack.append(f"{_function(self.stack.pop())}({', '.join(given)})")


def _function(path: Any) -> str:
    """Return the name of a function that computes and does nothing else."""
    from tfk_ext.layers.legacy.allowed import function_of

    if not isinstance(path, str) or not path.startswith(_GLOBAL):
        raise _TooMuchError
    path = path.removeprefix(_GLOBAL)
    owner, _, last = path.rpartition(".")
    if owner in _BACKENDS and function_of(f"keras.backend.{last}") is not None:
        return path
    root, _, rest = path.partition(".")
    if root in _TENSORFLOW and (function_of(rest) or function_of(f"compat.v1.{rest}")) is not None:
        return path
    raise _TooMuchError


def _instructions(code: Code) -> Iterator[tuple[int, int]]:
    data, place, above = code.bytecode, 0, 0
    word = _is_word(code)
    while place < len(data):
        number = data[place]
        if word:
            argument, size = data[place + 1], 2
        elif number >= 90:
            argument, size = data[place + 1] | data[place + 2] << 8, 3
        else:
            argument, size = 0, 1
        place += size
        if number == 144:
            above = (above | argument) << 8
            continue
        yield number, above | argument
        above = 0


def _is_word(code: Code) -> bool:
    """Tell whether each instruction has two bytes (from 3.6): then the last is not a bare ``return``."""
    return code.python != "2" and not code.bytecode.endswith(b"S")


def _name(name: str) -> str:
    if not name.isidentifier() or name.startswith("__") or len(name) > 60:
        raise _TooMuchError
    return name


def _constant(value: Any) -> str:
    if isinstance(value, list):
        value = tuple(value)
        inner = [_constant(item) for item in value]
        return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if value is ...:
        return "..."
    if value is not None and not isinstance(value, (bool, int, float, str)):
        raise _TooMuchError
    text = repr(value)
    if len(text) > 80:
        raise _TooMuchError
    return f"({text})" if text.startswith("-") else text


def _index(text: str) -> str:
    """Return what stands between brackets: slices lose their mark, a tuple its parentheses."""
    return (text[1:-1] if _is_whole(text) else text).replace("slice:", "")


def _is_whole(text: str) -> bool:
    """Tell whether one pair of parentheses is around the whole of a text."""
    depth = 0
    for place, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0:
            return text.startswith("(") and place == len(text) - 1
    return False


def _bare(text: str) -> str:
    """Return a text without the parentheses around the whole of it, which a tuple keeps."""
    return text[1:-1] if _is_whole(text) and "," not in _top(text[1:-1]) else text


def _top(text: str) -> str:
    """Return a text without what is in brackets."""
    depth, found = 0, ""
    for letter in text:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(letter, 0)
        found += letter if depth == 0 else ""
    return found
