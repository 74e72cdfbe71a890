"""Old spellings of layers, optimizers and callbacks: what today's call makes, one warning, its line."""

import inspect
import warnings

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfk_ext
from tests.compat import spelling_cases as cases
from tfk_ext.compat import OldSpellingError, OldSpellingWarning, spellings
from tfk_ext.compat.spellings import calls, rows

KEYWORDS = list(cases.keywords())


def _label(case):
    return f"{case.name}-{','.join(map(str, case.old_args or case.old))}"[:60]


def _config(layer):
    return {key: value for key, value in layer.get_config().items() if key != "name"}


@pytest.fixture(autouse=True)
def _told_anew():
    calls.forget_warnings()


@pytest.mark.parametrize("case", KEYWORDS + cases.POSITIONAL, ids=_label)
def test_old_call_makes_what_the_new_call_makes(case):
    cls = getattr(tfk_ext, case.name)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        old = cls(*case.old_args, **case.old)
    new = cls(*case.new_args, **case.new)
    assert _config(old) == _config(new)
    told = [str(w.message) for w in seen if issubclass(w.category, OldSpellingWarning)]
    assert len(told) == len(set(told))
    assert all(text.startswith(case.name) for text in told)
    quiet = case.name in ("LeakyReLU", "ReLU") or any(k.startswith("kernel_") for k in case.old)
    if case.old != case.new and not case.old_args and not quiet:
        assert told


def test_every_row_of_the_layers_is_exercised():
    """Each kind of row, with its keywords, acts in the case of one class at least."""
    acting = {}
    for case in KEYWORDS:
        entry = spellings.TABLE[case.name]
        keywords = dict(case.old)
        for row in entry.rows:
            if list(row.apply(keywords)):
                acting.setdefault(type(row).__name__ + repr(row.olds), set()).add(case.name)
    from tfk_ext.compat.spellings.layers import LAYERS

    # The input layers have no keyword of their own: see test_input_layer.
    missing = {
        type(row).__name__ + repr(row.olds)
        for name, entry in LAYERS.items()
        if not name.startswith("Input")
        for row in entry.rows
    } - acting.keys()
    assert not missing


def test_input_layer_configuration():
    old = {"batch_input_shape": [None, 3], "input_dtype": "int32", "name": "a"}
    config, notes = spellings.rewrite("InputLayer", old)
    assert config == {"batch_shape": [None, 3], "dtype": "int32", "name": "a"}
    assert [note.kind for note in notes] == ["translated"] * 2
    assert old["input_dtype"] == "int32", "the given configuration is not changed"


def test_rewrite_knows_aliases_and_does_not_warn(recwarn):
    config, notes = spellings.rewrite(
        "AtrousConvolution2D", {"nb_filter": 8, "nb_row": 3, "nb_col": 2, "atrous_rate": [2, 2]}
    )
    assert config == {"filters": 8, "kernel_size": (3, 2), "dilation_rate": [2, 2]}
    assert [note.old for note in notes] == ["nb_filter", "nb_row, nb_col", "atrous_rate"]
    assert not recwarn.list


def test_rewrite_reports_what_blocks():
    config, notes = spellings.rewrite("BatchNormalization", {"mode": 1})
    assert config == {"mode": 1}
    assert [(note.kind, note.old) for note in notes] == [("blocks", "mode=1")]
    assert "LayerNormalization" in notes[0].text


def test_rewrite_leaves_unknown_classes_alone():
    assert spellings.rewrite("Mine", {"p": 1}) == ({"p": 1}, [])


# --- warnings ---


class Mine(tfk_ext.Dense):
    """A user's layer, of which the old spelling stands in its own constructor."""

    def __init__(self, size, **kwargs):
        super().__init__(output_dim=size, **kwargs)  # the line of the warning


def _lines(function):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        function()
    return [(w.filename, w.lineno, str(w.message)) for w in seen if w.category is OldSpellingWarning]


def test_warning_names_new_spelling_and_line():
    here = inspect.currentframe().f_lineno
    found = _lines(lambda: tfk_ext.Dense(output_dim=3))
    assert found == [(__file__, here + 1, "Dense: output_dim is an old spelling; write units=3.")]


