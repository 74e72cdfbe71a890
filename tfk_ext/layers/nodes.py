"""What a layer knows of its calls on symbolic tensors: shapes, inputs and outputs by number."""

from __future__ import annotations

from typing import Any


class Nodes:
    """Gives layers and models ``get_output_at`` and the like. It stands before the Keras class.

    Keras 3 keeps each symbolic call of a layer as a node, and gives no public way to any but the only one:
    this is the one place that reads ``_inbound_nodes``.
    """

    def _node_tensors(self, node_index: int, which: str) -> Any:
        nodes = self._inbound_nodes  # type: ignore[attr-defined]
        if not -len(nodes) <= node_index < len(nodes):
            raise ValueError(
                f"layer '{self.name}' was called {len(nodes)} times on symbolic tensors, "  # type: ignore[attr-defined]
                f"there is no call {node_index}."
            )
        tensors = list(getattr(nodes[node_index], f"{which}_tensors"))
        return tensors[0] if len(tensors) == 1 else tensors

    def get_input_at(self, node_index: int) -> Any:
        """Return the symbolic input of the call with this number (a list, if there are several)."""
        return self._node_tensors(node_index, "input")

    def get_output_at(self, node_index: int) -> Any:
        """Return the symbolic output of the call with this number (a list, if there are several).

        Example:
            >>> dense = tfk_ext.Dense(2)
            >>> a, b = tfk_ext.Input((4,)), tfk_ext.Input((4,))
            >>> first, second = dense(a), dense(b)
            >>> dense.get_output_at(1) is second
            True
        """
        return self._node_tensors(node_index, "output")

    def get_input_shape_at(self, node_index: int) -> Any:
        """Return the shape of the input of the call with this number."""
        return _shapes(self.get_input_at(node_index))

    def get_output_shape_at(self, node_index: int) -> Any:
        """Return the shape of the output of the call with this number."""
        return _shapes(self.get_output_at(node_index))

    def _common_shape(self, which: str) -> Any:
        nodes = self._inbound_nodes  # type: ignore[attr-defined]
        if not nodes:
            raise AttributeError(
                f"layer '{self.name}' was never called on a symbolic tensor and "  # type: ignore[attr-defined]
                f"has no {which} shape."
            )
        shapes = [_shapes(self._node_tensors(index, which)) for index in range(len(nodes))]
        if any(shape != shapes[0] for shape in shapes):
            raise AttributeError(
                f"layer '{self.name}' has {len(nodes)} calls with different "  # type: ignore[attr-defined]
                f"{which} shapes {shapes}; use get_{which}_shape_at(number)."
            )
        return shapes[0]


class LayerNodes(Nodes):
    """The same for layers, which have shapes as attributes; models have them from Keras."""

    @property
    def input_shape(self) -> Any:
        """The shape of the layer's input, a list if there are several."""
        return self._common_shape("input")

    @property
    def output_shape(self) -> Any:
        """The shape of the layer's output, a list if there are several.

        Example:
            >>> model = tfk_ext.Sequential([tfk_ext.Dense(2, input_dim=4)])
            >>> model.layers[0].input_shape, model.layers[0].output_shape
            ((None, 4), (None, 2))
        """
        return self._common_shape("output")


def _shapes(tensors: Any) -> Any:
    if isinstance(tensors, list):
        return [tuple(tensor.shape) for tensor in tensors]
    return tuple(tensors.shape)
