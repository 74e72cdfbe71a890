"""Patches times matrices of their own, a few positions at a time.

``sum(y * outputs(x, kernel))`` is linear in each of its three arguments, and its derivative with respect to
one of them is a function of the other two: :func:`outputs`, :func:`input_gradient` and
:func:`kernel_gradient`. So the gradients of each of the three are the other two, to any order.

The patches of all positions would be many times the input (500 MB for 63 x 63 pixels, 16 channels, a window
of 9 x 9 and a batch of 32), and memory that is new in each call costs more than the products do. So positions
are taken a few at a time: their patches fit into the caches, take the memory of those before, and are
gathered again on the way back.

The batch is the last axis of an image here. A gathered row (all channels and samples of one site) is
contiguous, and the patches are operands of the products as they lie.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

# Values in the patches (or the matrices) of the positions that are taken at a time: 4 MB of float32. A
# quarter of that makes a training step 1.3 times as long. Gradients of less than 32 MB are left whole.
AT_A_TIME = 2**20
WHOLE = 2**23
# Positions up to which each is multiplied by an operation of its own, and the values of a matrix from which
# on. TensorFlow multiplies single matrices up to 1.5 times as fast as batches of them.
SINGLE, LARGE = 16, 2**13
# Values in the matrices from which on XLA compiles the products of a gradient (50 ms).
COMPILED = 2**18
USUAL_BATCH = 32  # where it isn't known


@dataclass(frozen=True)
class Patches:
    """Which sites each position sees.

    ``index`` is ``(positions, taps)``; ``sites``, the number of them, stands for padding. The features of a
    patch are taps then channels, or in ``channels_first`` channels then taps.
    """

    index: np.ndarray
    sites: int
    channels_first: bool = False

    @property
    def positions(self) -> int:
        return self.index.shape[0]

    @property
    def taps(self) -> int:
        return self.index.shape[1]

    @property
    def padded(self) -> bool:
        return bool(self.index.max() == self.sites)

    def inverse(self) -> np.ndarray:
        """Return ``(sites, taps)``: the position that sees a site with a tap, ``positions`` for none."""
        found = np.full((self.sites + 1, self.taps), self.positions, np.int32)
        for tap in range(self.taps):
            found[self.index[:, tap], tap] = np.arange(self.positions)
        return found[: self.sites]

    def reach(self, chunk: int) -> tuple[np.ndarray, int, np.ndarray]:
        """Return what so many positions at a time see.

        Returns:
            The first site that each chunk sees, how many it reaches over (as many for all), and the
            index within these, -1 for padding.
        """
        if chunk == self.positions:
            return np.zeros(1, int), self.sites, np.where(self.index < self.sites, self.index, -1)
        parts = [self.index[i : i + chunk] for i in range(0, self.positions, chunk)]
        inside = [part[part < self.sites] for part in parts]
        count = max(int(part.max() - part.min()) + 1 for part in inside)
        first = np.array([min(int(part.min()), self.sites - count) for part in inside])
        within = self.index - np.repeat(first, chunk)[: self.positions, None]
        return first, count, np.where(self.index < self.sites, within, -1).astype(np.int32)


# --- the three functions --------------------------------------------------------------------------------


def outputs(patches: Patches, x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Multiply each position's patch with its matrix: ``y[p] = patch(x, p) . kernel[p]``.

    Args:
        patches: which sites the positions see.
        x: ``(sites, channels, batch)``; all but the batch known.
        kernel: ``(positions, features, filters)``.

    Returns:
        ``(positions, batch, filters)``.
    """

    def gradients(x, kernel, d):
        return input_gradient(patches, kernel, d), kernel_gradient(patches, x, d)

    return _bilinear(_outputs, gradients, patches, x, kernel)


def input_gradient(patches: Patches, kernel: tf.Tensor, d: tf.Tensor) -> tf.Tensor:
    """Return the gradient by the input of :func:`outputs`, given ``d``, that by its result."""

    def gradients(kernel, d, upstream):
        return kernel_gradient(patches, upstream, d), outputs(patches, upstream, kernel)

    return _bilinear(_input_gradient, gradients, patches, kernel, d)


def kernel_gradient(patches: Patches, x: tf.Tensor, d: tf.Tensor) -> tf.Tensor:
    """Return the gradient by the kernel of :func:`outputs`, given ``d``, that by its result."""

    def gradients(x, d, upstream):
        return input_gradient(patches, upstream, d), outputs(patches, x, upstream)

    return _bilinear(_kernel_gradient, gradients, patches, x, d)


def _bilinear(function, gradients, patches, *pair):
    """Return ``function(patches, *pair)``; ``gradients(*pair, upstream)`` are those by the pair."""

    @tf.custom_gradient
    def run(*pair):
        return function(patches, *pair), functools.partial(gradients, *pair)

    return run(*pair)


