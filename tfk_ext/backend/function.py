"""Functions and gradients of tensors of a model's graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext.backend.operation import is_variable
from tfk_ext.backend.values import get_value


def function(
    inputs: Any, outputs: Any, updates: Any = None, name: str | None = None, **kwargs: Any
) -> Callable:
    """Make a function from arrays to arrays out of tensors of a model's graph.

    Args:
        inputs: a KerasTensor or a list of them: inputs of a model, or tensors between its layers. One that is
            ``K.learning_phase()`` is fed 0 or 1 and says whether the model trains.
        outputs: a KerasTensor or a list (a variable in it gives its value).
        updates: none can be had: layers update their own variables when they are called.
        name: a name.
        **kwargs: none; there are no sessions that would take them.

    Returns:
        A function of a list of arrays (or of one array, if ``inputs`` is one tensor) that returns a list of
        arrays (or one).

    Raises:
        ValueError: there are updates or session arguments, or no path from the inputs to the outputs.

    Example:
        >>> K = tfk_ext.backend
        >>> x = tf.keras.Input((3,))
        >>> f = K.function([x], [K.sum(x, axis=1), x * 2])
        >>> [y.tolist() for y in f([np.ones((1, 3))])]
        [[3.0], [[2.0, 2.0, 2.0]]]
    """
    if updates:
        raise ValueError(
            "K.function: updates can't be given; write a tf.function that calls K.update(variable, value)."
        )
    if kwargs:
        raise ValueError(f"K.function: there are no sessions to take {', '.join(kwargs)}.")
    return _Function(inputs, outputs, name)


class _Function:
    """A model of some tensors, called with arrays."""

    def __init__(self, inputs: Any, outputs: Any, name: str | None):
        self._single_input = not isinstance(inputs, (list, tuple))
        self._inputs = [inputs] if self._single_input else list(inputs)
        self._single = not isinstance(outputs, (list, tuple))
        self._outputs = [outputs] if self._single else list(outputs)
        symbolic = [x for x in self._inputs if isinstance(x, tf.keras.KerasTensor)]
        wanted = [y for y in self._outputs if isinstance(y, tf.keras.KerasTensor)]
        for x in self._inputs:
            if not isinstance(x, tf.keras.KerasTensor) and not _is_phase(x):
                raise ValueError(
                    f"K.function: inputs must be tensors of a model (or K.learning_phase()), got {x!r}."
                )
        model = tf.keras.Model(symbolic, wanted, name=name) if wanted else None
        self._run = None if model is None else tf.function(model, reduce_retracing=True)

    def __call__(self, inputs: Any = ()) -> Any:
        values = [inputs] if self._single_input and not isinstance(inputs, (list, tuple)) else list(inputs)
        if len(values) != len(self._inputs):
            raise ValueError(f"K.function: {len(self._inputs)} inputs are expected, got {len(values)}.")
        tensors, training = [], False
        for x, value in zip(self._inputs, values):
            if _is_phase(x):
                training = bool(value)
            else:
                tensors.append(tf.cast(value, x.dtype) if not isinstance(value, tf.SparseTensor) else value)
        computed = iter(tf.nest.flatten(self._run(tensors, training=training)) if self._run else ())
        results = [
            next(computed).numpy() if isinstance(y, tf.keras.KerasTensor) else np.asarray(get_value(y))
            for y in self._outputs
        ]
        return results[0] if self._single else results


def _is_phase(x: Any) -> bool:
    return isinstance(x, (int, np.integer)) and x in (0, 1)


def gradients(loss: Any, variables: Any) -> list[Any]:
    """Return the gradients of a tensor (of its sum, if it has several elements) by others.

    Args:
        loss: a KerasTensor, or a tensor inside a ``tf.function``.
        variables: a tensor of the model's graph on the way to ``loss``, a weight, or a list of them.

    Returns:
        A list with a KerasTensor for each: an output for :func:`function`, or for more operations. ``None``
        where the loss does not depend on the variable.

    Raises:
        RuntimeError: ``loss`` is a tensor that has its value already: ``tf.GradientTape`` has to watch how it
            comes to be.

    Example:
        >>> K = tfk_ext.backend
        >>> x = tf.keras.Input((2,))
        >>> f = K.function([x], K.gradients(K.sum(K.square(x)), x))
        >>> f([np.array([[1.0, 3.0]])])[0].tolist()
        [[2.0, 6.0]]
    """
    targets = list(variables) if isinstance(variables, (list, tuple)) else [variables]
    if isinstance(loss, tf.keras.KerasTensor):
        return _symbolic_gradients(loss, targets)
    if not tf.is_tensor(loss) or hasattr(loss, "numpy"):
        raise RuntimeError(
            "K.gradients: the loss has been computed already, so that its gradient is not known any more; "
            "compute it within `with tf.GradientTape() as tape:` and call tape.gradient(loss, variables), or "
            "take the gradient of a tensor of a model's graph."
        )
    return tf.gradients(loss, [tf.convert_to_tensor(t) if is_variable(t) else t for t in targets])


def _symbolic_gradients(loss: Any, targets: Sequence[Any]) -> list[Any]:
    weights = [t for t in targets if not isinstance(t, tf.keras.KerasTensor)]
    for weight in weights:
        if not is_variable(weight):
            raise ValueError(f"K.gradients: variables must be tensors or variables, got {weight!r}.")
    by_weights = iter(_taken(loss, None, weights) if weights else ())
    # Each tensor by itself: one that another depends on would be cut off from the loss by it.
    return [
        _taken(loss, t, [])[0] if isinstance(t, tf.keras.KerasTensor) else next(by_weights) for t in targets
    ]


def _taken(loss: Any, place: Any, weights: Sequence[Any]) -> list[Any]:
    """Return the gradients of the loss by a tensor of its graph (or by none) and by weights."""
    inputs = [] if place is None else [place]
    inputs += [source for source in tf.keras.utils.get_source_inputs(loss) if source is not place]
    layer = _Gradients(tf.keras.Model(inputs, loss), int(place is not None), weights)
    found = layer(inputs)
    result = iter(found if isinstance(found, (list, tuple)) else [found])
    return [next(result) if depends else None for depends in layer.depends]


class _Weights:
    """Keeps variables from being tracked: they belong to the model's layers already."""

    def __init__(self, variables: Sequence[Any]):
        self.variables = list(variables)


class _Gradients(tf.keras.layers.Layer):
    """The gradients of a model's output by its first inputs and by weights."""

    def __init__(self, model: Any, count: int, weights: Sequence[Any]):
        super().__init__(autocast=False, name=f"gradients_{tf.keras.backend.get_uid('gradients')}")
        self.model = model
        self.count = count
        self.targets = _Weights(weights)
        self.depends: list[bool] = []
        self.supports_masking = True
        self.built = True

    def call(self, inputs, training=None):
        watched = list(inputs[: self.count])
        with tf.GradientTape() as tape:
            tape.watch(watched)
            loss = self.model([*watched, *inputs[self.count :]], training=training)
        found = tape.gradient(loss, [*watched, *(tf_variable(w) for w in self.targets.variables)])
        self.depends = [g is not None for g in found]
        return [tf.convert_to_tensor(g) for g in found if g is not None]

    def compute_mask(self, inputs, previous_mask=None):
        return None

    def get_config(self):
        raise NotImplementedError(
            "K.gradients: a model with gradients in its graph can't be saved; save the model they are taken "
            "of, and take them again after loading."
        )


def tf_variable(variable: Any) -> Any:
    """Return the TensorFlow variable of a Keras variable."""
    return variable.value if isinstance(variable, tf.keras.Variable) else variable
