"""What the layers share that merge a list of inputs."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import Layer
from tfk_ext.ops import merge as ops


class Merge(Layer):
    """Base of the layers that take a list of inputs and return one output."""

    _inputs = "at least one input"
    _count: int | None = None

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape):
        self._merged_shape(self._shapes(input_shape))

    def call(self, inputs):
        inputs = self._listed(inputs)
        self._merged_shape([tuple(x.shape) for x in inputs])
        return self._merge(inputs)

    def _merge(self, inputs):
        raise NotImplementedError

    def _merged_shape(self, shapes):
        raise NotImplementedError

    def _listed(self, inputs):
        if not isinstance(inputs, (list, tuple)) or not inputs:
            checks.fail(self, f"call it on a list of inputs, got {type(inputs).__name__}.")
        if self._count is not None and len(inputs) != self._count:
            checks.fail(self, f"call it on a list of exactly {self._inputs}, got {len(inputs)}.")
        return list(inputs)

    def _shapes(self, input_shape):
        """Return the shapes as tuples if they are those of a list of inputs."""
        if not isinstance(input_shape, (list, tuple)) or not all(
            isinstance(shape, (list, tuple, tf.TensorShape)) for shape in input_shape
        ):
            checks.fail(self, f"call it on a list of inputs, got one of shape {input_shape}.")
        if not input_shape:
            checks.fail(self, f"call it on a list of {self._inputs}, got an empty one.")
        if self._count is not None and len(input_shape) != self._count:
            checks.fail(self, f"call it on a list of exactly {self._inputs}, got {len(input_shape)}.")
        shapes = [tuple(shape) for shape in input_shape]
        batches = {shape[0] for shape in shapes if shape} - {None}
        if len(batches) > 1:
            checks.fail(self, f"the inputs have different batch sizes: shapes {_listing(shapes)}.")
        return shapes

    def compute_output_shape(self, input_shape):
        return self._merged_shape(self._shapes(input_shape))

    def compute_output_spec(self, inputs):
        inputs = self._listed(inputs)
        shape = self.compute_output_shape([x.shape for x in inputs])
        dtype = self._output_dtype([x.dtype for x in inputs])
        return tf.keras.KerasTensor(shape, dtype=dtype, sparse=all(x.sparse for x in inputs))

    def _output_dtype(self, dtypes):
        if all("int" in dtype or dtype == "bool" for dtype in dtypes):
            return ops.common_dtype([tf.zeros((), dtype) for dtype in dtypes])[0].dtype.name
        return self.compute_dtype

    def compute_mask(self, inputs, mask=None):
        if mask is None or all(m is None for m in mask):
            return None
        if not isinstance(mask, (list, tuple)) or len(mask) != len(inputs):
            checks.fail(self, "mask must be a list with a mask or None for each input.")
        return self._merge_masks(list(mask), list(inputs))

    def _merge_masks(self, masks, inputs):
        return ops.merged_mask(masks, inputs)


class Elementwise(Merge):
    """Base of the merges that take the values of the same place together; shapes broadcast."""

    def _merged_shape(self, shapes):
        merged = shapes[0][1:]
        for shape in shapes[1:]:
            merged = _broadcast(merged, shape[1:])
            if merged is None:
                checks.fail(
                    self,
                    f"the inputs' shapes {_listing(shapes)} do not fit: behind the batch, sizes must be "
                    "equal or 1, counted from the last axis.",
                )
        batches = {shape[0] for shape in shapes} - {None}
        return (batches.pop() if batches else None, *merged)


def _broadcast(one, two):
    """Return the shape two shapes broadcast to, ``None`` if they do not."""
    if len(one) < len(two):
        one, two = two, one
    merged = list(one[: len(one) - len(two)])
    for i, j in zip(one[len(one) - len(two) :], two):
        if i is None or j is None:
            # An unknown size broadcasts to a known one larger than 1.
            known = j if i is None else i
            merged.append(known if known not in (None, 1) else None)
        elif 1 in (i, j):
            merged.append(j if i == 1 else i)
        elif i == j:
            merged.append(i)
        else:
            return None
    return tuple(merged)


def _listing(shapes):
    return ", ".join(map(str, shapes))