def size(batch: int | None, features: int, filters: int) -> int:
    """Return the values of a patch or of its matrix, whichever is larger."""
    return features * max(batch or USUAL_BATCH, filters)


# --- how they are computed ------------------------------------------------------------------------------


def _outputs(patches, x, kernel):
    _, features, filters = kernel.shape
    gather, batch = _gathering(patches, x), x.shape[-1]

    def some(start, count):
        return _each(gather(start, count), _part(kernel, start, count))

    # The matrices are there already: only patches have to fit.
    most = SINGLE if features * filters >= LARGE else None
    chunk = _chunk(patches.positions, features * (batch or USUAL_BATCH), AT_A_TIME, most)
    return _joined(some, patches.positions, chunk, (batch, filters), kernel.dtype)


def _kernel_gradient(patches, x, d):
    gather, filters = _gathering(patches, x), d.shape[-1]
    features = patches.taps * x.shape[1]

    def some(start, count):
        return _multiplied(gather(start, count), _part(d, start, count), features * filters)

    chunk = _chunk(patches.positions, size(x.shape[-1], features, filters))
    return _joined(some, patches.positions, chunk, (features, filters), d.dtype)


def _input_gradient(patches, kernel, d):
    channels, filters = kernel.shape[1] // patches.taps, kernel.shape[2]
    # Where the matrices of what sees a site are the smaller part, the patches' gradient is never there.
    if 4 * filters * patches.sites <= 3 * channels * patches.positions:
        return _collected(patches, kernel, d, channels)
    return _scattered(patches, kernel, d, channels)


def _scattered(patches, kernel, d, channels):
    """Sum the gradients by the patches: for some positions by the sites that they see, then all of these."""
    batch, (positions, taps) = _batch(d, 1), patches.index.shape
    chunk = _chunk(positions, size(d.shape[1], *kernel.shape[1:]))
    first, reach, within = patches.reach(chunk)
    within = tf.constant(within)

    def some(start, count):
        values = kernel.shape[1] * kernel.shape[2]
        found = _multiplied(_part(kernel, start, count), _part(d, start, count), values, transpose_b=True)
        found = _turned(patches, found, channels, batch, back=True)
        rows = tf.reshape(found, (count * taps, channels * batch))
        return tf.math.unsorted_segment_sum(rows, tf.reshape(_part(within, start, count), [-1]), reach)

    parts = _parts(
        some, positions, chunk, (reach, None if d.shape[1] is None else channels * batch), kernel.dtype
    )
    if len(first) > 1:
        sites = (first[:, None] + np.arange(reach)).astype(np.int32).ravel()
        parts = tf.math.unsorted_segment_sum(tf.reshape(parts, (-1, channels * batch)), sites, patches.sites)
    return tf.reshape(parts, (patches.sites, channels, batch))


def _collected(patches, kernel, d, channels):
    """Multiply for each site the matrices of all that see it with what came of them."""
    taps, filters = patches.taps, kernel.shape[2]
    batch, inverse = _batch(d, 1), patches.inverse()
    seen = inverse < patches.positions
    tap, channel = np.arange(taps), np.arange(channels)[:, None]
    # A row of the kernel for each channel and tap; what nobody sees is multiplied with zeros.
    row = (channel * taps + tap) if patches.channels_first else (tap * channels + channel)
    first = tf.constant(np.where(seen, inverse, 0)[:, None, :] * (taps * channels))
    row, inverse = tf.constant(row.astype(np.int32)), tf.constant(inverse)
    rows = tf.reshape(kernel, (-1, filters))
    d = tf.reshape(tf.pad(tf.transpose(d, (0, 2, 1)), ((0, 1), (0, 0), (0, 0))), (-1, filters * batch))

    def some(start, count):
        matrices = tf.gather(rows, _part(first, start, count) + row)
        came = tf.gather(d, _part(inverse, start, count))
        return _multiplied(
            tf.reshape(matrices, (count, channels, taps * filters)),
            tf.reshape(came, (count, taps * filters, batch)),
            channels * taps * filters,
        )

    known = None if isinstance(batch, tf.Tensor) else batch
    chunk = _chunk(patches.sites, size(known, taps * filters, channels))
    return _joined(some, patches.sites, chunk, (channels, known), kernel.dtype)


def _each(patches, kernel):
    """Return ``(count, batch, filters)``, the product of ``(count, features, batch)`` and the matrices."""
    count, features, filters = kernel.shape
    if count > SINGLE or features * filters < LARGE:
        return tf.matmul(patches, kernel, transpose_a=True)
    pairs = zip(tf.unstack(patches, count), tf.unstack(kernel, count))
    return tf.stack([tf.matmul(patch, matrix, transpose_a=True) for patch, matrix in pairs])


