"""Convolutional layers, cropping, upsampling and zero padding."""

from tfk_ext.layers.convolutional.conv import Conv1D as Conv1D
from tfk_ext.layers.convolutional.conv import Conv2D as Conv2D
from tfk_ext.layers.convolutional.conv import Conv3D as Conv3D
from tfk_ext.layers.convolutional.cropping import Cropping1D as Cropping1D
from tfk_ext.layers.convolutional.cropping import Cropping2D as Cropping2D
from tfk_ext.layers.convolutional.cropping import Cropping3D as Cropping3D
from tfk_ext.layers.convolutional.depthwise import DepthwiseConv1D as DepthwiseConv1D
from tfk_ext.layers.convolutional.depthwise import DepthwiseConv2D as DepthwiseConv2D
from tfk_ext.layers.convolutional.separable import SeparableConv1D as SeparableConv1D
from tfk_ext.layers.convolutional.separable import SeparableConv2D as SeparableConv2D
from tfk_ext.layers.convolutional.transpose import Conv1DTranspose as Conv1DTranspose
from tfk_ext.layers.convolutional.transpose import Conv2DTranspose as Conv2DTranspose
from tfk_ext.layers.convolutional.transpose import Conv3DTranspose as Conv3DTranspose
from tfk_ext.layers.convolutional.upsampling import UpSampling1D as UpSampling1D
from tfk_ext.layers.convolutional.upsampling import UpSampling2D as UpSampling2D
from tfk_ext.layers.convolutional.upsampling import UpSampling3D as UpSampling3D
from tfk_ext.layers.convolutional.zero_padding import ZeroPadding1D as ZeroPadding1D
from tfk_ext.layers.convolutional.zero_padding import ZeroPadding2D as ZeroPadding2D
from tfk_ext.layers.convolutional.zero_padding import ZeroPadding3D as ZeroPadding3D

# The classic second names.
Convolution1D = Conv1D
Convolution2D = Conv2D
Convolution3D = Conv3D
Convolution1DTranspose = Conv1DTranspose
Convolution2DTranspose = Deconvolution2D = Conv2DTranspose
Convolution3DTranspose = Deconvolution3D = Conv3DTranspose
DepthwiseConvolution1D = DepthwiseConv1D
DepthwiseConvolution2D = DepthwiseConv2D
SeparableConvolution1D = SeparableConv1D
SeparableConvolution2D = SeparableConv2D
