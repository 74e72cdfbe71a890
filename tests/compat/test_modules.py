"""Documented module paths and the names of typical programs resolve under the package."""

import importlib
import pathlib
import re
import types

import pytest
import tensorflow as tf

import tfk_ext
from tfk_ext.compat import OldSpellingError, modules

# What programs of Keras 1 and 2 import, beside the documents: the module, and names that must be there.
PROGRAMS = """
layers: Layer Dense RNN Input InputSpec InputLayer Embedding LSTM merge Merge Convolution2D MaxPool2D
layers: Deconvolution2D
layers: AtrousConvolution2D MaxoutDense Highway add concatenate MultiHeadAttention LayerNormalization
layers: CuDNNLSTM
layers.core: Dense Dropout Activation Flatten Lambda Masking Reshape RepeatVector Permute SpatialDropout1D
layers.core: Merge Layer
layers.convolutional: Conv1D Conv2D Convolution1D Convolution2D MaxPooling2D UpSampling2D ZeroPadding2D
layers.convolutional: Cropping2D
layers.pooling: MaxPooling1D MaxPooling2D AveragePooling2D GlobalAveragePooling1D
layers.local: LocallyConnected1D LocallyConnected2D
layers.recurrent: LSTM GRU SimpleRNN RNN LSTMCell StackedRNNCells
layers.convolutional_recurrent: ConvLSTM2D ConvLSTM2DCell
layers.cudnn_recurrent: CuDNNLSTM CuDNNGRU
layers.advanced_activations: LeakyReLU PReLU ELU ThresholdedReLU SReLU
layers.embeddings: Embedding
layers.merge: Add add Concatenate concatenate dot
layers.noise: GaussianNoise GaussianDropout AlphaDropout
layers.normalization: BatchNormalization
layers.wrappers: TimeDistributed Bidirectional Wrapper
layers.experimental.preprocessing: Rescaling RandomFlip
engine: Layer InputSpec Input Model
engine.input_layer: Input InputLayer
engine.base_layer: Layer InputSpec
engine.topology: Layer Input InputSpec Container merge Merge
engine.training: Model
engine.sequential: Sequential
engine.network: Network
models: Sequential Model load_model model_from_json model_from_yaml
initializers: RandomNormal TruncatedNormal VarianceScaling glorot_uniform he_normal lecun_uniform normal
initializers: zero get
initializations: normal uniform glorot_uniform he_normal orthogonal identity zero one get
regularizers: Regularizer l1 l2 l1_l2 l1l2 activity_l2 L1L2 WeightRegularizer get
constraints: Constraint MaxNorm max_norm maxnorm NonNeg nonneg unitnorm min_max_norm get
activations: relu softmax get serialize
objectives: categorical_crossentropy mse
losses: mean_squared_error MeanSquaredError
metrics: categorical_accuracy AUC
optimizers: SGD RMSprop Adam Adagrad Adadelta Adamax Nadam sgd adam rmsprop get Optimizer
optimizers.legacy: Adam SGD
optimizers.schedules: ExponentialDecay
optimizer_v2.adam: Adam
callbacks: Callback EarlyStopping ModelCheckpoint TensorBoard LearningRateScheduler History
callbacks.callbacks: EarlyStopping
datasets: mnist cifar10 imdb
datasets.mnist: load_data
preprocessing: image sequence text
preprocessing.image: ImageDataGenerator load_img img_to_array
preprocessing.sequence: pad_sequences TimeseriesGenerator skipgrams
preprocessing.text: Tokenizer text_to_word_sequence
backend: mean dot concatenate image_dim_ordering
backend.tensorflow_backend: mean
applications: VGG16 ResNet50
applications.vgg16: VGG16 preprocess_input decode_predictions
mixed_precision: set_global_policy Policy
mixed_precision.experimental: set_policy Policy
wrappers.scikit_learn: KerasClassifier KerasRegressor
utils: to_categorical plot_model Sequence get_file
utils.np_utils: to_categorical
utils.vis_utils: plot_model
utils.generic_utils: get_custom_objects
utils.data_utils: get_file Sequence
"""
ROWS = [
    (line.split(": ")[0], name)
    for line in PROGRAMS.strip().splitlines()
    for name in line.split(": ")[1].split()
]


