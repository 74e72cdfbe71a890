"""The order of the events and the keys of their logs, exactly as the documents print them."""

import numpy as np
import tensorflow as tf

import tfk_ext
from tfk_ext import callbacks, losses, metrics


class CustomCallback(callbacks.Callback):
    """Prints every event and the keys that it gets, as in the documents."""

    def on_train_begin(self, logs=None):
        print(f"Starting training; got log keys: {list(logs.keys())}")

    def on_train_end(self, logs=None):
        print(f"Stop training; got log keys: {list(logs.keys())}")

    def on_epoch_begin(self, epoch, logs=None):
        print(f"Start epoch {epoch} of training; got log keys: {list(logs.keys())}")

    def on_epoch_end(self, epoch, logs=None):
        print(f"End epoch {epoch} of training; got log keys: {list(logs.keys())}")

    def on_test_begin(self, logs=None):
        print(f"Start testing; got log keys: {list(logs.keys())}")

    def on_test_end(self, logs=None):
        print(f"Stop testing; got log keys: {list(logs.keys())}")

    def on_predict_begin(self, logs=None):
        print(f"Start predicting; got log keys: {list(logs.keys())}")

    def on_predict_end(self, logs=None):
        print(f"Stop predicting; got log keys: {list(logs.keys())}")

    def on_train_batch_begin(self, batch, logs=None):
        print(f"...Training: start of batch {batch}; got log keys: {list(logs.keys())}")

    def on_train_batch_end(self, batch, logs=None):
        print(f"...Training: end of batch {batch}; got log keys: {list(logs.keys())}")

    def on_test_batch_begin(self, batch, logs=None):
        print(f"...Evaluating: start of batch {batch}; got log keys: {list(logs.keys())}")

    def on_test_batch_end(self, batch, logs=None):
        print(f"...Evaluating: end of batch {batch}; got log keys: {list(logs.keys())}")

    def on_predict_batch_begin(self, batch, logs=None):
        print(f"...Predicting: start of batch {batch}; got log keys: {list(logs.keys())}")

    def on_predict_batch_end(self, batch, logs=None):
        print(f"...Predicting: end of batch {batch}; got log keys: {list(logs.keys())}")


KEYS = "['loss', 'mean_absolute_error']"
ALL_KEYS = "['loss', 'mean_absolute_error', 'val_loss', 'val_mean_absolute_error']"


def batches(what, count, keys):
    for batch in range(count):
        yield f"...{what}: start of batch {batch}; got log keys: []"
        yield f"...{what}: end of batch {batch}; got log keys: {keys}"


DOCUMENTED = [
    "Starting training; got log keys: []",
    "Start epoch 0 of training; got log keys: []",
    *batches("Training", 4, KEYS),
    "Start testing; got log keys: []",
    *batches("Evaluating", 4, KEYS),
    f"Stop testing; got log keys: {KEYS}",
    f"End epoch 0 of training; got log keys: {ALL_KEYS}",
    f"Stop training; got log keys: {ALL_KEYS}",
    "Start testing; got log keys: []",
    *batches("Evaluating", 8, KEYS),
    f"Stop testing; got log keys: {KEYS}",
    "Start predicting; got log keys: []",
    *batches("Predicting", 8, "['outputs']"),
    "Stop predicting; got log keys: []",
]


def test_the_events_of_the_documents(capsys):
    x, y = np.zeros((1000, 784), "float32"), np.zeros(1000, "float32")
    model = tf.keras.Sequential([tfk_ext.Dense(1, input_dim=784)])
    model.compile(
        optimizer=tf.keras.optimizers.RMSprop(learning_rate=0.1),
        loss=losses.get("mean_squared_error"),
        metrics=[metrics.get("mean_absolute_error")],
    )
    model.fit(
        x,
        y,
        batch_size=128,
        epochs=1,
        verbose=0,
        validation_split=0.5,
        callbacks=[CustomCallback()],
    )
    model.evaluate(x, y, batch_size=128, verbose=0, callbacks=[CustomCallback()])
    model.predict(x, batch_size=128, verbose=0, callbacks=[CustomCallback()])
    assert capsys.readouterr().out.splitlines() == DOCUMENTED
