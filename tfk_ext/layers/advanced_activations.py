"""Activations that are layers: LeakyReLU, PReLU, ELU, ThresholdedReLU, Softmax, ReLU."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import Layer, WeightedLayer
from tfk_ext.ops import advanced_activations as ops
from tfk_ext.registration import register


class _Elementwise(Layer):
    """Base of the activations: they keep the input's shape and pass a mask on."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)


@register
class LeakyReLU(_Elementwise):
    """Leaky rectified linear unit: ``f(x) = x if x >= 0 else alpha * x``.

    Args:
        alpha: slope on the negative side, at least 0.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any; as the first layer of a model give ``input_shape``.
        output: the same.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: ``alpha`` is negative or not a number.

    Example:
        >>> tfk_ext.LeakyReLU()(np.array([[-2.0, 0.0, 1.0]])).numpy()
        array([[-0.6,  0. ,  1. ]], dtype=float32)

    Source: Maas, Hannun, Ng (2013), "Rectifier nonlinearities improve neural network acoustic models".
    """

    def __init__(self, alpha=0.3, **kwargs):
        super().__init__(**kwargs)
        self.alpha = checks.number(self, "alpha", alpha, 0.0)

    def call(self, inputs):
        return ops.leaky_relu(inputs, self.alpha)

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}


@register
class PReLU(WeightedLayer):
    """Rectified linear unit with learned slopes: ``f(x) = x if x >= 0 else alpha * x``.

    Args:
        alpha_initializer: initializer of ``alpha``.
        alpha_regularizer: regularizer of ``alpha``.
        alpha_constraint: constraint on ``alpha``.
        shared_axes: axes along which one slope serves all positions, counted with the batch as axis 0:
            ``[1, 2]`` gives each channel of an image ``(batch, rows, columns, channels)`` one slope.
        **kwargs: ``input_shape``, ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any; axes that are not shared must be known.
        output: the same.
        weights: ``alpha``, the input's shape without the batch and with 1 for the shared axes.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: ``shared_axes`` holds the batch axis or one that the input lacks; an axis that is not
            shared is unknown.

    Example:
        >>> layer = tfk_ext.PReLU(alpha_initializer=tf.keras.initializers.Constant(0.25))
        >>> layer(np.array([[-2.0, 0.0, 1.0]])).numpy()
        array([[-0.5,  0. ,  1. ]], dtype=float32)

    Source: He et al. (2015), "Delving deep into rectifiers: surpassing human-level performance on ImageNet
    classification".
    """

    def __init__(
        self,
        alpha_initializer="zeros",
        alpha_regularizer=None,
        alpha_constraint=None,
        shared_axes=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._options("alpha", alpha_initializer, alpha_regularizer, alpha_constraint)
        if shared_axes is not None:
            axes = list(shared_axes) if isinstance(shared_axes, (list, tuple)) else [shared_axes]
            shared_axes = [checks.integer(self, "shared_axes", axis, minimum=None) for axis in axes]
        self.shared_axes = shared_axes
        self.supports_masking = True

    def build(self, input_shape):
        rank = len(input_shape)
        for axis in self.shared_axes or ():
            if not -rank < axis < rank or axis == 0:
                checks.fail(
                    self,
                    f"shared_axes {self.shared_axes}: {axis} is not one of the axes behind the batch of an "
                    f"input of shape {tuple(input_shape)}.",
                )
        shared = {axis % rank for axis in self.shared_axes or ()}
        shape, known = [], {}
        for axis in range(1, rank):
            if axis in shared:
                shape.append(1)
                continue
            hint = "give it in Input or input_shape, or share it (shared_axes)."
            known[axis] = checks.known(self, f"the input's axis {axis}", input_shape[axis], hint)
            shape.append(known[axis])
        self.alpha = self._add("alpha", shape)
        self.input_spec = tf.keras.layers.InputSpec(ndim=rank, axes=known)
        super().build(input_shape)

    def call(self, inputs):
        return ops.prelu(inputs, tf.convert_to_tensor(self.alpha))

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "shared_axes": self.shared_axes}


@register
class ELU(_Elementwise):
    """Exponential linear unit: ``f(x) = x if x >= 0 else alpha * (exp(x) - 1)``.

    Args:
        alpha: scale of the negative side.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any; as the first layer of a model give ``input_shape``.
        output: the same.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: ``alpha`` is not a number.

    Example:
        >>> tfk_ext.ELU(alpha=2.0)(np.array([[-1.0, 0.0, 1.0]])).numpy().round(3)
        array([[-1.264,  0.   ,  1.   ]], dtype=float32)

    Source: Clevert, Unterthiner, Hochreiter (2016), "Fast and accurate deep network learning by exponential
    linear units (ELUs)".
    """

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        self.alpha = checks.number(self, "alpha", alpha)

    def call(self, inputs):
        return ops.elu(inputs, self.alpha)

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}