@pytest.mark.parametrize(("path", "name"), ROWS, ids=lambda v: v)
def test_name_is_there_by_import_and_by_attribute(path, name):
    names = {}
    exec(f"from tfk_ext.{path} import {name}\nimport tfk_ext.{path} as module", names)
    assert getattr(names["module"], name) is names[name]
    found = tfk_ext
    for part in path.split("."):
        found = getattr(found, part)
    assert getattr(found, name) is names[name]


def _own(room):
    return {
        name: thing
        for name, thing in vars(getattr(tfk_ext, room)).items()
        if not name.startswith("_") and getattr(thing, "__module__", "").startswith("tfk_ext")
    }


@pytest.mark.parametrize("path", [p for p in modules.PATHS if p != "estimator"])
def test_every_path_of_the_map_leads_to_the_packages_own(path):
    module = importlib.import_module(f"tfk_ext.{path}")
    assert isinstance(module, types.ModuleType)
    assert module.__doc__
    layers = {name: thing for name, thing in _own("layers").items() if isinstance(thing, type)}
    for name in vars(module).keys() & layers.keys():
        assert getattr(module, name) is layers[name]


def test_star_import_of_the_layers_gives_what_the_document_uses():
    names = {}
    exec("from tfk_ext.layers import *", names)
    assert {"Layer", "Dense", "RNN", "Input", "Embedding", "LSTM", "Convolution2D", "merge"} <= names.keys()


def test_every_import_of_the_documents_resolves():
    """`tf.keras.X.Y` and `keras.X.Y` of the texts, where one has them (not in the repository)."""
    folder = pathlib.Path(__file__).parents[3] / "shared" / "documents"
    if not folder.is_dir():
        pytest.skip("the documents are not here")
    texts = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.txt"))
    dotted = set(re.findall(r"\b(?:tf\.)?keras((?:\.[A-Za-z_0-9]+)+)", texts))
    dotted |= {
        f".{path}.{name.strip()}"
        for path, names in re.findall(
            r"^\s*from (?:tensorflow\.)?keras\.([a-z._]+) import ([\w, ]+)", texts, re.M
        )
        for name in names.split(",")
    }
    # Words that the text runs together, or cut at a line's end.
    broken = re.compile(
        r"modelsload_model|load_modeltf|\.json$|conv1d|conv2d|conv3d|Conv$|\.separableconv\w*$| from keras"
    )
    missing = []
    for path in sorted(path.strip(".") for path in dotted if not broken.search(path)):
        found = tfk_ext
        try:
            for part in path.split("."):
                found = getattr(found, part)
        except AttributeError as error:
            missing.append(f"{path}: {error}")
    assert not missing


def test_what_is_nowhere_says_so():
    with pytest.raises(
        AttributeError, match=r"module 'tfk_ext.layers' has no attribute 'Dnse': did you mean 'Dense'\?"
    ):
        tfk_ext.layers.Dnse  # noqa: B018
    with pytest.raises(AttributeError, match="estimators have ended"):
        tfk_ext.estimator.model_to_estimator  # noqa: B018
    with pytest.raises(ImportError, match="nosuch"):
        importlib.import_module("tfk_ext.nosuch")
    with pytest.raises(ImportError, match="cannot import name 'Nosuch'"):
        exec("from tfk_ext.layers import Nosuch")


def test_what_the_package_lacks_is_keras():
    assert tfk_ext.layers.MultiHeadAttention is tf.keras.layers.MultiHeadAttention
    assert tfk_ext.applications.VGG16 is tf.keras.applications.VGG16
    assert "MultiHeadAttention" not in vars(tfk_ext.layers), "it is looked up, and not bound"


# --- initializers, regularizers, constraints ---


def halves(shape):
    return tf.fill(shape, 0.5)


def shrink(weights):
    return 0.1 * tf.reduce_sum(tf.abs(weights))


def clipped(weights):
    return tf.clip_by_value(weights, 0.0, 1.0)


def doubled(x):
    return 2.0 * x


