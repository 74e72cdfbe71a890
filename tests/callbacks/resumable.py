"""A training that may be killed: ``python -m tests.callbacks.resumable FOLDER [WHERE]``.

WHERE is ``EPOCH:BATCH`` (in the middle of an epoch) or ``EPOCH:end`` (when its last callback is through), and
the process kills itself there with SIGKILL. What is left is in FOLDER; the last line of a run that ends has
the state of the weights and of the optimizer as a hash.
"""

import hashlib
import json
import os
import signal
import sys

import numpy as np
import tensorflow as tf

import tfk_ext
from tfk_ext import callbacks

EPOCHS = 5


class Kill(callbacks.Callback):
    """Kills the process in the middle of its training."""

    def __init__(self, where):
        super().__init__()
        self.epoch, self.batch = where.split(":")
        self.current = None

    def on_epoch_begin(self, epoch, logs=None):
        self.current = epoch

    def on_train_batch_end(self, batch, logs=None):
        if str(self.current) == self.epoch and str(batch) == self.batch:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_epoch_end(self, epoch, logs=None):
        if self.batch == "end" and str(epoch) == self.epoch:
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder, where=None):
    tf.keras.utils.set_random_seed(7)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, 6)).astype("float32")
    y = (x[:, :1] > 0).astype("float32")
    model = tf.keras.Sequential(
        [
            tf.keras.Input((6,)),
            tfk_ext.Dense(8, "relu"),
            tfk_ext.Dropout(0.25, seed=3),
            tfk_ext.Dense(1, "sigmoid"),
        ]
    )
    optimizer = getattr(tfk_ext, "optimizers", tf.keras.optimizers).Adam(0.05)
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
    reduce = callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=1, min_delta=0.05)
    used = [
        reduce,
        callbacks.EarlyStopping("val_loss", patience=50, restore_best_weights=True, start_from_epoch=1),
        callbacks.ModelCheckpoint(
            os.path.join(folder, "best-{epoch}.keras"), "val_accuracy", save_best_only=True, mode="max"
        ),
        callbacks.BackupAndRestore(os.path.join(folder, "backup")),
        callbacks.CSVLogger(os.path.join(folder, "log.csv"), append=True),
        callbacks.TensorBoard(os.path.join(folder, "logs"), profile_batch=0, update_freq="batch"),
    ]
    history = model.fit(
        x,
        y,
        batch_size=4,
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
        validation_data=(x, y),
        callbacks=[*used, Kill(where)] if where else used,
    )
    state = [*model.get_weights(), *(np.asarray(variable) for variable in optimizer.variables)]
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(value).tobytes() for value in state)).hexdigest()
    print(
        json.dumps(
            {"state": digest, "epochs": history.epoch, "history": history.history, "wait": reduce.wait}
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
