"""Layers in plain NumPy, as the documents of Keras 1 and 2 define them: what the composed golden files must
compute."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def hard_sigmoid(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def relu(x):
    return np.maximum(x, 0)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def dense(x, kernel, bias=0.0):
    return x @ kernel + bias


def correlate(x, kernel, strides=(1, 1), pads=((0, 0), (0, 0)), rates=(1, 1)):
    """``x``: (batch, rows, columns, channels); ``kernel``: (rows, columns, channels, filters)."""
    x = np.pad(x, ((0, 0), *pads, (0, 0)))
    spans = [(k - 1) * r + 1 for k, r in zip(kernel.shape, rates)]
    sizes = [(n - span) // s + 1 for n, span, s in zip(x.shape[1:3], spans, strides)]
    out = np.zeros((len(x), *sizes, kernel.shape[3]))
    for i in range(sizes[0]):
        for j in range(sizes[1]):
            top, left = i * strides[0], j * strides[1]
            window = x[:, top : top + spans[0] : rates[0], left : left + spans[1] : rates[1]]
            out[:, i, j] = np.tensordot(window, kernel, 3)
    return out


def convolve(x, kernel, strides=(1, 1), pads=((0, 0), (0, 0))):
    """What Theano computed: the kernel is turned over first."""
    return correlate(x, kernel[::-1, ::-1], strides, pads)


def same(size, kernel, stride):
    """TensorFlow's padding of one axis."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def transposed(x, kernel, strides, size, pads):
    """Transposed correlation; ``kernel``: (rows, columns, filters, channels); ``pads``: cut off before each
    axis."""
    batch, rows, columns, _ = x.shape
    full = np.zeros(
        (
            batch,
            (rows - 1) * strides[0] + kernel.shape[0] + size[0],
            (columns - 1) * strides[1] + kernel.shape[1] + size[1],
        )
        + (kernel.shape[2],)
    )
    for i in range(rows):
        for j in range(columns):
            patch = np.einsum("bc,uvfc->buvf", x[:, i, j], kernel)
            top, left = i * strides[0], j * strides[1]
            full[:, top : top + kernel.shape[0], left : left + kernel.shape[1]] += patch
    return full[:, pads[0] : pads[0] + size[0], pads[1] : pads[1] + size[1]]


def pool(x, size, strides, reduce=np.max, pads=((0, 0), (0, 0))):
    """Pooling where only what lies inside of the image counts."""
    x = np.pad(x, ((0, 0), *pads, (0, 0)), constant_values=np.nan)
    sizes = [(n - k) // s + 1 for n, k, s in zip(x.shape[1:3], size, strides)]
    out = np.zeros((len(x), *sizes, x.shape[3]))
    nan_reduce = np.nanmax if reduce is np.max else np.nanmean
    for i in range(sizes[0]):
        for j in range(sizes[1]):
            top, left = i * strides[0], j * strides[1]
            window = x[:, top : top + size[0], left : left + size[1]]
            out[:, i, j] = nan_reduce(window, axis=(1, 2))
    return out


def normalize(x, gamma, beta, mean, variance, epsilon, axis=-1):
    shape = [1] * x.ndim
    shape[axis] = -1
    gamma, beta, mean, variance = (np.reshape(a, shape) for a in (gamma, beta, mean, variance))
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def simple_rnn(x, w, u, b, activation=np.tanh, sequences=False):
    h, out = np.zeros((len(x), u.shape[0])), []
    for t in range(x.shape[1]):
        h = activation(x[:, t] @ w + h @ u + b)
        out.append(h)
    return np.stack(out, 1) if sequences else h


def lstm(x, gates, gate=hard_sigmoid, activation=np.tanh, sequences=False, mask=None):
    """``gates``: the triples (W, U, b) of input, forget, candidate and output."""
    units = gates[0][1].shape[0]
    h, c, out = np.zeros((len(x), units)), np.zeros((len(x), units)), []
    for t in range(x.shape[1]):
        i, f, g, o = (x[:, t] @ w + h @ u + b for w, u, b in gates)
        new = gate(f) * c + gate(i) * activation(g)
        hidden = gate(o) * activation(new)
        keep = np.ones((len(x), 1), bool) if mask is None else mask[:, t : t + 1]
        h, c = np.where(keep, hidden, h), np.where(keep, new, c)
        out.append(h)
    return np.stack(out, 1) if sequences else h


def gru(x, gates, gate=hard_sigmoid, activation=np.tanh, sequences=False):
    """``gates``: the triples (W, U, b) of update, reset and candidate; the reset comes before the product."""
    h, out = np.zeros((len(x), gates[0][1].shape[0])), []
    (wz, uz, bz), (wr, ur, br), (wh, uh, bh) = gates
    for t in range(x.shape[1]):
        z = gate(x[:, t] @ wz + h @ uz + bz)
        r = gate(x[:, t] @ wr + h @ ur + br)
        g = activation(x[:, t] @ wh + (r * h) @ uh + bh)
        h = z * h + (1 - z) * g
        out.append(h)
    return np.stack(out, 1) if sequences else h


def gru_reset_after(x, gates, activation=np.tanh, sequences=False):
    """``gates``: (W, U, b, d) of update, reset and candidate, as CuDNN computes it."""
    h, out = np.zeros((len(x), gates[0][1].shape[0])), []
    (wz, uz, bz, dz), (wr, ur, br, dr), (wh, uh, bh, dh) = gates
    for t in range(x.shape[1]):
        z = sigmoid(x[:, t] @ wz + bz + h @ uz + dz)
        r = sigmoid(x[:, t] @ wr + br + h @ ur + dr)
        g = activation(x[:, t] @ wh + bh + r * (h @ uh + dh))
        h = z * h + (1 - z) * g
        out.append(h)
    return np.stack(out, 1) if sequences else h


def conv_lstm(x, gates, pads, gate=hard_sigmoid):
    """``x``: (batch, time, rows, columns, channels); ``gates``: (W, U, b) of input, forget, candidate and
    output."""
    h = c = None
    for t in range(x.shape[1]):
        parts = [correlate(x[:, t], w, pads=pads) + b for w, _, b in gates]
        if h is None:
            h = c = np.zeros(parts[0].shape)
        around = [same(n, k, 1) for n, k in zip(h.shape[1:3], gates[0][1].shape)]
        i, f, g, o = (p + correlate(h, u, pads=around) for p, (_, u, _) in zip(parts, gates))
        c = gate(f) * c + gate(i) * np.tanh(g)
        h = gate(o) * np.tanh(c)
    return h
