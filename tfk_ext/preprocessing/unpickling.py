"""Reading pickles of others: nothing is imported, nothing is called but the stand-ins named here.

A pickle is a program. Python's unpickler runs it, and asks ``find_class`` for each class or function that it
names; here the answer is one of a few stand-ins, made anew for each reading, that only keep what they are
given.
"""

from __future__ import annotations

import io
import pickle
import pickletools
import re
from collections.abc import Callable
from typing import Any

import numpy as np

# What NumPy's arrays look like inside a pickle, under the module names of its versions.
_NUMPY = ("numpy", "numpy.core", "numpy._core")


class UnsafePickleError(ValueError):
    """A pickle names, does or claims what it has no business with."""


def read_pickle(
    data: bytes, find: Callable[[str, str], Any], encoding: str = "utf-8", what: str = "the pickle"
) -> Any:
    """Unpickle ``data`` with nothing but the stand-ins that ``find`` returns.

    Args:
        data: the pickle.
        find: from a module's and a thing's name to its stand-in; ``None`` refuses it.
        encoding: of the strings of Python 2, or ``"bytes"``.
        what: names the pickle in messages.

    Raises:
        UnsafePickleError: it names something else, or is damaged.
    """

    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            found = find(module, name)
            if found is None:
                raise UnsafePickleError(
                    f"{what} names {module}.{name}, which has no place in it: nothing was run."
                )
            return found

        def persistent_load(self, pid: Any) -> Any:
            raise UnsafePickleError(f"{what} refers to an object outside of it.")

    try:
        return Unpickler(io.BytesIO(data), encoding=encoding).load()
    except UnsafePickleError:
        raise
    except UnicodeDecodeError:
        raise
    except Exception as error:  # a hostile or damaged pickle fails in any way
        raise UnsafePickleError(
            f"{what} is damaged or no such pickle ({type(error).__name__}: {error})."
        ) from error


# Opcodes of a pickle of dictionaries, lists, strings and numbers, and of plain instances.
_BUILDING_OPCODES = "TUPLE TUPLE1 TUPLE2 TUPLE3 GLOBAL STACK_GLOBAL REDUCE NEWOBJ BUILD"
_DATA_OPCODES = """
    PROTO FRAME STOP MARK NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1 FLOAT BINFLOAT
    STRING BINSTRING SHORT_BINSTRING UNICODE SHORT_BINUNICODE BINUNICODE EMPTY_LIST LIST APPEND
    APPENDS EMPTY_TUPLE EMPTY_DICT DICT BINBYTES SHORT_BINBYTES
    SETITEM SETITEMS PUT BINPUT LONG_BINPUT GET BINGET
    LONG_BINGET MEMOIZE
"""
_BUILDING = frozenset(_BUILDING_OPCODES.split())
_PLAIN = _BUILDING | frozenset(_DATA_OPCODES.split())
_BUILT = 200  # of the opcodes of _BUILDING; an instance with five dictionaries has about 20


def check_plain(data: bytes, what: str) -> None:
    """Look a pickle through without running it: only opcodes of plain data, few objects, no inflated claims.

    Raises:
        UnsafePickleError: it has something else.
    """
    built = 0
    try:
        argument: Any
        for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            if opcode.name not in _PLAIN:
                raise UnsafePickleError(f"{what} has opcode {opcode.name}, which plain data has not.")
            built += opcode.name in _BUILDING
            if built > _BUILT:
                raise UnsafePickleError(f"{what} builds more than {_BUILT} objects.")
            if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and argument > count:
                raise UnsafePickleError(f"{what} claims memory slot {argument} after {count} steps.")
            if opcode.name in ("INT", "LONG", "LONG1") and abs(argument) >> 64:
                raise UnsafePickleError(f"{what} holds an integer of more than 64 bits.")
    except UnsafePickleError:
        raise
    except Exception as error:
        raise UnsafePickleError(f"{what} is damaged or no pickle ({error}).") from error


def _literals() -> bytes:
    """Return a pattern of the strings and names that a pickled array of lists has, in every form."""
    cores = ("numpy.core.multiarray", "numpy._core.multiarray")
    strings = [
        text.encode() for text in (*cores, "_reconstruct", "numpy", "ndarray", "dtype", "O8", "|", "b")
    ]
    forms = [b"%c%c%s" % (code, len(text), text) for text in strings for code in (0x8C, ord("U"), ord("C"))]
    forms += [b"X" + len(text).to_bytes(4, "little") + text for text in strings]
    names = [(core, "_reconstruct") for core in cores] + [("numpy", "ndarray"), ("numpy", "dtype")]
    forms += [f"c{module}\n{name}\n".encode() for module, name in (*names, ("_codecs", "encode"))]
    forms += [b"X\x06\0\0\0latin1", b"\x8c\x06latin1", b"\x8c\x07_codecs", b"\x8c\x06encode"]
    return b"|".join(map(re.escape, forms))


