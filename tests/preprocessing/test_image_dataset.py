"""image_dataset_from_directory against Keras, and what Keras doesn't do."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfk_ext.preprocessing import image_dataset_from_directory

KERAS = tf.keras.utils.image_dataset_from_directory
OPTIONS = {"image_size": (8, 10), "batch_size": 4, "seed": 3}


def pixels(seed, size=(11, 14), channels=3):
    return np.random.RandomState(seed).randint(0, 256, (*size, channels), dtype=np.uint8).squeeze()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("images")
    for name, count in (("cat", 7), ("dog", 6)):
        (root / name / "more").mkdir(parents=True)
        for i in range(count):
            path = root / name / ("more" if i == 5 else "") / f"{i}.{('png', 'jpg')[i % 2]}"
            Image.fromarray(pixels(i)).save(path)
    (root / ".hidden").mkdir()
    (root / "cat" / "notes.txt").write_text("no image")
    return root


def assert_same(got, wanted):
    assert got.element_spec == wanted.element_spec
    assert got.class_names == wanted.class_names and list(got.file_paths) == list(wanted.file_paths)
    for _ in range(2):  # a second pass has an order of its own
        ours, theirs = list(got), list(wanted)
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs):
            for x, y in zip(tf.nest.flatten(a), tf.nest.flatten(b)):
                np.testing.assert_allclose(x, y, atol=1e-3)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"label_mode": "categorical", "class_names": ["dog", "cat"]},
        {"label_mode": "binary", "shuffle": False},
        {"label_mode": None},
        {"labels": None},
        {"labels": list(range(13)), "label_mode": "categorical"},
        {"color_mode": "grayscale"},
        {"batch_size": None},
        {"validation_split": 0.3, "subset": "training"},
        {"validation_split": 0.3, "subset": "validation", "shuffle": False},
        {"pad_to_aspect_ratio": True, "image_size": (20, 10)},
        {"data_format": "channels_first"},
        *(
            {"interpolation": m}
            for m in ("bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")
        ),
    ],
    ids=lambda o: "-".join(map(str, o.values()))[:40] or "plain",
)
def test_equals_keras(folder, options):
    options = {**OPTIONS, **options}
    assert_same(image_dataset_from_directory(folder, **options), KERAS(folder, **options))


@pytest.mark.slow
def test_both_subsets_equal_keras(folder, capsys):
    options = {**OPTIONS, "validation_split": 0.3, "subset": "both"}
    got = image_dataset_from_directory(folder, **options)
    printed = capsys.readouterr().out
    wanted = KERAS(folder, **options)
    assert "Found 13 files belonging to 2 classes." in printed and "Using 3 files for validation." in printed
    for a, b in zip(got, wanted):
        assert_same(a, b)
    assert not set(got[0].file_paths) & set(got[1].file_paths)
    capsys.readouterr()
    image_dataset_from_directory(folder, **OPTIONS, verbose=False)
    assert not capsys.readouterr().out


@pytest.mark.slow
def test_images_are_float32_whatever_the_interpolation(folder):
    """Keras gives uint8 for 'nearest' and for cropped images; the documents say float32."""
    nearest = image_dataset_from_directory(folder, **OPTIONS, interpolation="nearest", shuffle=False)
    wanted = KERAS(folder, **OPTIONS, interpolation="nearest", shuffle=False)
    for (x, _), (y, _) in zip(nearest, wanted):
        assert x.dtype == tf.float32
        np.testing.assert_array_equal(x, y)
    cropped = image_dataset_from_directory(
        folder, **{**OPTIONS, "image_size": (6, 12)}, crop_to_aspect_ratio=True, shuffle=False
    )
    x = next(iter(cropped))[0]
    whole = tf.keras.utils.load_img(cropped.file_paths[0])
    middle = np.asarray(whole, "float32")[2:9]  # 7 of 11 rows have the proportions of 6 to 12
    np.testing.assert_allclose(x[0], tf.image.resize(middle, (6, 12)), atol=1e-3)


@pytest.mark.slow
def test_every_format_gives_every_number_of_channels(tmp_path):
    """JPEG with alpha, GIF and BMP in grey: TensorFlow alone refuses these."""
    colour, clear = pixels(1), pixels(2, channels=4)
    root = tmp_path / "a"
    root.mkdir()
    Image.fromarray(colour).save(root / "1.jpg", quality=100, subsampling=0)
    Image.fromarray(colour).save(root / "2.bmp")
    Image.fromarray(clear).save(root / "3.png")
    Image.fromarray(colour[..., 0]).save(root / "4.bmp")
    frames = [Image.fromarray(np.full((11, 14, 3), v, np.uint8)).convert("P") for v in (50, 200)]
    frames[0].save(root / "5.gif", save_all=True, append_images=frames[1:])
    options = {"image_size": (11, 14), "shuffle": False, "verbose": False, "label_mode": None}
    for color_mode, channels in (("grayscale", 1), ("rgb", 3), ("rgba", 4)):
        data = image_dataset_from_directory(tmp_path, color_mode=color_mode, **options)
        x = next(iter(data)).numpy()
        assert x.shape == (5, 11, 14, channels)
        np.testing.assert_allclose(x[4, ..., :3], 50, atol=1)  # the first frame
        if channels > 1:
            np.testing.assert_array_equal(x[1, ..., :3], colour)
            np.testing.assert_array_equal(x[3, ..., 2], colour[..., 0])
        if channels == 4:
            np.testing.assert_array_equal(x[2], clear)
            assert (x[[0, 1, 3, 4], ..., 3] == 255).all()


def test_a_file_is_read_whatever_its_name_says(tmp_path):
    """A folder of .png files is read at once, which fails with a grey BMP or GIF among them."""
    (tmp_path / "a").mkdir()
    grey = pixels(1)[..., 0]
    for i, form in enumerate(("png", "bmp", "gif")):
        Image.fromarray(grey).save(tmp_path / "a" / f"{i}.png", form)
    data = image_dataset_from_directory(tmp_path, image_size=(11, 14), shuffle=False, verbose=False)
    for x in next(iter(data))[0]:
        np.testing.assert_array_equal(x, np.repeat(grey[..., None], 3, -1))


def test_links_are_followed_when_asked(folder, tmp_path):
    (tmp_path / "a").mkdir()
    Image.fromarray(pixels(1)).save(tmp_path / "a" / "1.png")
    (tmp_path / "a" / "more").symlink_to(folder / "dog", target_is_directory=True)
    for follow, count in ((False, 1), (True, 7)):
        data = image_dataset_from_directory(tmp_path, follow_links=follow, verbose=False)
        assert len(data.file_paths) == count


@pytest.fixture
def damaged(tmp_path):
    """40 images, of which the first, two in the middle and the last can't be read."""
    (tmp_path / "a").mkdir()
    for i in range(40):
        Image.fromarray(pixels(i)).save(tmp_path / "a" / f"{i:02}.png")
    for i in (0, 20, 21, 39):
        path = tmp_path / "a" / f"{i:02}.png"
        path.write_bytes(path.read_bytes()[: 100 if i else 0])
    return tmp_path


