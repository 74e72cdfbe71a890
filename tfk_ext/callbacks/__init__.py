"""The documented callbacks: what happens beside the training."""

import tensorflow as _tf

from tfk_ext.callbacks.checkpoint import BackupAndRestore as BackupAndRestore
from tfk_ext.callbacks.checkpoint import ModelCheckpoint as ModelCheckpoint
from tfk_ext.callbacks.csv_logger import CSVLogger as CSVLogger
from tfk_ext.callbacks.learning_rate import LearningRateScheduler as LearningRateScheduler
from tfk_ext.callbacks.learning_rate import ReduceLROnPlateau as ReduceLROnPlateau
from tfk_ext.callbacks.printing import LambdaCallback as LambdaCallback
from tfk_ext.callbacks.printing import LossAndErrorPrintingCallback as LossAndErrorPrintingCallback
from tfk_ext.callbacks.printing import ProgbarLogger as ProgbarLogger
from tfk_ext.callbacks.remote import RemoteMonitor as RemoteMonitor
from tfk_ext.callbacks.stopping import EarlyStopping as EarlyStopping
from tfk_ext.callbacks.stopping import EarlyStoppingAtMinLoss as EarlyStoppingAtMinLoss
from tfk_ext.callbacks.stopping import TerminateOnNaN as TerminateOnNaN
from tfk_ext.callbacks.tensorboard import TensorBoard as TensorBoard

# The base class and the list are what `fit` itself deals with, and so is the history that it returns.
Callback = _tf.keras.callbacks.Callback
CallbackList = _tf.keras.callbacks.CallbackList
History = _tf.keras.callbacks.History
