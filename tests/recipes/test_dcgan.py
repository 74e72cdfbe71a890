"""The DCGAN recipe, with a small generator: training, going on, reproducing, saving, errors."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from recipes import dcgan
from recipes.common import RecipeError
from tests.recipes import samples

SMALL = ["--depth", "8", "--batch-size", "4", "--epoch-steps", "3", "--samples", "100"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return str(samples.npz(tmp_path_factory.mktemp("data") / "mnist.npz"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to run in, and a reload check that needs no second process."""
    monkeypatch.chdir(tmp_path)

    def check_reload(model, inputs, expected):
        again = tf.keras.models.load_model(model).predict(inputs, batch_size=len(inputs), verbose=0)
        return float(np.max(np.abs(again - expected)))

    monkeypatch.setattr(dcgan.common, "check_reload", check_reload)
    return tmp_path


def run(data, *argv):
    dcgan.main([*SMALL, "--data", data, *argv])


def history(path):
    with open(path / "history.csv", newline="") as file:
        return [
            {name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)
        ]


def weights(path):
    return tf.keras.models.load_model(path / "model.keras").get_weights()


def assert_same_run(first, second):
    assert history(first) == history(second)
    for a, b in zip(weights(first), weights(second), strict=True):
        np.testing.assert_array_equal(a, b)
    assert (first / "grid.png").read_bytes() == (second / "grid.png").read_bytes()
    assert (first / "training.gif").read_bytes() == (second / "training.gif").read_bytes()


def scalars(path):
    """Return (step, name, value) of all scalars that TensorBoard would show, but times."""
    found = []
    for file in (path / "tensorboard").glob("events*"):
        for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
            event = tf.compat.v1.Event.FromString(record)
            for value in event.summary.value:
                array = tf.make_ndarray(value.tensor)
                if array.dtype == np.float32 and value.tag != "seconds":
                    found.append((event.step, value.tag, float(array)))
    return sorted(found)


def pictures(path):
    steps = []
    for file in (path / "tensorboard").glob("events*"):
        for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
            event = tf.compat.v1.Event.FromString(record)
            steps += [event.step for value in event.summary.value if value.tag == "generated"]
    return sorted(steps)


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


def test_one_step_trains_both_models_and_the_average():
    gan = dcgan.Dcgan(dcgan.Options(depth=8, batch_size=4))
    models = (gan.generator, gan.discriminator, gan.average)
    before = [[w.copy() for w in model.get_weights()] for model in models]
    values = gan.train_step(tf.random.stateless_uniform((4, 28, 28, 1), (1, 2))).numpy()
    assert np.isfinite(values).all()
    assert int(gan.step) == 1
    for model, old in zip(models, before):
        assert all(not np.array_equal(a, b) for a, b in zip(model.get_weights(), old) if a.ndim > 1)


def test_the_step_s_losses_are_those_of_the_sigmoid_s_output():
    gan = dcgan.Dcgan(dcgan.Options(depth=8, batch_size=4, smoothing=0.0))
    gan.discriminator.layers[1].rate = 0.0
    for layer in gan.discriminator.layers:
        if isinstance(layer, tfk_ext.Dropout):
            layer.rate = 0.0
    real = tf.random.stateless_uniform((4, 28, 28, 1), (1, 2))
    judged = gan.discriminator(real).numpy()
    values = gan.train_step(real).numpy()
    np.testing.assert_allclose(values[2], judged.mean(), rtol=1e-5)


def test_batches_visit_every_image_once_a_pass_in_an_order_of_the_seed():
    images = np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1) * 25
    batches = dcgan.Batches(images, 5, seed=3)
    for turn in (0, 1):
        seen = np.concatenate([batches[2 * turn], batches[2 * turn + 1]]).ravel() * 255 / 25
        np.testing.assert_array_equal(np.sort(np.rint(seen)), np.arange(10))
    first = batches[7]
    np.testing.assert_array_equal(dcgan.Batches(images, 5, seed=3)[7], first)
    assert any(not np.array_equal(dcgan.Batches(images, 5, seed=4)[i], batches[i]) for i in range(4))