@pytest.mark.slow
def test_a_damaged_file_is_named(damaged):
    for first in (0, 20, 39):
        data = image_dataset_from_directory(damaged, **OPTIONS, shuffle=False, verbose=False)
        with pytest.raises(tf.errors.InvalidArgumentError, match=rf"{first:02}\.png.*on_error=.*'skip"):
            list(data)
        for path in (damaged / "a" / f"{i:02}.png" for i in {0: [0], 20: [20, 21], 39: []}[first]):
            Image.fromarray(pixels(1)).save(path)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:image_dataset_from_directory")
@pytest.mark.parametrize("shuffle", [False, True])
def test_damaged_files_are_skipped_and_counted(damaged, shuffle):
    data = image_dataset_from_directory(damaged, **OPTIONS, shuffle=shuffle, verbose=False, on_error="skip")
    with pytest.warns(UserWarning, match="skipped, number 4"):
        assert sum(len(x) for x, _ in data) == 36
    assert sorted(path[-6:] for path in data.skipped) == ["00.png", "20.png", "21.png", "39.png"]
    assert sum(len(x) for x, _ in data) == 36  # said once
    for path in (damaged / "a").iterdir():
        path.write_bytes(b"")
    nothing = image_dataset_from_directory(damaged, verbose=False, on_error="skip")
    with pytest.warns(UserWarning, match="number 40"):
        assert not list(nothing)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:image_dataset_from_directory")
