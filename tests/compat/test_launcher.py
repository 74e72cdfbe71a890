"""Old programs unmodified: their imports lead to the package, and nothing else is changed."""

import ast
import importlib
import os
import sys
import textwrap
import types

import keras
import pytest
import tensorflow as tf

import tfk_ext
from tests.processes import python
from tfk_ext.compat import importing, launching, rewriting


def _run(source, own=frozenset()):
    names = {"__name__": "program"}
    exec(rewriting.rewritten(textwrap.dedent(source), "program.py", own), names)
    return types.SimpleNamespace(**names)


# --- the rewriting ---


@pytest.mark.parametrize(
    ("source", "of"),
    [
        ("import keras", "keras"),
        ("import keras as k, os", "k"),
        ("import keras.layers", "keras"),
        ("import tensorflow.keras as k", "k"),
        ("from tensorflow import keras", "keras"),
        ("from tensorflow import keras as k, nn", "k"),
        ("from tensorflow.compat.v1 import keras", "keras"),
        ("import tensorflow as tf\nk = tf.keras", "k"),
        ("import tensorflow\nk = tensorflow.keras", "k"),
        ("import tensorflow.keras\nk = tensorflow.keras", "k"),
        ("import tensorflow.nn\nk = tensorflow.keras", "k"),
        ("import tensorflow as tf2\nt = tf2\nk = getattr(t, 'ke' + 'ras')", "k"),
        ("import tensorflow.compat.v1 as tf\nk = tf.keras", "k"),
        ("import tensorflow as tf\nk = tf.compat.v1.keras", "k"),
        ("import tensorflow as tf\nk = tf.compat.v2.keras", "k"),
        ("from tensorflow import compat\nk = compat.v1.keras", "k"),
        ("from tensorflow.compat import v1\nk = v1.keras", "k"),
        ("from tensorflow import *\nk = keras", "k"),
        ("def f():\n    import keras\n    return keras\nk = f()", "k"),
        ("try:\n    import keras as k\nexcept ImportError:\n    k = None", "k"),
        ("if True:\n    from tensorflow import keras as k", "k"),
        ("k = __import__('keras')", "k"),
        ("k = __import__('tensorflow').keras", "k"),
        ("name = 'ker' + 'as'\nk = __import__(name)", "k"),
        ("import importlib\nk = importlib.import_module('keras')", "k"),
        ("from importlib import import_module\nk = import_module('ker' + 'as')", "k"),
        ("import importlib\nk = importlib.import_module('tensorflow').keras", "k"),
    ],
)
def test_keras_is_the_package(source, of):
    assert getattr(_run(source), of) is tfk_ext


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from keras.layers import Dense as x", lambda: tfk_ext.Dense),
        ("from keras.layers.core import Dense as x", lambda: tfk_ext.Dense),
        ("from tensorflow.keras.layers import Dense as x", lambda: tfk_ext.Dense),
        ("from keras.models import *\nx = Sequential", lambda: tfk_ext.models.Sequential),
        ("from keras.layers import *\nx = Dense", lambda: tfk_ext.Dense),
        ("from keras.layers import *\nx = MultiHeadAttention", lambda: tf.keras.layers.MultiHeadAttention),
        ("from keras import *\nx = layers.Dense", lambda: tfk_ext.Dense),
        ("from keras import backend as x", lambda: tfk_ext.backend),
        ("import keras.backend as x", lambda: tfk_ext.backend),
        ("import keras.engine.topology as t\nx = t.Layer", lambda: tfk_ext.layers.Layer),
        ("from keras.applications.vgg16 import VGG16 as x", lambda: tf.keras.applications.VGG16),
        ("import tensorflow as tf\nx = tf.keras.layers.Dense", lambda: tfk_ext.Dense),
        ("import tensorflow as tf\nx = tf.keras.layers.EinsumDense", lambda: tf.keras.layers.EinsumDense),
        ("import tensorflow as tf\nx = tf.constant", lambda: tf.constant),
        ("import tensorflow as tf\nx = tf.__version__", lambda: tf.__version__),
        ("from tensorflow.nn import relu as x", lambda: tf.nn.relu),
        ("from keras_preprocessing.image import load_img as x", lambda: tfk_ext.preprocessing.image.load_img),
        ("keras = 3\nx = keras", lambda: 3),
        ("import keras\nkeras = 3\nx = keras", lambda: 3),
        ("def f(keras):\n    return keras\nx = f(3)", lambda: 3),
    ],
)
def test_names_lead_where_they_should(source, expected):
    assert _run(source).x is expected() or _run(source).x == expected()


