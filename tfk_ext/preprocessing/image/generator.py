"""ImageDataGenerator: random transformations and normalization of batches of images."""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.compat.spellings.calls import accept_old_spellings
from tfk_ext.ops.image import FILL_MODES
from tfk_ext.preprocessing.image import augmentation, pipeline
from tfk_ext.preprocessing.image.dataframe import DataFrameIterator, old_arguments
from tfk_ext.preprocessing.image.directory import DirectoryIterator
from tfk_ext.preprocessing.image.iterators import NumpyArrayIterator, warn_of_channels
from tfk_ext.preprocessing.image.transforms import pair

# Images that `fit` augments at a time, so that it needs little memory beside the result.
FIT_CHUNK = 64


@accept_old_spellings
class ImageDataGenerator:
    """Batches of images with random transformations, drawn anew for each image each time.

    In this order: affine transformation, shift of the channels, flips, brightness,
    ``preprocessing_function``, ``rescale``, normalization by sample, by feature, ZCA whitening.

    Args:
        featurewise_center: whether the mean of the data is subtracted; needs ``fit``.
        samplewise_center: whether each image's own mean is subtracted.
        featurewise_std_normalization: whether images are divided by the standard deviation of the data; needs
            ``fit``, and means ``featurewise_center`` too.
        samplewise_std_normalization: whether each image is divided by its own standard deviation; means
            ``samplewise_center`` too.
        zca_whitening: whether ZCA whitening is applied; needs ``fit``, and means ``featurewise_center`` too.
        zca_epsilon: added to the singular values.
        rotation_range: the largest rotation, in degrees.
        width_shift_range: the largest shift, drawn as a fraction of the width (a float below 1) or in pixels
            (a float from 1 on); an integer ``n`` means whole pixels of ``-n + 1`` to ``n - 1``; a list its
            elements, either way. The later versions of the classic code move the rows by it, the columns by
            ``height_shift_range``; so does this class, for a seed gives the same pictures here as there.
        height_shift_range: likewise, with fractions of the height.
        brightness_range: the lowest and the highest factor of the brightness; ``None`` leaves it.
        shear_range: the largest angle of shear, in degrees.
        zoom_range: the lowest and the highest factor of zoom, or a float ``z`` for ``(1 - z, 1 + z)``.
        channel_shift_range: the largest number that is added to all values of an image.
        fill_mode: what lies outside the image: ``'nearest'`` (aaaa|abcd|dddd), ``'constant'``
            (kkkk|abcd|kkkk), ``'reflect'`` (dcba|abcd|dcba) or ``'wrap'`` (abcd again and again).
        cval: the value ``k`` for ``'constant'``.
        horizontal_flip: whether half of the images are mirrored left to right.
        vertical_flip: whether half of the images are mirrored upside down.
        rescale: factor of all values; ``None`` or 0 leaves them.
        preprocessing_function: a function of one image (an array of rank 3) that returns one of the same
            shape.
        data_format: ``'channels_last'`` or ``'channels_first'``; ``None`` takes that of the Keras
            configuration.
        validation_split: share of the samples for ``subset='validation'``, at least 0 and below 1.
        dtype: of the images; ``None`` takes Keras's ``floatx``.
        interpolation_order: 0 nearest, 1 linear, 2 to 5 splines (these need SciPy).

    Raises:
        ValueError: an argument is none of those accepted.

    Example:
        >>> generator = tfk_ext.preprocessing.image.ImageDataGenerator(rotation_range=20, rescale=1 / 255)
        >>> x, y = np.full((10, 8, 8, 3), 255.0), np.arange(10)
        >>> for images, labels in generator.flow(x, y, batch_size=5):
        ...     print(images.shape, images.max(), labels.shape)
        ...     break
        (5, 8, 8, 3) 1.0 (5,)

    Source: the classic ``keras.preprocessing.image``.
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        brightness_range: Sequence[float] | None = None,
        shear_range: float = 0.0,
        zoom_range: Any = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Callable[[np.ndarray], Any] | None = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        dtype: Any = None,
        interpolation_order: int = 1,
    ) -> None:
        self.featurewise_center = checks.boolean(self, "featurewise_center", featurewise_center)
        self.samplewise_center = checks.boolean(self, "samplewise_center", samplewise_center)
        self.featurewise_std_normalization = checks.boolean(
            self, "featurewise_std_normalization", featurewise_std_normalization
        )
        self.samplewise_std_normalization = checks.boolean(
            self, "samplewise_std_normalization", samplewise_std_normalization
        )
        self.zca_whitening = checks.boolean(self, "zca_whitening", zca_whitening)
        self.zca_epsilon = checks.number(self, "zca_epsilon", zca_epsilon, 0)
        self.rotation_range = checks.number(self, "rotation_range", rotation_range, 0)
        self.width_shift_range = self._shift("width_shift_range", width_shift_range)
        self.height_shift_range = self._shift("height_shift_range", height_shift_range)
        self.brightness_range = (
            None if brightness_range is None else pair(self, "brightness_range", brightness_range)
        )
        self.shear_range = checks.number(self, "shear_range", shear_range, 0)
        if isinstance(zoom_range, numbers.Real):
            zoom = checks.number(self, "zoom_range", zoom_range, 0, 1)
            self.zoom_range = [1 - zoom, 1 + zoom]
        else:
            self.zoom_range = list(pair(self, "zoom_range", zoom_range))
        self.channel_shift_range = checks.number(self, "channel_shift_range", channel_shift_range, 0)
        self.fill_mode = checks.one_of(self, "fill_mode", fill_mode, FILL_MODES)
        self.cval = checks.number(self, "cval", cval)
        self.horizontal_flip = checks.boolean(self, "horizontal_flip", horizontal_flip)
        self.vertical_flip = checks.boolean(self, "vertical_flip", vertical_flip)
        self.rescale = None if rescale is None else checks.number(self, "rescale", rescale)
        if preprocessing_function is not None and not callable(preprocessing_function):
            checks.fail(self, f"preprocessing_function must be a function, got {preprocessing_function!r}.")
        self.preprocessing_function = preprocessing_function
        self.data_format = checks.data_format(self, data_format)
        first = self.data_format == "channels_first"
        self.channel_axis, self.row_axis, self.col_axis = (1, 2, 3) if first else (3, 1, 2)
        self.validation_split = checks.number(self, "validation_split", validation_split, 0)
        if self.validation_split >= 1:
            checks.fail(self, f"validation_split must be at least 0 and below 1, got {validation_split!r}.")
        self.dtype = tf.keras.config.floatx() if dtype is None else np.dtype(dtype).name
        self.interpolation_order = checks.one_of(self, "interpolation_order", interpolation_order, range(6))
        self.mean: Any = None
        self.std: Any = None
        self.zca_whitening_matrix: Any = None
        self._imply()

    def _shift(self, name: str, value: Any) -> Any:
        """Return a range of shifts: a number of at least 0, or a list of numbers."""
        if np.ndim(value) == 0:
            number = checks.number(self, name, value, 0)
            # A whole number given as a float means another thing than an integer.
            return int(value) if checks.is_integer(value) else number
        if np.ndim(value) != 1 or not all(isinstance(v, numbers.Real) for v in value):
            checks.fail(self, f"{name} must be a number of at least 0 or a list of numbers, got {value!r}.")
        return list(value)

    def _imply(self) -> None:
        """Set what other options need, with a warning."""
        if self.zca_whitening and self.featurewise_std_normalization:
            self.featurewise_std_normalization = False
            self._warn("zca_whitening", "switches featurewise_std_normalization off")
        for option, other in (
            ("zca_whitening", "featurewise_center"),
            ("featurewise_std_normalization", "featurewise_center"),
            ("samplewise_std_normalization", "samplewise_center"),
        ):
            if getattr(self, option) and not getattr(self, other):
                setattr(self, other, True)
                self._warn(option, f"switches {other} on")

    def _warn(self, option: str, what: str) -> None:
        warnings.warn(f"ImageDataGenerator: {option} {what}.", stacklevel=4)

    def flow(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        ignore_class_split: bool = False,
    ) -> NumpyArrayIterator:
        """Yield batches of the images of an array. The arguments are those of ``NumpyArrayIterator``.

        Returns:
            An iterator of ``x``, ``(x, y)`` or ``(x, y, sample_weight)``. With other inputs than the images
            ``x`` is a tuple.
        """
        return NumpyArrayIterator(
            x,
            y,
            self,
            batch_size=batch_size,
            shuffle=shuffle,
            sample_weight=sample_weight,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            ignore_class_split=ignore_class_split,
            dtype=self.dtype,
        )

    def flow_from_directory(
        self,
        directory: Any,
        target_size: Sequence[int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        on_error: str = "raise",
    ) -> DirectoryIterator:
        """Yield batches of the images of a folder. The arguments are those of ``DirectoryIterator``.

        Returns:
            An iterator of ``x`` or ``(x, y)``.
        """
        return DirectoryIterator(
            directory,
            self,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            follow_links=follow_links,
            subset=subset,
            interpolation=interpolation,
            keep_aspect_ratio=keep_aspect_ratio,
            dtype=self.dtype,
            on_error=on_error,
        )

    def flow_from_dataframe(
        self,
        dataframe: Any,
        directory: Any = None,
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
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        validate_filenames: bool = True,
        keep_aspect_ratio: bool = False,
        on_error: str = "raise",
        **kwargs: Any,
    ) -> DataFrameIterator:
        """Yield batches of the images that a table names. The arguments are those of ``DataFrameIterator``.

        Returns:
            An iterator of ``x``, ``(x, y)`` or ``(x, y, sample_weight)``.
        """
        class_mode = old_arguments(class_mode, kwargs)
        return DataFrameIterator(
            dataframe,
            directory,
            self,
            x_col=x_col,
            y_col=y_col,
            weight_col=weight_col,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            interpolation=interpolation,
            keep_aspect_ratio=keep_aspect_ratio,
            dtype=self.dtype,
            validate_filenames=validate_filenames,
            on_error=on_error,
        )

    def augment_dataset(self, dataset: tf.data.Dataset, seed: int | None = None) -> tf.data.Dataset:
        """Return a ``tf.data.Dataset`` of batches with its images transformed and normalized.

        Args:
            dataset: data set whose elements are batches of images, or tuples that begin with one.
            seed: batch ``k``, counted through all passes over the data, gets the transformations of
                ``seed + k``, as in ``flow(..., shuffle=False, seed=seed)``; ``None`` draws others each time.

        Returns:
            A data set of the same structure, its images in the generator's ``dtype``.

        Example:
            >>> generator = tfk_ext.preprocessing.image.ImageDataGenerator(rotation_range=20)
            >>> data = tf.data.Dataset.from_tensor_slices((np.zeros((5, 8, 8, 3)), np.arange(5))).batch(2)
            >>> [(x.shape, x.dtype.name) for x, y in generator.augment_dataset(data)][0]
            (TensorShape([2, 8, 8, 3]), 'float32')
        """
        return pipeline.augment(self, dataset, seed)

    def get_random_transform(self, img_shape: Sequence[int], seed: int | None = None) -> dict[str, Any]:
        """Draw the parameters of a transformation.

        Args:
            img_shape: shape of a single image.
            seed: seeds NumPy's global generator first; ``None`` leaves it alone.

        Returns:
            A dictionary of ``theta``, ``tx``, ``ty``, ``shear``, ``zx``, ``zy``, ``flip_horizontal``,
            ``flip_vertical``, ``channel_shift_intensity`` and ``brightness`` (the last two may be ``None``).

        Example:
            >>> generator = tfk_ext.preprocessing.image.ImageDataGenerator(rotation_range=20)
            >>> -20 <= generator.get_random_transform((8, 8, 3), seed=1)["theta"] <= 20
            True
        """
        if seed is not None:
            np.random.seed(seed)
        return augmentation.draw_one(self, tuple(img_shape))

    def apply_transform(self, x: Any, transform_parameters: dict[str, Any]) -> np.ndarray:
        """Transform a single image.

        Args:
            x: array of rank 3.
            transform_parameters: any of ``theta`` (degrees), ``tx``, ``ty`` (pixels; columns, rows),
                ``shear`` (degrees), ``zx``, ``zy``, ``flip_horizontal``, ``flip_vertical``,
                ``channel_shift_intensity`` and ``brightness``.

        Returns:
            A new array of the shape of ``x``.

        Example:
            >>> generator = tfk_ext.preprocessing.image.ImageDataGenerator()
            >>> generator.apply_transform(np.array([[[1.0], [2.0]]]), {"flip_horizontal": True}).ravel()
            array([2., 1.])
        """
        x = np.asarray(x)
        if x.ndim != 3:
            checks.fail(self, f"apply_transform takes a single image of rank 3, got shape {x.shape}.")
        batch = augmentation.transform(self, x[None].copy(), augmentation.batch_of_one(transform_parameters))
        return batch[0]

    def random_transform(self, x: Any, seed: int | None = None) -> np.ndarray:
        """Transform a single image by parameters drawn for it.

        Args:
            x: array of rank 3.
            seed: seeds NumPy's global generator first; ``None`` leaves it alone.

        Returns:
            A new array of the shape of ``x``.
        """
        return self.apply_transform(x, self.get_random_transform(np.shape(x), seed))

    def standardize(self, x: Any) -> np.ndarray:
        """Apply ``preprocessing_function``, ``rescale`` and the normalization.

        Args:
            x: an image, or a batch of them; a floating array is changed in place where that can be.

        Returns:
            The result.

        Example:
            >>> generator = tfk_ext.preprocessing.image.ImageDataGenerator(rescale=1 / 255)
            >>> generator.standardize(np.array([[[255.0]]]))
            array([[[1.]]])
        """
        x = np.asarray(x)
        if x.ndim not in (3, 4):
            checks.fail(self, f"standardize takes an image or a batch of them, got shape {x.shape}.")
        return (
            augmentation.standardize(self, x) if x.ndim == 4 else augmentation.standardize(self, x[None])[0]
        )

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Compute what ``featurewise_center``, ``featurewise_std_normalization`` and ``zca_whitening`` need.

        Args:
            x: array of images of rank 4, a sample of the data. It isn't changed.
            augment: whether randomly transformed images are used.
            rounds: how many times each image is transformed for that.
            seed: seeds NumPy's global generator first; ``None`` leaves it alone.

        Raises:
            ValueError: ``x`` doesn't hold images.
        """
        x = np.array(x, dtype=self.dtype)
        if x.ndim != 4 or not len(x):
            checks.fail(self, f"fit takes an array of images of rank 4, got shape {x.shape}.")
        warn_of_channels("ImageDataGenerator.fit", x.shape, self.data_format)
        rounds = checks.integer(self, "rounds", rounds)
        if seed is not None:
            np.random.seed(seed)
        if self.rescale:
            x *= self.rescale
        if augment:
            x = np.concatenate([self._augmented(x) for _ in range(rounds)])
        axes = (0, self.row_axis, self.col_axis)
        shape = [1, 1, 1]
        shape[self.channel_axis - 1] = x.shape[self.channel_axis]
        # Summed in double precision: over many images single precision loses digits.
        if self.featurewise_center:
            self.mean = x.mean(axis=axes, dtype=np.float64).reshape(shape).astype(x.dtype)
            x -= self.mean
        if self.featurewise_std_normalization:
            self.std = x.std(axis=axes, dtype=np.float64).reshape(shape).astype(x.dtype)
            x /= self.std + 1e-6
        if self.zca_whitening:
            self.zca_whitening_matrix = augmentation.whitening(x.reshape(len(x), -1), self.zca_epsilon)

    def _augmented(self, x: np.ndarray) -> np.ndarray:
        """Return each image transformed at random."""
        if self._overridden("get_random_transform", "apply_transform", "random_transform"):
            return np.stack([self.random_transform(image) for image in x]).astype(x.dtype, copy=False)
        result = np.empty_like(x)
        for start in range(0, len(x), FIT_CHUNK):
            part = x[start : start + FIT_CHUNK]
            drawn = augmentation.draw(self, len(part), x.shape[1:])
            result[start : start + FIT_CHUNK] = augmentation.transform(self, part.copy(), drawn)
        return result

    def _overridden(self, *names: str) -> bool:
        """Tell whether a subclass has its own idea of a method."""
        return any(getattr(type(self), name) is not getattr(ImageDataGenerator, name) for name in names)

    def draw_batch(self, count: int, img_shape: Sequence[int], rng: Any = np.random) -> Any:
        """Draw the parameters of ``count`` images of a shape, as ``get_random_transform`` does one by one.

        Args:
            count: number of images.
            img_shape: shape of a single image.
            rng: NumPy's global generator, or a ``np.random.RandomState``.

        Returns:
            Parameters for ``transform_batch``.
        """
        if self._overridden("get_random_transform", "apply_transform", "standardize"):
            return [self.get_random_transform(tuple(img_shape)) for _ in range(count)]
        return augmentation.draw(self, count, tuple(img_shape), rng)

    def transform_batch(self, images: np.ndarray, parameters: Any) -> np.ndarray:
        """Transform and standardize a batch, each image by its own parameters.

        Args:
            images: array of rank 4; it may be changed.
            parameters: what ``draw_batch`` returned for as many images.

        Returns:
            Array of the shape of ``images``.

        Example:
            >>> generator = tfk_ext.preprocessing.image.ImageDataGenerator(rotation_range=20)
            >>> x = np.zeros((5, 8, 8, 3), "float32")
            >>> generator.transform_batch(x, generator.draw_batch(5, (8, 8, 3))).shape
            (5, 8, 8, 3)
        """
        if isinstance(parameters, list):  # a subclass has its own methods for single images
            done = [self.standardize(self.apply_transform(x, p)) for x, p in zip(images, parameters)]
            return np.stack(done)
        return augmentation.process(self, images, parameters)

    @staticmethod
    def take(parameters: Any, keep: np.ndarray) -> Any:
        """Return the parameters of the images at the positions ``keep``."""
        return augmentation.take(parameters, keep)
