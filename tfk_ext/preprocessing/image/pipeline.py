"""The transformations of an ImageDataGenerator within a ``tf.data`` pipeline."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks

if TYPE_CHECKING:
    from tfk_ext.preprocessing.image.generator import ImageDataGenerator

# Batches of a pass over a data set that doesn't know its length, as far as seeds are concerned.
LONG = 2**20


def augment(generator: ImageDataGenerator, dataset: tf.data.Dataset, seed: int | None) -> tf.data.Dataset:
    """Transform and normalize batches: see ``ImageDataGenerator.augment_dataset``."""
    seed = None if seed is None else checks.integer("augment_dataset", "seed", seed, 0)
    spec = dataset.element_spec
    single = not isinstance(spec, tuple)
    images_spec = spec if single else spec[0]
    if not isinstance(images_spec, tf.TensorSpec) or images_spec.shape.rank not in (4, None):
        checks.fail(
            "augment_dataset",
            "the data set must yield batches of images (rank 4) first; call batch() before. Got "
            f"{images_spec}.",
        )

    passes = itertools.count()
    length = int(dataset.cardinality())
    # The batches of a pass are numbered on from those of the pass before, whose number may not be known.
    stride = length if length > 0 else LONG

    def transform(step: np.ndarray, images: np.ndarray) -> np.ndarray:
        rng = np.random if seed is None else np.random.RandomState((seed + int(step)) % 2**32)
        drawn = generator.draw_batch(len(images), images.shape[1:], rng)
        images = generator.transform_batch(images.astype(generator.dtype), drawn)
        return images.astype(generator.dtype, copy=False)

    def numbered(number: tf.Tensor) -> tf.data.Dataset:
        return dataset.enumerate(number * stride)

    def mapped(step: tf.Tensor, item: Any) -> Any:
        images = item if single else item[0]
        result = tf.numpy_function(transform, [step, images], tf.as_dtype(generator.dtype))
        result = tf.ensure_shape(result, images.shape)
        return result if single else (result, *item[1:])

    # Without a seed all draw from NumPy's one generator, so one after the other.
    parallel = None if seed is None else tf.data.AUTOTUNE
    one = tf.data.Dataset.from_tensors(0)
    result = one.map(lambda _: tf.numpy_function(lambda: next(passes), [], tf.int64)).flat_map(numbered)
    result = result.map(mapped, num_parallel_calls=parallel)
    if length >= 0:
        result = result.apply(tf.data.experimental.assert_cardinality(length))
    return result.prefetch(tf.data.AUTOTUNE)
