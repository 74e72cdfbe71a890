"""The recurrent layers and their cells."""

from tfk_ext.layers.recurrent.base import RNN as RNN
from tfk_ext.layers.recurrent.minimal import MinimalRNNCell as MinimalRNNCell
from tfk_ext.layers.recurrent.stacked import StackedRNNCells as StackedRNNCells
