"""The module paths of Keras 1 and 2: where each leads under ``tfk_ext``, served by one import hook.

``tfk_ext.layers.core`` and the other documented rooms are real modules. What is left, such as
``tfk_ext.engine.topology`` or ``tfk_ext.utils.np_utils``, is a row of :data:`PATHS`: the modules whose names
it holds. A name that neither the package nor a row has comes from ``tf.keras``, so that
``tfk_ext.applications`` and ``tfk_ext.layers.MultiHeadAttention`` are there.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

PACKAGE = "tfk_ext"

_MERGE = "compat.merging: Merge"
_LAYER = "layers: merge Layer Input InputLayer InputSpec"
_MODEL = "models: Model Sequential"
_ENGINE = (_LAYER, _MODEL, _MERGE, "models: Model=Container Model=Network Functional")

_REAL_ROOMS = [
    "core",
    "convolutional",
    "pooling",
    "local",
    "recurrent",
    "advanced_activations",
    "embeddings",
    "merge",
    "noise",
    "normalization",
    "wrappers",
    "convolutional_recurrent",
]

# A row is the modules that a path stands for, the first that has a name wins: the whole module, or some
# names of it after a colon, `name=other` under another name. A module of Keras's own is `keras.layers`.
PATHS: dict[str, tuple[str, ...]] = {
    "layers": ("layers.legacy", _MERGE, "layers: Conv1D=AtrousConvolution1D Conv2D=AtrousConvolution2D"),
    **{f"layers.{room}": ("layers", "layers.legacy") for room in _REAL_ROOMS},
    "engine": _ENGINE,
    "engine.input_layer": (_LAYER,),
    "engine.base_layer": (_LAYER,),
    "engine.topology": _ENGINE,
    "engine.training": (_MODEL,),
    "engine.sequential": (_MODEL,),
    "engine.network": _ENGINE,
    "engine.functional": _ENGINE,
    "engine.saving": ("saving",),
    "layers.cudnn_recurrent": ("layers: CuDNNGRU CuDNNLSTM", "layers.recurrent"),
    "layers.normalization_v2": ("layers: BatchNormalization",),
    "layers.containers": (_MODEL,),
    "layers.experimental": ("layers",),
    "layers.experimental.preprocessing": ("layers",),
    "layers.preprocessing": ("layers",),
    "initializations": ("compat.initializations",),
    "objectives": ("losses",),
    "optimizers.legacy": ("optimizers",),
    "optimizers.experimental": ("optimizers",),
    "optimizer_v1": ("optimizers",),
    "optimizer_v2": ("optimizers",),
    **{
        f"optimizer_v2.{name}": ("optimizers",)
        for name in [
            "adadelta",
            "adagrad",
            "adam",
            "adamax",
            "ftrl",
            "nadam",
            "rmsprop",
            "gradient_descent",
            "optimizer_v2",
        ]
    },
    "optimizer_v2.learning_rate_schedule": ("optimizers.schedules",),
    "callbacks.callbacks": ("callbacks",),
    "callbacks.tensorboard_v1": ("callbacks",),
    "callbacks.tensorboard_v2": ("callbacks",),
    "backend.tensorflow_backend": ("backend",),
    "backend.common": ("backend",),
    "backend.load_backend": ("backend",),
    **{
        f"utils.{name}": ("utils",)
        for name in [
            "np_utils",
            "generic_utils",
            "vis_utils",
            "visualize_util",
            "data_utils",
            "io_utils",
            "layer_utils",
            "conv_utils",
            "test_utils",
            "training_utils",
            "multi_gpu_utils",
            "losses_utils",
            "tf_utils",
            "metrics_utils",
        ]
    },
    "wrappers": ("compat.scikit_learn", "keras.wrappers"),
    "wrappers.scikit_learn": ("compat.scikit_learn",),
    "mixed_precision": ("compat.mixed_precision",),
    "mixed_precision.experimental": ("compat.mixed_precision",),
    "preprocessing": ("preprocessing.image", "preprocessing.text", "preprocessing.sequence"),
    "preprocessing.image_dataset": ("preprocessing",),
    "preprocessing.text_dataset": ("preprocessing",),
    "saving.hdf5_format": ("saving",),
    "saving.save": ("saving",),
    "models.experimental": ("models",),
    "estimator": (),
    "legacy": ("layers.legacy", "layers"),
    "legacy.layers": ("layers.legacy", "layers"),
}

_GPUS = "construct the model under tf.distribute.MirroredStrategy().scope()"

# Where a program asks for what has ended: what to use instead.
ENDED = {
    "estimator": "estimators have ended with TensorFlow 2.16: train the model itself with fit",
    "estimator.model_to_estimator": "estimators have ended: train the model itself with fit",
    "utils.multi_gpu_model": _GPUS,
    "utils.multi_gpu_utils.multi_gpu_model": _GPUS,
    "models.Graph": "Keras 0's Graph is today's functional model: Model(inputs, outputs)",
    "layers.core.AutoEncoder": "Keras 0's AutoEncoder is today's functional model: Model(inputs, decoded)",
}


def _resolved(row: str) -> tuple[str, dict[str, str] | None]:
    """Return the module that a part of a row names, and the names it gives, ``None`` for all."""
    where, _, names = row.partition(":")
    module = where if where.startswith("keras.") else f"{PACKAGE}.{where}"
    if not names:
        return module, None
    pairs = (name.partition("=")[::2] for name in names.split())
    return module, {other or name: name for name, other in pairs}


def _load(module: str) -> ModuleType:
    """Import a module of the package, or one of Keras's public ones in the form that ``tf.keras`` gives."""
    if not module.startswith("keras"):
        return importlib.import_module(module)
    import tensorflow as tf

    found: Any = tf.keras
    for part in module.split(".")[1:]:
        found = getattr(found, part)
    return found


