"""Variables that backend functions use in a functional model: weights of the model, shared and saved."""

from __future__ import annotations

import warnings
import weakref
from typing import Any

import tensorflow as tf

from tfk_ext.registration import register

# One layer for a variable, whatever functions use it: then they share it after loading as well.
_layers: weakref.WeakValueDictionary[int, CapturedVariable] = weakref.WeakValueDictionary()


def captured(variable: Any) -> CapturedVariable:
    """Return the layer that holds a variable."""
    layer = _layers.get(id(variable))
    if layer is None:
        layer = CapturedVariable(variable)
        _layers[id(variable)] = layer
    return layer


@register
class CapturedVariable(tf.keras.layers.Layer):
    """A variable in a functional model: ``f(x) = variable``, whatever ``x`` is.

    ``K.dot(x, w)`` with a KerasTensor ``x`` puts ``w`` into the model as a weight, which trains and is
    saved. Functions that use the same variable share the layer, before and after loading.

    Args:
        variable: a Keras variable, which becomes the weight; or a ``tf.Variable``, from whose value a weight
            of its own starts, since Keras's optimizers take no others. Left out to make a new one:
        shape, variable_dtype, train: of the new one.
        **kwargs: ``name`` as in Keras.

    Shapes:
        input: any; its values don't matter.
        output: the variable's shape, without a batch axis.

    Masking: there is none.

    Raises:
        TypeError: neither a variable nor a shape is given.

    Example:
        >>> K = tfk_ext.backend
        >>> x, w = tf.keras.Input((3,)), K.variable(np.ones((3, 2)), name="w")
        >>> model = tf.keras.Model(x, K.dot(x, w))
        >>> [v.shape for v in model.trainable_weights]
        [TensorShape([3, 2])]

    Source: the house's own.
    """

    def __init__(self, variable=None, shape=None, variable_dtype=None, train=True, **kwargs):
        kwargs.pop("autocast", None)
        kwargs.setdefault("name", _name(variable))
        if isinstance(variable, tf.Variable):
            if variable.trainable:
                warnings.warn(
                    f"The tf.Variable '{variable.name}' is used on a KerasTensor: the model has a weight "
                    "of its own that starts from its value. Make it with K.variable(...) to "
                    "have one variable that the model trains.",
                    stacklevel=6,
                )
            variable = tf.keras.Variable(
                variable.numpy(), dtype=variable.dtype.name, trainable=variable.trainable, name=kwargs["name"]
            )
        super().__init__(autocast=False, **kwargs)
        if variable is None:
            if shape is None or variable_dtype is None:
                raise TypeError("CapturedVariable: give a variable, or shape and variable_dtype.")
            # What the values were is in the weights' file; without one, a matrix must not start at zero.
            drawn = train and len(shape) > 1 and tf.as_dtype(variable_dtype).is_floating
            variable = self.add_weight(
                name=self.name,
                shape=tuple(shape),
                dtype=variable_dtype,
                trainable=train,
                initializer="glorot_uniform" if drawn else "zeros",
            )
        self.variable = variable
        self.supports_masking = True
        self.built = True

    def call(self, inputs):
        return tf.convert_to_tensor(self.variable)

    def compute_output_spec(self, inputs):
        return tf.keras.KerasTensor(tuple(self.variable.shape), self.variable.dtype)

    def compute_output_shape(self, input_shape):
        return tuple(self.variable.shape)

    def compute_mask(self, inputs, previous_mask=None):
        return None

    def get_config(self):
        return {
            "name": self.name,
            "trainable": self.trainable,
            "shape": [int(size) for size in self.variable.shape],
            "variable_dtype": tf.as_dtype(self.variable.dtype).name,
            "train": bool(self.variable.trainable),
        }


def _name(variable: Any) -> str | None:
    name = (getattr(variable, "name", None) or "variable").split(":")[0].replace("/", "_")
    count = tf.keras.backend.get_uid(name)
    return name if count == 1 else f"{name}_{count - 1}"