def test_noise_of_fewer_images_is_the_beginning_of_that_of_more():
    np.testing.assert_array_equal(dcgan.make_noise(3, 1), dcgan.make_noise(9, 1)[:3])
    assert np.abs(dcgan.make_noise(50, 1)).max() <= 1


# --------------------------------------------------------------------------------------------------- runs


@pytest.mark.slow
def test_a_run_writes_what_it_says_and_another_one_is_the_same(folder, data, capsys):
    run(data, "--epochs", "2", "--out", "first")
    text = capsys.readouterr().out
    first = folder / "first"
    for name in ("grid.png", "training.gif", "report.html", "model.keras"):
        assert f"first/{name}" in text
        assert (first / name).stat().st_size > 0
    assert {"real, held out", "generated", "untrained generator"} <= {
        line[:20].strip() for line in text.splitlines()
    }
    assert sorted(os.listdir(first / "images")) == [f"epoch-00{n}.png" for n in range(3)]
    assert [row["step"] for row in history(first)] == ["3", "6"]
    config = json.loads((first / "config.json").read_text())
    assert config["options"]["depth"] == 8
    assert config["data"]["source"] == data and len(config["data"]["sha256"]) == 64
    assert config["versions"]["tfk_ext"] == tfk_ext.__version__
    assert pictures(first) == [0, 3, 6]
    assert not list(first.rglob("*part*"))
    # The same seed gives the same run, to the last bit; another one another.
    run(data, "--epochs", "2", "--out", "second")
    assert_same_run(first, folder / "second")
    run(data, "--epochs", "2", "--out", "third", "--seed", "2")
    assert history(first) != history(folder / "third")


@pytest.mark.slow
def test_a_resumed_run_equals_one_that_went_through(folder, data):
    run(data, "--epochs", "3", "--out", "through")
    run(data, "--epochs", "1", "--out", "halted")
    dcgan.main(["--resume", "--out", "halted", "--epochs", "3"])
    assert_same_run(folder / "through", folder / "halted")
    assert scalars(folder / "through") == scalars(folder / "halted")
    assert pictures(folder / "through") == pictures(folder / "halted") == [0, 3, 6, 9]
    with pytest.raises(RecipeError, match=r"complete \(3 epochs, 9 steps\): give more --epochs"):
        dcgan.main(["--resume", "--out", "halted"])
    with pytest.raises(RecipeError, match="--depth is 16, but this run began with 8"):
        dcgan.main(["--resume", "--out", "halted", "--depth", "16"])


@pytest.mark.slow
def test_ctrl_c_in_the_middle_of_an_epoch_loses_nothing(folder, data, monkeypatch, capsys):
    run(data, "--epochs", "2", "--out", "through")
    show = dcgan.Progress.show

    def interrupt(self, values):
        show(self, values)
        if int(self.training.gan.step) == 4:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(dcgan.Progress, "show", interrupt)
    with pytest.raises(SystemExit) as caught:
        run(data, "--epochs", "2", "--out", "halted")
    assert caught.value.code == 130
    assert "to go on: python -m recipes.dcgan --resume --out halted" in capsys.readouterr().out
    monkeypatch.setattr(dcgan.Progress, "show", show)
    dcgan.main(["--resume", "--out", "halted"])
    assert "going on after epoch 1, step 4" in capsys.readouterr().out
    assert_same_run(folder / "through", folder / "halted")
    assert scalars(folder / "through") == scalars(folder / "halted")


@pytest.mark.slow
def test_a_killed_run_goes_on_from_its_last_good_checkpoint(folder, data, capsys):
    run(data, "--epochs", "3", "--out", "through")
    # As if killed before anything of the end, and while the last checkpoint was written.
    killed = folder / "killed"
    shutil.copytree(folder / "through", killed)
    for name in ("model.keras", "report.html", "grid.png", "training.gif"):
        (killed / name).unlink()
    index = killed / "checkpoints" / "ckpt-9.index"
    index.write_bytes(index.read_bytes()[:20])
    capsys.readouterr()
    dcgan.main(["--resume", "--out", "killed"])
    text = capsys.readouterr().out
    assert "passed over the damaged checkpoint" in text and "going on after epoch 2, step 6" in text
    assert_same_run(folder / "through", killed)
    assert scalars(folder / "through") == scalars(killed)
    assert pictures(killed) == [0, 3, 6, 9]
    for file in (killed / "checkpoints").glob("ckpt-*"):
        file.write_bytes(b"")
    (killed / "report.html").unlink()
    with pytest.raises(RecipeError, match="no readable checkpoint"):
        dcgan.main(["--resume", "--out", "killed"])


