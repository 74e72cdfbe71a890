"""Images: files to arrays and back, random transformations, batches from arrays, folders and tables."""

from tfk_ext.preprocessing.image.dataframe import DataFrameIterator as DataFrameIterator
from tfk_ext.preprocessing.image.directory import DirectoryIterator as DirectoryIterator
from tfk_ext.preprocessing.image.files import array_to_img as array_to_img
from tfk_ext.preprocessing.image.files import img_to_array as img_to_array
from tfk_ext.preprocessing.image.files import load_img as load_img
from tfk_ext.preprocessing.image.files import save_img as save_img
from tfk_ext.preprocessing.image.files import smart_resize as smart_resize
from tfk_ext.preprocessing.image.generator import ImageDataGenerator as ImageDataGenerator
from tfk_ext.preprocessing.image.iterators import Iterator as Iterator
from tfk_ext.preprocessing.image.iterators import NumpyArrayIterator as NumpyArrayIterator
from tfk_ext.preprocessing.image.transforms import apply_affine_transform as apply_affine_transform
from tfk_ext.preprocessing.image.transforms import apply_brightness_shift as apply_brightness_shift
from tfk_ext.preprocessing.image.transforms import apply_channel_shift as apply_channel_shift
from tfk_ext.preprocessing.image.transforms import random_brightness as random_brightness
from tfk_ext.preprocessing.image.transforms import random_channel_shift as random_channel_shift
from tfk_ext.preprocessing.image.transforms import random_rotation as random_rotation
from tfk_ext.preprocessing.image.transforms import random_shear as random_shear
from tfk_ext.preprocessing.image.transforms import random_shift as random_shift
from tfk_ext.preprocessing.image.transforms import random_zoom as random_zoom
