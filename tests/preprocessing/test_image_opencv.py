"""The warp by OpenCV, where it is installed, and what happens with one that rounds."""

import sys
import types

import numpy as np
import pytest
from tf_keras.preprocessing import image as classic

from tfk_ext.ops import image as ops
from tfk_ext.ops import opencv
from tfk_ext.preprocessing.image import ImageDataGenerator

pytestmark = pytest.mark.filterwarnings("ignore:Please import `affine_transform`:DeprecationWarning")

REFLECT, REPLICATE = object(), object()


@pytest.fixture
def fresh():
    opencv.exact.cache_clear()
    yield
    opencv.exact.cache_clear()


def module(digits):
    """A stand-in for ``cv2`` that reads by SciPy, at positions rounded to so many binary digits."""
    from scipy import ndimage

    def warp_affine(image, matrix, size, dst, flags, borderMode):
        mode = {REFLECT: "reflect", REPLICATE: "nearest"}[borderMode]
        planes = image[..., None] if image.ndim == 2 else image
        columns, rows = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
        places = np.einsum("ij,jhw->ihw", np.asarray(matrix), [columns, rows, np.ones(size[::-1])])
        places = np.round(places[::-1] * 2**digits) / 2**digits
        read = [
            ndimage.map_coordinates(plane, places, order=1, mode=mode) for plane in np.moveaxis(planes, -1, 0)
        ]
        dst[...] = np.stack(read, -1).reshape(dst.shape)

    names = {
        "INTER_LINEAR": 1,
        "WARP_INVERSE_MAP": 16,
        "BORDER_REFLECT": REFLECT,
        "BORDER_REPLICATE": REPLICATE,
    }
    return types.SimpleNamespace(warpAffine=warp_affine, error=RuntimeError, **names)


def test_one_that_rounds_is_not_used(monkeypatch, fresh):
    monkeypatch.setitem(sys.modules, "cv2", module(5))
    assert opencv.exact() is None
    assert not opencv.takes(np.zeros((1, 4, 4, 3), "float32"), "nearest", 1)


def test_without_it(monkeypatch, fresh):
    monkeypatch.setitem(sys.modules, "cv2", None)
    assert opencv.exact() is None


def test_an_exact_one_is_given_columns_before_rows(monkeypatch, fresh):
    monkeypatch.setitem(sys.modules, "cv2", module(40))
    assert opencv.exact() is sys.modules["cv2"]
    check_equal_to_the_own_warp(monkeypatch)


def test_the_installed_one(monkeypatch, fresh):
    pytest.importorskip("cv2")
    if opencv.exact() is None:
        pytest.skip("this OpenCV rounds positions")
    check_equal_to_the_own_warp(monkeypatch)


def check_equal_to_the_own_warp(monkeypatch):
    options = {"rotation_range": 60, "height_shift_range": 0.4, "zoom_range": 0.5, "shear_range": 20.0}
    for fill_mode in ops.FILL_MODES:
        for channels in (1, 2, 3, 4):
            x = np.random.uniform(0, 255, (9, 21, 34, channels)).astype("float32")
            assert opencv.takes(x, fill_mode, 1) == (fill_mode in ("nearest", "reflect") and channels != 2)
            got, wanted = (
                next(cls(**options, fill_mode=fill_mode).flow(x, batch_size=9, seed=3))
                for cls in (ImageDataGenerator, classic.ImageDataGenerator)
            )
            assert np.abs(got - wanted).max() < 0.1
    assert not opencv.takes(x.astype("float64"), "nearest", 1)
    assert not opencv.takes(x, "nearest", 0)
