"""The DCGAN recipe, with a small generator: training, going on, reproducing, saving, errors."""

import csv
import dataclasses
import json
import os
import signal

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import tfk_ext
from recipes import dcgan, judge
from recipes.data import digits
from recipes.shared import progress, reload
from recipes.shared.program import RecipeError
from tests.processes import python
from tests.recipes import samples

SMALL = ["--depth", "8", "--batch-size", "4", "--epoch-steps", "3", "--samples", "100"]
SMALL += ["--discriminator-steps", "2"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return str(samples.npz(tmp_path_factory.mktemp("data") / "mnist.npz"))


@pytest.fixture(scope="module")
def classifier(data):
    return judge.train_classifier(digits.load(data), seed=1)


@pytest.fixture
def folder(tmp_path, monkeypatch, classifier):
    """A folder to run in; the classifier is trained once for all tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(dcgan, "classifier", lambda *args: classifier)
    return tmp_path


@pytest.fixture
def trained(monkeypatch):
    """Leave out what follows the training, and keep every variable of it by the run's name."""
    states = {}

    def finish(training, *args):
        states[training.run.path.name] = [variable.numpy() for variable in training.gan.state()]

    monkeypatch.setattr(dcgan.dcgan_report, "finish", finish)
    return states


def run(data, *argv):
    dcgan.main([*SMALL, "--data", data, *argv])


def history(path):
    with open(path / "history.csv", newline="") as file:
        return [
            {name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)
        ]


def steps(path):
    return [int(row["step"]) for row in history(path)]


def events(path):
    """Return (step, name, value) of TensorBoard's scalars but times, and the steps of its pictures."""
    scalars, pictures = [], []
    for file in (path / "tensorboard").glob("events*"):
        for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
            event = tf.compat.v1.Event.FromString(record)
            for value in event.summary.value:
                if value.tag == "generated":
                    pictures.append(event.step)
                elif value.tag != "seconds":
                    scalars.append((event.step, value.tag, float(tf.make_ndarray(value.tensor))))
    return sorted(scalars), sorted(pictures)


# ---------------------------------------------------------------------------------------------- the models


def test_the_models_are_the_documented_ones():
    generator, discriminator = dcgan.build_generator(), dcgan.build_discriminator()
    assert generator.input_shape == (None, 100) and generator.output_shape == (None, 28, 28, 1)
    shapes = [tuple(layer.output.shape) for layer in generator.layers]
    assert shapes[0] == (None, 12544)
    assert shapes[3] == (None, 7, 7, 256)
    assert [s[1:] for s in shapes if len(s) == 4][::1][2:4] == [(14, 14, 256), (14, 14, 128)]
    # 5x5 kernels and biases, batch normalizations, counted by hand from the documents.
    transposed = sum(25 * a * b + b for a, b in ((256, 128), (128, 64), (64, 32), (32, 1)))
    assert generator.count_params() == 101 * 12544 + 4 * (12544 + 128 + 64 + 32) + transposed
    convolutions = sum(25 * a * b + b for a, b in ((1, 64), (64, 128), (128, 256), (256, 512)))
    assert discriminator.count_params() == convolutions + 4 * 4 * 512 + 1
    assert discriminator.output_shape == (None, 1)
    layers = {type(layer) for model in (generator, discriminator) for layer in model.layers}
    assert all(layer.__module__.startswith("tfk_ext.") for layer in layers)
    momenta = {layer.momentum for layer in generator.layers if isinstance(layer, tfk_ext.BatchNormalization)}
    assert momenta == {0.9}


@pytest.mark.slow
def test_one_step_trains_both_models_and_the_average():
    gan = dcgan.Dcgan(dcgan.Options(depth=8, batch_size=4))
    models = (gan.generator, gan.discriminator, gan.average)
    before = [[w.copy() for w in model.get_weights()] for model in models]
    values = gan.train_step(tf.random.stateless_uniform((3, 4, 28, 28, 1), (1, 2))).numpy()
    assert np.isfinite(values).all()
    assert int(gan.step) == 1
    for model, old in zip(models, before):
        assert all(not np.array_equal(a, b) for a, b in zip(model.get_weights(), old) if a.ndim > 1)


@pytest.mark.slow
def test_the_losses_are_those_of_the_discriminator_s_probabilities():
    gan = dcgan.Dcgan(dcgan.Options(depth=8, batch_size=4, smoothing=0.0, discriminator_steps=1))
    for layer in gan.discriminator.layers:
        if isinstance(layer, tfk_ext.Dropout):
            layer.rate = 0.0
    real = tf.random.stateless_uniform((1, 4, 28, 28, 1), (1, 2))
    probabilities = gan.discriminator(real[0]).numpy()
    _, loss, on_real, on_fake = gan.train_step(real).numpy()
    np.testing.assert_allclose(on_real, probabilities.mean(), rtol=1e-5)
    # The generated images are all alike at first: the mean of their losses is about that of their mean.
    expected = -np.log(probabilities).mean() - np.log(1 - on_fake)
    np.testing.assert_allclose(loss, expected, rtol=1e-3)


def test_batches_visit_every_image_once_a_pass_in_an_order_of_the_seed():
    images = np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1) * 25
    batches = digits.Batches(images, 5, seed=3)
    for turn in (0, 1):
        seen = np.concatenate([batches[2 * turn], batches[2 * turn + 1]]).ravel() * 255 / 25
        np.testing.assert_array_equal(np.sort(np.rint(seen)), np.arange(10))
    first = batches[7]
    np.testing.assert_array_equal(digits.Batches(images, 5, seed=3)[7], first)
    assert any(not np.array_equal(digits.Batches(images, 5, seed=4)[i], batches[i]) for i in range(4))


