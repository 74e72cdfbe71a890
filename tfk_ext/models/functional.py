"""The functional form of a model: a graph of layers from inputs to outputs."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.models import additions
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
        self.output_names = [additions.output_name(tensor) for tensor in self.outputs]

    def add_loss(self, loss, inputs=None):
        """Add to what is trained on: a symbolic tensor computed from the model's inputs, or several.

        A plain tensor counts for the call that is running, as in a layer.

        Args:
            loss: a symbolic tensor, or a list of them; of one with several numbers their sum counts.
            inputs: not needed any more.

        Raises:
            ValueError: the model is compiled already, or the loss does not come from the model's inputs.

        Example:
            >>> x = tfk_ext.Input((3,))
            >>> dense = tfk_ext.Dense(2, kernel_initializer="ones")
            >>> model = tfk_ext.Model(x, dense(x))
            >>> model.add_loss(tfk_ext.backend.mean(dense(x)))
            >>> model.compile("sgd")
            >>> model.fit(np.ones((4, 3)), verbose=0).history["loss"]
            [3.0]
        """
        for one in tf.nest.flatten(loss):
            if isinstance(one, tf.keras.KerasTensor):
                self._add("add_loss", additions.AddLoss(), one)
            else:
                super().add_loss(one)

    def add_metric(self, value, name=None, aggregation="mean"):
        """Log a symbolic tensor computed from the model's inputs, as its mean over the batches of an epoch.

        A plain tensor counts for the call that is running, as in a layer.

        Args:
            value: a symbolic tensor; of one with several numbers all of them count.
            name: key in the logs.
            aggregation: ``"mean"``, or ``None`` for the same.

        Raises:
            ValueError: no name, another aggregation; the model is compiled already, or the value does not
                come from the model's inputs.
        """
        if not isinstance(value, tf.keras.KerasTensor):
            super().add_metric(value, name=name, aggregation=aggregation)
            return
        self._add("add_metric", additions.AddMetric(name, aggregation), value)

    def _add(self, method, addition, value):
        if self.compiled:
            checks.fail(self, f"call {method} before compile, which takes up what is trained and logged.")
        options = {"name": self.name, "trainable": self.trainable}
        outputs = additions.with_addition(self.output, addition, value)
        try:
            tf.keras.Model(self.input, outputs)
        except ValueError as error:
            checks.fail(self, f"{method} got a tensor that does not come from the model's inputs: {error}")
        # A graph is read when the model is made: it is made anew, of the same layers.
        Functional.__init__(self, self.input, outputs, **options)

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
