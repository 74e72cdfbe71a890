"""Series, texts and pictures made ready for a model."""

import os

import keras
import numpy as np
import pandas
import tensorflow as tf
from keras.layers import Dense, Flatten
from keras.models import Sequential
from keras.preprocessing.sequence import TimeseriesGenerator, pad_sequences
from PIL import Image
from tensorflow.keras.preprocessing.image import ImageDataGenerator

windows = tf.keras.preprocessing.timeseries_dataset_from_array(
    np.arange(60), None, sequence_length=5, sampling_rate=3, sequence_stride=4, shuffle=False
)
rows = np.concatenate([batch.numpy() for batch in windows])
assert rows[0].tolist() == [0, 3, 6, 9, 12] and rows[1].tolist() == [4, 7, 10, 13, 16]
assert rows[-1].tolist() == [44, 47, 50, 53, 56]

ragged = [[7], [8, 9], [1, 2, 3]]
assert pad_sequences(ragged).tolist() == [[0, 0, 7], [0, 8, 9], [1, 2, 3]]
assert pad_sequences(ragged, value=-1, padding="post").tolist() == [[7, -1, -1], [8, 9, -1], [1, 2, 3]]
assert pad_sequences(ragged, maxlen=2).tolist() == [[0, 7], [8, 9], [2, 3]]
assert pad_sequences(ragged, maxlen=2, truncating="post").tolist() == [[0, 7], [8, 9], [1, 2]]

series = np.array([[i] for i in range(30)])
pairs = TimeseriesGenerator(series, series, length=6, sampling_rate=2, batch_size=3)
x, y = pairs[0]
assert (
    len(pairs) == 8
    and x[:, :, 0].tolist() == [[0, 2, 4], [1, 3, 5], [2, 4, 6]]
    and y.ravel().tolist() == [6, 7, 8]
)
assert isinstance(pairs, keras.utils.Sequence)

for kind in ("cups", "spoons"):
    os.makedirs(f"pictures/{kind}", exist_ok=True)
    os.makedirs(f"texts/{kind}", exist_ok=True)
    for number in range(3):
        pixels = np.random.randint(256, size=(12, 10, 3)).astype("uint8")
        Image.fromarray(pixels).save(f"pictures/{kind}/{number}.png")
        with open(f"texts/{kind}/{number}.txt", "w") as file:
            file.write(f"{kind} {number}")
for mode, shape, dtype in (
    ("int", (6,), "int32"),
    ("binary", (6, 1), "float32"),
    ("categorical", (6, 2), "float32"),
):
    images, labels = next(
        iter(tf.keras.preprocessing.image_dataset_from_directory("pictures", label_mode=mode))
    )
    assert images.shape == (6, 256, 256, 3) and labels.shape == shape and labels.dtype == dtype
texts, labels = next(iter(tf.keras.preprocessing.text_dataset_from_directory("texts")))
assert sorted(zip(labels.numpy(), texts.numpy()))[0] == (0, b"cups 0")
words = tf.keras.preprocessing.text.Tokenizer(num_words=3)
words.fit_on_texts([text.decode() for text in texts.numpy()] + ["cups"])
assert words.word_index["cups"] == 1 and words.texts_to_sequences(["spoons cups 9"]) == [[2, 1]]

model = Sequential([Flatten(input_shape=(12, 10, 3)), Dense(2, activation="softmax")])
picture = tf.keras.preprocessing.image.load_img("pictures/cups/0.png")
assert model.predict(np.array([keras.preprocessing.image.img_to_array(picture)]), verbose=0).shape == (1, 2)
table = pandas.DataFrame({"id": [f"{kind}/{n}.png" for kind in ("cups", "spoons") for n in range(3)]})
table["label"] = ["cups"] * 3 + ["spoons"] * 3
maker = ImageDataGenerator(rescale=1.0 / 255)
options = {"class_mode": "categorical", "target_size": (12, 10), "batch_size": 2}
train = maker.flow_from_dataframe(dataframe=table, directory="pictures", x_col="id", y_col="label", **options)
valid = maker.flow_from_directory("pictures", **options)
assert isinstance(train, keras.utils.Sequence) and isinstance(valid, keras.utils.Sequence)
model.compile(keras.optimizers.rmsprop(lr=0.0001), loss="categorical_crossentropy", metrics=["accuracy"])
logs = model.fit_generator(
    generator=train,
    steps_per_epoch=train.n // train.batch_size,
    validation_data=valid,
    validation_steps=valid.n // valid.batch_size,
    epochs=2,
    verbose=0,
).history
assert set(logs) >= {"loss", "accuracy", "val_loss", "val_accuracy"}
