"""Files and batches (``keras.utils.data_utils``)."""

from tfk_ext.utils.files import get_file as get_file
from tfk_ext.utils.files import validate_file as validate_file
from tfk_ext.utils.sequences import GeneratorEnqueuer as GeneratorEnqueuer
from tfk_ext.utils.sequences import OrderedEnqueuer as OrderedEnqueuer
from tfk_ext.utils.sequences import Sequence as Sequence
from tfk_ext.utils.sequences import SequenceEnqueuer as SequenceEnqueuer
from tfk_ext.utils.sequences import iter_sequence_infinite as iter_sequence_infinite
