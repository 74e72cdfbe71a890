"""TensorFlowOperation: one function of TensorFlow's as a layer, as functional models of tf.keras held
them."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import Layer
from tfk_ext.layers.legacy.allowed import function_of
from tfk_ext.registration import register


@register
class TensorFlowOperation(Layer):
    """A function of TensorFlow's: ``f(inputs) = function(*args, **kwargs)`` with the inputs put into their
    places.

    Functional models of TensorFlow's own Keras held such layers (``TFOpLambda``, ``SlicingOpLambda``,
    ``TensorFlowOpLayer``) wherever a program used an operation between layers, as in ``x + 1``.

    Args:
        function: public name without ``tf``, such as ``"math.multiply"``, ``"__operators__.getitem"`` or
            ``"raw_ops.AddV2"``; one of those that compute and do nothing else.
        args: positional arguments: values, lists and dictionaries of them, where ``{"tensor": 0}`` stands
            for the
            first input, ``{"slice": [start, stop, step]}`` for a slice and ``{"ellipsis": True}`` for
            ``...``.
        kwargs: arguments by name, in the same form.
        **kwargs: ``name``, ``dtype`` and the like.

    Shapes:
        input: one tensor or a list of them, what the function takes.
        output: what the function returns.

    Masking: takes a mask and passes none on.

    Raises:
        ValueError: ``function`` is not one of those allowed; an argument names an input that is not there.

    Example:
        >>> layer = tfk_ext.layers.legacy.TensorFlowOperation("math.multiply", [{"tensor": 0}], {"y": 2.0})
        >>> layer(np.array([[1.0, 3.0]], "float32")).numpy()
        array([[2., 6.]], dtype=float32)

    Source: TensorFlow's Keras 2, ``TFOpLambda``.
    """

    def __init__(self, function, args=(), kwargs=None, **options):
        # The function gets its inputs as they are: indices must not become floating numbers.
        options["autocast"] = False
        super().__init__(**options)
        if not isinstance(function, str) or function_of(function) is None:
            checks.fail(
                self,
                "function must be the public name of a mathematical function of TensorFlow's, such as "
                f"'math.reduce_sum', got {function!r}.",
            )
        if kwargs is not None and not isinstance(kwargs, dict):
            checks.fail(self, f"kwargs must be a dictionary, got {kwargs!r}.")
        if not isinstance(args, Sequence) or isinstance(args, str):
            checks.fail(self, f"args must be a list, got {args!r}.")
        self.function = function
        self._args = list(args)
        self._kwargs = dict(kwargs or {})
        self.built = True

    def _refuse_mask(self, inputs):
        """Take a mask in any case, as these layers did."""

    def call(self, inputs):
        inputs = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        args = [self._filled(value, inputs) for value in self._args]
        kwargs = {name: self._filled(value, inputs) for name, value in self._kwargs.items()}
        function = function_of(self.function)
        assert function is not None, "the constructor checks it"
        outputs = function(*args, **kwargs)
        return list(outputs) if isinstance(outputs, tuple) else outputs

    def _filled(self, value, inputs):
        """Return an argument with the inputs in their places."""
        if isinstance(value, dict):
            if set(value) == {"tensor"}:
                if not (checks.is_integer(value["tensor"]) and 0 <= value["tensor"] < len(inputs)):
                    checks.fail(
                        self, f"there are {len(inputs)} inputs, got a place for number {value['tensor']!r}."
                    )
                return inputs[value["tensor"]]
            if set(value) == {"slice"}:
                return slice(*(self._filled(v, inputs) for v in value["slice"]))
            if set(value) == {"ellipsis"}:
                return Ellipsis
            return {name: self._filled(v, inputs) for name, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._filled(v, inputs) for v in value]
        return value

    def compute_output_shape(self, input_shape):
        several = bool(input_shape) and isinstance(input_shape[0], (list, tuple))
        shapes = input_shape if several else [input_shape]
        inputs = [tf.keras.KerasTensor(shape, self.compute_dtype) for shape in shapes]
        spec = self.compute_output_spec(inputs if several else inputs[0])
        return tf.nest.map_structure(lambda x: tuple(x.shape), spec)

    def compute_output_spec(self, inputs, *args, **kwargs):
        # From the function itself: the shape alone does not tell the dtype.
        return tf.keras.Operation.compute_output_spec(self, inputs)

    def compute_mask(self, inputs, mask=None):
        return None

    def get_config(self):
        return {**super().get_config(), "function": self.function, "args": self._args, "kwargs": self._kwargs}
