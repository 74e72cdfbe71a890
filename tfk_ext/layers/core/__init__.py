"""Core layers."""

from tfk_ext.layers.core.dense import Activation as Activation
from tfk_ext.layers.core.dense import Dense as Dense
from tfk_ext.layers.core.dropout import Dropout as Dropout
from tfk_ext.layers.core.dropout import SpatialDropout1D as SpatialDropout1D
from tfk_ext.layers.core.dropout import SpatialDropout2D as SpatialDropout2D
from tfk_ext.layers.core.dropout import SpatialDropout3D as SpatialDropout3D
from tfk_ext.layers.core.inputs import Input as Input
from tfk_ext.layers.core.lambda_layer import Lambda as Lambda
from tfk_ext.layers.core.masking import ActivityRegularization as ActivityRegularization
from tfk_ext.layers.core.masking import Masking as Masking
from tfk_ext.layers.core.reshaping import Flatten as Flatten
from tfk_ext.layers.core.reshaping import Permute as Permute
from tfk_ext.layers.core.reshaping import RepeatVector as RepeatVector
from tfk_ext.layers.core.reshaping import Reshape as Reshape
