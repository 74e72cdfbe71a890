"""Batches of images whose files and targets stand in a table."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tfk_ext import checks
from tfk_ext.preprocessing.image.reading import FileIterator

if TYPE_CHECKING:
    from tfk_ext.preprocessing.image.generator import ImageDataGenerator

CLASS_MODES = ("binary", "categorical", "input", "multi_output", "raw", "sparse", None)
LABELLED = ("binary", "categorical", "sparse")


def _column(table: Any, name: Any) -> list[Any]:
    """Return a column of a pandas or polars data frame, or of a dictionary, as plain values."""
    column = table[name]
    return column.tolist() if hasattr(column, "tolist") else list(column)


def _shown(values: Sequence[Any], limit: int = 3) -> str:
    """Return the first few values for a message."""
    return ", ".join(map(repr, values[:limit])) + (" ..." if len(values) > limit else "")


class DataFrameIterator(FileIterator):
    """Batches of images from a table, as ``ImageDataGenerator.flow_from_dataframe`` returns them.

    Args:
        dataframe: a pandas data frame (or anything with named columns: polars, a dictionary of lists).
        directory: the folder to which the names in ``x_col`` are relative; ``None`` if they are paths.
        image_data_generator: the transformations, or ``None``.
        x_col: column of the file names. A name without an extension (a number, too) stands for the image of
            that name in ``directory``.
        y_col: column of the targets, or a list of columns for ``'multi_output'`` and ``'raw'``.
        weight_col: column of the sample weights, or ``None``.
        target_size: height and width to which the images are resized.
        color_mode: ``'grayscale'``, ``'rgb'`` or ``'rgba'``.
        classes: the classes in the order of their labels; rows of others are left out. ``None`` takes all,
            sorted.
        class_mode: what is yielded beside the images: ``'categorical'`` one-hot rows (several ones where
            ``y_col`` holds lists), ``'binary'`` or ``'sparse'`` numbers, ``'raw'`` the values of ``y_col``,
            ``'multi_output'`` a list with an array for each column, ``'input'`` the images again, ``None``
            nothing.
        batch_size: images in a batch.
        shuffle: whether each epoch has an order of its own.
        seed: of the order and of the transformations.
        data_format: ``'channels_last'`` or ``'channels_first'``; ``None`` takes that of the Keras
            configuration.
        save_to_dir: folder in which the transformed images are saved, or ``None``.
        save_prefix: beginning of their names.
        save_format: their format.
        subset: ``'training'`` or ``'validation'``, if the generator has a ``validation_split``.
        interpolation: how to resize, see ``load_img``.
        keep_aspect_ratio: whether images are cut to the target's proportions before they are resized.
        dtype: of the images; ``None`` takes Keras's ``floatx``.
        validate_filenames: whether rows without an image file are left out, with a warning that counts them.
        on_error: ``'raise'`` stops, naming it, at a file that can't be read; ``'skip'`` leaves it out of its
            batch, warns, and keeps its path in the list ``skipped``.

    Raises:
        TypeError: a column holds values of another kind than ``class_mode`` needs.
        ValueError: a column is missing, no row is left, or an argument isn't accepted.

    Example:
        >>> import tempfile
        >>> from tfk_ext.preprocessing import image
        >>> folder = tempfile.TemporaryDirectory()
        >>> image.save_img(f"{folder.name}/1.png", np.zeros((8, 8, 3)))
        >>> table = {"filename": ["1.png"], "class": ["cat"]}
        >>> batches = image.DataFrameIterator(table, folder.name, target_size=(4, 4))
        Found 1 validated image filenames belonging to 1 classes.
        >>> x, y = next(batches)
        >>> x.shape, y.tolist()
        ((1, 4, 4, 3), [[1.0]])
        >>> folder.cleanup()

    Source: the classic ``keras.preprocessing.image``.
    """

    def __init__(
        self,
        dataframe: Any,
        directory: Any = None,
        image_data_generator: ImageDataGenerator | None = None,
        x_col: str = "filename",
        y_col: Any = "class",
        weight_col: str | None = None,
        target_size: Sequence[int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = "channels_last",
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: Any = "float32",
        validate_filenames: bool = True,
        on_error: str = "raise",
    ) -> None:
        self._set_options(
            image_data_generator,
            target_size,
            color_mode,
            data_format,
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            interpolation,
            keep_aspect_ratio,
            dtype,
            on_error,
        )
        self.class_mode = checks.one_of(self, "class_mode", class_mode, CLASS_MODES)
        self.directory = "" if directory is None else os.path.expanduser(os.fspath(directory))
        if self.directory and not os.path.isdir(self.directory):
            raise FileNotFoundError(f"DataFrameIterator: {self.directory} is no folder: check the path.")
        columns = self._columns(dataframe, x_col, y_col, weight_col)
        names = self._names(columns["x"], x_col)
        rows = self._valid(names, x_col) if validate_filenames else np.arange(len(names))
        targets = columns["y"]
        if self.class_mode in LABELLED:
            labels = self._checked_labels(targets[0], y_col, classes)
            rows = self._rows_of_classes(labels, rows, classes)
        elif classes:
            warnings.warn(f"`classes` will be ignored given the class_mode={self.class_mode!r}", stacklevel=3)
        rows = rows[self._within_split(len(rows))]
        if not len(rows):
            checks.fail(self, f"no row of the {len(names)} is left{f' in {subset!r}' if subset else ''}.")
        self.filenames = [names[row] for row in rows]
        self._filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        self.samples = len(rows)
        self._sample_weight = None if weight_col is None else columns["weight"][rows]
        self._set_targets(targets, rows)
        self._print_found(validate_filenames)
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _columns(self, table: Any, x_col: Any, y_col: Any, weight_col: Any) -> dict[str, Any]:
        """Read the columns that are needed."""
        needs_targets = self.class_mode not in ("input", None)
        if self.class_mode == "multi_output" and not isinstance(y_col, (list, tuple)):
            raise TypeError(
                f"DataFrameIterator: class_mode='multi_output' takes a list of columns, got y_col={y_col!r}."
            )
        if self.class_mode in LABELLED and isinstance(y_col, (list, tuple)):
            raise TypeError(
                f"DataFrameIterator: class_mode={self.class_mode!r} takes one column, got y_col={y_col!r}."
            )
        y_cols = list(y_col) if isinstance(y_col, (list, tuple)) else [y_col]
        wanted = (
            [x_col] + (y_cols if needs_targets else []) + ([weight_col] if weight_col is not None else [])
        )
        present = list(table.columns) if hasattr(table, "columns") else list(table)
        missing = [name for name in wanted if name not in present]
        if missing:
            checks.fail(
                self, f"the table has no column {_shown(missing)}; its columns are {_shown(present, 20)}."
            )
        self._single = not isinstance(y_col, (list, tuple))
        result: dict[str, Any] = {
            "x": _column(table, x_col),
            "y": [_column(table, c) for c in y_cols] if needs_targets else [],
        }
        if weight_col is not None:
            weight = np.asarray(_column(table, weight_col))
            if not np.issubdtype(weight.dtype, np.number):
                raise TypeError(
                    f"DataFrameIterator: column weight_col={weight_col!r} must be numeric: {weight.dtype}."
                )
            if np.isnan(weight).any():
                checks.fail(
                    self, f"column weight_col={weight_col!r} has {np.isnan(weight).sum()} missing values."
                )
            result["weight"] = weight
        return result

    def _names(self, values: list[Any], x_col: Any) -> list[str]:
        """Return the file names; those without an extension are looked up in the directory."""
        wrong = [v for v in values if not isinstance(v, str) and not checks.is_integer(v)]
        bare = any(not isinstance(v, str) or "." not in v for v in values)
        stems: dict[str, str] = {}
        if bare and self.directory and not wrong:
            for name in sorted(os.listdir(self.directory), reverse=True):
                stem, _, extension = name.rpartition(".")
                if extension.lower() in self.white_list_formats:
                    stems[stem] = name
        names = [stems.get(str(v), v) for v in values] if stems else values
        wrong = wrong or [v for v in names if not isinstance(v, str)]
        if wrong:
            raise TypeError(
                f"DataFrameIterator: all values in column x_col={x_col!r} must be strings (or, with a "
                "directory, names of images in it without their extension), got "
                f"{len(wrong)} others: {_shown(wrong)}."
            )
        return names

    def _valid(self, names: list[str], x_col: Any) -> np.ndarray:
        """Return the rows whose file is there and has the extension of an image."""
        good = [
            name.lower().endswith(self.white_list_formats)
            and os.path.isfile(os.path.join(self.directory, name))
            for name in names
        ]
        invalid = [name for name, valid in zip(names, good) if not valid]
        if names and len(invalid) == len(names):
            checks.fail(
                self,
                f"none of the {len(names)} names in x_col={x_col!r} is an image file in {self.directory!r}: "
                f"{_shown(invalid)}.",
            )
        if invalid:
            warnings.warn(
                f"Found {len(invalid)} invalid image filename(s) in x_col={x_col!r}. These filename(s) will "
                f"be ignored: {_shown(invalid)}",
                stacklevel=4,
            )
        return np.flatnonzero(good)

    def _checked_labels(self, labels: list[Any], y_col: Any, classes: Any) -> list[Any]:
        """Check the kind of the labels."""
        kinds: tuple[type, ...] = (str, list, tuple) if self.class_mode == "categorical" else (str,)
        wrong = [label for label in labels if not isinstance(label, kinds)]
        if wrong:
            accepted = "strings, lists or tuples" if len(kinds) > 1 else "strings"
            raise TypeError(
                f"DataFrameIterator: with class_mode={self.class_mode!r} the values of y_col={y_col!r} must "
                f"be {accepted}, got {len(wrong)} others: {_shown(wrong)}. For numbers see class_mode='raw'."
            )
        if self.class_mode == "binary":
            found = sorted(set(classes or labels))
            if len(found) != 2:
                checks.fail(
                    self, f"class_mode='binary' takes 2 classes, found {len(found)}: {_shown(found, 10)}."
                )
        return labels

    def _rows_of_classes(self, labels: list[Any], rows: np.ndarray, classes: Any) -> np.ndarray:
        """Set ``class_indices``, and return the rows that have one of the classes."""
        several = [label if isinstance(label, (list, tuple)) else [label] for label in labels]
        names = list(dict.fromkeys(classes)) if classes else sorted({n for row in rows for n in several[row]})
        self.num_classes = len(names)
        self.class_indices = {name: index for index, name in enumerate(names)}
        left = np.array([row for row in rows if any(n in self.class_indices for n in several[row])], np.intp)
        if len(left) < len(rows):
            print(f"Left out {len(rows) - len(left)} rows that have none of the classes.")
        return left

    def _set_targets(self, columns: list[list[Any]], rows: np.ndarray) -> None:
        """Keep the classes or the targets of the rows."""
        if self.class_mode in LABELLED:
            indices = self.class_indices
            self.classes = [
                [indices[name] for name in label if name in indices]
                if isinstance(label, (list, tuple))
                else indices[label]
                for label in (columns[0][row] for row in rows)
            ]
        elif self.class_mode in ("multi_output", "raw"):
            arrays = [np.array([column[row] for row in rows]) for column in columns]
            self._targets = arrays if self.class_mode == "multi_output" else self._joined(arrays)

    def _joined(self, arrays: list[np.ndarray]) -> np.ndarray:
        return arrays[0] if self._single else np.stack(arrays, axis=1)

    def _print_found(self, validated: bool) -> None:
        kind = "validated" if validated else "non-validated"
        tail = f" belonging to {self.num_classes} classes" if self.class_mode in LABELLED else ""
        print(f"Found {self.samples} {kind} image filenames{tail}.")

    @property
    def labels(self) -> Any:
        """The class of each row, or its targets."""
        return self._targets if self.class_mode in ("multi_output", "raw") else self.classes

    @property
    def sample_weight(self) -> Any:
        """The weight of each row, or ``None``."""
        return self._sample_weight


def old_arguments(class_mode: str | None, given: dict[str, Any]) -> str | None:
    """Warn of what ``flow_from_dataframe`` took in old versions, and return today's ``class_mode``.

    Raises:
        TypeError: ``given`` has an argument that no version took.
    """
    unknown = dict(given)
    for name, instead in (
        ("has_ext", "names without an extension are looked up in the directory"),
        ("sort", "pass shuffle=False to keep the order of the rows"),
        ("drop_duplicates", "use the data frame's own method"),
    ):
        if name in unknown:
            del unknown[name]
            message = f"flow_from_dataframe: {name} has no effect: {instead}."
            warnings.warn(message, DeprecationWarning, stacklevel=3)
    if unknown:
        raise TypeError(f"flow_from_dataframe: unknown arguments {sorted(unknown)}.")
    if class_mode != "other":
        return class_mode
    message = "flow_from_dataframe: class_mode='other' is now 'raw'."
    warnings.warn(message, DeprecationWarning, stacklevel=3)
    return "raw"
