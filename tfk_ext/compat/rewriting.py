"""The imports of an old program, rewritten in its syntax tree: ``keras`` and ``tf.keras`` lead here.

Only what a program itself imports is rewritten, when its module is loaded; ``sys.modules`` keeps Keras and
TensorFlow as they are. Lines and columns stay, so that a traceback shows the program's own.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
from typing import Any

from tfk_ext.compat import numpy_names
from tfk_ext.compat.modules import PACKAGE, keras_module

TENSORFLOW = f"{PACKAGE}.compat.tensorflow"
_HERE = f"{PACKAGE}.compat.rewriting"

# What leads to the package, the longest first. The contributed and the private place are of TensorFlow 1.
_ROOTS = (
    "tensorflow.contrib.keras.api.keras",
    "tensorflow.contrib.keras",
    "tensorflow.compat.v1.keras",
    "tensorflow.compat.v2.keras",
    ".".join(("tensorflow", "python", "keras")),
    "tensorflow.keras",
    "keras",
)
_OTHERS = {"keras_preprocessing": f"{PACKAGE}.preprocessing", "keras_applications": f"{PACKAGE}.applications"}
_VERSIONS = {"tensorflow.compat.v1": "compat_v1", "tensorflow.compat.v2": "compat_v2"}


def translated(name: str) -> str:
    """Return the module that a module's name leads to; the name itself where the package has no such module.

    Example:
        >>> from tfk_ext.compat import rewriting
        >>> rewriting.translated("tensorflow.keras.layers"), rewriting.translated("numpy")
        ('tfk_ext.layers', 'numpy')
    """
    if name == "tensorflow":
        return TENSORFLOW
    for root, target in ((root, PACKAGE) for root in _ROOTS):
        if name == root:
            return target
        if name.startswith(f"{root}."):
            return _inner(name, name[len(root) + 1 :])
    for root, target in _OTHERS.items():
        if name == root or name.startswith(f"{root}."):
            return target + name[len(root) :]
    return name


def _inner(name: str, path: str) -> str:
    if path.startswith(("src", "_")):
        return name
    try:
        found = importlib.util.find_spec(f"{PACKAGE}.{path}")
    except ImportError:
        found = None
    return f"{PACKAGE}.{path}" if found else name


def import_translated(name: str, *args: Any, **kwargs: Any) -> Any:
    """Do what ``__import__`` does, of the module that ``name`` leads to."""
    target = translated(name)
    if target == TENSORFLOW:
        return importlib.import_module(target)
    return __import__(target, *args, **kwargs)


class Rewriter(ast.NodeTransformer):
    """Rewrites the imports of one module.

    Args:
        own: top-level names of modules that the program has of its own, such as a ``keras.py`` beside it.
        numpy: names under which the module imports NumPy, whose removed names are replaced.
    """

    def __init__(self, own: frozenset[str] = frozenset(), numpy: frozenset[str] = frozenset()):
        self.own = own
        self.numpy = numpy

    def _translated(self, name: str) -> str:
        return name if name.split(".")[0] in self.own else translated(name)

    def visit_Import(self, node: ast.Import) -> Any:  # noqa: N802
        statements: list[ast.stmt] = []
        for alias in node.names:
            statements += self._import(node, alias)
        return statements

    def _import(self, node: ast.Import, alias: ast.alias) -> list[ast.stmt]:
        name, asname = alias.name, alias.asname
        if name in _VERSIONS and asname and "tensorflow" not in self.own:
            return [_from(node, TENSORFLOW, _VERSIONS[name], asname)]
        target = self._translated(name)
        top = name.split(".")[0]
        if top == "tensorflow" and not asname and top not in self.own:
            # `import tensorflow.nn` binds `tensorflow`; what is imported beside it has to be there too.
            first = [] if name == top else [_import(node, target, top)]
            return [*first, _import(node, TENSORFLOW, top)]
        if target == name:
            return [ast.copy_location(ast.Import([alias]), node)]
        if asname or "." not in name:
            return [_import(node, target, asname or name)]
        # `import keras.layers` binds `keras`.
        return [_import(node, target, top), _import(node, PACKAGE, top)]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:  # noqa: N802
        if node.level or node.module is None:
            return node
        if node.module in ("tensorflow", *_VERSIONS, "tensorflow.compat") and "tensorflow" not in self.own:
            return self._from_tensorflow(node)
        target = self._translated(node.module)
        if target == node.module:
            return node
        made = ast.copy_location(ast.ImportFrom(target, node.names, 0), node)
        path = target.removeprefix(PACKAGE).lstrip(".")
        if [alias.name for alias in node.names] == ["*"] and path and keras_module(path):
            # What the package lacks comes from Keras; its own names are bound last.
            other = ast.ImportFrom(f"tensorflow.keras.{path}", node.names, 0)
            return [ast.copy_location(other, node), made]
        return made

    def _from_tensorflow(self, node: ast.ImportFrom) -> Any:
        statements: list[ast.stmt] = []
        for alias in node.names:
            bound = alias.asname or alias.name
            full = f"{node.module}.{alias.name}"
            if alias.name == "keras":
                statements.append(_import(node, PACKAGE, bound))
            elif alias.name == "compat":
                statements.append(_from(node, TENSORFLOW, "compat", bound))
            elif full in _VERSIONS:
                statements.append(_from(node, TENSORFLOW, _VERSIONS[full], bound))
            else:
                statements.append(ast.copy_location(ast.ImportFrom(node.module, [alias], 0), node))
                if alias.name == "*":
                    statements.append(_import(node, PACKAGE, "keras"))
        return statements

    def visit_Attribute(self, node: ast.Attribute) -> Any:  # noqa: N802
        self.generic_visit(node)
        of_numpy = isinstance(node.value, ast.Name) and node.value.id in self.numpy
        return numpy_names.current(node) if of_numpy and isinstance(node.ctx, ast.Load) else node

    def visit_Call(self, node: ast.Call) -> Any:  # noqa: N802
        self.generic_visit(node)
        called = getattr(node.func, "id", getattr(node.func, "attr", None))
        if called == "__import__" and isinstance(node.func, ast.Name):
            node.func = _helper(node.func, "import_translated")
        elif called == "import_module" and node.args:
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                node.args[0] = ast.copy_location(ast.Constant(self._translated(name.value)), name)
            else:
                call = ast.Call(_helper(name, "translated"), [name], [])
                node.args[0] = ast.copy_location(call, name)
        return node


def _import(node: ast.stmt, name: str, asname: str) -> ast.stmt:
    return ast.copy_location(ast.Import([ast.alias(name, asname)]), node)


def _from(node: ast.stmt, module: str, name: str, asname: str) -> ast.stmt:
    return ast.copy_location(ast.ImportFrom(module, [ast.alias(name, asname)], 0), node)


def _helper(node: ast.expr, name: str) -> ast.expr:
    """Return an expression for a function of this module that needs no name in the program."""
    made = ast.parse(f"__import__({_HERE!r}, fromlist=['']).{name}", mode="eval").body
    for part in ast.walk(made):
        ast.copy_location(part, node)
    return made


def rewritten(source: str | bytes, filename: str, own: frozenset[str] = frozenset()) -> Any:
    """Return the code object of a program, its imports rewritten.

    Args:
        source: the text of the program.
        filename: what tracebacks name.
        own: see :class:`Rewriter`.

    Example:
        >>> from tfk_ext.compat import rewriting
        >>> names = {}
        >>> exec(rewriting.rewritten("from keras.layers import Dense", "program.py"), names)
        >>> names["Dense"] is tfk_ext.Dense
        True
    """
    tree = ast.parse(source, filename)
    tree = ast.fix_missing_locations(Rewriter(own, numpy_names.aliases(tree)).visit(tree))
    return compile(tree, filename, "exec", dont_inherit=True)
