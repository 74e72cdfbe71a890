"""The log of the training as a CSV file."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from tfk_ext import checks
from tfk_ext.callbacks.files import replace_text
from tfk_ext.compat.spellings.calls import accept_old_spellings


@accept_old_spellings
class CSVLogger(tf.keras.callbacks.Callback):
    """Write the logs of each epoch as a line of a CSV file: ``epoch`` first, then the keys in their order.

    With ``append`` a file that is there is continued, under its own header. A last line that a crash cut off
    is removed, and so are lines of epochs that are run again because the training resumes before them. A key
    that appears for the first time gets a column; where a key has no value stands ``NA``.

    Args:
        filename: the file; its folder is made if need be.
        separator: what stands between the columns.
        append: whether a file that is there is continued; else it is overwritten.

    Raises:
        ValueError: ``separator`` is not one character, ``append`` neither true nor false.

    Example:
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "training.log")
        >>> model = tf.keras.Sequential([tf.keras.Input((1,)), tfk_ext.Dense(1)])
        >>> model.compile(tf.keras.optimizers.SGD(0.0), "mse", metrics=["mae"])
        >>> log = tfk_ext.callbacks.CSVLogger(path)
        >>> history = model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=2, verbose=0, callbacks=[log])
        >>> [line.split(",")[0] for line in open(path)]
        ['epoch', '0', '1']

    Source: the classic documents, ``keras.callbacks.CSVLogger``.
    """

    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename = os.fspath(filename)
        if not isinstance(separator, str) or len(separator) != 1:
            checks.fail(self, f"separator must be one character, got {separator!r}.")
        self.sep = separator
        self.append = checks.boolean(self, "append", append)
        self.keys = None
        self._file = None
        self._begun = False

    def on_train_begin(self, logs=None):
        self._close()
        self.keys = None
        self._begun = False
        os.makedirs(os.path.dirname(os.path.abspath(self.filename)), exist_ok=True)
        if not self.append:
            # Emptied at once, as documented, and not after the first epoch.
            with open(self.filename, "w", encoding="utf-8"):
                pass

    def on_epoch_begin(self, epoch, logs=None):
        if not self._begun:
            self._begun = True
            if self.append:
                self._continue(epoch)

    def _continue(self, epoch):
        """Bring the file into the state it had when this epoch began."""
        rows = self._read(epoch)
        if not rows:
            return
        self.keys = rows[0][1:]
        kept = rows[1:]
        # Only a training that starts later than 0 goes on; one that starts at 0 is another one.
        while epoch > 0 and kept and _number(kept[-1][0]) is not None and _number(kept[-1][0]) >= epoch:
            kept.pop()
        self._rewrite(rows[0], kept)

    def _read(self, epoch=0):
        """Return the lines of the file as lists: those that end with a line break, and a last one without if
        it is whole and of an epoch before this one.
        """
        try:
            with open(self.filename, encoding="utf-8", newline="") as file:
                text = file.read()
        except FileNotFoundError:
            return []
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=self.sep) if row]
        if rows and not text.endswith("\n"):
            number = _number(rows[-1][0])
            if len(rows[-1]) != len(rows[0]) or number is None or number >= epoch:
                rows.pop()
        return rows

    def _rewrite(self, header, rows):
        text = "".join(self._line(row) for row in [header, *rows])
        replace_text(self.filename, text)

    def _line(self, row):
        buffer = io.StringIO(newline="")
        csv.writer(buffer, delimiter=self.sep).writerow(row)
        return buffer.getvalue()

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        new = [key for key in sorted(logs) if key not in (self.keys or [])]
        if self.keys is None:
            self.keys = new
            self._write(["epoch", *self.keys])
        elif new:
            rows = self._read()
            self.keys = [*self.keys, *new]
            self._close()
            self._rewrite(["epoch", *self.keys], [[*row, *["NA"] * len(new)] for row in rows[1:]])
        self._write([epoch, *(_cell(logs.get(key, "NA")) for key in self.keys)])

    def _write(self, row):
        if self._file is None:
            self._file = open(self.filename, "a", encoding="utf-8", newline="")  # noqa: SIM115
        self._file.write(self._line(row))
        self._file.flush()
        os.fsync(self._file.fileno())

    def on_train_end(self, logs=None):
        self._close()

    def _close(self):
        if self._file is not None:
            self._file.close()
            self._file = None


def _number(text):
    try:
        return int(text)
    except ValueError:
        return None


def _cell(value):
    """Return what stands in a cell: arrays and lists as ``"[1, 2]"``."""
    if isinstance(value, str):
        return value
    if hasattr(value, "numpy"):
        value = value.numpy()
    if isinstance(value, Iterable) and not (isinstance(value, np.ndarray) and value.ndim == 0):
        return f'"[{", ".join(map(str, value))}]"'
    return value