@register
class ThresholdedReLU(_Elementwise):
    """Thresholded rectified linear unit: ``f(x) = x if x > theta else 0``.

    It is computed as the product ``x * (x > theta)``, as in Keras 2, so ``-inf`` gives NaN.

    Args:
        theta: threshold of activation, at least 0.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any; as the first layer of a model give ``input_shape``.
        output: the same.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: ``theta`` is negative or not a number.

    Example:
        >>> tfk_ext.ThresholdedReLU(theta=1.0)(np.array([[0.5, 1.0, 2.0]])).numpy()
        array([[0., 0., 2.]], dtype=float32)

    Source: Konda, Memisevic, Krueger (2014), "Zero-bias autoencoders and the benefits of co-adapting
    features".
    """

    def __init__(self, theta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.theta = checks.number(self, "theta", theta, 0.0)

    def call(self, inputs):
        return ops.thresholded_relu(inputs, self.theta)

    def get_config(self):
        return {**super().get_config(), "theta": self.theta}


@register
class Softmax(_Elementwise):
    """Normalised exponential: ``f(x)_i = exp(x_i) / sum_j exp(x_j)`` along an axis.

    Args:
        axis: the axis, or a list of axes that are normalised together.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any with at least two axes; as the first layer of a model give ``input_shape``.
        output: the same.

    Masking: passes a mask on unchanged. Positions that the mask leaves out get 0 and count for nothing in
        the sum. A call's ``mask=`` argument broadcasts to the input; a mask for the input's first axes, as
        it comes with a sequence, has an effect where ``axis`` is one of these and none otherwise.

    Raises:
        ValueError: ``axis`` is not an integer or a list of them, or not one of the input's axes; the mask
            does not broadcast to the input.

    Example:
        >>> tfk_ext.Softmax()(np.array([[1.0, 1.0, 1.0, 1.0]])).numpy()
        array([[0.25, 0.25, 0.25, 0.25]], dtype=float32)
        >>> mask = np.array([[True, True, False, False]])
        >>> tfk_ext.Softmax()(np.array([[1.0, 1.0, 1.0, 1.0]]), mask=mask).numpy()
        array([[0.5, 0.5, 0. , 0. ]], dtype=float32)

    Source: the classic documents, ``keras.layers.Softmax``.
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        several = isinstance(axis, (list, tuple))
        items = [checks.integer(self, "axis", a, minimum=None) for a in (axis if several else [axis])]
        if not items:
            checks.fail(self, "axis must be an integer or a list of them, got an empty one.")
        self.axis = items if several else items[0]

    def call(self, inputs, mask=None):
        axes = self._axes(inputs.shape)
        if mask is not None:
            mask = self._fitted(tf.convert_to_tensor(mask), inputs, axes)
        return ops.masked_softmax(inputs, axes, mask)

    def _axes(self, shape):
        rank = len(shape)
        items = self.axis if isinstance(self.axis, list) else [self.axis]
        if rank < 2 or not all(-rank <= axis < rank for axis in items):
            checks.fail(
                self, f"axis {self.axis} does not fit an input of shape {tuple(shape)}, with at least 2 axes."
            )
        return tuple(sorted({axis % rank for axis in items}))

    def _fitted(self, mask, inputs, axes):
        """Return the mask with as many axes as the input, ``None`` if it has no effect."""
        missing = inputs.shape.rank - mask.shape.rank
        broadcasts = missing >= 0 and all(
            m == 1 or m == n for m, n in zip(mask.shape[::-1], inputs.shape[::-1])
        )
        comes_with_it = getattr(inputs, "_keras_mask", None) is not None
        if missing > 0 and (comes_with_it or not broadcasts):
            # The mask of a sequence: it speaks of the first axes.
            if mask.shape.is_compatible_with(inputs.shape[: mask.shape.rank]):
                if max(axes) >= mask.shape.rank:
                    return None
                return tf.reshape(mask, tf.concat([tf.shape(mask), [1] * missing], 0))
        elif missing == 0 and all(m in (1, None) or n in (m, None) for m, n in zip(mask.shape, inputs.shape)):
            return mask
        if not broadcasts:
            checks.fail(
                self,
                f"mask of shape {tuple(mask.shape)} does not broadcast to the input's {tuple(inputs.shape)}.",
            )
        return mask

    def compute_output_shape(self, input_shape):
        self._axes(input_shape)
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "axis": self.axis}


@register
class ReLU(_Elementwise):
    """Rectified linear unit with an upper bound, a slope below and a threshold.

    ``f(x) = max_value`` for ``x >= max_value``, ``x`` for ``threshold <= x < max_value``, and
    ``negative_slope * (x - threshold)`` below.

    Args:
        max_value: upper bound, at least 0, ``None`` for none.
        negative_slope: slope below the threshold, at least 0.
        threshold: where the linear part begins, at least 0.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any; as the first layer of a model give ``input_shape``.
        output: the same.

    Masking: passes a mask on unchanged.

    Raises:
        ValueError: an argument is negative or not a number.

    Example:
        >>> tfk_ext.ReLU(max_value=2.0, negative_slope=0.5)(np.array([[-2.0, 1.0, 3.0]])).numpy()
        array([[-1.,  1.,  2.]], dtype=float32)

    Source: the classic documents, ``keras.layers.ReLU``.
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        self.max_value = None if max_value is None else checks.number(self, "max_value", max_value, 0.0)
        self.negative_slope = checks.number(self, "negative_slope", negative_slope, 0.0)
        self.threshold = checks.number(self, "threshold", threshold, 0.0)

    def call(self, inputs):
        return ops.relu(inputs, self.negative_slope, self.max_value, self.threshold)

    def get_config(self):
        return {
            **super().get_config(),
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }
