"""The way in: a whole configuration becomes one of today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tfk_ext.compat.eras import today
from tfk_ext.compat.eras.layers import Rewriter
from tfk_ext.compat.eras.models import sequential_of
from tfk_ext.compat.eras.notes import LayerPlan, Note, Plan, Rewritten
from tfk_ext.compat.eras.origin import Era, detect
from tfk_ext.saving.errors import LoadError
from tfk_ext.saving.modelfile import Origin, StoredLayer


def rewrite(
    config: Any,
    origin: Origin,
    custom_objects: Mapping[str, Any] | None = None,
    layers: Iterable[StoredLayer] = (),
    safe_mode: bool = True,
) -> Rewritten:
    """Return today's form of a stored model configuration.

    Args:
        config: a dictionary with ``class_name`` and ``config``, as a file or ``to_json`` has it.
        origin: what wrote it.
        custom_objects: the caller's classes and functions by name.
        layers: the stored arrays, whose names tell the backend of a file of Keras 1.
        safe_mode: whether Python code of the file stays out; with ``False`` a Lambda's goes into the
            configuration.

    Raises:
        LoadError: it is no configuration of a model.

    Example:
        >>> dense = {"output_dim": 2, "batch_input_shape": [None, 3], "name": "dense_1"}
        >>> old = {"class_name": "Sequential", "config": [{"class_name": "Dense", "config": dense}]}
        >>> new = tfk_ext.compat.eras.rewrite(old, tfk_ext.saving.Origin("json"))
        >>> new.config["config"]["layers"][1]["registered_name"]
        'tfk_ext>Dense'
    """
    if not isinstance(config, dict):
        raise LoadError(
            f"the configuration must be a dictionary, got {type(config).__name__}.", rule="config"
        )
    layers = list(layers)
    era = detect(config, origin, layers)
    if era.version is not None and era.version[0] >= 3:
        return _as_it_is(config, era)
    if "class_name" not in config and "layers" in config and "name" in config:
        raise LoadError(
            "this is a configuration of Keras 0, which is older than what can be read.", rule="config"
        )
    if config.get("class_name") == "Graph":
        raise LoadError(
            "it is a Graph, Keras 0's way of several inputs, which ended with Keras 1.0; build it as a "
            "functional model, Model(inputs, outputs), and load its weights.",
            rule="config",
        )
    rewriter = Rewriter(era, custom_objects, safe_mode)
    rewriter.masks = era.drops_masks and _has_masks(config)
    made = _understood(rewriter, config)
    if len(made) != 1 or not made[0][1].layers:
        raise LoadError(f"{config.get('class_name')!r} is no model with layers.", rule="config")
    (entry, plan) = made[0]
    notes = [Note("", note, "changed") for note in _doubts(era, origin)] + rewriter.notes
    return Rewritten(entry, notes, Plan(era.keras1, era.backend, _true_std(plan.layers), layers=plan.layers))


def rewrite_layer(
    config: dict[str, Any], origin: Origin, custom_objects: Mapping[str, Any] | None = None
) -> Rewritten:
    """Return today's form of the configuration of one layer, with what it needs before it in a Sequential.

    Args:
        config: a dictionary with ``class_name`` and ``config``.
        origin: what wrote it.
        custom_objects: the caller's classes and functions by name.

    Raises:
        LoadError: it is no configuration of a layer.

    Example:
        >>> old = {"class_name": "Dense", "config": {"output_dim": 2, "name": "dense_1"}}
        >>> tfk_ext.compat.eras.rewrite_layer(old, tfk_ext.saving.Origin("config")).config["config"]["units"]
        2
    """
    era = detect(config, origin)
    rewriter = Rewriter(era, custom_objects)
    made = _understood(rewriter, config)
    entry, plan = made[0] if len(made) == 1 else sequential_of(made, made[-1][1].name)
    return Rewritten(entry, rewriter.notes, Plan(era.keras1, era.backend, layers=[plan]))


def _understood(rewriter: Rewriter, config: dict[str, Any]) -> list[tuple[dict[str, Any], LayerPlan]]:
    try:
        return rewriter.layer(config)
    except LoadError:
        raise
    except RecursionError:
        raise LoadError("the configuration is nested too deep.", rule="config") from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as error:
        raise LoadError(f"the configuration can't be understood: {error!r}.", rule="config") from error


def _has_masks(config: Any) -> bool:
    """Tell whether a layer anywhere in a configuration makes masks."""
    queue = [config]
    while queue:
        item = queue.pop()
        if isinstance(item, dict):
            if item.get("mask_zero") is True or item.get("class_name") == "Masking":
                return True
            queue.extend(item.values())
        elif isinstance(item, list):
            queue.extend(item)
    return False


def _true_std(plans: list[LayerPlan]) -> bool:
    return any(plan.options.get("true_std") or _true_std(plan.layers) for plan in plans)


def _as_it_is(config: dict[str, Any], era: Era) -> Rewritten:
    return Rewritten(today.completed(config), [], Plan(backend=era.backend, today=True))


def _doubts(era: Era, origin: Origin) -> list[str]:
    """Say what was guessed."""
    if era.keras1 and origin.backend is None and era.theano:
        return [
            "the file does not say what Keras 1 ran on; the names of its arrays are Theano's, so "
            "the kernels are flipped"
        ]
    return []


def plan_of(origin: Origin, layers: Iterable[StoredLayer] = ()) -> Plan:
    """Return the plan for a file that holds weights alone: what the layers themselves do not tell.

    Args:
        origin: what wrote it.
        layers: the stored arrays.
    """
    layers = list(layers)
    era = detect(None, origin, layers)
    is_today = era.version is not None and era.version[0] >= 3
    return Plan(era.keras1, era.backend, true_std=era.keras1 and era.before(1, 0, 3), today=is_today)
