"""Batches from folders and tables, against tf_keras; bad files and tables."""

import os
import re

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from PIL import Image
from tf_keras.preprocessing import image as classic

from tfk_ext.preprocessing import image
from tfk_ext.preprocessing.image import ImageDataGenerator

pytestmark = pytest.mark.filterwarnings("ignore:Please import `affine_transform`:DeprecationWarning")

GENERATORS = (ImageDataGenerator, classic.ImageDataGenerator)
OPTIONS = {"target_size": (9, 12), "batch_size": 4, "seed": 3}


def write(path, seed=0, size=(11, 14)):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.RandomState(seed).randint(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three classes of 5, 4 and 3 images in several formats, some in subfolders, beside other files."""
    root = tmp_path_factory.mktemp("images")
    seed = 0
    for name, files in {
        "cat": ["1.png", "2.jpg", "10.bmp", "more/3.jpeg", "more/4.PNG"],
        "dog": ["a.png", "b.tif", "c.ppm", "d.png"],
        "eel": ["x.png", "y.png", "z.png"],
    }.items():
        for file in files:
            seed += 1
            write(root / name / file, seed)
    (root / "cat" / "notes.txt").write_text("no image")
    return root


def assert_same(got, wanted):
    got, wanted = (v if isinstance(v, (tuple, list)) else (v,) for v in (got, wanted))
    assert len(got) == len(wanted)
    for a, b in zip(got, wanted):
        if isinstance(b, (tuple, list)):
            assert_same(a, b)
        else:
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a, b, atol=2e-3)


def assert_iterators_same(got, wanted):
    for name in ("filenames", "filepaths", "samples", "n", "class_indices", "image_shape", "class_mode"):
        if hasattr(wanted, name):
            assert getattr(got, name) == getattr(wanted, name), name
    if hasattr(wanted, "classes"):
        np.testing.assert_array_equal(np.asarray(got.classes, object), np.asarray(wanted.classes, object))
    for _ in range(len(wanted) + 1):
        assert_same(next(got), next(wanted))
    assert_same(got[0], wanted[0])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"class_mode": "sparse", "color_mode": "grayscale", "interpolation": "bilinear"},
        {"class_mode": "input", "color_mode": "rgba", "shuffle": False},
        {"class_mode": None, "keep_aspect_ratio": True, "target_size": (9, 20)},
        {"class_mode": "binary", "classes": ["eel", "cat"]},
        {"subset": "training"},
        {"subset": "validation", "interpolation": "lanczos"},
    ],
    ids=lambda o: "-".join(o) or "plain",
)
def test_flow_from_directory_equals_keras(folder, options):
    config = {"rotation_range": 20, "horizontal_flip": True, "validation_split": 0.4}
    assert_iterators_same(
        *(cls(**config).flow_from_directory(str(folder), **{**OPTIONS, **options}) for cls in GENERATORS)
    )


def test_channels_first_from_a_directory(folder):
    got, wanted = (
        cls(data_format="channels_first", rotation_range=9).flow_from_directory(str(folder), **OPTIONS)
        for cls in GENERATORS
    )
    assert_iterators_same(got, wanted)
    assert got.image_shape == (3, 9, 12)


def table(folder):
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.suffix != ".txt")
    files = [f for f in files if (folder / f).is_file()]
    labels = [f.split("/")[0] for f in files]
    return pd.DataFrame(
        {
            "filename": files,
            "class": labels,
            "tags": [[label, "small"] if i % 2 else [label] for i, label in enumerate(labels)],
            "side": np.where(np.arange(len(files)) % 2, "left", "right"),
            "size": np.linspace(0, 1, len(files)),
            "count": np.arange(len(files)),
            "weight": np.linspace(1, 2, len(files)),
        }
    )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"weight_col": "weight", "shuffle": False},
        {"y_col": "tags"},
        {"y_col": "tags", "classes": ["small", "cat"]},
        {"class_mode": "sparse", "classes": ["eel", "dog"]},
        {"class_mode": "binary", "y_col": "side"},
        {"class_mode": "input", "color_mode": "grayscale"},
        {"class_mode": None, "weight_col": "weight"},
        {"class_mode": "raw", "y_col": "count"},
        {"class_mode": "raw", "y_col": ["size", "count"], "weight_col": "weight"},
        {"class_mode": "multi_output", "y_col": ["size", "count"]},
        {"subset": "training"},
        {"subset": "validation", "class_mode": "raw", "y_col": "size"},
        {"validate_filenames": False},
    ],
    ids=lambda o: "-".join(map(str, o.values())) or "plain",
)
def test_flow_from_dataframe_equals_keras(folder, options):
    config = {"rotation_range": 20, "zoom_range": 0.2, "validation_split": 0.4}
    got, wanted = (
        cls(**config).flow_from_dataframe(table(folder), str(folder), **{**OPTIONS, **options})
        for cls in GENERATORS
    )
    assert_iterators_same(got, wanted)
    if got.class_mode in ("raw", "multi_output"):
        assert_same(got.labels, wanted.labels)


def test_tables_of_other_kinds(folder):
    frame = table(folder)
    frame["path"] = [str(folder / name) for name in frame["filename"]]
    generator = ImageDataGenerator()
    wanted = generator.flow_from_dataframe(frame, str(folder), **OPTIONS)[0]
    absolute = generator.flow_from_dataframe(frame, x_col="path", **OPTIONS)
    assert_same(absolute[0], wanted)
    plain = {"filename": frame["filename"].tolist(), "class": frame["class"].tolist()}
    assert_same(generator.flow_from_dataframe(plain, folder, **OPTIONS)[0], wanted)
    shuffled = frame.set_index(np.arange(len(frame))[::-1] * 7)  # an index of its own doesn't matter
    assert_same(generator.flow_from_dataframe(shuffled, folder, **OPTIONS)[0], wanted)


def test_names_without_an_extension_are_found(tmp_path, capsys):
    for i in range(1, 4):
        write(tmp_path / f"{i}.png", i)
    for names in ([3, 1, 2], ["3", "1", "2"], np.array([3, 1, 2])):
        flow = ImageDataGenerator().flow_from_dataframe(
            pd.DataFrame({"id": names, "label": ["b", "a", "b"]}), tmp_path, x_col="id", y_col="label"
        )
        assert flow.filenames == ["3.png", "1.png", "2.png"] and flow.class_indices == {"a": 0, "b": 1}
    assert "Found 3 validated image filenames belonging to 2 classes." in capsys.readouterr().out


def test_links_are_followed_when_asked(folder, tmp_path):
    root = tmp_path / "root"
    write(root / "cat" / "1.png")
    os.symlink(folder / "dog", root / "cat" / "more")
    generator = ImageDataGenerator()
    assert generator.flow_from_directory(root).samples == 1
    assert generator.flow_from_directory(root, follow_links=True).samples == 5


def test_saved_images_of_files_have_the_names_keras_gives(folder, tmp_path):
    names = []
    for cls in GENERATORS:
        where = tmp_path / cls.__module__
        where.mkdir()
        options = {**OPTIONS, "save_to_dir": str(where), "save_prefix": "p", "save_format": "jpeg"}
        next(cls(rotation_range=9).flow_from_directory(str(folder), **options))
        names.append(sorted(p.name for p in where.iterdir()))
    assert names[0] == names[1] and len(names[0]) == 4


@pytest.mark.slow
def test_models_are_trained_from_files(folder):
    inputs = tf.keras.Input((9, 12, 3))
    flat = tf.keras.layers.Flatten()(inputs)
    model = tf.keras.Model(inputs, [tf.keras.layers.Dense(1)(flat), tf.keras.layers.Dense(1)(flat)])
    model.compile("sgd", ["mse", "mse"])
    flow = ImageDataGenerator(rescale=1 / 255).flow_from_dataframe(
        table(folder), folder, y_col=["size", "count"], class_mode="multi_output", **OPTIONS
    )
    model.fit(flow, verbose=0)
    model.fit(flow.as_dataset(), verbose=0)
    model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(3, "softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    flow = ImageDataGenerator(rescale=1 / 255).flow_from_directory(folder, **OPTIONS)
    history = model.fit(flow, epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


@pytest.fixture
def damaged(tmp_path):
    """Six images of one class, of which two can't be read."""
    for i in range(6):
        write(tmp_path / "data" / "cat" / f"{i}.png", i)
    bad = tmp_path / "data" / "cat" / "2.png"
    bad.write_bytes(bad.read_bytes()[:100])
    (tmp_path / "data" / "cat" / "4.png").write_bytes(b"not an image at all")
    return tmp_path / "data"


def test_a_damaged_file_is_named(damaged):
    frame = {"filename": [f"cat/{i}.png" for i in range(6)]}
    for flow in (
        ImageDataGenerator().flow_from_directory(damaged, shuffle=False, target_size=(8, 8)),
        ImageDataGenerator().flow_from_dataframe(frame, damaged, class_mode=None, target_size=(8, 8)),
    ):
        with pytest.raises(ValueError, match=r"cat/\d\.png holds no image.*on_error='skip'"):
            next(flow)


def test_damaged_files_are_skipped_and_counted(damaged):
    options = {"shuffle": False, "target_size": (8, 8), "batch_size": 4, "seed": 1}
    generator = ImageDataGenerator(rotation_range=30)
    flow = generator.flow_from_directory(damaged, on_error="skip", **options)
    with pytest.warns(UserWarning, match=r"2\.png holds no image.*skipped, number 1"):
        x, y = flow[0]
    assert x.shape == (3, 8, 8, 3) and y.shape == (3, 1)
    with pytest.warns(UserWarning, match="number 2"):
        assert len(flow[1][0]) == 1
    assert [os.path.basename(p) for p in flow.skipped] == ["2.png", "4.png"]
    # The others get the transformations that they would have had.
    for i in (2, 4):
        write(damaged / "cat" / f"{i}.png", i)
    whole = generator.flow_from_directory(damaged, **options)[0][0]
    np.testing.assert_array_equal(x, whole[[0, 1, 3]])
    for i in range(6):
        (damaged / "cat" / f"{i}.png").write_bytes(b"")
    flow = generator.flow_from_directory(damaged, on_error="skip", **options)
    with pytest.warns(UserWarning, match="skipped"), pytest.raises(ValueError, match="none of the 4 files"):
        flow[0]


def test_empty_classes_are_reported(folder, tmp_path):
    write(tmp_path / "root" / "cat" / "1.png")
    (tmp_path / "root" / "dog").mkdir()
    (tmp_path / "root" / ".hidden").mkdir()
    with pytest.warns(UserWarning, match=r"1 classes have no images: \['dog'\]"):
        flow = ImageDataGenerator().flow_from_directory(tmp_path / "root")
    assert flow.class_indices == {"cat": 0, "dog": 1}


def test_wrong_folders_are_named(folder, tmp_path):
    flow = ImageDataGenerator(validation_split=0.1).flow_from_directory
    (tmp_path / "empty" / "cat").mkdir(parents=True)
    for call, words in (
        (lambda: flow(tmp_path / "nowhere"), "is no folder"),
        (lambda: flow(tmp_path / "empty" / "cat"), "no subfolders"),
        (lambda: flow(tmp_path / "empty"), r"no images in .*empty'; looked for png, jpg"),
        (lambda: flow(folder, classes=["cat", "cow"]), r"no folder for the classes \['cow'\]"),
        (lambda: flow(folder, class_mode="binary"), "takes 2 classes, found 3"),
        (lambda: flow(folder, class_mode="many"), "class_mode"),
        (lambda: flow(folder, color_mode="cmyk"), "color_mode"),
        (lambda: flow(folder, target_size=5.5), "target_size"),
        (lambda: flow(folder, interpolation="sharp"), "interpolation"),
        (lambda: flow(folder, subset="all"), "subset"),
        (lambda: flow(folder, subset="validation", classes=["eel"]), "no images in the subset 'validation'"),
        (lambda: flow(folder, on_error="ignore"), "on_error"),
        (lambda: ImageDataGenerator().flow_from_directory(folder, subset="training"), "validation_split"),
    ):
        with pytest.raises((ValueError, FileNotFoundError), match=words):
            call()


def test_wrong_tables_are_named(folder):
    frame = table(folder)
    flow = ImageDataGenerator(validation_split=0.1).flow_from_dataframe

    def changed(**columns):
        return frame.assign(**columns)

    for error, call, words in (
        (
            ValueError,
            lambda: flow(frame, folder, x_col="file"),
            "no column 'file'; its columns are 'filename'",
        ),
        (ValueError, lambda: flow(frame, folder, y_col="label"), "no column 'label'"),
        (ValueError, lambda: flow(frame, folder, weight_col="w"), "no column 'w'"),
        (FileNotFoundError, lambda: flow(frame, folder / "cow"), "is no folder"),
        (ValueError, lambda: flow(changed(filename="x.png"), folder), "none of the 12 names"),
        (TypeError, lambda: flow(changed(filename=1.5), folder), "must be strings.*got 12 others: 1.5"),
        (TypeError, lambda: flow(changed(filename=range(12)), folder), "must be strings"),
        (TypeError, lambda: flow(frame, folder, y_col="count"), "must be strings, lists or tuples.*'raw'"),
        (TypeError, lambda: flow(changed(**{"class": None}), folder), "got 12 others"),
        (TypeError, lambda: flow(frame, folder, y_col="tags", class_mode="sparse"), "must be strings, got"),
        (TypeError, lambda: flow(frame, folder, y_col=["class"]), "takes one column"),
        (TypeError, lambda: flow(frame, folder, class_mode="multi_output"), "list of columns"),
        (ValueError, lambda: flow(frame, folder, class_mode="binary"), "takes 2 classes, found 3"),
        (ValueError, lambda: flow(frame, folder, class_mode="binary", classes=["cat"]), "found 1"),
        (TypeError, lambda: flow(frame, folder, weight_col="class"), "must be numeric"),
        (ValueError, lambda: flow(changed(weight=np.nan), folder, weight_col="weight"), "12 missing"),
        (ValueError, lambda: flow(frame, folder, classes=["cow"]), "no row of the 12 is left"),
        (ValueError, lambda: flow(frame, folder, class_mode="one"), "class_mode"),
        (TypeError, lambda: flow(frame, folder, colour="rgb"), "colour"),
    ):
        with pytest.raises(error, match=words):
            call()


def test_unknown_files_are_counted(folder, capsys):
    frame = table(folder)
    frame.loc[[1, 3], "filename"] = ["cat/none.png", "cat/notes.txt"]
    message = r"Found 2 invalid image filename\(s\).*'cat/none.png', 'cat/notes.txt'"
    with pytest.warns(UserWarning, match=message):
        flow = ImageDataGenerator().flow_from_dataframe(frame, folder)
    assert flow.samples == 10
    with pytest.raises(ValueError, match=re.escape("cat/none.png")):
        ImageDataGenerator().flow_from_dataframe(
            frame.iloc[:2], folder, validate_filenames=False, class_mode=None, shuffle=False
        )[0]
    ImageDataGenerator().flow_from_dataframe(table(folder), folder, classes=["cat"])
    assert "Left out 7 rows that have none of the classes." in capsys.readouterr().out


@pytest.mark.filterwarnings("default::DeprecationWarning")
def test_old_arguments_are_explained(folder):
    flow = ImageDataGenerator().flow_from_dataframe
    for option in ("has_ext", "sort", "drop_duplicates"):
        with pytest.warns(DeprecationWarning, match=f"{option} has no effect"):
            flow(table(folder), folder, **{option: True})
    with pytest.warns(DeprecationWarning, match="'raw'"):
        assert flow(table(folder), folder, y_col="size", class_mode="other").class_mode == "raw"
    with pytest.warns(UserWarning, match="`classes` will be ignored"):
        flow(table(folder), folder, class_mode=None, classes=["cat"])


def test_iterators_can_be_made_alone(folder):
    flow = image.DirectoryIterator(str(folder), None, target_size=(4, 4), class_mode=None)
    assert next(flow).shape == (12, 4, 4, 3)
    flow = image.DataFrameIterator(table(folder), str(folder), None, target_size=(4, 4), class_mode="input")
    x, y = next(flow)
    np.testing.assert_array_equal(x, y)
