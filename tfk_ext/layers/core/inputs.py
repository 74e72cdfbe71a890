"""Input."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks


def Input(  # noqa: N802 - the documented name
    shape=None,
    batch_shape=None,
    name=None,
    dtype=None,
    sparse=False,
    tensor=None,
    batch_size=None,
    ragged=False,
    optional=False,
):
    """Make the symbolic tensor that a model begins with.

    Args:
        shape: shape of one sample, ``None`` for axes of any size; an integer stands for ``(shape,)``.
        batch_shape: shape with the batch axis in front, instead of ``shape``.
        name: name of the input.
        dtype: dtype of the input, ``None`` for that of the Keras configuration.
        sparse: whether the input is a sparse tensor.
        tensor: a symbolic tensor to wrap; shape and dtype are taken from it.
        batch_size: the batch axis alone, together with ``shape``.
        ragged: whether the input is a ragged tensor.
        optional: whether ``None`` may be passed for the input.

    Returns:
        A ``tf.keras.KerasTensor``.

    Raises:
        ValueError: neither or both of ``shape`` and ``batch_shape`` are given, or one of them is no shape;
            ``tensor`` holds values.

    Example:
        >>> tfk_ext.Input(shape=(32,)).shape
        (None, 32)
        >>> tfk_ext.Input(batch_shape=(8, 32), dtype="int32").dtype
        'int32'
    """
    if tensor is not None and not tf.keras.backend.is_keras_tensor(tensor):
        checks.fail(
            "Input",
            f"tensor must be a symbolic Keras tensor, got {type(tensor).__name__}; a tensor with values "
            "can't be the input of a model: call the model on it.",
        )
    if tensor is None and (shape is None) == (batch_shape is None):
        checks.fail(
            "Input", f"give either shape or batch_shape, got shape={shape!r}, batch_shape={batch_shape!r}."
        )
    options = {"name": name, "dtype": dtype, "sparse": sparse or None, "tensor": tensor}
    if optional:
        options["optional"] = True
    if ragged:
        options["ragged"] = True
    if batch_shape is not None:
        if batch_size is not None:
            checks.fail("Input", "give the batch size in batch_shape or in batch_size, not in both.")
        return tf.keras.Input(batch_shape=_checked("batch_shape", batch_shape), **options)
    shape = None if shape is None else _checked("shape", shape)
    return tf.keras.Input(shape=shape, batch_size=batch_size, **options)


def _checked(name, shape):
    sizes = (shape,) if checks.is_integer(shape) else shape
    if isinstance(sizes, tf.TensorShape):
        sizes = sizes.as_list()
    good = isinstance(sizes, (list, tuple))
    if not good or not all(s is None or (checks.is_integer(s) and s >= 0) for s in sizes):
        checks.fail("Input", f"{name} must be a tuple of integers and None, got {shape!r}.")
    return tuple(None if s is None else int(s) for s in sizes)
