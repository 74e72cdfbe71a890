"""Running an old program: what ``python script.py`` and ``python -m module`` do, its imports rewritten."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from types import ModuleType, TracebackType

from tfk_ext.compat import importing
from tfk_ext.compat.rewriting import rewritten

_OWN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")


def run_script(path: str, arguments: list[str]) -> None:
    """Run a file as ``__main__``, with the modules beside it rewritten too.

    Args:
        path: the file.
        arguments: ``sys.argv[1:]`` of the program.

    Raises:
        FileNotFoundError: there is no such file.
    """
    if os.path.isdir(path) and os.path.isfile(os.path.join(path, "__main__.py")):
        folder, file = path, os.path.join(path, "__main__.py")
    else:
        folder, file = os.path.dirname(os.path.realpath(path)), path
    full = os.path.abspath(file)
    with open(full, "rb") as stream:
        source = stream.read()
    sys.argv = [path, *arguments]
    sys.path[0:1] = [folder]
    importing.install([folder])
    main = _main(full)
    main.__loader__ = importlib.machinery.SourceFileLoader("__main__", full)
    _execute(source, full, main)


def run_module(name: str, arguments: list[str]) -> None:
    """Run a module or package as ``python -m`` does, with the modules of the working folder rewritten.

    Args:
        name: name of the module.
        arguments: ``sys.argv[1:]`` of the program.

    Raises:
        ImportError: there is no such module, or it is not written in Python.
    """
    folder = os.getcwd()
    if sys.path[:1] != [folder]:
        sys.path[0:1] = [folder]
    importing.install([folder])
    spec = importlib.util.find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        spec = importlib.util.find_spec(f"{name}.__main__")
    if spec is None or not spec.has_location or not spec.origin:
        raise ImportError(f"no module named {name!r} that could be run from {folder}.")
    sys.argv = [spec.origin, *arguments]
    main = _main(spec.origin)
    main.__spec__, main.__loader__, main.__package__ = spec, spec.loader, spec.parent
    with open(spec.origin, "rb") as stream:
        _execute(stream.read(), spec.origin, main)


def _main(path: str) -> ModuleType:
    main = ModuleType("__main__")
    vars(main).update(__file__=path, __builtins__=__builtins__, __package__=None, __cached__=None)
    del main.__spec__
    main.__spec__ = None
    return main


def _execute(source: bytes, path: str, main: ModuleType) -> None:
    before = sys.modules["__main__"]
    sys.modules["__main__"] = main
    main.__dict__["__launched_from__"] = before  # a module that nobody holds is emptied
    sys.excepthook = _hook(sys.excepthook)
    own = importing.current().own_modules()
    exec(rewritten(source, path, own), vars(main))


def without_launcher(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without its first frames that are the launcher's, as Python itself would show it."""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not (file.startswith((_OWN, "<frozen")) or os.path.basename(file) in ("runpy.py", "ast.py")):
            break
        trace = trace.tb_next
    return trace


def _hook(show):
    def hook(kind, error, trace):
        mine = without_launcher(trace)
        # A program that can't be compiled has no frame of its own.
        error.__traceback__ = mine if mine is not None or isinstance(error, SyntaxError) else trace
        show(kind, error, error.__traceback__)

    return hook
