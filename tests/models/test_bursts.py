"""Training, testing and predicting in bursts give what single steps give; looking at batches forces those."""

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tests.models.common import data, same_history, stack, two_by_two
from tfk_ext.models import bursts, in_bursts


class Looking(tf.keras.callbacks.Callback):
    """Looks at each batch."""

    def __init__(self):
        super().__init__()
        self.seen = {"train": [], "test": [], "predict": []}

    def on_train_batch_end(self, batch, logs=None):
        self.seen["train"].append(batch)

    def on_test_batch_end(self, batch, logs=None):
        self.seen["test"].append(batch)

    def on_predict_batch_end(self, batch, logs=None):
        self.seen["predict"].append(batch)


@pytest.fixture
def runs(monkeypatch):
    """The numbers of bursts that were run, by kind of step."""
    counted = []
    run = bursts.Bursts.run
    monkeypatch.setattr(bursts.Bursts, "run", lambda self, *args: counted.append(args[0]) or run(self, *args))
    return counted


def plain(**options):
    model = tfk_ext.Sequential(
        [
            tfk_ext.Dense(6, activation="relu", input_dim=4),
            tfk_ext.BatchNormalization(),
            tfk_ext.Dropout(0.4, seed=5),
            tfk_ext.Dense(3, activation="softmax", kernel_regularizer="l2"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["acc"], weighted_metrics=[], **options)
    return model


def compiled():
    model = tfk_ext.Sequential([tfk_ext.Dense(3, activation="softmax", input_dim=4)])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["acc"], jit_compile=True)
    return model


def recurrent():
    model = tfk_ext.Sequential(
        [tfk_ext.LSTM(3, stateful=True, batch_input_shape=(8, 4, 1)), tfk_ext.Dense(3, activation="softmax")]
    )
    model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["acc"])
    return model


def masked():
    model = tfk_ext.Sequential(
        [tfk_ext.Embedding(9, 3, mask_zero=True, input_length=4), tfk_ext.GRU(3), tfk_ext.Dense(3)]
    )
    loss = tfk_ext.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(tfk_ext.optimizers.SGD(0.1, clipnorm=1.0), loss)
    return model


KINDS = {
    "plain": (plain, {"validation_split": 0.2, "batch_size": 7}),
    "weights of samples": (plain, {"sample_weight": np.linspace(0, 2, 40)}),
    "weights of classes": (plain, {"class_weight": {0: 1.0, 1: 3.0, 2: 0.5}, "batch_size": 16}),
    "XLA": (compiled, {"batch_size": 10}),
    "fixed batch": (recurrent, {"batch_size": 8}),
    "masks": (masked, {"batch_size": 9}),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_as_step_by_step(kind, runs):
    make, options = KINDS[kind]
    rng = np.random.default_rng(1)
    x = rng.normal(size=(40, 4))
    x = {"fixed batch": x[..., None], "masks": np.abs(x * 4).astype("int32") % 9}.get(kind, x)
    y = rng.integers(0, 3, 40)
    models = []
    for looking in ([Looking()], []):
        tf.keras.utils.set_random_seed(3)
        models.append(make())
        history = models[-1].fit(x, y, epochs=2, shuffle=False, verbose=0, callbacks=looking, **options)
        scores = models[-1].evaluate(x, y, batch_size=8, verbose=0, callbacks=looking)
        if looking:
            expected, expected_scores = history, scores
            assert not runs and looking[0].seen["train"][:2] == [0, 1] and looking[0].seen["test"]
    assert runs
    same_history(history, expected)
    np.testing.assert_allclose(scores, expected_scores, rtol=1e-4)
    for mine, other in zip(models[1].get_weights(), models[0].get_weights()):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-6)
    assert int(models[1].optimizer.iterations) == int(models[0].optimizer.iterations)


@pytest.mark.slow
def test_several_inputs_and_outputs(runs):
    (a, b), (main, side), _ = data()
    histories = []
    for looking in ([Looking()], []):
        tf.keras.utils.set_random_seed(3)
        model = two_by_two(tfk_ext, tfk_ext.layers)
        model.compile(
            "sgd",
            {"main": "categorical_crossentropy", "side": "binary_crossentropy"},
            metrics=["acc"],
            loss_weights=[1.0, 0.2],
        )
        histories.append(
            model.fit(
                [a, b], [main, side], 16, 2, 0, looking, validation_data=([a, b], [main, side]), shuffle=False
            )
        )
    assert len(runs) == 4
    same_history(*histories)


