"""What the report says: translated, dropped, changed, blocks; and what was guessed."""

import numpy as np
import pytest

from tests.golden.compose import convolution, dense, functional, layer, node
from tfk_ext.compat import eras
from tfk_ext.saving import LoadError, Origin, StoredLayer, StoredWeight


def sequential(*layers, version="1.2.2", **options):
    config = {"class_name": "Sequential", "config": list(layers)}
    return eras.rewrite(config, Origin("h5", version), **options)


def first(name="dense_1", **config):
    return dense(name, batch_input_shape=[None, 4], **config)


def notes(found, kind):
    return [(note.layer, note.what) for note in found.notes if note.kind == kind]


def test_translated():
    found = sequential(first())
    assert [kind for _, kind in [(n.what, n.kind) for n in found.notes]] == ["translated"]
    assert "output_dim is units" in found.notes[0].what


def test_unknown_layers_block_and_say_how_to_supply_them():
    found = sequential(first(), layer("AnchorBoxes", "boxes", size=3))
    (what,) = notes(found, "blocks")
    assert what[0] == "boxes"
    assert what[1].endswith("'AnchorBoxes' is not known; pass it in custom_objects={'AnchorBoxes': ...}")


def test_layers_of_packages_are_named():
    found = sequential(first(), layer("keras_cv>Mosaic", "mosaic"))
    assert "'keras_cv'" in found.blocked[0].what


@pytest.mark.parametrize("name", ["LRN2D", "KerasLayer", "DenseFeatures"])
def test_refused_with_a_reason(name):
    (note,) = sequential(first(), layer(name, "odd")).blocked
    assert eras.names.REFUSED[name][:20] in note.what


def test_custom_layers_keep_their_configuration():
    found = sequential(first(), layer("Mine", "mine", k=2), custom_objects={"Mine": object})
    entry = found.config["config"]["layers"][-1]
    assert entry["registered_name"] == "Mine"
    assert entry["config"]["k"] == 2
    assert not found.blocked


def test_unknown_activations_block():
    found = sequential(first(activation="mish2"))
    assert "custom_objects={'mish2': ...}" in found.blocked[0].what
    assert not sequential(first(activation="mish2"), custom_objects={"mish2": abs}).blocked


def test_regularizers_that_are_gone_change_training():
    odd = {"name": "EigenvalueRegularizer", "k": 2}
    found = sequential(first(W_regularizer=odd))
    assert len(notes(found, "changed")) == 1
    assert found.config["config"]["layers"][-1]["config"]["kernel_regularizer"] is None


def test_regularizers_of_keras_1():
    both = {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01}
    config = sequential(first(W_regularizer=both)).config["config"]["layers"][-1]["config"]
    assert config["kernel_regularizer"]["config"] == {"l1": 0.0, "l2": 0.01}


@pytest.mark.parametrize("function, kind", [("square", "function"), (["4wEAAA", None, None], "lambda")])
def test_lambda_blocks_without_its_function(function, kind):
    item = layer("Lambda", "squared", function=function, function_type=kind, output_shape=None, arguments={})
    known = isinstance(function, str)
    found = sequential(first(), item)
    assert bool(found.blocked) is not known  # tf.math.square is one of the mathematical functions
    assert not sequential(first(), item, custom_objects={"squared": np.square}).blocked


def test_merge_by_a_function():
    merge = layer("Merge", "merge_1", mode="<code>", mode_type="lambda", arguments={})
    items = [
        (layer("InputLayer", "a", batch_input_shape=[None, 4]), []),
        (layer("InputLayer", "b", batch_input_shape=[None, 4]), []),
        (merge, [[["a", 0, 0], ["b", 0, 0]]]),
    ]
    config = functional(items, ["a", "b"], ["merge_1"])
    origin = Origin("h5", "1.2.2")
    assert "'merge_1'" in eras.rewrite(config, origin).blocked[0].what
    assert not eras.rewrite(config, origin, custom_objects={"merge_1": abs}).blocked


def test_names_that_no_scope_takes():
    items = [
        (layer("InputLayer", "in put", batch_input_shape=[None, 4]), []),
        (dense("fire2/squeeze1x1"), node("in put")),
        (dense("fire2_squeeze1x1"), node("fire2/squeeze1x1")),
    ]
    found = eras.rewrite(functional(items, ["in put"], ["fire2_squeeze1x1"]), Origin("h5", "1.2.2"))
    names = [entry["name"] for entry in found.config["config"]["layers"]]
    assert names == ["in_put", "fire2_squeeze1x1", "fire2_squeeze1x1_1"]
    assert [p.stored for p in found.plan.layers][1:] == ["fire2/squeeze1x1", "fire2_squeeze1x1"]


@pytest.mark.parametrize("suffix, backend", [("", "theano"), (":0", "tensorflow")])
def test_backend_of_keras_1(suffix, backend):
    stored = [StoredLayer("c", [StoredWeight.of(f"c_W{suffix}", np.zeros((4, 1, 3, 3)))])]
    item = convolution("c", batch_input_shape=[None, 1, 8, 8], border_mode="same", subsample=[2, 2])
    found = sequential(item, layers=stored)
    assert found.plan.backend == backend
    classes = [entry["class_name"] for entry in found.config["config"]["layers"]]
    padded = ["InputLayer", "ZeroPadding2D", "Conv2D"]
    assert classes == (padded if backend == "theano" else ["InputLayer", "Conv2D"])


def test_version_of_weights_alone():
    old = [StoredLayer("c", [StoredWeight.of("block1_conv1_W_1:0", np.zeros((3, 3, 1, 4)))])]
    new = [StoredLayer("c", [StoredWeight.of("block1_conv1/kernel:0", np.zeros((3, 3, 1, 4)))])]
    assert eras.plan_of(Origin("h5"), old).keras1
    assert not eras.plan_of(Origin("h5"), new).keras1


def test_gates_of_the_era():
    old = {"name": "l", "units": 2, "batch_input_shape": [None, 3, 2]}
    item = {"class_name": "LSTM", "config": old}
    for version, gate in (("2.0.4", "hard_sigmoid"), ("2.2.4", "hard_sigmoid"), ("2.4.0", "sigmoid")):
        config = eras.rewrite(
            {"class_name": "Sequential", "config": {"name": "s", "layers": [item]}}, Origin("json", version)
        ).config
        assert config["config"]["layers"][-1]["config"]["recurrent_activation"] == gate


def test_output_shape_of_a_transposed_convolution_that_can_not_be():
    item = convolution(
        "d",
        dim_ordering="tf",
        subsample=[2, 2],
        output_shape=[None, 20, 5, 4],
        batch_input_shape=[None, 4, 4, 1],
    )
    item["class_name"] = "Deconvolution2D"
    found = sequential(item)
    assert found.config["config"]["layers"][-1]["config"]["output_padding"] == [1, 0]


def test_keras_0_is_named():
    with pytest.raises(LoadError, match="Keras 0"):
        eras.rewrite({"name": "Sequential", "layers": []}, Origin("json"))


def test_the_configuration_is_not_changed():
    config = {"class_name": "Sequential", "config": [first(activation="relu")]}
    before = repr(config)
    eras.rewrite(config, Origin("h5", "1.2.2"))
    assert repr(config) == before
