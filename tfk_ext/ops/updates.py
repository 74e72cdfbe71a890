"""The steps of the optimizers: the one part of ``ops`` whose functions change variables and return nothing.

Dense steps use TensorFlow's fused kernels, which read and write each element once. On a weight of 20,000 x
128 in float32 on 2 CPU cores (where Keras runs without XLA) Adam takes 3.3 ms fused and 14.9 ms in single
operations, Adagrad 2.2 and 5.2, SGD 1.0 and 1.9. The kernels exist for XLA as well, but for AMSGrad's. In
AMSGrad and Nadam Adam's kernel moves the means, and Adagrad's the weight (1.8 and 2.5 times as fast as Keras
3, which single operations only equal). Kernels compute in the weight's dtype, in which half precision has no
room for ``1 - beta_2``: such weights take the single operations.

Steps for the rows of a sparse gradient give what the dense step gives for the same gradient written out. They
read rows, compute, and assign: an assigned row costs a third of one that is added to.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from tfk_ext.ops import slices

_raw = tf.raw_ops


def tensor_variable(variable: Any) -> tf.Variable:
    """Return the TensorFlow variable of a Keras variable."""
    return variable if isinstance(variable, tf.Variable) else variable.value


def is_fused(dtype: tf.DType) -> bool:
    """Tell whether a dtype has room for the constants of the fused kernels."""
    return dtype in (tf.float32, tf.float64)


def _replace_rows(variables, gradient, rule):
    """Put what a rule makes of the rows of some variables, and of the gradient's, in their place."""
    gradient = slices.whole_rows(gradient)
    old = [tf.gather(variable, gradient.indices) for variable in variables]
    for variable, new in zip(variables, rule(gradient.values, *old)):
        variable.scatter_update(tf.IndexedSlices(new, gradient.indices))


# --- gradient descent ---


def descend(weight: tf.Variable, gradient: tf.Tensor, rate: tf.Tensor) -> None:
    """``w -= rate * g``."""
    _raw.ResourceApplyGradientDescent(var=weight.handle, alpha=rate, delta=gradient)


def descend_rows(weight: tf.Variable, gradient: tf.IndexedSlices, rate: tf.Tensor) -> None:
    """``w -= rate * g`` for the rows of ``g`` alone; rows that repeat add up by themselves."""
    weight.scatter_sub(tf.IndexedSlices(rate * gradient.values, gradient.indices))


def momentum(weight, velocity, gradient, rate, factor, nesterov):
    """``v = factor v - rate g``, ``w += v`` (Nesterov: ``w += factor v - rate g``)."""
    if is_fused(weight.dtype):
        _raw.ResourceApplyKerasMomentum(
            var=weight.handle,
            accum=velocity.handle,
            lr=rate,
            grad=gradient,
            momentum=factor,
            use_nesterov=nesterov,
        )
        return
    step = rate * gradient
    velocity.assign(factor * velocity - step)
    weight.assign_add(factor * velocity - step if nesterov else velocity)


# --- Adagrad, RMSprop, Adadelta ---


def adagrad(weight, accumulator, gradient, rate, epsilon):
    """``a += g ** 2``, ``w -= rate g / (sqrt(a) + epsilon)``."""
    if is_fused(weight.dtype):
        _raw.ResourceApplyAdagradV2(
            var=weight.handle, accum=accumulator.handle, lr=rate, epsilon=epsilon, grad=gradient
        )
        return
    accumulator.assign_add(tf.square(gradient))
    weight.assign_sub(rate * gradient / (tf.sqrt(accumulator) + epsilon))


def adagrad_rows(weight, accumulator, gradient, rate, epsilon):
    """Apply :func:`adagrad` to the rows of ``g`` alone: a gradient of 0 changes nothing."""

    def rule(values, old, squares):
        squares += tf.square(values)
        factor = rate / (tf.sqrt(squares) + epsilon)
        return old - tf.math.multiply_no_nan(factor, values), squares

    _replace_rows((weight, accumulator), gradient, rule)


def rmsprop(weight, velocity, average, step, gradient, rate, rho, factor, epsilon):
    """``v = rho v + (1 - rho) g ** 2``, ``d = rate g / sqrt(v + epsilon)``, ``w -= d``.

    Args:
        weight: the weight.
        velocity: mean square ``v``.
        average: mean ``a = rho a + (1 - rho) g``, whose square is taken from ``v`` under the root; or
            ``None``.
        step: kept step ``s = factor s + d``, which is subtracted in place of ``d``; or ``None``.
        gradient: gradient.
        rate: learning rate.
        rho: decay of the means.
        factor: momentum.
        epsilon: fuzz factor.
    """
    if step is not None and is_fused(weight.dtype):
        common = {"lr": rate, "rho": rho, "momentum": factor, "epsilon": epsilon, "grad": gradient}
        common.update(var=weight.handle, ms=velocity.handle, mom=step.handle)
        if average is None:
            _raw.ResourceApplyRMSProp(**common)
        else:
            _raw.ResourceApplyCenteredRMSProp(mg=average.handle, **common)
        return
    descend(velocity, velocity - tf.square(gradient), 1 - rho)
    square = velocity + epsilon
    if average is not None:
        descend(average, average - gradient, 1 - rho)
        square -= tf.square(average)
    if step is None:
        descend(weight, gradient * tf.math.rsqrt(square), rate)
        return
    change = rate * gradient * tf.math.rsqrt(square)
    step.assign(factor * step + change)
    weight.assign_sub(step)


