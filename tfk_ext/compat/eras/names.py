"""Class names and argument names of the old versions: tables."""

from __future__ import annotations

# Stored class -> today's class of the package, besides the aliases in tfk_ext.compat.spellings.
CLASSES = {
    "Deconv2D": "Conv2DTranspose",
    "Deconv3D": "Conv3DTranspose",
    "TimeDistributedDense": "Dense",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    "UnifiedLSTM": "LSTM",
    "UnifiedGRU": "GRU",
    "LSTMV1": "LSTM",
    "LSTMV2": "LSTM",
    "GRUV1": "GRU",
    "GRUV2": "GRU",
    "LSTMCellV2": "LSTMCell",
    "GRUCellV2": "GRUCell",
    "ReLU6": "ReLU",
    # Of packages with networks of then, which had them only because Keras lacked something.
    "FixedDropout": "Dropout",
    "Swish": "Activation",
}

# Arguments whose old spelling is a matter of structure: the rules take them, not the table of spellings.
_STRUCTURAL = (
    "adjustment consume_less fused implementation input_dtype mode output_shape time_major virtual_batch_size"
)
STRUCTURAL = frozenset(_STRUCTURAL.split())

# Without effect on what a model computes: dropped without a word.
_SILENT = (
    "_num_constants adjustment autocast batch_input_dtype batch_size build_config consume_less "
    "expects_mask_arg expects_training_arg experimental_compile fused groups implementation input_dim "
    "input_dtype input_length input_spec jit_compile keepdims num_constants output_padding ragged "
    "shared_object_id sparse supports_masking synchronized time_major virtual_batch_size zero_output_for_mask"
)
SILENT = frozenset(_SILENT.split())
# Of those, the ones that matter if they have another value than this.
HARMLESS = {
    "time_major": (False, None),
    "groups": (1, None),
    "keepdims": (False, None),
    "virtual_batch_size": (None,),
    "adjustment": (None,),
    "output_padding": (None,),
    "zero_output_for_mask": (False, None),
}

# Keras's own layers that the classic catalogue does not hold, with the names under which files may have them.
_KERAS = (
    "AdditiveAttention Attention CategoryEncoding CenterCrop ConvLSTM1D ConvLSTM3D Discretization "
    "EinsumDense "
    "GroupNormalization HashedCrossing Hashing Identity IntegerLookup LayerNormalization MultiHeadAttention "
    "Normalization RandomBrightness RandomContrast RandomCrop RandomFlip RandomRotation RandomTranslation "
    "RandomZoom Rescaling Resizing SpectralNormalization StringLookup TextVectorization UnitNormalization"
)
KERAS = frozenset(_KERAS.split())

# Layers of other packages or with code of their own, and what to say about them.
REFUSED = {
    "KerasLayer": "it is TensorFlow Hub's: the file does not hold what it computes; build the model "
    "again with "
    "tensorflow_hub and load the weights, or pass custom_objects={'KerasLayer': ...}",
    "DenseFeatures": "feature columns have gone with Keras 3; replace it by preprocessing layers",
    "LRN": "it was never a layer of Keras's",
    "LRN2D": "it was a layer of Keras 0, and never one of Keras 1 or 2",
    "EigenvalueRegularizer": "it has gone with Keras 1",
    "RandomFourierFeatures": "it has gone with Keras 3 (it was experimental)",
    "PeepholeLSTMCell": "it has gone with Keras 3 (it was experimental)",
}
