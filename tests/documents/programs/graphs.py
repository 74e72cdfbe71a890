"""Several inputs and outputs, shared layers, merging, the ways to train, and what is written to files."""

import keras
import numpy as np
from keras.layers import LSTM, Dense, Dropout, Embedding, Input
from keras.models import Model, Sequential

rng = np.random.default_rng(0)
title = Input(shape=(9,), dtype="int32", name="title")
read = LSTM(6)(Embedding(output_dim=8, input_dim=40, input_length=9)(title))
early = Dense(1, activation="sigmoid", name="early")(read)
hour = Input(shape=(2,), name="hour")
joined = keras.layers.concatenate([read, hour])
late = Dense(1, activation="sigmoid", name="late")(Dense(5, activation="relu")(joined))
model = Model(inputs=[title, hour], outputs=[late, early])
model.compile(
    optimizer="rmsprop",
    loss={"late": "binary_crossentropy", "early": "binary_crossentropy"},
    loss_weights={"late": 1.0, "early": 0.2},
)
y = rng.integers(2, size=(16, 1))
given = {"title": rng.integers(40, size=(16, 9)), "hour": rng.random((16, 2))}
logs = model.fit(given, {"late": y, "early": y}, batch_size=8, verbose=0).history
assert list(logs) == ["loss", "late_loss", "early_loss"]
answers = model.predict([given["title"], given["hour"]], verbose=0)
assert isinstance(answers, list) and [a.shape for a in answers] == [(16, 1), (16, 1)]

one, other = Input(shape=(6, 4)), Input(shape=(6, 4))
reader = LSTM(3)
first, second = reader(one), reader(other)
pair = Model(inputs=[one, other], outputs=Dense(1)(keras.layers.concatenate([first, second], axis=-1)))
assert (
    reader.get_output_at(0) is first and reader.get_output_at(1) is second and pair.output_shape == (None, 1)
)

a, b = keras.layers.Input(shape=(5,)), keras.layers.Input(shape=(7,))
left, right = keras.layers.Dense(4)(a), keras.layers.Dense(4)(b)
for layer, function, width in (
    ("Add", "add", 4),
    ("Subtract", "subtract", 4),
    ("Multiply", "multiply", 4),
    ("Average", "average", 4),
    ("Maximum", "maximum", 4),
    ("Concatenate", "concatenate", 8),
    ("Dot", "dot", 1),
):
    merged = [getattr(keras.layers, layer)()([left, right]), getattr(keras.layers, function)([left, right])]
    assert [tuple(m.shape) for m in merged] == [(None, width)] * 2
    values = Model([a, b], merged).predict([rng.random((3, 5)), rng.random((3, 7))], verbose=0)
    np.testing.assert_allclose(*values, rtol=1e-5)

x, y = rng.random((40, 6)), rng.integers(2, size=(40, 1))
judge = Sequential()
judge.add(Dense(8, input_dim=6, activation="relu"))
judge.add(Dropout(0.5))
judge.add(Dense(1, activation="sigmoid"))
judge.compile(loss="binary_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
history = judge.fit(x, y, epochs=3, batch_size=16, validation_data=[x, y], verbose=0).history
assert list(history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
assert len(judge.evaluate(x, y, batch_size=16, verbose=0)) == 2 == len(judge.train_on_batch(x, y))
assert judge.get_layer(name=judge.layers[0].name, index=2) is judge.layers[2]


def batches():
    while True:
        yield x[:8], y[:8]


judge.fit_generator(
    batches(), steps_per_epoch=2, epochs=2, verbose=0, validation_data=batches(), validation_steps=1
)
assert len(judge.evaluate_generator(batches(), steps=2)) == 2
assert judge.predict_generator(batches(), steps=2).shape == (16, 1)

judge.save("judge.h5")
judge.save_weights("weights.h5")
copies = [
    keras.models.load_model("judge.h5"),
    keras.models.model_from_json(judge.to_json()),
    keras.models.model_from_yaml(judge.to_yaml()),
]
for copy in copies:
    copy.load_weights("weights.h5")
    np.testing.assert_allclose(copy.predict(x, verbose=0), judge.predict(x, verbose=0), rtol=1e-5)

stored = rng.random((4, 5))
embedding = Embedding(4, 5, weights=[stored], input_length=12, trainable=False)
text = Input(shape=(12,), dtype="int32")
seen = keras.layers.MaxPooling1D(3)(keras.layers.Conv1D(6, 4, activation="relu")(embedding(text)))
news = Model(text, Dense(3, activation="softmax")(keras.layers.Flatten()(seen)))
news.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["acc"])
ids, topics = rng.integers(4, size=(10, 12)), np.eye(3)[rng.integers(3, size=10)]
assert set(news.fit(ids, topics, validation_data=(ids, topics), nb_epoch=2, verbose=0).history) == {
    "loss",
    "acc",
    "val_loss",
    "val_acc",
}
np.testing.assert_allclose(embedding.get_weights()[0], stored, rtol=1e-6)
