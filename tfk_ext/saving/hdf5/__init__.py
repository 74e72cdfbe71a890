"""A reader of HDF5 files in Python, for files that nobody vouches for.

The HDF5 library is written in C and made for files of one's own: a damaged one can crash it, and a hostile
one can make it open other files. This reader knows the parts of the format that model files use, checks
each number before it is believed, follows nothing that leads out of the file, and raises
:class:`~tfk_ext.saving.LoadError` on everything else. It reads no slower than the library, since most of a
model file is plain arrays.

Source: "HDF5 File Format Specification Version 3.0", The HDF Group.
"""

from tfk_ext.saving.hdf5.arrays import Array as Array
from tfk_ext.saving.hdf5.tree import Group as Group
from tfk_ext.saving.hdf5.tree import open_hdf5 as open_hdf5
