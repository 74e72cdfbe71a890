"""The classic data sets: from a path, Keras's cache, or tensorflow-datasets; every file read with care."""

from tfk_ext.datasets import boston_housing as boston_housing
from tfk_ext.datasets import cifar10 as cifar10
from tfk_ext.datasets import cifar100 as cifar100
from tfk_ext.datasets import fashion_mnist as fashion_mnist
from tfk_ext.datasets import imdb as imdb
from tfk_ext.datasets import mnist as mnist
from tfk_ext.datasets import reuters as reuters
from tfk_ext.datasets.files import DamagedFileError as DamagedFileError
from tfk_ext.datasets.sources import DatasetNotFoundError as DatasetNotFoundError
