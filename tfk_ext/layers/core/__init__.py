"""Core layers."""

from tfk_ext.layers.core.dense import Activation as Activation
from tfk_ext.layers.core.dense import Dense as Dense
from tfk_ext.layers.core.dropout import Dropout as Dropout
from tfk_ext.layers.core.reshaping import Flatten as Flatten
from tfk_ext.layers.core.reshaping import Reshape as Reshape
