"""What is raised when a model file is refused or can't be loaded."""

from __future__ import annotations

import os


class LoadError(ValueError):
    """A model file is refused, damaged, or does not fit.

    Args:
        message: a sentence that a person can act on.
        rule: short name of the rule that was broken, such as ``"external-link"``; see ``docs/old-models.md``.
        where: the place in the file, such as ``"/model_weights/dense_1"`` or ``"config.layers[2]"``.
        path: the file.

    Example:
        >>> error = tfk_ext.saving.LoadError("it is cut off.", rule="truncated", where="/dense_1")
        >>> str(error)
        '/dense_1: it is cut off. [truncated]'
        >>> error.rule
        'truncated'
    """

    def __init__(self, message: str, *, rule: str, where: str = "", path: str | os.PathLike | None = None):
        self.message = message
        self.rule = rule
        self.where = where
        self.path = None if path is None else os.fspath(path)
        super().__init__(message)

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.path, self.where) if part)
        return f"{place}: {self.message} [{self.rule}]" if place else f"{self.message} [{self.rule}]"

    def __reduce__(self):
        return _again, (self.message, self.rule, self.where, self.path)


def _again(message, rule, where, path):
    return LoadError(message, rule=rule, where=where, path=path)
