"""tfk_ext: the classic Keras catalogue on today's TensorFlow.

Importing the package registers every component, so that ``tf.keras.models.load_model`` finds them.
"""

from tfk_ext.cli import asks_for_help as _asks_for_help

if _asks_for_help():
    from tfk_ext.cli import main as _main

    raise SystemExit(_main())

import tensorflow as _tf  # noqa: E402

if not hasattr(_tf.keras, "KerasTensor"):
    raise ImportError(
        "tfk_ext needs Keras 3, but tf.keras is Keras 2: unset TF_USE_LEGACY_KERAS before importing it."
    )

from tfk_ext import activations as activations  # noqa: E402
from tfk_ext import backend as backend  # noqa: E402
from tfk_ext import callbacks as callbacks  # noqa: E402
from tfk_ext import compat as compat  # noqa: E402
from tfk_ext import constraints as constraints  # noqa: E402
from tfk_ext import datasets as datasets  # noqa: E402
from tfk_ext import initializers as initializers  # noqa: E402
from tfk_ext import layers as layers  # noqa: E402
from tfk_ext import losses as losses  # noqa: E402
from tfk_ext import metrics as metrics  # noqa: E402
from tfk_ext import models as models  # noqa: E402
from tfk_ext import optimizers as optimizers  # noqa: E402
from tfk_ext import preprocessing as preprocessing  # noqa: E402
from tfk_ext import regularizers as regularizers  # noqa: E402
from tfk_ext import saving as saving  # noqa: E402
from tfk_ext import utils as utils  # noqa: E402
from tfk_ext.callbacks import EarlyStoppingAtMinLoss as EarlyStoppingAtMinLoss  # noqa: E402
from tfk_ext.callbacks import LossAndErrorPrintingCallback as LossAndErrorPrintingCallback  # noqa: E402
from tfk_ext.compat import modules as _modules  # noqa: E402
from tfk_ext.layers import *  # noqa: E402, F403
from tfk_ext.metrics import BinaryTruePositives as BinaryTruePositives  # noqa: E402
from tfk_ext.models import Model as Model  # noqa: E402
from tfk_ext.models import Sequential as Sequential  # noqa: E402
from tfk_ext.registration import custom_objects as custom_objects  # noqa: E402

__version__ = "0.1.0"

_modules.serve()
