"""Texts from what people have on disk: a folder of text files, or a tar archive of one."""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

from recipes.shared.program import RecipeError

ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


@contextlib.contextmanager
def opened(path: Path, what: str) -> Iterator[Path]:
    """Give the folder at ``path``, or an archive's content in a folder that goes afterwards.

    Args:
        path: a folder or an archive.
        what: what it should be, for messages.

    Raises:
        RecipeError: it is missing, damaged, or neither folder nor archive.
    """
    from tfk_ext.datasets.files import extract_tar

    if not path.exists():
        raise RecipeError(f"--data {path} does not exist: check the path.")
    if path.is_dir():
        yield path
        return
    if not path.name.endswith(ARCHIVES):
        raise RecipeError(f"--data {path} is neither a folder nor an archive: give {what}.")
    with tempfile.TemporaryDirectory(prefix="recipes-") as place:
        print(f"unpacking {path} ...", flush=True)
        try:
            yield extract_tar(path, Path(place, "content"))
        except ValueError as error:
            raise RecipeError(f"{error} Give {what}.") from error


def only_child(folder: Path) -> Path:
    """Go down as long as a folder holds a single folder and no file."""
    while True:
        inside = [child for child in folder.iterdir() if not child.name.startswith(".")]
        if len(inside) != 1 or not inside[0].is_dir():
            return folder
        folder = inside[0]


def read_texts(
    folder: Path, extensions: tuple[str, ...] | None, encoding: str
) -> tuple[list[str], list[str]]:
    """Read the text files below a folder.

    Returns:
        The texts, and for each the name of the folder that it lies in.

    Raises:
        RecipeError: there are none, or one can't be read.
    """
    from tfk_ext.preprocessing import text_dataset_from_directory

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = text_dataset_from_directory(
                folder,
                labels=None,
                batch_size=None,
                shuffle=False,
                verbose=False,
                extensions=extensions,
                encoding=encoding,
                on_error="skip",
            )
            texts = [text.decode() for text in dataset.as_numpy_iterator()]
    except ValueError as error:
        raise RecipeError(f"--data {folder}: {str(error).splitlines()[0]}") from error
    if dataset.skipped:
        first = dataset.skipped[0]
        raise RecipeError(
            f"--data {folder}: {len(dataset.skipped)} files are no {encoding} texts, such as {first}: "
            "repair or remove them."
        )
    return texts, [Path(path).parent.name for path in dataset.file_paths]
