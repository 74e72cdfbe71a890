"""Models from files and descriptions. ``tfk_ext.saving`` does the reading; it is imported when used."""

from __future__ import annotations

import os
from typing import Any

from tfk_ext.models.writing import KEPT


def _reader(name: str) -> Any:
    from tfk_ext import saving

    return getattr(saving, name)


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
    """Read a model from a file of any Keras.

    Args:
        filepath: the file (``.keras``, ``.h5``) or folder.
        custom_objects: dictionary from name to class or function, for what the package does not know.
        compile: whether the model is compiled as it was when it was saved.
        safe_mode: whether code in the file is refused.

    Returns:
        The model.

    Example:
        >>> import tempfile
        >>> model = tfk_ext.Sequential([tfk_ext.Dense(1, input_dim=2)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save(f"{folder}/model.keras")
        ...     type(tfk_ext.models.load_model(f"{folder}/model.keras")).__name__
        'Sequential'
    """
    kept = os.path.join(os.fspath(filepath), KEPT)
    if os.path.isfile(kept):  # a folder that `save` wrote in the format of TensorFlow
        filepath = kept
    return _reader("load_model")(
        filepath, custom_objects=custom_objects, compile=compile, safe_mode=safe_mode
    )


def model_from_json(json_string, custom_objects=None):
    """Make a model, without its weights, from what ``to_json`` returned.

    Example:
        >>> model = tfk_ext.Sequential([tfk_ext.Dense(1, input_dim=2)])
        >>> tfk_ext.models.model_from_json(model.to_json()).output_shape
        (None, 1)
    """
    return _reader("model_from_json")(json_string, custom_objects=custom_objects)


def model_from_yaml(yaml_string, custom_objects=None):
    """Make a model, without its weights, from what ``to_yaml`` returned; no code in it is run."""
    return _reader("model_from_yaml")(yaml_string, custom_objects=custom_objects)


def model_from_config(config, custom_objects=None):
    """Make a model, without its weights, from its configuration ``{"class_name": ..., "config": ...}``."""
    return _reader("model_from_config")(config, custom_objects=custom_objects)