def test_warning_once_for_each_spelling_and_owner():
    def program():
        for _ in range(3):
            tfk_ext.Dense(output_dim=3)
            tfk_ext.SimpleRNN(output_dim=3)
            tfk_ext.Dense(output_dim=3, bias=False)

    assert [text.split(":")[0] for _, _, text in _lines(program)] == ["Dense", "SimpleRNN", "Dense"]


def test_warning_of_a_subclass_points_into_its_constructor():
    source, start = inspect.getsourcelines(Mine)
    line = start + next(i for i, text in enumerate(source) if "the line of the warning" in text)
    assert [found[:2] for found in _lines(lambda: Mine(3))] == [(__file__, line)]
    layer = Mine(3, activation="relu")
    assert layer.units == 3
    assert layer.get_config()["activation"] == "relu"


def test_warning_of_a_configuration_points_at_who_loads_it():
    here = inspect.currentframe().f_lineno
    found = _lines(lambda: tfk_ext.Dense.from_config({"output_dim": 3, "name": "a"}))
    assert found[0][:2] == (__file__, here + 1)


def test_decorated_method_and_function_warn_at_the_callers_line():
    class Model:
        @calls.accept_old_spellings(owner="Model.fit")
        def fit(self, x=None, epochs=1):
            return x, epochs

    @calls.accept_old_spellings(owner="to_categorical")
    def to_categorical(y, num_classes=None):
        return num_classes

    results = []
    here = inspect.currentframe().f_lineno
    found = _lines(
        lambda: results.extend(
            [
                Model().fit([1], nb_epoch=3),
                to_categorical([1], nb_classes=4),
            ]
        )
    )
    assert results == [([1], 3), 4]
    assert [(file, line - here) for file, line, _ in found] == [(__file__, 4), (__file__, 5)]
    assert [text for _, _, text in found] == [
        "fit: nb_epoch is an old spelling; write epochs=3.",
        "to_categorical: nb_classes is an old spelling; write num_classes=4.",
    ]
    assert str(inspect.signature(Model.fit)) == "(self, x=None, epochs=1)"


# --- what can't be ---


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: tfk_ext.BatchNormalization(mode=2), "mode=2.*LayerNormalization"),
        (lambda: tfk_ext.Embedding(3, 2, dropout=0.5), "dropout=0.5.*SpatialDropout1D"),
        (lambda: tfk_ext.Dense(784, 10), "input_dim=784"),
        (lambda: tfk_ext.Dense(3, W_learning_rate=0.1), "W_learning_rate=0.1"),
        (lambda: tfk_ext.Conv2D(3, nb_row=2), "nb_col has to be given"),
        (lambda: tfk_ext.Dense(3, output_dim=4, units=4), None),
        (lambda: tfk_ext.Dense(output_dim=4, units=4), "units is given too"),
        (
            lambda: tfk_ext.callbacks.ModelCheckpoint("a.keras", load_weights_on_restart=True),
            "BackupAndRestore",
        ),
    ],
)
def test_what_cannot_be_honoured_names_its_replacement(call, says):
    with pytest.raises(TypeError if says is None else OldSpellingError, match=says):
        call()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: tfk_ext.Dense(3, kernel_initialiser="ones"),
            r"Dense: .*'kernel_initialiser'.*'kernel_initializer'",
        ),
        (lambda: Mine(3, kernel_initialiser="ones"), r"Dense: .*'kernel_initialiser'.*accepted are .*units"),
        (
            lambda: tfk_ext.LocallyConnected2D(3, 2, implementatoin=1),
            "LocallyConnected2D: .*'implementation'",
        ),
        (lambda: tfk_ext.optimizers.SGD(learnin_rate=1.0), r"SGD: .*'learning_rate'"),
        (lambda: tfk_ext.metrics.AUC(treshold=1), r"AUC: .*'thresholds'"),
        (lambda: tfk_ext.losses.Huber(dleta=1.0), r"Huber: .*'delta'.*accepted are delta, dtype"),
        (lambda: tfk_ext.callbacks.EarlyStopping(patiense=1), r"EarlyStopping: .*'patience'"),
    ],
)
def test_unknown_keyword_is_a_type_error_with_a_suggestion(call, says):
    with pytest.raises(TypeError, match=says):
        call()


