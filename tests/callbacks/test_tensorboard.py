"""TensorBoard for real: a training, the real server over what it wrote, and a browser where there is one."""

import os
import shutil
import warnings

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tests.callbacks.board import points, tensorboard
from tests.callbacks.browser import find_chromium, page
from tfk_ext.callbacks.tensorboard_graphs import layer_graph

TensorBoard = tfk_ext.callbacks.TensorBoard
WORDS = ["the", "cat", "sat", "ünder", "it"]


def branched():
    """Return a functional model with an embedding, two branches and a model inside."""
    inputs = tf.keras.Input((3,), name="words")
    x = tf.keras.layers.Embedding(5, 4, name="table")(inputs)
    flat = tf.keras.layers.Flatten(name="flat")(x)
    inner = tf.keras.Sequential([tf.keras.Input((12,)), tfk_ext.Dense(4, name="deep")], name="inner")
    left, right = inner(flat), tfk_ext.Dense(4, name="right")(flat)
    both = tf.keras.layers.Concatenate(name="both")([left, right])
    model = tf.keras.Model(inputs, tfk_ext.Dense(1, name="out")(both), name="branched")
    model.compile("sgd", "mse", metrics=["mae"])
    return model


X, Y = np.arange(24).reshape(8, 3) % 5, np.arange(8.0)[:, None]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Train with everything switched on; return the folder and the history."""
    folder = tmp_path_factory.mktemp("logs")
    (folder / "words.tsv").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    board = TensorBoard(
        folder,
        histogram_freq=1,
        write_images=True,
        update_freq=2,
        profile_batch=(2, 3),
        embeddings_freq=1,
        embeddings_metadata={"table": "words.tsv"},
        write_steps_per_second=True,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = branched().fit(
            X, Y, batch_size=2, epochs=3, validation_data=(X, Y), verbose=0, callbacks=[board]
        )
    return folder, history.history


@pytest.fixture(scope="module")
def server(trained):
    with tensorboard(trained[0]) as running:
        running.wait_for("runs", lambda runs: set(runs) >= {"train", "validation"})
        running.wait_for("plugin/scalars/tags", lambda tags: len(tags.get("train", ())) >= 7)
        yield running


@pytest.mark.slow
def test_scalars_on_disk(trained):
    folder, history = trained
    train, validation = points(folder / "train"), points(folder / "validation")
    for name in ("loss", "mae"):
        np.testing.assert_allclose(train[f"epoch_{name}"], list(enumerate(history[name])), rtol=1e-6)
        np.testing.assert_allclose(
            validation[f"epoch_{name}"], list(enumerate(history[f"val_{name}"])), rtol=1e-6
        )
        steps = [step for step, _ in validation[f"evaluation_{name}_vs_iterations"]]
        assert steps == [4, 8, 12]
    assert [step for step, _ in train["batch_loss"]] == [2, 4, 6, 8, 10, 12]
    np.testing.assert_allclose(train["batch_loss"][1][1], history["loss"][0], rtol=1e-6)
    np.testing.assert_allclose(train["epoch_learning_rate"], [(e, 0.01) for e in range(3)], rtol=1e-6)
    assert len(train["epoch_steps_per_second"]) == 3 and len(train["batch_steps_per_second"]) == 6


@pytest.mark.slow
def test_server_scalars(trained, server):
    _, history = trained
    tags = server.get("plugin/scalars/tags")
    assert {"epoch_loss", "epoch_mae", "batch_loss", "epoch_learning_rate"} <= set(tags["train"])
    for run, key in (("train", "loss"), ("validation", "val_loss")):
        shown = server.get("plugin/scalars/scalars", run=run, tag="epoch_loss")
        assert [step for _, step, _ in shown] == [0, 1, 2]
        np.testing.assert_allclose([value for *_, value in shown], history[key], rtol=1e-6)


@pytest.mark.slow
def test_server_graphs(server):
    shown = server.get("plugin/graphs/info")["train"]
    assert shown["run_graph"] and shown["tags"]["keras"]["conceptual_graph"]
    assert shown["tags"]["train_step"]["op_graph"]
    layers = server.get("plugin/graphs/graph", run="train", tag="keras", conceptual="true").decode()
    for name in ("words", "table", "flat", "inner/deep", "right", "both", "out"):
        assert f'name: "branched/{name}"' in layers, name
    assert layers.count('input: "branched/flat"') == 2
    assert layers.count('input: "branched/inner/deep"') == 1  # through the model inside
    forward = server.get("plugin/graphs/graph", run="train").decode()
    assert "MatMul" in forward and "Gather" in forward
    assert len(server.get("plugin/graphs/graph", run="train", tag="train_step")) > 1000


@pytest.mark.slow
def test_server_histograms_and_images(server):
    tags = set(server.wait_for("plugin/histograms/tags", lambda tags: "train" in tags)["train"])
    assert {"table/embeddings/histogram", "right/kernel/histogram", "out/bias/histogram"} <= tags
    shown = server.get("plugin/histograms/histograms", run="train", tag="right/kernel/histogram")
    assert [step for _, step, _ in shown] == [0, 1, 2]
    assert sum(count for *_, count in shown[-1][2]) == 12 * 4
    images = server.wait_for("plugin/images/tags", lambda tags: "train" in tags)["train"]
    assert "right/kernel/image" in images
    listed = server.get("plugin/images/images", run="train", tag="right/kernel/image", sample=0)
    assert [entry["step"] for entry in listed] == [0, 1, 2]
    picture = server.get(f"plugin/images/individualImage?{listed[0]['query']}")
    assert tf.io.decode_png(picture).shape[:2] == (4, 12)


@pytest.mark.slow
def test_server_projector(server):
    assert server.wait_for("plugin/projector/runs", lambda runs: runs) == ["train"]
    info = server.get("plugin/projector/info", run="train")["embeddings"]
    (embedding,) = [e for e in info if e["tensorName"].startswith("table")]
    assert embedding["tensorShape"] == [5, 4]
    values = server.get("plugin/projector/tensor", run="train", name=embedding["tensorName"])
    assert np.frombuffer(values, "float32").shape == (20,)
    metadata = server.get("plugin/projector/metadata", run="train", name=embedding["tensorName"])
    assert metadata.decode().split() == WORDS


@pytest.mark.slow
def test_profile(trained):
    found = [name for _, _, names in os.walk(trained[0] / "train" / "plugins" / "profile") for name in names]
    assert any(name.endswith(".xplane.pb") for name in found), found


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="Chromium is not installed")
def test_browser(server):
    """The page shows the chart of the loss, and the graph."""
    with page(f"{server.address}/#scalars") as shown:
        shown.wait_for_text("epoch_loss")
        shown.wait_for_elements("tf-scalar-card, scalar-card, vz-line-chart2")
    with page(f"{server.address}/#graphs") as shown:
        shown.wait_for_elements("g.node, tf-graph-scene")


def test_default_arguments_make_a_profile(tmp_path, monkeypatch):
    """`TensorBoard()` as in the documents: it writes to `logs` and profiles the second batch."""
    monkeypatch.chdir(tmp_path)
    model = tf.keras.Sequential([tf.keras.Input((2,)), tfk_ext.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 2)), np.ones((8, 1)), batch_size=4, verbose=0, callbacks=[TensorBoard()])
    assert os.listdir("logs") == ["train"] and os.path.isdir("logs/train/plugins/profile")


@pytest.mark.parametrize(
    ("given", "batches"), [(0, (0, 0)), (5, (5, 5)), ((2, 4), (2, 4)), ("3", (3, 3)), ("3, 6", (3, 6))]
)
def test_profiled_batches(given, batches):
    board = TensorBoard(profile_batch=given)
    assert (board._first_profiled, board._last_profiled) == batches


def test_a_subclassed_model_has_a_graph(tmp_path):
    class Own(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = tfk_ext.Dense(1)

        def call(self, x):
            return self.dense(x)

    model = Own()
    model.compile("sgd", "mse")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(
            np.ones((4, 2)), np.ones((4, 1)), verbose=0, callbacks=[TensorBoard(tmp_path, profile_batch=0)]
        )
    (name,) = os.listdir(tmp_path / "train")
    assert b"train_step" in (tmp_path / "train" / name).read_bytes()


def test_layer_graph_of_two_inputs():
    a, b = tf.keras.Input((2,), name="a"), tf.keras.Input((2,), name="b")
    model = tf.keras.Model([a, b], [tf.keras.layers.Add(name="sum")([a, b]), a])
    config = layer_graph(model)["config"]
    assert config["input_layers"] == ["a", "b"]
    assert config["output_layers"] == [["sum", 0, 0], ["a", 0, 0]]
    by_name = {layer["name"]: layer for layer in config["layers"]}
    (node,) = by_name["sum"]["inbound_nodes"]
    assert [arg["config"]["keras_history"] for arg in node["args"]] == [["a", 0, 0], ["b", 0, 0]]


def test_metadata_for_what_is_no_embedding(tmp_path):
    board = TensorBoard(tmp_path, embeddings_freq=1, embeddings_metadata={"tabel": "words.tsv"})
    with pytest.raises(ValueError, match="names 'tabel', but the model's embeddings are 'table'"):
        branched().fit(X, Y, verbose=0, callbacks=[board])


def fit(folder, epochs, initial_epoch=0, model=None, **options):
    model = model or branched()
    board = TensorBoard(folder, profile_batch=0, update_freq="batch", histogram_freq=1, **options)
    model.fit(
        X, Y, 2, epochs, verbose=0, initial_epoch=initial_epoch, validation_data=(X, Y), callbacks=[board]
    )
    return model


@pytest.mark.slow
def test_going_on_repeats_nothing(tmp_path):
    """Epoch 2 was written by a training that then died; the next one begins at epoch 2 again."""
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    tf.keras.utils.set_random_seed(3)
    fit(whole, 4)
    tf.keras.utils.set_random_seed(3)
    model = fit(cut, 2)
    state = model.get_weights(), [v.numpy() for v in model.optimizer.variables]
    fit(cut, 3, 2, model)
    model.set_weights(state[0])
    for variable, value in zip(model.optimizer.variables, state[1]):
        variable.assign(value)
    with open(max((cut / "train").iterdir(), key=os.path.getmtime), "ab") as file:
        file.write(b"half a record")
    fit(cut, 4, 2, model)
    for kind in ("train", "validation"):
        expected, found = points(whole / kind), points(cut / kind)
        assert set(found) == set(expected)
        for tag in expected:
            assert [s for s, _ in found[tag]] == [s for s, _ in expected[tag]], tag
    assert [s for s, _ in points(cut / "train", "batch_loss")] == list(range(1, 17))
    assert [s for s, _ in points(cut / "train", "epoch_loss")] == [0, 1, 2, 3]


@pytest.mark.slow
def test_another_training_leaves_the_first_one_alone(tmp_path):
    fit(tmp_path, 2)
    fit(tmp_path, 2)
    assert [step for step, _ in points(tmp_path / "train", "epoch_loss")] == [0, 1, 0, 1]


@pytest.mark.slow
def test_killed_in_the_first_epoch(tmp_path):
    class Stop(tf.keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                raise KeyboardInterrupt

    board = TensorBoard(tmp_path, profile_batch=0, update_freq="batch")
    with pytest.raises(KeyboardInterrupt):
        branched().fit(X, Y, 2, verbose=0, callbacks=[board, Stop()])
    board._flush()
    assert [step for step, _ in points(tmp_path / "train", "batch_loss")] == [1, 2, 3]
    fit(tmp_path, 1)
    assert [step for step, _ in points(tmp_path / "train", "batch_loss")] == [1, 2, 3, 4]
    shutil.rmtree(tmp_path)
