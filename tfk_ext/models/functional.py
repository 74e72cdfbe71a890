"""The functional form of a model: a graph of layers from inputs to outputs."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.models.model import Model
from tfk_ext.registration import register


def _functional_of_keras() -> type:
    """Return the class of Keras's functional models, which has no public name."""
    x = tf.keras.Input((1,), name="x")
    return type(tf.keras.Model(x, x, name="probe"))


@register
class Functional(Model, _functional_of_keras()):  # type: ignore[misc]
    """A model made of symbolic inputs and outputs; ``Model(inputs, outputs)`` makes it.

    Args:
        inputs: a symbolic tensor of ``Input``, a list or a dictionary of them.
        outputs: a symbolic tensor, a list or a dictionary of them.
        name: name of the model.
        **kwargs: ``trainable``.

    Example:
        >>> x = tfk_ext.Input((4,))
        >>> type(tfk_ext.Model(x, tfk_ext.Dense(2)(x))).__name__
        'Functional'
    """

    def __init__(self, inputs=None, outputs=None, name=None, **kwargs):
        if inputs is None or outputs is None:
            checks.fail(self, "a functional model needs inputs and outputs.")
        super().__init__(_alone(inputs), _alone(outputs), name=name, **kwargs)

    def _output_names(self):
        # The outputs of a dictionary go by its keys, which Keras matches with targets and losses itself.
        return None if isinstance(self.output, dict) else list(self.output_names)

    def get_input_at(self, node_index):
        """Return the input of a call of the model by its number; 0 is the model's own."""
        return self.input if node_index == 0 else super().get_input_at(node_index)

    def get_output_at(self, node_index):
        """Return the output of a call of the model by its number; 0 is the model's own."""
        return self.output if node_index == 0 else super().get_output_at(node_index)


def _alone(tensors):
    """Return the tensor of a list of one, whose model then takes and gives plain arrays."""
    return tensors[0] if isinstance(tensors, (list, tuple)) and len(tensors) == 1 else tensors
