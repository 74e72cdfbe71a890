"""What the recipes share: options, run folders, histories, reports."""

import dataclasses
import html.parser
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from recipes.shared import history, options, pictures, program, progress, reload, report, runs
from recipes.shared.program import RecipeError


@dataclasses.dataclass(frozen=True)
class Options(options.RunOptions):
    depth: int = options.option(4, "depth", type=options.whole(1))


def parse(*argv):
    return options.parse(Options, "recipes.test", "A test.", "python -m recipes.test", list(argv))


def test_options_have_types_defaults_and_say_what_was_given():
    found, given = parse("--epochs", "3", "--mixed-precision", "--jit")
    assert (found.epochs, found.depth, found.mixed_precision) == (3, 4, "bfloat16")
    assert found.jit is True and found.resume is False
    assert given == {"epochs", "mixed_precision", "jit"}


@pytest.mark.parametrize(
    "argv",
    [["--epochs", "0"], ["--epochs", "many"], ["--nothing"], ["--mixed-precision", "int8"], ["--seed", "-1"]],
)
def test_a_wrong_option_gets_one_line(argv, capsys):
    with pytest.raises(SystemExit) as caught:
        parse(*argv)
    assert caught.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("recipes.test: error: ")
    assert argv[0] in lines[0]


def test_help_shows_defaults_and_examples(capsys):
    with pytest.raises(SystemExit):
        parse("--help")
    text = capsys.readouterr().out
    assert "(default 32)" in text
    assert "examples:\n  python -m recipes.test" in text


def test_errors_become_one_line_and_exit_code_2(capsys):
    def fail():
        raise RecipeError("this is wrong:\n  do that.")

    with pytest.raises(SystemExit) as caught:
        program.run_main("recipes.test", fail)
    assert caught.value.code == 2
    assert capsys.readouterr().err == "recipes.test: error: this is wrong: do that.\n"


def test_a_missing_package_and_a_full_disk_are_told_too(capsys):
    def missing():
        raise ModuleNotFoundError("No module named 'sklearn'", name="sklearn.datasets")

    def full():
        raise OSError(28, "No space left on device", "model.keras")

    for function, words in ((missing, "tfk_ext[recipes]"), (full, "No space left on device (model.keras)")):
        with pytest.raises(SystemExit):
            program.run_main("recipes.test", function)
        assert words in capsys.readouterr().err


def test_new_runs_are_numbered_and_a_used_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = []
    for _ in range(2):
        run = runs.Run.place("test", None)
        run.create({"recipe": "test", "options": {}})
        names.append(str(run.path))
    assert names == ["runs/test-001", "runs/test-002"]
    with pytest.raises(RecipeError, match="runs/test-001 holds another run: go on with it by --resume"):
        runs.Run.place("test", "runs/test-001")
    with pytest.raises(RecipeError, match="runs is not empty"):
        runs.Run.place("test", "runs")
    (tmp_path / "file").touch()
    with pytest.raises(RecipeError, match="is a file"):
        runs.Run.place("test", "file")
    (tmp_path / "empty").mkdir()
    assert runs.Run.place("test", "empty").path.name == "empty"
    assert not runs.Run.place("test", "new/folder").path.exists()  # nothing is made yet


def test_a_run_is_found_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecipeError, match="no run of test to resume"):
        runs.Run.find("test", None)
    with pytest.raises(RecipeError, match="holds no run"):
        runs.Run.find("test", "nowhere")
    for number in (1, 2):
        runs.Run.place("test", None).create({"recipe": "test", "options": {"seed": number}})
    os.utime("runs/test-001/config.json", (2e9, 2e9))
    assert runs.Run.find("test", None).path.name == "test-001"
    assert runs.Run.find("test", "runs/test-002").config["options"] == {"seed": 2}
    with pytest.raises(RecipeError, match="of 'test', not of other"):
        runs.Run.find("other", "runs/test-001")
    for content in ("{", "[]", '{"recipe": "test"}', json.dumps({"recipe": "test", "options": 3})):
        (tmp_path / "runs/test-001/config.json").write_text(content)
        with pytest.raises(RecipeError):
            runs.Run.find("test", "runs/test-001")


def test_a_resumed_run_keeps_its_options():
    config = {"options": dataclasses.asdict(Options(epochs=2, seed=7, out="a"))}
    found, given = parse("--resume", "--epochs", "5", "--seed", "7", "--out", "b")
    result = options.resumed(found, given, config, changeable=("epochs",))
    assert (result.epochs, result.seed, result.out, result.resume) == (5, 7, "b", True)
    found, given = parse("--resume", "--seed", "8")
    with pytest.raises(RecipeError, match="--seed is 8, but this run began with 7"):
        options.resumed(found, given, config, changeable=("epochs",))


