"""Concatenate."""

from __future__ import annotations

from tfk_ext import checks
from tfk_ext.layers.merge.base import Merge
from tfk_ext.ops import merge as ops
from tfk_ext.registration import register


@register
class Concatenate(Merge):
    """Join inputs along an axis.

    Args:
        axis: the axis, negative ones count from the end.
        **kwargs: ``name``, ``dtype`` and the like.

    Shapes:
        input: a list of at least one tensor, of shapes that differ along ``axis`` only.
        output: the same, with the sum of the sizes along ``axis``.

    Masking: along an axis of the masks they are joined, an input without a mask counting everywhere; along
        another one, a position counts if it counts in every input that has a mask.

    Raises:
        ValueError: the input is no list, ``axis`` is not one of its axes, or the shapes differ elsewhere.

    Example:
        >>> tfk_ext.Concatenate()([np.array([[1.0, 2.0]]), np.array([[3.0]])]).numpy()
        array([[1., 2., 3.]], dtype=float32)

    Source: the classic documents, ``keras.layers.Concatenate``.
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = checks.integer(self, "axis", axis, minimum=None)

    def _merge(self, inputs):
        return ops.concatenate(inputs, self.axis)

    def _merge_masks(self, masks, inputs):
        return ops.concatenated_mask(masks, inputs, self.axis)

    def _shapes(self, input_shape):
        # Along the batch axis the batch sizes may differ.
        try:
            return super()._shapes(input_shape)
        except ValueError:
            shapes = [tuple(shape) for shape in input_shape if isinstance(shape, (list, tuple))]
            if len(shapes) != len(input_shape) or not shapes or self.axis not in (0, -len(shapes[0])):
                raise
            return shapes

    def _merged_shape(self, shapes):
        rank = len(shapes[0])
        listing = ", ".join(map(str, shapes))
        if any(len(shape) != rank for shape in shapes):
            checks.fail(self, f"the inputs must have the same number of axes, got shapes {listing}.")
        if not -rank <= self.axis < rank:
            checks.fail(self, f"axis {self.axis} is not one of the {rank} axes of the inputs {listing}.")
        axis = self.axis % rank
        merged = []
        for position, sizes in enumerate(zip(*shapes)):
            if position == axis:
                merged.append(None if None in sizes else sum(sizes))
                continue
            known = set(sizes) - {None}
            if len(known) > 1:
                checks.fail(
                    self,
                    f"the inputs' shapes {listing} must be equal except along axis {self.axis}; they differ "
                    f"along axis {position}.",
                )
            merged.append(known.pop() if known else None)
        return tuple(merged)

    def get_config(self):
        return {**super().get_config(), "axis": self.axis}


def concatenate(inputs, axis=-1, **kwargs):
    """Call a new :class:`Concatenate` layer on ``inputs``.

    Args:
        inputs: a list of at least one tensor.
        axis: the axis to join along.
        **kwargs: further arguments of the layer, such as ``name``.

    Returns:
        The inputs, joined.

    Example:
        >>> tfk_ext.layers.concatenate([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])], axis=0).numpy()
        array([[1., 2.],
               [3., 4.]], dtype=float32)
    """
    return Concatenate(axis=axis, **kwargs)(inputs)
