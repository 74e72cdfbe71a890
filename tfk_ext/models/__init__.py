"""Models: ``Sequential``, ``Model`` and its functional form with the documented methods; reading of files."""

from tfk_ext.layers.core.inputs import Input as Input
from tfk_ext.models.functional import Functional as Functional
from tfk_ext.models.model import Model as Model
from tfk_ext.models.reading import load_model as load_model
from tfk_ext.models.reading import model_from_config as model_from_config
from tfk_ext.models.reading import model_from_json as model_from_json
from tfk_ext.models.reading import model_from_yaml as model_from_yaml
from tfk_ext.models.sequential import Sequential as Sequential
