"""Keras 1's ``merge`` and ``Merge``: a mode by name, over the merging layers of today."""

from __future__ import annotations

from typing import Any

from tfk_ext import layers
from tfk_ext.compat.spellings.calls import OldSpellingError, tell_once

_LAYERS = {"sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum"}


def merge(
    inputs,
    mode="sum",
    concat_axis=-1,
    dot_axes=-1,
    output_shape=None,
    output_mask=None,
    arguments=None,
    name=None,
):
    """Merge tensors as Keras 1's function of this name.

    Args:
        inputs: list of tensors.
        mode: ``"sum"``, ``"mul"``, ``"ave"``, ``"max"``, ``"concat"``, ``"dot"``, ``"cos"``, or a function of
            the list.
        concat_axis: the axis of ``"concat"``.
        dot_axes: the axes of ``"dot"`` and ``"cos"``.
        output_shape: shape of the output of a function, without the batch.
        output_mask: mask of the output of a function.
        arguments: keyword arguments of a function.
        name: name of the layer.

    Raises:
        OldSpellingError: another mode.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     tfk_ext.layers.merge([tf.ones((1, 2)), tf.ones((1, 3))], mode="concat").shape
        TensorShape([1, 5])
    """
    return _layer(mode, concat_axis, dot_axes, output_shape, output_mask, arguments, name)(inputs)


def Merge(  # noqa: N802 - the name of Keras 1
    layers=None,
    mode="sum",
    concat_axis=-1,
    dot_axes=-1,
    output_shape=None,
    output_mask=None,
    arguments=None,
    name=None,
    **unused: Any,
):
    """Return the merging layer that a mode of Keras 1 names; its arguments are those of :func:`merge`.

    Raises:
        OldSpellingError: ``layers`` is given: models are merged in the functional form today.
    """
    if layers:
        raise OldSpellingError(
            "Merge: layers of a Sequential model can't be merged by its first layer any more; write the "
            "functional form: Model([a.input, b.input], concatenate([a.output, b.output]))."
        )
    return _layer(mode, concat_axis, dot_axes, output_shape, output_mask, arguments, name)


def _layer(mode, concat_axis, dot_axes, output_shape, output_mask, arguments, name):
    if callable(mode):
        tell_once("merge", "mode=<function>", "Lambda(function)(inputs)")
        return layers.Lambda(
            mode, output_shape=output_shape, mask=output_mask, arguments=arguments, name=name
        )
    if mode in _LAYERS:
        made = getattr(layers, _LAYERS[mode])(name=name)
    elif mode == "concat":
        made = layers.Concatenate(axis=concat_axis, name=name)
    elif mode == "dot":
        made = layers.Dot(axes=dot_axes, name=name)
    elif mode == "cos":
        made = layers.legacy.Cosine(axes=dot_axes, name=name)
    else:
        known = ", ".join(repr(one) for one in (*_LAYERS, "concat", "dot", "cos"))
        raise OldSpellingError(f"merge: mode must be one of {known}, or a function, got {mode!r}.")
    tell_once("merge", f"mode={mode!r}", f"the layer {type(made).__name__}, or its function")
    return made