@pytest.mark.slow
@pytest.mark.parametrize("callback", ["scheduler", "checkpoint", "stopping", "csv"])
def test_callbacks_of_epochs_do_their_work(callback, runs, tmp_path):
    x, y = np.ones((12, 4)), np.zeros(12)
    model = plain()
    made = {
        "scheduler": lambda: tfk_ext.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1)),
        "checkpoint": lambda: tfk_ext.callbacks.ModelCheckpoint(str(tmp_path / "{epoch}.keras")),
        "stopping": lambda: tfk_ext.callbacks.EarlyStopping("loss", patience=0, min_delta=100.0),
        "csv": lambda: tfk_ext.callbacks.CSVLogger(str(tmp_path / "log.csv")),
    }[callback]()
    epochs = 4 if callback == "stopping" else 2
    history = model.fit(x, y, 4, epochs, 0, [made])
    assert runs and made.params["steps"] == 3 and made.params["epochs"] == epochs
    if callback == "scheduler":
        assert float(model.optimizer.learning_rate) == pytest.approx(0.05)
    elif callback == "checkpoint":
        assert {path.name for path in tmp_path.iterdir()} == {"1.keras", "2.keras"}
    elif callback == "stopping":
        assert history.epoch == [0, 1]
    else:
        assert len((tmp_path / "log.csv").read_text().splitlines()) == 3


class Counting(tfk_ext.Sequential):
    """Has a step of its own."""

    def train_step(self, data):
        return {"mine": tf.constant(2.0)}


@pytest.mark.slow
@pytest.mark.parametrize(
    "reason",
    ["a step", "steps_per_execution", "eagerly", "data set", "batches", "steps_per_epoch", "own lambda"],
)
def test_what_somebody_would_notice_runs_step_by_step(reason, runs):
    x, y = np.ones((12, 4)), np.zeros(12)
    given = {"steps_per_execution": {"steps_per_execution": 2}, "eagerly": {"run_eagerly": True}}.get(
        reason, {}
    )
    model = plain(**given)
    if reason == "a step":
        model = Counting(model.layers)
        model.compile("sgd", "sparse_categorical_crossentropy")
    options = {
        "data set": {"x": tf.data.Dataset.from_tensor_slices((x, y)).batch(4)},
        "steps_per_epoch": {"x": x, "y": y, "steps_per_epoch": 2, "batch_size": 4},
    }.get(reason, {"x": x, "y": y, "batch_size": 4})
    seen = []
    callbacks = {
        "batches": [Looking()],
        "own lambda": [
            tf.keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
        ],
    }.get(reason, [])
    history = model.fit(verbose=0, callbacks=callbacks, **options)
    assert not runs
    assert list(history.history) == (["mine"] if reason == "a step" else ["loss", "acc"])
    if reason == "own lambda":
        assert seen == [0, 1, 2]


def test_traced_once_for_any_number_of_samples():
    model = stack(tfk_ext, tfk_ext.layers)
    traced = []
    loss = tf.keras.losses.SparseCategoricalCrossentropy()
    model.compile("sgd", lambda y, p: traced.append(1) or loss(y, p))
    (x, _), _, classes = data()
    model.fit(x, classes, batch_size=8, epochs=2, verbose=0)
    count = len(traced)
    for samples in (16, 24, 32):
        model.fit(x[:samples], classes[:samples], batch_size=8, verbose=0)
    assert len(traced) == count