@pytest.mark.slow
def test_limits_end_a_run_early_and_it_can_go_on(folder, data, capsys):
    run(data, "--epochs", "5", "--steps", "4", "--out", "steps")
    assert [row["step"] for row in history(folder / "steps")] == ["3", "4"]
    run(data, "--epochs", "2", "--minutes", "1e-9", "--out", "minutes")
    assert "the time limit of 1e-09 minutes is reached at step 1" in capsys.readouterr().out
    assert [row["step"] for row in history(folder / "minutes")] == ["1"]
    dcgan.main(["--resume", "--out", "minutes", "--minutes", "5"])
    assert [row["step"] for row in history(folder / "minutes")] == ["1", "4"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["bfloat16", "float16"])
def test_mixed_precision_trains_and_saves(folder, data, kind):
    run(data, "--epochs", "1", "--mixed-precision", kind, "--out", "run")
    model = tf.keras.models.load_model(folder / "run" / "model.keras")
    assert model.layers[0].compute_dtype == kind
    assert model.layers[-1].compute_dtype == "float32"
    assert np.isfinite([float(value) for value in history(folder / "run")[0].values()]).all()


@pytest.mark.slow
def test_xla_gives_the_losses_of_the_graph(folder, data):
    for name in ("--jit", None):
        run(data, "--steps", "1", "--out", str(name), *([name] if name else []))
    first, second = (history(folder / name)[0] for name in ("--jit", "None"))
    for column in ("generator_loss", "discriminator_loss"):
        np.testing.assert_allclose(float(first[column]), float(second[column]), rtol=1e-4)


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
def test_other_images_are_refused_when_going_on(folder, data):
    run(data, "--steps", "1", "--out", "run")
    other = samples.npz(folder / "other.npz", **samples.arrays(seed=5))
    with pytest.raises(RecipeError, match="was trained on other images"):
        dcgan.main(["--resume", "--out", "run", "--epochs", "3", "--data", str(other)])


@pytest.mark.slow
def test_the_program_in_processes_of_its_own(tmp_path, data):
    """The real thing: a run, its reload check, a used folder, predict, and the same losses in another process."""

    def python(*argv):
        command = [sys.executable, "-m", "recipes.dcgan", *argv]
        return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)

    root = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    first, second = (str(tmp_path / name) for name in ("first", "second"))
    for out in (first, second):
        done = python(*SMALL, "--data", data, "--steps", "2", "--out", out)
        assert (done.returncode, done.stderr) == (0, "")
        assert "reloaded in a fresh process: the same images (largest difference " in done.stdout
    assert_same_run(tmp_path / "first", tmp_path / "second")
    done = python(*SMALL, "--data", data, "--out", first)
    assert done.returncode == 2
    assert done.stderr == (
        f"recipes.dcgan: error: {first} holds another run: go on with it by --resume, or name a new folder.\n"
    )
    picture = str(tmp_path / "drawn.png")
    predict = ("predict", "--model", f"{first}/model.keras", "--number", "5", "--out", picture)
    assert python(*predict).returncode == 0
    from PIL import Image

    with Image.open(picture) as image:
        assert image.size == (3 * 56, 2 * 56)
    done = python(*predict)
    assert (
        done.returncode == 2
        and done.stderr == f"recipes.dcgan: error: --out {picture} exists: name another file.\n"
    )


def test_predict_refuses_what_is_no_generator(folder):
    (folder / "a.keras").write_bytes(b"nothing")
    tf.keras.Sequential([tfk_ext.Dense(2, input_shape=(3,))]).save(folder / "b.keras")
    cases = {"is no file": "c.keras", "can't be loaded": "a.keras", "no generator": "b.keras"}
    for words, name in cases.items():
        with pytest.raises(RecipeError, match=words):
            dcgan.main(["predict", "--model", name])
    assert not (folder / "generated.png").exists()
