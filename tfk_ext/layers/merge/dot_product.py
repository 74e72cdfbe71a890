"""Dot."""

from __future__ import annotations

from tfk_ext import checks
from tfk_ext.layers.merge.base import Merge
from tfk_ext.ops import merge as ops
from tfk_ext.registration import register


@register
class Dot(Merge):
    """Products of two inputs, sample by sample: ``f(x, y)[b, i, j] = sum_k x[b, i, k] * y[b, j, k]``.

    Args:
        axes: the axis that is summed over, or a pair of them, one for each input; not the batch axis. The
            classic documents' example leaves it out, which means the last axis of each.
        normalize: whether to divide the inputs by their lengths along these axes before, so that the output
            holds cosines.
        **kwargs: ``name``, ``dtype`` and the like.

    Shapes:
        input: a list of two tensors ``(batch, ...)`` with the same size along the axes summed over.
        output: ``(batch, other axes of the first, other axes of the second)``; ``(batch, 1)`` for two inputs
            of two axes.

    Masking: accepts masks and passes none on.

    Raises:
        ValueError: ``axes`` is neither an integer nor a pair of them, or is the batch axis; the input is no
            list of two, or the sizes along ``axes`` differ.

    Example:
        >>> tfk_ext.Dot(axes=1)([np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])]).numpy()
        array([[5.]], dtype=float32)
        >>> tfk_ext.Dot(axes=(2, 1))([np.ones((4, 2, 3)), np.ones((4, 3, 5))]).shape
        TensorShape([4, 2, 5])

    Source: the classic documents, ``keras.layers.Dot``.
    """

    _inputs = "two inputs"
    _count = 2

    def __init__(self, axes=-1, normalize=False, **kwargs):
        super().__init__(**kwargs)
        pair = isinstance(axes, (list, tuple)) and len(axes) == 2
        items = list(axes) if pair else [axes]
        if not all(checks.is_integer(axis) and axis != 0 for axis in items):
            checks.fail(
                self,
                f"axes must be an integer or a pair of integers other than 0 (the batch axis), got {axes!r}.",
            )
        self.axes = [int(axis) for axis in items] if pair else int(axes)
        self.normalize = checks.boolean(self, "normalize", normalize)

    def _pair(self, shapes):
        """Return the axis of each input that is summed over, counted from the front."""
        axes = self.axes if isinstance(self.axes, list) else [self.axes] * 2
        for axis, shape in zip(axes, shapes):
            if not -len(shape) < axis < len(shape):
                checks.fail(
                    self,
                    f"axes {self.axes}: {axis} is not one of the axes behind the batch of an input of shape "
                    f"{shape}.",
                )
        return tuple(axis % len(shape) for axis, shape in zip(axes, shapes))

    def _merge(self, inputs):
        axes = self._pair([tuple(x.shape) for x in inputs])
        return ops.dot(inputs, axes, self.normalize)

    def _merge_masks(self, masks, inputs):
        return None

    def _merged_shape(self, shapes):
        axes = self._pair(shapes)
        sizes = [shape[axis] for axis, shape in zip(axes, shapes)]
        if None not in sizes and sizes[0] != sizes[1]:
            checks.fail(
                self,
                f"the inputs of shapes {shapes[0]} and {shapes[1]} have different sizes, {sizes[0]} and "
                f"{sizes[1]}, along axes {self.axes}.",
            )
        rest = [
            size
            for axis, shape in zip(axes, shapes)
            for position, size in enumerate(shape)
            if position not in (0, axis)
        ]
        batches = {shape[0] for shape in shapes} - {None}
        return (batches.pop() if batches else None, *(rest or [1]))

    def get_config(self):
        return {**super().get_config(), "axes": self.axes, "normalize": self.normalize}


def dot(inputs, axes=-1, normalize=False, **kwargs):
    """Call a new :class:`Dot` layer on ``inputs``.

    Args:
        inputs: a list of two tensors.
        axes: the axis that is summed over, or a pair of them.
        normalize: whether to return cosines.
        **kwargs: further arguments of the layer, such as ``name``.

    Returns:
        The products of the samples.

    Example:
        >>> x = np.array([[3.0, 4.0]])
        >>> tfk_ext.layers.dot([x, 2 * x], axes=1, normalize=True).numpy().round(3)
        array([[1.]], dtype=float32)
    """
    return Dot(axes=axes, normalize=normalize, **kwargs)(inputs)
