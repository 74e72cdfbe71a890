"""The import hook that rewrites a program's own modules as they are loaded, and ``install`` for notebooks."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
import sys
import sysconfig
from collections.abc import Iterable
from typing import Any

from tfk_ext.compat.rewriting import Rewriter, rewritten


class RewritingLoader(importlib.machinery.SourceFileLoader):
    """Loads a source file with its imports rewritten; the compiled form is never stored."""

    own: frozenset[str] = frozenset()

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        return rewritten(self.get_data(path), path, self.own)


def _folder(path: str) -> str:
    return os.path.join(os.path.realpath(path), "")


def _not_a_users() -> tuple[str, ...]:
    """Return the folders of the standard library and of installed packages, and of this package."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = [path for name in names if (path := sysconfig.get_path(name))]
    folders.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return tuple(map(_folder, folders))


class Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of the user as Python does, and has them loaded with their imports rewritten.

    Args:
        roots: folders whose modules are rewritten; ``None`` for all but installed packages.
    """

    def __init__(self, roots: Iterable[str] | None = None):
        self.roots = None if roots is None else tuple(map(_folder, roots))
        self._others = _not_a_users()

    def is_users(self, path: str) -> bool:
        """Tell whether a file is the user's own."""
        path = os.path.realpath(path)
        if any(part in ("site-packages", "dist-packages") for part in path.split(os.sep)):
            return False
        if path.startswith(self._others):
            return False
        return self.roots is None or path.startswith(self.roots)

    def own_modules(self) -> frozenset[str]:
        """Return which of the rewritten names the user has modules of."""
        folders = self.roots or ()
        names = ("keras", "tensorflow", "keras_preprocessing", "keras_applications")
        return frozenset(
            name
            for name in names
            for folder in folders
            if os.path.isfile(f"{folder}{name}.py") or os.path.isfile(f"{folder}{name}/__init__.py")
        )

    def find_spec(self, fullname, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or type(spec.loader) is not importlib.machinery.SourceFileLoader:
            return None
        if not spec.origin or not self.is_users(spec.origin):
            return None
        spec.loader = RewritingLoader(fullname, spec.origin)
        spec.loader.own = self.own_modules()
        spec.cached = None
        return spec


_installed: list[Finder] = []
_transformers: list[Any] = []


def _notebook() -> Any:
    """Return IPython's shell where the program runs in one."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def current() -> Finder:
    """Return the finder that :func:`install` made."""
    return _installed[0]


def install(roots: Iterable[str] | None = None) -> None:
    """Have the imports of ``keras`` and ``tf.keras`` lead to this package, in what is imported from now on.

    Modules of the user are rewritten as they are loaded, and in IPython and notebooks the cells as well;
    installed packages are left alone, and so is what was imported before.

    Args:
        roots: folders whose modules are rewritten; by default all but installed packages and Python's own.

    Example:
        >>> tfk_ext.compat.install()
        >>> tfk_ext.compat.uninstall()
    """
    uninstall()
    _installed.append(Finder(roots))
    sys.meta_path.insert(0, _installed[0])
    shell = _notebook()
    if shell is not None:
        _transformers.append(Rewriter(numpy=frozenset({"np", "numpy"})))
        shell.ast_transformers.append(_transformers[0])


def uninstall() -> None:
    """Undo :func:`install`; what was imported in between stays as it is."""
    for finder in _installed:
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)
    shell = _notebook()
    for transformer in _transformers:
        if shell is not None and transformer in shell.ast_transformers:
            shell.ast_transformers.remove(transformer)
    _installed.clear()
    _transformers.clear()
