"""How a row of the conformance table describes a layer, and what a layer is held against.

A row says with which arguments a layer is made, on what input it is called, and which independent oracle it
must equal. The suites (`test_*.py` beside this file) run over all rows; a suite that does not apply is
switched off in the row, with the reason as its value.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

SUITES = (
    "numeric",  # outputs equal the oracle's
    "gradients",  # gradients of inputs and weights equal the oracle's or a numeric derivative
    "config",  # get_config -> from_config, JSON
    "file",  # `.keras` round trip in a model
    "graph",  # tf.function equals eager
    "xla",  # jit_compile=True equals eager, a compiled training step too
    "policies",  # mixed_float16, mixed_bfloat16, float64
    "symbolic",  # call on a KerasTensor, compute_output_shape, unknown batch
    "dynamic",  # further unknown axes, as the row's `unknown` names them
    "export",  # SavedModel through model.export
    "tflite",  # LiteRT/TFLite conversion
    "distribution",  # MirroredStrategy on two logical CPUs
    "mask",  # what happens to a mask
    "errors",  # misuse raises a message that names what was wrong
)


# --- inputs ---


@dataclasses.dataclass(frozen=True)
class Inputs:
    """An example input: its whole shape (batch first) and how its values are drawn."""

    shape: tuple[int, ...]
    draw: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]
    dtype: str = "float32"

    def array(self, seed: int = 0) -> np.ndarray:
        return self.draw(np.random.default_rng(seed), self.shape).astype(self.dtype)

    @property
    def floating(self) -> bool:
        return self.dtype.startswith(("float", "bfloat"))


def normal(*shape: int, scale: float = 1.0) -> Inputs:
    """Standard normal values."""
    return Inputs(shape, lambda rng, size: scale * rng.standard_normal(size))


def uniform(*shape: int, low: float = 0.0, high: float = 1.0) -> Inputs:
    """Values drawn evenly from ``[low, high)``."""
    return Inputs(shape, lambda rng, size: rng.uniform(low, high, size))


def integers(*shape: int, low: int = 0, high: int = 10) -> Inputs:
    """Whole numbers from ``low`` to ``high - 1``."""
    return Inputs(shape, lambda rng, size: rng.integers(low, high, size), "int32")


@dataclasses.dataclass(frozen=True)
class Args:
    """Several positional arguments of a call, each an :class:`Inputs` or a list of them."""

    items: tuple[Any, ...]

    def __init__(self, *items: Any):
        object.__setattr__(self, "items", items)


@dataclasses.dataclass(frozen=True)
class Case:
    """One configuration of a component, with an input of its own where the row's does not fit."""

    config: dict[str, Any]
    inputs: Any = None
    training: bool = False
    unknown: tuple[int, ...] | None = None


@dataclasses.dataclass(frozen=True)
class Made:
    """An argument that every layer needs one of its own of, such as a cell or a wrapped layer.

    ``make`` is called for each layer that is built, with the ``dtype`` that the layer gets, if any.
    """

    make: Callable[..., Any]


def made(config: dict[str, Any], **overrides: Any) -> dict[str, Any]:
    """Return constructor arguments with every :class:`Made` one made."""
    options = {name: value for name, value in overrides.items() if name == "dtype"}
    return {k: v.make(**options) if isinstance(v, Made) else v for k, v in config.items()}


# --- oracles ---


@dataclasses.dataclass(frozen=True)
class Formula:
    """A NumPy formula written in the row: ``function(x, weights, config) -> array``.

    ``x`` is the input (a list where the layer takes several), ``weights`` the list of ``get_weights()``,
    ``config`` the constructor arguments of the case.
    """

    function: Callable[[Any, list[np.ndarray], dict[str, Any]], Any]


@dataclasses.dataclass(frozen=True)
class Peer:
    """A class of another Keras that must give the same numbers from the same weights.

    Args:
        make: the class, or a function from the case's config to a peer layer.
        rename: documented argument names to the peer's; ``None`` as the new name drops the argument.
        extra: arguments that only the peer takes.
        channels_last: build the peer in channels_last and transpose around it, because its CPU kernels
            lack channels_first.
        weights: maps our ``get_weights()`` to the peer's, where the layouts differ.
        gradients: whether its gradients serve as an oracle too.
        skip: ``config -> reason`` for the configurations the peer can't do, else ``None``.
    """

    make: Callable[..., Any]
    rename: dict[str, str | None] = dataclasses.field(default_factory=dict)
    extra: dict[str, Any] = dataclasses.field(default_factory=dict)
    channels_last: bool = False
    weights: Callable[[list[np.ndarray], dict[str, Any]], list[np.ndarray]] | None = None
    gradients: bool = True
    skip: Callable[[dict[str, Any]], str | None] = lambda config: None

    def build(self, config: dict[str, Any]) -> Any:
        config = made(config)
        if self.channels_last:
            config.pop("data_format", None)
        for old, new in self.rename.items():
            if old in config:
                value = config.pop(old)
                if new is not None:
                    config[new] = value
        return self.make(**config, **self.extra)


# --- the row ---


