"""Lambda."""

from __future__ import annotations

import inspect

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import Layer
from tfk_ext.layers.core import functions
from tfk_ext.registration import register, restored


class _WrongShapeError(ValueError):
    """The function's output is not what ``output_shape`` says."""


@register
class Lambda(Layer):
    """Apply a function of one's own: ``f(x) = function(x, **arguments)``.

    A registered function is saved by its name and restored wherever it is registered. A ``lambda``, or a
    function that is not registered, is saved as compiled code, which is restored only if the caller says
    ``safe_mode=False``, and only by the Python version that saved it.

    Args:
        function: takes the input (a tensor, or a list of them), and ``mask`` and ``training`` if it has
            parameters of these names; returns a tensor or a list of them.
        output_shape: shape of one sample of the output, against which the output is checked; or a function
            from the input's shape to the output's, both with the batch. ``None`` infers it.
        mask: the output's mask: a function of input and mask, or a tensor of booleans; ``None`` for none.
        arguments: dictionary of further arguments for ``function``.
        **kwargs: ``input_shape``, ``name``, ``dtype`` and the like.

    Shapes:
        input: any, or a list of tensors; as the first layer of a model give ``input_shape``.
        output: what ``function`` returns.

    Masking: a mask goes to ``function``, if it has a parameter of this name, and is not passed on; the
        output's is what ``mask`` says.

    Raises:
        ValueError: ``function`` can't be called, ``arguments`` is no dictionary, or the output has not the
            shape that ``output_shape`` says; on restoring, code that the caller did not allow.

    Example:
        >>> tfk_ext.Lambda(lambda x: x ** 2)(np.array([[2.0, 3.0]])).numpy()
        array([[4., 9.]], dtype=float32)
        >>> tfk_ext.Lambda(tf.math.pow, arguments={"y": 3.0})(np.array([[2.0, 3.0]])).numpy()
        array([[ 8., 27.]], dtype=float32)

    Source: the classic documents, ``keras.layers.Lambda``.
    """

    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        if not callable(function):
            checks.fail(self, f"function must be callable, got {function!r}.")
        if arguments is not None and not isinstance(arguments, dict):
            checks.fail(self, f"arguments must be a dictionary, got {arguments!r}.")
        self.function = function
        self.arguments = dict(arguments or {})
        self.mask = mask if mask is None or callable(mask) else np.asarray(mask, bool)
        self._output_shape = output_shape if callable(output_shape) else self._as_shape(output_shape)
        self._takes = {name for name in ("mask", "training") if name in _parameters(function)}
        self.supports_masking = mask is not None

    def _refuse_mask(self, inputs):
        """Take a mask in any case, as documented: the function may use it or not."""

    def _as_shape(self, shape):
        """Return ``output_shape`` as a tuple of sizes, or a list of such tuples for several outputs."""
        if shape is None:
            return None
        if checks.is_integer(shape):
            return (int(shape),)
        if isinstance(shape, (list, tuple, tf.TensorShape)):
            items = list(shape)
            if all(item is None or checks.is_integer(item) for item in items):
                return tuple(items)
            if all(isinstance(item, (list, tuple, tf.TensorShape)) for item in items):
                return [self._as_shape(item) for item in items]
        return checks.fail(
            self, f"output_shape must be a tuple of integers and None or a function, got {shape!r}."
        )

    def call(self, inputs, mask=None, training=None):
        given = {"mask": mask, "training": training}
        outputs = self.function(
            inputs, **self.arguments, **{k: v for k, v in given.items() if k in self._takes}
        )
        if self._output_shape is not None:
            shapes = tf.nest.map_structure(lambda x: tuple(x.shape), inputs)
            self._check(outputs, self._declared(shapes))
        return outputs

    def _check(self, outputs, declared):
        declared = declared if isinstance(declared, list) else [declared]
        found = [tf.TensorShape(x.shape) for x in tf.nest.flatten(outputs)]
        fits = len(found) == len(declared)
        if not fits or not all(f.is_compatible_with(d) for f, d in zip(found, declared)):
            checks.fail(
                self,
                f"output_shape says {', '.join(map(str, declared))} (batch first), but the function returned "
                f"{', '.join(str(tuple(f)) if f.rank is not None else 'an unknown shape' for f in found)}.",
                _WrongShapeError,
            )

    def _declared(self, input_shape):
        """Return the output's shape, or a list of them, as ``output_shape`` says."""
        if callable(self._output_shape):
            shape = self._output_shape(input_shape)
            return list(shape) if shape and isinstance(shape[0], (list, tuple)) else tuple(shape)
        first = input_shape
        while first and isinstance(first, (list, tuple)) and isinstance(first[0], (list, tuple)):
            first = first[0]
        batch = first[0] if first else None
        if isinstance(self._output_shape, list):
            return [(batch, *shape) for shape in self._output_shape]
        return (batch, *self._output_shape)

    def compute_output_shape(self, input_shape):
        if self._output_shape is not None:
            return self._declared(input_shape)
        inputs = _map_shapes(lambda shape: tf.keras.KerasTensor(shape, self.compute_dtype), input_shape)
        spec = tf.keras.Operation.compute_output_spec(self, inputs)
        return tf.nest.map_structure(lambda x: tuple(x.shape), spec)

    def compute_output_spec(self, inputs, mask=None, training=None):
        if self._output_shape is None:
            return tf.keras.Operation.compute_output_spec(self, inputs, mask=mask, training=training)
        shapes = self._declared(tf.nest.map_structure(lambda x: tuple(x.shape), inputs))
        try:
            spec = tf.keras.Operation.compute_output_spec(self, inputs, mask=mask, training=training)
            dtypes = [x.dtype for x in tf.nest.flatten(spec)]
        except _WrongShapeError:
            raise
        except Exception:  # a function that only works on values; `output_shape` stands in for it
            dtypes = [self.compute_dtype] * (len(shapes) if isinstance(shapes, list) else 1)
        if isinstance(shapes, list):
            return [tf.keras.KerasTensor(shape, dtype) for shape, dtype in zip(shapes, dtypes)]
        return tf.keras.KerasTensor(shapes, dtypes[0])

    def compute_mask(self, inputs, mask=None):
        if self.mask is None:
            return None
        return self.mask(inputs, mask) if callable(self.mask) else tf.constant(self.mask)

    def get_config(self):
        shape, mask = self._output_shape, self.mask
        return {
            **super().get_config(),
            "function": functions.dump(self, self.function),
            "output_shape": functions.dump(self, shape) if callable(shape) else shape,
            "mask": functions.dump(self, mask) if callable(mask) else mask if mask is None else mask.tolist(),
            "arguments": {k: functions.dump_value(self, v) for k, v in self.arguments.items()},
        }

    @classmethod
    def from_config(cls, config, custom_objects=None, safe_mode=None):
        """Restore the layer; code in ``config`` only if ``safe_mode`` is ``False`` here or in the loader."""
        config = dict(config)
        for key in ("function", "output_shape", "mask"):
            value = config.get(key)
            if key == "function" or (isinstance(value, dict) and value.get("class_name") != "__tuple__"):
                config[key] = functions.load(cls.__name__, value, custom_objects, safe_mode)
        if config.get("arguments"):
            config["arguments"] = {
                k: functions.restore(cls.__name__, v, custom_objects, safe_mode)
                for k, v in config["arguments"].items()
            }
        for key in ("output_shape", "dtype"):
            if isinstance(config.get(key), (dict, list)):
                config[key] = restored(config[key], custom_objects)
        return cls(**config)


def _parameters(function):
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):  # some built-in functions have none to show
        return ()


def _map_shapes(function, shapes):
    """Apply a function to each shape of a nested structure of lists."""
    if isinstance(shapes, dict):
        return {key: _map_shapes(function, shape) for key, shape in shapes.items()}
    if shapes and isinstance(shapes[0], (list, tuple)):
        return [_map_shapes(function, shape) for shape in shapes]
    return function(tuple(shapes))
