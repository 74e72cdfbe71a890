"""16-bit computation."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def precision(kind: str | None) -> Iterator[None]:
    """Build the models inside with 16-bit computation."""
    import tensorflow as tf

    before = tf.keras.config.dtype_policy()
    tf.keras.config.set_dtype_policy(f"mixed_{kind}" if kind else before)
    try:
        yield
    finally:
        tf.keras.config.set_dtype_policy(before)


def fast_bfloat16() -> bool:
    """Tell whether this processor has instructions for bfloat16; without them it is slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:
        return False
    return not {"amx_bf16", "avx512_bf16"}.isdisjoint(flags)
