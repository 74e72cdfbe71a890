"""Bidirectional: a recurrent layer in both directions."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import WeightedLayer
from tfk_ext.layers.wrappers import inner
from tfk_ext.ops import wrappers as ops
from tfk_ext.registration import register, restored

MERGE_MODES = ("sum", "mul", "concat", "ave", None)


@register
class Bidirectional(WeightedLayer):
    """Run a recurrent layer over a sequence in both directions and merge: ``merge(forward(x), backward(x))``.

    Args:
        layer: a recurrent layer: RNN, SimpleRNN, GRU, LSTM, ConvLSTM2D, one of Keras's own, or any layer
            with ``go_backwards``, ``return_sequences`` and ``get_config``. Both directions are made anew
            from its configuration, without its weights.
        merge_mode: ``"concat"`` (along the last axis), ``"sum"``, ``"mul"``, ``"ave"``, or ``None`` for a
            list of both outputs.
        weights: list of arrays to start from, those of the forward layer before those of the backward one.
        backward_layer: another layer for the backward direction. It must go the other way
            (``go_backwards``) and return the same (``return_sequences``, ``return_state``, ``stateful``).
        **kwargs: ``input_shape``, ``input_dim`` and ``input_length``, ``name``, ``dtype`` and the like.

    Call arguments: those of the wrapped layer. Of ``initial_state`` the first half goes to the forward
        layer,
    the second half to the backward one; of the states returned likewise.

    Shapes:
        input: ``(batch, time, ...)``.
        output: that of the layer, its last axis doubled by ``"concat"``; with ``return_state`` a list of
            the output and the states of both directions. The backward outputs are turned to the forward
            order.

    Masking: passed to both directions, and on with ``return_sequences``, whose masked steps are then zeros.

    Raises:
        ValueError: ``layer`` or ``backward_layer`` is no recurrent layer, or the two do not match;
            ``merge_mode`` is not known; an odd number of initial states.

    Example:
        >>> layer = tfk_ext.Bidirectional(tfk_ext.LSTM(10, return_sequences=True, name="lstm"))
        >>> layer(np.ones((2, 5, 3))).shape
        TensorShape([2, 5, 20])
        >>> [sub.name for sub in (layer.forward_layer, layer.backward_layer)]
        ['forward_lstm', 'backward_lstm']

    Source: Schuster, Paliwal (1997), "Bidirectional recurrent neural networks".
    """

    _takes_sequences = True

    def __init__(self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs):
        _check_recurrent(self, "layer", layer)
        if backward_layer is not None:
            _check_recurrent(self, "backward_layer", backward_layer)
        super().__init__(weights=weights, **kwargs)
        self.merge_mode = checks.one_of(self, "merge_mode", merge_mode, MERGE_MODES)
        self.forward_layer = _copy(layer, "forward_")
        self._own_backward = backward_layer is not None
        if backward_layer is None:
            backward_layer = _copy(layer, "backward_", go_backwards=not layer.go_backwards)
        self.backward_layer = backward_layer
        self._check_directions()
        self.stateful = getattr(layer, "stateful", False)
        self.return_sequences = layer.return_sequences
        self.return_state = getattr(layer, "return_state", False)
        for direction in (self.forward_layer, self.backward_layer):
            # A masked step has no output to repeat that both directions could agree on.
            if getattr(direction, "zero_output_for_mask", None) is not None:
                direction.zero_output_for_mask = self.return_sequences
        self.supports_masking = True

    @property
    def layer(self):
        return self.forward_layer

    def _check_directions(self):
        forward, backward = self.forward_layer, self.backward_layer
        if bool(forward.go_backwards) == bool(backward.go_backwards):
            checks.fail(
                self,
                "layer and backward_layer must have different go_backwards, both have "
                f"{forward.go_backwards!r}.",
            )
        for name in ("stateful", "return_sequences", "return_state"):
            one, two = getattr(forward, name, False), getattr(backward, name, False)
            if bool(one) != bool(two):
                checks.fail(
                    self,
                    f"layer and backward_layer must have the same {name}, got {one!r} and {two!r}.",
                )

    @tf.autograph.experimental.do_not_convert
    def __call__(self, sequences, initial_state=None, constants=None, **kwargs):
        if isinstance(sequences, list):
            sequences, *rest = sequences
            initial_state = rest or initial_state
        if initial_state is not None:
            if not isinstance(initial_state, (list, tuple)) or len(initial_state) % 2:
                checks.fail(
                    self,
                    "initial_state must be a list with the states of the forward layer followed by as many "
                    f"of the backward layer, got {_count(initial_state)}.",
                )
            kwargs["initial_state"] = list(initial_state)
        if constants is not None:
            kwargs["constants"] = list(constants) if isinstance(constants, (list, tuple)) else [constants]
        return super().__call__(sequences, **kwargs)

    def build(self, sequences_shape, initial_state_shape=None, constants_shape=None):
        if self._batch_size is not None:
            sequences_shape = inner.map_shapes(lambda s: (s[0] or self._batch_size, *s[1:]), sequences_shape)
        for direction in (self.forward_layer, self.backward_layer):
            if constants_shape and not direction.built:
                direction.build(sequences_shape, constants_shape=constants_shape)
                direction.built = True
            inner.build(direction, sequences_shape)
        super().build(sequences_shape)

    def call(self, sequences, initial_state=None, mask=None, training=None, constants=None):
        mask = inner.mask_of(sequences, mask)
        halves: list[Any] = [None, None]
        if initial_state is not None:
            half = len(initial_state) // 2
            halves = [initial_state[:half], initial_state[half:]]
        outputs, states = [], []
        for direction, state in zip((self.forward_layer, self.backward_layer), halves):
            arguments = {"training": training}
            for name, value in (("mask", mask), ("initial_state", state), ("constants", constants)):
                if value is not None:
                    arguments[name] = value
            output = direction(sequences, **inner.accepted(direction, arguments))
            if self.return_state:
                output, *rest = output
                states += rest
            outputs.append(output)
        forward, backward = outputs
        if self.return_sequences:
            axis = 0 if getattr(self.backward_layer, "time_major", False) else 1
            backward = tf.reverse(backward, [axis])
        merged = ops.merge_directions(forward, backward, self.merge_mode)
        merged, states = inner.cast((merged, states), self.compute_dtype)
        if not self.return_state:
            return merged
        return [*merged, *states] if self.merge_mode is None else [merged, *states]

    def compute_output_shape(self, sequences_shape, initial_state_shape=None, constants_shape=None):
        if isinstance(sequences_shape, list) and isinstance(sequences_shape[0], (list, tuple)):
            sequences_shape = sequences_shape[0]
        outputs, states = [], []
        for direction in (self.forward_layer, self.backward_layer):
            shape = inner.output_shape(direction, sequences_shape)
            if self.return_state:
                shape, *rest = shape
                states += rest
            outputs.append(tuple(shape))
        forward, backward = outputs
        if self.merge_mode is None:
            return [forward, backward, *states]
        if self.merge_mode == "concat":
            known = None not in (forward[-1], backward[-1])
            forward = (*forward[:-1], forward[-1] + backward[-1] if known else None)
        return [forward, *states] if self.return_state else forward

    def compute_mask(self, inputs, mask=None):
        mask = inner.mask_of(inputs, mask) if self.return_sequences else None
        masks = [mask, mask] if self.merge_mode is None else [mask]
        if self.return_state:
            shape = _first_shape(inputs)
            masks += [None] * (len(self.compute_output_shape(shape)) - len(masks))
        return masks if len(masks) > 1 else mask

    def reset_states(self, states=None):
        """Set the kept states of both directions.

        Args:
            states: arrays, those of the forward layer before those of the backward one; by default zeros.

        Raises:
            AttributeError: the layer is not stateful.
        """
        if not self.stateful:
            checks.fail(self, "only a layer with stateful=True keeps states to reset.", AttributeError)
        if states is None:
            self.reset_state()
            return
        if not isinstance(states, (list, tuple)) or len(states) % 2:
            checks.fail(
                self,
                "states must be a list with the states of the forward layer followed by as many of the "
                f"backward layer, got {type(states).__name__}.",
            )
        half = len(states) // 2
        self.forward_layer.reset_states(list(states[:half]))
        self.backward_layer.reset_states(list(states[half:]))

    def reset_state(self):
        """Set the kept states to zeros: today's Keras's name, which does nothing where none are kept."""
        if self.stateful:
            self.forward_layer.reset_states()
            self.backward_layer.reset_states()

    def get_config(self):
        config = super().get_config()
        config["merge_mode"] = self.merge_mode
        config["layer"] = _serialized(self.forward_layer)
        if self._own_backward:
            config["backward_layer"] = _serialized(self.backward_layer)
        if self._batch_size is not None:
            config["batch_size"] = self._batch_size
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        for name in ("layer", "backward_layer"):
            if isinstance(config.get(name), Mapping):
                config[name] = restored(config[name], custom_objects)
        return cls(**config)


def _check_recurrent(owner, name, layer):
    if not isinstance(layer, tf.keras.layers.Layer):
        checks.fail(owner, f"{name} must be a layer, got {layer!r}.")
    for attribute in ("go_backwards", "return_sequences"):
        if not hasattr(layer, attribute):
            checks.fail(
                owner,
                f"{name} must be a recurrent layer, such as LSTM: {type(layer).__name__} has no {attribute}.",
            )


def _count(states):
    return f"{len(states)} tensors" if isinstance(states, (list, tuple)) else type(states).__name__


def _first_shape(inputs):
    return tuple(tf.nest.flatten(inputs)[0].shape)


def _serialized(layer):
    # The wrapper builds its layers itself.
    config = tf.keras.saving.serialize_keras_object(layer)
    config.pop("build_config", None)
    return config


def _copy(layer, prefix, **changes):
    """Make a layer anew from its configuration, under its name with a prefix."""
    config = _unshared(_serialized(layer))
    name = layer.name
    for known in ("forward_", "backward_"):
        name = name.removeprefix(known)
    config["config"] = {**config["config"], **changes, "name": prefix + name}
    return tf.keras.saving.deserialize_keras_object(config, custom_objects=_objects(layer))


def _unshared(config):
    """Return a configuration that makes an object of its own.

    While a model is loaded, Keras notes by their addresses which objects were written before, and gives what
    it made of one for another that lies at the same address later.
    """
    if isinstance(config, dict):
        return {key: _unshared(value) for key, value in config.items() if key != "shared_object_id"}
    return [_unshared(value) for value in config] if isinstance(config, list) else config


def _objects(layer):
    """Return the classes and functions that a layer's configuration may name without being registered."""
    cell = getattr(layer, "cell", None)
    owners = [layer, *([] if cell is None else [cell, *getattr(cell, "cells", [])])]
    found: dict[str, Any] = {}
    for owner in owners:
        found[type(owner).__name__] = type(owner)
        for value in vars(owner).values():
            if inspect.isfunction(value):
                found[value.__name__] = value
            elif isinstance(
                value,
                (
                    tf.keras.initializers.Initializer,
                    tf.keras.regularizers.Regularizer,
                    tf.keras.constraints.Constraint,
                ),
            ):
                found[type(value).__name__] = type(value)
    return {
        name: thing for name, thing in found.items() if not thing.__module__.startswith(("keras", "tfk_ext"))
    }
