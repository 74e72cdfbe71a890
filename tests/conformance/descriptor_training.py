"""How a row describes a loss, metric, optimizer or callback, and how the example data of its tests are drawn.

The rows stand in `table_losses.py` and so on, the suites over them in `test_losses.py` and so on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

# --- labels and predictions ---------------------------------------------------------------------------------

Draw = Callable[[np.random.Generator, tuple[int, ...]], tuple[np.ndarray, np.ndarray]]


def regression(rng, shape):
    """Any numbers."""
    return rng.normal(size=shape), rng.normal(size=shape)


def positive(rng, shape):
    """Numbers above 0."""
    return rng.uniform(0.1, 3, shape), rng.uniform(0.1, 3, shape)


def counts(rng, shape):
    """Small counts and positive rates."""
    return rng.integers(0, 4, shape).astype(float), rng.uniform(0.1, 3, shape)


def equal_often(rng, shape):
    """Small whole numbers, which are often the same."""
    return rng.integers(0, 3, shape).astype(float), rng.integers(0, 3, shape).astype(float)


def binary(rng, shape):
    """Labels 0 and 1, probabilities."""
    return rng.integers(0, 2, shape).astype(float), rng.uniform(0.01, 0.99, shape)


def binary_logits(rng, shape):
    """Labels 0 and 1, logits."""
    return rng.integers(0, 2, shape).astype(float), 3 * rng.normal(size=shape)


def one_hot(rng, shape):
    """One-hot labels, probabilities that add up to 1 along the last axis."""
    labels, predictions = sparse(rng, shape)
    return np.eye(shape[-1])[labels.astype(int)], predictions


def one_hot_logits(rng, shape):
    """One-hot labels, logits."""
    return one_hot(rng, shape)[0], 3 * rng.normal(size=shape)


def distributions(rng, shape):
    """Two distributions along the last axis."""
    return _softmax(rng.normal(size=shape)), _softmax(rng.normal(size=shape))


def sparse(rng, shape):
    """Integer labels, probabilities that add up to 1 along the last axis."""
    return rng.integers(0, shape[-1], shape[:-1]).astype(float), _softmax(2 * rng.normal(size=shape))


def sparse_logits(rng, shape):
    """Integer labels, logits."""
    return sparse(rng, shape)[0], 3 * rng.normal(size=shape)


def _softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


# --- rows ---------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class LossRow:
    """A loss: its class, its function, its formula.

    Args:
        cls: the public class.
        function: the public function.
        formula: the unreduced loss in NumPy, ``formula(y_true, y_pred, **config)``.
        cases: ``(constructor arguments, how data are drawn)``.
        extreme: labels and predictions at the edge of what they may be: value and gradient must be finite.
        names: strings that stand for it.
        bad: ``(constructor arguments, word of the message)``.
        shape: the shape of the predictions in the suites that take one.
        peer: what the class is called in Keras 3 and tf_keras.
    """

    cls: type
    function: Callable
    formula: Callable[..., np.ndarray]
    cases: Sequence[tuple[dict[str, Any], Draw]]
    extreme: Sequence[tuple[Any, Any, dict[str, Any]]]
    names: tuple[str, ...]
    bad: Sequence[tuple[dict[str, Any], str]] = ()
    shape: tuple[int, ...] = (6, 4)
    peer: str = ""

    @property
    def name(self) -> str:
        return self.cls.__name__


@dataclasses.dataclass(frozen=True)
class MetricRow:
    """A metric: its class and what it must equal.

    Args:
        cls: the public class.
        cases: ``(constructor arguments, how data are drawn)``.
        names: strings that stand for it.
        formula: ``formula(y_true, y_pred, weights, **config) -> value`` over all samples, ``None`` where the
            peers are the only oracle. ``weights`` is ``None`` or one number for each sample.
        bad: ``(constructor arguments, word of the message)``.
        peer: the name of the oracle in tf_keras and Keras 3, "" for none.
        shape: the shape of the predictions of one batch.
        values: whether it takes values instead of labels and predictions.
    """

    cls: type
    cases: Sequence[tuple[dict[str, Any], Draw]]
    names: tuple[str, ...] = ()
    formula: Callable[..., Any] | None = None
    bad: Sequence[tuple[dict[str, Any], str]] = ()
    peer: str = ""
    shape: tuple[int, ...] = (6, 4)
    values: bool = False

    @property
    def name(self) -> str:
        return self.cls.__name__


@dataclasses.dataclass(frozen=True)
class OptimizerRow:
    """An optimizer: its class and its formula.

    Args:
        cls: the public class.
        step: one step in NumPy, ``step(w, g, state, t, config) -> new w``, which keeps its slots in the
            dictionary ``state``; ``t`` counts from 1 and ``config`` holds every option.
        configs: constructor arguments.
        names: strings that stand for it.
        bad: ``(constructor arguments, word of the message)``.
        peer: its name in Keras 3 if its steps are the same there, else "".
        rows_only: whether a sparse gradient may touch no other rows than its own.
    """

    cls: type
    step: Callable[..., np.ndarray]
    configs: Sequence[dict[str, Any]]
    names: tuple[str, ...]
    bad: Sequence[tuple[dict[str, Any], str]] = ()
    peer: str = ""
    rows_only: bool = False

    @property
    def name(self) -> str:
        return self.cls.__name__


@dataclasses.dataclass(frozen=True)
class CallbackRow:
    """A callback: how it is made, and the file that tests what it does.

    Args:
        make: ``make(folder) -> constructor arguments``.
        tests: the test file, relative to `tests/callbacks`.
        bad: ``(constructor arguments, word of the message)``.
    """

    cls: type
    tests: str
    make: Callable[[Any], dict[str, Any]] = lambda folder: {}
    bad: Sequence[tuple[dict[str, Any], str]] = ()

    @property
    def name(self) -> str:
        return self.cls.__name__
