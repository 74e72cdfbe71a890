"""Drawings of models (``keras.utils.vis_utils``)."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import tempfile
from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.utils.graph import Graph, Place, graph_of

RANKDIRS = ("TB", "LR", "BT", "RL")


def check_pydot() -> bool:
    """Tell whether pydot is installed."""
    try:
        import pydot  # noqa: F401
    except ImportError:
        return False
    return True


def check_graphviz() -> bool:
    """Tell whether pydot and Graphviz's program ``dot`` are installed."""
    return check_pydot() and shutil.which("dot") is not None


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 96,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> Any:
    """Turn a model into a graph for Graphviz.

    Args:
        model: a model; one with a ``call`` of its own, which has no graph of layers, is one box.
        show_shapes: write the shapes of what goes into each layer and comes out.
        show_dtype: write each layer's dtype.
        show_layer_names: write the layers' names before their classes.
        rankdir: direction: ``"TB"`` from top to bottom, ``"LR"`` from left to right, ``"BT"`` or ``"RL"``.
        expand_nested: draw the layers of models inside the model, in a frame.
        dpi: dots an inch.
        subgraph: return a cluster, to be put into another graph.
        show_layer_activations: write the layers' activations.
        show_trainable: write whether each layer trains.

    Returns:
        A ``pydot.Dot``; with ``subgraph`` a ``pydot.Cluster``.

    Raises:
        ImportError: pydot is not installed.
        ValueError: ``rankdir`` is another, or the model has no layers yet.

    Example:
        >>> model = tfk_ext.models.Sequential([tfk_ext.Dense(2, input_shape=(3,), name="only")])
        >>> dot = tfk_ext.utils.model_to_dot(model, show_shapes=True)
        >>> "only: Dense" in dot.to_string()
        True
    """
    if not check_pydot():
        raise ImportError(
            "model_to_dot: the package pydot is not installed; install it with pip install 'tfk_ext[plot]' "
            "(or pip install pydot). plot_model also needs the program dot: https://graphviz.org/download/"
        )
    import pydot

    checks.one_of("model_to_dot", "rankdir", rankdir.lower(), [r.lower() for r in RANKDIRS])
    dpi = checks.integer("model_to_dot", "dpi", dpi)
    drawing = _Drawing(
        pydot,
        names=show_layer_names,
        shapes=show_shapes,
        dtypes=show_dtype,
        activations=show_layer_activations,
        trainable=show_trainable,
        nested=expand_nested,
    )
    if subgraph:
        dot = drawing.cluster(model)
    else:
        dot = pydot.Dot()
        dot.set("rankdir", rankdir.upper())
        dot.set("concentrate", True)
        dot.set("dpi", dpi)
        dot.set_node_defaults(shape="record")
    graph = graph_of(model)
    if graph is None:
        if isinstance(model, tf.keras.Sequential):
            raise ValueError("model_to_dot: the model has no layers to draw.")
        drawing.box(dot, Place(model))
    else:
        drawing.draw(dot, graph)
    return dot


