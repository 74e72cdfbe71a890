"""One time step of the documented cells.

Every step takes the input already projected, ``x . kernel + bias``: that product does not depend on the
state and is done once for all time steps.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from tfk_ext.ops import convolution

Activation = Callable[[tf.Tensor], tf.Tensor]


def simple_step(
    projected: tf.Tensor,
    h: tf.Tensor,
    recurrent_kernel: tf.Tensor,
    activation: Activation,
    keep: tf.Tensor | None = None,
) -> tf.Tensor:
    """Fully connected step: ``activation(projected + h . recurrent_kernel)``.

    Args:
        projected: ``(batch, units)``, the input's part.
        h: state ``(batch, units)``.
        recurrent_kernel: ``(units, units)``.
        activation: function of the sum.
        keep: dropout factors of the state, ``(batch, units)``.

    Returns:
        The new state, which is the output too.
    """
    return activation(projected + tf.matmul(_kept(h, keep), recurrent_kernel))


def lstm_step(
    projected: tf.Tensor,
    h: tf.Tensor,
    c: tf.Tensor,
    recurrent_kernel: tf.Tensor,
    activation: Activation,
    recurrent_activation: Activation,
    keep: tf.Tensor | None = None,
) -> tuple[tf.Tensor, tf.Tensor]:
    """LSTM step: ``c' = f * c + i * g`` and ``h' = o * activation(c')``.

    ``i``, ``f`` and ``o`` are ``recurrent_activation``, ``g`` is ``activation`` of their parts of
    ``projected + h . recurrent_kernel``, which holds them in the order i, f, g, o.

    Args:
        projected: ``(batch, 4 units)``.
        h: hidden state ``(batch, units)``.
        c: carry state ``(batch, units)``.
        recurrent_kernel: ``(units, 4 units)``.
        activation: function of the candidate and of the new carry.
        recurrent_activation: function of the gates.
        keep: dropout factors of the hidden state, ``(batch, units)``.

    Returns:
        The new hidden state, which is the output too, and the new carry.
    """
    sums = projected + tf.matmul(_kept(h, keep), recurrent_kernel)
    return _lstm_gates(sums, c, activation, recurrent_activation)


def conv_lstm_step(
    projected: tf.Tensor,
    h: tf.Tensor,
    c: tf.Tensor,
    recurrent_kernel: tf.Tensor,
    activation: Activation,
    recurrent_activation: Activation,
    keep: tf.Tensor | None = None,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Convolutional LSTM step: that of an LSTM, with a convolution in place of the recurrent product.

    Args:
        projected: ``(batch, rows, columns, 4 filters)``.
        h: hidden state ``(batch, rows, columns, filters)``.
        c: carry state of the same shape.
        recurrent_kernel: ``(size, size, filters, 4 filters)``.
        activation: function of the candidate and of the new carry.
        recurrent_activation: function of the gates.
        keep: dropout factors of the hidden state, of its shape.

    Returns:
        The new hidden state, which is the output too, and the new carry.
    """
    sums = projected + convolution.conv(_kept(h, keep), recurrent_kernel, strides=(1, 1), padding="same")
    return _lstm_gates(sums, c, activation, recurrent_activation)


def _lstm_gates(sums, c, activation, recurrent_activation):
    i, f, g, o = tf.split(sums, 4, axis=-1)
    c = recurrent_activation(f) * c + recurrent_activation(i) * activation(g)
    return recurrent_activation(o) * activation(c), c


def gru_step(
    projected: tf.Tensor,
    h: tf.Tensor,
    recurrent_kernel: tf.Tensor,
    recurrent_bias: tf.Tensor | None,
    activation: Activation,
    recurrent_activation: Activation,
    reset_after: bool,
    keep: tf.Tensor | None = None,
) -> tf.Tensor:
    """GRU step: ``h' = z * h + (1 - z) * g`` with update gate ``z``, reset gate ``r`` and candidate ``g``.

    The candidate is ``activation(x_g + (r * h) . U_g)``, or with ``reset_after``
    ``activation(x_g + r * (h . U_g + b_g))``. The order of the parts is z, r, g.

    Args:
        projected: ``(batch, 3 units)``.
        h: state ``(batch, units)``.
        recurrent_kernel: ``(units, 3 units)``.
        recurrent_bias: ``(3 units,)``, of the recurrent product; only with ``reset_after``.
        activation: function of the candidate.
        recurrent_activation: function of the gates.
        reset_after: whether the reset gate multiplies the product instead of the state.
        keep: dropout factors of the state, ``(batch, units)``.

    Returns:
        The new state, which is the output too.
    """
    units = h.shape[-1]
    kept = _kept(h, keep)
    if reset_after:
        recurrent = tf.matmul(kept, recurrent_kernel)
        if recurrent_bias is not None:
            recurrent = tf.nn.bias_add(recurrent, recurrent_bias)
        gates = recurrent_activation(projected[:, : 2 * units] + recurrent[:, : 2 * units])
        z, r = tf.split(gates, 2, axis=-1)
        g = activation(projected[:, 2 * units :] + r * recurrent[:, 2 * units :])
    else:
        of_gates, of_candidate = recurrent_kernel[:, : 2 * units], recurrent_kernel[:, 2 * units :]
        gates = recurrent_activation(projected[:, : 2 * units] + tf.matmul(kept, of_gates))
        z, r = tf.split(gates, 2, axis=-1)
        g = activation(projected[:, 2 * units :] + tf.matmul(r * kept, of_candidate))
    return z * h + (1 - z) * g


def _kept(h: tf.Tensor, keep: tf.Tensor | None) -> tf.Tensor:
    return h if keep is None else h * keep


def from_cudnn(kernel: tf.Tensor, gates: int) -> tf.Tensor:
    """Return a kernel that CuDNN stored as the matrix that the mathematics takes.

    CuDNN read the values of every gate's part as ``(units, n)``, row by row; the product takes them
    transposed.

    Args:
        kernel: ``(n, gates * units)`` as stored.
        gates: number of gates.

    Returns:
        ``(n, gates * units)``.
    """
    n, units = kernel.shape[0], kernel.shape[1] // gates
    parts = tf.transpose(tf.reshape(kernel, (n, gates, units)), (1, 0, 2))
    parts = tf.transpose(tf.reshape(parts, (gates, units, n)), (2, 0, 1))
    return tf.reshape(parts, (n, gates * units))
