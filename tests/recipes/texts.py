"""Small files of texts for the recipes' tests."""

import tarfile
from pathlib import Path

import numpy as np

GOOD, POOR = ["fine", "sweet", "bright", "warm"], ["dull", "grey", "cold", "flat"]


def sentences(count: int, seed: int = 0) -> tuple[list[str], list[int]]:
    """Return texts whose words tell the label."""
    rng = np.random.default_rng(seed)
    labels = [number % 2 for number in range(count)]
    return [
        " ".join(rng.choice((GOOD if label else POOR) + ["a", "film"], rng.integers(3, 9)))
        for label in labels
    ], labels


def imdb_npz(path: Path, count: int = 40, **changes) -> Path:
    """Write a file of the form of imdb.npz, whose words are numbered from 1 on."""
    rng = np.random.default_rng(1)
    arrays = {}
    for name, number in (("train", count), ("test", 24)):
        labels = np.arange(number) % 2
        rows = np.empty(number, object)
        rows[:] = [(rng.integers(1, 20, rng.integers(3, 12)) * 2 + label).tolist() for label in labels]
        arrays |= {f"x_{name}": rows, f"y_{name}": labels}
    np.savez(path, **{key: value for key, value in (arrays | changes).items() if value is not None})
    return path


def imdb_folder(folder: Path) -> Path:
    """Write a folder of the form of aclImdb."""
    for part, seed in (("train", 0), ("test", 1)):
        for number, (text, label) in enumerate(zip(*sentences(48, seed))):
            place = folder / part / ("neg", "pos")[label] / f"{number}_7.txt"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
    return folder


def news_folder(folder: Path, groups=("alt.one", "misc.two", "sci.three"), count: int = 24) -> Path:
    """Write a folder of newsgroups, whose messages hold the group's own words."""
    rng = np.random.default_rng(2)
    for place, group in enumerate(groups):
        (folder / group).mkdir(parents=True)
        own = [f"word{place}{letter}" for letter in "abc"]
        for number in range(count):
            words = rng.choice([*own, "the", "of", "and"], rng.integers(4, 30))
            text = f"From: somebody\nNewsgroups: {group}\n\n{' '.join(words)} caf\xe9\n"
            (folder / group / str(1000 + number)).write_bytes(text.encode("latin-1"))
    return folder


def glove(path: Path, dimensions: int = 6) -> Path:
    rng = np.random.default_rng(3)
    words = ["the", "of", "and", *(f"word{place}{letter}" for place in range(3) for letter in "ab")]
    lines = [" ".join([word, *(f"{value:.4f}" for value in rng.normal(size=dimensions))]) for word in words]
    path.write_text("\n".join(lines) + "\n")
    return path


def packed(folder: Path, path: Path) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, folder.name)
    return path
