"""Functional models: their layers, calls, inputs and outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfk_ext.compat.eras import nodes, objects, operations, shapes
from tfk_ext.compat.eras.nodes import Address, Call, Placed, Ref
from tfk_ext.compat.eras.notes import LayerPlan
from tfk_ext.saving.errors import LoadError

if TYPE_CHECKING:
    from tfk_ext.compat.eras.layers import Rewriter

Made = tuple[dict[str, Any], LayerPlan]


def functional(r: Rewriter, config: dict[str, Any]) -> Made:
    """Return today's form of a functional model."""
    graph = _Graph(r, config)
    graph.place()
    return graph.made()


class _Graph:
    """A functional model on its way: where each stored call went."""

    def __init__(self, r: Rewriter, config: dict[str, Any]):
        self.r = r
        self.config = config
        self.stored = [_checked(layer) for layer in _listed(config, "layers")]
        self.names = {_name_of(layer) for layer in self.stored}
        self.calls = [
            [nodes.read(node, self.names) for node in _listed(layer, "inbound_nodes", ())]
            for layer in self.stored
        ]
        self.placed: list[Placed] = []
        self.where: dict[tuple[str, int], tuple[Placed, int]] = {}
        self.models: set[int] = set()
        ends = [_ends(config.get(key)) for key in ("input_layers", "output_layers")]
        self.inputs, self.outputs = ends

    def place(self) -> None:
        """Rewrite each layer and note where its calls are to be found."""
        from tfk_ext.compat.eras import models

        first = self._first_calls()
        for stored, calls in zip(self.stored, self.calls):
            name = _name_of(stored)
            class_name, config = self.r.parts(stored)
            if class_name not in self.r.custom and operations.is_operation(class_name, config):
                for index, call in enumerate(calls):
                    placed = operations.rewrite(self.r, stored, call, index)
                    self.placed.append(placed)
                    self.where[name, index] = placed, 0
                continue
            *before, (entry, plan) = self.r.layer(stored)
            plan.name = plan.name or name
            plan.stored = name
            calls = [self._called(call, class_name, config) for call in calls]
            for front, front_plan in before:
                placed = Placed(front, front_plan, calls)
                self.placed.append(placed)
                calls = [Call(_Link(placed, index), {}) for index in range(len(calls))]
            placed = Placed(entry, plan, calls)
            self.placed.append(placed)
            # A nested model's own construction counts as its first call in most versions.
            is_model = class_name not in self.r.custom and models.is_model(class_name, config)
            offset = first.get(name, 0) if is_model else 0
            for index in range(max(len(calls), 1)):
                self.where[name, index + offset] = placed, index
            if plan.class_name == "Functional":
                self.models.add(id(placed))

    def _first_calls(self) -> dict[str, int]:
        refs = [ref for calls in self.calls for call in calls for ref in call.refs()]
        first: dict[str, int] = {}
        for ref in (*refs, *nodes.Call(self.inputs, {}).refs(), *nodes.Call(self.outputs, {}).refs()):
            first[ref.layer] = min(ref.node, first.get(ref.layer, ref.node))
        return first

    def _called(self, call: Call, class_name: str, config: dict[str, Any]) -> Call:
        """Return a call with the arguments that today's layer takes."""
        kwargs = {k: v for k, v in call.kwargs.items() if v is not None and k != "name"}
        inputs = nodes.unwrapped(call.inputs)
        count = (
            config.get("num_constants", config.get("_num_constants")) if isinstance(config, dict) else None
        )
        if isinstance(count, int) and 0 < count < len(inputs if isinstance(inputs, list) else ()):
            kwargs["constants"] = inputs[-count:]
            inputs = inputs[:-count]
        if class_name in ("AddLoss", "AddMetric", "InputLayer"):
            kwargs = {}
        return Call(inputs, kwargs)

    def address(self, ref: Any) -> Address:
        """Return where a stored tensor is in the new model."""
        if isinstance(ref, _Link):
            return Address(ref.placed.plan.name, ref.index, 0)
        if isinstance(ref, Address):
            return ref
        placed, node = self._find(ref)
        return Address(placed.plan.name, node, ref.tensor)

    def _find(self, ref: Ref) -> tuple[Placed, int]:
        found = self.where.get((ref.layer, ref.node))
        if found is None:
            raise LoadError(
                f"the model names output {ref.tensor} of call {ref.node} of a layer {ref.layer!r}, "
                "which is not there.",
                rule="config",
            )
        return found

    def made(self) -> Made:
        """Return the model's configuration and plan."""
        from tfk_ext.compat.eras import models

        pairs = [(placed.entry, placed.plan) for placed in self.placed]
        models.unique(pairs)
        layers = []
        for placed in self.placed:
            calls = [nodes.written(call, self.address) for call in placed.calls]
            layers.append({**placed.entry, "name": placed.plan.name, "inbound_nodes": calls})
        name = self.config.get("name")
        name = models.clean(name) if isinstance(name, str) and name else "model"
        trainable = self.config.get("trainable", True) is not False
        config = {
            "name": name,
            "trainable": trainable,
            "layers": layers,
            "input_layers": self._end(self.inputs),
            "output_layers": self._end(self.outputs),
        }
        plan = LayerPlan(name, "Functional", "Model", name, trainable, layers=[p for _, p in pairs])
        return models.model("Functional", config), plan

    def _end(self, ends: Any) -> Any:
        """Return the inputs or outputs; one alone is no list, so that ``predict`` returns an array."""

        def leaf(ref: Any) -> list[Any]:
            found = self.address(ref)
            placed = None if isinstance(ref, _Link) else self._find(ref)[0]
            # Keras counts a nested model's own construction here, and only here.
            node = found.node + (1 if placed is not None and id(placed) in self.models else 0)
            return [found.layer, node, found.tensor]

        if isinstance(ends, list) and len(ends) == 1 and isinstance(ends[0], Ref):
            ends = ends[0]
        return nodes.mapped(ends, leaf)


