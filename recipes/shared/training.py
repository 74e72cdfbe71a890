"""Training by ``fit`` that may stop at any step, and then goes on as if it had not stopped."""

from __future__ import annotations

import math
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from recipes.shared.checkpoints import Checkpoints, values, variables_of
from recipes.shared.options import RunOptions
from recipes.shared.program import RecipeError
from recipes.shared.progress import Interruption, Progress
from recipes.shared.runs import Run
from tfk_ext.callbacks import CSVLogger, TensorBoard

SAVE_SECONDS = 60.0  # between two checkpoints inside an epoch


class Batches:
    """Batches of arrays in an order that only the seed and the epoch decide.

    ``epoch`` and ``step`` say where the next pass begins: at step 0, but for an epoch that was interrupted.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray, size: int, seed: int):
        self.x, self.y, self.size, self.seed = x, y, size, seed
        self.steps = math.ceil(len(x) / size)
        self.epoch = self.step = 0

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        order = np.random.default_rng([self.seed, self.epoch]).permutation(len(self.x))
        for step in range(self.step, self.steps):
            rows = order[step * self.size : (step + 1) * self.size]
            yield self.x[rows], self.y[rows]

    def dataset(self) -> tf.data.Dataset:
        signature = tuple(tf.TensorSpec((None, *a.shape[1:]), a.dtype) for a in (self.x, self.y))
        dataset = tf.data.Dataset.from_generator(lambda: iter(self), output_signature=signature)
        return dataset.apply(tf.data.experimental.assert_cardinality(self.steps - self.step))


class Training:
    """A training in a run folder: ``history.csv``, ``tensorboard/``, ``checkpoints/``.

    A checkpoint is written after each epoch, every minute inside it, and at Ctrl-C: weights, the optimizer,
    random states, the sums of the epoch's metrics, the place in the data.

    Args:
        model: compiled.
        metrics: the metrics that it was compiled with.
        run: where.
        options: of the recipe.
        x, y: what it learns from.
    """

    def __init__(
        self,
        model: tf.keras.Model,
        metrics: Sequence[tf.keras.metrics.Metric],
        run: Run,
        options: RunOptions,
        x: np.ndarray,
        y: np.ndarray,
    ):
        self.model, self.run, self.options = model, run, options
        self.batches = Batches(x, y, options.batch_size, options.seed)
        model.optimizer.build(model.trainable_variables)
        self.sums = variables_of(model.metrics[0], *metrics)  # the first one is the mean of the loss
        self.epoch, self.step = tf.Variable(0, dtype=tf.int64), tf.Variable(0, dtype=tf.int64)
        self.seconds = tf.Variable(0.0, dtype=tf.float64)
        self.checkpoints = Checkpoints(
            run / "checkpoints",
            state=variables_of(model, model.optimizer),
            sums=self.sums,
            epoch=self.epoch,
            step=self.step,
            seconds=self.seconds,
        )

    def steps_done(self) -> int:
        return int(self.epoch) * self.batches.steps + int(self.step)

    def save(self) -> None:
        self.checkpoints.save(self.steps_done())

    def fit(self, validation: tuple[np.ndarray, np.ndarray], prog: str) -> None:
        """Train to the last epoch; Ctrl-C ends the program, and says how to go on.

        Raises:
            RecipeError: the run is complete already.
        """
        if self.options.resume:
            self.checkpoints.restore()
            if int(self.epoch) >= self.options.epochs and (self.run / "report.html").exists():
                raise RecipeError(
                    f"the run in {self.run.path} is complete ({int(self.epoch)} epochs): give more --epochs "
                    "to go on."
                )
            place = f"epoch {int(self.epoch) + 1}, step {int(self.step) + 1} of {self.batches.steps}"
            print(f"going on at {place}", flush=True)
        if int(self.epoch) == 0:  # what a killed training wrote of its first epoch is written again
            (self.run / "history.csv").unlink(missing_ok=True)
            shutil.rmtree(self.run / "tensorboard", ignore_errors=True)
        try:
            with Interruption() as interruption:
                self._fit(validation, interruption)
        except KeyboardInterrupt:
            print(
                f"\ninterrupted in epoch {int(self.epoch) + 1} after step {int(self.step)}; to go on: "
                f"python -m {prog} --resume --out {self.run.path}"
            )
            sys.exit(130)

    def _fit(self, validation: tuple[np.ndarray, np.ndarray], interruption: Interruption) -> None:
        callbacks = [
            _Place(self),
            CSVLogger(str(self.run / "history.csv"), append=True),
            TensorBoard(str(self.run / "tensorboard"), profile_batch=0),
            _Save(self, interruption),
        ]
        while int(self.epoch) < self.options.epochs:
            # An epoch that was interrupted is a `fit` of its own: it has fewer steps than the others.
            first = self.batches.epoch = int(self.epoch)
            self.batches.step = int(self.step)
            self.model.fit(
                self.batches.dataset(),
                validation_data=validation,
                validation_batch_size=max(self.options.batch_size, 128),
                initial_epoch=first,
                epochs=first + 1 if self.batches.step else self.options.epochs,
                shuffle=False,  # done by the batches
                verbose=0,
                callbacks=callbacks,
            )


class _Place(tf.keras.callbacks.Callback):
    """The first of the callbacks: sets where an epoch begins, and logs the seconds that it takes."""

    def __init__(self, training: Training):
        super().__init__()
        self.training = training
        self.sums = values(training.sums)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        training = self.training
        training.batches.epoch, training.batches.step = epoch, int(training.step)
        # `fit` has just set to 0 the metrics that it knows: before its first batch not all of them.
        for variable, value in zip(training.sums, self.sums):
            variable.assign(value if training.batches.step else np.zeros_like(value))
        self.began = time.monotonic() - float(training.seconds)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.training.step.assign_add(1)
        self.training.seconds.assign(time.monotonic() - self.began)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["seconds"] = time.monotonic() - self.began


class _Save(tf.keras.callbacks.Callback):
    """The last of the callbacks: shows how far the training is, and saves it."""

    def __init__(self, training: Training, interruption: Interruption):
        super().__init__()
        self.training, self.interruption = training, interruption
        self.progress = Progress()
        self.saved = time.monotonic()

    def _left(self) -> int:
        return self.training.options.epochs * self.training.batches.steps - self.training.steps_done()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        training, step = self.training, int(self.training.step)
        shown = ", ".join(f"{name} {value:.3f}" for name, value in (logs or {}).items())
        self.progress.step(
            f"epoch {int(training.epoch) + 1}, step {step} of {training.batches.steps}: {shown}", self._left()
        )
        if step == training.batches.steps:  # saved when the epoch is over
            return
        if self.interruption.requested or time.monotonic() - self.saved > SAVE_SECONDS:
            self._save()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if not all(np.isfinite(value) for value in (logs or {}).values()):
            raise RecipeError(f"the loss is no number any more in epoch {epoch + 1}: begin a new run.")
        self.training.epoch.assign(epoch + 1)
        self.training.step.assign(0)
        self.training.seconds.assign(0.0)
        shown = ", ".join(f"{name} {value:.3f}" for name, value in logs.items() if name != "seconds")
        text = f"epoch {epoch + 1}/{self.training.options.epochs}: {shown}, {logs['seconds']:.0f} s"
        self.progress.epoch(text, self._left())
        self._save()

    def _save(self) -> None:
        self.training.save()
        self.saved = time.monotonic()
        if self.interruption.requested and self._left():
            raise KeyboardInterrupt
