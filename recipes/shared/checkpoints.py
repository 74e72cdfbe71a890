"""Checkpoints that survive a kill: the newest one that can be read counts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from recipes.shared.program import RecipeError


def variables_of(*parts: Any) -> list[tf.Variable]:
    """Return every variable of models, optimizers and metrics once: weights, averages, random states."""
    found = {id(variable): variable for part in parts for variable in part.variables}
    return [variable.value for variable in found.values()]


class Checkpoints:
    """The last two states of a training, in a folder.

    Args:
        folder: where.
        **state: ``tf.Variable`` objects, or lists of them.
    """

    def __init__(self, folder: Path, **state: Any):
        self.folder = folder
        self._manager = tf.train.CheckpointManager(tf.train.Checkpoint(**state), str(folder), max_to_keep=2)

    def __bool__(self) -> bool:
        return bool(self._manager.checkpoints)

    def save(self, number: int) -> None:
        """Write the state; ``number`` tells it from others, and grows."""
        self._manager.save(checkpoint_number=number)

    def restore(self) -> bool:
        """Take the newest state that can be read.

        Returns:
            Whether there was any.

        Raises:
            RecipeError: there are some, and all are damaged.
        """
        for path in reversed(self._manager.checkpoints):
            try:
                self._manager.checkpoint.restore(path).assert_consumed()
                return True
            except (tf.errors.OpError, AssertionError, ValueError, OSError):
                print(f"passed over the damaged checkpoint {path}", flush=True)
        if self:
            raise RecipeError(f"{self.folder} holds no readable checkpoint: begin a new run.")
        return False


def values(variables: Iterable[tf.Variable]) -> list[np.ndarray]:
    return [variable.numpy() for variable in variables]
