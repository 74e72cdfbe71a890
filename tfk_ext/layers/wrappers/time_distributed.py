"""TimeDistributed: a layer for every time step."""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import Layer
from tfk_ext.layers.wrappers import inner
from tfk_ext.ops import recurrent
from tfk_ext.ops import wrappers as ops
from tfk_ext.registration import register, restored


@register
class TimeDistributed(Layer):
    """Apply a layer to every time step: ``y_t = layer(x_t)``.

    The time steps are samples like any other to the layer: it is called once, on ``(batch * time, ...)``. A
    layer that keeps states between its calls (``stateful=True``) is called step by step instead.

    Args:
        layer: the layer, one of this package or any other.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: ``(batch, time, ...)``, at least three axes; or a list of inputs for a layer that takes
            several.
        output: ``(batch, time, ...)``, the output of the layer for each step.

    Masking: a mask ``(batch, time)`` is passed on; a layer whose ``call`` takes a mask gets its part of it.
        A mask with more axes, such as ``(batch, time, steps)``, is the layer's own: what the layer makes of
        it is passed on, or, where it makes nothing of it, whether any value of the step is unmasked.

    Raises:
        ValueError: ``layer`` is no layer; the input has fewer than three axes; the mask does not fit the
            input.
        TypeError: there is a mask, and the layer refuses masks.

    Example:
        >>> model = tf.keras.Sequential([tfk_ext.TimeDistributed(tfk_ext.Dense(8), input_shape=(10, 16))])
        >>> model.output_shape
        (None, 10, 8)

    Source: the classic documents, ``keras.layers.TimeDistributed``.
    """

    def __init__(self, layer, **kwargs):
        if not isinstance(layer, tf.keras.layers.Layer):
            checks.fail(self, f"layer must be a layer, got {layer!r}.")
        super().__init__(**kwargs)
        self.layer = layer
        self.supports_masking = True

    def build(self, input_shape):
        inner.build(self.layer, self._step_shape(input_shape))

    def _step_shape(self, shape):
        """Return the shape of one time step, for each shape of a list."""

        def step(one):
            if len(one) < 3:
                checks.fail(self, f"the input must have 3 axes or more (batch, time, ...), got {one}.")
            return (one[0] if getattr(self.layer, "stateful", False) else None, *one[2:])

        return inner.map_shapes(step, shape)

    def call(self, inputs, training=None, mask=None):
        mask = self._checked_mask(inputs, inner.mask_of(inputs, mask))
        inputs = tf.nest.map_structure(tf.convert_to_tensor, inputs)
        if getattr(self.layer, "stateful", False):
            return self._step_by_step(inputs, training, mask)
        arguments = {"training": training}
        if mask is not None and not self._is_beyond(mask):
            arguments["mask"] = ops.merge_time(mask)
        outputs = self.layer(
            tf.nest.map_structure(ops.merge_time, inputs), **inner.accepted(self.layer, arguments)
        )
        like = tf.nest.flatten(inputs)[0]
        outputs = tf.nest.map_structure(lambda y: ops.split_time(y, like), outputs)
        return inner.cast(outputs, self.compute_dtype)

    def _is_beyond(self, mask):
        """Tell whether a mask is of whole time steps, while the layer wants one of its own steps."""
        return len(mask.shape) == 2 and hasattr(self.layer, "return_sequences")

    def _step_by_step(self, inputs, training, mask):
        def swapped(x):
            return tf.transpose(x, (1, 0, *range(2, x.shape.rank)))

        arguments = inner.accepted(self.layer, {"training": training})
        _, outputs, _ = recurrent.scan(
            lambda x, states: (self.layer(x, **arguments), states),
            tf.nest.map_structure(swapped, inputs),
            [],
            mask=None if mask is None else tf.transpose(tf.cast(_any_inside(mask), tf.bool)),
        )
        return inner.cast(tf.nest.map_structure(swapped, outputs), self.compute_dtype)

    def _checked_mask(self, inputs, mask):
        if mask is None:
            return None
        shape, sizes = tuple(tf.nest.flatten(inputs)[0].shape), tuple(mask.shape)
        fits = len(sizes) >= 2 and all(m is None or n is None or m == n for m, n in zip(sizes[:2], shape))
        if not fits:
            checks.fail(
                self,
                "The `mask` passed to the `TimeDistributed` layer has a shape "
                f"{sizes}, which must begin with the input's batch and time, {shape[:2]}.",
            )
        if isinstance(self.layer, Layer) and not (self.layer.supports_masking or self.layer.drops_mask):
            checks.fail(
                self,
                f"the wrapped layer '{self.layer.name}' does not support masking, "
                "but the input carries a mask.",
                TypeError,
            )
        return mask

    def compute_output_shape(self, input_shape):
        front = inner.first_of(input_shape)[:2]
        shapes = inner.output_shape(self.layer, self._step_shape(input_shape))
        return inner.map_shapes(lambda shape: (*front, *shape[1:]), shapes)

    def compute_output_spec(self, inputs, *args, **kwargs):
        spec = super().compute_output_spec(inputs, *args, **kwargs)
        # The layer inside may put out integers.
        steps = self.layer.compute_output_spec(_merged_symbols(inputs))
        return tf.nest.map_structure(
            lambda out, step: (
                out if tf.as_dtype(step.dtype).is_floating else tf.keras.KerasTensor(out.shape, step.dtype)
            ),
            spec,
            steps,
        )

    def compute_mask(self, inputs, mask=None):
        mask = inner.mask_of([], mask)
        if getattr(self.layer, "stateful", False) or not self.layer.supports_masking:
            return mask
        own = mask is None or self._is_beyond(mask)
        if any(isinstance(x, tf.keras.KerasTensor) for x in tf.nest.flatten(inputs)):
            # Nothing is computed yet: a mask that the layer makes is made when the model runs.
            merged, part = _merged_symbols(inputs), None if own else _merged_symbols(mask)
            output = self.layer.compute_mask(merged, part)
            return None if output is not None or mask is None else _any_inside(mask)
        merged = tf.nest.map_structure(ops.merge_time, inputs)
        output = self.layer.compute_mask(merged, None if own else ops.merge_time(mask))
        if output is None:
            return None if mask is None else _any_inside(mask)
        like = tf.nest.flatten(inputs)[0]
        return tf.nest.map_structure(lambda m: None if m is None else ops.split_time(m, like), output)

    def get_config(self):
        return {**super().get_config(), "layer": tf.keras.saving.serialize_keras_object(self.layer)}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        if isinstance(config["layer"], Mapping):
            config["layer"] = restored(config["layer"], custom_objects)
        return cls(**config)


def _any_inside(mask):
    """Reduce a mask to ``(batch, time)``: whether any value of the step is unmasked."""
    for _ in range(len(mask.shape) - 2):
        mask = tf.keras.ops.any(mask, axis=-1)
    return mask


def _merged_symbols(xs):
    """Return KerasTensors of the shapes that tensors have with time merged into the batch."""
    return tf.nest.map_structure(lambda x: tf.keras.KerasTensor((None, *x.shape[2:]), x.dtype), xs)