def test_private_and_foreign_names_are_left_alone():
    source = "import keras.src.layers\nfrom keras.src import ops\nimport numpy.linalg\nfrom . import keras"
    assert ast.unparse(rewriting.Rewriter().visit(ast.parse(source))) == source


def test_a_module_of_the_programs_own_wins():
    source = "import keras\nfrom keras.layers import Dense\nimport tensorflow as tf"
    tree = rewriting.Rewriter(frozenset({"keras", "tensorflow"})).visit(ast.parse(source))
    assert ast.unparse(tree) == source


def test_keras_and_tensorflow_keep_their_places():
    assert _run("import keras, tensorflow as tf, sys\nx = sys.modules").keras is tfk_ext
    assert sys.modules["keras"] is keras
    assert sys.modules["tensorflow"] is tf
    assert tf.keras.layers.Dense is keras.layers.Dense


def test_setting_an_attribute_of_tensorflow_sets_tensorflows():
    try:
        _run("import tensorflow as tf\ntf.set_by_a_program = 1")
        assert tf.set_by_a_program == 1
    finally:
        del tf.set_by_a_program


def test_autograph_sees_through():
    program = _run("""
        import tensorflow as tf

        def total(n):
            s = tf.constant(0)
            for i in tf.range(n):
                if i > 1:
                    s += i
            return s
    """)
    assert int(program.total(tf.constant(4))) == 5


# --- the hook ---


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of several modules, and a file beside it."""
    files = {
        "old_pkg/__init__.py": "from .model import build\nfrom old_pkg.deep import inner\n",
        "old_pkg/model.py": "from keras.models import Sequential\nimport keras.layers as L\n\n\n"
        "def build():\n    return Sequential([L.Dense(2, input_dim=3)])\n",
        "old_pkg/deep/__init__.py": "",
        "old_pkg/deep/inner.py": "import tensorflow as tf\n\n\ndef fail():\n"
        "    layer = tf.keras.layers.Dense(2)\n    raise RuntimeError(type(layer).__module__)\n",
        "site-packages/installed_pkg.py": "import keras\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path / "site-packages"))
    yield tmp_path
    tfk_ext.compat.uninstall()
    for name in [name for name in sys.modules if name.startswith(("old_pkg", "installed_pkg"))]:
        del sys.modules[name]


@pytest.mark.parametrize("given", [True, False])
def test_install_rewrites_the_users_modules_only(package, given):
    tfk_ext.compat.install([str(package)] if given else None)
    program = importlib.import_module("old_pkg")
    assert type(program.build()) is tfk_ext.models.Sequential
    with pytest.raises(RuntimeError, match="tfk_ext.layers.core.dense") as caught:
        program.inner.fail()
    last = caught.traceback[-1]
    assert (str(last.path), last.lineno + 1) == (str(package / "old_pkg/deep/inner.py"), 6)
    assert "raise RuntimeError" in str(last.statement)
    assert importlib.import_module("installed_pkg").keras is keras
    assert not list(package.glob("old_pkg/**/*.pyc")), "what is rewritten is not stored"


def test_uninstall(package):
    before = list(sys.meta_path)
    tfk_ext.compat.install()
    tfk_ext.compat.install()
    assert len(sys.meta_path) == len(before) + 1
    tfk_ext.compat.uninstall()
    assert sys.meta_path == before
    from old_pkg import model

    assert model.L is keras.layers


def test_install_in_a_notebook(monkeypatch):
    """The cells of IPython go through its list of transformers."""
    shell = types.SimpleNamespace(ast_transformers=[])
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    tfk_ext.compat.install()
    (transformer,) = shell.ast_transformers
    tree = ast.fix_missing_locations(transformer.visit(ast.parse("import keras")))
    names = {}
    exec(compile(tree, "<cell>", "exec"), names)
    assert names["keras"] is tfk_ext
    tfk_ext.compat.uninstall()
    assert shell.ast_transformers == []


def test_finder_knows_whose_a_file_is(tmp_path):
    finder = importing.Finder()
    assert finder.is_users(str(tmp_path / "a.py"))
    assert not finder.is_users(keras.__file__)
    assert not finder.is_users(os.__file__)
    assert not finder.is_users(tfk_ext.__file__)
    assert not importing.Finder([str(tmp_path / "b")]).is_users(str(tmp_path / "a.py"))
    (tmp_path / "keras.py").write_text("")
    assert importing.Finder([str(tmp_path)]).own_modules() == {"keras"}


def test_traceback_begins_in_the_program():
    def fail():
        raise ValueError

    try:
        fail()
    except ValueError as error:
        assert launching.without_launcher(error.__traceback__) is error.__traceback__


# --- whole programs ---

PROGRAM = '''"""An old program."""
from __future__ import print_function
import sys, os, pickle
import keras
from keras.layers.core import Dense
import tensorflow as tf
import helper


class Thing(object):
    pass


print(__name__, __doc__, os.path.basename(__file__), sys.argv, sys.path[0] == os.path.dirname(__file__))
print(keras.__name__, Dense.__module__, tf.keras is keras, helper.K is keras.backend)
print(type(pickle.loads(pickle.dumps(Thing()))) is Thing, sys.modules["__main__"].Thing is Thing)
model = keras.models.Sequential()
model.add(Dense(output_dim=2, input_dim=3))
print(model.output_shape)
if sys.argv[1] == "exit":
    sys.exit(3)
if sys.argv[1] == "interrupt":
    raise KeyboardInterrupt
helper.middle()
'''
HELPER = """import keras.backend as K


