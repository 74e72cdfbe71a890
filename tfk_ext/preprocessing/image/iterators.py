"""The batches of an ImageDataGenerator: what all iterators share, and the one over arrays."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator as BatchIterator
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.preprocessing.batches import Sequence
from tfk_ext.preprocessing.image import augmentation
from tfk_ext.preprocessing.image.files import save_img

if TYPE_CHECKING:
    from tfk_ext.preprocessing.image.generator import ImageDataGenerator


class Iterator(Sequence):
    """An endless stream of batches that also is a sequence: ``next(batches)``, ``batches[i]``,
    ``len(batches)``.

    Model methods such as ``fit`` take it as it is. A ``for`` loop over it has to be ended by hand. A subclass
    implements ``_get_batches_of_transformed_samples``.

    Args:
        n: number of samples, at least 1.
        batch_size: samples in a batch; the last one of an epoch may have fewer.
        shuffle: whether each epoch has an order of its own.
        seed: batch k (from 0) seeds NumPy's global generator with ``seed + k``, and takes its order and its
            random transformation from there; ``None`` leaves the generator alone.
        **kwargs: ``workers``, ``use_multiprocessing`` and ``max_queue_size`` of ``tf.keras.utils.PyDataset``.

    Raises:
        ValueError: there is no sample, or an argument isn't accepted.

    Example:
        >>> x = np.zeros((5, 4, 4, 1))
        >>> batches = tfk_ext.preprocessing.image.ImageDataGenerator().flow(x, batch_size=2)
        >>> len(batches), batches[2].shape, next(batches).shape
        (3, (1, 4, 4, 1), (2, 4, 4, 1))

    Source: the classic ``keras.preprocessing.image``.
    """

    white_list_formats = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n = checks.integer(self, "n", n)
        self.batch_size = checks.integer(self, "batch_size", batch_size)
        self.shuffle = checks.boolean(self, "shuffle", shuffle)
        self.seed = None if seed is None else checks.integer(self, "seed", seed, 0)
        self.batch_index = 0
        self.total_batches_seen = 0
        self.lock = threading.Lock()
        self.index_array: np.ndarray | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, lock=threading.Lock())

    def _set_index_array(self) -> None:
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def _seed(self) -> None:
        if self.seed is not None:
            np.random.seed((self.seed + self.total_batches_seen) % 2**32)
        self.total_batches_seen += 1

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    def __getitem__(self, idx: int) -> Any:
        if not 0 <= idx < len(self):
            checks.fail(self, f"there is no batch {idx}: the epoch has batches 0 to {len(self) - 1}.")
        # Whatever is random is drawn under the lock: threads then don't disturb each other's seed.
        with self.lock:
            self._seed()
            if self.index_array is None:
                self._set_index_array()
            assert self.index_array is not None
            index_array = self.index_array[self.batch_size * idx : self.batch_size * (idx + 1)]
            drawn = self._draw(index_array)
        return self._batch(index_array, drawn)

    def __iter__(self) -> Iterator:
        return self

    def __next__(self) -> Any:
        with self.lock:
            begin = self.batch_index == 0
            self._seed()
            if begin or self.index_array is None:
                self._set_index_array()
            assert self.index_array is not None
            start = (self.batch_index * self.batch_size) % self.n
            self.batch_index = self.batch_index + 1 if self.n > start + self.batch_size else 0
            index_array = self.index_array[start : start + self.batch_size]
            drawn = self._draw(index_array)
        return self._batch(index_array, drawn)

    def next(self) -> Any:
        """Return the next batch; after the last one of the epoch a new epoch begins."""
        return self.__next__()

    def reset(self) -> None:
        """Begin a new epoch with the next call of ``next``."""
        self.batch_index = 0

    def on_epoch_end(self) -> None:
        """Give the next epoch an order of its own; Keras calls it."""
        self._set_index_array()

    def _draw(self, index_array: np.ndarray) -> Any:
        """Draw everything random that the batch needs; called by one thread at a time."""

    def _batch(self, index_array: np.ndarray, drawn: Any) -> Any:
        """Make the batch of these samples with what was drawn; may run in several threads at once."""
        return self._get_batches_of_transformed_samples(index_array)

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        raise NotImplementedError(
            f"{type(self).__name__} must implement _get_batches_of_transformed_samples."
        )


class ImageIterator(Iterator):
    """What the iterators of an ImageDataGenerator share: random transformations, saved images, data sets.

    A subclass sets ``image_data_generator``, ``image_shape``, ``dtype``, ``data_format``, ``save_to_dir``,
    ``save_prefix``, ``save_format`` and ``names_below``, and implements ``_images`` and ``_with_targets``.
    """

    image_data_generator: ImageDataGenerator | None
    image_shape: tuple[int, ...]
    dtype: Any
    data_format: str
    save_to_dir: Any
    save_prefix: str
    save_format: str
    names_below: int  # saved files have a random number below this in their names

    def _check_saving(self) -> None:
        if self.save_to_dir is not None:
            os.makedirs(self.save_to_dir, exist_ok=True)

    def _draw(self, index_array: np.ndarray) -> Any:
        generator, count = self.image_data_generator, len(index_array)
        drawn = generator.draw_batch(count, self.image_shape) if generator else None
        numbers = [np.random.randint(self.names_below) for _ in range(count)] if self.save_to_dir else None
        return drawn, numbers

    def _get_batches_of_transformed_samples(self, index_array: np.ndarray) -> Any:
        return self._batch(index_array, self._draw(index_array))

    def _batch(self, index_array: np.ndarray, drawn: Any) -> Any:
        parameters, numbers = drawn
        images, keep = self._transformed(index_array, parameters)
        if keep is not None:
            index_array = index_array[keep]
            numbers = numbers and [numbers[i] for i in keep]
        images = images.astype(self.dtype, copy=False)
        if numbers:
            for image, index, number in zip(images, index_array, numbers):
                name = f"{self.save_prefix}_{index}_{number}.{self.save_format}"
                save_img(os.path.join(self.save_to_dir, name), image, self.data_format)
        return self._with_targets(images, index_array)

    def _transformed(self, index_array: np.ndarray, parameters: Any) -> tuple[np.ndarray, np.ndarray | None]:
        """Return what ``_images`` does, transformed and standardized."""
        images, keep = self._images(index_array)
        if self.image_data_generator:
            if keep is not None:
                parameters = self.image_data_generator.take(parameters, keep)
            images = self.image_data_generator.transform_batch(images, parameters)
        return images, keep

    def _images(self, index_array: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the images as a new array, and the positions of those that could be read if not all
        could."""
        raise NotImplementedError

    def _with_targets(self, images: np.ndarray, index_array: np.ndarray) -> Any:
        """Return what the iterator yields: the images with their targets and weights, as far as there are
        any."""
        raise NotImplementedError

    def as_dataset(self) -> tf.data.Dataset:
        """Return the batches as a ``tf.data.Dataset``: one pass over it is one epoch.

        The batches are those of ``self[0]``, ``self[1]`` ..., made beside the training. Lists become tuples.

        Returns:
            A data set that knows its length.

        Example:
            >>> generator = tfk_ext.preprocessing.image.ImageDataGenerator(rotation_range=20)
            >>> data = generator.flow(np.zeros((5, 8, 8, 3)), np.arange(5), batch_size=2).as_dataset()
            >>> [y.numpy().tolist() for x, y in data.take(1)][0] is not None, len(data)
            (True, 3)
        """

        def batches() -> BatchIterator[Any]:
            for index in range(len(self)):
                yield _tuples(self[index])
            self.on_epoch_end()

        empty = np.zeros((1, *self.image_shape), self.dtype)
        example = _tuples(self._with_targets(empty, np.zeros(1, np.int64)))
        signature = tf.nest.map_structure(
            lambda a: tf.TensorSpec((None, *np.shape(a)[1:]), tf.as_dtype(np.asarray(a).dtype)), example
        )
        data = tf.data.Dataset.from_generator(batches, output_signature=signature)
        return data.apply(tf.data.experimental.assert_cardinality(len(self))).prefetch(tf.data.AUTOTUNE)


