"""Callbacks: the order of their events and what the logs hold, files they write, learning rates."""

import os

import keras
import numpy as np
import tensorflow as tf

seen = []


def recorder(name):
    def method(self, *args, logs=None):
        *where, logs = args if logs is None else (*args, logs)
        seen.append((name, *where, list(logs)))

    return method


names = [f"on_{mode}_{when}" for mode in ("train", "test", "predict") for when in ("begin", "end")]
names += [f"on_{mode}_batch_{when}" for mode in ("train", "test", "predict") for when in ("begin", "end")]
Recorder = type(
    "Recorder",
    (keras.callbacks.Callback,),
    {n: recorder(n) for n in [*names, "on_epoch_begin", "on_epoch_end"]},
)


def line():
    model = keras.Sequential()
    model.add(keras.layers.Dense(1, input_dim=3))
    model.compile(
        optimizer=keras.optimizers.RMSprop(learning_rate=0.1),
        loss="mean_squared_error",
        metrics=["mean_absolute_error"],
    )
    return model


x, y = np.random.rand(12, 3), np.random.rand(12)
model = line()
model.fit(x, y, batch_size=4, epochs=1, verbose=0, validation_split=0.5, callbacks=[Recorder()])
keys = ["loss", "mean_absolute_error"]
whole = [*keys, "val_loss", "val_mean_absolute_error"]


def steps(mode, count, logs):
    for batch in range(count):
        yield (f"on_{mode}_batch_begin", batch, [])
        yield (f"on_{mode}_batch_end", batch, logs)


assert seen == [
    ("on_train_begin", []),
    ("on_epoch_begin", 0, []),
    *steps("train", 2, keys),
    ("on_test_begin", []),
    *steps("test", 2, keys),
    ("on_test_end", keys),
    ("on_epoch_end", 0, whole),
    ("on_train_end", whole),
], seen
seen.clear()
model.predict(x, batch_size=4, verbose=0, callbacks=[Recorder()])
assert seen == [("on_predict_begin", []), *steps("predict", 3, ["outputs"]), ("on_predict_end", [])]

listed = [
    tf.keras.callbacks.EarlyStopping(patience=2),
    tf.keras.callbacks.ModelCheckpoint(filepath="kept.{epoch:02d}-{val_loss:.2f}.h5"),
    tf.keras.callbacks.TensorBoard(log_dir="./logs"),
    tf.keras.callbacks.CSVLogger("training.log"),
]
model.fit(x, y, epochs=2, callbacks=listed, validation_split=0.25, verbose=0)
kept = sorted(name for name in os.listdir(".") if name.startswith("kept."))
assert [name[:8] for name in kept] == ["kept.01-", "kept.02-"] and os.listdir("logs")
keras.models.load_model(kept[-1])
assert open("training.log").read().startswith("epoch,loss")

best = tf.keras.callbacks.ModelCheckpoint(
    filepath="best", save_weights_only=True, monitor="val_loss", mode="min", save_best_only=True
)
model.fit(x, y, validation_data=(x, y), epochs=2, callbacks=[best], verbose=0)
model.load_weights("best")


def slower(epoch, lr):
    if epoch < 2:
        return lr
    return lr * tf.math.exp(-0.1)


model = tf.keras.models.Sequential([tf.keras.layers.Dense(4)])
model.compile(tf.keras.optimizers.SGD(), loss="mse")
schedule = tf.keras.callbacks.LearningRateScheduler(slower)
history = model.fit(x, y, epochs=5, callbacks=[schedule], verbose=0)
assert abs(float(keras.backend.get_value(model.optimizer.lr)) - 0.01 * np.exp(-0.3)) < 1e-6
assert len(history.history["lr"]) == 5

numbers = []
counting = tf.keras.callbacks.LambdaCallback(on_batch_begin=lambda batch, logs: numbers.append(batch))
plateau = tf.keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.2, patience=5, min_lr=0.001)
model.fit(x, y, batch_size=4, verbose=0, callbacks=[counting, plateau, tf.keras.callbacks.TerminateOnNaN()])
assert numbers == [0, 1, 2]