def test_noise_of_fewer_images_is_the_beginning_of_that_of_more():
    np.testing.assert_array_equal(dcgan.make_noise(3, 1), dcgan.make_noise(9, 1)[:3])
    assert np.abs(dcgan.make_noise(50, 1)).max() <= 1


# --------------------------------------------------------------------------------------------------- runs


@pytest.mark.slow
def test_a_run_writes_what_it_says(folder, data, capsys, monkeypatch):
    checked = []
    monkeypatch.setattr(reload, "check_reload", lambda *args: checked.append(args) or 0.0)
    run(data, "--epochs", "2", "--out", "first")
    text = capsys.readouterr().out
    first = folder / "first"
    for name in ("grid.png", "training.gif", "report.html", "model.keras"):
        assert f"first/{name}" in text
        assert (first / name).stat().st_size > 0
    model, noise, expected = checked[0]
    again = tf.keras.models.load_model(model).predict(noise, batch_size=100, verbose=0)
    np.testing.assert_allclose(again, expected, atol=1e-6)
    rows = {"real, held out", "generated", "untrained generator"}
    assert rows <= {line[:20].strip() for line in text.splitlines()}
    assert set(json.loads((first / "figures.json").read_text())) == rows
    assert sorted(os.listdir(first / "images")) == [f"epoch-00{n}.png" for n in range(3)]
    assert steps(first) == [3, 6]
    config = json.loads((first / "config.json").read_text())
    assert config["options"]["depth"] == 8
    assert config["data"]["source"] == data and len(config["data"]["sha256"]) == 64
    assert config["versions"]["tfk_ext"] == tfk_ext.__version__
    assert not list(first.rglob("*part*"))
    with pytest.raises(RecipeError, match=r"complete \(2 epochs, 6 steps\): give more --epochs"):
        dcgan.main(["--resume", "--out", "first"])


@pytest.mark.slow
def test_an_interrupted_killed_and_resumed_run_equals_one_that_went_through(
    folder, data, trained, monkeypatch, capsys
):
    run(data, "--epochs", "4", "--out", "through")
    halted = folder / "halted"

    # Ctrl-C in the middle of the third epoch.
    show = progress.Progress.step

    def interrupt(self, text, left):
        show(self, text, left)
        if text.startswith("step 7:"):
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(progress.Progress, "step", interrupt)
    with pytest.raises(SystemExit) as caught:
        run(data, "--epochs", "4", "--out", "halted")
    assert caught.value.code == 130
    assert "to go on: python -m recipes.dcgan --resume --out halted" in capsys.readouterr().out
    assert steps(halted) == [3, 6]
    monkeypatch.setattr(progress.Progress, "step", show)

    # Killed while it wrote the checkpoint of the fourth epoch, whose row and picture are there already.
    dcgan.main(["--resume", "--out", "halted"])
    assert "going on after epoch 2, step 7" in capsys.readouterr().out
    assert steps(halted) == [3, 6, 9, 12]
    index = halted / "checkpoints" / "ckpt-12.index"
    index.write_bytes(index.read_bytes()[:20])
    dcgan.main(["--resume", "--out", "halted"])
    text = capsys.readouterr().out
    assert "passed over the damaged checkpoint" in text and "going on after epoch 3, step 9" in text

    for a, b in zip(trained["through"], trained["halted"], strict=True):
        np.testing.assert_array_equal(a, b)
    assert history(folder / "through") == history(halted)
    assert events(folder / "through") == events(halted)
    assert events(halted)[1] == [0, 3, 6, 9, 12]
    for epoch in range(5):
        name = f"images/epoch-00{epoch}.png"
        assert (folder / "through" / name).read_bytes() == (halted / name).read_bytes()

    # What is refused.
    other = samples.npz(folder / "other.npz", **samples.arrays(seed=5))
    for words, argv in {
        "--depth is 16, but this run began with 8": ["--depth", "16"],
        "was trained on other data": ["--data", str(other)],
    }.items():
        with pytest.raises(RecipeError, match=words):
            dcgan.main(["--resume", "--out", "halted", *argv])
    for file in (halted / "checkpoints").glob("ckpt-*"):
        file.write_bytes(b"")
    with pytest.raises(RecipeError, match="no readable checkpoint"):
        dcgan.main(["--resume", "--out", "halted"])