def test_signature_is_as_documented():
    assert list(inspect.signature(tfk_ext.Dense).parameters)[:3] == ["units", "activation", "use_bias"]
    assert inspect.getfullargspec(tfk_ext.Dense.__init__).args[1] == "units"


def test_a_users_layer_without_get_config_is_still_saved_by_keras():
    class Plain(tfk_ext.layers.Layer):
        def __init__(self, size, **kwargs):
            super().__init__(**kwargs)
            self.size = size

    assert Plain(3, name="a").get_config()["size"] == 3


def test_cooperative_constructors_may_take_more():
    class Mixin:
        def __init__(self, *, flavour, **kwargs):
            super().__init__(**kwargs)
            self.flavour = flavour

    class Both(Mixin, tfk_ext.Activation):
        pass

    assert Both(activation="relu", flavour="sweet").flavour == "sweet"
    with pytest.raises(TypeError, match="unknown keyword 'flavor'"):
        Both(activation="relu", flavour="sweet", flavor="sour")


# --- optimizers, callbacks, losses ---


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "new"),
    [
        ("SGD", (), {"lr": 0.5}, {"learning_rate": 0.5}),
        (
            "SGD",
            (0.5, 0.9, 1e-6, True),
            {},
            {"learning_rate": 0.5, "momentum": 0.9, "decay": 1e-6, "nesterov": True},
        ),
        ("SGD", (0.5, 0.9, True), {}, {"learning_rate": 0.5, "momentum": 0.9, "nesterov": True}),
        (
            "RMSprop",
            (0.5, 0.8, 1e-8, 0.1),
            {},
            {"learning_rate": 0.5, "rho": 0.8, "epsilon": 1e-8, "decay": 0.1},
        ),
        ("RMSprop", (0.5, 0.8, 0.7), {}, {"learning_rate": 0.5, "rho": 0.8, "momentum": 0.7}),
        ("Adagrad", (0.5, 1e-8), {}, {"learning_rate": 0.5, "epsilon": 1e-8}),
        ("Adagrad", (0.5, 0.2), {}, {"learning_rate": 0.5, "initial_accumulator_value": 0.2}),
        (
            "Adadelta",
            (0.5, 0.9, 1e-8, 0.1),
            {},
            {"learning_rate": 0.5, "rho": 0.9, "epsilon": 1e-8, "decay": 0.1},
        ),
        (
            "Adam",
            (0.5, 0.8, 0.9, 1e-8, 0.1),
            {},
            {"learning_rate": 0.5, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-8, "decay": 0.1},
        ),
        ("Adam", (), {"lr": 0.5, "epsilon": None, "decay": 0.1}, {"learning_rate": 0.5, "decay": 0.1}),
        ("Adamax", (), {"lr": 0.5}, {"learning_rate": 0.5}),
        ("Nadam", (), {"lr": 0.5, "schedule_decay": 0.004}, {"learning_rate": 0.5, "schedule_decay": 0.004}),
        ("Ftrl", (), {"lr": 0.5}, {"learning_rate": 0.5}),
        ("Adam", (), {"jit_compile": False}, {}),
    ],
)
def test_optimizers(name, args, kwargs, new):
    cls = getattr(tfk_ext.optimizers, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert cls(*args, **kwargs).get_config() == cls(**new).get_config()


def test_decay_and_lr_step_as_those_of_keras_2():
    ours, theirs = tf.Variable([1.0, -2.0]), tf.Variable([1.0, -2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mine = tfk_ext.optimizers.SGD(lr=0.1, decay=0.5, momentum=0.9)
        old = tf_keras.optimizers.legacy.SGD(lr=0.1, decay=0.5, momentum=0.9)
    for _ in range(3):
        mine.apply_gradients([(tf.constant([1.0, 0.5]), ours)])
        old.apply_gradients([(tf.constant([1.0, 0.5]), theirs)])
    tf.debugging.assert_near(ours, theirs)


def test_losses_take_the_old_default_reduction(recwarn):
    assert tfk_ext.losses.Huber(reduction="auto").reduction == "sum_over_batch_size"
    assert not [w for w in recwarn if w.category is OldSpellingWarning]


def test_callbacks():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert tfk_ext.callbacks.ReduceLROnPlateau(epsilon=0.5).min_delta == 0.5
        assert tfk_ext.callbacks.ModelCheckpoint("a.keras", period=1).save_freq == "epoch"
        assert tfk_ext.callbacks.ModelCheckpoint("a.keras", period=3).save_freq == "3 epochs"
        board = tfk_ext.callbacks.TensorBoard(
            "logs", 1, 32, True, False, True, embeddings_layer_names=["a"], embeddings_data=None
        )
    assert (board.histogram_freq, board.write_graph, board.write_images) == (1, True, True)


@pytest.mark.slow
def test_period_saves_as_often_as_keras_2(tmp_path):
    x = tf.ones((4, 1))
    names = []
    for keras, callbacks in ((tf.keras, tfk_ext.callbacks), (tf_keras, tf_keras.callbacks)):
        folder = tmp_path / keras.__name__
        folder.mkdir()
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            save = callbacks.ModelCheckpoint(str(folder / "{epoch}.keras"), period=2)
        model.fit(x, x, epochs=5, verbose=0, callbacks=[save])
        names.append(sorted(path.name for path in folder.iterdir()))
    assert names[0] == names[1] == ["2.keras", "4.keras"]


# --- generators of samples ---


class Batches:
    batch_size = 8


def test_samples_become_batches():
    entry = spellings.TABLE["Model.fit_generator"]
    data = Batches()
    given = {"samples_per_epoch": 20, "nb_val_samples": 9, "validation_data": data}
    args, kwargs, note = entry.positional((data,), given)
    assert kwargs == {"steps_per_epoch": 3, "validation_steps": 2, "validation_data": data}
    assert note.old == "samples_per_epoch=20"
    with pytest.raises(TypeError, match="steps_per_epoch"):
        entry.positional(([],), {"samples_per_epoch": 20})


def test_the_first_batch_of_a_generator_tells_the_size_and_comes_again():
    entry = spellings.TABLE["Model.predict_generator"]
    source = iter([([np.zeros((4, 2)), np.ones((4, 3))],), "second"])
    (again,), kwargs, _ = entry.positional((source,), {"val_samples": 10})
    assert kwargs == {"steps": 3}
    assert next(again)[0][1].shape == (4, 3)
    assert next(again) == "second"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::tfk_ext.compat.OldSpellingWarning")
def test_a_program_of_keras_1_trains():
    """Model(input=, output=), nb_epoch, a generator counted in samples, and names of losses and metrics."""

    def generator():
        while True:
            yield np.ones((4, 3)), np.eye(2)[[0, 0, 1, 0]]

    x = tfk_ext.Input(shape=(3,))
    model = tfk_ext.models.Model(input=x, output=tfk_ext.Dense(output_dim=2, activation="softmax")(x))
    model.compile(tfk_ext.optimizers.SGD(lr=0.1), "cosine_proximity", metrics=["accuracy"])
    once = model.fit(np.ones((8, 3)), np.eye(2)[[0] * 8], nb_epoch=2, verbose=0)
    assert once.epoch == [0, 1]
    again = model.fit_generator(
        generator(),
        samples_per_epoch=8,
        nb_epoch=2,
        verbose=0,
        validation_data=generator(),
        nb_val_samples=4,
        nb_worker=1,
        max_q_size=2,
        pickle_safe=False,
    )
    assert set(again.history) >= {"loss", "val_loss"}
    assert again.history["loss"][1] < again.history["loss"][0]
    with pytest.raises(OldSpellingError, match="fmeasure.*F1Score"):
        model.compile("sgd", "mse", metrics=["fmeasure"])
    with pytest.raises(OldSpellingError, match="show_accuracy.*metrics="):
        model.fit(np.ones((8, 3)), np.ones((8, 2)), show_accuracy=True)
    with pytest.raises(TypeError, match=r"Model.fit: unknown keyword 'epoch' \(did you mean 'epochs'"):
        model.fit(np.ones((8, 3)), np.ones((8, 2)), epoch=2)


def test_rows_are_of_the_kinds_that_can_be_applied():
    for name, entry in spellings.TABLE.items():
        for row in entry.rows:
            assert isinstance(row, rows.Row.__args__), name
            assert row.olds
