"""The log of the training for TensorBoard."""

from __future__ import annotations

import os
import time
import warnings
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.callbacks import tensorboard_files as files
from tfk_ext.callbacks import tensorboard_graphs as graphs
from tfk_ext.compat.spellings.calls import accept_old_spellings


@accept_old_spellings
class TensorBoard(tf.keras.callbacks.Callback):
    """Write what TensorBoard shows: scalars, graphs, histograms and images of weights, embeddings, a profile.

    The training writes to ``log_dir/train``, the validation to ``log_dir/validation``. Everything is on disk
    when an epoch ends. A training that is started again with ``initial_epoch`` (or by ``BackupAndRestore``)
    in the folder of one that was killed goes on in its curves: what the killed one wrote beyond that point is
    removed, so no point is there twice.

    Look at it with ``tensorboard --logdir log_dir``.

    Args:
        log_dir: the folder.
        histogram_freq: every how many epochs the weights are written as histograms; 0 for never.
        write_graph: whether the graph is written: that of the layers, the forward computation and the
            training step.
        write_images: whether weights are written as images too, when their histograms are.
        update_freq: when losses and metrics are written: ``"epoch"``, ``"batch"``, or every how many
            batches (besides each epoch), as ``batch_loss`` and so on.
        profile_batch: which batch (from 1, counted over the epochs) is profiled, a pair of first and last, or
            0 for none. TensorBoard shows it if its profile plugin is installed.
        embeddings_freq: every how many epochs the embeddings are written for the projector; 0 for never.
        embeddings_metadata: a file with a line for each row of the embedding, or a dictionary from the names
            of embedding layers to such files. A relative path starts from here or from ``log_dir``.
        write_steps_per_second: whether the speed is written too.

    Raises:
        ValueError: a wrong argument, or metadata for a layer that is no embedding.
        ImportError: the package ``tensorboard`` is missing.

    Example:
        >>> import os, tempfile
        >>> folder = tempfile.mkdtemp()
        >>> model = tf.keras.Sequential([tf.keras.Input((1,)), tfk_ext.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> board = tfk_ext.callbacks.TensorBoard(log_dir=folder, profile_batch=0)
        >>> history = model.fit(
        ...     np.ones((4, 1)), np.ones((4, 1)), validation_split=0.5, verbose=0, callbacks=[board]
        ... )
        >>> sorted(os.listdir(folder))
        ['train', 'validation']

    Source: the classic documents, ``keras.callbacks.TensorBoard``.
    """

    def __init__(
        self,
        log_dir="logs",
        histogram_freq=0,
        write_graph=True,
        write_images=False,
        update_freq="epoch",
        profile_batch=2,
        embeddings_freq=0,
        embeddings_metadata=None,
        write_steps_per_second=False,
    ):
        super().__init__()
        if not hasattr(tf.summary, "scalar"):
            raise ImportError("TensorBoard: the package tensorboard is missing; pip install tensorboard.")
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = checks.integer(self, "histogram_freq", histogram_freq, 0)
        self.write_graph = checks.boolean(self, "write_graph", write_graph)
        self.write_images = checks.boolean(self, "write_images", write_images)
        if update_freq == "batch":
            update_freq = 1
        elif update_freq != "epoch":
            update_freq = checks.integer(self, "update_freq", update_freq)
        self.update_freq = update_freq
        self._first_profiled, self._last_profiled = _profiled(self, profile_batch)
        self.embeddings_freq = checks.integer(self, "embeddings_freq", embeddings_freq, 0)
        if embeddings_metadata is not None and not isinstance(embeddings_metadata, (str, os.PathLike, dict)):
            checks.fail(
                self,
                "embeddings_metadata must be a file, or a dictionary from names of layers to files, "
                f"got {embeddings_metadata!r}.",
            )
        self.embeddings_metadata = embeddings_metadata
        self.write_steps_per_second = checks.boolean(self, "write_steps_per_second", write_steps_per_second)
        self._writers: dict = {}
        self._projector: Any = None
        self._graph_of = None
        self._profiling = False
        self._tracing = False
        self._begin(None)

    def _begin(self, step):
        self._step = step  # updates of the weights so far, in all trainings; None before the first epoch
        self._batches = 0  # batches of this training

    # --- events ---

    def set_model(self, model):
        super().set_model(model)
        if self.embeddings_freq:
            self._projector = files.Projector(
                self, model, self._folder("train"), self.log_dir, self.embeddings_metadata
            )

    def on_train_begin(self, logs=None):
        self._begin(None)

    def on_epoch_begin(self, epoch, logs=None):
        if self._step is None:
            # The first epoch: now every callback has begun, and a resumed training knows where it stands.
            self._step = self._iterations()
            self._close()
            for kind in ("train", "validation"):
                files.cut(self._folder(kind), epoch, self._step)
        self._epoch_began = (time.perf_counter(), self._batches)

    def on_train_batch_begin(self, batch, logs=None):
        self._batches += 1
        if self._batches == self._first_profiled:
            self._start_profile()
        if self.write_graph and self._graph_of is not self.model:
            self._start_trace()
        self._batch_began = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        passed = time.perf_counter() - self._batch_began
        if self._tracing:
            self._write_graphs()
        if self._profiling and self._batches >= self._last_profiled:
            self._stop_profile()
        if self._step is None:
            self._step = self._iterations() - 1
        self._step += 1
        if self.update_freq != "epoch" and self._step % self.update_freq == 0:
            values = {f"batch_{name}": value for name, value in (logs or {}).items()}
            if self.write_steps_per_second:
                values["batch_steps_per_second"] = 1.0 / max(passed, 1e-9)
            self._scalars("train", values, self._step)

    def on_test_end(self, logs=None):
        values = {f"evaluation_{name}_vs_iterations": value for name, value in (logs or {}).items()}
        self._scalars("validation", values, self._iterations())
        self._flush()

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        train = {key: value for key, value in logs.items() if not key.startswith("val_")}
        validation = {key[4:]: value for key, value in logs.items() if key.startswith("val_")}
        rate = getattr(getattr(self.model, "optimizer", None), "learning_rate", None)
        if rate is not None:
            train["learning_rate"] = np.asarray(rate)
        if self.write_steps_per_second:
            began, batches = self._epoch_began
            train["steps_per_second"] = (self._batches - batches) / max(time.perf_counter() - began, 1e-9)
        self._scalars("train", {f"epoch_{key}": value for key, value in train.items()}, epoch)
        self._scalars("validation", {f"epoch_{key}": value for key, value in validation.items()}, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._projector.write(epoch)
        self._flush()

    def on_train_end(self, logs=None):
        if self._tracing:
            self._write_graphs()
        if self._profiling:
            self._stop_profile()
        self._close()

    # --- writing ---

    def _folder(self, kind):
        return os.path.join(self.log_dir, kind)

    def _writer(self, kind):
        if kind not in self._writers:
            self._writers[kind] = tf.summary.create_file_writer(self._folder(kind))
        return self._writers[kind]

    def _flush(self):
        for writer in self._writers.values():
            writer.flush()

    def _close(self):
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def _iterations(self):
        return int(np.asarray(getattr(getattr(self.model, "optimizer", None), "iterations", 0)))

    def _scalars(self, kind, values, step):
        numbers = {}
        for name, value in values.items():
            array = np.asarray(value)
            if array.size == 1 and array.dtype.kind in "fiub":
                numbers[name] = array.reshape(())
        if numbers:
            with self._writer(kind).as_default():
                for name, number in numbers.items():
                    tf.summary.scalar(name, number, step=step)

    def _write_weights(self, epoch):
        with self._writer("train").as_default():
            for layer in self.model.layers:
                for weight in layer.weights:
                    name = weight.path.replace(":", "_")
                    value = np.asarray(tf.convert_to_tensor(weight))
                    if value.dtype.kind not in "fiub":
                        value = value.astype("float32")
                    tf.summary.histogram(f"{name}/histogram", value, step=epoch)
                    picture = _picture(value) if self.write_images else None
                    if picture is not None:
                        tf.summary.image(f"{name}/image", picture, step=epoch)

    # --- graph and profile ---

    def _start_trace(self):
        self._graph_of = self.model
        try:
            tf.summary.trace_on(graph=True, profiler=False)
            self._tracing = True
        except Exception as error:  # what is only looked at must not end a training
            warnings.warn(
                f"TensorBoard: the graph of the training step can't be written: {error}", stacklevel=2
            )

    def _write_graphs(self):
        self._tracing = False
        with self._writer("train").as_default():
            try:
                tf.summary.trace_export("train_step", step=0)
                graphs.write_layers(self.model)
                graphs.write_forward(self.model)
            except Exception as error:
                warnings.warn(f"TensorBoard: the graph can't be written: {error}", stacklevel=2)

    def _start_profile(self):
        try:
            tf.profiler.experimental.start(self._folder("train"))
            self._profiling = True
        except Exception as error:
            warnings.warn(f"TensorBoard: no profile is made: {error}", stacklevel=2)

    def _stop_profile(self):
        self._profiling = False
        try:
            tf.profiler.experimental.stop()
        except Exception as error:
            warnings.warn(f"TensorBoard: the profile can't be written: {error}", stacklevel=2)


def _profiled(owner, value):
    """Return the first and the last batch that is profiled; 0, 0 for none."""
    given = value
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
        value = [int(part) if part.isdigit() else part for part in value]
        value = value[0] if len(value) == 1 else value
    if checks.is_integer(value):
        value = (value, value)
    good = isinstance(value, (tuple, list)) and len(value) == 2 and all(map(checks.is_integer, value))
    if not good or value[0] < 0 or value[1] < value[0] or (value[0] == 0 and value[1] > 0):
        checks.fail(
            owner, f"profile_batch must be the number of a batch, a pair (first, last) or 0, got {given!r}."
        )
    return int(value[0]), int(value[1])


def _picture(value):
    """Return weights as a batch of pictures of values from 0 to 1, ``None`` for those that make none."""
    value = np.squeeze(value)
    if value.ndim == 1:
        value = value.reshape(1, -1, 1, 1)
    elif value.ndim == 2:
        value = value if value.shape[0] <= value.shape[1] else value.T
        value = value[None, :, :, None]
    elif value.ndim == 3:
        if tf.keras.config.image_data_format() == "channels_last":
            value = np.transpose(value, (2, 0, 1))
        value = value[..., None]
    if value.ndim != 4 or value.shape[-1] not in (1, 3, 4) or not value.size:
        return None
    low, high = float(np.min(value)), float(np.max(value))
    return ((value - low) / (high - low) if high > low else np.zeros_like(value)).astype("float32")
