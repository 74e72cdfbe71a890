"""BatchNormalization."""

from __future__ import annotations

import math

import tensorflow as tf

from tfk_ext import checks, initializers
from tfk_ext.layers.base import WeightedLayer
from tfk_ext.ops import normalization as ops
from tfk_ext.registration import register


@register
class BatchNormalization(WeightedLayer):
    """Normalize by the batch: ``f(x) = gamma * (x - mean) / sqrt(variance + epsilon) + beta``.

    In training, mean and variance are those of the batch, one for each index of ``axis``, and the moving
    statistics follow them: ``moving = momentum * moving + (1 - momentum) * batch``. In inference, and
    whenever the layer is frozen (``trainable = False``), the moving statistics serve as mean and variance and
    stay as they are. The variance is the population's in both. Half precision is computed in float32.

    Args:
        axis: the axis to normalize, usually that of the features: -1 after a layer in channels_last, 1 after
            one in channels_first. A list of axes gives each combination of their indices statistics of its
            own.
        momentum: weight of the past in the moving statistics, from 0 to 1.
        epsilon: added to the variance, at least 0.
        center: whether ``beta`` is added.
        scale: whether ``gamma`` is multiplied by.
        beta_initializer: initializer of ``beta``.
        gamma_initializer: initializer of ``gamma``.
        moving_mean_initializer: initializer of ``moving_mean``.
        moving_variance_initializer: initializer of ``moving_variance``.
        beta_regularizer: regularizer of ``beta``.
        gamma_regularizer: regularizer of ``gamma``.
        beta_constraint: constraint on ``beta``.
        gamma_constraint: constraint on ``gamma``.
        synchronized: whether the statistics are those of all replicas of a ``tf.distribute`` strategy
            together, not of each replica's own part of the batch.
        renorm: whether to renormalize: in training the normalized values are corrected towards the
            statistics of many batches, ``x * r + d`` before ``gamma`` and ``beta``, with
            ``r = stddev / renorm_stddev`` and ``d = (mean - renorm_mean) / renorm_stddev``.
        renorm_clipping: dictionary with bounds of the correction, ``"rmin"``, ``"rmax"`` and ``"dmax"``.
        renorm_momentum: weight of the past in ``renorm_mean`` and ``renorm_stddev``.
        **kwargs: ``input_shape``, ``weights``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any; the size of ``axis`` must be known.
        output: the same.
        weights: ``gamma``, ``beta``, ``moving_mean``, ``moving_variance``, each ``(size of axis,)``; with
            several axes their sizes in place and 1 for the others.

    Masking: passes a mask on unchanged; masked positions are left out of the batch's statistics.

    Raises:
        ValueError: an argument is out of its range; ``axis`` is the batch axis or not one of the input's; its
            size is unknown.

    Example:
        >>> layer = tfk_ext.BatchNormalization(epsilon=0.0)
        >>> layer(np.array([[0.0, 1.0], [2.0, 5.0]]), training=True).numpy()
        array([[-1., -1.],
               [ 1.,  1.]], dtype=float32)
        >>> layer.moving_mean.numpy().round(3)
        array([0.01, 0.03], dtype=float32)

    Source: Ioffe and Szegedy (2015), "Batch normalization: accelerating deep network training by reducing
    internal covariate shift"; for ``renorm`` Ioffe (2017), "Batch renormalization: towards reducing minibatch
    dependence in batch-normalized models".
    """

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=0.001,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        synchronized=False,
        renorm=False,
        renorm_clipping=None,
        renorm_momentum=0.99,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.axis: int | list[int]
        if isinstance(axis, (list, tuple)):
            self.axis = [checks.integer(self, "axis", a, minimum=None) for a in axis]
            if not axis:
                checks.fail(self, "axis must be an integer or a list of them, got an empty one.")
        else:
            self.axis = checks.integer(self, "axis", axis, minimum=None)
        self.momentum = checks.number(self, "momentum", momentum, 0.0, 1.0)
        self.epsilon = checks.number(self, "epsilon", epsilon, 0.0)
        self.center = checks.boolean(self, "center", center)
        self.scale = checks.boolean(self, "scale", scale)
        self.synchronized = checks.boolean(self, "synchronized", synchronized)
        self._options("beta", beta_initializer, beta_regularizer, beta_constraint)
        self._options("gamma", gamma_initializer, gamma_regularizer, gamma_constraint)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.renorm = checks.boolean(self, "renorm", renorm)
        self.renorm_clipping = self._checked_clipping(renorm_clipping)
        self.renorm_momentum = checks.number(self, "renorm_momentum", renorm_momentum, 0.0, 1.0)
        self.supports_masking = True

    def _checked_clipping(self, clipping):
        if clipping is None:
            return None
        if not isinstance(clipping, dict) or set(clipping) - {"rmax", "rmin", "dmax"}:
            checks.fail(
                self,
                "renorm_clipping must be a dictionary with the keys 'rmax', 'rmin' and 'dmax', got "
                f"{clipping!r}.",
            )
        clipping = {k: checks.number(self, f"renorm_clipping[{k!r}]", v, 0.0) for k, v in clipping.items()}
        if clipping.get("rmin", 0.0) > clipping.get("rmax", math.inf):
            checks.fail(self, f"renorm_clipping: rmax should be at least rmin, got {clipping!r}.")
        return clipping

    def build(self, input_shape):
        axes = self._kept_axes(input_shape)
        sizes = {
            axis: checks.known(
                self,
                f"the input's axis {axis}",
                input_shape[axis],
                "give it in Input or input_shape, or normalize another axis.",
            )
            for axis in axes
        }
        self._reduced = tuple(a for a in range(len(input_shape)) if a not in axes)
        # How the statistics broadcast to the input; they are stored flat, as classic files have them.
        self._broadcast = tuple(sizes.get(axis, 1) for axis in range(len(input_shape)))
        shape = tuple(sizes.values()) if len(axes) == 1 else self._broadcast
        # The weights keep their dtype under mixed precision: statistics in float16 would overflow.
        self.gamma = self._add("gamma", shape, autocast=False) if self.scale else None
        self.beta = self._add("beta", shape, autocast=False) if self.center else None
        self.moving_mean = self._statistic("moving_mean", shape, self.moving_mean_initializer)
        self.moving_variance = self._statistic("moving_variance", shape, self.moving_variance_initializer)
        if self.renorm:

            def root(shape, dtype=None):
                return tf.sqrt(self.moving_variance_initializer(shape, dtype=dtype))

            self.moving_stddev = self._statistic("moving_stddev", shape, root)
            self.renorm_mean = self._statistic("renorm_mean", shape, self.moving_mean_initializer)
            self.renorm_stddev = self._statistic("renorm_stddev", shape, root)
        self.input_spec = tf.keras.layers.InputSpec(ndim=len(input_shape), axes=sizes)
        super().build(input_shape)

    def _statistic(self, name, shape, initializer):
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=initializer,
            trainable=False,
            autocast=False,
            aggregation="mean",
        )

    def _kept_axes(self, input_shape):
        """Return the normalized axes counted from the front, in order."""
        rank, found = len(input_shape), set()
        for axis in self.axis if isinstance(self.axis, list) else [self.axis]:
            if not -rank < axis < rank or axis == 0:
                checks.fail(
                    self,
                    f"axis {axis} must be one of the input's axes behind the batch, "
                    f"1 to {rank - 1} or -{rank - 1} to -1, for an input of shape {tuple(input_shape)}.",
                )
            found.add(axis % rank)
        return sorted(found)

    def call(self, inputs, training=False, mask=None):
        dtype = inputs.dtype if inputs.dtype == tf.float64 else tf.float32
        x = tf.cast(inputs, dtype)
        gamma, beta, moving_mean, moving_variance = (
            None if weight is None else tf.cast(weight, dtype)
            for weight in (self.gamma, self.beta, self.moving_mean, self.moving_variance)
        )
        if not (training and self.trainable):
            y = self._normalized(x, moving_mean, moving_variance, gamma, beta)
        elif (
            mask is None
            and not (self.synchronized or self.renorm)
            and ops.can_fuse(x, self._reduced, self.epsilon)
        ):
            y, *statistics = ops.fused_batch_normalization(x, gamma, beta, self.epsilon)
            self._follow(*statistics)
        else:
            context = tf.distribute.get_replica_context() if self.synchronized else None
            mean, variance, count = ops.moments(x, self._reduced, self._checked(mask, x), context)
            if self.renorm:
                gamma, beta = self._renormalized(mean, variance, gamma, beta)
            y = self._normalized(x, mean, variance, gamma, beta)
            self._follow(mean, variance, count)
        return tf.cast(y, self.compute_dtype)

    def _renormalized(self, mean, variance, gamma, beta):
        """Return factor and offset with the correction towards the statistics of many batches."""
        past_mean, past_stddev = (
            tf.reshape(tf.cast(w, mean.dtype), self._broadcast)
            for w in (self.renorm_mean, self.renorm_stddev)
        )
        bounds = self.renorm_clipping or {}
        r, d = ops.renorm_correction(mean, variance, past_mean, past_stddev, self.epsilon, **bounds)
        gamma = tf.ones((), r.dtype) if gamma is None else tf.reshape(gamma, self._broadcast)
        offset = d * gamma if beta is None else d * gamma + tf.reshape(beta, self._broadcast)
        return r * gamma, offset

    def _normalized(self, x, *parts):
        mean, variance, gamma, beta = (
            None if part is None else tf.reshape(part, self._broadcast) for part in parts
        )
        return ops.batch_normalization(x, mean, variance, gamma, beta, self.epsilon)

    def _checked(self, mask, x):
        if mask is not None and mask.shape.rank is not None and mask.shape.rank >= x.shape.rank:
            checks.fail(
                self,
                f"mask must have fewer axes than the input, got {mask.shape.rank} for {x.shape.rank}.",
            )
        return mask

    def _follow(self, mean, variance, count):
        """Move the moving statistics towards those of the batch."""
        self._move(self.moving_mean, mean, self.momentum, count)
        if not self.renorm:
            self._move(self.moving_variance, variance, self.momentum, count)
            return
        stddev = tf.sqrt(variance + tf.cast(self.epsilon, variance.dtype))
        self._move(self.renorm_mean, mean, self.renorm_momentum, count)
        self._move(self.renorm_stddev, stddev, self.renorm_momentum, count)
        moved = self._move(self.moving_stddev, stddev, self.momentum, count)
        self.moving_variance.assign(tf.nn.relu(tf.square(moved) - tf.cast(self.epsilon, moved.dtype)))

    def _move(self, moving, batch, momentum, count):
        """Move one statistic, unless the batch was empty."""
        value = tf.convert_to_tensor(moving.value)
        batch = tf.cast(batch, value.dtype)
        step = tf.cast(1.0 - momentum, value.dtype) * (tf.reshape(batch, value.shape) - value)
        if not (checks.is_integer(count) and count > 0):
            empty = tf.equal(tf.cast(count, value.dtype), 0)
            if empty.shape.rank:
                empty = tf.reshape(tf.broadcast_to(empty, self._broadcast), value.shape)
            step = tf.where(empty, tf.zeros_like(step), step)
        moving.assign(value + step)
        return value + step

    def compute_output_shape(self, input_shape):
        self._kept_axes(input_shape)
        return tuple(input_shape)

    def get_config(self):
        return {
            **super().get_config(),
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "moving_mean_initializer": tf.keras.initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": tf.keras.initializers.serialize(self.moving_variance_initializer),
            "synchronized": self.synchronized,
            "renorm": self.renorm,
            "renorm_clipping": self.renorm_clipping
            if self.renorm_clipping is None
            else dict(self.renorm_clipping),
            "renorm_momentum": self.renorm_momentum,
        }
