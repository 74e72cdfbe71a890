"""Model files: the one guarded reader, loading, reports, conversion.

A model file is untrusted input. Nothing in this package but :mod:`tfk_ext.saving` opens one.
"""

from tfk_ext.saving.conversion import Conversion as Conversion
from tfk_ext.saving.conversion import convert as convert
from tfk_ext.saving.conversion import convert_folder as convert_folder
from tfk_ext.saving.conversion import summary as summary
from tfk_ext.saving.errors import LoadError as LoadError
from tfk_ext.saving.guard import deserialize_keras_object as deserialize_keras_object
from tfk_ext.saving.limits import Limits as Limits
from tfk_ext.saving.load import load_model as load_model
from tfk_ext.saving.load import load_weights as load_weights
from tfk_ext.saving.load import model_from_config as model_from_config
from tfk_ext.saving.load import model_from_json as model_from_json
from tfk_ext.saving.load import model_from_yaml as model_from_yaml
from tfk_ext.saving.modelfile import ModelFile as ModelFile
from tfk_ext.saving.modelfile import Origin as Origin
from tfk_ext.saving.modelfile import StoredLayer as StoredLayer
from tfk_ext.saving.modelfile import StoredWeight as StoredWeight
from tfk_ext.saving.reader import read_file as read_file
from tfk_ext.saving.report import Report as Report
from tfk_ext.saving.report import inspect as inspect
