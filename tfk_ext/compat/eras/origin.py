"""Which Keras wrote a configuration, and what it computed with."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from tfk_ext.saving.modelfile import Origin, StoredLayer

# Arguments that only Keras 1 wrote.
_KERAS_1 = (
    "U_regularizer W_regularizer b_regularizer batch_input_dtype border_mode concat_axis consume_less "
    "dim_ordering dot_axes filter_length inner_activation inner_init input_dtype mode_type nb_col nb_feature "
    "nb_filter nb_row output_dim pool_length subsample subsample_length"
)
_KERAS_1_KEYS = frozenset(_KERAS_1.split())


@dataclasses.dataclass(frozen=True)
class Era:
    """Which Keras wrote a configuration.

    Attributes:
        version: as numbers, ``None`` where it is not known.
        keras1: whether it was Keras 1.
        tf: whether it was TensorFlow's own Keras.
        backend: what it computed with.
    """

    version: tuple[int, ...] | None
    keras1: bool
    tf: bool
    backend: str

    @property
    def theano(self) -> bool:
        """Whether kernels are flipped and ``same`` pads both sides alike."""
        return self.backend == "theano"

    @property
    def drops_masks(self) -> bool:
        """Whether masks ended at a layer without support for them, where other versions raised an error."""
        return self.tf or (self.version is None and not self.keras1)

    def before(self, *version: int) -> bool:
        """Tell whether the version is known to be older."""
        return self.version is not None and self.version < version


def detect(config: Any, origin: Origin, layers: Iterable[StoredLayer] = ()) -> Era:
    """Return which Keras wrote a configuration.

    Args:
        config: the stored configuration, ``None`` where only weights are known.
        origin: what the file says.
        layers: the stored arrays; their names tell TensorFlow from Theano where the file doesn't.
    """
    given = config if isinstance(config, dict) else {}
    version = origin.keras_version or given.get("keras_version")
    version = version if isinstance(version, str) else None
    numbers = Origin("config", version).version
    keras1 = numbers[0] < 2 if numbers else (_has_keras_1_keys(config) or _looks_like_keras_1(layers))
    tf = bool(version and version.endswith("-tf")) or bool(numbers and numbers >= (2, 4))
    backend = origin.backend or given.get("backend") or _backend_of(layers, keras1)
    return Era(numbers, keras1, tf, backend if isinstance(backend, str) else "tensorflow")


def _has_keras_1_keys(config: Any) -> bool:
    """Look for arguments that only Keras 1 had, anywhere in a configuration."""
    queue = [config]
    while queue:
        item = queue.pop()
        if isinstance(item, dict):
            keys = _KERAS_1_KEYS & item.keys()
            # `output_dim` is Embedding's name for it in every version.
            if keys - {"output_dim"} or (keys and "units" not in item and "input_dim" not in item):
                return True
            queue.extend(item.values())
        elif isinstance(item, list):
            queue.extend(item)
    return False


def _looks_like_keras_1(layers: Iterable[StoredLayer]) -> bool:
    """Tell by the names of the arrays; a file of Keras 2 says its version, and has ``dense_1/kernel:0``."""
    names = [w.name.rpartition("/")[2] for layer in layers for w in layer.weights]
    return bool(names) and not any(name.startswith(_KERAS_2_NAMES) for name in names)


# How the names of arrays begin in Keras 2, behind the layer's.
_KERAS_2_NAMES = (
    "kernel",
    "bias",
    "gamma",
    "beta:",
    "moving_",
    "depthwise_kernel",
    "pointwise_kernel",
    "recurrent_kernel",
    "embeddings",
)


def _backend_of(layers: Iterable[StoredLayer], keras1: bool) -> str:
    """Tell the backend of a file of Keras 1, which did not write it down.

    TensorFlow's variables have names with a ``:0`` behind, and Theano's do not. Before Keras 1, when arrays
    were but
    numbered, it was Theano with few exceptions.
    """
    names = [weight.name for layer in layers for weight in layer.weights]
    if not keras1 or not names:
        return "tensorflow"
    return "tensorflow" if any(":" in name for name in names) else "theano"
