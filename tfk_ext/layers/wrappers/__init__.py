"""The wrappers: layers around a layer."""

from tfk_ext.layers.wrappers.bidirectional import Bidirectional as Bidirectional
from tfk_ext.layers.wrappers.time_distributed import TimeDistributed as TimeDistributed
