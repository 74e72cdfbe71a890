"""``Model``: the base of all models, functional when made of inputs and outputs, else to be subclassed."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.added_metrics import AddsMetrics
from tfk_ext.layers.nodes import Nodes
from tfk_ext.models import reading
from tfk_ext.models.batches import Batches
from tfk_ext.models.generators import Generators
from tfk_ext.models.predictions import Predictions
from tfk_ext.models.summary import summarize
from tfk_ext.models.training import Training
from tfk_ext.models.writing import Writing
from tfk_ext.registration import checked


def is_functional(args: tuple, kwargs: dict) -> bool:
    """Tell whether arguments are those of a functional model: inputs and outputs."""
    named = {"inputs": "input", "outputs": "output"}
    given = len(args) + sum(new in kwargs or old in kwargs for new, old in named.items())
    return given >= 2 and len(args) <= 3


class Classic(Generators, Batches, Predictions, Training, Writing, AddsMetrics, Nodes):
    """What every model of the package has beside Keras's: the documented methods."""

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Return a model of what ``get_config`` of this or an older Keras returned, without its weights.

        Args:
            config: the configuration.
            custom_objects: classes and functions by name.

        Raises:
            ValueError: it holds code, or names what is no part of a model.

        Example:
            >>> config = tfk_ext.Sequential([tfk_ext.Dense(1, input_dim=2)]).get_config()
            >>> tfk_ext.Sequential.from_config(config).output_shape
            (None, 1)
        """
        if isinstance(config, list):  # what Sequential returned before Keras 2.2.3
            return reading.model_from_config({"class_name": "Sequential", "config": config}, custom_objects)
        checked({"config": config}, custom_objects)
        return super().from_config(config, custom_objects=custom_objects)

    def get_layer(self, name=None, index=None):
        """Return a layer by its name or its number; the number counts if both are given.

        Args:
            name: name of the layer.
            index: number of the layer, as in ``model.layers``.

        Raises:
            ValueError: there is no such layer.

        Example:
            >>> model = tfk_ext.Sequential([tfk_ext.Dense(1, input_dim=2, name="last")])
            >>> model.get_layer("last") is model.get_layer(index=0)
            True
        """
        layers = self.layers
        if index is not None:
            index = checks.integer(self, "index", index, None)
            if not -len(layers) <= index < len(layers):
                checks.fail(self, f"there is no layer {index}: the model has {len(layers)} layers.")
            return layers[index]
        if name is None:
            checks.fail(self, "get_layer needs the name or the index of a layer.")
        for layer in layers:
            if layer.name == name:
                return layer
        there = ", ".join(repr(layer.name) for layer in layers)
        return checks.fail(self, f"there is no layer named {name!r}; there are {there or 'none'}.")

    def summary(
        self,
        line_length=None,
        positions=None,
        print_fn=None,
        expand_nested=False,
        show_trainable=False,
        layer_range=None,
    ):
        """Print a table of the layers, with their output shapes and numbers of weights.

        Args:
            line_length: width of the table.
            positions: ends of the columns, in characters or as fractions of the width.
            print_fn: gets each line instead of ``print``.
            expand_nested: whether the layers of nested models are listed as well.
            show_trainable: whether a column says which layers are trained.
            layer_range: names (or patterns) of the first and the last layer to print.

        Example:
            >>> model = tfk_ext.Sequential([tfk_ext.Dense(1, input_dim=2, name="last")], name="small")
            >>> model.summary()
            Model: "small"
            _________________________________________________________________
            Layer (type)                 Output Shape              Param #
            =================================================================
            last (Dense)                 (None, 1)                 3
            =================================================================
            Total params: 3
            Trainable params: 3
            Non-trainable params: 0
            _________________________________________________________________
        """
        summarize(self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range)

    @property
    def stateful(self):
        """Whether a layer keeps its state from batch to batch."""
        return any(getattr(layer, "stateful", False) for layer in self.layers)

    def reset_states(self):
        """Set the states of all layers that keep them back to their start."""
        for layer in self.layers:
            if hasattr(layer, "reset_states") and getattr(layer, "stateful", False):
                layer.reset_states()

    reset_state = reset_states

    @property
    def state_updates(self):
        """Always empty: the updates of stateful layers run within the step."""
        return []


class Model(Classic, tf.keras.Model):
    """A model: a graph of layers from inputs to outputs, or a subclass with a ``call`` of its own.

    ``Model(inputs, outputs)`` makes a functional model, of the class :class:`Functional`. A subclass may
    call ``super().__init__(inputs, outputs)`` as well, or define ``call``.

    Args:
        inputs: a symbolic tensor of ``Input``, a list or a dictionary of them.
        outputs: a symbolic tensor, a list or a dictionary of them.
        name: name of the model.

    Example:
        >>> x = tfk_ext.Input((4,))
        >>> model = tfk_ext.Model(inputs=x, outputs=tfk_ext.Dense(2)(x))
        >>> model.output_shape
        (None, 2)
    """

    def __new__(cls, *args: Any, **kwargs: Any):
        if cls is Model and is_functional(args, kwargs):
            from tfk_ext.models.functional import Functional

            return Functional.__new__(Functional, *args, **kwargs)
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, *args, **kwargs):
        from tfk_ext.models.functional import Functional

        if is_functional(args, kwargs) and not isinstance(self, (Functional, tf.keras.Sequential)):
            _make_functional(type(self), Functional)
            Functional.__init__(self, *args, **kwargs)
        else:
            super().__init__(*args, **kwargs)


def _make_functional(cls: type, functional: type) -> None:
    """Put the functional form under a user's subclass of ``Model`` that is made of inputs and outputs.

    Keras does that as well, but to every class on the way, ``tfk_ext.Model`` among them, for good.
    """
    bases = []
    for base in cls.__bases__:
        if base is Model:
            bases.append(functional)
            continue
        if issubclass(base, Model) and not issubclass(base, functional):
            _make_functional(base, functional)
        bases.append(base)
    cls.__bases__ = tuple(bases)
