"""Pure functions on tensors: the mathematics of the layers, without state or configuration.

A layer imports the module that it needs: ``from tfk_ext.ops import convolution``.
"""
