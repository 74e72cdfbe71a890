"""The places of a built model that arrays go to, in the order in which old files hold them.

An old file has the arrays of a layer in one list: those of its trainable weights, then the others. A nested
model's list holds
the trainable weights of all its layers first, so it depends on what was frozen when the file was written.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import tensorflow as tf

from tfk_ext.compat.eras.notes import LayerPlan, Plan


@dataclasses.dataclass
class Leaf:
    """One layer without layers inside, and how many arrays the file has for it.

    Attributes:
        layer: the built layer.
        plan: its plan.
        path: its name, behind those of the models around it.
        trainable: how many of its arrays are those of trainable weights.
        others: how many are not.
        frozen: whether the layer itself was frozen.
    """

    layer: Any
    plan: LayerPlan
    path: str
    trainable: int
    others: int

    @property
    def count(self) -> int:
        return self.trainable + self.others


def leaves(layer: Any, plan: LayerPlan | None, era: Plan, path: str = "") -> list[Leaf]:
    """Return the layers with weights inside a layer, itself if it has none inside, in the order of
    construction.

    Args:
        layer: the built layer.
        plan: its plan; ``None`` derives one from the layer.
        era: the plan of the file.
        path: names of the models around it.
    """
    plan = plan or derived(layer)
    path = f"{path}/{layer.name}" if path else layer.name
    found = []
    for child, child_plan in children(layer, plan):
        found += leaves(child, child_plan, era, path)
    if found or is_container(layer):
        return found
    own, others = counts(layer, plan, era)
    return [Leaf(layer, plan, path, own, others)] if own + others else []


def is_container(layer: Any) -> bool:
    """Tell whether a layer's weights are those of layers inside."""
    return (
        isinstance(layer, tf.keras.Model)
        or any(hasattr(layer, n) for n in ("forward_layer", "backward_layer"))
        or (type(layer).__name__ == "TimeDistributed")
    )


def children(layer: Any, plan: LayerPlan) -> list[tuple[Any, LayerPlan | None]]:
    """Return the layers inside a model or a wrapper, with their plans."""
    if isinstance(layer, tf.keras.Model):
        by_name = {inner.name: inner for inner in layer.layers}
        if not plan.layers:
            return [(inner, None) for inner in layer.layers]
        return [(by_name[p.name], p) for p in plan.layers if p.name in by_name]
    inner_plans = plan.layers
    if hasattr(layer, "forward_layer") and hasattr(layer, "backward_layer"):
        first = inner_plans[0] if inner_plans else None
        second = inner_plans[1] if len(inner_plans) > 1 else first
        return [(layer.forward_layer, first), (layer.backward_layer, second)]
    if type(layer).__name__ == "TimeDistributed":
        return [(layer.layer, inner_plans[0] if inner_plans else None)]
    return []


def derived(layer: Any) -> LayerPlan:
    """Return the plan of a layer whose configuration is not in the file."""
    name = type(layer).__name__
    options = {"arrays_by_gate": True} if name in ("LSTM", "GRU", "ConvLSTM2D") else {}
    return LayerPlan(layer.name, name, name, layer.name, bool(layer.trainable), options)


def counts(layer: Any, plan: LayerPlan, era: Plan) -> tuple[int, int]:
    """Return how many arrays of trainable weights, and of others, a file has for a layer."""
    own = weights(layer)
    trainable = sum(1 for _, is_trainable in own if is_trainable)
    others = len(own) - trainable
    if era.keras1 and plan.options.get("arrays_by_gate"):
        gates = {"LSTM": 4, "GRU": 3, "ConvLSTM2D": 4}.get(plan.class_name, 0)
        if gates and trainable == 3:
            trainable = 3 * gates
    return trainable, others


def weights(layer: Any) -> list[tuple[Any, bool]]:
    """Return a layer's weights in the order of old files, and whether each would be trained if it weren't
    frozen."""
    all_weights = list(layer.weights)
    kept = {id(w) for w in all_weights if _is_statistic(layer, w)}
    trained = [(w, True) for w in all_weights if id(w) not in kept]
    return trained + [(w, False) for w in all_weights if id(w) in kept]


def _is_statistic(layer: Any, weight: Any) -> bool:
    """Tell whether a weight is never trained: a frozen layer's say the same, so their names have to tell."""
    if layer.trainable:
        return not weight.trainable
    return weight.name.startswith(("moving_", "renorm_", "mean", "variance", "count", "seed"))
