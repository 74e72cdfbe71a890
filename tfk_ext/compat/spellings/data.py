"""The old spellings of preprocessing, data sets, utilities and backend functions."""

from __future__ import annotations

from tfk_ext.compat.spellings.groups import DATA_FORMAT, padding
from tfk_ext.compat.spellings.rows import Drop, Entry, Refuse, Rename, Row, entry

_WORDS: list[Row] = [Rename("nb_words", "num_words")]
_BACKEND_CONV: list[Row] = [
    *padding(),
    Rename("dim_ordering", "data_format", DATA_FORMAT[0].values),  # type: ignore[union-attr]
    Drop("image_shape", "the shape is inferred"),
    Drop("filter_shape", "the shape is inferred"),
    Drop("volume_shape", "the shape is inferred"),
]

DATA: dict[str, Entry] = {
    "ImageDataGenerator": entry(DATA_FORMAT),
    "img_to_array": entry(DATA_FORMAT),
    "array_to_img": entry(DATA_FORMAT),
    "load_img": entry(),
    "Tokenizer": entry(_WORDS),
    "imdb.load_data": entry(_WORDS, Refuse("test_split", "the data set has its own split")),
    "reuters.load_data": entry(_WORDS),
    "to_categorical": entry(Rename("nb_classes", "num_classes")),
    "regularizers.l1": entry(Rename("l", "l1")),
    "regularizers.l2": entry(Rename("l", "l2")),
    "constraints.max_norm": entry(Rename("m", "max_value")),
    "backend.conv1d": entry(_BACKEND_CONV, Rename("stride", "strides")),
    "backend.conv2d": entry(_BACKEND_CONV),
    "backend.conv3d": entry(_BACKEND_CONV),
    "backend.deconv2d": entry(_BACKEND_CONV),
    "backend.pool2d": entry(padding(), DATA_FORMAT),
    "backend.pool3d": entry(padding(), DATA_FORMAT),
    "backend.resize_images": entry(DATA_FORMAT),
    "backend.resize_volumes": entry(DATA_FORMAT),
    "backend.spatial_2d_padding": entry(DATA_FORMAT),
    "backend.spatial_3d_padding": entry(DATA_FORMAT),
}
