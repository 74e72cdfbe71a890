"""Operations of TensorFlow that a functional model holds as layers: TFOpLambda, SlicingOpLambda,
TensorFlowOpLayer."""

from __future__ import annotations

import base64
import binascii
import inspect
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from tfk_ext.compat.eras import nodes
from tfk_ext.compat.eras.nodes import Address, Call, Placed, Ref
from tfk_ext.compat.eras.notes import LayerPlan
from tfk_ext.layers.legacy.allowed import LISTS, function_of, is_raw
from tfk_ext.saving.errors import LoadError

if TYPE_CHECKING:
    from tfk_ext.compat.eras.layers import Rewriter

_LAMBDAS = ("TFOpLambda", "SlicingOpLambda")
# What Keras's own keyword arguments of a call are called; an operation does not take them.
_NOT_ARGUMENTS = ("name",)


def is_operation(class_name: str, config: Any) -> bool:
    """Tell whether a stored layer is an operation of TensorFlow."""
    if class_name in (*_LAMBDAS, "TensorFlowOpLayer"):
        return True
    # TensorFlow 1.13 and 2.0 stored the operation's name for the class.
    return isinstance(config, dict) and "node_def" in config


def rewrite(r: Rewriter, stored: dict[str, Any], call: Call, index: int) -> Placed:
    """Return the layer that does one call of an operation, with its constants in its configuration.

    Raises:
        LoadError: the configuration is not one of an operation.
    """
    from tfk_ext.compat.eras.layers import entry

    class_name, config = r.parts(stored)
    if not isinstance(config, dict):
        raise LoadError(f"{class_name}: config must be a dictionary.", rule="config")
    base: str = stored.get("name") or config["name"]
    name = base if index == 0 else f"{base}_{index}"
    tensors: list[Any] = []
    with_tensors = _Template(tensors)
    if class_name in _LAMBDAS:
        function: Any = config.get("function")
        args = [with_tensors(nodes_list(call.inputs))]
        kwargs = {
            k: with_tensors(v) for k, v in call.kwargs.items() if k not in _NOT_ARGUMENTS and v is not None
        }
    else:
        function, kwargs = _node(r, config, call, with_tensors)
        args = []
    previous, r._name = r._name, name
    previous_was, r.was = r.was, class_name
    if not isinstance(function, str) or function_of(function) is None:
        r.note(f"the TensorFlow function {function!r} is not one of those that a file may name", "blocks")
    r._name, r.was = previous, previous_was
    made = entry("TensorFlowOperation", {"name": name, "function": function, "args": args, "kwargs": kwargs})
    plan = LayerPlan(name, "TensorFlowOperation", class_name, base)
    return Placed(made, plan, [Call(tensors[0] if len(tensors) == 1 else tensors, {})])


def nodes_list(inputs: Any) -> Any:
    """Return the first argument of an operation: a list of one stays a list."""
    return list(inputs) if isinstance(inputs, list) else inputs


class _Template:
    """Replaces the tensors of a nested structure by their numbers, and keeps them."""

    def __init__(self, tensors: list[Any]):
        self.tensors = tensors

    def __call__(self, value: Any) -> Any:
        if isinstance(value, (Ref, Address)):
            if value not in self.tensors:
                self.tensors.append(value)
            return {"tensor": self.tensors.index(value)}
        if isinstance(value, dict):
            if value.get("class_name") == "__ellipsis__":
                return {"ellipsis": True}
            if set(value) == {"start", "stop", "step"}:
                return {"slice": [self(value[k]) for k in ("start", "stop", "step")]}
            return {k: self(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self(item) for item in value]
        return value


def _node(r: Rewriter, config: dict[str, Any], call: Call, template: _Template) -> tuple[str, dict[str, Any]]:
    """Return the function and the arguments of an operation that is stored as a node of a graph."""
    op, attributes = _definition(config.get("node_def"))
    inputs: list[Any] = list(nodes.Call(call.inputs, {}).refs())
    constants = config.get("constants") or {}
    if not isinstance(constants, dict):
        raise LoadError("TensorFlowOpLayer: constants must be a dictionary.", rule="config")
    for place, value in sorted((int(k), v) for k, v in constants.items()):
        inputs.insert(place, value)
    function = f"raw_ops.{op}"
    if not is_raw(op):
        return function, {}
    parameters = [p for p in inspect.signature(getattr(tf.raw_ops, op)).parameters if p != "name"]
    names = [p for p in parameters if p not in attributes]
    kwargs: dict[str, Any] = {}
    spare = len(inputs) - len(names)
    for name in names:
        count = 1 + spare if name == LISTS.get(op) else 1
        taken, inputs = inputs[:count], inputs[count:]
        if name == LISTS.get(op):
            kwargs[name] = template(taken)
        elif taken:
            kwargs[name] = template(taken[0])
    kwargs.update({name: value for name, value in attributes.items() if name in parameters})
    return function, kwargs


def _definition(stored: Any) -> tuple[str, dict[str, Any]]:
    """Return the operation's name and attributes of a stored ``NodeDef``: JSON, or the serialized message."""
    if isinstance(stored, str):
        stored = _parsed(stored)
    if not isinstance(stored, dict) or not isinstance(stored.get("op"), str):
        raise LoadError("TensorFlowOpLayer: node_def is no definition of a node.", rule="config")
    attributes = stored.get("attr") or {}
    return stored["op"], {name: _attribute(value) for name, value in attributes.items()}


def _parsed(text: str) -> dict[str, Any]:
    try:
        definition = tf.compat.v1.NodeDef.FromString(text.encode("utf-8"))
    except Exception as error:  # protobuf's errors are of its own
        raise LoadError("TensorFlowOpLayer: node_def can't be read.", rule="config") from error
    attributes: dict[str, Any] = {}
    for name, value in definition.attr.items():
        kind = value.WhichOneof("value")
        if kind == "list":
            fields = [(f.name, list(v)) for f, v in value.list.ListFields()]
            attributes[name] = {"list": dict(fields)}
        elif kind == "s":
            attributes[name] = {"s": base64.b64encode(value.s).decode("ascii")}
        elif kind == "type":
            attributes[name] = {"type": value.type}
        elif kind in ("i", "b", "f"):
            attributes[name] = {kind: getattr(value, kind)}
    return {"op": definition.op, "attr": attributes}


def _attribute(value: Any) -> Any:
    """Return the value of an attribute as Python has it."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    ((kind, item),) = value.items()
    if kind == "type":
        return _dtype(item)
    if kind == "i":
        return int(item)
    if kind == "f":
        return float(item)
    if kind == "b":
        return bool(item)
    if kind == "s":
        try:
            return base64.b64decode(item).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError, TypeError):
            return None
    if kind == "list" and isinstance(item, dict):
        values = [v for name in item for v in (item[name] if isinstance(item[name], list) else [])]
        kinds = list(item)
        return [_attribute({kinds[0]: v}) for v in values] if kinds else []
    return None


def _dtype(item: Any) -> str | None:
    try:
        if isinstance(item, str):
            item = item.removeprefix("DT_").lower()
            item = {"float": "float32", "double": "float64", "half": "float16"}.get(item, item)
        return tf.as_dtype(item).name
    except (TypeError, KeyError):
        return None
