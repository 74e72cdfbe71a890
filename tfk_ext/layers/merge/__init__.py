"""Layers that merge a list of inputs, and a function for each."""

from tfk_ext.layers.merge.concatenation import Concatenate as Concatenate
from tfk_ext.layers.merge.concatenation import concatenate as concatenate
from tfk_ext.layers.merge.dot_product import Dot as Dot
from tfk_ext.layers.merge.dot_product import dot as dot
from tfk_ext.layers.merge.elementwise import Add as Add
from tfk_ext.layers.merge.elementwise import Average as Average
from tfk_ext.layers.merge.elementwise import Maximum as Maximum
from tfk_ext.layers.merge.elementwise import Minimum as Minimum
from tfk_ext.layers.merge.elementwise import Multiply as Multiply
from tfk_ext.layers.merge.elementwise import Subtract as Subtract
from tfk_ext.layers.merge.elementwise import add as add
from tfk_ext.layers.merge.elementwise import average as average
from tfk_ext.layers.merge.elementwise import maximum as maximum
from tfk_ext.layers.merge.elementwise import minimum as minimum
from tfk_ext.layers.merge.elementwise import multiply as multiply
from tfk_ext.layers.merge.elementwise import subtract as subtract