class _Link(Address):
    """The output of a layer that was put in front of another; its name is not final yet."""

    def __init__(self, placed: Placed, index: int):
        object.__setattr__(self, "placed", placed)
        object.__setattr__(self, "index", index)

    placed: Placed
    index: int


def input_layer(name: str, shape: list[int | None], dtype: Any = None) -> Made:
    """Return an input layer."""
    known, _ = objects.dtype(dtype)
    config = {"batch_shape": shape, "dtype": known or "float32", "name": name}
    return objects.today("keras.layers", "InputLayer", config), LayerPlan(
        name, "InputLayer", "InputLayer", name
    )


def of_branches(r: Rewriter, given: dict[str, Any]) -> Made:
    """Return the functional form of a Sequential of Keras 1 that begins with a Merge of models.

    The layers of the branches become layers of the model, since the file holds their weights so.
    """
    layers: list[dict[str, Any]] = []
    inputs: list[list[Any]] = []
    output = _chain(r, given["layers"], layers, inputs)
    config = {
        "name": given.get("name") or "model",
        "layers": layers,
        "input_layers": inputs,
        "output_layers": [output],
    }
    r.note("a Sequential that begins with a Merge of models is a functional model today", "translated")
    return functional(r, config)


def _chain(
    r: Rewriter, stored: list[Any], layers: list[dict[str, Any]], inputs: list[list[Any]]
) -> list[Any]:
    """Append a chain of layers in the functional form; return its output."""
    from tfk_ext.compat.eras import models

    output: list[Any] | None = None
    for index, item in enumerate(stored):
        class_name, config = r.parts(item)
        name = config.get("name") if isinstance(config, dict) else None
        name = name if isinstance(name, str) else f"{class_name.lower()}_{len(layers)}"
        sources = [] if output is None else [output]
        if class_name == "Merge" and index == 0 and isinstance(config.get("layers"), list):
            sources = [_branch(r, branch, layers, inputs) for branch in config["layers"]]
            config = {k: v for k, v in config.items() if k != "layers"}
        elif index == 0 and class_name != "InputLayer":
            shape = shapes.input_shape(config, class_name) if isinstance(config, dict) else None
            if shape is None:
                made = r.layer(item)[-1][0]
                shape = models.input_of(made) if models.is_model(class_name, config) else None
            if shape is None:
                raise LoadError(
                    f"{class_name} {name!r} begins a branch and tells no input shape.", rule="config"
                )
            dtype = config.get("input_dtype") if isinstance(config, dict) else None
            head: dict[str, Any] = {"class_name": "InputLayer", "name": f"{name}_input", "inbound_nodes": []}
            head["config"] = {"batch_input_shape": shape, "input_dtype": dtype, "name": f"{name}_input"}
            layers.append(head)
            inputs.append([f"{name}_input", 0, 0])
            sources = [[f"{name}_input", 0, 0]]
        elif class_name == "InputLayer":
            inputs.append([name, 0, 0])
        calls = [sources] if sources else []
        layers.append({"class_name": class_name, "config": config, "name": name, "inbound_nodes": calls})
        output = [name, 0, 0]
    if output is None:
        raise LoadError("Sequential: a branch without layers.", rule="config")
    return output


def _branch(r: Rewriter, branch: Any, layers: list[dict[str, Any]], inputs: list[list[Any]]) -> list[Any]:
    class_name, config = r.parts(branch)
    if class_name == "Sequential":
        stored = config if isinstance(config, list) else config.get("layers", [])
        return _chain(r, stored, layers, inputs)
    return _chain(r, [branch], layers, inputs)


def _checked(layer: Any) -> dict[str, Any]:
    if not isinstance(layer, dict):
        raise LoadError(f"a layer must be a dictionary, got {type(layer).__name__}.", rule="config")
    _name_of(layer)
    return layer


def _name_of(layer: dict[str, Any]) -> str:
    config = layer.get("config")
    name = layer.get("name", config.get("name") if isinstance(config, dict) else None)
    if not isinstance(name, str):
        raise LoadError(
            f"a layer of a functional model has no name: {layer.get('class_name')!r}.", rule="config"
        )
    return name


def _listed(config: dict[str, Any], key: str, default: Any = None) -> list[Any]:
    value = config.get(key, default)
    if not isinstance(value, (list, tuple)):
        raise LoadError(f"{key} must be a list, got {type(value).__name__}.", rule="config")
    return list(value)


def _ends(stored: Any) -> Any:
    """Return the references of ``input_layers`` or ``output_layers``."""
    if not isinstance(stored, (list, dict)):
        raise LoadError(
            f"input_layers and output_layers must be lists, got {type(stored).__name__}.", rule="config"
        )
    return nodes.unwrapped(nodes.read(stored, set()).inputs)
