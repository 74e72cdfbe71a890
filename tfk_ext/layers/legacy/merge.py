"""Cosine: the one mode of Keras 1's Merge that today's layers do not have as it was."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.merge.base import Merge
from tfk_ext.ops import legacy
from tfk_ext.registration import register


@register
class Cosine(Merge):
    """Cosines of two inputs, as ``Merge(mode="cos")`` of Keras 1 computed them.

    ``f(x, y) = dot(x, y) / max(sqrt(dot(x, x) * dot(y, y)), 1e-7)`` with an axis of 1 behind the batch.
    For vectors it is
    the cosine; for matrices the denominator is that of Keras 1, element by element. ``Dot(normalize=True)``
    is
    what one wants in a new model.

    Args:
        axes: the axis that is summed over, or a pair of them, one for each input; not the batch axis.
        **kwargs: ``name``, ``dtype`` and the like.

    Shapes:
        input: a list of two tensors, both ``(batch, n)`` or both ``(batch, m, n)``.
        output: ``(batch, 1, 1)``; for matrices ``(batch, 1, m, k)``.

    Masking: accepts masks and passes none on.

    Raises:
        ValueError: ``axes`` is neither an integer nor a pair of them; the inputs have not two or three axes.

    Example:
        >>> x = np.array([[3.0, 4.0]])
        >>> tfk_ext.layers.legacy.Cosine(axes=1)([x, 2 * x]).numpy().round(3)
        array([[[1.]]], dtype=float32)

    Source: Keras 1.2, ``keras.engine.Merge``.
    """

    _inputs = "two inputs"
    _count = 2

    def __init__(self, axes=-1, **kwargs):
        super().__init__(**kwargs)
        pair = list(axes) if isinstance(axes, (list, tuple)) else [axes, axes]
        if len(pair) != 2 or not all(checks.is_integer(axis) and axis != 0 for axis in pair):
            checks.fail(self, f"axes must be an integer or a pair of integers other than 0, got {axes!r}.")
        self.axes = [int(axis) for axis in pair]

    def _pair(self, shapes):
        ranks = {len(shape) for shape in shapes}
        if len(ranks) != 1 or not ranks <= {2, 3}:
            checks.fail(self, f"both inputs must have two axes or both three, got shapes {shapes}.")
        return tuple(axis % len(shape) for axis, shape in zip(self.axes, shapes))

    def _merge(self, inputs):
        axes = self._pair([tuple(x.shape) for x in inputs])
        return legacy.cosine(inputs[0], inputs[1], axes, tf.keras.config.epsilon())

    def _merge_masks(self, masks, inputs):
        return None

    def _merged_shape(self, shapes):
        axes = self._pair(shapes)
        rest = [s for axis, shape in zip(axes, shapes) for i, s in enumerate(shape) if i not in (0, axis)]
        batches = {shape[0] for shape in shapes} - {None}
        return (batches.pop() if batches else None, 1, *(rest or [1]))

    def get_config(self):
        return {**super().get_config(), "axes": self.axes}