@pytest.mark.slow
def test_limits_end_a_run_early_and_it_can_go_on(folder, data, trained, capsys):
    run(data, "--epochs", "2", "--minutes", "1e-9", "--out", "run")
    assert "stopped by the time limit, 1e-09 minutes, at step 1" in capsys.readouterr().out
    assert steps(folder / "run") == [1]
    dcgan.main(["--resume", "--out", "run", "--minutes", "5", "--epochs", "5", "--steps", "6"])
    assert steps(folder / "run") == [1, 4, 6]


@pytest.mark.parametrize("kind", ["bfloat16", "float16"])
@pytest.mark.slow
def test_mixed_precision_trains_and_saves(tmp_path, kind):
    gan = dcgan.Dcgan(dcgan.Options(depth=8, batch_size=4, mixed_precision=kind))
    before = gan.generator.get_weights()
    assert np.isfinite(gan.train_step(tf.random.stateless_uniform((3, 4, 28, 28, 1), (1, 2)))).all()
    assert all(np.isfinite(weight).all() for weight in gan.generator.get_weights())
    assert not np.array_equal(gan.generator.get_weights()[0], before[0])
    gan.average.save(tmp_path / "model.keras")
    model = tf.keras.models.load_model(tmp_path / "model.keras")
    assert model.layers[0].compute_dtype == kind
    assert model.layers[-1].compute_dtype == "float32"
    noise = dcgan.make_noise(4, 1)
    np.testing.assert_allclose(model(noise), gan.average(noise), atol=1e-3)
    assert tf.keras.config.dtype_policy().name == "float32"


@pytest.mark.slow
def test_xla_trains_as_the_graph_does():
    options = dcgan.Options(depth=8, batch_size=4, discriminator_steps=1)
    real = tf.random.stateless_uniform((1, 4, 28, 28, 1), (1, 2))
    values = [
        dcgan.Dcgan(dataclasses.replace(options, jit=jit)).train_step(real).numpy() for jit in (False, True)
    ]
    # XLA draws other random numbers, and at first the losses hardly depend on them.
    np.testing.assert_allclose(values[0], values[1], rtol=0.1)


@pytest.mark.slow
def test_a_dry_run_writes_nothing(folder, data, capsys):
    run(data, "--dry-run", "--out", "run")
    text = capsys.readouterr().out
    assert "generator" in text and "discriminator" in text and "steps: 30 of 4 images" in text
    assert os.listdir(folder) == []


def test_errors_come_before_anything_is_written(folder, data):
    cases = {
        "does not exist": ["--data", "nowhere.npz"],
        "more than the 120": ["--batch-size", "121"],
        "holds no run": ["--resume", "--out", "nowhere"],
        "holds no run of dcgan": ["--resume"],
    }
    for words, argv in cases.items():
        with pytest.raises(RecipeError, match=words):
            run(data, *argv)
    assert os.listdir(folder) == []


@pytest.mark.slow
def test_the_program_in_processes_of_its_own(tmp_path, monkeypatch, data):
    """The real thing: two equal runs with their reload checks."""
    first, second = (tmp_path / name for name in ("first", "second"))
    for out in (first, second):
        command = ["recipes.dcgan", *SMALL, "--data", data, "--steps", "2", "--out", out]
        done = python("-m", *command, fresh=out is first)
        assert (done.returncode, done.stderr) == (0, "")
        assert "reloaded in a fresh process: the same images (largest difference " in done.stdout
    assert history(first) == history(second)
    assert (first / "figures.json").read_bytes() == (second / "figures.json").read_bytes()
    monkeypatch.chdir(tmp_path)
    used = f"{first} holds another run: go on with it by --resume, or name a new folder"
    with pytest.raises(RecipeError, match=used):
        run(data, "--out", str(first))
    dcgan.main(["predict", "--model", str(first / "model.keras"), "--number", "5", "--out", "drawn.png"])
    with Image.open("drawn.png") as image:
        assert image.size == (3 * 56, 2 * 56)


def test_predict_refuses_what_is_no_generator(folder):
    (folder / "a.keras").write_bytes(b"nothing")
    tf.keras.Sequential([tfk_ext.Dense(2, input_shape=(3,))]).save(folder / "b.keras")
    cases = {
        "is no file": ["--model", "c.keras"],
        "can't be loaded": ["--model", "a.keras"],
        "no generator": ["--model", "b.keras"],
        "exists: name another": ["--model", "b.keras", "--out", "a.keras"],
        "there is no folder": ["--model", "b.keras", "--out", "nowhere/a.png"],
    }
    for words, argv in cases.items():
        with pytest.raises(RecipeError, match=words):
            dcgan.main(["predict", *argv])
    assert sorted(os.listdir(folder)) == ["a.keras", "b.keras"]
