"""Layers that only old model files use: of Keras 1 alone, or ways in which old versions computed."""

from tfk_ext.layers.legacy import functions as functions
from tfk_ext.layers.legacy.activations import ParametricSoftplus as ParametricSoftplus
from tfk_ext.layers.legacy.activations import SReLU as SReLU
from tfk_ext.layers.legacy.dense import Highway as Highway
from tfk_ext.layers.legacy.dense import MaxoutDense as MaxoutDense
from tfk_ext.layers.legacy.merge import Cosine as Cosine
from tfk_ext.layers.legacy.normalization import StatelessNormalization as StatelessNormalization
from tfk_ext.layers.legacy.operation import TensorFlowOperation as TensorFlowOperation
from tfk_ext.layers.legacy.pooling import PaddedPooling2D as PaddedPooling2D
from tfk_ext.layers.legacy.residual import CustomScaleLayer as CustomScaleLayer
from tfk_ext.layers.legacy.residual import LayerScale as LayerScale
from tfk_ext.layers.legacy.residual import StochasticDepth as StochasticDepth
