"""What every layer shares: the documented arguments of a first layer, refusing masks, options of weights."""

from __future__ import annotations

import inspect
import types
import warnings
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfk_ext import activations, checks, constraints, initializers, regularizers
from tfk_ext.backend import phase
from tfk_ext.layers.added_metrics import AddsMetrics
from tfk_ext.layers.nodes import LayerNodes


class Layer(AddsMetrics, LayerNodes, tf.keras.layers.Layer):
    """Base of the package's layers: ``tf.keras.layers.Layer`` with the documented arguments of a first layer.

    Args:
        input_shape: shape of one sample, for the first layer of a Sequential model.
        input_dim: size of the last axis, short for ``input_shape=(input_dim,)``; with ``input_length`` (for
            sequences) short for ``input_shape=(input_length, input_dim)``.
        input_length: number of time steps, see ``input_dim``.
        batch_input_shape: shape with the batch axis in front.
        batch_size: the batch axis alone, together with ``input_shape`` or ``input_dim``.
        drops_mask: whether a layer that does not support masking computes on what a mask covers, and passes
            none on, as TensorFlow's Keras did; otherwise it raises, as documented.
        **kwargs: ``name``, ``trainable``, ``dtype``, ``activity_regularizer`` as in Keras.
    """

    # A layer over sequences reads `input_dim=16` as `input_shape=(None, 16)`.
    _takes_sequences = False
    drops_mask = False

    def __init__(
        self,
        *,
        input_shape=None,
        input_dim=None,
        input_length=None,
        batch_input_shape=None,
        batch_size=None,
        drops_mask=False,
        **kwargs,
    ):
        if batch_input_shape is not None:
            if not isinstance(batch_input_shape, Sequence) or not batch_input_shape:
                checks.fail(
                    self,
                    "batch_input_shape must be a tuple that starts with the batch size, "
                    f"got {batch_input_shape!r}.",
                )
            batch_size, *rest = batch_input_shape
            input_shape = tuple(rest)
        elif input_dim is not None:
            sequences = self._takes_sequences or input_length is not None
            input_shape = (input_length, input_dim) if sequences else (input_dim,)
        if kwargs.get("activity_regularizer") is not None:
            kwargs["activity_regularizer"] = regularizers.get(kwargs["activity_regularizer"])
        if input_shape is None:
            super().__init__(**kwargs)
        else:
            if checks.is_integer(input_shape):
                input_shape = (input_shape,)
            # Keras advises against `input_shape`; the documents show it, and here it is no mistake.
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Do not pass an `input_shape`")
                super().__init__(input_shape=tuple(input_shape), **kwargs)
        self._batch_size = batch_size
        self.drops_mask = bool(drops_mask)
        if self.drops_mask:
            # On the object: a `get_config` of this class would end Keras's own for classes without one. As a
            # method it goes with a copy of the object.
            self.__dict__["get_config"] = types.MethodType(_config_that_drops_the_mask, self)
        if type(self).build is tf.keras.layers.Layer.build:
            # A layer without weights needs no input to be complete, as Keras's own.
            self.built = True

    # AutoGraph would take 0.1 s to rewrite this, and change nothing.
    @tf.autograph.experimental.do_not_convert
    def __call__(self, *args, **kwargs):
        # As documented: behind a mask every layer has to support masking, else it is an error. Keras 3 warns
        # and computes on the padding.
        if args and not self.supports_masking and not self.drops_mask:
            self._refuse_mask(args[0])
        if phase.fixed() is not None and kwargs.get("training") is None and self._takes_training():
            # What an outer layer was called with comes first; learning_phase() knows it.
            kwargs["training"] = phase.learning_phase()
        if self.drops_mask and not self.supports_masking:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message=".*does not support.*mask")
                return super().__call__(*args, **kwargs)
        return super().__call__(*args, **kwargs)

    def _takes_training(self):
        return "training" in inspect.signature(self.call).parameters

    def _refuse_mask(self, inputs):
        for x in tf.nest.flatten(inputs):
            if getattr(x, "_keras_mask", None) is not None:
                checks.fail(
                    self,
                    f"layer '{self.name}' does not support masking, but its input carries a mask (from "
                    "Masking or Embedding(mask_zero=True)). Put a layer that consumes the mask between them, "
                    "such as an LSTM with return_sequences=False, or leave the mask out.",
                    TypeError,
                )


def _config_that_drops_the_mask(layer):
    return {**type(layer).get_config(layer), "drops_mask": True}


class WeightedLayer(Layer):
    """Base of the layers with weights: keeps, serializes and applies the options of each weight.

    Args:
        weights: list of arrays to start from, in the order of ``get_weights()``.
        **kwargs: see :class:`Layer`.
    """

    def __init__(self, *, weights=None, **kwargs):
        super().__init__(**kwargs)
        self._initial_weights = weights
        self._weight_options: list[str] = []

    def _options(
        self, prefix: str, initializer: Any, regularizer: Any = None, constraint: Any = None
    ) -> None:
        """Set ``<prefix>_initializer``, ``<prefix>_regularizer`` and ``<prefix>_constraint``."""
        self._weight_options.append(prefix)
        setattr(self, f"{prefix}_initializer", initializers.get(initializer))
        setattr(self, f"{prefix}_regularizer", regularizers.get(regularizer))
        setattr(self, f"{prefix}_constraint", constraints.get(constraint))

    def _add(self, prefix: str, shape: Sequence[int], name: str | None = None, **kwargs: Any) -> Any:
        """Create the weight whose options were set under ``prefix``."""
        options = {
            "initializer": getattr(self, f"{prefix}_initializer"),
            "regularizer": getattr(self, f"{prefix}_regularizer"),
            "constraint": getattr(self, f"{prefix}_constraint"),
            **kwargs,
        }
        return self.add_weight(name=name or prefix, shape=tuple(shape), **options)

    def build(self, input_shape):
        """Apply ``weights=``. A subclass calls it last, when its weights exist."""
        if self._initial_weights is not None:
            values, self._initial_weights = self._initial_weights, None
            with tf.init_scope():
                self.set_weights(values)

    def get_config(self):
        config = super().get_config()
        for prefix in self._weight_options:
            config[f"{prefix}_initializer"] = tf.keras.initializers.serialize(
                getattr(self, f"{prefix}_initializer")
            )
            config[f"{prefix}_regularizer"] = tf.keras.regularizers.serialize(
                getattr(self, f"{prefix}_regularizer")
            )
            config[f"{prefix}_constraint"] = tf.keras.constraints.serialize(
                getattr(self, f"{prefix}_constraint")
            )
        if hasattr(self, "activation"):
            config["activation"] = activations.serialize(self.activation)
        config["activity_regularizer"] = tf.keras.regularizers.serialize(self.activity_regularizer)
        return config
