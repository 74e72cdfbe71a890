"""The documented callbacks: what happens beside the training."""

from tfk_ext.callbacks.printing import LossAndErrorPrintingCallback as LossAndErrorPrintingCallback
from tfk_ext.callbacks.stopping import EarlyStoppingAtMinLoss as EarlyStoppingAtMinLoss
