"""What the optimizers share: the documented spellings, sparse gradients, ``minimize``."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.compat.spellings.calls import accept_old_spellings
from tfk_ext.ops import slices
from tfk_ext.ops import updates as ops


class _Shared:
    """Holds the scalars of a step, made once for all variables.

    For 100 small variables they are most of the step. Values of one graph are of no use in another (the
    branch of a condition, say), so the graph is part of their key. A dictionary of the optimizer itself Keras
    would track.
    """

    def __init__(self):
        self.values: dict[Hashable, Any] | None = None  # None: no step is under way

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what ``make`` returned in this step."""
        if self.values is None:
            return make()
        graph = None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()
        if (key, graph) not in self.values:
            self.values[key, graph] = make()
        return self.values[key, graph]


@accept_old_spellings
class Optimizer(tf.keras.optimizers.Optimizer):
    """Base of the package's optimizers: ``tf.keras.optimizers.Optimizer`` with the documented extras.

    The attribute ``lr`` stands for ``learning_rate``; ``decay`` makes the rate
    ``learning_rate / (1 + decay * step)``; ``minimize`` takes a step. Gradients of embeddings
    (``tf.IndexedSlices``) have the effect of the same gradient written out, also where rows repeat, of which
    Keras 3 squares each one by itself.

    A subclass names its options in ``_options`` and its slots in ``_slots``, and computes a step in ``_step``
    and, for sparse gradients, in ``_step_rows``.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        name: name of the optimizer.
        **kwargs: ``decay``, ``weight_decay``, ``clipnorm``, ``clipvalue``, ``global_clipnorm``,
            ``use_ema``, ``ema_momentum``, ``ema_overwrite_frequency``, ``loss_scale_factor``,
            ``gradient_accumulation_steps``.
    """

    global_clipnorm: float | None
    _options: tuple[str, ...] = ()
    _slots: tuple[str, ...] = ()
    # Whether a sparse gradient may be written out, because the step touches every weight anyway.
    _writes_out = False

    def __init__(self, learning_rate, name, decay=0.0, **kwargs):
        # Keras lets no attribute be set before its constructor has run.
        if not (callable(learning_rate) or isinstance(learning_rate, dict)):
            if isinstance(learning_rate, (tf.Tensor, tf.Variable)):
                learning_rate = float(learning_rate)
            learning_rate = checks.number(self, "learning_rate", learning_rate, 0.0)
        for option in ("clipnorm", "clipvalue", "global_clipnorm"):
            if kwargs.get(option) is not None:
                kwargs[option] = checks.number(self, option, kwargs[option], 0.0)
        decay = checks.number(self, "decay", 0.0 if decay is None else decay, 0.0)
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.decay = decay
        self._shared = _Shared()

    # --- documented spellings ---

    @property
    def lr(self):
        """The learning rate, by its short name."""
        return self.learning_rate

    @lr.setter
    def lr(self, value):
        self.learning_rate = value

    def get_weights(self):
        """Return the state as a list of arrays, which ``set_weights`` takes."""
        return [variable.numpy() for variable in self.variables]

    def minimize(self, loss, var_list, tape=None):
        """Take one step that makes a loss smaller.

        Args:
            loss: a function without arguments that returns it, or with ``tape`` the loss itself.
            var_list: the variables, or a function without arguments that returns them.
            tape: the ``tf.GradientTape`` under which the loss was computed.

        Returns:
            The number of steps so far.

        Example:
            >>> opt = tfk_ext.optimizers.SGD(learning_rate=0.1)
            >>> var = tf.Variable(1.0)
            >>> int(opt.minimize(lambda: (var**2) / 2.0, [var]).numpy())
            1
            >>> float(var)
            0.8999999761581421
        """
        if tape is None:
            if not callable(loss):
                checks.fail(
                    self, "minimize takes a function for the loss, or the loss with its tape.", TypeError
                )
            with tf.GradientTape() as tape:
                if not callable(var_list):
                    tape.watch([ops.tensor_variable(variable) for variable in var_list])
                loss = loss()
        variables = list(var_list() if callable(var_list) else var_list)
        gradients = tape.gradient(loss, [ops.tensor_variable(variable) for variable in variables])
        return self.apply_gradients(zip(gradients, variables))

    # --- steps ---

    def build(self, var_list):
        """Create the slots of each variable."""
        if self.built:
            return
        super().build(var_list)
        slots: dict[str, list] = {}
        for group in self._slot_groups():
            for variable in var_list:
                for name, initializer in group.items():
                    made = self.add_variable_from_reference(variable, name=name, initializer=initializer)
                    slots.setdefault(name, []).append(made)
        self._slot_variables = slots

    def slots(self) -> dict[str, list]:
        """Return the state of a built optimizer: for each slot a variable for each weight.

        Example:
            >>> optimizer = tfk_ext.optimizers.Adam()
            >>> optimizer.build([tf.keras.Variable(1.0)])
            >>> list(optimizer.slots())
            ['momentum', 'velocity']
        """
        return {name: list(members) for name, members in self._slot_variables.items()}

    def _slot_groups(self) -> list[dict[str, Any]]:
        """Return the names of the slots with their initializers.

        The slots of a group are made variable by variable, the groups one after the other: the order in which
        Keras 3 keeps its state, so that a state saved there fits here.
        """
        return [dict.fromkeys(self._slots, "zeros")] if self._slots else []

    def apply(self, grads, trainable_variables=None):
        """Update variables by their gradients."""
        global_clipnorm = self.global_clipnorm
        clips = self.clipnorm is not None or self.clipvalue is not None or global_clipnorm is not None
        # What Keras does to gradients before the step knows no sparse ones.
        written_out = self.loss_scale_factor is not None or self.gradient_accumulation_steps
        grads = list(grads)
        for index, gradient in enumerate(grads):
            if isinstance(gradient, tf.IndexedSlices):
                if written_out:
                    grads[index] = tf.convert_to_tensor(gradient)
                elif clips:
                    # Clipped is the gradient of a row, and not each of the parts that add up to it.
                    grads[index] = slices.unique_rows(gradient)
        if global_clipnorm and any(isinstance(gradient, tf.IndexedSlices) for gradient in grads):
            grads = slices.clipped_by_global_norm(grads, global_clipnorm)
            self.global_clipnorm = None  # done; Keras would write sparse ones out
        self._shared.values = {}
        try:
            return super().apply(grads, trainable_variables)
        finally:
            self._shared.values = None
            self.global_clipnorm = global_clipnorm

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable by its gradient."""
        weight = ops.tensor_variable(variable)
        dtype = weight.dtype
        rate = self._shared.once(("rate", dtype), lambda: self._rate(learning_rate, dtype))
        index = self._get_variable_index(variable)
        slots = {name: ops.tensor_variable(members[index]) for name, members in self._slot_variables.items()}
        if isinstance(gradient, tf.IndexedSlices):
            values = tf.cast(gradient.values, dtype)
            gradient = tf.IndexedSlices(values, gradient.indices, gradient.dense_shape)
            if not self._writes_out:
                self._step_rows(weight, gradient, rate, **slots)
                return
            gradient = slices.written_out(gradient, weight.shape[0])
        self._step(weight, tf.cast(gradient, dtype), rate, **slots)

    def _step(self, weight, gradient, rate, *args: Any, **slots: Any) -> Any:
        raise NotImplementedError

    def _step_rows(self, weight, gradient, rate, *args: Any, **slots: Any) -> Any:
        raise NotImplementedError

    def _rate(self, learning_rate, dtype):
        rate = tf.cast(tf.convert_to_tensor(learning_rate), dtype)
        if self.decay:
            rate /= 1.0 + tf.cast(self.decay, dtype) * tf.cast(tf.convert_to_tensor(self.iterations), dtype)
        return rate

    def _time(self, dtype, ahead=0):
        """Return the number of the step, from 1, as a floating scalar."""
        return tf.cast(tf.convert_to_tensor(self.iterations) + 1 + ahead, dtype)

    def _value(self, name, dtype):
        """Return an option as a scalar; one that was given as a function is asked at each step."""
        value = getattr(self, name)
        return self._shared.once((name, dtype), lambda: tf.cast(value() if callable(value) else value, dtype))

    def _fraction(self, name, value):
        """Check an option that is a number from 0 to 1 (1 excluded), a tensor, or a function for one."""
        if callable(value):
            return value
        if isinstance(value, (tf.Tensor, tf.Variable)):
            value = float(value)
        value = checks.number(self, name, value, 0.0)
        if value >= 1.0:
            checks.fail(self, f"{name} must be less than 1, got {value!r}.")
        return value

    def _epsilon(self, value):
        return tf.keras.backend.epsilon() if value is None else checks.number(self, "epsilon", value, 0.0)

    def get_config(self):
        config = super().get_config()
        if self.decay:
            config["decay"] = self.decay
        for option in self._options:
            value = getattr(self, option)
            config[option] = float(value()) if callable(value) else value
        return config
