"""Layers from configurations."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def deserialize(
    config: dict[str, Any], custom_objects: dict[str, Any] | None = None
) -> tf.keras.layers.Layer:
    """Return the layer of a configuration that ``serialize`` of any Keras wrote.

    Args:
        config: dictionary with ``class_name`` and ``config``.
        custom_objects: classes and functions by name.

    Raises:
        ValueError: it holds code, or names what is no part of a model, or no layer that is known.

    Example:
        >>> old = {"class_name": "Convolution2D", "config": {"nb_filter": 8, "nb_row": 3, "nb_col": 3}}
        >>> tfk_ext.layers.deserialize(old).kernel_size
        (3, 3)

    Source: the classic documents, ``keras.layers.deserialize``.
    """
    from tfk_ext.saving import guard

    return guard.layer(config, custom_objects)
