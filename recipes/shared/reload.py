"""The check that a saved model is what was trained: loaded in a fresh process, it predicts the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from recipes.shared.program import RecipeError

RELOAD = """
import sys
import numpy as np
import tensorflow as tf
import tfk_ext
with np.load(sys.argv[2], allow_pickle=False) as files:
    inputs, expected = files["inputs"], files["expected"]
outputs = tf.keras.models.load_model(sys.argv[1]).predict(inputs, batch_size=len(inputs), verbose=0)
print(outputs.shape == expected.shape, float(np.max(np.abs(outputs - expected))))
"""


def check_reload(model: Path, inputs: np.ndarray, expected: np.ndarray) -> float:
    """Load a saved model in a fresh process that only imports tfk_ext, and compare what it predicts.

    Returns:
        The largest difference from ``expected``.

    Raises:
        RecipeError: the model did not load there, or predicts something else.
    """
    import tfk_ext

    probe = model.with_name("reload.npz.part")
    with open(probe, "wb") as file:
        np.savez(file, inputs=inputs, expected=expected)
    paths = [str(Path(tfk_ext.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    try:
        done = subprocess.run(
            [sys.executable, "-c", RELOAD, str(model), str(probe)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RecipeError(f"{model} was not loaded within 15 minutes in a fresh process.") from error
    finally:
        probe.unlink()
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise RecipeError(f"{model} does not load in a fresh process: {last}")
    same_shape, difference = done.stdout.split()[-2:]
    if same_shape != "True" or not float(difference) <= 1e-4:
        raise RecipeError(f"{model} predicts something else in a fresh process (difference {difference}).")
    return float(difference)