def test_history_grows_and_drops_lost_epochs(tmp_path):
    first = history.History(tmp_path / "history.csv", ("epoch", "loss"))
    for epoch in (1, 2, 3):
        first.append({"epoch": epoch, "loss": 1 / epoch})
    again = history.History(tmp_path / "history.csv", ("epoch", "loss"))
    again.load(2)
    again.append({"epoch": 3, "loss": 0.25})
    assert (tmp_path / "history.csv").read_text() == "epoch,loss\n1,1\n2,0.5\n3,0.25\n"
    (tmp_path / "history.csv").write_text("epoch,loss\n1,x\n")
    with pytest.raises(RecipeError, match="damaged"):
        again.load(2)


def test_tensorboard_records_of_lost_work_are_dropped(tmp_path):
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default():
        for step in (1, 2, 3):
            tf.summary.scalar("loss", 1.0 / step, step=step)
    writer.close()
    path = next(tmp_path.glob("events*"))
    path.write_bytes(path.read_bytes() + b"a record that was cut short")
    history.trim_events(tmp_path, 2)
    records = tf.data.TFRecordDataset(str(path)).as_numpy_iterator()
    events = [tf.compat.v1.Event.FromString(record) for record in records]
    assert [event.step for event in events if event.summary.value] == [1, 2]
    assert len(list(tmp_path.iterdir())) == 1


def test_the_first_interruption_is_a_request_the_second_is_one_at_once():
    before = signal.getsignal(signal.SIGINT)
    with progress.Interruption() as interruption:
        os.kill(os.getpid(), signal.SIGINT)
        assert interruption.requested
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            signal.sigtimedwait([], 1)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.slow
def test_reload_check_sees_another_prediction_and_what_does_not_load(tmp_path, forked):
    model = tf.keras.Sequential([tfk_ext.Dense(3, input_shape=(2,), activation="hard_sigmoid")])
    model.save(tmp_path / "model.keras")
    inputs = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    expected = model.predict(inputs, verbose=0)
    with pytest.raises(RecipeError, match="predicts something else"):
        reload.check_reload(tmp_path / "model.keras", inputs, expected + 1)
    (tmp_path / "model.keras").write_bytes(b"no model")
    with pytest.raises(RecipeError, match="does not load"):
        reload.check_reload(tmp_path / "model.keras", inputs, expected)
    assert os.listdir(tmp_path) == ["model.keras"]


class Page(html.parser.HTMLParser):
    """Collects what a page fetches, and checks that its tags close."""

    VOID = {"meta", "img", "br"}

    def __init__(self, text):
        super().__init__()
        self.open, self.sources = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.sources += [value for name, value in attributes if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_report_is_one_page_that_fetches_nothing_and_escapes_texts(tmp_path):
    page = report.Report("A & B")
    page.text("<script>alert(1)</script>", loud=True)
    page.table(("x<", "y"), [("<b>", 2)])
    page.code("a < b")
    page.picture(pictures.as_png(pictures.grid(np.zeros((4, 28, 28, 1)))), 'a "caption"')
    page.save(tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    assert "<script" not in text and "<b>" not in text
    assert all(source.startswith("data:") for source in Page(text).sources)


def test_a_grid_puts_pictures_in_reading_order():
    drawn = np.arange(5.0).reshape(5, 1, 1, 1) * np.ones((5, 2, 3, 1)) / 4
    sheet = pictures.grid(drawn, columns=3, scale=1)
    expected = np.rint(np.array([[0, 0.25, 0.5], [0.75, 1, 0]]) * 255)
    np.testing.assert_array_equal(sheet, np.kron(expected, np.ones((2, 3))))


def test_a_gif_shows_first_and_last_picture(tmp_path):
    from PIL import Image

    files = []
    for number in range(8):
        files.append(tmp_path / f"{number}.png")
        files[-1].write_bytes(pictures.as_png(np.full((10, 10), number * 30, np.uint8)))
    (tmp_path / "a.gif").write_bytes(pictures.as_gif(files, frames=4))
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.n_frames == 4
        shades = []
        for frame in range(4):
            gif.seek(frame)
            shades.append(gif.convert("L").getpixel((0, 0)))
    assert shades[0] == 0 and shades[-1] == 210


def test_recipes_are_listed_with_a_line_each():
    done = subprocess.run([sys.executable, "-m", "recipes"], capture_output=True, text=True, check=True)
    names = [line.split()[0] for line in done.stdout.splitlines()[:3]]
    assert names == ["dcgan", "imdb_lstm", "glove_cnn"]
    assert "imdb_lstm  Train the documented bidirectional LSTM" in done.stdout
