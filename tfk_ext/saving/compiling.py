"""What `compile` was given, from the file of any Keras to the package's optimizers, losses and metrics."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfk_ext.saving.allowed import Allowed
from tfk_ext.saving.modelfile import ModelFile

# Names of older versions.
_LOSSES = {
    "cosine_proximity": "cosine_similarity",
    "cosine": "cosine_similarity",
    "CosineProximity": "CosineSimilarity",
    "huber_loss": "huber",
    "Logcosh": "LogCosh",
}
_METRICS = {
    "cosine_proximity": "cosine_similarity",
    "cosine": "cosine_similarity",
    "CosineProximity": "CosineSimilarity",
    "kld": "kl_divergence",
    "KLD": "kl_divergence",
}
# Functions that Keras 2 took out.
_OF_KERAS_1 = ("precision", "recall", "fbeta_score", "fmeasure", "matthews_correlation")
# Keras finds out by the output's shape what these mean.
_BY_OUTPUT = {"acc": "accuracy", "accuracy": "accuracy", "ce": "crossentropy", "crossentropy": "crossentropy"}
_OPTIMIZERS = {"tfoptimizer": "", "adamoptimizer": "adam"}
# What every optimizer takes beside its own arguments.
_SHARED = (
    "decay",
    "weight_decay",
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "use_ema",
    "ema_momentum",
    "ema_overwrite_frequency",
)


class UnknownPartError(Exception):
    """A loss, metric or optimizer that nobody here knows: the model is left uncompiled."""


class Parts:
    """Makes optimizers, losses and metrics from what a file says.

    Args:
        allowed: what may be made.
        version: of the Keras that wrote it, as numbers.
    """

    def __init__(self, allowed: Allowed, version: tuple[int, ...] | None = None):
        self.allowed = allowed
        self.version = version
        self.notes: list[str] = []

    def arguments(self, config: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments of ``compile``.

        Raises:
            UnknownPartError: something in it is not known; the message names it.
        """
        stored = config.get("optimizer_config", config.get("optimizer"))
        found = {
            "optimizer": self.optimizer(stored),
            "loss": self.each(config.get("loss"), self.loss),
            "metrics": self.each(config.get("metrics") or None, self.metric),
            "weighted_metrics": self.each(config.get("weighted_metrics") or None, self.metric),
            "loss_weights": self.each(config.get("loss_weights"), self._number),
            "sample_weight_mode": config.get("sample_weight_mode"),
        }
        return {key: value for key, value in found.items() if value is not None}

    def each(self, value: Any, make: Callable[[Any], Any]) -> Any:
        """Apply ``make`` to a value, or to each value of lists and dictionaries of outputs."""
        if value is None:
            return None
        if isinstance(value, list):
            return [self.each(item, make) for item in value]
        if isinstance(value, dict) and "class_name" not in value:
            return {key: self.each(item, make) for key, item in value.items()}
        return make(value)

    def _number(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise UnknownPartError(f"the loss weight {value!r}")
        return value

    def optimizer(self, stored: Any) -> Any:
        """Return the optimizer of a stored configuration."""
        import tfk_ext

        name, config = _split(stored)
        inner = config.get("inner_optimizer", config.get("optimizer"))
        if _bare(name).startswith("LossScaleOptimizer") and isinstance(inner, dict):
            return self.optimizer(inner)
        own = self.allowed.custom_objects.get(name)
        if own is not None:
            return own.from_config(config) if hasattr(own, "from_config") else own(**config)
        name = _bare(name)
        name = _OPTIMIZERS.get(name.lower(), name)
        cls: Any = getattr(tfk_ext.optimizers, name, None) if name and name[0].isupper() else None
        if cls is None and name:
            cls = next(
                (
                    thing
                    for key, thing in vars(tf.keras.optimizers).items()
                    if key.lower() == name.lower() and inspect.isclass(thing) and key != "Optimizer"
                ),
                None,
            )
            cls = getattr(tfk_ext.optimizers, cls.__name__, cls) if cls is not None else None
        if not inspect.isclass(cls):
            raise UnknownPartError(f"the optimizer {_split(stored)[0]!r}")
        return self._make(cls, self._rates(config, cls.__name__), f"the optimizer {name!r}")

    def _rates(self, config: dict[str, Any], name: str) -> dict[str, Any]:
        config = dict(config)
        if "lr" in config:
            config.setdefault("learning_rate", config.pop("lr"))
        rate = config.get("learning_rate")
        if isinstance(rate, dict):
            config["learning_rate"] = self._schedule(rate)
        for key in ("epsilon", "weight_decay", "decay", "momentum"):
            if config.get(key, 0) is None or config.get(key) is False:
                del config[key]
        if name == "Nadam" and "decay" in config and "use_ema" not in config:
            # TensorFlow's Keras kept the schedule's under this name.
            config["schedule_decay"] = config.pop("decay")
        if self.version is not None and self.version < (2, 3) and name == "Adagrad":
            config.setdefault("initial_accumulator_value", 0.0)
        return config

    def _schedule(self, stored: dict[str, Any]) -> Any:
        import tfk_ext

        name, config = _split(stored)
        own = self.allowed.custom_objects.get(name)
        spaces = (tfk_ext.optimizers.schedules, tf.keras.optimizers.schedules)
        cls = own or next((getattr(s, name) for s in spaces if inspect.isclass(getattr(s, name, None))), None)
        if cls is None:
            raise UnknownPartError(f"the learning rate schedule {name!r}")
        return self._make(cls, config, f"the schedule {name!r}")

    def _make(self, cls: Any, config: dict[str, Any], what: str) -> Any:
        parameters = inspect.signature(cls).parameters
        open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        taken, left = {}, []
        for key, value in config.items():
            if key == "name" and not isinstance(value, str):
                continue
            if key in parameters or (open_ended and key in _SHARED):
                taken[key] = value
            elif key not in ("jit_compile", "is_legacy_optimizer", "fn", "dtype"):
                left.append(key)
        if left:
            self.notes.append(f"{what}: {', '.join(sorted(left))} left out")
        try:
            return cls(**taken)
        except (ValueError, TypeError) as error:
            raise UnknownPartError(f"{what} ({str(error)[:200]})") from error

    def loss(self, stored: Any) -> Any:
        """Return the loss of a stored name or configuration."""
        import tfk_ext

        return self._part(stored, "loss", tfk_ext.losses, _LOSSES, tf.keras.losses.Loss)

    def metric(self, stored: Any) -> Any:
        """Return the metric of a stored name or configuration."""
        import tfk_ext

        if isinstance(stored, str) and stored in _BY_OUTPUT and stored not in self.allowed.custom_objects:
            return _BY_OUTPUT[stored]
        return self._part(stored, "metric", tfk_ext.metrics, _METRICS, tf.keras.metrics.Metric)

    def _part(self, stored: Any, kind: str, space: Any, old: dict[str, str], base: type) -> Any:
        name, config = _split(stored)
        inner = config.get("fn")
        if name in ("MeanMetricWrapper", "LossFunctionWrapper", "SumOverBatchSizeMetricWrapper") and inner:
            function, _ = _split(inner)
            name, config = function or name, {k: v for k, v in config.items() if k != "fn"}
            if kind == "metric" and name in self.allowed.custom_objects:
                function = self.allowed.custom_objects[name]
                return tf.keras.metrics.MeanMetricWrapper(function, name=config.get("name"))
        own = self.allowed.registered(name)
        if own is not None:
            by_config = inspect.isclass(own) and bool(config)
            return own.from_config(config) if by_config else own
        name = _bare(name)
        cls = self._class(old.get(name, name), kind, space)
        if cls is not None and issubclass(cls, base) and config:
            return self._make(cls, config, f"the {kind} {name!r}")
        if kind == "metric" and name in _OF_KERAS_1:
            from tfk_ext.metrics import of_keras_1

            return getattr(of_keras_1, name)
        try:
            found = space.get(old.get(name, name))
        except (ValueError, TypeError):
            found = None
        if isinstance(found, str) or found is None:
            raise UnknownPartError(f"the {kind} {name!r}")
        if config and isinstance(found, base):
            return self._make(type(found), config, f"the {kind} {name!r}")
        if kind == "loss" and config.get("from_logits"):
            cls = getattr(space, "".join(part.capitalize() for part in name.split("_")), None)
            return self._make(cls, config, f"the loss {name!r}") if inspect.isclass(cls) else found
        return found

    def _class(self, name: str, kind: str, space: Any) -> Any:
        """Return a class of the package's, or of Keras's, of this name; ``None`` if there is none."""
        theirs = tf.keras.losses if kind == "loss" else tf.keras.metrics
        found = (getattr(where, name, None) for where in (space, theirs))
        return next((thing for thing in found if inspect.isclass(thing)), None)


def _bare(name: str) -> str:
    """Return a class's name without its package: ``Custom>Adam`` is ``Adam``; ``<lambda>`` stays."""
    return name if name.startswith("<") else name.split(">")[-1]


def _split(stored: Any) -> tuple[str, dict[str, Any]]:
    """Return name and configuration of a stored part: a name, or a dictionary of any Keras."""
    if isinstance(stored, str):
        return stored, {}
    if isinstance(stored, dict):
        name, config = stored.get("class_name"), stored.get("config")
        registered = stored.get("registered_name")
        if name in ("function", "__function__") and isinstance(config, str):
            return config, {}
        if (
            isinstance(registered, str)
            and ">" in registered
            and not registered.startswith(("tfk_ext", "Custom>"))
        ):
            name = registered
        if isinstance(name, str):
            return name, config if isinstance(config, dict) else {}
        if isinstance(stored.get("name"), str):
            return stored["name"], {k: v for k, v in stored.items() if k != "name"}
    raise UnknownPartError(f"{str(stored)[:100]!r}")


def unknown_names(config: dict[str, Any], allowed: Allowed) -> str | None:
    """Return the first loss or metric that a configuration of Keras 3 names and nobody knows.

    Keras itself would find out when the model is trained.
    """
    parts = Parts(allowed)

    def check(make: Callable[[Any], Any]) -> Callable[[Any], None]:
        return lambda stored: make(stored) if isinstance(stored, str) else None

    try:
        parts.each(config.get("loss"), check(parts.loss))
        for key in ("metrics", "weighted_metrics"):
            parts.each(config.get(key), check(parts.metric))
    except UnknownPartError as error:
        return str(error)
    return None


def compile_model(file: ModelFile, model: tf.keras.Model, plan: Any, allowed: Allowed) -> list[str]:
    """Compile a model as its file says, with the state of its optimizer.

    Where something is not known the model is left uncompiled, with a warning that names it.

    Returns:
        What was left out, for the report.
    """
    from tfk_ext.saving import optimizer_state

    parts = Parts(allowed, file.origin.version)
    try:
        arguments = parts.arguments(file.training_config or {})
    except UnknownPartError as error:
        warnings.warn(
            f"{file.path}: the model is loaded, but not compiled: {error} is not known; pass it in "
            f"custom_objects, "
            "or call compile.",
            stacklevel=4,
        )
        return [f"not compiled: {error} is not known"]
    mode = arguments.pop("sample_weight_mode", None)
    if mode is not None and any(_items(mode)):
        parameters = inspect.signature(model.compile).parameters
        if "sample_weight_mode" in parameters:
            arguments["sample_weight_mode"] = mode
        else:
            parts.notes.append(f"sample_weight_mode={mode!r}: today's Keras goes by the weights' shape")
    try:
        model.compile(**arguments)
        state = optimizer_state.restore(file, model, plan)
    except (ValueError, TypeError, KeyError) as error:
        warnings.warn(f"{file.path}: the model is loaded, but not compiled: {str(error)[:300]}", stacklevel=4)
        return [f"not compiled: {str(error)[:300]}"]
    return parts.notes + state


def _items(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else [value]
