"""The mathematics of the recurrent layers: the scan over time, and the steps of the documented cells."""

from tfk_ext.ops.recurrent.scan import scan as scan
