"""Several GPUs (``keras.utils.multi_gpu_utils``)."""

from __future__ import annotations

from typing import Any, NoReturn


def multi_gpu_model(
    model: Any, gpus: Any = None, cpu_merge: bool = True, cpu_relocation: bool = False
) -> NoReturn:
    """Raise: a model is replicated by a strategy that it is made under.

    Raises:
        NotImplementedError: always, with what to do instead.
    """
    raise NotImplementedError(
        "multi_gpu_model: make and compile the model within "
        "`with tf.distribute.MirroredStrategy().scope():`; fit then spreads each batch over all GPUs "
        "(MirroredStrategy(['GPU:0', 'GPU:1']) names some)."
    )
