"""What lets a backend function take a KerasTensor: it becomes a layer of the functional model.

A function decorated with :func:`operation` computes at once on tensors, variables, NumPy arrays and numbers.
Where one of its arguments is, or holds, a KerasTensor, a :class:`BackendFunction` layer is put into the
model's graph instead. The layer stores the function's name, which must be one of :data:`OPERATIONS`, and its
other arguments, so that a saved model restores it by name and no code is read from a file.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from tfk_ext.backend import arguments, closures, phase
from tfk_ext.backend.captured import captured
from tfk_ext.compat.spellings import TABLE
from tfk_ext.compat.spellings.calls import accept_old_spellings
from tfk_ext.registration import register

# Every function that a file may name, by its name.
OPERATIONS: dict[str, Callable] = {}

_NAMESPACE = "tfk_ext.backend."

# Functions that XLA can't compile: a model that holds one trains and predicts without it.
_NOT_COMPILED: set[str] = set()


def operation(function: Callable | None = None, *, jit: bool = True) -> Any:
    """Make a function of tensors one that takes KerasTensors too.

    Args:
        function: a function of tensors and of values that can be stored (numbers, strings, arrays, lists,
            tuples, dictionaries and functions of these). If it has a parameter ``training``, that says in a
            model whether it is being trained.
        jit: whether XLA can compile it.
    """
    if function is None:
        return functools.partial(operation, jit=jit)
    name = function.__name__
    if not jit:
        _NOT_COMPILED.add(name)
    signature = inspect.signature(function)

    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        if holds_keras_tensor(args) or holds_keras_tensor(kwargs):
            return _symbolic(name, dict(signature.bind(*args, **kwargs).arguments))
        return function(*args, **kwargs)

    owner = f"backend.{name}"
    result = accept_old_spellings(wrapped, owner=owner) if owner in TABLE else wrapped
    OPERATIONS[name] = result
    return result


def holds_keras_tensor(value: Any) -> bool:
    """Tell whether a value is a KerasTensor or a nested structure with one in it."""
    return next(_keras_tensors(value), None) is not None


def _keras_tensors(value: Any) -> Iterator[Any]:
    if isinstance(value, tf.keras.KerasTensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _keras_tensors(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _keras_tensors(item)


def _symbolic(name: str, given: dict[str, Any]) -> Any:
    """Put a call of the function into the graph of the KerasTensors among its arguments."""
    anchor = next(_keras_tensors(given))
    tensors: list[Any] = []

    def replace(value):
        if is_variable(value):
            value = captured(value)(anchor)
        if isinstance(value, tf.keras.KerasTensor):
            tensors.append(value)
            return arguments.Slot(len(tensors) - 1)
        return value

    layer = BackendFunction(name, arguments.transform(replace, given))
    return layer(tensors[0] if len(tensors) == 1 else tensors)


def is_variable(value: Any) -> bool:
    """Tell whether a value is a variable, of Keras or of TensorFlow."""
    return isinstance(value, (tf.keras.Variable, tf.Variable))


@register
class BackendFunction(tf.keras.layers.Layer):
    """A backend function as a layer: ``f(x) = function(x, **arguments)``.

    It is made by calling a function of :mod:`tfk_ext.backend` on a KerasTensor.

    Args:
        function: name of the function, one of those in :mod:`tfk_ext.backend`, with or without the namespace.
        arguments: the function's arguments by name; the tensors among them are the layer's inputs, for which
            an :class:`~tfk_ext.backend.arguments.Slot` stands.
        **kwargs: ``name`` as in Keras.

    Shapes:
        input: a tensor or a list of tensors, in the order of the slots.
        output: what the function returns.

    Masking: a mask ends here, as at Keras's own operations.

    Raises:
        ValueError: the function is not known.

    Example:
        >>> x = tf.keras.Input((3,))
        >>> model = tf.keras.Model(x, tfk_ext.backend.sum(x, axis=-1))
        >>> model.layers[-1].name.split("_")[0], model.predict(np.ones((2, 3)), verbose=0).tolist()
        ('sum', [3.0, 3.0])

    Source: the operation layers of Keras 2 (``TFOpLambda``).
    """

    def __init__(self, function, arguments=None, **kwargs):
        # Stored with the namespace: a file's bare name Keras replaces by a registered function of that name.
        function = str(function).removeprefix(_NAMESPACE)
        if function not in OPERATIONS:
            raise ValueError(
                f"BackendFunction: function {function!r} is not one of the functions of tfk_ext.backend."
            )
        # The function decides on dtypes: a layer's automatic cast would make float32 of float64.
        kwargs.pop("autocast", None)
        kwargs["name"] = kwargs.get("name") or _unique(function)
        super().__init__(autocast=False, **kwargs)
        self.function = function
        self._arguments = _Hidden(dict(arguments or {}))
        self._has_phase = "training" in inspect.signature(OPERATIONS[function]).parameters
        self.supports_masking = True
        self.supports_jit = function not in _NOT_COMPILED
        # Attributes, so that Keras trains what a function uses of the program around it.
        self.used = closures.used(self._arguments.value)
        self.built = True

    def call(self, inputs, training=None):
        tensors = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        given = arguments.transform(
            lambda value: tensors[value.index] if isinstance(value, arguments.Slot) else value,
            self._arguments.value,
        )
        if self._has_phase and given.get("training") is None:
            given["training"] = phase.learning_phase() if training is None else training
        return OPERATIONS[self.function](**given)

    def compute_mask(self, inputs, previous_mask=None):
        return None

    def get_config(self):
        if self.used:
            names = ", ".join(repr(item.name) for item in self.used)
            raise ValueError(
                f"BackendFunction: the function given to {self.function} uses {names} of the program around "
                "it, which a file can't restore: write a layer that has them. The weights alone can be saved."
            )
        return {
            "name": self.name,
            "trainable": self.trainable,
            "function": f"{_NAMESPACE}{self.function}",
            "arguments": arguments.dump(self, self._arguments.value),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None, safe_mode=None):
        """Restore the layer; a function among its arguments that is code only if ``safe_mode`` allows it."""
        config = dict(config)
        config["arguments"] = arguments.load(
            cls.__name__, config.get("arguments") or {}, custom_objects, safe_mode
        )
        return cls(**config)


class _Hidden:
    """Keeps a structure from Keras's tracking, which would replace its lists and dictionaries."""

    def __init__(self, value: dict[str, Any]):
        self.value = value


def _unique(name: str) -> str:
    """Return a layer name that Keras's own counting of names knows: ``mean``, ``mean_1``, ..."""
    count = tf.keras.backend.get_uid(name)
    return name if count == 1 else f"{name}_{count - 1}"
