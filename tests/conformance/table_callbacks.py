"""The callbacks, each with the file that tests what it does."""

from tests.conformance.descriptor_training import CallbackRow
from tfk_ext import callbacks

_MODE = ({"mode": "best"}, "mode")

ROWS = [
    CallbackRow(callbacks.EarlyStoppingAtMinLoss, "test_stopping.py", bad=[({"patience": -1}, "patience")]),
    CallbackRow(
        callbacks.EarlyStopping,
        "test_stopping.py",
        bad=[
            _MODE,
            ({"patience": 1.5}, "patience"),
            ({"min_delta": "x"}, "min_delta"),
            ({"monitor": 1}, "monitor"),
        ],
    ),
    CallbackRow(callbacks.TerminateOnNaN, "test_stopping.py"),
    CallbackRow(
        callbacks.LearningRateScheduler,
        "test_learning_rate.py",
        lambda folder: {"schedule": lambda epoch: 0.1},
        bad=[({"schedule": 0.1}, "schedule")],
    ),
    CallbackRow(
        callbacks.ReduceLROnPlateau,
        "test_learning_rate.py",
        lambda folder: {"monitor": "loss"},
        bad=[_MODE, ({"factor": 1.0}, "factor"), ({"cooldown": -1}, "cooldown"), ({"min_lr": -1}, "min_lr")],
    ),
    CallbackRow(
        callbacks.ModelCheckpoint,
        "test_checkpoint.py",
        lambda folder: {"filepath": folder / "model.keras"},
        bad=[
            ({"filepath": "x.keras", "save_freq": 0}, "save_freq"),
            ({"filepath": "x.keras", "save_freq": "batch"}, "save_freq"),
            ({"filepath": "x.keras", "mode": "no"}, "mode"),
            ({"filepath": "x.keras", "save_best_only": 3}, "save_best_only"),
        ],
    ),
    CallbackRow(
        callbacks.BackupAndRestore,
        "test_resume.py",
        lambda folder: {"backup_dir": folder / "backup"},
        bad=[({"backup_dir": ""}, "backup_dir"), ({"backup_dir": "x", "save_freq": -1}, "save_freq")],
    ),
    CallbackRow(
        callbacks.CSVLogger,
        "test_csv_logger.py",
        lambda folder: {"filename": folder / "log.csv"},
        bad=[({"filename": "x", "separator": ""}, "separator"), ({"filename": "x", "append": "y"}, "append")],
    ),
    CallbackRow(
        callbacks.RemoteMonitor,
        "test_remote.py",
        lambda folder: {"root": "http://127.0.0.1:1", "timeout": 0.5},
        bad=[
            ({"root": "localhost:9000"}, "root"),
            ({"headers": "x"}, "headers"),
            ({"timeout": -1}, "timeout"),
        ],
    ),
    CallbackRow(
        callbacks.LambdaCallback,
        "test_printing.py",
        bad=[({"on_epoch_end": 1}, "on_epoch_end"), ({"on_lunch": print}, "on_lunch")],
    ),
    CallbackRow(callbacks.ProgbarLogger, "test_printing.py", bad=[({"count_mode": "batches"}, "count_mode")]),
    CallbackRow(
        callbacks.LossAndErrorPrintingCallback,
        "test_printing.py",
    ),
    CallbackRow(
        callbacks.TensorBoard,
        "test_tensorboard.py",
        lambda folder: {"log_dir": folder / "logs", "profile_batch": 0},
        bad=[
            ({"histogram_freq": -1}, "histogram_freq"),
            ({"update_freq": "step"}, "update_freq"),
            ({"profile_batch": (3, 1)}, "profile_batch"),
            ({"embeddings_metadata": 3}, "embeddings_metadata"),
        ],
    ),
]
