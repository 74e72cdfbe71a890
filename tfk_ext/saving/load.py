"""Loading: a model file becomes a model, or weights go into one."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from tfk_ext.saving import compiling, functions, modern, reader, vocabularies
from tfk_ext.saving.allowed import Allowed
from tfk_ext.saving.assign import put_weights
from tfk_ext.saving.errors import LoadError
from tfk_ext.saving.limits import Limits
from tfk_ext.saving.modelfile import ModelFile
from tfk_ext.saving.safety import Checker, lambda_message


def load_model(
    path: str | os.PathLike,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
    *,
    weights: str | os.PathLike | None = None,
    limits: Limits | None = None,
) -> tf.keras.Model:
    """Load a model file of any Keras, from 1.0 on.

    The file is read by a reader that believes nothing, its configuration is rewritten to today's form, and
    each class and function in it is checked against what may be built, before anything is.

    Args:
        path: a ``.h5``, ``.hdf5`` or ``.keras`` file, or an architecture in JSON or YAML.
        custom_objects: classes and functions by name: layers and losses of one's own, and the functions of
            ``Lambda`` layers, by the layer's or the function's name.
        compile: whether to compile the model as it was, with the optimizer's state.
        safe_mode: ``False`` allows what the file holds to run and to be read, for this call; only for a
            file that you trust as you trust a program.
        weights: a weights file, for an architecture without weights.
        limits: what the file may hold, see :class:`~tfk_ext.saving.Limits`.

    Returns:
        A model made of the package's layers.

    Raises:
        LoadError: the file is refused, damaged, or can't be loaded; it says which rule and where.
        FileNotFoundError: there is no such file.

    Example:
        >>> import tempfile, os
        >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tfk_ext.Dense(1)])
        >>> path = os.path.join(tempfile.mkdtemp(), "model.keras")
        >>> model.save(path)
        >>> tfk_ext.saving.load_model(path).output_shape
        (None, 1)

    Source: the classic documents, ``keras.models.load_model``.
    """
    with reader.read_file(path, limits) as file:
        if file.config is None:
            raise LoadError(
                "it holds weights without a model; build the model (or load it from its JSON) and call "
                "load_weights(model, path), or load_model(json, weights=path).",
                rule="no-model",
                path=file.path,
            )
        model = build(file, custom_objects, compile, safe_mode, limits)
        empty = not file.layers
    if weights is not None:
        load_weights(model, weights, limits=limits)
    elif empty and file.origin.format in ("json", "yaml") and model.weights:
        warnings.warn(
            f"{file.path} holds no weights: the model starts anew; pass weights= or call load_weights.",
            stacklevel=2,
        )
    return model


def build(
    file: ModelFile,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
    limits: Limits | None = None,
) -> tf.keras.Model:
    """Build the model of a file that was read; see :func:`load_model`."""
    custom = dict(custom_objects or {})
    allowed = Allowed(custom, safe_mode)
    checker = Checker(allowed, file.path, limits or reader.DEFAULT)
    if is_today(file):
        config = functions.supply(file.config, custom, safe_mode)
        _refuse_code(config, allowed, file.path)
        checker.check(config)
        if file.origin.format == "keras":
            return modern.load_archive(file, config, custom, compile, safe_mode)
        return make(config, custom, safe_mode, file.path)
    file.config = vocabularies.filled(file)
    _refuse_code(functions.supply(file.config, custom, safe_mode), allowed, file.path)
    rewritten = rewrite(file, custom, safe_mode)
    if rewritten.blocked:
        raise LoadError(
            "it can't be loaded like this: "
            + "; ".join(f"{note.layer}: {note.what}" for note in rewritten.blocked),
            rule="blocked",
            path=file.path,
        )
    checker.check(rewritten.config)
    model = make(rewritten.config, custom, safe_mode, file.path)
    plan = rewritten.plan
    if file.layers:
        put_weights(file, model, plan)
    if compile and file.training_config is not None:
        compiling.compile_model(file, model, plan, allowed)
    return model


def _refuse_code(config: Any, allowed: Allowed, path: str | None) -> None:
    """Refuse code and foreign modules before a configuration is rewritten, which would leave some of it "
    "out."""
    if allowed.safe_mode:
        for name, held in functions.code_in(config):
            where = f"layer {name!r}" if name else "config"
            raise LoadError(lambda_message(held, name), rule="lambda", where=where, path=path)
    Checker(allowed, path).check_modules(config)


def is_today(file: ModelFile) -> bool:
    """Tell whether Keras 3 wrote a configuration in its own form."""
    version = file.origin.version
    if file.origin.format not in ("keras", "json", "yaml", "config"):
        return False
    if version is None:
        return isinstance(file.config, dict) and "registered_name" in file.config
    return version >= (3,)


def rewrite(file: ModelFile, custom: Mapping[str, Any], safe_mode: bool) -> Any:
    """Return the configuration of an older Keras in today's form."""
    from tfk_ext.compat import eras

    config = functions.supply(file.config, dict(custom), safe_mode)
    try:
        return eras.rewrite(
            config, file.origin, custom_objects=custom, safe_mode=safe_mode, layers=file.layers
        )
    except LoadError as error:
        raise LoadError(
            error.message, rule=error.rule, where=error.where, path=error.path or file.path
        ) from None
    except RecursionError:
        raise LoadError("it is nested too deeply.", rule="nesting", where="config", path=file.path) from None


