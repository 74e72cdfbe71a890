"""Files of a folder and their classes, and the split into training and validation files."""

from __future__ import annotations

import dataclasses
import os
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tfk_ext import checks

SUBSETS = ("training", "validation", "both", None)


@dataclasses.dataclass(frozen=True)
class Listing:
    """Paths of files, their labels (``None`` without), and the names of the classes (``None`` without)."""

    paths: list[str]
    labels: np.ndarray | None
    class_names: list[str] | None

    def take(self, places: Any) -> Listing:
        """Return the files at some places: an array of integers, or a slice."""
        paths = self.paths[places] if isinstance(places, slice) else [self.paths[place] for place in places]
        labels = None if self.labels is None else self.labels[places]
        return dataclasses.replace(self, paths=paths, labels=labels)

    def shuffled(self, seed: int) -> Listing:
        """Return the files in the random order that Keras gives for the seed."""
        places = np.arange(len(self.paths))
        np.random.RandomState(seed).shuffle(places)
        return self.take(places)

    def part(self, owner: str, share: float | None, subset: str | None, verbose: bool = True) -> Listing:
        """Return the training or validation part: the last ``share`` of the files are for validation."""
        if not share:
            return self
        count = int(share * len(self.paths))
        kept = len(self.paths) - count
        if not (count if subset == "validation" else kept):
            checks.fail(
                owner, f"validation_split {share} leaves no file for {subset} of the {len(self.paths)} found."
            )
        if verbose:
            print(f"Using {count if subset == 'validation' else kept} files for {subset}.")
        return self.take(slice(kept, None) if subset == "validation" else slice(0, kept))


def check_split(owner: str, share: float | None, subset: str | None, shuffle: bool, seed: int | None) -> int:
    """Check the arguments of a split, and return the seed, drawn at random if there was none.

    Raises:
        ValueError: the share is not between 0 and 1, only one of share and subset is given, or a random split
            has no seed (training and validation files would overlap).
    """
    checks.one_of(owner, "subset", subset, SUBSETS)
    if share is not None and not 0 <= checks.number(owner, "validation_split", share) < 1:
        checks.fail(owner, f"validation_split must be between 0 and 1, got {share}.")
    if bool(share) != bool(subset):
        checks.fail(
            owner,
            f"validation_split and subset belong together, got {share} and {subset!r}.",
        )
    if seed is not None:
        return checks.integer(owner, "seed", seed, 0)
    if share and shuffle:
        checks.fail(owner, "a random split needs a seed, lest training and validation files overlap.")
    return int(np.random.randint(1_000_000))


def list_folder(
    owner: str,
    directory: str | os.PathLike,
    labels: Any,
    extensions: str | Sequence[str] | None,
    class_names: Sequence[str] | None = None,
    follow_links: bool = False,
    verbose: bool = True,
) -> Listing:
    """List the files of a folder and its subfolders in alphanumeric order, with their labels.

    Args:
        owner: whom error messages speak for.
        directory: the folder.
        labels: ``"inferred"`` (subfolders are classes), ``None``, or one integer for each file.
        extensions: how file names end; ``None`` takes all files whose name doesn't begin with a dot.
        class_names: the subfolders that are classes, in their order.
        follow_links: whether links to folders are followed.
        verbose: whether to print what was found.

    Raises:
        ValueError: no file was found, a class is missing, or ``labels`` doesn't fit the files.
        FileNotFoundError: there is no such folder.
    """
    directory = os.path.expanduser(os.fspath(directory))
    if not os.path.isdir(directory):
        raise FileNotFoundError(f"{owner}: {directory} is no folder: check the path.")
    endings = (
        (extensions,) if isinstance(extensions, str) else None if extensions is None else tuple(extensions)
    )
    if isinstance(labels, str) and labels == "inferred":
        listing = _by_subfolder(owner, directory, endings, class_names, follow_links)
    else:
        if class_names is not None:
            checks.fail(owner, "class_names goes with labels='inferred' only.")
        paths = list(_files(directory, endings, follow_links))
        listing = (
            Listing(paths, None, None) if labels is None else _with_labels(owner, directory, paths, labels)
        )
    if not listing.paths:
        what = "files" if endings is None else f"files ending with {', '.join(endings)}"
        where = "its subfolders" if listing.class_names is not None and labels == "inferred" else "it"
        checks.fail(owner, f"{directory} has no {what} in {where}.")
    if verbose:
        classes = "" if listing.class_names is None else f" belonging to {len(listing.class_names)} classes"
        print(f"Found {len(listing.paths)} files{classes}.")
    return listing


def _by_subfolder(
    owner: str, directory: str, endings: tuple[str, ...] | None, names: Sequence[str] | None, links: bool
) -> Listing:
    found = sorted(e.name for e in os.scandir(directory) if e.is_dir() and not e.name.startswith("."))
    missing = sorted(set(names or ()) - set(found))
    if missing:
        checks.fail(
            owner, f"class_names {missing} are no subfolders of {directory}, which has {found or 'none'}."
        )
    classes = list(names) if names is not None else found
    paths: list[str] = []
    counts = []
    for name in classes:
        before = len(paths)
        paths += _files(os.path.join(directory, name), endings, links)
        counts.append(len(paths) - before)
    empty = [name for name, count in zip(classes, counts) if not count]
    if empty and paths:
        warnings.warn(
            f"{owner}: {len(empty)} of {len(classes)} classes have no files: {', '.join(empty[:10])}"
            f"{' ...' if len(empty) > 10 else ''}; they keep their numbers.",
            stacklevel=4,
        )
    return Listing(paths, np.repeat(np.arange(len(classes), dtype=np.int32), counts), classes)


def _with_labels(owner: str, directory: str, paths: list[str], labels: Any) -> Listing:
    if isinstance(labels, str) or not isinstance(labels, (Sequence, np.ndarray)):
        checks.fail(owner, f"labels must be 'inferred', None or a list of integers, got {labels!r}.")
    if len(labels) != len(paths):
        checks.fail(owner, f"labels has {len(labels)} entries, {directory} has {len(paths)} files.")
    if not all(checks.is_integer(label) and label >= 0 for label in labels):
        checks.fail(owner, "labels must be integers of at least 0.")
    array = np.asarray(labels, np.int32)
    return Listing(paths, array, [str(label) for label in sorted(set(array.tolist()))])


def _files(directory: str, endings: tuple[str, ...] | None, links: bool) -> Iterator[str]:
    for root, _, files in sorted(os.walk(directory, followlinks=links), key=lambda found: found[0]):
        for name in sorted(files):
            if name.lower().endswith(endings) if endings is not None else not name.startswith("."):
                yield os.path.join(root, name)
