"""``compile``, ``fit``, ``evaluate``, ``predict`` beside Keras 2: the same weights give the same logs."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfk_ext
from tests.models.common import data, pair, same_history, stack, two_by_two

FORMS = {
    "lists": {"loss": ["categorical_crossentropy", "binary_crossentropy"], "loss_weights": [1.0, 0.2]},
    "dictionaries": {
        "loss": {"side": "binary_crossentropy", "main": "categorical_crossentropy"},
        "loss_weights": {"main": 1.0, "side": 0.2},
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_two_outputs_log_as_documented(form):
    ours, theirs = pair(two_by_two)
    (a, b), (main, side), _ = data()
    for model in (ours, theirs):
        model.compile("sgd", metrics=["acc"], **FORMS[form])
    targets = [main, side] if form == "lists" else {"side": side, "main": main}
    options = {
        "epochs": 2,
        "batch_size": 16,
        "shuffle": False,
        "verbose": 0,
        "validation_data": ([a[:8], b[:8]], [main[:8], side[:8]]),
    }
    names = ours.metrics_names
    logs = ours.fit([a, b], targets, **options)
    same_history(logs, theirs.fit([a, b], targets, **options))
    assert names == theirs.metrics_names == ours.metrics_names
    np.testing.assert_allclose(
        ours.evaluate([a, b], targets, verbose=0), theirs.evaluate([a, b], targets, verbose=0), rtol=2e-4
    )
    for mine, other in zip(ours.predict({"a": a, "b": b}), theirs.predict([a, b], verbose=0)):
        np.testing.assert_allclose(mine, other, rtol=2e-4, atol=1e-6)


WEIGHTS = {
    "samples": lambda: {"sample_weight": np.linspace(0.1, 2, 40)},
    "classes": lambda: {"class_weight": {0: 2.0, 1: 1.0, 2: 0.5}},
}


@pytest.mark.slow
@pytest.mark.parametrize("labels", ["sparse", "one-hot", "column"])
@pytest.mark.parametrize("weights", WEIGHTS)
def test_weights_of_samples_and_classes(labels, weights):
    ours, theirs = pair(stack)
    (x, _), (one_hot, _), classes = data()
    y = {"sparse": classes, "one-hot": one_hot, "column": classes[:, None]}[labels]
    loss = "categorical_crossentropy" if labels == "one-hot" else "sparse_categorical_crossentropy"
    for model in (ours, theirs):
        model.compile("sgd", loss, metrics=["accuracy"], weighted_metrics=["mae"] * (labels == "one-hot"))
    options = {"epochs": 2, "batch_size": 16, "shuffle": False, "verbose": 0, **WEIGHTS[weights]()}
    logs = ours.fit(x, y, **options)
    expected = theirs.fit(x, y, **options)
    same_history(logs, expected)


@pytest.mark.slow
def test_class_weights_of_outputs_are_sample_weights():
    one, _ = pair(two_by_two)
    (a, b), (main, side), classes = data()
    start = one.get_weights()
    given = {"main": {1: 3.0}, "side": {0: 0.5}}
    logs = []
    weights = [np.where(classes == 1, 3.0, 1.0), np.where(side == 0, 0.5, 1.0)]
    for options in (
        {"class_weight": given},
        {"class_weight": [given["main"], given["side"]]},
        {"sample_weight": weights},
        {"sample_weight": {"side": weights[1]}, "class_weight": {"main": given["main"], "side": None}},
    ):
        one.set_weights(start)
        one.compile("sgd", FORMS["lists"]["loss"])
        logs.append(one.fit([a, b], [main, side], shuffle=False, verbose=0, **options).history)
    for other in logs[1:]:
        for key in logs[0]:
            np.testing.assert_allclose(other[key], logs[0][key], rtol=1e-5)
    batches = ([[a[i : i + 20], b[i : i + 20]], [main[i : i + 20], side[i : i + 20]]] for i in (0, 20))
    one.set_weights(start)
    streamed = one.fit_generator(batches, steps_per_epoch=2, class_weight=given, verbose=0)
    one.set_weights(start)
    dataset = tf.data.Dataset.from_tensor_slices(((a, b), (main, side))).batch(20)
    piped = one.fit(dataset, class_weight=given, verbose=0)
    np.testing.assert_allclose(streamed.history["loss"], piped.history["loss"], rtol=1e-5)


@pytest.mark.slow
def test_temporal_sample_weights():
    def make(keras, layers):
        return keras.Sequential([layers.LSTM(4, input_shape=(5, 3), return_sequences=True), layers.Dense(2)])

    ours, theirs = pair(make)
    rng = np.random.default_rng(0)
    x, y, w = rng.normal(size=(8, 5, 3)), rng.normal(size=(8, 5, 2)), rng.uniform(size=(8, 5))
    ours.compile("sgd", "mse", sample_weight_mode="temporal")
    theirs.compile("sgd", "mse")
    mine = ours.fit(x, y, sample_weight=w, verbose=0, epochs=2)
    same_history(mine, theirs.fit(x, y, sample_weight=w, verbose=0, epochs=2))
    with pytest.raises(ValueError, match=r"temporal.*\(8,\)"):
        ours.fit(x, y, sample_weight=w[:, 0], verbose=0)
    with pytest.raises(ValueError, match="sample_weight_mode must be 'temporal'"):
        ours.compile("sgd", "mse", sample_weight_mode="spatial")


@pytest.mark.slow
def test_plain_functions_get_targets_of_the_outputs_type_and_rank():
    def my_metric_fn(y_true, y_pred):
        return tf.reduce_mean(tf.square(y_true - y_pred), axis=-1)

    ours, theirs = pair(stack, outputs=1, activation="linear")
    (x, _), (_, side), _ = data()
    ours.compile("Adam", my_metric_fn, metrics=[my_metric_fn, "mse", "MeanSquaredError"])
    theirs.compile("adam", "mse", metrics=[my_metric_fn, "mse", "MeanSquaredError"])
    mine = ours.fit(x, side, verbose=0, shuffle=False)
    same_history(mine, theirs.fit(x, side.astype("float32"), verbose=0, shuffle=False))


@pytest.mark.slow
def test_an_output_without_a_loss_needs_no_target():
    model, _ = pair(two_by_two)
    (a, b), (main, _), _ = data()
    model.compile("sgd", {"main": "categorical_crossentropy"}, metrics={"main": ["acc"]})
    history = model.fit([a, b], {"main": main}, verbose=0)
    # The output without a loss has none in the logs; the whole loss is that of the other, and the penalty.
    assert list(history.history) == ["loss", "main_loss", "main_acc"]
    loss, main_loss, _ = model.evaluate([a, b], {"main": main}, verbose=0)
    penalty = 0.01 * np.sum(model.get_layer("shared").get_weights()[0] ** 2)
    np.testing.assert_allclose(loss, main_loss + penalty, rtol=1e-5)
    before = model.get_layer("side").get_weights()
    model.fit([a, b], {"main": main}, verbose=0)
    for one, other in zip(model.get_layer("side").get_weights(), before):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_steps_on_arrays():
    ours, theirs = pair(stack)
    (x, _), (one_hot, _), _ = data()
    for model in (ours, theirs):
        model.compile("sgd", "categorical_crossentropy")
    options = {"verbose": 0, "shuffle": False, "steps_per_epoch": 2, "batch_size": 8, "epochs": 2}
    validation = {"validation_data": (x, one_hot), "validation_steps": 2}
    same_history(
        ours.fit(x, one_hot, **options, **validation), theirs.fit(x, one_hot, **options, **validation)
    )
    options.update(batch_size=None)
    same_history(ours.fit(x, one_hot, **options), theirs.fit(x, one_hot, **options))
    assert ours.evaluate(x, one_hot, batch_size=8, steps=2, verbose=0) == pytest.approx(
        theirs.evaluate(x, one_hot, batch_size=8, steps=2, verbose=0), rel=1e-4
    )
    assert ours.predict(x, batch_size=8, steps=2).shape == (16, 3)
    steps = []
    count = tf.keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: steps.append(batch))
    ours.fit(x, one_hot, batch_size=8, steps_per_epoch=3, epochs=2, verbose=0, callbacks=count)
    assert steps == [0, 1, 2, 0, 1, 2]


@pytest.mark.slow
def test_a_validation_split_and_lists_are_as_documented():
    ours, theirs = pair(stack)
    (x, _), (one_hot, _), _ = data()
    for model in (ours, theirs):
        model.compile("sgd", "categorical_crossentropy", ["acc"])
    options = {"verbose": 0, "shuffle": False, "epochs": 2}
    mine = ours.fit(x, one_hot, validation_split=0.25, **options)
    same_history(mine, theirs.fit(x, one_hot, validation_split=0.25, **options))
    history = ours.fit(x.tolist(), one_hot.tolist(), validation_data=[x, one_hot], **options).history
    assert list(history) == ["loss", "acc", "val_loss", "val_acc"]


def test_predict_classes_and_proba():
    model, _ = pair(stack)
    (x, _), _, _ = data()
    np.testing.assert_array_equal(model.predict_classes(x), model.predict_proba(x).argmax(-1))
    single, _ = pair(stack, outputs=1, activation="sigmoid")
    classes = single.predict_classes(x)
    np.testing.assert_array_equal(classes, (single.predict(x) > 0.5).astype(int))
    assert classes.dtype.kind == "i"


def test_the_learning_rate_by_its_short_name():
    model, _ = pair(stack)
    (x, _), (one_hot, _), _ = data()
    model.compile("SGD", "mse")
    callback = tfk_ext.callbacks.LearningRateScheduler(lambda epoch, lr: tf.constant(lr * 0.5))
    history = model.fit(x, one_hot, epochs=2, verbose=0, callbacks=[callback])
    assert float(model.optimizer.lr) == pytest.approx(0.0025)
    np.testing.assert_allclose(history.history["lr"], [0.005, 0.0025])


def test_compile_is_restored_from_its_configuration(tmp_path):
    model, _ = pair(two_by_two)
    model.compile("adam", FORMS["dictionaries"]["loss"], ["acc"], loss_weights={"main": 2.0})
    model.save(tmp_path / "model.keras")
    loaded = tf.keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded) is tfk_ext.models.Functional
    assert loaded.metrics_names == model.metrics_names
    (a, b), targets, _ = data()
    np.testing.assert_allclose(
        loaded.test_on_batch([a, b], targets), model.test_on_batch([a, b], targets), rtol=1e-5
    )


BAD = [
    ({"loss": {"mian": "mse"}}, "'mian'.*'main', 'side'"),
    ({"loss": ["mse"] * 3}, "one entry for each of the 2 outputs"),
    ({"loss": "mse", "metrics": [0.5, 1.0]}, "metrics come third and loss_weights fourth"),
    ({"loss": "mse", "target_tensors": [1]}, "target_tensors"),
    ({"loss": "msee"}, "unknown loss 'msee'"),
]


@pytest.mark.parametrize("options, message", BAD, ids=[message for _, message in BAD])
def test_compile_says_what_is_wrong(options, message):
    model, _ = pair(two_by_two)
    with pytest.raises(ValueError, match=message):
        model.compile("sgd", **options)


def test_fit_says_what_is_wrong():
    model, _ = pair(two_by_two)
    (a, b), (main, side), _ = data()
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="list with one dictionary for each"):
        model.fit([a, b], [main, side], class_weight={0: 1.0}, verbose=0)
    with pytest.raises(ValueError, match="2 parts|validation_data must be"):
        model.fit([a, b], [main, side], validation_data=(a,), verbose=0)
    with pytest.raises(TypeError):
        model.fit([a, b], [main, side], ephocs=3)
    assert tf_keras.__version__  # the oracle is Keras 2
