"""Shared set-up: quiet TensorFlow, two logical CPUs for the distribution tests, one thread a test process."""

import os

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