def rmsprop_rows(weight, velocity, average, gradient, rate, rho, epsilon):
    """Apply :func:`rmsprop` without momentum for a sparse gradient.

    The means decay everywhere, weights move in the rows of the gradient.
    """

    def rule(values, old, squares, mean=None):
        squares += (1 - rho) * tf.square(values)
        below = squares + epsilon
        if mean is not None:
            mean += (1 - rho) * values
            below -= tf.square(mean)
        new = old - tf.math.multiply_no_nan(rate * tf.math.rsqrt(below), values)
        return (new, squares) if mean is None else (new, squares, mean)

    means = [velocity] if average is None else [velocity, average]
    for variable in means:
        variable.assign(variable * rho, read_value=False)
    _replace_rows((weight, *means), gradient, rule)


def adadelta(weight, squares, changes, gradient, rate, rho, epsilon):
    """``a = rho a + (1 - rho) g ** 2``, ``d = g sqrt(c + epsilon) / sqrt(a + epsilon)``, ``w -= rate d``.

    ``c = rho c + (1 - rho) d ** 2`` are the mean squares of the changes.
    """
    if is_fused(weight.dtype):
        _raw.ResourceApplyAdadelta(
            var=weight.handle,
            accum=squares.handle,
            accum_update=changes.handle,
            lr=rate,
            rho=rho,
            epsilon=epsilon,
            grad=gradient,
        )
        return
    squares.assign(rho * squares + (1 - rho) * tf.square(gradient))
    change = gradient * tf.sqrt(changes + epsilon) * tf.math.rsqrt(squares + epsilon)
    changes.assign(rho * changes + (1 - rho) * tf.square(change))
    weight.assign_sub(rate * change)


# --- Adam and its kin ---


class Decays(NamedTuple):
    """Scalars of the optimizers with two moments, in the dtype of the weight.

    What is 1 less something is computed before it is rounded: in half precision 0.999 is 1.
    """

    beta_1: tf.Tensor
    beta_2: tf.Tensor
    power_1: tf.Tensor  # beta_1 ** t
    power_2: tf.Tensor
    rest_1: tf.Tensor  # 1 - beta_1
    rest_2: tf.Tensor
    missing_1: tf.Tensor  # 1 - beta_1 ** t
    missing_2: tf.Tensor


def decays(beta_1: tf.Tensor, beta_2: tf.Tensor, step: tf.Tensor, dtype: tf.DType) -> Decays:
    """Return the scalars of a step, counted from 1, from two decays in float64."""
    power_1, power_2 = tf.pow(beta_1, step), tf.pow(beta_2, step)
    values = (beta_1, beta_2, power_1, power_2, 1 - beta_1, 1 - beta_2, 1 - power_1, 1 - power_2)
    return Decays(*(tf.cast(value, dtype) for value in values))


def adam(weight, mean, square, gradient, rate, decay, epsilon, largest=None):
    """``m = b1 m + (1 - b1) g``, ``v = b2 v + (1 - b2) g ** 2``, ``w -= r m / (sqrt(v) + epsilon)``.

    ``r = rate sqrt(1 - b2 ** t) / (1 - b1 ** t)``; with ``largest``, the largest ``v`` so far stands under
    the root (AMSGrad).
    """
    if not is_fused(weight.dtype):
        _move_means(mean, square, gradient, decay)
        root = square
        if largest is not None:
            largest.assign(tf.maximum(largest, square), read_value=False)
            root = largest
        step = rate * tf.sqrt(decay.missing_2) / decay.missing_1
        weight.assign_sub(step * mean / (tf.sqrt(root) + epsilon))  # the quotient by itself may overflow
        return
    if largest is None:
        _adam_kernel(weight, mean, square, gradient, rate, decay, epsilon, (decay.power_1, decay.power_2))
        return
    # With a rate of 0 the kernel moves the means alone.
    _adam_kernel(weight, mean, square, gradient, tf.zeros_like(rate), decay, tf.ones_like(epsilon))
    largest.assign(tf.maximum(largest, square), read_value=False)
    step = rate * tf.sqrt(decay.missing_2) / decay.missing_1
    _descend_by_root(weight, largest, tf.convert_to_tensor(mean), step, epsilon)


def _descend_by_root(weight, square, gradient, rate, epsilon):
    """``w -= rate g / (sqrt(v) + epsilon)``: Adagrad's kernel, which leaves ``v`` as it is."""
    _raw.ResourceApplyAdagradV2(
        var=weight.handle,
        accum=square.handle,
        lr=rate,
        epsilon=epsilon,
        grad=gradient,
        update_slots=False,
    )


