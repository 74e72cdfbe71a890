"""``add_loss`` and ``add_metric`` with symbolic tensors: layers that stand before an output of the model."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import Layer
from tfk_ext.registration import register
from tfk_ext.utils import graph


class Addition(Layer):
    """Base of layers that pass their first input on, and do something with the second."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_mask(self, inputs, previous_mask=None):
        return previous_mask[0] if isinstance(previous_mask, (list, tuple)) else None

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])


@register
class AddLoss(Addition):
    """A loss within a model's graph: ``f([x, loss]) = x``, and ``loss`` is added to what is trained on.

    ``model.add_loss(tensor)`` puts it before the first output, so that files keep it.

    Args:
        **kwargs: ``name``, ``dtype`` and the like.

    Shapes:
        input: ``[x, loss]``, of any shapes; of a loss with several numbers their sum counts.
        output: that of ``x``.

    Masking: passes the mask of ``x`` on.

    Example:
        >>> x = tfk_ext.Input((3,))
        >>> model = tfk_ext.Model(x, tfk_ext.Activation("relu")(x))
        >>> model.add_loss(tfk_ext.backend.mean(x))
        >>> model.compile("sgd")
        >>> model.fit(np.full((4, 3), 2.0), verbose=0).history["loss"]
        [2.0]

    Source: the classic documents, ``Model.add_loss``.
    """

    def call(self, inputs):
        x, loss = inputs
        self.add_loss(loss)
        return x


@register
class AddMetric(Addition):
    """A metric within a model's graph: ``f([x, value]) = x``, and ``value`` is logged.

    ``model.add_metric(tensor, name=...)`` puts it before the first output, so that files keep it.

    Args:
        metric_name: key in the logs.
        aggregation: ``"mean"``, or ``None`` for the same.
        **kwargs: ``name``, ``dtype`` and the like.

    Shapes:
        input: ``[x, value]``, of any shapes.
        output: that of ``x``.

    Masking: passes the mask of ``x`` on.

    Raises:
        ValueError: no ``metric_name``, or another aggregation.

    Example:
        >>> x = tfk_ext.Input((3,))
        >>> model = tfk_ext.Model(x, tfk_ext.Dense(1)(x))
        >>> model.add_metric(tfk_ext.backend.max(x), name="largest", aggregation="mean")
        >>> model.compile("sgd", "mse")
        >>> model.fit(np.full((4, 3), 2.0), np.ones(4), verbose=0).history["largest"]
        [2.0]

    Source: the classic documents, ``Model.add_metric``.
    """

    def __init__(self, metric_name, aggregation="mean", **kwargs):
        super().__init__(**kwargs)
        if not isinstance(metric_name, str) or not metric_name:
            checks.fail("add_metric", f"give the name of the metric as name=..., got {metric_name!r}.")
        self.metric_name = metric_name
        self.aggregation = checks.one_of("add_metric", "aggregation", aggregation, ("mean", None))

    def call(self, inputs):
        x, value = inputs
        self.add_metric(value, name=self.metric_name, aggregation=self.aggregation)
        return x

    def get_config(self):
        return {**super().get_config(), "metric_name": self.metric_name, "aggregation": self.aggregation}


def with_addition(outputs: Any, addition: Addition, value: Any) -> Any:
    """Return a model's outputs, the first of them led through an addition."""
    first, *others = tf.nest.flatten(outputs)
    return tf.nest.pack_sequence_as(outputs, [addition([first, value]), *others])


def output_name(tensor: Any) -> str:
    """Return the name of an output: that of the layer it comes from, additions left aside."""
    place = graph.origin(tensor)
    while isinstance(place.layer, Addition):
        place = graph.origin(place.inputs[0])
    return place.layer.name
