"""What the documented cells share, and the layers that are an RNN over one of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from tfk_ext import activations, checks
from tfk_ext.layers.noise import RandomLayer
from tfk_ext.layers.recurrent.base import RNN
from tfk_ext.layers.recurrent.cells import Cell, drawn, floating
from tfk_ext.ops import core, noise
from tfk_ext.ops import recurrent as ops


class Weights(NamedTuple):
    """The weights of a cell as the mathematics takes them."""

    kernel: Any
    recurrent_kernel: Any
    bias: Any
    recurrent_bias: Any

    @property
    def recurrent(self) -> list[Any]:
        """Those of the recurrent part."""
        return [w for w in (self.recurrent_kernel, self.recurrent_bias) if w is not None]


def unit_forget_bias(initializer, units, before, after):
    """Return an initializer of a bias whose forget part, with ``before`` gates in front of it, is 1."""

    def initialize(shape, dtype=None, **options):
        parts = [initializer((count * units,), dtype=dtype, **options) for count in (before, after)]
        return tf.concat([parts[0], tf.ones((units,), dtype), parts[1]], axis=0)

    return initialize


class GatedCell(Cell, RandomLayer):
    """Base of the documented cells: the options of their weights, their dropout, their way over time.

    A subclass has ``_project(x, weights, keep)``, the input's part of the gates for one step or for all of
    them, and ``_rule(keep)``, the rest of a step.
    """

    def __init__(
        self,
        activation,
        use_bias,
        *,
        kernel,
        recurrent,
        bias,
        dropout,
        recurrent_dropout,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.supports_masking = False
        self.activation = activations.get(activation)
        self.use_bias = checks.boolean(self, "use_bias", use_bias)
        self._options("kernel", *kernel)
        self._options("recurrent", *recurrent)
        self._options("bias", *bias)
        self.dropout = checks.number(self, "dropout", dropout, 0.0, 1.0)
        self.recurrent_dropout = checks.number(self, "recurrent_dropout", recurrent_dropout, 0.0, 1.0)
        self._draws(self.dropout > 0 or self.recurrent_dropout > 0)

    def _weights(self):
        """Return what the mathematics takes from the weights; a subclass may store them otherwise."""
        bias = tf.convert_to_tensor(self.bias) if self.use_bias else None
        return Weights(
            tf.convert_to_tensor(self.kernel), tf.convert_to_tensor(self.recurrent_kernel), bias, None
        )

    def _project(self, x, weights, keep):
        raise NotImplementedError

    def _rule(self, keep):
        """Return the rule of the cell's steps; ``keep`` are the dropout factors of the state."""
        raise NotImplementedError

    def _masks(self, x, h, training):
        """Return the dropout factors of inputs ``x`` and of state ``h``, ``None`` where none apply."""
        held = drawn.get()
        if held is not None and id(self) in held:
            return held[id(self)]
        masks = [None, None]
        if training:
            for index, (rate, like) in enumerate(((self.dropout, x), (self.recurrent_dropout, h))):
                if rate > 0:
                    masks[index] = noise.dropout(tf.ones_like(like), rate, self._next_seed())
        if held is not None:
            held[id(self)] = masks
        return masks

    def call(self, inputs, states, training=None):
        inputs = floating(inputs, self.compute_dtype)
        keep_inputs, keep = self._masks(inputs, states[0], training)
        weights = self._weights()
        return self._rule(keep).once(weights.recurrent)(self._project(inputs, weights, keep_inputs), states)

    def _scan(self, xs, states, *, training, mask, reverse, unroll, **options):
        xs = floating(xs, self.compute_dtype)
        keep_inputs, keep = self._masks(xs[0], states[0], training)
        weights = self._weights()
        rule = self._rule(keep)
        if unroll or not rule.differentiable:
            return ops.scan(
                rule.step(weights.recurrent),
                self._project(xs, weights, keep_inputs),
                states,
                mask=mask,
                reverse=reverse,
                unroll=unroll,
                like=states[0],
                **options,
            )
        if keep_inputs is not None:
            xs = xs * keep_inputs
        if reverse:
            xs = tf.reverse(xs, [0])
            mask = None if mask is None else tf.reverse(mask, [0])
        inputs = [w for w in (weights.kernel, weights.bias) if w is not None]

        def project(x, kernel, bias=None):
            return self._project(x, weights._replace(kernel=kernel, bias=bias), None)

        # What the gradient by hand keeps is of no use in inference.
        options = {**options, "mask": mask, "gradient": bool(training)}
        return ops.recurrence(rule, xs, states, weights.recurrent, project=project, inputs=inputs, **options)

    def get_config(self):
        return {
            **super().get_config(),
            "use_bias": self.use_bias,
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
        }


class UnitsCell(GatedCell):
    """Base of SimpleRNNCell, GRUCell and LSTMCell: dense weights for ``_gates`` gates of ``units`` each."""

    _gates = 1

    def __init__(self, units, activation, use_bias, **kwargs):
        super().__init__(activation, use_bias, **kwargs)
        self.units = checks.integer(self, "units", units)
        self.state_size = self.units
        self.output_size = self.units

    def build(self, input_shape):
        size = checks.known(
            self, "the input's last axis", input_shape[-1], "give it in Input or input_shape."
        )
        self.kernel = self._add("kernel", (size, self._gates * self.units))
        self.recurrent_kernel = self._add(
            "recurrent", (self.units, self._gates * self.units), name="recurrent_kernel"
        )
        self.bias = self._add_bias() if self.use_bias else None
        super().build(input_shape)

    def _add_bias(self):
        return self._add("bias", (self._gates * self.units,))

    def _project(self, x, weights, keep):
        return core.dense(x if keep is None else x * keep, weights.kernel, weights.bias)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def of_cell(name: str) -> property:
    return property(lambda self: getattr(self.cell, name), doc=f"``{name}`` of the cell.")


class CellLayer(RNN):
    """Base of the layers over a documented cell: an RNN layer that makes its cell and speaks for it."""

    activation = of_cell("activation")
    use_bias = of_cell("use_bias")
    kernel_initializer = of_cell("kernel_initializer")
    recurrent_initializer = of_cell("recurrent_initializer")
    bias_initializer = of_cell("bias_initializer")
    kernel_regularizer = of_cell("kernel_regularizer")
    recurrent_regularizer = of_cell("recurrent_regularizer")
    bias_regularizer = of_cell("bias_regularizer")
    kernel_constraint = of_cell("kernel_constraint")
    recurrent_constraint = of_cell("recurrent_constraint")
    bias_constraint = of_cell("bias_constraint")
    dropout = of_cell("dropout")
    recurrent_dropout = of_cell("recurrent_dropout")
    seed = of_cell("seed")

    def get_config(self):
        config = super().get_config()
        del config["cell"]
        cell = self.cell.get_config()
        for name in ("name", "trainable", "dtype", "activity_regularizer"):
            cell.pop(name, None)
        return {**config, **cell}


def cell_options(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return what a layer hands on to the cell that it makes."""
    return {name: kwargs[name] for name in ("dtype", "trainable") if name in kwargs}
