"""Configurations in the form of Keras 2, which ``.h5`` files hold: what old readers and ours understand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfk_ext import checks
from tfk_ext.registration import PACKAGE

# What Keras 2 does not know. It goes where it says nothing: where it is None or the default given here.
_NEW = {
    "quantization_config": (None,),
    "input_axes": (None,),
    "output_axes": (None,),
    "lora_rank": (None,),
    "optional": (False,),
    "seed": (None,),
    "use_cudnn": ("auto",),
    "zero_output_for_mask": (False,),
    "time_major": (False,),
    "synchronized": (False,),
    "loss_scale_factor": (None,),
    "gradient_accumulation_steps": (None,),
}
_MODELS = ("Functional", "Model")


def model_config(owner: Any, described: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``{"class_name", "config"}`` in the form of Keras 2 for what Keras 3 wrote of a model.

    Args:
        owner: the model, for messages.
        described: the configuration, as ``to_json`` has it.
    """
    return _Writer(owner).thing(described)


def plain(owner: Any, value: Any) -> Any:
    """Return any part of a configuration (a loss, an optimizer, a list of metrics) in the form of Keras 2."""
    return _Writer(owner).value(value)


class _Writer:
    def __init__(self, owner):
        self.owner = owner
        self.stacks = set()

    def thing(self, described):
        """Convert ``{"module", "class_name", "config", "registered_name"}``."""
        name, config = described["class_name"], described["config"]
        if name in _MODELS and "layers" in config:
            return {"class_name": "Model", "config": self.graph(config)}
        if name == "Sequential":
            layers = [self.thing(layer) for layer in config["layers"]]
            return {"class_name": name, "config": {**self.mapping(config), "layers": layers}}
        registered = described.get("registered_name")
        if registered and not registered.startswith(PACKAGE):
            name = registered
        return {"class_name": name, "config": self.special(name, self.mapping(config), config)}

    def special(self, name, config, given):
        """Rename what Keras 2 calls otherwise."""
        if name == "InputLayer":
            config["batch_input_shape"] = config.pop("batch_shape")
        elif name in ("L1", "L2"):
            # Keras of all ages knows the joint class alone.
            return {"l1": 0.0, "l2": 0.0, **config}
        elif name == "Lambda":
            return self.function_layer(config, given)
        return config

    def function_layer(self, config, given):
        function = given["function"]
        if isinstance(function, Mapping) and function.get("class_name") == "__lambda__":
            code = function["config"]
            config["function"] = [code["code"], code["defaults"], code["closure"]]
            config["function_type"] = "lambda"
        else:
            config["function"] = self.value(function)
            config["function_type"] = "function"
        return config

    def mapping(self, config):
        return {
            key: self.value(item)
            for key, item in config.items()
            if not (key in _NEW and any(item is d or item == d for d in _NEW[key]))
        }

    def value(self, value):
        if isinstance(value, (list, tuple)):
            return [self.value(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        name = value.get("class_name")
        if name is None or "config" not in value and "items" not in value:
            return {key: self.value(item) for key, item in value.items()}
        if name == "__tuple__":
            return [self.value(item) for item in value["items"]]
        if name == "__numpy__":
            return {"type": "ndarray", "value": value["config"]["value"]}
        if name.endswith("DTypePolicy") or name == "DTypePolicyMap":
            policy = value["config"].get("name")
            mixed = isinstance(policy, str) and policy.startswith("mixed_")
            return {"class_name": "Policy", "config": {"name": policy}} if mixed else policy
        if name == "function":
            return value["config"]
        converted = self.thing(value)
        if converted["class_name"] in ("L1", "L2"):
            converted["class_name"] = "L1L2"
        return converted

    # --- graphs ---

    def graph(self, config):
        # A model has its own graph as the first node, in Keras 3 functional ones alone: there a stack's calls
        # count from 0, in Keras 2 from 1.
        stacks = {layer["name"] for layer in config["layers"] if layer["class_name"] == "Sequential"}
        outer, self.stacks = self.stacks, stacks
        layers = []
        for layer in config["layers"]:
            entry = self.thing(layer)
            nodes = layer.get("inbound_nodes", ())
            entry["name"] = layer["name"]
            entry["inbound_nodes"] = [self.node(layer, node) for node in nodes]
            layers.append(entry)
        graph = {
            "name": config["name"],
            "layers": layers,
            "input_layers": self.ends(config["input_layers"]),
            "output_layers": self.ends(config["output_layers"]),
        }
        self.stacks = outer
        return graph

    def shifted(self, tensor):
        name, node, index = tensor
        return [name, node + (name in self.stacks), index]

    def ends(self, ends):
        if isinstance(ends, Mapping):
            checks.fail(
                self.owner,
                "a .h5 file can't hold a model whose inputs or outputs are a dictionary; save it to .keras.",
            )
        ends = [ends] if ends and isinstance(ends[0], str) else ends
        return [self.shifted(end) for end in ends]

    def node(self, layer, node):
        module = (layer.get("module") or "").split(".")
        if module[0] == "keras" and "ops" in module:
            checks.fail(
                self.owner,
                f"a .h5 file holds layers only, and {layer['class_name']} ('{layer['name']}') is an "
                "operation on a symbolic tensor; save the model to .keras, or put the operation into a "
                "Lambda layer.",
            )
        kwargs = {
            key: value for key, value in node["kwargs"].items() if value is not None and value is not False
        }
        # A recurrent layer's states are further inputs in Keras 2.
        tensors = [*_tensors(node["args"]), *_tensors(kwargs.pop("initial_state", None))]
        left = _tensors(list(kwargs.values()))
        if left:
            checks.fail(
                self.owner,
                f"a .h5 file can't hold the call of layer '{layer['name']}', which takes symbolic tensors as "
                f"keyword arguments ({', '.join(kwargs)}); save the model to .keras.",
            )
        return [[*self.shifted(tensor), self.value(kwargs)] for tensor in tensors]


def _tensors(value):
    """Return the ``[layer, node, tensor]`` of all symbolic tensors in a value."""
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__":
            return [value["config"]["keras_history"]]
        value = list(value.values())
    if isinstance(value, list):
        return [found for item in value for found in _tensors(item)]
    return []
