"""Messages of newsgroups, from wherever they can be had."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from recipes.data import folders, made
from recipes.shared.program import RecipeError

WHAT = "news20.tar.gz or the folder 20_newsgroup, in which a folder for each group holds its messages"
LOUD = (
    "NO 20 NEWSGROUPS HERE, AND NONE TO BE HAD: these are 400 messages that a few rules put together, with "
    "word vectors made from them. What is learned from them MEANS NOTHING, it only shows that the recipe "
    "runs: give news20.tar.gz with --data and glove.6B.100d.txt with --glove."
)
CACHED = ("news20.tar.gz", "20_newsgroup", "20_newsgroups")
LEAST = 20


@dataclasses.dataclass(frozen=True)
class News:
    """Messages, the numbers of their groups, the groups' names, and where they are from."""

    name: str
    source: str
    texts: list[str]
    labels: np.ndarray
    groups: list[str]
    embedded: bool = False

    def about(self) -> dict[str, Any]:
        """Return name, source and what tells these messages from others."""
        hasher = hashlib.sha256(self.labels.astype(np.int32).tobytes())
        for text in self.texts:
            hasher.update(text.encode("utf-8", "surrogatepass") + b"\0")
        return {"name": self.name, "source": self.source, "sha256": hasher.hexdigest()}

    def describe(self) -> str:
        return f"{self.name}, {len(self.texts):,} messages of {len(self.groups)} groups ({self.source})"


def load(path: str | None, headers: bool = True) -> News:
    """Return messages from ``path``, else Keras's cache, else made-up ones (tensorflow-datasets has none).

    Args:
        path: a folder with a folder for each group, or an archive of it.
        headers: whether the header lines of the messages are kept.

    Raises:
        RecipeError: ``path`` is missing, damaged, or holds something else.
    """
    from tfk_ext.datasets import sources

    if path is not None:
        return _read(Path(path).expanduser(), headers)
    for name in CACHED:
        place = sources.cache() / name
        if place.exists():
            try:
                return _read(place, headers)
            except RecipeError as error:
                print(f"passed over: {error}", flush=True)
    texts, topics = made.messages(400, seed=1)
    return dataclasses.replace(
        _checked("made-up messages", "put together by rules", texts, topics), embedded=True
    )


def _read(path: Path, headers: bool) -> News:
    with folders.opened(path, WHAT) as folder:
        # Old messages are in no encoding that they tell; Latin-1 reads them all.
        texts, groups = folders.read_texts(folder, None, "latin-1")
    if not headers:
        texts = [without_header(text) for text in texts]
    name = "20 newsgroups" if "news" in str(path).lower() else path.name
    return _checked(name, str(path), texts, groups)


def without_header(text: str) -> str:
    """Return what stands behind the first empty line."""
    head, _, body = text.partition("\n\n")
    return body or head


def _checked(name: str, source: str, texts: list[str], names: list[str]) -> News:
    groups, labels = np.unique(names, return_inverse=True)
    if len(groups) < 2:
        raise RecipeError(f"{source} holds messages of {len(groups)} group only: give {WHAT}.")
    few = [f"{group} ({count})" for group, count in zip(groups, np.bincount(labels)) if count < LEAST]
    if few:
        raise RecipeError(f"{source} holds fewer than {LEAST} messages of {few[0]}: give {WHAT}.")
    return News(name, source, texts, labels.astype(np.int64), groups.tolist())
