"""Stored arrays of every era as the weights of today's layers."""

from tfk_ext.saving.weights.translate import Assign as Assign
from tfk_ext.saving.weights.translate import Mismatch as Mismatch
from tfk_ext.saving.weights.translate import assign as assign
from tfk_ext.saving.weights.translate import trained as trained
from tfk_ext.saving.weights.translate import translate as translate
