"""What files in public repositories hold that a fresh ``model.save`` does not show."""

import base64
import json
import marshal
import struct

import h5py
import numpy as np
import pytest
import tf_keras

import tfk_ext
from tests.saving import seeds
from tfk_ext.saving import LoadError, load_model, model_from_json, sources

pytestmark = pytest.mark.filterwarnings("ignore:.*saving your model as an HDF5:UserWarning")

DENSE = {"class_name": "Dense", "config": {"name": "d", "units": 3, "batch_input_shape": [None, 4]}}


def _named_late(tmp_path, version):
    """Write a model whose weights' names are not in the order of its layers, as a version did."""
    layers = tf_keras.layers
    model = tf_keras.Sequential(
        [
            layers.Dense(3, activation="tanh", input_shape=(3,), name="z"),
            layers.Dense(3, activation="tanh", name="frozen", trainable=False),
            layers.Dense(3, name="a"),
        ]
    )
    model.compile(tf_keras.optimizers.legacy.Adam(0.1), "mse")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 8, 3)).astype("f4")
    for _ in range(3):
        model.train_on_batch(x, y)
    model.save(tmp_path / "old.h5")
    with h5py.File(tmp_path / "old.h5", "r+") as file:
        file.attrs["keras_version"] = version
        group = file["optimizer_weights"]
        names = list(group.attrs["weight_names"])
        arrays = [group[name][()] for name in names]
        # In the file: the steps, then each slot of z/kernel, z/bias, a/kernel, a/bias.
        order = [0, *(1 + i for i in (3, 2, 1, 0)), *(5 + i for i in (3, 2, 1, 0))]
        if version.startswith("2.0"):
            for name, place in zip(names, order):
                del group[name]
                group[name] = arrays[place]
    return model, x, y


@pytest.mark.slow
@pytest.mark.parametrize("version", ["2.0.5", "2.1.6"])
def test_slots_lie_in_the_order_of_names_before_2_1(version, tmp_path):
    old, x, y = _named_late(tmp_path, version)
    new = load_model(tmp_path / "old.h5")
    old.train_on_batch(x, y)
    new.train_on_batch(x, y)
    np.testing.assert_allclose(new(x), old(x), atol=2e-6)


@pytest.mark.slow
def test_nadam_goes_on_with_its_own_schedule(tmp_path):
    model = tf_keras.Sequential([tf_keras.layers.Dense(2, input_shape=(3,))])
    model.compile(tf_keras.optimizers.legacy.Nadam(0.01), "mse")
    x, y = np.random.default_rng(0).normal(size=(2, 8, 3)).astype("f4")
    for _ in range(3):
        model.train_on_batch(x, y[:, :2])
    model.save(tmp_path / "old.h5")
    new = load_model(tmp_path / "old.h5")
    assert new.optimizer.schedule_decay == 0.004 and not new.optimizer.decay
    model.train_on_batch(x, y[:, :2])
    new.train_on_batch(x, y[:, :2])
    np.testing.assert_allclose(new(x), model(x), atol=1e-6)


@pytest.mark.parametrize(
    ("class_name", "key"),
    [
        ("LossScaleOptimizer", "optimizer"),
        ("LossScaleOptimizer", "inner_optimizer"),
        ("Custom>LossScaleOptimizerV3", "inner_optimizer"),
    ],
)
def test_loss_scaling_of_every_version(class_name, key, tmp_path):
    inner = {"class_name": "SGD", "config": {"learning_rate": 0.25, "momentum": 0.5}}
    optimizer = {"class_name": class_name, "config": {key: inner, "loss_scale": {}, "dynamic": True}}
    training = {**seeds.TRAINING, "optimizer_config": optimizer}
    (tmp_path / "old.h5").write_bytes(seeds.h5_model(training=training))
    found = load_model(tmp_path / "old.h5").optimizer
    assert (type(found).__name__, float(found.learning_rate), found.momentum) == ("SGD", 0.25, 0.5)