def _tuples(value: Any) -> Any:
    """Return nested lists as tuples, as ``tf.data`` wants them."""
    return tuple(_tuples(item) for item in value) if isinstance(value, (list, tuple)) else value


def check_subset(owner: object, subset: Any, split: float) -> None:
    """Check ``subset`` against the generator's ``validation_split``."""
    if subset is None:
        return
    checks.one_of(owner, "subset", subset, ("training", "validation"))
    if not split:
        checks.fail(owner, f"subset={subset!r} needs an ImageDataGenerator with a validation_split.")


def warn_of_channels(owner: str, shape: tuple[int, ...], data_format: str) -> None:
    """Warn when an array doesn't look like images of this data format."""
    axis = 1 if data_format == "channels_first" else 3
    if shape[axis] not in (1, 3, 4):
        warnings.warn(
            f"{owner}: data_format {data_format!r} puts the channels on axis {axis}, where images have 1, 3 "
            f"or 4 of them, but the array's shape is {shape}, with {shape[axis]}.",
            stacklevel=4,
        )


class NumpyArrayIterator(ImageIterator):
    """Batches of images from arrays, as ``ImageDataGenerator.flow`` returns them.

    Args:
        x: array of images of rank 4, or a tuple of it and an array (or a list of arrays) that is passed on
            beside the images. Arrays on disk (``np.memmap``) stay there.
        y: targets, or ``None``.
        image_data_generator: the transformations.
        batch_size: images in a batch.
        shuffle: whether each epoch has an order of its own.
        sample_weight: weights of the samples, or ``None``.
        seed: of the order and of the transformations.
        data_format: ``'channels_last'`` or ``'channels_first'``; ``None`` takes that of the Keras
            configuration.
        save_to_dir: folder in which the transformed images are saved, or ``None``.
        save_prefix: beginning of their names.
        save_format: their format.
        subset: ``'training'`` or ``'validation'``, if the generator has a ``validation_split``.
        ignore_class_split: whether the two subsets may hold different classes.
        dtype: of the images; ``None`` takes Keras's ``floatx``.

    Raises:
        ValueError: the arrays don't fit together, or there are no samples.

    Example:
        >>> from tfk_ext.preprocessing import image
        >>> batches = image.NumpyArrayIterator(
        ...     np.zeros((5, 4, 4, 1)), np.arange(5), image.ImageDataGenerator(), batch_size=4)
        >>> x, y = next(batches)
        >>> x.shape, y.tolist()
        ((4, 4, 4, 1), [0, 1, 2, 3])

    Source: the classic ``keras.preprocessing.image``.
    """

    names_below = 10**4

    def __init__(
        self,
        x: Any,
        y: Any,
        image_data_generator: ImageDataGenerator,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        ignore_class_split: bool = False,
        dtype: Any = None,
    ) -> None:
        self.dtype = np.dtype(dtype or tf.keras.config.floatx())
        self.data_format = checks.data_format(self, data_format)
        extra: list[Any] = []
        if isinstance(x, (tuple, list)):
            if len(x) != 2:
                checks.fail(self, f"x must be an array, or the images and other inputs, got {len(x)} items.")
            x, others = x
            extra = [np.asarray(a) for a in (others if isinstance(others, (tuple, list)) else [others])]
        x = np.asanyarray(x)
        y = None if y is None else np.asarray(y)
        weight = None if sample_weight is None else np.asarray(sample_weight)
        if x.ndim != 4:
            checks.fail(self, f"x must be images of rank 4, got shape {x.shape}.")
        if not np.issubdtype(x.dtype, np.number) and x.dtype != bool:
            checks.fail(self, f"x must be numbers, got dtype {x.dtype}.")
        named = [("y", y), ("sample_weight", weight), *(("the arrays beside x", a) for a in extra)]
        for name, array in named:
            if array is not None and (not array.ndim or len(array) != len(x)):
                checks.fail(
                    self, f"x and {name} must have the same length, got shapes {x.shape} and {array.shape}."
                )
        warn_of_channels(type(self).__name__, x.shape, self.data_format)
        chosen = self._chosen(image_data_generator, len(x), y, subset, ignore_class_split)
        if not len(x[chosen]):
            checks.fail(self, f"there are no images{f' in the subset {subset!r}' if subset else ''}.")
        self.x, self.x_misc = x[chosen], [a[chosen] for a in extra]
        self.y = None if y is None else y[chosen]
        self.sample_weight = None if weight is None else weight[chosen]
        self.image_shape = self.x.shape[1:]
        self.image_data_generator = image_data_generator
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        self._check_saving()
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _chosen(self, generator: Any, count: int, y: Any, subset: Any, ignore: bool) -> slice:
        """Return which samples belong to the subset: the validation samples come first."""
        split = generator.validation_split if generator else 0
        check_subset(self, subset, split)
        if subset is None:
            return slice(None)
        middle = int(count * split)
        if y is not None and not ignore and not np.array_equal(np.unique(y[:middle]), np.unique(y[middle:])):
            checks.fail(
                self,
                "the training and the validation subset have different classes: the samples are probably "
                "sorted by their labels. Shuffle them, or pass ignore_class_split=True.",
            )
        return slice(middle) if subset == "validation" else slice(middle, None)

    def _transformed(self, index_array: np.ndarray, parameters: Any) -> tuple[np.ndarray, np.ndarray | None]:
        generator = self.image_data_generator
        if generator is None or isinstance(parameters, list) or generator._overridden("transform_batch"):
            return super()._transformed(index_array, parameters)
        return augmentation.process_chosen(generator, self.x, index_array, self.dtype, parameters), None

    def _images(self, index_array: np.ndarray) -> tuple[np.ndarray, None]:
        return self.x[index_array].astype(self.dtype, copy=False), None

    def _with_targets(self, images: np.ndarray, index_array: np.ndarray) -> Any:
        inputs = (images, *(a[index_array] for a in self.x_misc)) if self.x_misc else images
        if self.y is None:
            return inputs
        if self.sample_weight is None:
            return inputs, self.y[index_array]
        return inputs, self.y[index_array], self.sample_weight[index_array]
