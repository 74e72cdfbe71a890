"""Shared set-up: quiet TensorFlow, two logical CPUs for the distribution tests, one thread a test process.

``--sample N`` runs only N cases of each parametrized test: what `make quick` does.
"""

import gc
import os
import shutil
import tempfile
import zlib
from unittest import mock

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if not os.environ.get("TFK_EXT_EXHAUSTIVE"):
    # A training step of recurrent layers compiled in 22 s and not 35 s where LLVM optimizes nothing.
    os.environ.setdefault(
        "XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
    )

import numpy as np
import pytest


def pytest_addoption(parser):
    parser.addoption("--sample", type=int, metavar="N", help="run only N cases of each parametrized test")


def pytest_configure(config):
    """Set TensorFlow up in the processes that run tests, and only there: its import takes seconds."""
    if not hasattr(config, "workerinput"):
        os.environ["TFK_EXT_FORKS"] = tempfile.mkdtemp(prefix="forks")  # see tests/processes.py
        if config.getoption("numprocesses", None):
            return
    import tensorflow as tf

    # Two logical CPUs have to exist before TensorFlow starts its runtime.
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    if hasattr(config, "workerinput"):
        tf.config.threading.set_intra_op_parallelism_threads(1)


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop("TFK_EXT_FORKS"), ignore_errors=True)


@pytest.hookimpl(trylast=True)  # after `-m` has chosen
def pytest_collection_modifyitems(config, items):
    count = config.getoption("--sample")
    if count is None:
        return
    cases = {}
    for item in items:
        cases.setdefault(item.nodeid.split("[")[0], []).append(item)
    chosen = {id(item) for name, own in cases.items() for item in sampled(name, own, count)}
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in chosen])
    items[:] = [item for item in items if id(item) in chosen]


def sampled(name, cases, count):
    """Return cases spread evenly, begun by the test's name, so that others take other components."""
    first = zlib.crc32(name.encode())
    places = {(first + step * len(cases) // count) % len(cases) for step in range(count)}
    return [cases[place] for place in sorted(places)]


def pytest_collection_finish():
    # A full collection took 0.34 s with TensorFlow and tf_keras loaded, and there are many: leave those out.
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="module")
def _fresh_module():
    """Begin each module with a fixed seed; leave out of collections what it leaves behind, too.

    Without that a test took 5 times as long at the end as alone.
    """
    import tensorflow as tf

    tf.random.set_seed(1234)
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _fresh_keras():
    """Begin each test with a fixed seed, and end it with the default data format and precision.

    TensorFlow's own seed is the module's: whenever it is set, TensorFlow throws its kernels away, and to make
    them again took a tenth of the tests' time.
    """
    import tensorflow as tf

    with mock.patch.object(tf.random, "set_seed"):
        tf.keras.utils.set_random_seed(1234)
    yield
    tf.keras.config.set_image_data_format("channels_last")
    tf.keras.config.set_dtype_policy("float32")


@pytest.fixture
def forked(monkeypatch):
    """Let the package's own fresh processes be forked ones, as those of `tests/processes.py` are."""
    import subprocess

    from tests import processes

    monkeypatch.setattr(subprocess, "run", processes.run)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