def middle():
    raise RuntimeError("in the middle")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("program")
    (path / "old.py").write_text(PROGRAM, encoding="utf-8")
    (path / "helper.py").write_text(HELPER, encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_program_with_an_error_in_the_middle(folder):
    run = python("-m", "tfk_ext", "run", "old.py", "fail", "--epochs", "3", cwd=folder)
    assert run.returncode == 1
    assert run.stdout.splitlines() == [
        "__main__ An old program. old.py ['old.py', 'fail', '--epochs', '3'] True",
        "tfk_ext tfk_ext.layers.core.dense True True",
        "True True",
        "(None, 2)",
    ]
    assert f"{folder / 'old.py'}:18: OldSpellingWarning: Dense: output_dim is an old spelling" in run.stderr
    trace = run.stderr[run.stderr.index("Traceback") :].splitlines()
    line = PROGRAM.splitlines().index("helper.middle()") + 1
    assert [text for text in trace if "^" not in text] == [
        "Traceback (most recent call last):",
        f'  File "{folder / "old.py"}", line {line}, in <module>',
        "    helper.middle()",
        f'  File "{folder / "helper.py"}", line 5, in middle',
        '    raise RuntimeError("in the middle")',
        "RuntimeError: in the middle",
    ]


@pytest.mark.slow
def test_exit_status_and_a_module_by_name(folder):
    run = python("-m", "tfk_ext", "run", "-m", "old", "exit", cwd=folder)
    assert run.returncode == 3
    assert run.stdout.splitlines()[0].startswith(
        f"__main__ An old program. old.py ['{folder / 'old.py'}', 'exit']"
    )


@pytest.mark.slow
def test_interrupt_ends_as_python_ends(folder):
    plain = python("-c", "raise KeyboardInterrupt", fresh=True)
    run = python("-m", "tfk_ext", "run", "old.py", "interrupt", cwd=folder, fresh=True)
    assert run.returncode == plain.returncode
    assert run.stderr.rstrip().endswith("KeyboardInterrupt")
    assert "launching" not in run.stderr


def test_help_needs_no_tensorflow():
    probe = (
        "import sys\n"
        "sys.orig_argv = ['python', '-m', 'tfk_ext', *sys.argv[1:]]\nsys.argv = ['-m', *sys.argv[1:]]\n"
        "try:\n    import tfk_ext\n"
        "except SystemExit:\n    assert 'tensorflow' not in sys.modules\n    raise\n"
    )
    for arguments in (["--help"], ["run", "--help"]):
        run = python("-c", probe, *arguments, fresh=True)
        assert run.returncode == 0, run.stderr
        assert "usage: python -m tfk_ext" in run.stdout


def test_a_missing_program_is_told(capsys):
    from tfk_ext.cli import main

    assert main(["run", "nowhere.py"]) == 2
    assert "no file 'nowhere.py'" in capsys.readouterr().err
