"""The layers, a room for each module of the documents; every layer is in ``tfk_ext`` as well."""

from tfk_ext.layers.core import Activation as Activation
from tfk_ext.layers.core import Dense as Dense
from tfk_ext.layers.core import Flatten as Flatten