def keras_module(path: str) -> ModuleType | None:
    """Return Keras's public module at a path, ``None`` where there is none."""
    try:
        found = _load(f"keras.{path}")
    except AttributeError:
        return None
    return found if isinstance(found, ModuleType) else None


def _looked_up(path: str) -> Callable[[str], Any]:
    """Return a module's ``__getattr__``: a classic module, then what the row's modules have, then Keras's."""

    def __getattr__(name: str) -> Any:  # noqa: N807
        full = f"{path}.{name}" if path else name
        here = f"{PACKAGE}.{path}".rstrip(".")
        if not name.startswith("__"):
            if hasattr(sys.modules[here], "__path__") and importlib.util.find_spec(f"{PACKAGE}.{full}"):
                return importlib.import_module(f"{PACKAGE}.{full}")
            for found in _candidates(path, name):
                return found
        raise AttributeError(_missing(path, name))

    return __getattr__


# Whole branches of `tf.keras` that the package has no part of.
_PASSED_ON = frozenset(
    [
        "applications",
        "distribution",
        "dtype_policies",
        "export",
        "ops",
        "quantizers",
        "random",
        "tree",
        "config",
    ]
)


def _candidates(path: str, name: str) -> Iterator[Any]:
    for row in PATHS.get(path, ()):
        where, names = _resolved(row)
        if names is not None and name not in names:
            continue
        module = _load(where)
        wanted = name if names is None else names[name]
        if hasattr(module, wanted):
            yield getattr(module, wanted)
    found = keras_module(path) if path else _load("keras")
    if found is not None and hasattr(found, name):
        yield getattr(found, name)


def _missing(path: str, name: str) -> str:
    full = f"{path}.{name}" if path else name
    here = f"{PACKAGE}.{path}" if path else PACKAGE
    hint = ENDED.get(full) or ENDED.get(path)
    if hint is None:
        near = difflib.get_close_matches(name, dir(sys.modules[here]), 1, 0.75)
        hint = f"did you mean {near[0]!r}" if near else "Keras has none of that name either"
    return f"module {here!r} has no attribute {name!r}: {hint}{'?' if hint.startswith('did') else '.'}"


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Serves the paths of the map, and the branches of Keras that are passed on."""

    def find_spec(self, fullname, path=None, target=None):
        if not fullname.startswith(f"{PACKAGE}."):
            return None
        inner = fullname.removeprefix(f"{PACKAGE}.")
        if inner not in PATHS and not (inner.split(".")[0] in _PASSED_ON and keras_module(inner)):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        path = module.__name__.removeprefix(f"{PACKAGE}.")
        if path not in PATHS:
            source: Any = keras_module(path)
            module.__dict__.update(_public(source))
            module.__doc__ = source.__doc__
        for row in reversed(PATHS.get(path, ())):
            where, names = _resolved(row)
            source = _load(where)
            public = _public(source) if names is None else {n: getattr(source, m) for n, m in names.items()}
            module.__dict__.update(public)
        module.__doc__ = (
            module.__doc__ or f"The names of ``keras.{path}``, from where they are in ``{PACKAGE}``."
        )
        module.__getattr__ = _looked_up(path)


def _public(module: ModuleType) -> dict[str, Any]:
    return {name: thing for name, thing in vars(module).items() if not name.startswith("_")}


_ROOMS = [
    "activations",
    "callbacks",
    "constraints",
    "datasets",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "preprocessing",
    "regularizers",
    "saving",
    "utils",
    "backend",
]


class _MergeModule(ModuleType):
    """``layers.merge`` is a room, and in Keras 1 it was a function."""

    def __call__(self, *args, **kwargs):
        return _load(f"{PACKAGE}.compat.merging").merge(*args, **kwargs)


def serve() -> None:
    """Serve the classic paths: called once, when the package has been imported."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
    for room in ("", *_ROOMS, *(f"layers.{room}" for room in _REAL_ROOMS)):
        module = sys.modules.get(f"{PACKAGE}.{room}".rstrip("."))
        if module is not None and "__getattr__" not in vars(module):
            module.__getattr__ = _looked_up(room)  # type: ignore[method-assign]
    sys.modules[f"{PACKAGE}.layers.merge"].__class__ = _MergeModule
