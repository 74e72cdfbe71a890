"""Recurrent layers, a cell of one's own, a stack of them, wrappers around layers."""

import numpy as np
import keras
from keras import backend as K
from keras.layers import *
from keras.models import Model, Sequential


class PlainCell(Layer):
    def __init__(self, width, **kwargs):
        self.width = width
        self.state_size = width
        super(PlainCell, self).__init__(**kwargs)

    def build(self, input_shape):
        self.inward = self.add_weight(
            shape=(input_shape[-1], self.width), initializer="uniform", name="inward"
        )
        self.onward = self.add_weight(shape=(self.width, self.width), initializer="uniform", name="onward")
        self.built = True

    def call(self, inputs, states):
        now = K.dot(inputs, self.inward) + K.dot(states[0], self.onward)
        return now, [now]


sequence = keras.Input((None, 3))
cell = PlainCell(4)
model = Model(inputs=sequence, outputs=RNN(cell)(sequence))
assert model.output_shape == (None, 4) and model.count_params() == 28
x = np.random.rand(2, 5, 3)
state = np.zeros((2, 4))
for step in range(5):
    state = x[:, step] @ K.get_value(cell.inward) + state @ K.get_value(cell.onward)
np.testing.assert_allclose(model.predict(x, verbose=0), state, rtol=1e-4, atol=1e-6)
stacked = RNN([PlainCell(4), PlainCell(6)])(sequence)
assert tuple(stacked.shape) == (None, 6)

simple = SimpleRNN(4, use_bias=False)
model = Model(inputs=sequence, outputs=simple(sequence))
assert model.count_params() == 28 and [w.shape for w in simple.get_weights()] == [(3, 4), (4, 4)]
every = Model(sequence, SimpleRNN(4, return_sequences=True)(sequence)).predict(x, verbose=0)
last, kept = Model(sequence, SimpleRNN(4, return_state=True)(sequence)).predict(x, verbose=0)
assert every.shape == (2, 5, 4) and np.array_equal(last, kept)

both = Sequential()
forth, back = (
    LSTM(3, return_sequences=True),
    LSTM(3, activation="relu", return_sequences=True, go_backwards=True),
)
both.add(Bidirectional(forth, backward_layer=back, input_shape=(5, 3)))
both.add(Dense(4))
both.add(Activation("softmax"))
both.compile(loss="categorical_crossentropy", optimizer="rmsprop")
assert both.output_shape == (None, 5, 4)
both.fit(x, np.eye(4)[np.zeros((2, 5), int)], verbose=0)
try:
    Bidirectional(LSTM(3), merge_mode="neither")
except ValueError:
    pass
else:
    raise AssertionError("a wrong merge_mode is accepted")

timed = Sequential()
timed.add(TimeDistributed(Dense(6), input_shape=(7, 8)))
timed.add(TimeDistributed(Dense(9)))
assert [layer.output_shape for layer in timed.layers] == [(None, 7, 6), (None, 7, 9)]
filmed = Sequential()
filmed.add(TimeDistributed(Conv2D(4, (3, 3)), input_shape=(3, 20, 18, 3)))
assert filmed.output_shape == (None, 3, 18, 16, 4)
names = (
    "units=2 dropout=0.25 recurrent_dropout=0.125 implementation=2 return_sequences=True return_state=True"
)
options = dict(pair.split("=") for pair in names.split())
gated = LSTM(**{name: eval(value) for name, value in options.items()})
assert [tuple(one.shape) for one in gated(np.zeros((1, 3, 2)))] == [(1, 3, 2), (1, 2), (1, 2)]
