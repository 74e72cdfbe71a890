"""Sequential models and the layers of the core, as an old program writes them."""

import keras
import numpy as np
from keras import backend as K
from keras.engine.input_layer import Input as EngineInput
from keras.layers import *
from keras.models import Sequential

listed = Sequential([Dense(12, input_shape=(30,)), Activation("relu"), Dense(4), Activation("softmax")])
added = Sequential()
added.add(Dense(12, input_dim=30))
added.add(Activation("tanh"))
added.add(Dropout(0.02))
assert (listed.output_shape, added.output_shape) == ((None, 4), (None, 12))
assert (added.layers[0].input_shape, added.layers[0].output_shape) == ((None, 30), (None, 12))

folded = Sequential()
folded.add(Reshape((4, 6), input_shape=(24,)))
folded.add(Reshape((8, 3)))
folded.add(Reshape((-1, 2, 3)))
folded.add(Permute((3, 1, 2)))
assert [layer.output_shape for layer in folded.layers] == [
    (None, 4, 6),
    (None, 8, 3),
    (None, 4, 2, 3),
    (None, 3, 4, 2),
]

repeated = Sequential()
repeated.add(Dense(5, input_dim=7))
repeated.add(RepeatVector(4))
repeated.add(Lambda(lambda v: v**3))
repeated.add(ActivityRegularization(l1=0.1, l2=0.1))
assert repeated.output_shape == (None, 4, 5)
x = np.random.rand(2, 7)
cubes = np.asarray(repeated.layers[0](x)) ** 3
np.testing.assert_allclose(repeated.predict(x, verbose=0), np.repeat(cubes[:, None], 4, 1), rtol=1e-5)

masked = Sequential()
masked.add(Masking(mask_value=0.0, input_shape=(6, 3)))
masked.add(LSTM(5))
series = np.random.rand(2, 6, 3)
series[0, 2] = 0.0
without = np.delete(series[:1], 2, axis=1)
np.testing.assert_allclose(
    masked.predict(series, verbose=0)[0], masked.predict(without, verbose=0)[0], atol=1e-5
)

K.set_image_data_format("channels_first")
flat = Sequential()
flat.add(Convolution2D(8, 3, 3, border_mode="same", input_shape=(2, 10, 10)))
assert flat.output_shape == (None, 8, 10, 10)
flat.add(Flatten())
assert flat.output_shape == (None, 800)
K.set_image_data_format("channels_last")

assert tuple(EngineInput(shape=(3,)).shape) == tuple(keras.engine.input_layer.Input((3,)).shape) == (None, 3)
for layer in (
    keras.layers.core.Dense(units=2, activation=None, use_bias=True, kernel_initializer="glorot_uniform"),
    keras.layers.convolutional.Conv2D(filters=2, kernel_size=3, dilation_rate=(1, 1), data_format=None),
    keras.layers.convolutional.UpSampling2D(size=(2, 2), data_format=None),
    keras.layers.advanced_activations.LeakyReLU(alpha=0.3),
    keras.layers.PReLU(alpha_initializer="zeros", alpha_regularizer=None, shared_axes=None),
    keras.layers.ReLU(max_value=None, negative_slope=0.0, threshold=0.0),
    keras.layers.ThresholdedReLU(theta=1.0),
    keras.layers.AlphaDropout(0.5, noise_shape=None, seed=None),
    keras.layers.MaxPool2D(pool_size=(2, 2), strides=None, padding="valid", data_format=None),
):
    assert layer(np.zeros((2, 6, 6, 2))).shape[0] == 2
