"""Utilities and the backend's settings."""

import os

import keras
import numpy as np
import tensorflow as tf
from keras.layers import Dense
from keras.utils import custom_object_scope
from keras.utils.np_utils import to_categorical

K = tf.keras.backend


def small(weights):
    return 0.01 * tf.reduce_sum(tf.abs(weights))


config = Dense(3, kernel_regularizer=small).get_config()
with custom_object_scope({"small": small}):
    assert Dense.from_config(config).kernel_regularizer is small
tf.keras.utils.get_custom_objects()["small"] = small
assert Dense.from_config(config).kernel_regularizer is small
del tf.keras.utils.get_custom_objects()["small"]


@tf.keras.utils.register_keras_serializable(package="Own", name=None)
class Wide(Dense):
    pass


stored = tf.keras.utils.serialize_keras_object(Wide(3))
assert type(tf.keras.utils.deserialize_keras_object(stored)) is Wide
assert to_categorical([0, 2], 3).tolist() == [[1, 0, 0], [0, 0, 1]]

entry = tf.keras.Input(shape=(10,), dtype="int32", name="entry")
found = tf.keras.layers.LSTM(3)(tf.keras.layers.Embedding(output_dim=4, input_dim=20, input_length=10)(entry))
model = tf.keras.Model(inputs=[entry], outputs=[tf.keras.layers.Dense(1, name="end")(found)])
try:
    import pydot

    dot = pydot.call_graphviz  # noqa: F841
    tf.keras.utils.plot_model(model, to_file="model.png", show_shapes=True)
    assert os.path.getsize("model.png") > 1000
    assert isinstance(tf.keras.utils.model_to_dot(model, subgraph=True), pydot.Cluster)
except (ImportError, AttributeError):
    pass

K.clear_session()
[tf.keras.layers.Dense(2) for _ in range(3)]
assert tf.keras.layers.Dense(2).name == "dense_3"
K.set_learning_phase(1)
assert str(K.learning_phase()) == "1"
K.clear_session()
assert tf.keras.layers.Dense(2).name == "dense" and K.get_uid("lamp") == 1

assert (K.floatx(), K.image_data_format(), K.epsilon()) == ("float32", "channels_last", 1e-07)
for function, value, read, before in (
    (K.set_floatx, "float64", K.floatx, "float32"),
    (K.set_image_data_format, "channels_first", K.image_data_format, "channels_last"),
    (K.set_epsilon, 1e-5, K.epsilon, 1e-7),
):
    function(value)
    assert read() == value
    function(before)
for function in (K.set_floatx, K.set_image_data_format):
    try:
        function("neither")
    except ValueError:
        continue
    raise AssertionError("a wrong setting is accepted")

try:
    K.is_keras_tensor(np.ones(2))
except ValueError as error:
    assert "numpy.ndarray" in str(error)
else:
    raise AssertionError("an array is taken for a symbolic tensor")
assert K.is_keras_tensor(K.variable(np.ones(2))) is False
assert K.is_keras_tensor(K.placeholder(shape=(2, 4))) is True
assert K.is_keras_tensor(keras.layers.Dense(2)(keras.layers.Input([3]))) is True
last, outputs, _ = K.rnn(lambda x, s: (x + s[0], [x + s[0]]), tf.ones((2, 3, 4)), [tf.zeros((2, 4))])
assert float(last[0, 0]) == 3 and outputs.shape == (2, 3, 4)
