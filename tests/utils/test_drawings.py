"""Drawings of models: what is in the graph, and that a picture is made of it."""

import re
import shutil
import struct

import pytest
import tensorflow as tf

import tfk_ext
from tfk_ext import backend as K
from tfk_ext import utils
from tfk_ext.utils import vis_utils

pytest.importorskip("pydot")


def _model():
    x = tf.keras.Input((8,), dtype="int32", name="words")
    y = tfk_ext.LSTM(4, name="memory")(tfk_ext.Embedding(10, 3, name="table")(x))
    tower = tfk_ext.models.Sequential([tfk_ext.Dense(2, input_shape=(4,), name="inner")], name="tower")
    y = tfk_ext.concatenate([tower(y), K.square(y)], name="both")
    return tfk_ext.models.Model(x, tfk_ext.Dense(1, activation="sigmoid", name="out")(y))


def _boxes(dot):
    """Return the labels of the boxes by their names, clusters included."""
    found = {n.get_name(): n.get("label").strip('"') for n in dot.get_nodes() if n.get("label")}
    for frame in dot.get_subgraphs():
        found |= _boxes(frame)
    return found


def _names(boxes):
    return [re.split(r"[:|]", label.lstrip("{"))[0] for label in boxes.values()]


def _arrows(dot, boxes):
    short = dict(zip(boxes, _names(boxes), strict=True))
    edges = {(short[e.get_source()], short[e.get_destination()]) for e in dot.get_edges()}
    for frame in dot.get_subgraphs():
        edges |= _arrows(frame, boxes)
    return edges


def test_boxes_and_arrows():
    dot = utils.model_to_dot(_model())
    boxes = _boxes(dot)
    square = next(name for name in _names(boxes) if name.startswith("square"))
    assert _arrows(dot, boxes) == {
        ("words", "table"),
        ("table", "memory"),
        ("memory", "tower"),
        ("memory", square),
        ("tower", "both"),
        (square, "both"),
        ("both", "out"),
    }
    assert "memory: LSTM" in boxes.values()
    assert "LSTM" in _boxes(utils.model_to_dot(_model(), show_layer_names=False)).values()


def test_shapes_dtypes_activations():
    options = ("show_shapes", "show_dtype", "show_layer_activations", "show_trainable")
    labels = list(_boxes(utils.model_to_dot(_model(), **dict.fromkeys(options, True))).values())
    assert "{out: Dense (sigmoid) (T)|float32|{input:|output:}|{{(None, 6)}|{(None, 1)}}}" in labels
    both = next(label for label in labels if label.startswith("{both: Concatenate (T)|"))
    assert "[(None, 2), (None, 4)]" in both
    assert [label for label in labels if "words" in label and "int32" in label]


def test_nested_models_have_a_frame():
    dot = utils.model_to_dot(_model(), expand_nested=True)
    (frame,) = dot.get_subgraphs()
    assert frame.get("label") == '"tower"'
    assert "inner: Dense" in _boxes(frame).values()
    arrows = _arrows(dot, _boxes(dot))
    assert ("inner", "both") in arrows
    assert [b for a, b in arrows if a == "memory" and "input" in b]
    assert _boxes(utils.model_to_dot(_model(), subgraph=True))


def test_wrapped_shared_and_subclassed():
    shared = tfk_ext.Dense(2, name="shared")
    a, b = tf.keras.Input((3,), name="a"), tf.keras.Input((3,), name="b")
    dot = utils.model_to_dot(tf.keras.Model([a, b], [shared(a), shared(b)]), show_shapes=True)
    assert _arrows(dot, _boxes(dot)) == {("a", "shared"), ("b", "shared")}
    wrapped = tfk_ext.models.Sequential(
        [tfk_ext.TimeDistributed(tfk_ext.Dense(2), input_shape=(4, 3), name="w")]
    )
    assert "w: TimeDistributed(Dense)" in _boxes(utils.model_to_dot(wrapped)).values()

    class Own(tf.keras.Model):
        pass

    assert list(_boxes(utils.model_to_dot(Own(name="own"))).values()) == ["own: Own"]
    unbuilt = tf.keras.Sequential([tf.keras.layers.Dense(1, name="x"), tf.keras.layers.Dense(1, name="y")])
    dot = utils.model_to_dot(unbuilt, show_shapes=True)
    assert _arrows(dot, _boxes(dot)) == {("x", "y")}


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's program dot is not installed")
def test_pictures(tmp_path):
    small, large = tmp_path / "small.png", tmp_path / "large.png"
    utils.plot_model(_model(), to_file=small, dpi=50)
    utils.plot_model(_model(), to_file=str(large), dpi=100)
    sizes = []
    for path in (small, large):
        head = path.read_bytes()[:24]
        assert head[:8] == b"\x89PNG\r\n\x1a\n"
        sizes.append(struct.unpack(">II", head[16:24]))
    assert sizes[1][0] == pytest.approx(2 * sizes[0][0], rel=0.1)
    utils.plot_model(_model(), to_file=tmp_path / "m.svg", rankdir="LR", expand_nested=True)
    assert "<svg" in (tmp_path / "m.svg").read_text()
    with pytest.raises(ValueError, match="can't draw"):
        utils.plot_model(_model(), to_file=tmp_path / "m.nothing")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["large.png", "m.svg", "small.png"]


def test_what_is_missing_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(vis_utils.shutil, "which", lambda name: None)
    with pytest.raises(ImportError, match="apt-get install graphviz"):
        utils.plot_model(_model(), to_file=tmp_path / "m.png")
    monkeypatch.setitem(__import__("sys").modules, "pydot", None)
    with pytest.raises(ImportError, match="pip install pydot"):
        utils.model_to_dot(_model())
    assert not vis_utils.check_graphviz()


def test_wrong_arguments():
    with pytest.raises(ValueError, match="rankdir"):
        utils.model_to_dot(_model(), rankdir="UP")
    with pytest.raises(ValueError, match="dpi"):
        utils.model_to_dot(_model(), dpi=0)
    with pytest.raises(ValueError, match="no layers"):
        utils.model_to_dot(tf.keras.Sequential())
