"""The images of CIFAR-10 through the three readers, and the documents' own example."""

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from tf_keras.preprocessing import image as classic

import tfk_ext
from tests.data import real
from tfk_ext.preprocessing.image import ImageDataGenerator

pytestmark = [
    pytest.mark.data,
    pytest.mark.filterwarnings("ignore:Please import `affine_transform`:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def cifar():
    return real("cifar10")


@pytest.mark.slow
def test_the_documents_example(cifar, capsys):
    """A csv of numbers and labels, as it is downloaded: ``x_col="id"`` without any extension."""
    df = pd.read_csv(cifar / "trainLabels.csv")
    generator = ImageDataGenerator(rescale=1.0 / 255, validation_split=0.2)
    options = {
        "dataframe": df,
        "directory": cifar / "train",
        "x_col": "id",
        "y_col": "label",
        "class_mode": "categorical",
        "target_size": (32, 32),
        "batch_size": 32,
    }
    train = generator.flow_from_dataframe(**options, subset="training")
    valid = generator.flow_from_dataframe(**options, subset="validation")
    assert "Found 1600 validated image filenames belonging to 10 classes." in capsys.readouterr().out
    assert (train.n, valid.n, len(train)) == (1600, 400, 50)
    assert list(train.class_indices) == sorted(set(df["label"]))
    layers = tf.keras.layers
    model = tf.keras.Sequential([layers.Conv2D(8, 3, 2), layers.Flatten(), layers.Dense(10, "softmax")])
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(train, steps_per_epoch=20, validation_data=valid, validation_steps=2, verbose=0)
    assert np.isfinite(history.history["val_loss"]).all()


@pytest.mark.slow
def test_augmented_images_equal_keras(cifar):
    df = pd.read_csv(cifar / "trainLabels.csv")
    df["id"] = df["id"].astype(str) + ".png"
    config = {
        "rotation_range": 25,
        "width_shift_range": 0.1,
        "height_shift_range": 0.1,
        "zoom_range": 0.2,
        "shear_range": 10,
        "horizontal_flip": True,
        "brightness_range": (0.7, 1.3),
    }
    for fill_mode in ("nearest", "constant", "reflect", "wrap"):
        got, wanted = (
            cls(**config, fill_mode=fill_mode).flow_from_dataframe(
                df, str(cifar / "train"), x_col="id", y_col="label", target_size=(32, 32), seed=1
            )
            for cls in (ImageDataGenerator, classic.ImageDataGenerator)
        )
        assert got.class_indices == wanted.class_indices
        for _ in range(4):
            (x, y), (x_wanted, y_wanted) = next(got), next(wanted)
            assert (np.abs(x - x_wanted) <= 1).mean() >= 0.999
            np.testing.assert_array_equal(y, y_wanted)


@pytest.mark.slow
def test_folders_of_classes(cifar, tmp_path):
    """The same files sorted into a folder for each class, as the other two readers want them."""
    labels = pd.read_csv(cifar / "testLabels.csv").set_index("id")["label"]
    for number, label in labels.items():
        (tmp_path / label).mkdir(exist_ok=True)
        (tmp_path / label / f"{number}.png").symlink_to(cifar / "test" / f"{number}.png")
    got, wanted = (
        cls(rotation_range=20).flow_from_directory(
            str(tmp_path), target_size=(32, 32), batch_size=100, seed=1
        )
        for cls in (ImageDataGenerator, classic.ImageDataGenerator)
    )
    assert got.filenames == wanted.filenames and got.samples == len(labels)
    assert (np.abs(next(got)[0] - next(wanted)[0]) <= 1).mean() >= 0.999
    data = tfk_ext.preprocessing.image_dataset_from_directory(tmp_path, image_size=(32, 32), seed=1)
    assert data.class_names == list(got.class_indices)
    counts = np.bincount(np.concatenate([y for _, y in data]))
    assert counts.tolist() == [50] * 10