def test_a_model_frozen_after_compile_keeps_its_steps(tmp_path):
    config = json.loads(json.dumps(seeds.DENSE_2))
    for layer in config["config"]["layers"]:
        layer["config"]["trainable"] = False
    (tmp_path / "old.h5").write_bytes(seeds.h5_model(config))
    with h5py.File(tmp_path / "old.h5", "r+") as file:
        group = file["optimizer_weights"]
        group[group.attrs["weight_names"][0]][()] = 7
    with pytest.warns(UserWarning, match="state is left out: .* for 0 weights"):
        model = load_model(tmp_path / "old.h5")
    assert int(model.optimizer.iterations) == 7


_FUNCTIONAL = {
    "name": "model_1",
    "layers": [
        {
            "class_name": "InputLayer",
            "config": {"batch_input_shape": [None, 4], "name": "i"},
            "name": "i",
            "inbound_nodes": [],
        },
        {**DENSE, "name": "d", "inbound_nodes": [[["i", 0, 0, {}]]]},
    ],
    "input_layers": [["i", 0, 0]],
    "output_layers": [["d", 0, 0]],
}
_SEQUENTIAL = {"class_name": "Sequential", "config": {"name": "s", "layers": [DENSE]}}


@pytest.mark.parametrize(
    "stored",
    [
        [DENSE],
        {"name": "s", "layers": [DENSE]},
        _FUNCTIONAL,
        {"keras_version": "2.1.5", "backend": "tensorflow", "model_config": _SEQUENTIAL},
        {"format": "layers-model", "modelTopology": {"keras_version": "2.4.0", "model_config": _SEQUENTIAL}},
        {"modelTopology": {**_SEQUENTIAL, "keras_version": "tfjs-layers 1.7.4"}, "weightsManifest": []},
    ],
    ids=["list", "get_config", "functional", "attributes", "converted", "browser"],
)
def test_architectures_in_every_wrapping(stored):
    model = model_from_json(json.dumps(stored))
    assert (model.input_shape, model.output_shape) == ((None, 4), (None, 3))


def test_layers_that_networks_of_then_brought_along():
    layers = [
        DENSE,
        {"class_name": "FixedDropout", "config": {"name": "f", "rate": 0.2, "noise_shape": [None, 1]}},
        {"class_name": "Swish", "config": {"name": "s"}},
    ]
    model = model_from_json(json.dumps({"class_name": "Sequential", "config": layers}))
    x = np.ones((1, 4), "f4")
    plain = x @ model.get_weights()[0]
    np.testing.assert_allclose(model(x), plain / (1 + np.exp(-plain)), atol=1e-6)
    assert type(model.layers[1]).__name__ == "Dropout"


@pytest.mark.slow
@pytest.mark.parametrize("after", ["Flatten", "Conv1D", "GlobalMaxPooling1D", "Permute", "ZeroPadding1D"])
def test_masks_end_where_tensorflows_keras_dropped_them(after, tmp_path):
    layers = tf_keras.layers
    given = {"Conv1D": (3, 2), "Permute": ((2, 1),)}.get(after, ())
    old = tf_keras.Sequential(
        [layers.Embedding(10, 4, mask_zero=True, input_length=6), layers.LSTM(3, return_sequences=True)]
    )
    old.add(getattr(layers, after)(*given))
    old.save(tmp_path / "old.h5")
    x = np.array([[1, 2, 3, 0, 0, 0], [4, 5, 0, 0, 0, 0]], "f4")
    new = load_model(tmp_path / "old.h5")
    np.testing.assert_allclose(new(x), old(x), atol=1e-6)
    new.save(tmp_path / "new.keras")
    np.testing.assert_allclose(load_model(tmp_path / "new.keras")(x), old(x), atol=1e-6)
    with pytest.raises(TypeError, match="does not support masking"):
        tfk_ext.Sequential([tfk_ext.Embedding(10, 4, mask_zero=True), getattr(tfk_ext, after)(*given)])(x)


