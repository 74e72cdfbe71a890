"""``Sequential``: layers one after the other."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.models.model import Model
from tfk_ext.registration import register


@register
class Sequential(Model, tf.keras.Sequential):
    """A stack of layers, each of which takes what the one before gives.

    Args:
        layers: list of layers; more are added by ``add``.
        name: name of the model.
        trainable: whether the weights are trained.

    Example:
        >>> model = tfk_ext.Sequential()
        >>> model.add(tfk_ext.Dense(32, input_shape=(16,)))
        >>> model.add(tfk_ext.Dense(4))
        >>> model.output_shape
        (None, 4)
    """

    # Whether the stack begins with an input, which `layers` does not show.
    _has_input = False

    def __init__(self, layers=None, name=None, trainable=True):
        super().__init__(layers=None, trainable=trainable, name=name)
        layers = list(layers or ())
        for position, layer in enumerate(layers):
            self.add(layer, rebuild=position == len(layers) - 1)

    def add(self, layer, rebuild=True):
        """Put a layer on top.

        Args:
            layer: the layer; the first one may say the shape of a sample (``input_shape=``, ``input_dim=``,
                ``batch_input_shape=``).
            rebuild: whether the model is built at once, if the shape of its input is known.
        """
        if not self.layers and not self._has_input:
            self._has_input = self._begins(layer)
        super().add(layer, rebuild=rebuild)
        alone = len(self.layers) == 1 and isinstance(layer, tf.keras.Model)
        if rebuild and alone and not self.built and isinstance(getattr(layer, "input_shape", None), tuple):
            self.build(layer.input_shape)

    def _begins(self, layer):
        """Put an input before a first layer that fixes the batch size; tell whether there is an input."""
        batch_size = getattr(layer, "_batch_size", None)
        shape = getattr(layer, "_input_shape_arg", None)
        if batch_size is not None and shape is not None:
            dtype = getattr(layer, "input_dtype", None)
            super().add(tf.keras.layers.InputLayer(batch_shape=(batch_size, *shape), dtype=dtype))
            return True
        return isinstance(layer, (tf.keras.layers.InputLayer, tf.keras.KerasTensor))

    def pop(self, rebuild=True):
        """Remove the last layer and return it.

        Raises:
            TypeError: there is no layer.
        """
        if not self.layers:
            checks.fail(self, "there is no layer to remove.", TypeError)
        return super().pop(rebuild=rebuild and len(self.layers) > 1)

    @property
    def input(self):
        """The model's input, from which another model may be made: ``Model(model.input, layer.output)``.

        Raises:
            AttributeError: the model is not built.
        """
        return self.inputs[0] if len(self.inputs) == 1 else self.inputs

    @property
    def output(self):
        """The model's output.

        Raises:
            AttributeError: the model is not built.
        """
        return self.outputs[0] if len(self.outputs) == 1 else self.outputs

    @property
    def output_names(self):
        """The name of the output, which is that of the last layer."""
        layers = self.layers
        return [layers[-1].name] if layers else []
