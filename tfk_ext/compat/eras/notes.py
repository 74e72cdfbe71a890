"""What rewriting a configuration gives: today's configuration, notes for the report, and the plan of the
weights."""

from __future__ import annotations

import dataclasses
from typing import Any

KINDS = ("translated", "dropped", "changed", "blocks")


@dataclasses.dataclass(frozen=True)
class Note:
    """One thing that the report says about a layer.

    Attributes:
        layer: name of the layer, ``""`` for the model.
        what: a sentence.
        kind: ``"translated"`` (the same meaning in today's words), ``"dropped"`` (without effect on what the
            model computes), ``"changed"`` (the meaning is not quite kept), ``"blocks"`` (the model can't be
            loaded like this).
    """

    layer: str
    what: str
    kind: str


@dataclasses.dataclass
class LayerPlan:
    """What the translation of one layer's weights needs to know.

    Attributes:
        name: the layer's name in the rewritten configuration.
        class_name: its class there, such as ``"Conv2D"``.
        was: its class as stored, such as ``"Convolution2D"``.
        stored: the name under which the file holds its arrays.
        trainable: as stored; a frozen layer's arrays stand behind the others in a nested model's.
        options: what the layout of the arrays depends on.
        layers: plans of the layers inside (a nested model's, a wrapper's).
    """

    name: str
    class_name: str
    was: str
    stored: str = ""
    trainable: bool = True
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    layers: list[LayerPlan] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Plan:
    """How the arrays of a file become the weights of a model.

    Attributes:
        keras1: whether Keras 1 wrote them.
        backend: what Keras ran on, ``"tensorflow"``, ``"theano"`` or ``"cntk"``.
        true_std: whether ``running_std`` holds a standard deviation (Keras before 1.0.3), not a variance.
        today: whether Keras 3 wrote them: nothing is to be translated.
        layers: plans of the model's layers; empty where no configuration is known.
    """

    keras1: bool = False
    backend: str = "tensorflow"
    true_std: bool = False
    today: bool = False
    layers: list[LayerPlan] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Rewritten:
    """A configuration in today's form.

    Attributes:
        config: what ``tf.keras.saving.deserialize_keras_object`` takes.
        notes: for the report.
        plan: for the translation of the weights.
    """

    config: dict[str, Any]
    notes: list[Note]
    plan: Plan

    @property
    def blocked(self) -> list[Note]:
        """The notes that say why the model can't be loaded."""
        return [note for note in self.notes if note.kind == "blocks"]
