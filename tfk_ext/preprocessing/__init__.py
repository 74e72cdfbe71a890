"""Preprocessing: texts, sequences and images to arrays and ``tf.data`` pipelines."""

from tfk_ext.preprocessing import image as image
from tfk_ext.preprocessing import sequence as sequence
from tfk_ext.preprocessing import text as text
from tfk_ext.preprocessing.image.dataset import (
    image_dataset_from_directory as image_dataset_from_directory,
)
from tfk_ext.preprocessing.image.generator import ImageDataGenerator as ImageDataGenerator
from tfk_ext.preprocessing.text_dataset import text_dataset_from_directory as text_dataset_from_directory
from tfk_ext.preprocessing.timeseries import timeseries_dataset_from_array as timeseries_dataset_from_array
