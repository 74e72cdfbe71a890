"""The layers, a room for each module of the documents; every layer is in ``tfk_ext`` as well."""

from tfk_ext.layers.advanced_activations import LeakyReLU as LeakyReLU
from tfk_ext.layers.advanced_activations import ReLU as ReLU
from tfk_ext.layers.core import Activation as Activation
from tfk_ext.layers.core import Dense as Dense
from tfk_ext.layers.core import Dropout as Dropout
from tfk_ext.layers.core import Flatten as Flatten
from tfk_ext.layers.core import Reshape as Reshape
from tfk_ext.layers.local import LocallyConnected1D as LocallyConnected1D
from tfk_ext.layers.local import LocallyConnected2D as LocallyConnected2D
from tfk_ext.layers.normalization import BatchNormalization as BatchNormalization
