"""Shared set-up: quiet TensorFlow, two logical CPUs for the distribution tests, one thread a test process.

``--sample N`` runs only N cases of each parametrized test: what `make quick` does.
"""

import gc
import os
import zlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
import tensorflow as tf

# Two logical CPUs have to exist before TensorFlow starts its runtime.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
if "PYTEST_XDIST_WORKER" in os.environ:
    tf.config.threading.set_intra_op_parallelism_threads(1)


def pytest_addoption(parser):
    parser.addoption("--sample", type=int, metavar="N", help="run only N cases of each parametrized test")


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


@pytest.fixture(autouse=True)
def _fresh_keras():
    """Begin each test with a fixed seed, and end it with the default data format and precision."""
    tf.keras.utils.set_random_seed(1234)
    yield
    tf.keras.config.set_image_data_format("channels_last")
    tf.keras.config.set_dtype_policy("float32")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
