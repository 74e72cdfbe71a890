"""Model files: the one guarded reader, loading, reports, conversion.

A model file is untrusted input. Nothing in this package but :mod:`tfk_ext.saving` opens one.
"""

from tfk_ext.saving.errors import LoadError as LoadError
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
