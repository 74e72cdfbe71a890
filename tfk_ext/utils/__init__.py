"""Utilities: custom objects, labels, files, drawings of models (``keras.utils``).

The modules have the documented names: ``np_utils``, ``generic_utils``, ``data_utils``, ``vis_utils``,
``layer_utils``, ``io_utils``, ``conv_utils``, ``multi_gpu_utils``.
"""

import tensorflow as _tf

from tfk_ext.utils import conv_utils as conv_utils
from tfk_ext.utils import data_utils as data_utils
from tfk_ext.utils import generic_utils as generic_utils
from tfk_ext.utils import io_utils as io_utils
from tfk_ext.utils import layer_utils as layer_utils
from tfk_ext.utils import multi_gpu_utils as multi_gpu_utils
from tfk_ext.utils import np_utils as np_utils
from tfk_ext.utils import vis_utils as vis_utils
from tfk_ext.utils.conv_utils import convert_kernel as convert_kernel
from tfk_ext.utils.files import get_file as get_file
from tfk_ext.utils.files import validate_file as validate_file
from tfk_ext.utils.generic_utils import CustomObjectScope as CustomObjectScope
from tfk_ext.utils.generic_utils import Progbar as Progbar
from tfk_ext.utils.generic_utils import custom_object_scope as custom_object_scope
from tfk_ext.utils.generic_utils import deserialize_keras_object as deserialize_keras_object
from tfk_ext.utils.generic_utils import get_custom_objects as get_custom_objects
from tfk_ext.utils.generic_utils import get_registered_name as get_registered_name
from tfk_ext.utils.generic_utils import get_registered_object as get_registered_object
from tfk_ext.utils.generic_utils import register_keras_serializable as register_keras_serializable
from tfk_ext.utils.generic_utils import serialize_keras_object as serialize_keras_object
from tfk_ext.utils.io_utils import HDF5Matrix as HDF5Matrix
from tfk_ext.utils.layer_utils import convert_all_kernels_in_model as convert_all_kernels_in_model
from tfk_ext.utils.layer_utils import get_source_inputs as get_source_inputs
from tfk_ext.utils.layer_utils import print_summary as print_summary
from tfk_ext.utils.multi_gpu_utils import multi_gpu_model as multi_gpu_model
from tfk_ext.utils.np_utils import normalize as normalize
from tfk_ext.utils.np_utils import to_categorical as to_categorical
from tfk_ext.utils.np_utils import to_ordinal as to_ordinal
from tfk_ext.utils.sequences import GeneratorEnqueuer as GeneratorEnqueuer
from tfk_ext.utils.sequences import OrderedEnqueuer as OrderedEnqueuer
from tfk_ext.utils.sequences import Sequence as Sequence
from tfk_ext.utils.sequences import SequenceEnqueuer as SequenceEnqueuer
from tfk_ext.utils.vis_utils import model_to_dot as model_to_dot
from tfk_ext.utils.vis_utils import plot_model as plot_model

clear_session = _tf.keras.utils.clear_session
set_random_seed = _tf.keras.utils.set_random_seed
pack_x_y_sample_weight = _tf.keras.utils.pack_x_y_sample_weight
unpack_x_y_sample_weight = _tf.keras.utils.unpack_x_y_sample_weight
split_dataset = _tf.keras.utils.split_dataset
disable_interactive_logging = _tf.keras.utils.disable_interactive_logging
enable_interactive_logging = _tf.keras.utils.enable_interactive_logging
is_interactive_logging_enabled = _tf.keras.utils.is_interactive_logging_enabled