def test_the_order_is_new_in_each_epoch_and_the_same_for_a_seed():
    held = bursts.Arrays((np.arange(50.0),), 8)
    orders = []
    for _ in range(2):
        tf.keras.utils.set_random_seed(4)
        orders.append([held.order(True).numpy().tolist() for _ in range(2)])
    assert orders[0] == orders[1]
    assert orders[0][0] != orders[0][1]
    assert sorted(orders[0][0]) == list(range(50)) != orders[0][0]
    whole = held.order("batch").numpy()
    assert sorted(whole[:48:8].tolist()) == list(range(0, 48, 8)) != whole[:48:8].tolist()
    np.testing.assert_array_equal(whole[:48].reshape(6, 8) - whole[:48:8, None], [range(8)] * 6)
    assert whole[48:].tolist() == [48, 49]
    assert held.order(False).numpy().tolist() == list(range(50))


@pytest.mark.slow
def test_the_progress_bar_moves_and_ends(capsys):
    model = plain()
    model.fit(np.ones((12, 4)), np.zeros(12), 4, 1, verbose=1)
    printed = capsys.readouterr().out
    assert "1/3" in printed and "3/3" in printed and "acc: " in printed


@pytest.mark.parametrize("freq, due", [(2, [1, 3]), ([1, 4], [0, 3]), (1, [0, 1, 2, 3])])
def test_validation_is_due(freq, due):
    assert [epoch for epoch in range(4) if in_bursts._is_due(freq, epoch)] == due


def several():
    x = tfk_ext.Input((4,))
    hidden = tfk_ext.Dense(3, activation="tanh")(x)
    return tfk_ext.Model(x, [tfk_ext.Dense(2)(hidden), hidden])


def named():
    x = tfk_ext.Input((4,))
    return tfk_ext.Model(x, {"a": tfk_ext.Dense(2)(x), "b": tfk_ext.Reshape((2, 2))(x)})


@pytest.mark.parametrize("make", [plain, compiled, masked, several, named], ids=lambda make: make.__name__)
@pytest.mark.parametrize(("samples", "batch_size"), [(40, 7), (40, 10), (3, None), (1, 1)])
def test_predictions_as_step_by_step(make, samples, batch_size, runs):
    x = np.random.default_rng(0).normal(size=(samples, 4))
    x = np.abs(x * 4).astype("int32") % 9 if make is masked else x
    model, looking = make(), Looking()
    expected = model.predict(x, batch_size, callbacks=[looking])
    assert looking.seen["predict"] == list(range(-(-samples // (batch_size or 32)))) and not runs
    for _ in range(3):  # in bursts of several lengths
        found = model.predict(x, batch_size)
        tf.nest.map_structure(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7), found, expected
        )
    assert len(runs) == 3 and type(found) is type(expected)


@pytest.mark.slow
def test_predictions_keep_the_states_of_a_stateful_layer(runs):
    model, x = recurrent(), np.random.default_rng(0).normal(size=(24, 4, 1))
    results = []
    for callbacks in ([Looking()], []):
        model.layers[0].reset_states()
        results.append(model.predict(x, 8, callbacks=callbacks))
    np.testing.assert_allclose(*results, rtol=1e-6)
    assert len(runs) == 1


def test_predictions_follow_weights_and_layers(runs):
    model, x = tfk_ext.Sequential([tfk_ext.Dense(2, input_dim=2)]), np.ones((5, 2))
    model.predict(x)
    model.set_weights([np.eye(2), np.array([1.0, 2.0])])
    np.testing.assert_allclose(model.predict(x)[0], [2.0, 3.0])
    model.add(tfk_ext.Lambda(lambda y: 10 * y))
    np.testing.assert_allclose(model.predict(x)[0], [20.0, 30.0])
    assert len(runs) == 3


def test_stop_predicting_between_bursts(runs):
    class Stopping(tf.keras.callbacks.Callback):
        def on_predict_begin(self, logs=None):
            self.model.stop_predicting = True

    assert len(plain().predict(np.ones((40, 4)), 10, callbacks=[Stopping()])) == 10
    assert len(runs) == 1


class Own(tfk_ext.Model):
    """Has a step of its own for predictions."""

    def call(self, inputs):
        return inputs

    def predict_step(self, data):
        return tf.reduce_sum(tf.nest.flatten(data)[0])[None]


def test_a_step_of_ones_own_goes_step_by_step(runs):
    model = Own()
    for _ in range(2):
        assert model.predict(np.ones((4, 2)), 2).tolist() == [4.0, 4.0]
    assert not runs
