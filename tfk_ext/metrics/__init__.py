"""The documented metrics."""

from tfk_ext.metrics.base import Metric as Metric
from tfk_ext.metrics.confusion import BinaryTruePositives as BinaryTruePositives
