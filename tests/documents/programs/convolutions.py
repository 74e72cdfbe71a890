"""Convolutions, their transposes, locally connected layers, and the table of a model."""

import numpy as np
from keras import layers
from keras.models import Model, Sequential

steps = layers.Input((12, 4))
lines = []
for padding, length in (("valid", 8), ("same", 12), ("causal", 12)):
    out = layers.Conv1D(filters=3, kernel_size=5, use_bias=False, padding=padding)(steps)
    model = Model(inputs=steps, outputs=out)
    assert model.output_shape == (None, length, 3) and model.count_params() == 60
    model.summary(print_fn=lines.append)
text = " ".join(" ".join(lines).split())
for piece in (
    "Layer (type) Output Shape Param #",
    "(InputLayer) (None, 12, 4) 0",
    "(Conv1D) (None, 8, 3) 60",
):
    assert piece in text, text

separable = Model(
    steps, layers.SeparableConv1D(filters=3, kernel_size=5, use_bias=False, depth_multiplier=2)(steps)
)
assert [w.shape for w in separable.get_weights()] == [(5, 4, 2), (1, 8, 3)]
assert separable.predict(np.ones((1, 12, 4)), verbose=0).shape == (1, 8, 3)

judge = Sequential()
judge.add(
    layers.Conv2D(
        8, 5, strides=2, input_shape=(20, 20, 1), padding="same", activation=layers.LeakyReLU(alpha=0.2)
    )
)
judge.add(layers.Conv2D(16, 5, strides=2, input_shape=(20, 20, 1), padding="same"))
judge.add(layers.Conv2D(24, 5, strides=1, padding="same"))
assert [layer.output_shape[1:] for layer in judge.layers] == [(10, 10, 8), (5, 5, 16), (5, 5, 24)]


class Forger:
    def network(self):
        self.g = Sequential()
        self.g.add(layers.Dense(4 * 4 * 16, input_dim=10))
        self.g.add(layers.BatchNormalization(momentum=0.9))
        self.g.add(layers.Activation("relu"))
        self.g.add(layers.Reshape((4, 4, 16)))
        self.g.add(layers.UpSampling2D())
        self.g.add(layers.Conv2DTranspose(int(16 / 2), 5, padding="same"))
        self.g.add(layers.UpSampling2D())
        self.g.add(layers.Conv2DTranspose(1, 5, padding="same"))
        self.g.add(layers.Activation("sigmoid"))
        self.g.summary(print_fn=lines.append)
        return self.g


pictures = Forger().network().predict(np.random.rand(2, 10), verbose=0)
assert pictures.shape == (2, 16, 16, 1) and 0 <= pictures.min() and pictures.max() <= 1

local = Sequential()
local.add(layers.LocallyConnected1D(6, 3, input_shape=(9, 4)))
local.add(layers.LocallyConnected1D(5, 3))
assert [layer.output_shape for layer in local.layers] == [(None, 7, 6), (None, 5, 5)]
plane = Sequential()
plane.add(layers.LocallyConnected2D(6, (3, 3), input_shape=(8, 9, 2)))
plane.add(layers.LocallyConnected2D(5, (3, 3)))
assert [layer.output_shape for layer in plane.layers] == [(None, 6, 7, 6), (None, 4, 5, 5)]

words = np.array([[[0.7, -0.2], [0.8, -0.3], [0.2, -0.1]]])
largest = layers.MaxPooling1D(pool_size=2, strides=1)(words)
np.testing.assert_allclose(largest, [[[0.8, -0.2], [0.8, -0.1]]])
