"""Making tensors and variables, and asking what they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext.backend.config import floatx
from tfk_ext.backend.operation import operation

_SYMBOLIC = (
    tf.Tensor,
    tf.Variable,
    tf.keras.Variable,
    tf.SparseTensor,
    tf.RaggedTensor,
    tf.keras.KerasTensor,
)


def tensor(x: Any, dtype: Any = None) -> Any:
    """Return ``x`` as a tensor; sparse and ragged ones stay what they are."""
    if isinstance(x, (tf.SparseTensor, tf.RaggedTensor)):
        return x
    return tf.convert_to_tensor(x, dtype=dtype)


def pair(x: Any, y: Any) -> tuple[Any, Any]:
    """Return two operands in one dtype: a number or NumPy array takes the tensor's, two tensors the wider."""
    if not isinstance(x, _SYMBOLIC) and isinstance(y, _SYMBOLIC):
        return tensor(x, y.dtype), tensor(y)
    x = tensor(x)
    if not isinstance(y, _SYMBOLIC):
        return x, tensor(y, x.dtype)
    y = tensor(y)
    if x.dtype != y.dtype:
        dtype = tf.keras.backend.result_type(x.dtype.name, y.dtype.name)
        return tf.cast(x, dtype), tf.cast(y, dtype)
    return x, y


def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Any:
    """Make a variable.

    It is a ``tf.keras.Variable``: an attribute of a layer that holds it is a weight of the layer, and a model
    in whose graph it is used trains and saves it.

    Args:
        value: its first value: an array, a tensor or a number.
        dtype: ``None`` for ``floatx()``.
        name: its name.
        constraint: function applied to it after each update.

    Example:
        >>> tfk_ext.backend.eval(tfk_ext.backend.variable([[1.0, 2.0]]))
        array([[1., 2.]], dtype=float32)
    """
    if isinstance(value, tf.SparseTensor) or hasattr(value, "tocoo"):
        raise ValueError(
            "K.variable: TensorFlow has no sparse variables; make it dense, or keep the tf.SparseTensor."
        )
    dtype = tf.as_dtype(dtype or floatx())
    first = tf.cast(value, dtype) if is_tensor(value) else np.asarray(value, dtype.as_numpy_dtype)
    made = tf.keras.Variable(first, dtype=dtype.name, name=name)
    made.constraint = tf.keras.constraints.get(constraint)
    return made


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> tf.Tensor:
    """Make a tensor of a fixed value, of ``floatx()`` unless ``dtype`` says otherwise.

    Example:
        >>> tfk_ext.backend.constant([1, 2]).numpy()
        array([1., 2.], dtype=float32)
    """
    return tf.constant(value, dtype=dtype or floatx(), shape=shape, name=name or "Const")


def placeholder(
    shape: Any = None,
    ndim: int | None = None,
    dtype: Any = None,
    sparse: bool = False,
    name: str | None = None,
    ragged: bool = False,
) -> Any:
    """Make an input of a model, the batch axis included: a KerasTensor, as ``Input`` gives.

    Args:
        shape: its shape with the batch.
        ndim: number of axes, if the shape is not known.
        dtype: ``None`` for ``floatx()``.
        sparse: a sparse tensor.
        name: its name.
        ragged: Keras 3 has no ragged inputs in functional models for this: an error.

    Example:
        >>> tfk_ext.backend.placeholder(shape=(2, 4, 5)).shape
        (2, 4, 5)
    """
    if sparse and ragged:
        raise ValueError("placeholder: sparse and ragged can't both be set.")
    if ragged:
        raise ValueError("placeholder: ragged=True can't be had; use tf.keras.Input(..., ragged=True).")
    if shape is None:
        if ndim is None:
            raise ValueError("placeholder: give shape, or ndim.")
        shape = (None,) * int(ndim)
    full = tuple(shape)
    if not full:
        raise ValueError(
            "placeholder: shape () has no batch axis; use a variable or a constant for a scalar."
        )
    return tf.keras.Input(
        shape=full[1:],
        batch_size=full[0],
        dtype=tf.as_dtype(dtype or floatx()).name,
        sparse=sparse,
        name=name,
    )


def is_keras_tensor(x: Any) -> bool:
    """Tell whether ``x`` is a tensor of a Keras model's graph.

    Raises:
        ValueError: ``x`` is no tensor at all.

    Example:
        >>> K = tfk_ext.backend
        >>> K.is_keras_tensor(K.variable(np.array([1, 2])))
        False
        >>> K.is_keras_tensor(tf.keras.Input([10]))
        True
        >>> K.is_keras_tensor(np.array([1, 2]))
        Traceback (most recent call last):
        ...
        ValueError: Unexpectedly found an instance of type `<class 'numpy.ndarray'>`. Expected a symbolic ...
    """
    if not isinstance(x, _SYMBOLIC):
        raise ValueError(
            f"Unexpectedly found an instance of type `{type(x)}`. Expected a symbolic tensor instance."
        )
    return isinstance(x, tf.keras.KerasTensor)


