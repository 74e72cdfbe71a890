"""What the convolutional layers share: their arguments' checks, their channels, their spatial axes."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tfk_ext import activations, checks
from tfk_ext.layers.base import Layer, WeightedLayer
from tfk_ext.ops import convolution as ops

# How messages name the spatial axes, by their number.
AXES = {1: ("steps",), 2: ("rows", "columns"), 3: ("depth", "rows", "columns")}


def given(local: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a constructor from its ``locals()``, as keywords for the base's."""
    rest = local.pop("kwargs", {})
    return {**{name: value for name, value in local.items() if name not in ("self", "__class__")}, **rest}


def axes_of(rank: int, data_format: str) -> str:
    """Return how a message names the axes of an input."""
    if data_format == "channels_first":
        return f"(batch, channels, {', '.join(AXES[rank])})"
    return f"(batch, {', '.join(AXES[rank])}, channels)"


def plain(values: tuple[Any, ...]) -> Any:
    """Return how a message shows sizes: an integer for one axis, a tuple for several."""
    return values[0] if len(values) == 1 else values


def pairs(owner: object, name: str, value: Any, rank: int) -> tuple[tuple[int, ...], ...]:
    """Return how much is cut or added in front and behind, for each of ``rank`` axes.

    One integer stands for all; an integer for an axis stands for both of its ends. With one axis the pair
    comes bare, as the documents have it.
    """
    if rank == 1:
        return (checks.spatial(owner, name, value, 2, minimum=0),)
    axes = (value,) * rank if checks.is_integer(value) else value
    try:
        found = tuple(checks.spatial(owner, name, axis, 2, minimum=0) for axis in axes)
    except (TypeError, ValueError):
        found = ()
    if len(found) != rank:
        checks.fail(
            owner,
            f"{name} must be an integer of at least 0, a tuple of {rank} of them, or a tuple of {rank} pairs "
            f"(front, back) of them, got {value!r}.",
        )
    return found


class SpatialLayer(Layer):
    """Base of the layers without weights over spatial axes: where the channels are, what shape goes in.

    Args:
        rank: number of spatial axes.
        data_format: ``"channels_last"``, ``"channels_first"``, or ``None`` for the configured one.
    """

    def __init__(self, rank, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self._rank = rank
        self.data_format = checks.data_format(self, data_format)
        self.input_spec = tf.keras.layers.InputSpec(ndim=rank + 2)

    def _split(self, input_shape):
        """Return batch, spatial sizes and channels of an input's shape."""
        shape = checks.rank(self, input_shape, self._rank + 2, axes_of(self._rank, self.data_format))
        if self.data_format == "channels_first":
            return shape[0], shape[2:], shape[1]
        return shape[0], shape[1:-1], shape[-1]

    def _joined(self, batch, spatial, channels):
        """Return a shape in the layer's data format."""
        if self.data_format == "channels_first":
            return (batch, channels, *spatial)
        return (batch, *spatial, channels)

    def get_config(self):
        return {**super().get_config(), "data_format": self.data_format}


class KernelLayer(WeightedLayer):
    """Base of the layers that move a kernel over spatial axes.

    Args:
        rank: number of spatial axes.
        kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias: as documented.
        bias_initializer, bias_regularizer, bias_constraint: options of the bias.
    """

    _paddings: tuple[str, ...] = ("valid", "same")
    # Whether more than one batch axis may come in.
    _extra_batch_axes = False

    def __init__(
        self,
        rank,
        kernel_size,
        strides,
        padding,
        data_format,
        dilation_rate,
        activation,
        use_bias,
        bias_initializer,
        bias_regularizer,
        bias_constraint,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._rank = rank
        self.kernel_size = checks.spatial(self, "kernel_size", kernel_size, rank)
        self.strides = checks.spatial(self, "strides", strides, rank)
        self.padding = checks.one_of(self, "padding", padding, self._paddings)
        self.data_format = checks.data_format(self, data_format)
        self.dilation_rate = checks.spatial(self, "dilation_rate", dilation_rate, rank)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            checks.fail(
                self,
                "strides other than 1 and a dilation_rate other than 1 exclude each other, "
                f"got strides={plain(self.strides)} and dilation_rate={plain(self.dilation_rate)}.",
            )
        self.activation = activations.get(activation)
        self.use_bias = checks.boolean(self, "use_bias", use_bias)
        self._options("bias", bias_initializer, bias_regularizer, bias_constraint)

    # --- shapes

    def _split(self, input_shape):
        """Return batch axes, spatial sizes and channels of an input's shape."""
        shape = tuple(input_shape)
        rank = self._rank
        if len(shape) < rank + 2 or (len(shape) > rank + 2 and not self._extra_batch_axes):
            checks.rank(self, shape, rank + 2, axes_of(rank, self.data_format))
        batch, rest = shape[: -rank - 1], shape[-rank - 1 :]
        if self.data_format == "channels_first":
            return batch, rest[1:], rest[0]
        return batch, rest[:-1], rest[-1]

    def _joined(self, batch, spatial, channels):
        """Return a shape in the layer's data format."""
        if self.data_format == "channels_first":
            return (*batch, channels, *spatial)
        return (*batch, *spatial, channels)

    def _channels(self, input_shape):
        """Return the number of the input's channels, and pin it for later calls."""
        _, spatial, channels = self._split(input_shape)
        channels = checks.known(
            self,
            "the number of channels (the input's "
            + (f"axis {len(input_shape) - self._rank - 1})" if self._first else "last axis)"),
            channels,
            "give it in Input or input_shape.",
        )
        ndim = self._rank + 2
        self.input_spec = tf.keras.layers.InputSpec(
            **({"min_ndim": ndim} if self._extra_batch_axes else {"ndim": ndim}),
            axes={(-self._rank - 1 if self._first else -1): channels},
        )
        return channels

    @property
    def _first(self):
        return self.data_format == "channels_first"

    def _output_sizes(self, spatial):
        """Return the output's spatial sizes, or say that the kernel does not fit."""
        found = tuple(
            ops.output_length(n, k, s, self.padding, d)
            for n, k, s, d in zip(spatial, self.kernel_size, self.strides, self.dilation_rate)
        )
        if any(n is not None and n <= 0 for n in found):
            dilated = ""
            if max(self.dilation_rate) > 1:
                spans = tuple((k - 1) * d + 1 for k, d in zip(self.kernel_size, self.dilation_rate))
                dilated = f", {plain(spans)} with dilation_rate {plain(self.dilation_rate)},"
            checks.fail(
                self,
                f"kernel_size {plain(self.kernel_size)}{dilated} is larger than the input's {plain(spatial)} "
                f"({', '.join(AXES[self._rank])}); use padding='same' or a smaller kernel.",
            )
        return found

    def get_config(self):
        config = super().get_config()
        for name in ("kernel_size", "strides", "padding", "data_format", "dilation_rate", "use_bias"):
            config[name] = getattr(self, name)
        return config