def test_damaged_files_are_skipped_whatever_follows(damaged):
    """Batches stay full where groups lost files, also single images, in a cache and in many passes."""
    options = {**OPTIONS, "shuffle": False, "verbose": False, "on_error": "skip", "label_mode": None}
    data = image_dataset_from_directory(damaged, **options)
    assert data.cardinality() == tf.data.UNKNOWN_CARDINALITY
    good = np.concatenate([pixels(i)[None] for i in range(40) if i not in (0, 20, 21, 39)]).astype("float32")
    wanted = tf.image.resize(good, OPTIONS["image_size"]).numpy().reshape(9, 4, 8, 10, 3)
    for pipeline in (data, data.cache(), data.repeat(2).take(9)):
        for _ in range(2):
            np.testing.assert_allclose(np.stack(list(pipeline)), wanted, atol=1e-3)
    single = list(image_dataset_from_directory(damaged, **{**options, "batch_size": None}))
    np.testing.assert_allclose(single, wanted.reshape(36, 8, 10, 3), atol=1e-3)


@pytest.mark.slow
def test_an_iterator_is_kept_in_a_checkpoint(folder, tmp_path):
    batches = iter(image_dataset_from_directory(folder, shuffle=False, **OPTIONS))
    next(batches)
    checkpoint = tf.train.Checkpoint(batches=batches)
    saved = checkpoint.save(tmp_path / "batches")
    expected = next(batches)[0]
    next(batches)
    checkpoint.restore(saved)
    np.testing.assert_array_equal(next(batches)[0], expected)


def test_a_model_is_trained(folder):
    data = image_dataset_from_directory(folder, **OPTIONS, label_mode="binary")
    assert len(data) == 4
    model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    assert np.isfinite(model.fit(data, verbose=0).history["loss"]).all()


@pytest.mark.parametrize(
    "options, words",
    [
        ({"label_mode": "one"}, "label_mode"),
        ({"labels": "guess"}, "labels must be 'inferred'"),
        ({"labels": [1, 2]}, "2 entries"),
        ({"labels": None, "class_names": ["cat"]}, "class_names"),
        ({"class_names": ["cow"]}, r"\['cow'\] are no subfolders"),
        ({"class_names": ["cat"], "label_mode": "binary"}, "two classes"),
        ({"color_mode": "cmyk"}, "color_mode"),
        ({"batch_size": 0}, "batch_size"),
        ({"image_size": (1, 2, 3)}, "image_size"),
        ({"image_size": -3}, "image_size"),
        ({"interpolation": "sharp"}, "'mitchellcubic'"),
        ({"validation_split": 1.5, "subset": "training"}, "validation_split"),
        ({"validation_split": 0.5}, "subset"),
        ({"validation_split": 0.5, "subset": "all"}, "subset"),
        ({"validation_split": 0.5, "subset": "training"}, "seed"),
        ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, "only one"),
        ({"data_format": "first"}, "data_format"),
        ({"on_error": "ignore"}, "on_error"),
    ],
)
def test_wrong_arguments_are_named(folder, options, words):
    with pytest.raises(ValueError, match=words):
        image_dataset_from_directory(folder, verbose=False, **options)


def test_wrong_folders_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        image_dataset_from_directory(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"no files ending with \.bmp, \.gif, \.jpeg, \.jpg, \.png"):
        image_dataset_from_directory(tmp_path)
