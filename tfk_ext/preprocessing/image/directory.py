"""Batches of images from a folder with a subfolder for each class."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tfk_ext import checks
from tfk_ext.preprocessing.image.reading import FileIterator, files_below

if TYPE_CHECKING:
    from tfk_ext.preprocessing.image.generator import ImageDataGenerator

CLASS_MODES = ("categorical", "binary", "sparse", "input", None)


class DirectoryIterator(FileIterator):
    """Batches of images from a folder, as ``ImageDataGenerator.flow_from_directory`` returns them.

    Args:
        directory: a folder with a subfolder for each class.
        image_data_generator: the transformations, or ``None``.
        target_size: height and width to which the images are resized.
        color_mode: ``'grayscale'``, ``'rgb'`` or ``'rgba'``.
        classes: names of the subfolders in the order of their labels; ``None`` takes them all, sorted.
        class_mode: what is yielded beside the images: ``'categorical'`` one-hot rows, ``'binary'`` or
            ``'sparse'`` numbers, ``'input'`` the images again, ``None`` nothing.
        batch_size: images in a batch.
        shuffle: whether each epoch has an order of its own.
        seed: of the order and of the transformations.
        data_format: ``'channels_last'`` or ``'channels_first'``; ``None`` takes that of the Keras
            configuration.
        save_to_dir: folder in which the transformed images are saved, or ``None``.
        save_prefix: beginning of their names.
        save_format: their format.
        follow_links: whether links to folders are followed.
        subset: ``'training'`` or ``'validation'``, if the generator has a ``validation_split``.
        interpolation: how to resize, see ``load_img``.
        keep_aspect_ratio: whether images are cut to the target's proportions before they are resized.
        dtype: of the images; ``None`` takes Keras's ``floatx``.
        on_error: ``'raise'`` stops, naming it, at a file that can't be read; ``'skip'`` leaves it out of its
            batch, warns, and keeps its path in the list ``skipped``.

    Raises:
        ValueError: there are no images, a class has no folder, or an argument isn't accepted.

    Example:
        >>> import os, tempfile
        >>> from tfk_ext.preprocessing import image
        >>> folder = tempfile.TemporaryDirectory()
        >>> for name in ("cat", "dog"):
        ...     os.mkdir(f"{folder.name}/{name}")
        ...     image.save_img(f"{folder.name}/{name}/1.png", np.zeros((8, 8, 3)))
        >>> batches = image.DirectoryIterator(folder.name, image.ImageDataGenerator(), target_size=(4, 4))
        Found 2 images belonging to 2 classes.
        >>> batches.class_indices, batches.filenames, next(batches)[0].shape
        ({'cat': 0, 'dog': 1}, ['cat/1.png', 'dog/1.png'], (2, 4, 4, 3))
        >>> folder.cleanup()

    Source: the classic ``keras.preprocessing.image``.
    """

    def __init__(
        self,
        directory: Any,
        image_data_generator: ImageDataGenerator | None,
        target_size: Sequence[int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: Any = None,
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
        self.directory = os.path.expanduser(os.fspath(directory))
        if not os.path.isdir(self.directory):
            raise FileNotFoundError(f"DirectoryIterator: {self.directory} is no folder: check the path.")
        names = self._class_names(classes)
        self.num_classes = len(names)
        self.class_indices = {name: index for index, name in enumerate(names)}
        if self.class_mode == "binary" and self.num_classes > 2:
            checks.fail(self, f"class_mode='binary' takes 2 classes, found {self.num_classes}: {names}.")
        self._find(names, follow_links)
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _class_names(self, classes: Sequence[str] | None) -> list[str]:
        """Return the classes: those given, which must have a folder, or every folder (but hidden ones)."""
        with os.scandir(self.directory) as entries:
            folders = sorted(entry.name for entry in entries if entry.is_dir())
        if not classes:
            names = [name for name in folders if not name.startswith(".")]
            if not names:
                checks.fail(
                    self,
                    f"directory {self.directory!r} has no subfolders; there must be one for each class (one "
                    "for all images when there are no classes).",
                )
            return names
        names = [os.fspath(name) for name in classes]
        missing = [name for name in names if not os.path.isdir(os.path.join(self.directory, name))]
        if missing:
            checks.fail(
                self, f"no folder for the classes {missing} in {self.directory!r}, there are {folders}."
            )
        return names

    def _find(self, names: list[str], follow_links: bool) -> None:
        """List the files of each class, the subset's share of them."""
        self.filenames, labels, empty = [], [], []
        for label, name in enumerate(names):
            folder = os.path.join(self.directory, name)
            files = [
                os.path.join(name, os.path.relpath(os.path.join(where, file), folder))
                for where, file in files_below(folder, self.white_list_formats, follow_links)
            ]
            if not files:
                empty.append(name)
            files = files[self._within_split(len(files))]
            self.filenames += files
            labels += [label] * len(files)
        self.samples = len(self.filenames)
        self.classes = np.array(labels, np.int32)
        self._filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        if not self.samples:
            part = (
                f"the subset {self.subset!r} of {self.directory!r}" if self.subset else repr(self.directory)
            )
            checks.fail(
                self,
                f"there are no images in {part}; looked for {', '.join(self.white_list_formats)} in "
                f"{len(names)} subfolders: {names[:10]}.",
            )
        if empty:
            warnings.warn(
                f"DirectoryIterator: {len(empty)} classes have no images: {empty[:10]}.", stacklevel=4
            )
        print(f"Found {self.samples} images belonging to {self.num_classes} classes.")