@dataclasses.dataclass(frozen=True)
class Component:
    """A row of the table.

    Args:
        cls: the public class.
        inputs: the example input: :class:`Inputs`, a list of them (a layer that merges), or :class:`Args`.
        configs: constructor arguments, a dictionary or a :class:`Case` each. The first one stands for the
            component in the suites that are slow (file, export, tflite, distribution).
        oracle: what its outputs and gradients must equal.
        peers: further oracles.
        bad: ``(config, words)`` that must raise at construction, with ``words`` in the message.
        bad_input: ``(config, input shape, words)`` that must raise when built on that shape.
        mask: "passes", "consumes", "refuses", or a function ``(layer, x, mask) -> expected mask or None``.
        mask_shape: the shape of the mask that the suite attaches; by default batch and first axis.
        unknown: axes of the input that may be unknown besides the batch.
        off: suite name to the reason why it does not apply.
        rtol, atol: how close the numbers must be, in float32.
    """

    cls: type
    inputs: Any
    configs: Sequence[dict[str, Any] | Case] = ({},)
    oracle: Formula | Peer | None = None
    peers: Sequence[Formula | Peer] = ()
    bad: Sequence[tuple[dict[str, Any], str]] = ()
    bad_input: Sequence[tuple[dict[str, Any], Any, str]] = ()
    mask: Any = "refuses"
    mask_shape: tuple[int, ...] | None = None
    unknown: tuple[int, ...] = ()
    off: dict[str, str] = dataclasses.field(default_factory=dict)
    rtol: float = 1e-5
    atol: float = 1e-5

    def __post_init__(self):
        wrong = set(self.off) - set(SUITES)
        if wrong:
            raise ValueError(f"{self.name}: no suites named {sorted(wrong)}; there are {SUITES}")
        if any(len(reason.split()) < 2 for reason in self.off.values()):
            raise ValueError(f"{self.name}: say in words why a suite is off")

    @property
    def name(self) -> str:
        return self.cls.__name__

    def cases(self) -> list[Case]:
        cases = [c if isinstance(c, Case) else Case(c) for c in self.configs]
        return [
            dataclasses.replace(
                c,
                inputs=self.inputs if c.inputs is None else c.inputs,
                unknown=self.unknown if c.unknown is None else c.unknown,
            )
            for c in cases
        ]


# --- calling ---


def map_inputs(function: Callable[[Inputs], Any], inputs: Any) -> Any:
    """Apply ``function`` to each :class:`Inputs` of a nested structure."""
    if isinstance(inputs, Inputs):
        return function(inputs)
    if isinstance(inputs, Args):
        return tuple(map_inputs(function, item) for item in inputs.items)
    return [map_inputs(function, item) for item in inputs]


def arrays(inputs: Any, seed: int = 0) -> tuple[Any, ...]:
    """Draw the positional arguments of a call; each array has a seed of its own."""
    count = iter(range(1000))
    drawn = map_inputs(lambda item: item.array(seed + 17 * next(count)), inputs)
    return drawn if isinstance(inputs, Args) else (drawn,)


def make(component: Component, case: Case, seed: int = 3, **overrides: Any) -> tf.keras.layers.Layer:
    """Build the layer of a case with weights drawn from a fixed seed (not its initializers' zeros)."""
    layer = component.cls(**{**made(case.config, **overrides), **overrides})
    layer(*arrays(case.inputs), **call_options(layer, case))
    randomize(layer, seed)
    return layer


def randomize(layer: tf.keras.layers.Layer, seed: int = 3) -> None:
    """Give each weight values of its own, positive ones to what must be (variances)."""
    values = []
    for variable in layer.weights:
        if variable.dtype == "uint32" or "seed" in variable.path:
            values.append(variable.numpy())
            continue
        rng = np.random.default_rng(zlib.crc32(variable.name.encode()) + seed)
        value = 0.5 * rng.standard_normal(variable.shape)
        if "variance" in variable.name:
            value = np.abs(value) + 0.5
        values.append(value)
    layer.set_weights(values)


def call_options(layer: Any, case: Case) -> dict[str, Any]:
    """Return the keyword arguments of a call: ``training`` where the layer takes it."""
    import inspect

    takes = inspect.signature(layer.call).parameters
    return {"training": case.training} if "training" in takes else {}


def flat(structure: Any) -> list[Any]:
    """Return the tensors of a nested structure."""
    return tf.nest.flatten(structure)


def numpy(structure: Any) -> list[np.ndarray]:
    """Return the tensors of a nested structure as NumPy arrays; half precision as float32."""
    return [
        np.asarray(tf.cast(x, tf.float32) if x.dtype in (tf.float16, tf.bfloat16) else x)
        for x in map(tf.convert_to_tensor, flat(structure))
    ]


def close(actual: Any, expected: Any, rtol: float, atol: float, what: str) -> None:
    """Assert that two structures hold the same shapes and, nearly, the same numbers.

    The absolute bound grows with the largest number compared: rounding is relative to what was summed.
    """
    actual, expected = numpy(actual), numpy(expected)
    assert len(actual) == len(expected), f"{what}: {len(actual)} tensors, expected {len(expected)}"
    for index, (a, e) in enumerate(zip(actual, expected)):
        assert a.shape == e.shape, f"{what} {index}: shape {a.shape}, expected {e.shape}"
        largest = float(np.max(np.abs(e), initial=0.0)) if e.size else 0.0
        np.testing.assert_allclose(
            a, e, rtol=rtol, atol=atol * max(1.0, largest), err_msg=f"{what}, tensor {index}"
        )
