"""Image files of a folder as a ``tf.data`` pipeline."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.preprocessing.folders import Listing, check_split, list_folder
from tfk_ext.preprocessing.image.files import COLOR_MODES, smart_resize

_OWNER = "image_dataset_from_directory"
FORMATS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
# Files in a batch that keep the processors busy.
MANY = 32
Read = Callable[[tf.Tensor], tf.Tensor]
INTERPOLATIONS = (
    "bilinear",
    "nearest",
    "bicubic",
    "area",
    "lanczos3",
    "lanczos5",
    "gaussian",
    "mitchellcubic",
)


def image_dataset_from_directory(
    directory: str | os.PathLike,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: Sequence[int] = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    verbose: bool = True,
    on_error: str = "raise",
) -> Any:
    """Make a dataset of the image files of a folder: each subfolder is a class.

    Files may be JPEG, PNG, BMP or GIF (its first frame); TensorFlow reads them, Pillow isn't needed.

    Args:
        directory: the folder.
        labels: ``"inferred"`` (a file's class is the subfolder it lies in), ``None`` (no labels), or a list
            of integers, one for each file in alphanumeric order of their paths.
        label_mode: ``"int"``, ``"categorical"`` (one-hot), ``"binary"`` (0. or 1., of two classes) or
            ``None`` (no labels).
        class_names: the subfolders that are classes, in the order of their numbers; ``None`` takes all, in
            alphanumeric order.
        color_mode: ``"grayscale"``, ``"rgb"`` or ``"rgba"``: images get 1, 3 or 4 channels.
        batch_size: images in a batch; ``None`` yields single images.
        image_size: height and width to which the images are resized.
        shuffle: whether images come in random order; otherwise in alphanumeric order.
        seed: of that order; needed for a random ``validation_split``.
        validation_split: share of the files to keep apart, between 0 and 1.
        subset: ``"training"``, ``"validation"`` or ``"both"`` (a list of two datasets): which part of a split
            is wanted.
        interpolation: how to resize: ``"bilinear"``, ``"nearest"``, ``"bicubic"``, ``"area"``,
            ``"lanczos3"``, ``"lanczos5"``, ``"gaussian"`` or ``"mitchellcubic"``.
        follow_links: whether links to other folders are followed.
        crop_to_aspect_ratio: whether images are cut to the proportions of ``image_size`` before resizing.
        pad_to_aspect_ratio: whether images are padded with black to those proportions instead.
        data_format: ``"channels_last"`` or ``"channels_first"``; ``None`` takes that of the Keras
            configuration.
        verbose: whether to print how many files and classes were found.
        on_error: ``"raise"`` stops at a file that can't be read, and says which; ``"skip"`` leaves it out,
            warns, and keeps it in the dataset's list ``skipped``.

    Returns:
        A ``tf.data.Dataset`` of float32 images ``(batch, height, width, channels)`` with values of 0 to 255,
        or of pairs ``(images, labels)``, with the attributes ``class_names``, ``file_paths`` and ``skipped``.
        Labels are ``int32`` ``(batch,)`` for ``"int"``, ``float32`` ``(batch, 1)`` for ``"binary"``, and
        ``float32`` ``(batch, classes)`` for ``"categorical"``.

    Raises:
        ValueError: an argument has no sense, the folder holds no such files, or lacks a class.
        FileNotFoundError: there is no such folder.

    Example:
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> picture = tf.io.encode_png(np.zeros((4, 6, 3), np.uint8))
        >>> for name in ("cat", "dog"):
        ...     (folder / name).mkdir()
        ...     tf.io.write_file(str(folder / name / "1.png"), picture)
        >>> images = tfk_ext.preprocessing.image_dataset_from_directory(folder, shuffle=False)
        Found 2 files belonging to 2 classes.
        >>> for batch, classes in images:
        ...     print(batch.shape, classes.numpy())
        (2, 256, 256, 3) [0 1]
    """
    label_mode = checks.one_of(_OWNER, "label_mode", label_mode, ("int", "categorical", "binary", None))
    channels = COLOR_MODES[checks.one_of(_OWNER, "color_mode", color_mode, COLOR_MODES)]
    on_error = checks.one_of(_OWNER, "on_error", on_error, ("raise", "skip"))
    if batch_size is not None:
        batch_size = checks.integer(_OWNER, "batch_size", batch_size)
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        checks.fail(_OWNER, "only one of crop_to_aspect_ratio and pad_to_aspect_ratio can be True.")
    fit = "crop" if crop_to_aspect_ratio else "pad" if pad_to_aspect_ratio else "stretch"
    size = checks.spatial(_OWNER, "image_size", image_size, 2)
    method = checks.one_of(_OWNER, "interpolation", interpolation, INTERPOLATIONS)
    first = checks.data_format(_OWNER, data_format) == "channels_first"
    seed = check_split(_OWNER, validation_split, subset, shuffle, seed)
    listing = list_folder(
        _OWNER, directory, labels if label_mode else None, FORMATS, class_names, follow_links, verbose
    )
    if listing.class_names is None:
        label_mode = None
    if label_mode == "binary" and len(listing.class_names or ()) != 2:
        checks.fail(_OWNER, f"label_mode 'binary' needs two classes, the folder has {listing.class_names}.")
    if shuffle:
        listing = listing.shuffled(seed)

    def reader(decode: Callable[[tf.Tensor, int], tf.Tensor]) -> Read:
        def read(path: tf.Tensor) -> tf.Tensor:
            image = _resize(decode(tf.io.read_file(path), channels), size, method, fit)
            image = tf.ensure_shape(image, (*size, channels))
            return tf.transpose(image, (2, 0, 1)) if first else image

        return read

    plain = (".png",) if channels == 4 else (".jpeg", ".jpg", ".png")
    thorough = reader(_decode)
    quick = reader(_decode_plain) if all(p.lower().endswith(plain) for p in listing.paths) else thorough
    datasets = []
    for name in ("training", "validation") if subset == "both" else (subset,):
        part = listing.part(_OWNER, validation_split, name, verbose)
        mixed = shuffle and not (subset == "both" and name == "validation")
        datasets.append(
            _dataset(part, label_mode, batch_size, seed if mixed else None, quick, thorough, on_error)
        )
    return datasets if subset == "both" else datasets[0]


def _dataset(
    listing: Listing,
    label_mode: str | None,
    batch_size: int | None,
    seed: int | None,
    quick: Read,
    thorough: Read,
    on_error: str,
) -> tf.data.Dataset:
    """Return the pipeline of the listed files; ``seed`` shuffles them anew in each pass."""
    paths = np.asarray(listing.paths, object)
    # Images without labels have a label that is dropped at the end: one pipeline for both.
    labels = _labels(listing, label_mode) if label_mode else np.zeros(len(paths), np.int32)
    dataset = tf.data.Dataset.from_tensor_slices((paths, labels))
    if seed is not None:
        dataset = dataset.shuffle(batch_size * 8 if batch_size else 1024, seed=seed)
    skipped: list[str] = []
    dataset = _read_in_groups(
        dataset.batch(batch_size or 1), batch_size or 1, quick, thorough, on_error, skipped
    )
    if on_error == "skip":
        dataset = dataset.filter(lambda images, labels: tf.size(labels) > 0)
        dataset = dataset.rebatch(batch_size) if batch_size else dataset  # full again where files were lost
    if batch_size is None:
        dataset = dataset.map(lambda image, label: (tf.squeeze(image, 0), tf.squeeze(label, 0)))
    if not label_mode:
        dataset = dataset.map(lambda images, labels: images)
    # A read group has no state, but the operation that hands it over counts as if it had: without the option
    # an iterator could not be kept in a checkpoint.
    options = tf.data.Options()
    options.experimental_external_state_policy = tf.data.experimental.ExternalStatePolicy.IGNORE
    dataset = dataset.prefetch(tf.data.AUTOTUNE).with_options(options)
    dataset.class_names = listing.class_names
    dataset.file_paths = listing.paths
    dataset.skipped = skipped
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


def _read_in_groups(
    dataset: tf.data.Dataset, size: int, quick: Read, thorough: Read, on_error: str, skipped: list[str]
) -> tf.data.Dataset:
    """Map groups ``(paths, labels)`` to groups ``(images, labels)``; a file that can't be read is named.

    TensorFlow's own message doesn't say which file it was, and to check each file for itself costs as much
    as to decode a small one. So a group is read as if all were well; only where nothing comes of it, its
    files are tried one by one, in Python: a graph of it would cost 50 ms in every pass, called or not.
    """

    def load(paths: tf.Tensor, labels: tf.Tensor) -> Any:
        if size == 1:
            images = tf.data.Dataset.from_tensors(paths).map(lambda paths: quick(paths[0])[None])
        else:
            images = _mapped_and_batched(tf.data.Dataset.from_tensor_slices(paths), quick, tf.size(paths))
        batch = images.element_spec

        def each(names: np.ndarray, labels: np.ndarray) -> Any:
            return _read_each(names, labels, thorough, batch.shape[1:], on_error, skipped)

        def one_by_one(_: tf.Tensor) -> Any:
            read = tf.numpy_function(each, (paths, labels), (batch.dtype, labels.dtype), stateful=False)
            like = (batch, labels)
            return tuple(tf.ensure_shape(x, (None, *y.shape[1:])) for x, y in zip(read, like))

        group = tf.data.Dataset.zip((images, tf.data.Dataset.from_tensors(labels))).ignore_errors()
        other = tf.data.Dataset.from_tensors(0).map(one_by_one)
        return group.concatenate(other).take(1).get_single_element()

    # Each call reads in parallel; of large groups a second one is enough while the first comes to its end.
    return dataset.map(load, 2 if size >= MANY else tf.data.AUTOTUNE)


def _read_each(
    names: np.ndarray, labels: np.ndarray, read: Read, shape: Any, on_error: str, skipped: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the images that can be read with their labels; report the others."""
    images = np.zeros((len(names), *shape), np.float32)
    lost = []
    for place, name in enumerate(names):
        try:
            images[place] = read(tf.constant(name))
        except tf.errors.OpError:
            lost.append(place)
    if lost:
        _report([os.fsdecode(names[place]) for place in lost], on_error, skipped)
    return np.delete(images, lost, 0), np.delete(labels, lost, 0)


def _report(files: list[str], on_error: str, skipped: list[str]) -> None:
    """Raise for files that can't be read, or warn and remember them."""
    what = "can't be read as a JPEG, PNG, BMP or GIF image"
    if on_error == "raise":
        checks.fail(_OWNER, f"{', '.join(files)} {what}; on_error='skip' leaves such files out.")
    for file in files:
        if file not in skipped:
            skipped.append(file)
            warnings.warn(f"{_OWNER}: {file} {what}: skipped, number {len(skipped)}.", stacklevel=2)


def _mapped_and_batched(dataset: tf.data.Dataset, function: Read, size: tf.Tensor) -> tf.data.Dataset:
    """Return ``dataset.map(function).batch(size)``, whose results are written into the batch as they come.

    ``tf.data`` makes that of the two by itself, but not in a data set within a function.
    """
    traced = tf.function(function).get_concrete_function(dataset.element_spec)
    result = traced.structured_outputs
    batch = tf.TensorSpec((None, *result.shape), result.dtype)
    variant = tf.raw_ops.MapAndBatchDataset(
        input_dataset=tf.data.experimental.to_variant(dataset),
        other_arguments=traced.captured_inputs,
        batch_size=tf.cast(size, tf.int64),
        num_parallel_calls=tf.data.AUTOTUNE,
        drop_remainder=False,
        f=traced,
        output_types=[batch.dtype],
        output_shapes=[batch.shape],
    )
    return tf.data.experimental.from_variant(variant, batch)


def _decode(content: tf.Tensor, channels: int) -> tf.Tensor:
    """Decode an image file to uint8 with a number of channels."""
    png = tf.strings.substr(content, 0, 4) == b"\x89PNG"
    jpeg = tf.io.is_jpeg(content)

    def converted() -> tf.Tensor:
        # TensorFlow converts neither GIF and BMP, nor JPEG to four channels.
        return _with_channels(tf.io.decode_image(content, expand_animations=False), channels)

    direct = png if channels == 4 else png | jpeg
    return tf.cond(direct, lambda: _decode_plain(content, channels), converted)


def _decode_plain(content: tf.Tensor, channels: int) -> tf.Tensor:
    """Decode an image file that TensorFlow can give that number of channels."""
    image = tf.io.decode_image(content, channels, expand_animations=False)
    return tf.ensure_shape(image, (None, None, channels))


def _with_channels(image: tf.Tensor, channels: int) -> tf.Tensor:
    """Convert an image of 1, 3 or 4 channels to another number of them."""
    colours = image[..., :3]
    if channels == 1:
        return tf.cond(tf.shape(image)[-1] == 1, lambda: image, lambda: _grey(colours))
    colours = tf.broadcast_to(colours, tf.concat([tf.shape(image)[:2], [3]], 0))
    if channels == 3:
        return colours
    opaque = tf.fill(tf.concat([tf.shape(image)[:2], [1]], 0), tf.constant(255, tf.uint8))
    return tf.concat([colours, tf.cond(tf.shape(image)[-1] == 4, lambda: image[..., 3:], lambda: opaque)], -1)


def _grey(image: tf.Tensor) -> tf.Tensor:
    return tf.image.rgb_to_grayscale(tf.ensure_shape(image, (None, None, 3)))


def _resize(image: tf.Tensor, size: tuple[int, ...], method: str, fit: str) -> tf.Tensor:
    """Resize an image to float32."""
    if fit == "crop":
        image = smart_resize(image, size, interpolation=method)
    elif fit == "pad":
        image = tf.image.resize_with_pad(image, *size, method=method)
    else:
        image = tf.image.resize(image, size, method=method)
    return tf.cast(image, tf.float32)