@pytest.mark.parametrize(
    ("version", "drops"),
    [("2.2.4-tf", True), ("2.4.0", True), (None, True), ("2.2.4", False), ("1.2.2", False)],
)
def test_masks_end_only_where_they_did(version, drops):
    layers = [
        {
            "class_name": "Embedding",
            "config": {"name": "e", "input_dim": 5, "output_dim": 2, "mask_zero": True},
        },
        {"class_name": "Flatten", "config": {"name": "f"}},
    ]
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": layers}}
    made = tfk_ext.compat.eras.rewrite(config, tfk_ext.saving.Origin("h5", version)).config
    assert [layer["config"].get("drops_mask", False) for layer in made["config"]["layers"]][-1] is drops


# --- the text of a Lambda's code -------------------------------------------------------------------------


def _held(function):
    return base64.b64encode(marshal.dumps(function.__code__)).decode()


def _two_lines(values):
    a, b = values
    return a * b


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda x: x / 127.5 - 1.0, "lambda x: (x / 127.5) - 1.0"),
        (lambda x: x[:, ::-1], "lambda x: x[:, ::-1]"),
        (lambda x: -x[..., 0:3], "lambda x: -x[..., 0:3]"),
        (_two_lines, "def _two_lines(values):\n    a, b = values\n    return a * b"),
        (lambda x: K.mean(x, axis=1), "lambda x: K.mean(x, axis=1)"),  # noqa: F821
        (lambda x: tf.image.resize(x, (4, 5)), "lambda x: tf.image.resize(x, (4, 5))"),  # noqa: F821
        (lambda x: os.system(x), None),  # noqa: F821
        (lambda x: __import__("os"), None),
        (lambda x: tf.io.read_file(x), None),  # noqa: F821
        (lambda x: x if x else 1, None),
        (lambda x: [y for y in x], None),  # noqa: C416
    ],
)
def test_simple_code_has_a_text(function, text):
    found = sources.source(_held(function))
    assert found is None or found.replace("(-x[..., 0:3])", "-x[..., 0:3]") == text
    assert (found is None) == (text is None)


def _old_code(integers, bytecode, constants, names, variables, text):
    """Marshal a function of one argument as Python 2 (4 integers) or 3.5 and 3.6 (5) did."""

    def block(kind, data):
        return kind + struct.pack("<i", len(data)) + data

    def items(values):
        return b"(" + struct.pack("<i", len(values)) + b"".join(values)

    numbers = [1, 0, 1, 3, 67][: integers - 5 or None] if integers == 5 else [1, 1, 3, 67]
    head = b"c" + b"".join(struct.pack("<i", n) for n in numbers)
    named = [items([block(text, n) for n in group]) for group in (names, variables, [], [])]
    tail = block(text, b"model.py") + block(text, b"<lambda>") + struct.pack("<i", 7) + block(b"s", b"")
    return head + block(b"s", bytecode) + items(constants) + b"".join(named) + tail


NUMBERS = [b"N", b"g" + struct.pack("<d", 127.5), b"g" + struct.pack("<d", 1.0)]


@pytest.mark.parametrize(
    ("integers", "text", "bytecode"),
    [
        (4, b"s", b"|\0\0d\x01\0\x15d\x02\0\x18S"),  # Python 2.7
        (5, b"u", b"|\0\0d\x01\0\x1bd\x02\0\x18S"),  # Python 3.5
        (5, b"u", b"|\0d\x01\x1b\0d\x02\x18\0S\0"),  # Python 3.6
    ],
    ids=["2.7", "3.5", "3.6"],
)
def test_code_of_old_pythons_has_a_text(integers, text, bytecode, tmp_path):
    data = _old_code(integers, bytecode, NUMBERS, [], [b"x"], text)
    held = base64.b64encode(data).decode()
    expected = "lambda x: (x / 127.5) - 1.0"
    assert sources.source(held) == expected
    config = {"name": "scale", "function": [held, None, None], "function_type": "lambda"}
    config["batch_input_shape"] = [None, 4]
    model = {"class_name": "Sequential", "config": [{"class_name": "Lambda", "config": config}]}
    with pytest.raises(LoadError) as caught:
        model_from_json(json.dumps(model))
    assert caught.value.rule == "lambda"
    assert f"custom_objects={{'scale': {expected}}}" in str(caught.value)
    loaded = model_from_json(json.dumps(model), {"scale": eval(expected)})
    np.testing.assert_allclose(loaded(np.full((1, 4), 255.0, "f4")), np.ones((1, 4)))