def test_plain_functions_round_trip():
    functions = {"halves": halves, "shrink": shrink, "clipped": clipped, "doubled": doubled}
    layer = tfk_ext.Dense(
        2,
        activation=doubled,
        kernel_initializer=halves,
        kernel_regularizer=shrink,
        kernel_constraint=clipped,
        activity_regularizer=shrink,
    )
    with tf.keras.saving.custom_object_scope(functions):
        copy = tfk_ext.Dense.from_config(layer.get_config())
    for one in (layer, copy):
        y = one(tf.ones((1, 4)))
        assert y.numpy().tolist() == [[4.0, 4.0]]
        assert sum(float(loss) for loss in one.losses) == pytest.approx(0.4 + 0.8)
        assert one.kernel_constraint is clipped
    assert layer.get_config() == copy.get_config()


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("l1", {"l1": 0.01}),
        ("l2", {"l2": 0.01}),
        ("l1_l2", {"l1": 0.01, "l2": 0.01}),
        ("l1l2", {"l1": 0.01, "l2": 0.01}),
    ],
)
def test_regularizers_by_name(name, config):
    assert tfk_ext.regularizers.get(name).get_config() == pytest.approx(config)
    layer = tfk_ext.Dense(2, kernel_regularizer=name, activity_regularizer=name)
    assert layer.kernel_regularizer.get_config() == pytest.approx(config)
    assert layer.activity_regularizer.get_config() == pytest.approx(config)


def test_regularizers_are_made_as_in_keras_2():
    assert tfk_ext.regularizers.l2(0.5).get_config() == {"l2": 0.5}
    assert tfk_ext.regularizers.l2().get_config() == {"l2": pytest.approx(0.01)}
    with pytest.warns(tfk_ext.compat.OldSpellingWarning, match="l2: l is an old spelling; write l2=0.5"):
        tfk_ext.compat.forget_warnings()
        assert tfk_ext.regularizers.l2(l=0.5).get_config() == {"l2": 0.5}
    tfk_ext.compat.forget_warnings()
    with pytest.warns(tfk_ext.compat.OldSpellingWarning, match="max_value=3"):
        assert tfk_ext.constraints.maxnorm(m=3).max_value == 3


def test_keras_1_initializations_take_a_shape():
    from tfk_ext.initializations import normal, one

    def mine(shape, name=None):
        return normal(shape, scale=0.01, name=name)

    assert one((2, 3)).shape == (2, 3)
    kernel = tfk_ext.Dense(400, kernel_initializer=mine)
    kernel.build((None, 400))
    assert float(tf.math.reduce_std(kernel.kernel)) == pytest.approx(0.01, rel=0.02)


@pytest.mark.parametrize(
    "name", ["normal", "uniform", "zero", "one", "he_uniform", "lecun_uniform", "glorot_normal"]
)
def test_initializers_by_their_old_names(name):
    assert tfk_ext.initializers.get(name)((3, 2)).shape == (3, 2)
    assert callable(getattr(tfk_ext.initializers, name))


# --- merge ---


@pytest.mark.filterwarnings("ignore::tfk_ext.compat.OldSpellingWarning")
@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("sum", [[4.0, 6.0]]),
        ("mul", [[3.0, 8.0]]),
        ("ave", [[2.0, 3.0]]),
        ("max", [[3.0, 4.0]]),
        ("concat", [[1.0, 2.0, 3.0, 4.0]]),
        ("dot", [[11.0]]),
        ("cos", [[[0.98387]]]),
        (lambda pair: pair[1] - pair[0], [[2.0, 2.0]]),
    ],
)
def test_merge_of_keras_1(mode, expected):
    from tfk_ext.layers import merge
    from tfk_ext.layers.merge import add

    inputs = [tf.constant([[1.0, 2.0]]), tf.constant([[3.0, 4.0]])]
    tf.debugging.assert_near(merge(inputs, mode=mode), tf.constant(expected), rtol=1e-4)
    tf.debugging.assert_near(tfk_ext.layers.Merge(mode=mode)(inputs), tf.constant(expected), rtol=1e-4)
    assert add(inputs).shape == (1, 2)


def test_merge_says_what_to_write():
    with pytest.raises(OldSpellingError, match="functional form"):
        tfk_ext.layers.Merge([1, 2], mode="sum")
    with pytest.raises(OldSpellingError, match="mode must be one of 'sum'"):
        tfk_ext.layers.merge([tf.ones((1, 1))] * 2, mode="plus")
