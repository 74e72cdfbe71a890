"""TensorBoard's files: event files that a resumed training continues, and those of the projector."""

from __future__ import annotations

import glob
import json
import os
import re
import shutil
import warnings
from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.callbacks.files import replace_file, replace_text

_BY_BATCH = re.compile(r"batch_|evaluation_.*_vs_iterations$")
_BY_EPOCH = re.compile(r"epoch_|.*/(histogram|image)$")


def cut(folder: str, epoch: int, iterations: int) -> None:
    """Remove from the event files of a folder what a resumed training is going to write again.

    A training that starts at ``epoch`` 0 is a new one, unless the folder holds batches of an epoch that never
    ended: then it was killed in its first epoch and starts again.

    Args:
        folder: where the files are.
        epoch: the epoch that is about to begin; its points and later ones go.
        iterations: updates of the weights so far; points of later batches go.
    """
    paths = sorted(glob.glob(os.path.join(glob.escape(folder), "events.out.tfevents.*")))
    if not paths or (epoch == 0 and _has_epochs(paths)):
        return
    for path in paths:
        kept, changed = [], False
        for record, event in _events(path):
            keep, event = _kept(event, epoch, iterations)
            changed |= event is not None or not keep
            if keep:
                kept.append(record if event is None else event.SerializeToString())
        if changed:
            _write_records(path, kept)


def _has_epochs(paths):
    return any(
        value.tag.startswith("epoch_")
        for path in paths
        for _, e in _events(path)
        for value in e.summary.value
    )


def _events(path):
    """Yield the records of an event file, raw and parsed, up to where a crash cut it off."""
    try:
        for record in tf.data.TFRecordDataset(path):
            raw = record.numpy()
            yield raw, tf.compat.v1.Event.FromString(raw)
    except tf.errors.DataLossError:
        return


def _kept(event, epoch, iterations):
    """Tell whether an event stays, and return it anew if it lost some of its values."""
    kind = event.WhichOneof("what")
    if kind in ("graph_def", "meta_graph_def", "tagged_run_metadata"):
        return False, None  # written again
    if kind != "summary":
        return True, None
    values = [value for value in event.summary.value if _stays(value, event.step, epoch, iterations)]
    if len(values) == len(event.summary.value):
        return True, None
    if not values:
        return False, None
    changed = tf.compat.v1.Event()
    changed.CopyFrom(event)
    del changed.summary.value[:]
    changed.summary.value.extend(values)
    return True, changed


def _stays(value, step, epoch, iterations):
    if value.metadata.plugin_data.plugin_name.startswith("graph"):
        return False
    if _BY_BATCH.match(value.tag):
        return step <= iterations
    if _BY_EPOCH.match(value.tag):
        return step < epoch
    return True  # somebody else's


def _write_records(path, records):
    def write(beside):
        with tf.io.TFRecordWriter(beside) as writer:
            for record in records:
                writer.write(record)

    replace_file(path, write)


class Projector:
    """The embeddings of a model as checkpoints that TensorBoard's projector reads.

    Args:
        owner: for whom messages speak.
        model: the model.
        folder: where the checkpoints go, with the projector's configuration and copies of the metadata.
        log_dir: the folder above.
        metadata: a file for all embeddings, or a dictionary from names of layers to files, or ``None``.
    """

    def __init__(self, owner: Any, model: Any, folder: str, log_dir: str, metadata: Any):
        self._folder, self._log_dir = folder, log_dir
        self._layers = {layer.name: layer for layer in _embeddings(model)}
        if isinstance(metadata, dict):
            unknown = sorted(set(metadata) - set(self._layers))
            if unknown:
                checks.fail(
                    owner,
                    f"embeddings_metadata names {', '.join(map(repr, unknown))}, but the model's embeddings "
                    f"are {', '.join(map(repr, self._layers)) or 'none'}.",
                )
            self._metadata = {name: os.fspath(path) for name, path in metadata.items()}
        else:
            self._metadata = {} if metadata is None else dict.fromkeys(self._layers, os.fspath(metadata))
        self._manager: Any = None

    def write(self, epoch: int) -> None:
        """Write the embeddings after an epoch."""
        tables = {_key(name): layer.embeddings for name, layer in self._layers.items() if layer.built}
        if not tables:
            return
        if self._manager is None:
            variables = {key: getattr(table, "value", table) for key, table in tables.items()}
            self._manager = tf.train.CheckpointManager(
                tf.train.Checkpoint(**variables), self._folder, None, checkpoint_name="embeddings.ckpt"
            )
            self._configure()
        self._manager.save(checkpoint_number=epoch)

    def _configure(self):
        lines = []
        for name, layer in self._layers.items():
            if layer.built:
                lines.append("embeddings {")
                lines.append(f"  tensor_name: {json.dumps(_key(name) + '/.ATTRIBUTES/VARIABLE_VALUE')}")
                if name in self._metadata:
                    copy = self._copied(self._metadata[name])
                    lines.append(f"  metadata_path: {json.dumps(copy, ensure_ascii=False)}")
                lines.append("}")
        replace_text(os.path.join(self._folder, "projector_config.pbtxt"), "\n".join(lines) + "\n")

    def _copied(self, path):
        """Copy metadata beside the configuration, which is the only place that TensorBoard reads it from."""
        found = next((p for p in (path, os.path.join(self._log_dir, path)) if os.path.isfile(p)), None)
        name = os.path.basename(path)
        if found is None:
            warnings.warn(f"TensorBoard: there is no file {path} with metadata of embeddings.", stacklevel=2)
        else:
            replace_file(os.path.join(self._folder, name), lambda beside: shutil.copyfile(found, beside))
        return name


def _embeddings(model):
    """Return the layers of a model, nested ones too, that hold a table of embeddings."""
    for layer in getattr(model, "layers", []):
        if hasattr(layer, "layers"):
            yield from _embeddings(layer)
        elif type(layer).__name__ == "Embedding":
            yield layer


def _key(name):
    """Return the name of a layer as an attribute of a checkpoint."""
    key = re.sub(r"\W", "_", name)
    return key if not key[0].isdigit() else f"_{key}"
