"""The mathematics of the recurrent layers: the scan over time, and the steps of the documented cells."""

from tfk_ext.ops.recurrent import rules as rules
from tfk_ext.ops.recurrent.bptt import recurrence as recurrence
from tfk_ext.ops.recurrent.cudnn import from_cudnn as from_cudnn
from tfk_ext.ops.recurrent.foreign import foreign as foreign
from tfk_ext.ops.recurrent.rows import independent as independent
from tfk_ext.ops.recurrent.scan import scan as scan
