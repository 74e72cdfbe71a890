"""The old spellings of optimizers, losses, callbacks, and of the methods of a model."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterator
from typing import Any

from tfk_ext.compat.spellings.rows import Drop, Entry, Note, Positional, Refuse, Rename, Row, Value, entry

# --- optimizers ---

_ANY_OPTIMIZER: list[Row] = [
    Rename("lr", "learning_rate"),
    Drop("jit_compile", "compile(jit_compile=...) decides"),
]


def _number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _by_number(place: int, order: str, small: bool = False) -> Positional:
    """Return the rule of an optimizer whose ``decay`` or ``epsilon`` stood at ``place``.

    What is documented at that place today is no number, or (``small``) a number that is never as small as
    an epsilon.
    """
    names = order.split()

    def rule(args, kwargs):
        if len(args) <= place or len(args) > len(names):
            return None
        value = args[place]
        if not (value is None if small and not _number(value) else _number(value)):
            return None
        if small and value is not None and not 0 < value <= 1e-3:
            return None
        named = dict(zip(names, args))
        if named.keys() & kwargs.keys():
            return None
        shown = ", ".join(f"{name}={one!r}" for name, one in named.items())
        return (), {**named, **kwargs}, Note("translated", f"({', '.join(map(repr, args))})", f"({shown})")

    return rule


OPTIMIZERS: dict[str, Entry] = {
    "Optimizer": entry(_ANY_OPTIMIZER),
    "SGD": entry(_ANY_OPTIMIZER, positional=_by_number(2, "learning_rate momentum decay nesterov")),
    "RMSprop": entry(_ANY_OPTIMIZER, positional=_by_number(2, "learning_rate rho epsilon decay", small=True)),
    "Adagrad": entry(_ANY_OPTIMIZER, positional=_by_number(1, "learning_rate epsilon decay", small=True)),
    "Adadelta": entry(_ANY_OPTIMIZER, positional=_by_number(3, "learning_rate rho epsilon decay")),
    "Adam": entry(
        _ANY_OPTIMIZER, positional=_by_number(4, "learning_rate beta_1 beta_2 epsilon decay amsgrad")
    ),
    "Adamax": entry(_ANY_OPTIMIZER, positional=_by_number(4, "learning_rate beta_1 beta_2 epsilon decay")),
    "Nadam": entry(
        _ANY_OPTIMIZER,
        positional=_by_number(4, "learning_rate beta_1 beta_2 epsilon schedule_decay"),
    ),
    "Ftrl": entry(_ANY_OPTIMIZER),
}

# --- losses: a class takes `reduction`, whose default was "auto" ---

_LOSS = entry(Value("reduction", {"auto": "sum_over_batch_size"}, quiet=True))
LOSSES: dict[str, Entry] = {
    f"losses.{name}": _LOSS
    for name in [
        "MeanSquaredError",
        "MeanAbsoluteError",
        "MeanAbsolutePercentageError",
        "MeanSquaredLogarithmicError",
        "CosineSimilarity",
        "Huber",
        "LogCosh",
        "BinaryCrossentropy",
        "CategoricalCrossentropy",
        "SparseCategoricalCrossentropy",
        "Poisson",
        "KLDivergence",
        "Hinge",
        "SquaredHinge",
        "CategoricalHinge",
    ]
}

# Names that stood for a loss or metric in `compile`, and what they are called today.
LOSS_NAMES = {
    "cosine_proximity": "cosine_similarity",
    "cosine": "cosine_similarity",
}
METRIC_NAMES = {
    "cosine_proximity": "cosine_similarity",
    "cosine": "cosine_similarity",
}
# Metrics of Keras 1 that averaged a value over batches, which is not the value of the whole.
REMOVED_METRICS = {
    "precision": "tfk_ext.metrics.Precision()",
    "recall": "tfk_ext.metrics.Recall()",
    "fmeasure": "tf.keras.metrics.F1Score()",
    "fbeta_score": "tf.keras.metrics.FBetaScore()",
    "fbeta": "tf.keras.metrics.FBetaScore()",
    "matthews_correlation": "a function of tfk_ext.metrics.TruePositives() and its like",
    "mean_pred": "tfk_ext.metrics.MeanMetricWrapper(lambda y_true, y_pred: y_pred, name='mean_pred')",
}

# --- callbacks ---


def _every(period: Any) -> Any:
    """Return ``save_freq`` for a number of epochs."""
    return "epoch" if period == 1 else f"{period} epochs"


def _board(args: tuple, kwargs: dict[str, Any]) -> Any:
    """``TensorBoard("logs", 1, 32, True)``: the third was the size of a batch."""
    order = ("log_dir", "histogram_freq", "batch_size", "write_graph", "write_grads", "write_images")
    if len(args) < 3 or isinstance(args[2], bool) or not isinstance(args[2], int) or len(args) > len(order):
        return None
    return (), {**dict(zip(order, args)), **kwargs}, None


CALLBACKS: dict[str, Entry] = {
    "ModelCheckpoint": entry(
        Rename("period", "save_freq", _every),
        Refuse("load_weights_on_restart", "use BackupAndRestore, or model.load_weights", (None, False)),
        Drop("options", "it concerns checkpoints of TensorFlow's own"),
    ),
    "ReduceLROnPlateau": entry(Rename("epsilon", "min_delta")),
    "TensorBoard": entry(
        Drop("batch_size", "histograms are of weights and need no batches"),
        Drop("write_grads", "gradients are not written"),
        Drop("embeddings_layer_names", "all embeddings are written; embeddings_metadata names layers"),
        Drop("embeddings_data", "the weights of the embeddings are written"),
        positional=_board,
    ),
    "LambdaCallback": entry(open=True),
    "MeanMetricWrapper": entry(open=True),
    "metrics.MeanMetricWrapper": entry(open=True),
    "CallbackList": entry(open=True),
}

# --- models ---

_EPOCHS = Rename("nb_epoch", "epochs")
_DEVICES: list[Row] = [
    Rename("max_q_size", "max_queue_size"),
    Rename("nb_worker", "workers"),
    Rename("pickle_safe", "use_multiprocessing"),
]


def _again(first: Any, rest: Any) -> Iterator[Any]:
    yield first
    yield from rest


def _first_array(batch: Any) -> Any:
    """Return an array of a batch, to count its samples: the first of its inputs."""
    while isinstance(batch, tuple | list | dict):
        batch = next(iter(batch.values() if isinstance(batch, dict) else batch))
    return batch


def _batches(samples: Any, source: Any, owner: str, name: str, instead: str) -> tuple[int, Any]:
    """Return how many batches hold a number of samples, and the source to take them from.

    The size of a batch is what the source tells, or that of the first batch of a generator, which then comes
    again first.

    Raises:
        TypeError: neither is to be had.
    """
    size = getattr(source, "batch_size", None)
    if not size and hasattr(source, "__next__"):
        first = next(source)
        size, source = len(_first_array(first)), _again(first, source)
    if not size:
        raise TypeError(
            f"{owner}: {name}={samples!r} counts samples, and {type(source).__name__} does not tell how many "
            f"a batch has; write {instead}=, the number of batches."
        )
    return math.ceil(samples / size), source


def _counted(owner: str, old: str, new: str) -> Positional:
    """Return the rule that turns a number of samples of the generator into a number of batches."""

    def rule(args, kwargs):
        if old not in kwargs:
            return None
        kwargs = dict(kwargs)
        samples = kwargs.pop(old)
        kwargs[new], source = _batches(samples, args[0] if args else kwargs.get("generator"), owner, old, new)
        if args:
            args = (source, *args[1:])
        else:
            kwargs["generator"] = source
        return args, kwargs, Note("translated", f"{old}={samples}", f"{new}={kwargs[new]}")

    return rule


def _fit_generator(args: tuple, kwargs: dict[str, Any]) -> Any:
    found = _counted("fit_generator", "samples_per_epoch", "steps_per_epoch")(args, kwargs)
    if "nb_val_samples" not in kwargs:
        return found
    args, kwargs, note = found or (args, dict(kwargs), None)
    samples = kwargs.pop("nb_val_samples")
    data = kwargs.get("validation_data")
    if not isinstance(data, tuple | list | None):
        steps, data = _batches(samples, data, "fit_generator", "nb_val_samples", "validation_steps")
        kwargs.update(validation_steps=steps, validation_data=data)
    return args, kwargs, note or Note("translated", f"nb_val_samples={samples}", "validation_steps")


_DATA: list[Row] = [Rename("X", "x"), Rename("Y", "y")]

MODELS: dict[str, Entry] = {
    "Model": entry(Rename("input", "inputs"), Rename("output", "outputs"), open=True),
    "Functional": entry(Rename("input", "inputs"), Rename("output", "outputs"), open=True),
    "Sequential": entry(open=True),
    "Model.compile": entry(
        Refuse("class_mode", "the loss tells: binary_crossentropy or categorical_crossentropy"),
        Refuse("theano_mode", "there is no Theano"),
        open=True,
    ),
    "Model.fit": entry(
        _EPOCHS,
        _DATA,
        Refuse("show_accuracy", "write compile(metrics=['accuracy'])", (None, False)),
        _DEVICES,
    ),
    "Model.evaluate": entry(
        _DATA, Refuse("show_accuracy", "write compile(metrics=['accuracy'])", (None, False)), _DEVICES
    ),
    "Model.predict": entry(_DATA, _DEVICES),
    "Model.fit_generator": entry(_EPOCHS, _DEVICES, positional=_fit_generator),
    "Model.evaluate_generator": entry(
        _DEVICES, positional=_counted("evaluate_generator", "val_samples", "steps")
    ),
    "Model.predict_generator": entry(
        _DEVICES, positional=_counted("predict_generator", "val_samples", "steps")
    ),
}

TRAINING: dict[str, Entry] = {**OPTIMIZERS, **LOSSES, **CALLBACKS, **MODELS}
