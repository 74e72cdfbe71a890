"""Old programs run both ways: with their imports changed, and as they are through the launcher.

``programs/`` holds programs in the manner of the classic documents, each with its own assertions on shapes,
numbers and the order of events.
"""

import pathlib
import re

import pytest
import tensorflow as tf

from tests.processes import python

FOLDER = pathlib.Path(__file__).parent / "programs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))

CHANGES = (
    (r"^from tensorflow\.keras\b", "from tfk_ext"),
    (r"^from keras\b", "from tfk_ext"),
    (r"^import keras$", "import tfk_ext as keras"),
    (r"\btf\.keras\b", "tfk_ext"),
)


def changed(text):
    """Return a program with its imports changed, and nothing else."""
    for old, new in CHANGES:
        text = re.sub(old, new, text, flags=re.MULTILINE)
    return "import tfk_ext\n" + text


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] if n in ("graphs", "recurrences") else []) for n in NAMES],
)
def test_with_its_imports_changed(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tf.keras.backend.clear_session()
    text = changed((FOLDER / f"{name}.py").read_text())
    assert not re.search(r"\b(from|import) keras\b", text.replace("import tfk_ext as keras", ""))
    exec(compile(text, f"{name}.py", "exec"), {"__name__": name})


@pytest.mark.slow
def test_as_they_are_through_the_launcher(tmp_path):
    """One process runs them all: each is a module beside the script, whose imports are rewritten too."""
    for name in NAMES:
        (tmp_path / f"{name}_program.py").write_text((FOLDER / f"{name}.py").read_text())
    script = tmp_path / "all.py"
    lines = ["import keras", *(f"import {name}_program; print('done: {name}')" for name in NAMES)]
    script.write_text("\n".join([*lines, "print(keras.__name__)"]))
    done = python("-m", "tfk_ext", "run", script, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    said = [line for line in done.stdout.splitlines() if line.startswith("done: ") or line == "tfk_ext"]
    assert said == [*(f"done: {name}" for name in NAMES), "tfk_ext"]
