"""Convolutional layers, cropping, upsampling and zero padding."""

from tfk_ext.layers.convolutional.conv import Conv1D as Conv1D
from tfk_ext.layers.convolutional.conv import Conv2D as Conv2D
from tfk_ext.layers.convolutional.conv import Conv3D as Conv3D
from tfk_ext.layers.convolutional.transpose import Conv2DTranspose as Conv2DTranspose
from tfk_ext.layers.convolutional.upsampling import UpSampling2D as UpSampling2D

# The classic second names.
Convolution1D = Conv1D
Convolution2D = Conv2D
Convolution3D = Conv3D
Deconvolution2D = Convolution2DTranspose = Conv2DTranspose
