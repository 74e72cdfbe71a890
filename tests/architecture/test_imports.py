"""What the sources may import and subclass, and that importing the package is clean."""

import ast
import importlib
import inspect
import pathlib
import pkgutil
import subprocess
import sys

import pytest
import tensorflow as tf

import tfk_ext
from tests.processes import python

ROOT = pathlib.Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "tfk_ext").rglob("*.py"), *(ROOT / "recipes").rglob("*.py")])

# Private modules of Keras and TensorFlow, and the files that may import them. It may only shrink.
PRIVATE = ("keras.src", "tensorflow.python", "tf_keras", "keras._tf_keras")
ALLOWED: dict[str, str] = {}


def _modules():
    names = [tfk_ext.__name__]
    names += [module.name for module in pkgutil.walk_packages(tfk_ext.__path__, "tfk_ext.")]
    return [importlib.import_module(name) for name in names if not name.endswith("__main__")]


def _imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
            yield from (a.value for a in node.args if isinstance(a, ast.Constant))


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_public_apis(path):
    name = str(path.relative_to(ROOT))
    private = {m for m in _imported(path) if m.startswith(PRIVATE) or "._" in m.replace("._tf_keras", "")}
    private = {m for m in private if not m.startswith(("tfk_ext.", "recipes."))}
    text = path.read_text(encoding="utf-8")
    private |= {p for p in ("keras.src", "tensorflow.python") if p in text}
    assert not private or name in ALLOWED, f"{name} imports {sorted(private)}"


def test_the_list_of_exceptions_holds_no_dead_entry():
    for name in ALLOWED:
        assert any(m.startswith(PRIVATE) for m in _imported(ROOT / name)), f"{name} needs no exception"


def _own_classes():
    for module in _modules():
        for thing in vars(module).values():
            if inspect.isclass(thing) and thing.__module__ == module.__name__:
                yield thing


KERAS = {
    "layers": tf.keras.layers,
    "callbacks": tf.keras.callbacks,
    "metrics": tf.keras.metrics,
    "losses": tf.keras.losses,
    "optimizers": tf.keras.optimizers,
}

# Keras's own base classes: all that a component may inherit from.
BASES = {"Layer", "Callback", "Metric", "Loss", "Optimizer", "Model", "Sequential", "Functional"}


def test_no_component_subclasses_keras_of_its_name():
    for cls in _own_classes():
        same = [b for b in cls.__mro__[1:] if b.__name__ == cls.__name__ and b.__module__.startswith("keras")]
        assert not [b for b in same if b.__name__ not in BASES], f"{cls} subclasses {same}"
        area = cls.__module__.split(".")[1] if "." in cls.__module__ else ""
        if area in KERAS:
            bases = [b for b in cls.__mro__[1:] if b.__module__.startswith("keras")]
            concrete = [
                b for b in bases if getattr(KERAS[area], b.__name__, None) is b and b.__name__ not in BASES
            ]
            assert not concrete, f"{cls} subclasses {concrete}: it computes for itself"


@pytest.mark.parametrize(
    "path",
    [p for p in SOURCES if "tfk_ext/layers" in p.as_posix()],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_no_layer_makes_a_keras_layer(path):
    """Layers compute with TensorFlow: none of them calls a class of tf.keras.layers."""
    allowed = {"Layer", "InputSpec", "Input", "InputLayer"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "tf.keras.layers":
            assert node.attr in allowed, f"line {node.lineno} uses tf.keras.layers.{node.attr}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 550


@pytest.mark.slow
def test_import_is_clean():
    """No warning of ours or of TensorFlow's, and nothing printed."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import tfk_ext"], capture_output=True, text=True, cwd=ROOT
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""


@pytest.mark.slow
def test_keras_2_is_refused():
    run = python("-c", "import os; os.environ['TF_USE_LEGACY_KERAS'] = '1'; import tfk_ext")
    assert run.returncode == 1
    assert "tfk_ext needs Keras 3" in run.stderr