def is_placeholder(x: Any) -> bool:
    """Tell whether ``x`` is an input of a model: what :func:`placeholder` and ``Input`` return."""
    if not isinstance(x, tf.keras.KerasTensor):
        return False
    sources = tf.keras.utils.get_source_inputs(x)
    return len(sources) == 1 and sources[0] is x


def is_tensor(x: Any) -> bool:
    """Tell whether ``x`` is a tensor or variable of TensorFlow or Keras."""
    return isinstance(x, _SYMBOLIC)


def is_variable(x: Any) -> bool:
    """Tell whether ``x`` is a variable."""
    return isinstance(x, (tf.Variable, tf.keras.Variable))


def is_sparse(tensor: Any) -> bool:
    """Tell whether a tensor is sparse."""
    return isinstance(tensor, tf.SparseTensor) or bool(getattr(tensor, "sparse", False))


@operation
def to_dense(tensor: Any) -> Any:
    """Turn a sparse tensor into a dense one; any other is returned as it is."""
    return tf.sparse.to_dense(tensor) if isinstance(tensor, tf.SparseTensor) else tensor


@operation
def shape(x: Any) -> Any:
    """Return the shape as a tensor of integers; :func:`int_shape` tells what is known without the values."""
    return tf.shape(x)


def int_shape(x: Any) -> tuple[int | None, ...] | None:
    """Return the shape as a tuple, ``None`` for an axis that is not known.

    Example:
        >>> tfk_ext.backend.int_shape(tf.keras.Input((3, 4)))
        (None, 3, 4)
    """
    known = getattr(x, "shape", None)
    known = np.shape(x) if known is None else known
    if isinstance(known, tf.TensorShape):
        return None if known.rank is None else tuple(known.as_list())
    return tuple(known)


def ndim(x: Any) -> int | None:
    """Return the number of axes."""
    known = int_shape(x)
    return None if known is None else len(known)


def dtype(x: Any) -> str:
    """Return the dtype's name.

    Example:
        >>> tfk_ext.backend.dtype(tf.keras.Input((3,)))
        'float32'
    """
    return tf.as_dtype(x.dtype).name


def count_params(x: Any) -> int:
    """Return the number of elements, all axes being known.

    Example:
        >>> tfk_ext.backend.count_params(tfk_ext.backend.zeros((2, 3)))
        6
    """
    return int(np.prod(tuple(x.shape), dtype=np.int64))


@operation
def cast(x: Any, dtype: Any) -> Any:
    """Return ``x`` in another dtype."""
    return tf.cast(x, dtype)


def _filled(value: Any, name: str | None) -> Any:
    return variable(value, value.dtype, name) if value.shape.is_fully_defined() else value


def zeros(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Make a variable of zeros (a tensor, where the shape is one that is only known as values).

    Example:
        >>> tfk_ext.backend.eval(tfk_ext.backend.zeros((2, 2)))
        array([[0., 0.],
               [0., 0.]], dtype=float32)
    """
    return _filled(tf.zeros(shape, dtype or floatx()), name)


def ones(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Make a variable of ones, as :func:`zeros`."""
    return _filled(tf.ones(shape, dtype or floatx()), name)


def eye(size: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Make a variable that holds an identity matrix; ``size`` is a number or two."""
    rows, columns = size if isinstance(size, (tuple, list)) else (size, None)
    return _filled(tf.eye(rows, columns, dtype=dtype or floatx()), name)


@operation
def zeros_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Return zeros of the shape, and unless ``dtype`` is given of the dtype, of ``x``."""
    return tf.zeros_like(tensor(x), dtype, name=name)


@operation
def ones_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Return ones of the shape, and unless ``dtype`` is given of the dtype, of ``x``."""
    return tf.ones_like(tensor(x), dtype, name=name)


@operation
def identity(x: Any, name: str | None = None) -> Any:
    """Return a tensor of the values of ``x``."""
    return tf.identity(tensor(x), name=name)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: str = "int32") -> tf.Tensor:
    """Return evenly spaced numbers, ``start`` included and ``stop`` not; one argument alone is ``stop``.

    Example:
        >>> tfk_ext.backend.arange(3).numpy()
        array([0, 1, 2], dtype=int32)
    """
    if stop is None and not tf.is_tensor(start) and start < 0:
        start = 0
    result = tf.range(start, limit=stop, delta=step) if stop is not None else tf.range(start, delta=step)
    return result if dtype == "int32" else tf.cast(result, dtype)