_LONGS = b"|".join(b"\x8a%c.{%d}" % (size, size) for size in range(1, 9))
# Integers, lists, and the numbering of what was seen: nearly all of it. At most 1000 at once, since the
# engine of regular expressions remembers each.
_IN_LISTS = re.compile(
    rb"(?:M..|K.|[\x94\](ea]|J....|q.|r...\x00|\x95.{8}|h.|j....|" + _LONGS + rb"){1,1000}", re.S
)
_AROUND_LISTS = re.compile(rb"\x80[\x02-\x05]|[N\x88\x89)t\x85-\x87Rb\x93.]|" + _literals(), re.S)


def check_lists(data: bytes, what: str) -> None:
    """Look through the pickle of an array of lists of integers without running it: nothing else may be in it.

    It takes half as long as to load it. A pickle can crash Python's own unpickler, whatever it may call.

    Raises:
        UnsafePickleError: it has something else.
    """
    place = around = 0
    while place < len(data):
        found = _IN_LISTS.match(data, place)
        if found is None:
            found, around = _AROUND_LISTS.match(data, place), around + 1
        if found is None or around > _BUILT:
            raise UnsafePickleError(f"{what} is damaged, or holds something else than lists of integers.")
        place = found.end()


def numpy_stand_ins(limit: int) -> Callable[[str, str], Any]:
    """Return the ``find`` of :func:`read_pickle` for arrays of numbers, and of lists of them.

    NumPy's own functions never see the pickle's claims: shape, type and size are checked, and the array is
    made from the bytes or the list.

    Args:
        limit: most bytes that one array may take.
    """

    class Type:
        """Keeps the description of a ``numpy.dtype``."""

        def __init__(self, code: Any, *rest: Any) -> None:
            code = code.decode("latin-1") if isinstance(code, bytes) else code
            if not isinstance(code, str) or not (code == "O8" or code[:1] in "biuf" and code[1:] in "1248"):
                raise UnsafePickleError(f"an array of type {code!r} is neither numbers nor lists.")
            self.code, self.order = code, "|"

        def __setstate__(self, state: Any) -> None:
            order = state[1].decode("latin-1") if isinstance(state[1], bytes) else state[1]
            if order not in ("<", ">", "|", "="):
                raise UnsafePickleError(f"an array has byte order {order!r}.")
            self.order = order

        def real(self) -> np.dtype:
            return np.dtype(object) if self.code == "O8" else np.dtype(self.order + self.code)

    class Array:
        """Waits for the state of a ``numpy.ndarray``; :func:`real_array` gives the array."""

        array: np.ndarray | None = None

        def __setstate__(self, state: Any) -> None:
            _, shape, kind, fortran, content = state
            if type(kind) is not Type or not isinstance(shape, tuple):
                raise UnsafePickleError("an array's description is damaged.")
            kind, size = kind.real(), 1
            for axis in shape:
                if type(axis) is not int or axis < 0:
                    raise UnsafePickleError(f"an array has shape {shape}.")
                size *= axis
            if size * kind.itemsize > limit:
                raise UnsafePickleError(
                    f"an array claims {size * kind.itemsize:,} bytes, more than {limit:,}."
                )
            if kind.hasobject:
                if type(content) is not list or len(content) != size:
                    raise UnsafePickleError("an array of lists is damaged.")
                array = np.empty(size, object)
                for position, item in enumerate(content):
                    array[position] = item
            else:
                content = content.encode("latin-1") if isinstance(content, str) else content
                if type(content) is not bytes or len(content) != size * kind.itemsize:
                    raise UnsafePickleError(f"an array of shape {shape} holds another number of bytes.")
                array = np.frombuffer(content, kind).copy()
            self.array = array.reshape(shape, order="F" if fortran else "C")

    def reconstruct(*arguments: Any) -> Array:
        return Array()

    def encode(text: Any, encoding: Any = "latin1") -> bytes:
        return text.encode("latin-1")  # how Python 3 writes bytes for Python 2

    def empty(*arguments: Any) -> bytes:
        return b""  # how it writes no bytes at all

    ndarray = object()

    def find(module: str, name: str) -> Any:
        package, _, last = module.rpartition(".")
        if name == "_reconstruct" and last == "multiarray" and package in _NUMPY:
            return reconstruct
        if (module, name) == ("_codecs", "encode"):
            return encode
        if name == "bytes" and module in ("builtins", "__builtin__"):
            return empty
        if module in _NUMPY:
            return {"ndarray": ndarray, "dtype": Type}.get(name)
        return None

    return find


def real_array(value: Any) -> Any:
    """Return the array behind a stand-in of :func:`numpy_stand_ins`, and anything else as it is."""
    array = getattr(value, "array", None)
    return array if isinstance(array, np.ndarray) else value
