"""NumPy's names that NumPy 1.24 and 2.0 removed: what an old program means by ``np.Inf`` or ``np.float``."""

from __future__ import annotations

import ast

import numpy as np

_RENAMED = {
    "Inf": "inf",
    "Infinity": "inf",
    "NaN": "nan",
    "PINF": "inf",
    "alltrue": "all",
    "cfloat": "complex128",
    "complex_": "complex128",
    "cumproduct": "cumprod",
    "float_": "float64",
    "infty": "inf",
    "longfloat": "longdouble",
    "product": "prod",
    "round_": "round",
    "row_stack": "vstack",
    "singlecomplex": "complex64",
    "sometrue": "any",
    "string_": "bytes_",
    "trapz": "trapezoid",
    "unicode_": "str_",
}
# They were Python's own types.
_BUILTINS = {
    "bool": "bool",
    "complex": "complex",
    "float": "float",
    "int": "int",
    "long": "int",
    "object": "object",
    "str": "str",
    "unicode": "str",
}


def aliases(tree: ast.AST) -> frozenset[str]:
    """Return the names under which a program imports NumPy.

    Example:
        >>> import ast
        >>> from tfk_ext.compat import numpy_names
        >>> sorted(numpy_names.aliases(ast.parse("import numpy as np, os")))
        ['np']
    """
    return frozenset(
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == "numpy"
    )


def current(node: ast.Attribute) -> ast.expr:
    """Return what ``np.<name>`` is called in the NumPy that is installed; the node itself if it has the name.

    Example:
        >>> import ast
        >>> from tfk_ext.compat import numpy_names
        >>> ast.unparse(numpy_names.current(ast.parse("np.Inf", mode="eval").body))
        'np.inf'
    """
    name = node.attr
    if hasattr(np, name):
        return node
    if name in _RENAMED:
        made: ast.expr = ast.Attribute(node.value, _RENAMED[name], node.ctx)
    elif name == "NINF":
        made = ast.UnaryOp(ast.USub(), ast.Attribute(node.value, "inf", node.ctx))
    elif name in _BUILTINS:
        made = ast.parse(f"__import__('builtins').{_BUILTINS[name]}", mode="eval").body
    else:
        return node
    for part in ast.walk(made):
        ast.copy_location(part, node)
    return made