class _Drawing:
    """Adds boxes and arrows to a pydot graph."""

    def __init__(self, pydot: Any, **show: bool):
        self.pydot = pydot
        self.show = show
        self.count = 0

    def cluster(self, model: Any) -> Any:
        self.count += 1
        made = self.pydot.Cluster(f"{re.sub(r'[^A-Za-z0-9]', '_', model.name)}_{self.count}", style="dashed")
        made.set("label", _quoted(model.name))
        made.set("labeljust", "l")
        return made

    def draw(self, into: Any, graph: Graph) -> tuple[list[str], list[str]]:
        """Draw a graph; returns the boxes where it begins and where it ends."""
        ends: dict[int, tuple[list[str], list[str]]] = {}
        edges: set[tuple[str, str]] = set()
        for place in graph.places:
            inner = self._inner(place.layer)
            if inner is None:
                name = self.box(into, place)
                ends[id(place)] = ([name], [name])
            else:
                frame = self.cluster(place.layer)
                ends[id(place)] = self.draw(frame, inner)
                into.add_subgraph(frame)
        # A shared layer may stand before what its second call takes: arrows come when all boxes are there.
        for place in graph.places:
            entries = ends[id(place)][0]
            for position, (source, number) in enumerate(place.sources):
                exits = ends[id(source)][1]
                edge = (exits[number if number < len(exits) else -1], entries[position % len(entries)])
                if edge not in edges:
                    edges.add(edge)
                    into.add_edge(self.pydot.Edge(*edge))
        return (
            [ends[id(place)][0][0] for place in graph.inputs],
            [ends[id(place)][1][-1] for place in graph.outputs],
        )

    def _inner(self, layer: Any) -> Graph | None:
        """Return the graph of a model that is a layer, or that a wrapper holds, if it is to be drawn."""
        if not self.show["nested"]:
            return None
        for candidate in (layer, getattr(layer, "layer", None)):
            if isinstance(candidate, tf.keras.Model):
                return graph_of(candidate)
        return None

    def box(self, into: Any, place: Place) -> str:
        self.count += 1
        name = f"box_{self.count}"
        into.add_node(self.pydot.Node(name, label=_quoted(self._label(place), escape=False), shape="record"))
        return name

    def _label(self, place: Place) -> str:
        layer = place.layer
        kind = type(layer).__name__
        wrapped = getattr(layer, "layer", None)
        if isinstance(wrapped, tf.keras.layers.Layer):
            kind = f"{kind}({type(wrapped).__name__})"
        if self.show["activations"] and getattr(layer, "activation", None) is not None:
            kind = f"{kind} ({getattr(layer.activation, '__name__', type(layer.activation).__name__)})"
        label = _plain(f"{layer.name}: {kind}" if self.show["names"] else kind)
        if self.show["trainable"] and isinstance(layer, tf.keras.layers.Layer):
            label = f"{label} ({'T' if layer.trainable else 'NT'})"
        if self.show["dtypes"]:
            label = f"{label}|{_plain(str(getattr(layer, 'dtype', None) or '?'))}"
        if self.show["shapes"]:
            shapes = "|".join(_plain(place.shapes(side)) for side in (0, 1))
            label = f"{{{label}|{{input:|output:}}|{{{{{shapes.replace('|', '}|{')}}}}}}}"
        return label


def _plain(text: str) -> str:
    """Return text without the characters that part a record into fields."""
    return re.sub(r"([\\{}|<>\"])", r"\\\1", text)


def _quoted(text: str, escape: bool = True) -> str:
    return '"' + (_plain(text) if escape else text) + '"'


def plot_model(
    model: Any,
    to_file: str | os.PathLike | None = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 96,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> Any:
    """Draw a model into a file.

    Args:
        model: a model.
        to_file: the file, whose ending says its format: png, svg, pdf and what else Graphviz knows.
        show_shapes: see :func:`model_to_dot`, as for the rest.
        show_dtype: write each layer's dtype.
        show_layer_names: write the layers' names.
        rankdir: direction.
        expand_nested: draw the layers of models inside the model.
        dpi: dots an inch.
        show_layer_activations: write the layers' activations.
        show_trainable: write whether each layer trains.

    Returns:
        In Jupyter an ``Image`` that shows the drawing, else ``None``.

    Raises:
        ImportError: pydot, or Graphviz's program ``dot``, is not installed; the message says how to get it.
    """
    dot = model_to_dot(
        model,
        show_shapes=show_shapes,
        show_dtype=show_dtype,
        show_layer_names=show_layer_names,
        rankdir=rankdir,
        expand_nested=expand_nested,
        dpi=dpi,
        show_layer_activations=show_layer_activations,
        show_trainable=show_trainable,
    )
    if shutil.which("dot") is None:
        raise ImportError(
            "plot_model: Graphviz's program dot is not installed (or not in PATH). Install it - apt-get "
            "install graphviz, brew install graphviz, https://graphviz.org/download/ - or draw elsewhere "
            "what tfk_ext.utils.model_to_dot(model).to_string() gives."
        )
    path = pathlib.Path("model.png" if to_file is None else to_file).expanduser()
    kind = path.suffix[1:].lower() or "png"
    try:
        drawn = dot.create(format=kind)
    except (OSError, AssertionError) as error:
        raise ValueError(f"plot_model: Graphviz can't draw {path}: {error}") from error
    _write(path if path.suffix else path.with_suffix(".png"), drawn)
    return _shown(path) if kind != "pdf" else None


def _write(path: pathlib.Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.chmod(part, 0o644)
    os.replace(part, path)


def _shown(path: pathlib.Path) -> Any:
    """Return the picture for a notebook, ``None`` outside of one."""
    try:
        from IPython import display, get_ipython
    except ImportError:
        return None
    if get_ipython() is None:
        return None
    return display.SVG(filename=str(path)) if path.suffix == ".svg" else display.Image(filename=str(path))
