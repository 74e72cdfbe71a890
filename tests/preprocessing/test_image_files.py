"""Pictures and arrays, against tf_keras."""

import io
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tf_keras.preprocessing import image as classic

from tfk_ext.preprocessing import image


@pytest.fixture
def photo(tmp_path):
    """A PNG with four channels, neither square nor smooth."""
    pixels = np.random.randint(0, 256, (17, 29, 4), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.mark.parametrize("color_mode", ["grayscale", "rgb", "rgba"])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"])
@pytest.mark.parametrize("keep_aspect_ratio", [False, True])
def test_load_img_equals_keras(photo, color_mode, interpolation, keep_aspect_ratio):
    for target_size in (None, (8, 20), (40, 12)):
        options = {
            "color_mode": color_mode,
            "target_size": target_size,
            "interpolation": interpolation,
            "keep_aspect_ratio": keep_aspect_ratio,
        }
        got, wanted = image.load_img(photo, **options), classic.load_img(photo, **options)
        assert got.mode == wanted.mode
        np.testing.assert_array_equal(np.asarray(got), np.asarray(wanted))


def test_load_img_takes_paths_and_files(photo):
    wanted = np.asarray(image.load_img(photo))
    for source in (str(photo), bytes(photo), io.BytesIO(photo.read_bytes())):
        np.testing.assert_array_equal(np.asarray(image.load_img(source)), wanted)
    with open(photo, "rb") as file:
        np.testing.assert_array_equal(np.asarray(image.load_img(file)), wanted)
    assert image.load_img(photo, True).mode == "L"  # the documented second argument: grayscale


def test_load_img_keeps_deep_greys(tmp_path):
    deep = np.arange(12, dtype=np.uint16).reshape(3, 4) * 5000
    Image.fromarray(deep).save(tmp_path / "deep.png")
    loaded = image.load_img(tmp_path / "deep.png", color_mode="grayscale")
    np.testing.assert_array_equal(image.img_to_array(loaded)[..., 0], deep)


def test_load_img_takes_the_first_frame_of_an_animation(tmp_path):
    frames = [Image.new("P", (4, 4), value) for value in (0, 1)]
    frames[0].putpalette([9, 9, 9, 200, 0, 0])
    frames[1].putpalette([9, 9, 9, 200, 0, 0])
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert (np.asarray(image.load_img(tmp_path / "a.gif")) == 9).all()


def test_load_img_names_what_is_wrong(photo, tmp_path):
    cut = tmp_path / "cut.png"
    cut.write_bytes(photo.read_bytes()[:300])
    empty = tmp_path / "empty.jpg"
    empty.write_bytes(b"")
    for path in (cut, empty):
        with pytest.raises(ValueError, match=rf"{path.name} holds no image that can be read"):
            image.load_img(path)
    with pytest.raises(FileNotFoundError, match="nowhere.png"):
        image.load_img(tmp_path / "nowhere.png")
    with pytest.raises(ValueError, match="'lanczos', got 'sharp'"):
        image.load_img(photo, interpolation="sharp")
    with pytest.raises(ValueError, match="color_mode"):
        image.load_img(photo, color_mode="cmyk")
    with pytest.raises(ValueError, match="target_size"):
        image.load_img(photo, target_size=(0, 3))
    with pytest.raises(TypeError, match="path"):
        image.load_img(3)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first", None])
def test_arrays_and_images_equal_keras(data_format):
    for channels in (1, 3, 4):
        shape = (channels, 5, 7) if data_format == "channels_first" else (5, 7, channels)
        for low, high in ((0, 255), (-3, 4), (0, 5000), (2, 2)):
            x = np.random.uniform(low, high, shape)
            for scale in (True, False):
                if not scale and (low < 0 or high > 255) and channels > 1:
                    continue  # numbers that aren't grey levels
                got = image.array_to_img(x, data_format, scale)
                wanted = classic.array_to_img(x, data_format, scale)
                assert got.mode == wanted.mode
                np.testing.assert_array_equal(np.asarray(got), np.asarray(wanted))
                back, again = (m.img_to_array(got, data_format) for m in (image, classic))
                assert back.dtype == again.dtype
                np.testing.assert_array_equal(back, again)
    grey = np.ones((5, 7))
    assert (
        image.img_to_array(grey, data_format, "uint8").shape == classic.img_to_array(grey, data_format).shape
    )


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: image.img_to_array(np.ones(3)), "two or three axes"),
        (lambda: image.img_to_array(np.ones((3, 3)), "last"), "data_format"),
        (lambda: image.array_to_img(np.ones((3, 3))), "three axes"),
        (lambda: image.array_to_img(np.ones((3, 3, 2))), "1, 3 or 4 channels"),
        (lambda: image.array_to_img(np.ones((0, 3, 3))), "no pixels"),
        (lambda: image.save_img(io.BytesIO(), np.ones((3, 3, 3)), file_format="doc"), "'doc'"),
        (lambda: image.save_img("picture", np.ones((3, 3, 3))), "picture"),
        (lambda: image.smart_resize(np.ones((3, 3)), (2, 2)), "three or four axes"),
    ],
)
def test_wrong_images_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_save_img_equals_keras(tmp_path):
    x = np.random.uniform(0, 255, (6, 9, 3))
    for name in ("a.png", "a.jpg", "a.jpeg", "a.bmp"):
        image.save_img(tmp_path / name, x, scale=False)
        wanted = io.BytesIO()
        classic.save_img(wanted, x, file_format={"jpg": "jpeg"}.get(name[2:], name[2:]), scale=False)
        assert (tmp_path / name).read_bytes() == wanted.getvalue()
    with pytest.warns(UserWarning, match="no alpha"):
        image.save_img(tmp_path / "b.jpg", np.ones((4, 4, 4)))
    first = tmp_path / "c.png"
    image.save_img(first, x.transpose(2, 0, 1), data_format="channels_first", scale=False)
    assert image.load_img(first).size == (9, 6)


@pytest.mark.parametrize("shape", [(34, 50, 3), (2, 50, 20, 1)])
def test_smart_resize_equals_keras(shape):
    x = np.random.uniform(0, 255, shape).astype("float32")
    for size in ((20, 20), (10, 30), (60, 7)):
        got, wanted = image.smart_resize(x, size, "bicubic"), classic.smart_resize(x, size, "bicubic")
        assert isinstance(got, np.ndarray)
        np.testing.assert_allclose(got, wanted, atol=1e-3)
        first = image.smart_resize(tf.constant(np.moveaxis(x, -1, -3)), size, "bicubic", "channels_first")
        np.testing.assert_allclose(np.moveaxis(first, -3, -1), wanted, atol=1e-3)


def test_without_pillow_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "PIL", None)
    for call in (
        lambda: image.load_img(tmp_path / "a.png"),
        lambda: image.array_to_img(np.ones((3, 3, 3))),
        lambda: image.save_img(tmp_path / "a.png", np.ones((3, 3, 3))),
    ):
        with pytest.raises(ImportError, match=r"pip install 'tfk_ext\[image\]'"):
            call()
    # Arrays need no Pillow, nor does brightness.
    generator = image.ImageDataGenerator(rotation_range=20, brightness_range=(0.5, 2))
    assert next(generator.flow(np.ones((2, 4, 4, 3)))).shape == (2, 4, 4, 3)
