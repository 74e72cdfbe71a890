"""Sequences: padding, windows of time series, pairs of words."""

from tfk_ext.preprocessing.sequence.generator import TimeseriesGenerator as TimeseriesGenerator
from tfk_ext.preprocessing.sequence.generator import (
    timeseries_generator_from_json as timeseries_generator_from_json,
)
from tfk_ext.preprocessing.sequence.padding import pad_sequences as pad_sequences
from tfk_ext.preprocessing.sequence.skipgrams import make_sampling_table as make_sampling_table
from tfk_ext.preprocessing.sequence.skipgrams import skipgrams as skipgrams