def _adam_kernel(weight, mean, square, gradient, rate, decay, epsilon, powers=None):
    """Apply the kernel, without its correction of the rate where ``powers`` are left out."""
    power_1, power_2 = powers or (tf.zeros_like(rate), tf.zeros_like(rate))
    _raw.ResourceApplyAdam(
        var=weight.handle,
        m=mean.handle,
        v=square.handle,
        beta1_power=power_1,
        beta2_power=power_2,
        lr=rate,
        beta1=decay.beta_1,
        beta2=decay.beta_2,
        epsilon=epsilon,
        grad=gradient,
    )


def _move_means(mean, square, gradient, decay):
    mean.assign_add((gradient - mean) * decay.rest_1)
    square.assign_add((tf.square(gradient) - square) * decay.rest_2)


def adamax(weight, mean, largest, gradient, rate, decay, epsilon):
    """``m = b1 m + (1 - b1) g``, ``u = max(b2 u, |g|)``, ``w -= rate / (1 - b1 ** t) m / (u + epsilon)``."""
    if is_fused(weight.dtype):
        _raw.ResourceApplyAdaMax(
            var=weight.handle,
            m=mean.handle,
            v=largest.handle,
            beta1_power=decay.power_1,
            lr=rate,
            beta1=decay.beta_1,
            beta2=decay.beta_2,
            epsilon=epsilon,
            grad=gradient,
        )
        return
    mean.assign_add((gradient - mean) * decay.rest_1)
    largest.assign(tf.maximum(decay.beta_2 * largest, tf.abs(gradient)))
    weight.assign_sub(rate / decay.missing_1 * mean / (largest + epsilon))


def nadam(weight, mean, square, gradient, decay, ahead, present, epsilon):
    """Adam with Nesterov's momentum.

    ``m = b1 m + (1 - b1) g``, ``v = b2 v + (1 - b2) g ** 2``,
    ``w -= (ahead m + present g) / (sqrt(v) + epsilon)``. Adam's kernel takes the part of ``m`` along.

    Args:
        weight: the weight.
        mean: ``m``.
        square: ``v``.
        gradient: gradient.
        decay: both decays and what follows from them.
        ahead: rate of the mean, for the next step.
        present: rate of the gradient.
        epsilon: fuzz factor, times the correction of ``v``'s root that both rates contain; like the rates
            in float32 for a weight in half precision, which has no room for it.
    """
    if is_fused(weight.dtype):
        _adam_kernel(weight, mean, square, gradient, ahead, decay, epsilon)
        _descend_by_root(weight, square, gradient, present, epsilon)
        return
    _move_means(mean, square, gradient, decay)
    wide_mean, wide_gradient, wide_square = (tf.cast(v, epsilon.dtype) for v in (mean, gradient, square))
    change = (ahead * wide_mean + present * wide_gradient) / (tf.sqrt(wide_square) + epsilon)
    weight.assign_sub(tf.cast(change, weight.dtype))


# --- FTRL ---


def ftrl(weight, accumulator, linear, gradient, rate, power, l1, l2, shrinkage):
    """Follow the regularized leader.

    ``g' = g + 2 shrinkage w``, ``n' = n + g ** 2``, ``z += g' - (n' ** -p - n ** -p) / rate w``,
    ``w = (clip(z, -l1, l1) - z) / (n' ** -p / rate + 2 l2)``, ``n = n'``.
    """
    if is_fused(weight.dtype):
        _raw.ResourceApplyFtrlV2(
            var=weight.handle,
            accum=accumulator.handle,
            linear=linear.handle,
            grad=gradient,
            lr=rate,
            l1=l1,
            l2=l2,
            l2_shrinkage=shrinkage,
            lr_power=power,
        )
        return
    new = _ftrl(weight, accumulator, linear, gradient, rate, power, l1, l2, shrinkage)
    for variable, value in zip((weight, accumulator, linear), new):
        variable.assign(value)


def ftrl_rows(weight, accumulator, linear, gradient, rate, power, l1, l2, shrinkage):
    """Apply :func:`ftrl` to the rows of ``g`` alone, shrinkage included; no other row is touched."""

    def rule(values, old, squares, sums):
        return _ftrl(old, squares, sums, values, rate, power, l1, l2, shrinkage)

    _replace_rows((weight, accumulator, linear), gradient, rule)


def _ftrl(weight, accumulator, linear, gradient, rate, power, l1, l2, shrinkage):
    total = accumulator + tf.square(gradient)
    after, before = tf.pow(total, -power), tf.pow(tf.convert_to_tensor(accumulator), -power)
    linear = linear + (gradient + 2 * shrinkage * weight) - (after - before) / rate * weight
    weight = (tf.clip_by_value(linear, -l1, l1) - linear) / (after / rate + 2 * l2)
    return weight, total, linear
