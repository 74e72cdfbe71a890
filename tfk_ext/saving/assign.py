"""Weights of a file into a built model, through the translation of each era."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tfk_ext.saving import archived, weights
from tfk_ext.saving.modelfile import ModelFile, StoredLayer


def layers_of(file: ModelFile) -> list[StoredLayer]:
    """Return the stored layers in the order of the model's, by their names in it."""
    return archived.stored_layers(file) if file.origin.format == "keras" else file.layers


def put_weights(
    file: ModelFile,
    model: tf.keras.Model,
    plan: Any = None,
    by_name: bool | None = None,
    skip_mismatch: bool = False,
) -> None:
    """Assign the weights of a file to a built model.

    Args:
        file: the file.
        model: the model.
        plan: what the translation needs to know, from the rewritten configuration; ``None`` for a file of
            weights alone.
        by_name: whether layers take the weights stored under their names; ``None`` where all names fit.
        skip_mismatch: whether layers whose weights don't fit keep what they have.

    Raises:
        LoadError: they don't fit; the message lists layer, weight, and both shapes.
    """
    from tfk_ext.compat import eras

    layers = layers_of(file)
    plan = eras.plan_of(file.origin, layers) if plan is None else plan
    weights.assign(weights.translate(plan, model, layers, by_name=by_name, skip_mismatch=skip_mismatch))
