"""Tables of models, and weights brought into other layouts (``keras.utils.layer_utils``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.utils.conv_utils import convert_kernel

get_source_inputs = tf.keras.utils.get_source_inputs


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable | None = None,
) -> None:
    """Print the table of a model's layers: ``model.summary()``.

    Args:
        model: a model.
        line_length: length of a line.
        positions: where the columns end, as parts of a line or as columns.
        print_fn: called with the text instead of ``print``.
    """
    model.summary(line_length=line_length, positions=positions, print_fn=print_fn)


def count_params(weights: Sequence[Any]) -> int:
    """Return the number of elements of weights; one that stands there twice counts once.

    Example:
        >>> tfk_ext.utils.layer_utils.count_params(tfk_ext.models.Sequential([
        ...     tfk_ext.Dense(2, input_shape=(3,))]).weights)
        8
    """
    return sum(int(np.prod(w.shape)) for w in {id(w): w for w in weights}.values())


def convert_all_kernels_in_model(model: Any) -> None:
    """Turn the kernels of all convolutions of a model round, from Theano's convention or to it.

    Args:
        model: a model; its weights are changed. Models inside of it are changed too.
    """
    for layer in model.layers:
        if isinstance(layer, tf.keras.Model):
            convert_all_kernels_in_model(layer)
        for convolution in filter(_is_convolution, (layer, getattr(layer, "layer", None))):
            convolution.kernel.assign(convert_kernel(tf.convert_to_tensor(convolution.kernel)))


def _is_convolution(layer: Any) -> bool:
    return type(layer).__name__ in ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "Conv3DTranspose")


def convert_dense_weights_data_format(
    dense: Any, previous_feature_map_shape: Sequence[int], target_data_format: str = "channels_first"
) -> None:
    """Reorder the kernel of a Dense layer behind a Flatten, for feature maps in the other data format.

    Args:
        dense: the layer; its kernel is changed.
        previous_feature_map_shape: shape of what is flattened, without the batch, in the other data format:
            ``(channels, rows, columns)`` if the target is ``channels_last``.
        target_data_format: the data format that the maps will have.
    """
    name = "convert_dense_weights_data_format"
    checks.one_of(name, "target_data_format", target_data_format, checks.DATA_FORMATS)
    kernel = np.asarray(tf.convert_to_tensor(dense.kernel))
    shape = tuple(previous_feature_map_shape)
    if np.prod(shape) != kernel.shape[0]:
        raise ValueError(f"{name}: feature maps of {shape} don't fit a kernel of {kernel.shape}.")
    maps = kernel.reshape((*shape, kernel.shape[1]))
    maps = np.moveaxis(maps, 2, 0) if target_data_format == "channels_first" else np.moveaxis(maps, 0, 2)
    dense.kernel.assign(maps.reshape(kernel.shape))