def _multiplied(a, b, values, transpose_b=False):
    """Return the products of a gradient, of so many values in a layer's matrix.

    XLA multiplies batches of matrices up to 2 times as fast.
    """
    if a.shape[0] * values < COMPILED or _on_gpu() or not _compiles():
        return tf.matmul(a, b, transpose_b=transpose_b)
    found = _compiled(a.dtype, transpose_b)(a, b)
    found.set_shape((a.shape[0], a.shape[1], b.shape[1 if transpose_b else 2]))
    return found


@functools.cache
def _compiled(dtype, transpose_b):
    """Return the product as a function for all shapes: XLA compiles one when it meets it."""
    matrices = tf.TensorSpec((None, None, None), dtype)
    return tf.function(
        lambda a, b: tf.matmul(a, b, transpose_b=transpose_b),
        input_signature=[matrices, matrices],
        jit_compile=True,
    )


@functools.cache
def _compiles():
    """Tell whether XLA is to be had: not every build of TensorFlow has it."""
    try:
        with tf.init_scope():
            tf.function(lambda x: x + x, jit_compile=True, autograph=False)(tf.ones(()))
    except tf.errors.OpError:
        return False
    return True


def _on_gpu():
    """Tell whether there is a GPU: it needs neither chunks nor XLA (which not all of them have)."""
    return bool(tf.config.list_logical_devices("GPU"))


def _gathering(patches, x):
    """Return a function that gives some positions' patches, ``(count, features, batch)``."""
    channels, batch = x.shape[1], _batch(x, 2)
    index, rows = tf.constant(patches.index), tf.reshape(x, (patches.sites, channels * batch))
    if patches.padded:
        rows = tf.pad(rows, ((0, 1), (0, 0)))

    def gather(start, count):
        return _turned(patches, tf.gather(rows, _part(index, start, count)), channels, batch)

    return gather


def _turned(patches, values, channels, batch, back=False):
    """Put taps and channels of some patches into the features' order, or back: ``(count, -1, batch)``."""
    taps, count = patches.taps, values.shape[0]
    if patches.channels_first:
        parted = (channels, taps) if back else (taps, channels)
        values = tf.transpose(tf.reshape(values, (count, *parted, batch)), (0, 2, 1, 3))
    return tf.reshape(values, (count, taps * channels, batch))


# --- chunks ---------------------------------------------------------------------------------------------


def _joined(some: Callable, count: int, chunk: int, shape: tuple, dtype: tf.DType) -> tf.Tensor:
    """Return ``(count, *shape)``: what ``some(start, number)`` gives for some positions (or sites) at a time.

    Args:
        some: returns ``(number, *shape)``.
        count: how many there are.
        chunk: how many are taken at a time.
        shape: the shape of one's result.
        dtype: of the result.
    """

    def filled(start, number):
        found = some(start, number)
        return found if number == chunk else tf.pad(found, ((0, chunk - number), (0, 0), (0, 0)))

    parts = _parts(filled, count, chunk, (chunk, *shape), dtype)
    known = [tf.shape(parts)[axis] if n is None else n for axis, n in enumerate(shape, 2)]
    return tf.reshape(parts, (-1, *known))[:count]


def _parts(some: Callable, count: int, chunk: int, shape: tuple, dtype: tf.DType) -> tf.Tensor:
    """Return ``(chunks, *shape)``: what ``some(start, number)`` gives of that shape for each chunk."""
    whole, rest = divmod(count, chunk)
    if whole == 1 and not rest:
        return some(0, count)[None]
    array = tf.TensorArray(dtype, whole + bool(rest), element_shape=shape)
    _, array = tf.while_loop(
        lambda i, _: i < whole,
        lambda i, array: (i + 1, array.write(i, some(i * chunk, chunk))),
        (0, array),
        maximum_iterations=whole,
        parallel_iterations=2,
    )
    if rest:
        array = array.write(whole, some(whole * chunk, rest))
    return array.stack()


def _chunk(count, values, whole=None, most=None):
    """Return how many to take at a time: no rest is left if a number nearly as large has none.

    Args:
        count: how many there are.
        values: those that one of them takes.
        whole: values in all of them up to which they are not parted, ``WHOLE`` if not told.
        most: at most so many at a time if they are.
    """
    if count * values <= (whole or WHOLE) or _on_gpu():
        return count
    fitting = max(1, min(AT_A_TIME // values, most or count))
    return max(range(-(-fitting // 2), fitting + 1), key=lambda chunk: (count % chunk == 0, chunk))


def _part(x, start, count):
    """Return ``count`` entries from ``start`` on; they are not copied."""
    others = x.shape.rank - 1
    part = tf.slice(x, [start] + [0] * others, [count] + [-1] * others)
    part.set_shape((count, *x.shape[1:]))
    return part


def _batch(x, axis):
    return tf.shape(x)[axis] if x.shape[axis] is None else x.shape[axis]
