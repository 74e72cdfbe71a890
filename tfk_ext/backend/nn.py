"""Functions of neural networks: activations, losses, normalization, dropout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.backend.operation import operation
from tfk_ext.backend.random import draw
from tfk_ext.backend.tensors import tensor
from tfk_ext.ops import activations, losses

# --- activations --------------------------------------------------------------------------------------------


@operation
def relu(x: Any, alpha: Any = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """``max_value`` above it, ``x`` from ``threshold`` on, ``alpha * (x - threshold)`` below.

    Args:
        x: a tensor.
        alpha: slope of what is below the threshold.
        max_value: the largest output, ``None`` for none.
        threshold: where the rectifier begins.

    Example:
        >>> tfk_ext.backend.relu([-2.0, 3.0, 9.0], alpha=0.5, max_value=6.0).numpy()
        array([-1.,  3.,  6.], dtype=float32)
    """
    x = tensor(x)
    limit = float("inf") if max_value is None else max_value
    above = tf.minimum(x, tf.cast(limit, x.dtype)) if max_value is not None else x
    edge = tf.cast(threshold, x.dtype)
    below = tf.cast(alpha, x.dtype) * (x - edge)
    return tf.where(x > edge if threshold else x >= edge, above, below)


@operation
def elu(x: Any, alpha: float = 1.0) -> Any:
    """``x`` where it is positive, else ``alpha * (exp(x) - 1)``."""
    return activations.elu(tensor(x), alpha)


@operation
def softmax(x: Any, axis: Any = -1) -> Any:
    """``exp(x) / sum(exp(x))`` along an axis."""
    x = tensor(x)
    if x.shape.rank is not None and x.shape.rank < 2:
        raise ValueError(f"softmax: x must have two axes at least, got shape {x.shape}.")
    return activations.softmax(x, axis)


@operation
def softplus(x: Any) -> Any:
    """``log(exp(x) + 1)``."""
    return activations.softplus(tensor(x))


@operation
def softsign(x: Any) -> Any:
    """``x / (|x| + 1)``."""
    return activations.softsign(tensor(x))


@operation
def sigmoid(x: Any) -> Any:
    """``1 / (1 + exp(-x))``."""
    return activations.sigmoid(tensor(x))


@operation
def hard_sigmoid(x: Any) -> Any:
    """``0.2 x + 0.5``, brought into 0 to 1: the classic meaning (Keras 3 has ``relu6(x + 3) / 6``).

    Example:
        >>> tfk_ext.backend.hard_sigmoid([-3.0, 0.0, 1.0]).numpy()
        array([0. , 0.5, 0.7], dtype=float32)
    """
    return activations.hard_sigmoid(tensor(x))


@operation
def tanh(x: Any) -> Any:
    """The hyperbolic tangent."""
    return activations.tanh(tensor(x))


# --- losses -------------------------------------------------------------------------------------------------


def _target_and_output(name: str, target: Any, output: Any) -> tuple[Any, Any]:
    output = tensor(output)
    target = tf.cast(target, output.dtype)
    if not target.shape.is_compatible_with(output.shape):
        raise ValueError(f"{name}: target {target.shape} and output {output.shape} differ in shape.")
    return target, output


@operation
def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """``-sum(target * log(output))`` along an axis, the output scaled to a sum of 1.

    Args:
        target: probabilities of the classes.
        output: what a model says, of the same shape.
        from_logits: the output is not yet through a softmax.
        axis: where the classes are.

    Returns:
        Tensor without that axis.
    """
    target, output = _target_and_output("categorical_crossentropy", target, output)
    logits = output if from_logits else _logits(output, axis)
    if logits is not None:
        return losses.categorical_crossentropy_from_logits(target, logits, axis)
    return losses.categorical_crossentropy(target, output, axis)


def _logits(output: Any, axis: int) -> Any:
    """Return the logits of a softmax along the last axis, ``None`` if the output is not from one."""
    last = axis in (-1, output.shape.rank and output.shape.rank - 1)
    return losses.recover_logits(output, "softmax") if last else None


@operation(jit=False)
def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1, ignore_class: int | None = None
) -> Any:
    """``-log(output[target])``: the target holds the number of each class.

    Args:
        target: whole numbers, of the output's shape without the classes' axis.
        output: probabilities, or logits.
        from_logits: the output is not yet through a softmax.
        axis: where the classes are.
        ignore_class: a class that costs nothing, ``None`` for none.
    """
    output = tensor(output)
    target = tf.cast(target, tf.int64)
    logits = output if from_logits else _logits(output, axis)
    rank = output.shape.rank
    last = [i for i in range(rank) if i != axis % rank] + [axis % rank]
    scores = tf.transpose(output if logits is None else logits, last)
    shape = tf.shape(scores)[:-1]
    target = tf.reshape(target, shape)
    target = tf.ensure_shape(target, scores.shape[:-1])
    counts = None
    if ignore_class is not None:
        counts = tf.not_equal(target, ignore_class)
        target = tf.where(counts, target, tf.zeros_like(target))
    if logits is None:
        fuzz = losses.epsilon_for(scores.dtype)
        scores = tf.math.log(tf.clip_by_value(scores, fuzz, 1.0 - fuzz))
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=target, logits=scores)
    return loss if counts is None else tf.where(counts, loss, tf.zeros_like(loss))


@operation
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """``-(target log(output) + (1 - target) log(1 - output))``, element by element.

    Args:
        target: 0, 1 or between.
        output: probabilities, or logits, of the same shape.
        from_logits: the output is not yet through a sigmoid.
    """
    output = tensor(output)
    target = tf.cast(target, output.dtype)
    logits = output if from_logits else losses.recover_logits(output, "sigmoid")
    if logits is not None:
        return losses.binary_crossentropy_from_logits(target, logits)
    return losses.binary_crossentropy(target, output)


@operation
def binary_focal_crossentropy(
    target: Any,
    output: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
) -> Any:
    """The binary crossentropy times ``(1 - p) ** gamma``, ``p`` being the probability of what is right.

    Args:
        target: 0, 1 or between.
        output: probabilities, or logits.
        apply_class_balancing: weight ones by ``alpha`` and zeros by ``1 - alpha``.
        alpha: see there.
        gamma: how much less the easy ones count.
        from_logits: the output is not yet through a sigmoid.
    """
    output = tensor(output)
    target = tf.cast(target, output.dtype)
    p = tf.sigmoid(output) if from_logits else output
    right = target * p + (1 - target) * (1 - p)
    loss = tf.pow(1.0 - right, gamma) * binary_crossentropy(target, output, from_logits)
    return loss * (target * alpha + (1 - target) * (1 - alpha)) if apply_class_balancing else loss


@operation
def categorical_focal_crossentropy(
    target: Any,
    output: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    axis: int = -1,
) -> Any:
    """``-sum(alpha (1 - output) ** gamma * target * log(output))`` along an axis.

    Args:
        target: probabilities of the classes.
        output: what a model says.
        alpha: weight, one or one for each class.
        gamma: how much less the easy ones count.
        from_logits: the output is not yet through a softmax.
        axis: where the classes are.
    """
    target, output = _target_and_output("categorical_focal_crossentropy", target, output)
    p = tf.nn.softmax(output, axis) if from_logits else output
    p = p / tf.reduce_sum(p, axis, keepdims=True)
    fuzz = losses.epsilon_for(p.dtype)
    p = tf.clip_by_value(p, fuzz, 1.0 - fuzz)
    return tf.reduce_sum(-target * tf.math.log(p) * alpha * tf.pow(1.0 - p, gamma), axis)


@operation
def in_top_k(predictions: Any, targets: Any, k: int) -> Any:
    """Whether each target is among the ``k`` classes with the highest prediction.

    Args:
        predictions: ``(batch, classes)``.
        targets: the class of each sample.
        k: how many.
    """
    return tf.math.in_top_k(tf.cast(targets, tf.int32), tensor(predictions), k)


# --- normalization, dropout, bias ---------------------------------------------------------------------------


@operation
def l2_normalize(x: Any, axis: Any = None) -> Any:
    """``x / sqrt(max(sum(x ** 2), 1e-12))``, the sum along axes.

    Example:
        >>> tfk_ext.backend.l2_normalize([[3.0, 4.0]], axis=1).numpy()
        array([[0.6, 0.8]], dtype=float32)
    """
    return tf.math.l2_normalize(tensor(x), axis)


@operation
def batch_normalization(
    x: Any, mean: Any, var: Any, beta: Any, gamma: Any, axis: int = -1, epsilon: float = 1e-3
) -> Any:
    """``gamma (x - mean) / sqrt(var + epsilon) + beta``.

    Args:
        x: a tensor.
        mean: along all axes but ``axis``.
        var: the variance.
        beta: ``None`` for 0.
        gamma: ``None`` for 1.
        axis: where the features are; of it are the others, if they have one axis.
        epsilon: keeps the root from 0.
    """
    x = tensor(x)
    place = axis % x.shape.rank
    shape = [-1 if i == place else 1 for i in range(x.shape.rank)]

    def spread(value):
        if value is None:
            return None
        value = tf.cast(value, x.dtype)
        return tf.reshape(value, shape) if value.shape.rank == 1 else value

    scale = tf.math.rsqrt(spread(var) + tf.cast(epsilon, x.dtype))
    scale = scale if gamma is None else scale * spread(gamma)
    shift = -spread(mean) * scale
    return x * scale + (shift if beta is None else shift + spread(beta))


@operation
def normalize_batch_in_training(
    x: Any, gamma: Any, beta: Any, reduction_axes: Sequence[int], epsilon: float = 1e-3
) -> Any:
    """Normalize with the mean and the variance of the batch.

    Args:
        x: a tensor.
        gamma: scale, ``None`` for 1.
        beta: shift, ``None`` for 0.
        reduction_axes: axes over which they are taken.
        epsilon: keeps the root from 0.

    Returns:
        The normalized tensor, the mean and the variance.
    """
    x = tensor(x)
    axes = sorted(axis % x.shape.rank for axis in reduction_axes)
    mean, variance = tf.nn.moments(x, axes, keepdims=True)
    shape = tf.shape(mean)

    def spread(value):
        return None if value is None else tf.reshape(tf.cast(value, x.dtype), shape)

    y = tf.nn.batch_normalization(x, mean, variance, spread(beta), spread(gamma), epsilon)
    return y, tf.squeeze(mean, axes), tf.squeeze(variance, axes)


@operation
def dropout(x: Any, level: float, noise_shape: Any = None, seed: int | None = None) -> Any:
    """Set the share ``level`` of the entries to 0 and scale the others by ``1 / (1 - level)``, always.

    Args:
        x: a tensor.
        level: the share.
        noise_shape: shape of what is drawn, spread over ``x``.
        seed: a number that fixes what is drawn.
    """
    return tf.nn.dropout(tensor(x), level, noise_shape, seed=draw(seed))


@operation
def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Any:
    """Add a bias: one number for each channel, or as many as a sample has, with the channels last.

    With the channels of ``x`` first, such a tensor is read in the order of its numbers as one with the
    channels first, as in Keras 2.

    Raises:
        ValueError: the bias has neither one axis nor all but one of those of ``x``.
    """
    data_format = checks.data_format("bias_add", data_format)
    x = tensor(x)
    bias = tf.cast(bias, x.dtype)
    if bias.shape.rank not in (1, x.shape.rank - 1):
        raise ValueError(
            f"bias_add: bias must have 1 or {x.shape.rank - 1} axes, got shape {tuple(bias.shape)}."
        )
    if data_format == "channels_first" and x.shape.rank > 2:
        if bias.shape.rank == 1:
            bias = tf.reshape(bias, (-1, *[1] * (x.shape.rank - 2)))
        else:
            # Keras 2 reads the numbers in the order in which they lie, it does not transpose.
            bias = tf.reshape(bias, (bias.shape[-1], *bias.shape[:-1]))
    return x + bias
