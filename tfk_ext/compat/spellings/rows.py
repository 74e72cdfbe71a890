"""What one row of the table may say: a keyword renamed, joined, dropped, refused, or read otherwise.

Every kind of row has ``olds``, the keywords that make it act, and ``apply(keywords)``, which changes a
dictionary of keywords in place and yields a :class:`Note` for each change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[Any, Any] | Callable[[Any], Any] | None


@dataclass(frozen=True)
class Note:
    """One change: what was written, and what it is written as today.

    Attributes:
        kind: ``"translated"``; ``"dropped"`` for what has no effect on results; ``"blocks"`` for what can't
            be honoured; ``"quiet"`` where both spellings are of today.
        old: the old spelling.
        text: the new spelling, or why it is dropped, or what replaces it.
    """

    kind: str
    old: str
    text: str


def converted(values: Values, value: Any) -> Any:
    """Return the value of today for an old one."""
    if values is None:
        return value
    if callable(values):
        return values(value)
    return values.get(value, value) if isinstance(value, str | int | float | None) else value


def shown(value: Any) -> str:
    """Return a value as a message shows it, three dots for a long one."""
    text = repr(value)
    return text if len(text) <= 50 else "..."


@dataclass(frozen=True)
class _One:
    """A row about one old keyword."""

    old: str

    @property
    def olds(self) -> tuple[str, ...]:
        return (self.old,)


@dataclass(frozen=True)
class Rename(_One):
    """``old=value`` is ``new=value``, the value perhaps converted by a mapping or a function."""

    new: str
    values: Values = None
    quiet: bool = False

    def apply(self, keywords: dict[str, Any]) -> Iterator[Note]:
        if self.old not in keywords:
            return
        if self.new in keywords:
            yield Note(
                "blocks", self.old, f"{self.new} is given too, and {self.old} is its old name: keep one"
            )
            return
        value = keywords.pop(self.old)
        keywords[self.new] = converted(self.values, value)
        yield Note(
            "quiet" if self.quiet else "translated", self.old, f"{self.new}={shown(keywords[self.new])}"
        )


@dataclass(frozen=True)
class Join:
    """Several old keywords are one today: ``nb_row=3, nb_col=3`` is ``kernel_size=(3, 3)``."""

    olds: tuple[str, ...]
    new: str
    defaults: tuple[Any, ...] = ()

    def apply(self, keywords: dict[str, Any]) -> Iterator[Note]:
        given = [old for old in self.olds if old in keywords]
        if not given:
            return
        missing = [old for old in self.olds if old not in keywords]
        old = ", ".join(given)
        if missing and not self.defaults:
            yield Note("blocks", old, f"{', '.join(missing)} has to be given too; write {self.new}")
            return
        if self.new in keywords:
            yield Note("blocks", old, f"{self.new} is given too: keep one")
            return
        fallback = dict(zip(self.olds, self.defaults))
        values = tuple(keywords.pop(name, fallback.get(name)) for name in self.olds)
        keywords[self.new] = values[0] if len(values) == 1 else values
        yield Note("translated", old, f"{self.new}={keywords[self.new]!r}")


@dataclass(frozen=True)
class Drop(_One):
    """The keyword has no effect on results today, whatever its value."""

    why: str

    def apply(self, keywords: dict[str, Any]) -> Iterator[Note]:
        if self.old in keywords:
            del keywords[self.old]
            yield Note("dropped", self.old, self.why)


@dataclass(frozen=True)
class Refuse(_One):
    """The keyword can't be honoured, save for the values that changed nothing."""

    instead: str
    harmless: tuple[Any, ...] = (None,)

    def apply(self, keywords: dict[str, Any]) -> Iterator[Note]:
        if self.old not in keywords:
            return
        value = keywords[self.old]
        if any(value is one or (type(value) is type(one) and value == one) for one in self.harmless):
            del keywords[self.old]
            yield Note("dropped", f"{self.old}={value!r}", "it is what happens today anyway")
        else:
            yield Note("blocks", f"{self.old}={shown(value)}", self.instead)


@dataclass(frozen=True)
class Value:
    """A keyword of today whose values had other names."""

    name: str
    values: Values
    quiet: bool = False

    @property
    def olds(self) -> tuple[str, ...]:
        return (self.name,)

    def apply(self, keywords: dict[str, Any]) -> Iterator[Note]:
        if self.name not in keywords:
            return
        old = keywords[self.name]
        new = converted(self.values, old)
        if new is not old and not (type(new) is type(old) and new == old):
            keywords[self.name] = new
            kind = "quiet" if self.quiet else "translated"
            yield Note(kind, f"{self.name}={shown(old)}", f"{self.name}={shown(new)}")


@dataclass(frozen=True)
class Spread(_One):
    """One old keyword is several today: ``init`` is the initializer of two kernels."""

    news: tuple[str, ...]
    values: Values = None

    def apply(self, keywords: dict[str, Any]) -> Iterator[Note]:
        if self.old in keywords:
            value = converted(self.values, keywords.pop(self.old))
            for new in self.news:
                keywords.setdefault(new, value)
            yield Note("translated", self.old, ", ".join(f"{new}={value!r}" for new in self.news))


@dataclass(frozen=True)
class Default:
    """The old default of a keyword, where one of ``when`` tells the era and none of ``unless`` is given."""

    name: str
    value: Any
    when: frozenset[str]
    unless: Set[str] = frozenset()

    @property
    def olds(self) -> tuple[str, ...]:
        return tuple(self.when)

    def apply(self, keywords: dict[str, Any]) -> Iterator[Note]:
        if keywords.keys().isdisjoint(self.when) or not keywords.keys().isdisjoint({self.name, *self.unless}):
            return
        keywords[self.name] = self.value
        yield Note("translated", f"no {self.name}", f"{self.name}={self.value!r}, the default of Keras 1")


Row = Rename | Join | Spread | Default | Drop | Refuse | Value

# Reads positional arguments of an old form: (args, kwargs) -> (args, kwargs, note), or None for today's.
Positional = Callable[[tuple, dict[str, Any]], "tuple[tuple, dict[str, Any], Note] | None"]


@dataclass(frozen=True)
class Entry:
    """The rows of one class or function.

    Attributes:
        rows: applied in their order.
        positional: reads positional arguments of an old form.
        open: whether any further keyword is fine, because the component takes arbitrary ones.
    """

    rows: tuple[Row, ...] = ()
    positional: Positional | None = None
    open: bool = False
    triggers: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "triggers", frozenset(old for row in self.rows for old in row.olds))

    def applied(self, keywords: Mapping[str, Any]) -> tuple[dict[str, Any], list[Note]]:
        """Return the keywords in today's spelling, and a note for each change."""
        keywords = dict(keywords)
        return keywords, [note for row in self.rows for note in row.apply(keywords)]


def entry(*groups: Row | Sequence[Row], positional: Positional | None = None, open: bool = False) -> Entry:
    """Make an entry from rows and groups of rows."""
    rows: list[Row] = []
    for group in groups:
        rows += group if isinstance(group, list | tuple) else [group]  # type: ignore[list-item]
    return Entry(tuple(rows), positional, open)
