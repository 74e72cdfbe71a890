"""Text files of a folder as a ``tf.data`` pipeline."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.preprocessing.folders import Listing, check_split, list_folder

_OWNER = "text_dataset_from_directory"


def text_dataset_from_directory(
    directory: str | os.PathLike,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    verbose: bool = True,
    extensions: str | Sequence[str] | None = (".txt",),
    encoding: str | None = None,
    on_error: str = "raise",
) -> Any:
    """Make a dataset of the text files of a folder: each subfolder is a class.

    Args:
        directory: the folder.
        labels: ``"inferred"`` (a file's class is the subfolder it lies in), ``None`` (no labels), or a list
            of integers, one for each file in alphanumeric order of their paths.
        label_mode: ``"int"``, ``"categorical"`` (one-hot), ``"binary"`` (0. or 1., of two classes) or
            ``None`` (no labels).
        class_names: the subfolders that are classes, in the order of their numbers; ``None`` takes all, in
            alphanumeric order.
        batch_size: files in a batch; ``None`` yields single files.
        max_length: longer texts are cut after this many bytes; after this many characters if ``encoding`` is
            given.
        shuffle: whether files come in random order; otherwise in alphanumeric order.
        seed: of that order; needed for a random ``validation_split``.
        validation_split: share of the files to keep apart, between 0 and 1.
        subset: ``"training"``, ``"validation"`` or ``"both"`` (a pair of datasets): which part of a split is
            wanted.
        follow_links: whether links to other folders are followed.
        verbose: whether to print how many files and classes were found.
        extensions: how file names end; ``None`` takes all files (names that begin with a dot never).
        encoding: what the files are written in, such as ``"latin-1"``: texts are checked and come out as
            UTF-8. ``None`` passes the bytes on as they are.
        on_error: ``"raise"`` stops at a file that can't be read, and says which; ``"skip"`` leaves it out,
            warns, and keeps it in the dataset's list ``skipped``.

    Returns:
        A ``tf.data.Dataset`` of texts, or of pairs ``(texts, labels)``, with the attributes ``class_names``,
        ``file_paths`` and ``skipped``. Labels are ``int32`` ``(batch,)`` for ``"int"``, ``float32``
        ``(batch, 1)`` for ``"binary"``, and ``float32`` ``(batch, classes)`` for ``"categorical"``.

    Raises:
        ValueError: an argument has no sense, the folder holds no such files, or lacks a class.
        FileNotFoundError: there is no such folder.

    Example:
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> for name, text in (("good", "well done"), ("poor", "oh dear")):
        ...     (folder / name).mkdir()
        ...     _ = (folder / name / "1.txt").write_text(text)
        >>> texts = tfk_ext.preprocessing.text_dataset_from_directory(folder, shuffle=False)
        Found 2 files belonging to 2 classes.
        >>> for batch, classes in texts:
        ...     print(batch.numpy(), classes.numpy())
        [b'well done' b'oh dear'] [0 1]
    """
    label_mode = checks.one_of(_OWNER, "label_mode", label_mode, ("int", "categorical", "binary", None))
    label_mode = label_mode if labels is not None else None
    on_error = checks.one_of(_OWNER, "on_error", on_error, ("raise", "skip"))
    if batch_size is not None:
        batch_size = checks.integer(_OWNER, "batch_size", batch_size)
    if max_length is not None:
        max_length = checks.integer(_OWNER, "max_length", max_length, 0)
    if encoding is not None:
        try:
            "".encode(encoding)
        except LookupError:
            checks.fail(_OWNER, f"encoding {encoding!r} is unknown.")
    seed = check_split(_OWNER, validation_split, subset, shuffle, seed)
    listing = list_folder(
        _OWNER,
        directory,
        labels if label_mode else None,
        extensions,
        class_names,
        follow_links,
        verbose,
    )
    if label_mode == "binary" and len(listing.class_names or ()) != 2:
        checks.fail(_OWNER, f"label_mode 'binary' needs two classes, the folder has {listing.class_names}.")
    if shuffle:
        listing = listing.shuffled(seed)
    reader = _Reader(max_length, encoding, on_error)
    datasets = []
    for name in ("training", "validation") if subset == "both" else (subset,):
        part = listing.part(_OWNER, validation_split, name, verbose)
        mixed = shuffle and not (subset == "both" and name == "validation")
        datasets.append(_dataset(part, label_mode, batch_size, seed if mixed else None, reader))
    return datasets if subset == "both" else datasets[0]


def _dataset(
    listing: Listing, label_mode: str | None, batch_size: int | None, seed: int | None, reader: _Reader
) -> tf.data.Dataset:
    """Return the pipeline of the listed files; ``seed`` shuffles them anew in each pass."""
    elements: Any = np.asarray(listing.paths, object)
    if label_mode:
        elements = (elements, _labels(listing, label_mode))
    dataset = tf.data.Dataset.from_tensor_slices(elements)
    if seed is not None:
        dataset = dataset.shuffle((batch_size or 128) * 8, seed=seed)
    dataset = reader.read(dataset, bool(label_mode))
    if batch_size is not None:
        dataset = dataset.batch(batch_size)
    dataset = dataset.prefetch(tf.data.AUTOTUNE)
    dataset.class_names = listing.class_names
    dataset.file_paths = listing.paths
    dataset.skipped = reader.skipped
    return dataset


def _labels(listing: Listing, label_mode: str) -> np.ndarray:
    labels = np.asarray(listing.labels, np.int32)
    if label_mode == "binary":
        return labels.astype(np.float32)[:, None]
    if label_mode == "categorical":
        classes = len(listing.class_names or ())
        if labels.size and labels.max() >= classes:
            checks.fail(
                _OWNER, f"labels must run from 0 to {classes - 1} for 'categorical', got {labels.max()}."
            )
        return np.eye(classes, dtype=np.float32)[labels]
    return labels


class _Reader:
    """Reads files within a pipeline: by TensorFlow where nothing is to be checked, by Python otherwise."""

    def __init__(self, max_length: int | None, encoding: str | None, on_error: str) -> None:
        self.max_length, self.encoding, self.on_error = max_length, encoding, on_error
        self.skipped: list[str] = []

    def read(self, dataset: tf.data.Dataset, labelled: bool) -> tf.data.Dataset:
        if self.encoding is None and self.on_error == "raise":
            function = self._plain
        else:
            function = self._checked
        if labelled:
            dataset = dataset.map(lambda path, label: (function(path), label), tf.data.AUTOTUNE)
        else:
            dataset = dataset.map(function, tf.data.AUTOTUNE)
        if function == self._plain:
            return dataset
        # A file that was skipped comes as ("", False).
        if labelled:
            dataset = dataset.filter(lambda text, label: text[1])
            return dataset.map(lambda text, label: (text[0], label))
        dataset = dataset.filter(lambda text, good: good)
        return dataset.map(lambda text, good: text)

    def _plain(self, path: tf.Tensor) -> tf.Tensor:
        text = tf.io.read_file(path)
        return text if self.max_length is None else tf.strings.substr(text, 0, self.max_length)

    def _checked(self, path: tf.Tensor) -> Any:
        text, good = tf.numpy_function(self._in_python, [path], (tf.string, tf.bool))
        return tf.ensure_shape(text, []), tf.ensure_shape(good, [])

    def _in_python(self, path: bytes) -> tuple[bytes, bool]:
        name = os.fsdecode(path)
        try:
            with open(name, "rb") as file:
                content = file.read()
            if self.encoding is not None:
                content = content.decode(self.encoding)[: self.max_length].encode()
            elif self.max_length is not None:
                content = content[: self.max_length]
            return content, True
        except (OSError, UnicodeError) as error:
            message = f"{_OWNER}: {name} can't be read ({error})"
            if self.on_error == "raise":
                raise ValueError(f"{message}; on_error='skip' leaves such files out.") from error
            if name not in self.skipped:
                self.skipped.append(name)
                warnings.warn(f"{message}: skipped, number {len(self.skipped)}.", stacklevel=2)
            return b"", False