def test_input_and_output_of_a_sequential():
    model = tfk_ext.Sequential([tfk_ext.Dense(3, input_shape=(4,)), tfk_ext.Dense(2)])
    part = tfk_ext.Model(model.input, model.layers[0].output)
    assert part.output_shape == (None, 3) and tuple(model.output.shape) == (None, 2)
    with pytest.raises(AttributeError, match="no defined"):
        _ = tfk_ext.Sequential([tfk_ext.Dense(3)]).input


def test_metrics_that_only_some_versions_had(tmp_path):
    known = [
        "fmeasure",
        "matthews_correlation",
        {"class_name": "MeanIoU", "config": {"name": "iou", "dtype": "float32", "num_classes": 3}},
    ]
    (tmp_path / "old.h5").write_bytes(seeds.h5_model(training={**seeds.TRAINING, "metrics": known}))
    model = load_model(tmp_path / "old.h5")
    x, y = np.ones((4, 4), "f4"), np.eye(3, dtype="f4")[[0, 1, 2, 0]]
    found = model.evaluate(x, y, verbose=0, return_dict=True)
    assert found.keys() == {"loss", "fmeasure", "matthews_correlation", "iou"}
    model.save(tmp_path / "new.keras")
    assert load_model(tmp_path / "new.keras").compiled


def test_metrics_of_keras_1_are_the_formulas():
    rng = np.random.default_rng(0)
    right, told = rng.integers(0, 2, 50).astype("f4"), rng.uniform(size=50).astype("f4")
    hit = told > 0.5
    tp, fp, fn = (right * hit).sum(), ((1 - right) * hit).sum(), (right * ~hit).sum()
    tn = 50 - tp - fp - fn
    p, r = tp / (tp + fp), tp / (tp + fn)
    functions = tfk_ext.metrics.of_keras_1
    for name, expected in (("precision", p), ("recall", r), ("fmeasure", 2 * p * r / (p + r))):
        np.testing.assert_allclose(getattr(functions, name)(right, told), expected, rtol=1e-5)
    np.testing.assert_allclose(functions.fbeta_score(right, told, 2), 5 * p * r / (4 * p + r), rtol=1e-5)
    assert functions.fbeta_score(right * 0, told) == 0
    expected = (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    np.testing.assert_allclose(functions.matthews_correlation(right, told), expected, rtol=1e-5)


def test_weights_of_a_tensorflow_checkpoint(tmp_path):
    def make(units=3):
        return tfk_ext.Sequential([tfk_ext.Dense(units, input_shape=(4,), name="d")])

    one, two = make(), make()
    one.save_weights(tmp_path / "weights", save_format="tf")
    tfk_ext.saving.load_weights(two, tmp_path / "weights")
    np.testing.assert_array_equal(one.get_weights()[0], two.get_weights()[0])
    with pytest.raises(LoadError, match="leave by_name out"):
        tfk_ext.saving.load_weights(two, tmp_path / "weights", by_name=True)
    with pytest.raises(LoadError, match=r"has shape \(4, 3\), the model's is \(4, 5\)"):
        tfk_ext.saving.load_weights(make(5), tmp_path / "weights")


@pytest.mark.parametrize(("backend", "strides"), [("theano", 2), ("theano", 1), ("tensorflow", 2)])
def test_what_theano_cut_otherwise_is_not_loaded_with_other_predictions(backend, strides):
    config = {"name": "d", "filters": 2, "kernel_size": [3, 3], "strides": [strides] * 2, "padding": "same"}
    config["batch_input_shape"] = [None, 4, 4, 1]
    layers = [{"class_name": "Conv2DTranspose", "config": config}]
    model = {"class_name": "Sequential", "config": layers, "keras_version": "2.1.3", "backend": backend}
    if backend == "theano" and strides == 2:
        with pytest.raises(LoadError, match="padding='same' with strides=") as caught:
            tfk_ext.saving.model_from_config(model)
        assert caught.value.rule == "blocked"
    else:
        assert tfk_ext.saving.model_from_config(model).output_shape == (None, 4 * strides, 4 * strides, 2)
