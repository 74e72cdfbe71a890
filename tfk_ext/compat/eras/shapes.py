"""What a stored layer says of its input."""

from __future__ import annotations

from typing import Any, TypeGuard


def is_shape(value: Any) -> TypeGuard[list[int | None]]:
    """Tell whether a value is a list of sizes, ``None`` among them."""
    return isinstance(value, (list, tuple)) and all(
        size is None or (isinstance(size, int) and not isinstance(size, bool) and size >= 0) for size in value
    )


def input_shape(config: dict[str, Any], class_name: str) -> list[int | None] | None:
    """Return the input shape with the batch that a stored layer's configuration holds, if it holds one."""
    for name in ("batch_input_shape", "batch_shape"):
        shape = config.get(name)
        if is_shape(shape) and shape:
            return list(shape)
    shape = config.get("input_shape")
    if is_shape(shape):
        return [None, *shape]
    size, length = config.get("input_dim"), config.get("input_length")
    if class_name == "Embedding":
        if is_shape(length):
            return [None, *length]
        return [None, length if isinstance(length, int) else None]
    if not isinstance(size, int) or isinstance(size, bool):
        return None
    if class_name in SEQUENCES or isinstance(length, int):
        return [None, length if isinstance(length, int) else None, size]
    return [None, size]


# Layers over sequences: `input_dim` is the size of a step.
_SEQUENCES = (
    "AtrousConvolution1D Conv1D Convolution1D CuDNNGRU CuDNNLSTM GRU LSTM LocallyConnected1D RNN SimpleRNN "
    "TimeDistributedDense"
)
SEQUENCES = frozenset(_SEQUENCES.split())
