"""Batches of images from files: what DirectoryIterator and DataFrameIterator share."""

from __future__ import annotations

import concurrent.futures
import functools
import os
import warnings
from collections.abc import Iterator as Generator
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.preprocessing.image.files import COLOR_MODES, INTERPOLATIONS, load_img
from tfk_ext.preprocessing.image.iterators import ImageIterator, check_subset

if TYPE_CHECKING:
    from tfk_ext.preprocessing.image.generator import ImageDataGenerator


@functools.lru_cache(maxsize=1)
def _threads() -> concurrent.futures.ThreadPoolExecutor:
    """Return the threads that read files, for all iterators together."""
    return concurrent.futures.ThreadPoolExecutor(min(os.cpu_count() or 1, 8), "tfk_ext_images")


if hasattr(os, "register_at_fork"):  # a forked process has none of the threads
    os.register_at_fork(after_in_child=_threads.cache_clear)


def files_below(
    directory: str, formats: tuple[str, ...], follow_links: bool = False
) -> Generator[tuple[str, str]]:
    """Yield ``(folder, name)`` of the files of these formats, folders and names sorted."""
    for folder, _, names in sorted(os.walk(directory, followlinks=follow_links), key=lambda found: found[0]):
        for name in sorted(names):
            if name.lower().endswith(formats):
                yield folder, name


class FileIterator(ImageIterator):
    """Batches of images that are read from files as they are needed.

    A subclass sets ``filenames``, ``_filepaths``, ``classes``, ``class_indices`` and ``class_mode``.
    """

    names_below = 10**7
    class_mode: str | None
    classes: Any
    class_indices: dict[str, int]
    filenames: list[str]
    _filepaths: list[str]

    def _set_options(
        self,
        image_data_generator: ImageDataGenerator | None,
        target_size: Any,
        color_mode: str,
        data_format: str | None,
        save_to_dir: Any,
        save_prefix: str,
        save_format: str,
        subset: str | None,
        interpolation: str,
        keep_aspect_ratio: bool,
        dtype: Any,
        on_error: str,
    ) -> None:
        """Check and keep the options of reading and saving."""
        self.image_data_generator = image_data_generator
        self.target_size = checks.spatial(self, "target_size", target_size, 2)
        self.color_mode = checks.one_of(self, "color_mode", color_mode, COLOR_MODES)
        self.data_format = checks.data_format(self, data_format)
        channels = (COLOR_MODES[self.color_mode],)
        first = self.data_format == "channels_first"
        self.image_shape = channels + self.target_size if first else self.target_size + channels
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        self._check_saving()
        split = image_data_generator.validation_split if image_data_generator else 0
        check_subset(self, subset, split)
        self.subset = subset
        self.split = {None: None, "validation": (0, split), "training": (split, 1)}[subset]
        self.interpolation = checks.one_of(self, "interpolation", interpolation, INTERPOLATIONS)
        self.keep_aspect_ratio = checks.boolean(self, "keep_aspect_ratio", keep_aspect_ratio)
        self.dtype = np.dtype(dtype or tf.keras.config.floatx())
        self.on_error = checks.one_of(self, "on_error", on_error, ("raise", "skip"))
        self.skipped: list[str] = []

    @property
    def filepaths(self) -> list[str]:
        """The path of each file."""
        return self._filepaths

    @property
    def labels(self) -> Any:
        """The class of each file, or its targets."""
        return self.classes

    @property
    def sample_weight(self) -> Any:
        """The weight of each file, or ``None``."""
        return None

    def _within_split(self, count: int) -> slice:
        """Return which of ``count`` files belong to the subset."""
        return slice(int(self.split[0] * count), int(self.split[1] * count)) if self.split else slice(None)

    def _read(self, path: str) -> np.ndarray | str:
        """Return the pixels of a file, or what is wrong with it."""
        try:
            image = load_img(
                path,
                color_mode=self.color_mode,
                target_size=self.target_size,
                interpolation=self.interpolation,
                keep_aspect_ratio=self.keep_aspect_ratio,
            )
        except (OSError, ValueError) as error:
            return str(error)
        return np.asarray(image)

    def _images(self, index_array: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        paths = [self.filepaths[i] for i in index_array]
        images = np.empty((len(paths), *self.image_shape), self.dtype)
        keep = []
        for position, (path, pixels) in enumerate(zip(paths, _threads().map(self._read, paths))):
            if isinstance(pixels, str):
                self._report(path, pixels)
                continue
            pixels = pixels[..., None] if pixels.ndim == 2 else pixels
            images[position] = pixels.transpose(2, 0, 1) if self.data_format == "channels_first" else pixels
            keep.append(position)
        if len(keep) == len(paths):
            return images, None
        if not keep:
            checks.fail(
                self, f"none of the {len(paths)} files of a batch can be read, the first is {paths[0]}."
            )
        return images[keep], np.array(keep)

    def _report(self, path: str, reason: str) -> None:
        """Raise for a file that can't be read, or count it and go on without it."""
        if self.on_error == "raise":
            checks.fail(self, f"{reason}; on_error='skip' leaves such files out.")
        if path not in self.skipped:
            self.skipped.append(path)
            warnings.warn(
                f"{type(self).__name__}: {reason}: skipped, number {len(self.skipped)}.", stacklevel=2
            )

    def _with_targets(self, images: np.ndarray, index_array: np.ndarray) -> Any:
        targets: Any
        kind = np.promote_types(self.dtype, np.float16)
        if self.class_mode is None:
            return images
        if self.class_mode == "input":
            targets = images.copy()
        elif self.class_mode in ("binary", "sparse"):
            targets = np.array([self.classes[i] for i in index_array], kind)
        elif self.class_mode == "categorical":
            targets = np.zeros((len(index_array), len(self.class_indices)), kind)
            for row, i in enumerate(index_array):
                targets[row, self.classes[i]] = 1.0
        elif self.class_mode == "multi_output":
            # A tuple, since Keras 3 takes no lists from an iterator.
            targets = tuple(output[index_array] for output in self.labels)
        else:
            targets = self.labels[index_array]
        if self.sample_weight is None:
            return images, targets
        return images, targets, self.sample_weight[index_array]