def make(config: Any, custom: Mapping[str, Any], safe_mode: bool, path: str | None = None) -> tf.keras.Model:
    """Build a model from a checked configuration."""
    try:
        with tf.keras.saving.custom_object_scope(dict(custom)):
            model = tf.keras.saving.deserialize_keras_object(
                config, custom_objects=dict(custom), safe_mode=safe_mode
            )
    except LoadError:
        raise
    except Exception as error:  # whatever a layer says to its arguments
        raise LoadError(
            f"it can't be built: {modern.reason(error)}",
            rule="build",
            where="config",
            path=path,
        ) from error
    if not isinstance(model, tf.keras.Model):
        raise LoadError(
            f"it holds {type(model).__name__} and not a model.", rule="format", where="config", path=path
        )
    return model


def load_weights(
    model: tf.keras.Model,
    path: str | os.PathLike,
    by_name: bool = False,
    skip_mismatch: bool = False,
    *,
    limits: Limits | None = None,
) -> None:
    """Load weights of any Keras into a model.

    Args:
        model: a built model.
        path: a ``.h5``, ``.hdf5``, ``.weights.h5``, ``.keras`` or ``.npz`` file (``.npz``: arrays in the
            order of ``model.weights``), or what the files of a TensorFlow checkpoint begin with.
        by_name: whether layers take the weights stored under their names; otherwise the layers with
            weights take them in order.
        skip_mismatch: whether layers whose weights don't fit keep what they have, with a warning.
        limits: what the file may hold, see :class:`~tfk_ext.saving.Limits`.

    Raises:
        LoadError: the file is refused or damaged, or its weights don't fit: the message lists layer,
            weight and both shapes.

    Source: the classic documents, ``Model.load_weights``.
    """
    if _is_checkpoint(path):
        _load_checkpoint(model, os.fspath(path), by_name, skip_mismatch)
        return
    with reader.read_file(path, limits) as file:
        if not file.layers:
            raise LoadError("it holds no weights.", rule="missing-array", path=file.path)
        if not model.built:
            raise ValueError(
                f"the model {model.name!r} has no weights yet: call it on data or build(input_shape) "
                f"before its "
                "weights are loaded."
            )
        modern_file = file.tree is not None and not _is_keras_2(file)
        if modern_file and by_name:
            raise LoadError(
                "a weights file of Keras 3 holds the places of layers and not their names; leave by_name "
                "out.",
                rule="weights",
                path=file.path,
            )
        if modern_file:
            modern.load_state(file, model, skip_mismatch)
            return
        plan = None
        with contextlib.suppress(LoadError):  # its weights may fit all the same
            plan = rewrite(file, {}, True).plan if file.config is not None else None
        put_weights(file, model, plan, by_name, skip_mismatch)


def _is_checkpoint(path: str | os.PathLike) -> bool:
    return not os.path.exists(path) and os.path.isfile(f"{os.fspath(path)}.index")


def _load_checkpoint(model: tf.keras.Model, prefix: str, by_name: bool, skip_mismatch: bool) -> None:
    """Load the weights of a TensorFlow checkpoint: arrays by path, read by TensorFlow."""
    from tfk_ext.models import checkpoints

    if by_name:
        raise LoadError(
            "a TensorFlow checkpoint holds the places of layers and not their names; leave by_name out.",
            rule="weights",
            path=prefix,
        )
    try:
        checkpoints.read(model, prefix, skip_mismatch)
    except (ValueError, tf.errors.OpError) as error:
        raise LoadError(str(error), rule="weights", path=prefix) from error


def _is_keras_2(file: ModelFile) -> bool:
    version = file.origin.version
    return version is not None and version < (3,)


def model_from_config(
    config: Any,
    custom_objects: Mapping[str, Any] | None = None,
    *,
    safe_mode: bool = True,
    limits: Limits | None = None,
) -> tf.keras.Model:
    """Build a model from its configuration: a dictionary of any Keras.

    Args:
        config: what ``get_config`` (with its ``class_name``) or a parsed ``to_json`` gave.
        custom_objects: classes and functions by name.
        safe_mode: see :func:`load_model`.
        limits: what it may hold.

    Raises:
        LoadError: it is refused or can't be built.

    Source: the classic documents, ``keras.models.model_from_config``.
    """
    return build(reader.config_file(config, limits), custom_objects, False, safe_mode, limits)


def model_from_json(
    json_string: str | bytes,
    custom_objects: Mapping[str, Any] | None = None,
    *,
    safe_mode: bool = True,
    limits: Limits | None = None,
) -> tf.keras.Model:
    """Build a model from what ``to_json`` of any Keras wrote; see :func:`model_from_config`.

    Raises:
        LoadError: it is refused or can't be built.

    Example:
        >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tfk_ext.Dense(1)])
        >>> tfk_ext.saving.model_from_json(model.to_json()).output_shape
        (None, 1)

    Source: the classic documents, ``keras.models.model_from_json``.
    """
    value = reader.parse_json(json_string, "json", None, limits or reader.DEFAULT, twice=True)
    return build(reader.from_config(value, "json", None), custom_objects, False, safe_mode, limits)


def model_from_yaml(
    yaml_string: str | bytes,
    custom_objects: Mapping[str, Any] | None = None,
    *,
    safe_mode: bool = True,
    limits: Limits | None = None,
) -> tf.keras.Model:
    """Build a model from what ``to_yaml`` of Keras 1 or 2 wrote; see :func:`model_from_config`.

    It needs PyYAML: ``pip install 'tfk_ext[yaml]'``.

    Raises:
        LoadError: it is refused or can't be built.

    Source: the classic documents, ``keras.models.model_from_yaml``.
    """
    value = reader.parse_yaml(yaml_string, "yaml", None, limits or reader.DEFAULT)
    return build(reader.from_config(value, "yaml", None), custom_objects, False, safe_mode, limits)
