"""ImageDataGenerator: a batch of 32 augmented images beside Keras 3's and Keras 2's class."""

from __future__ import annotations

import functools
import pathlib
import tempfile
import warnings

import numpy as np
import tensorflow as tf
import tf_keras

import tfk_ext
from benchmarks.case import KERAS, OURS, Bar, Case, Contest

AFFINE = {
    "rotation_range": 20,
    "width_shift_range": 0.1,
    "height_shift_range": 0.1,
    "shear_range": 10.0,
    "zoom_range": 0.2,
    "horizontal_flip": True,
    "rescale": 1 / 255,
}
# item: (pixels, arguments)
ITEMS = {
    "affine, 32 px": (32, AFFINE),
    "affine, 64 px": (64, AFFINE),
    "affine, 224 px": (224, AFFINE),
    "affine constant, 32 px": (32, {**AFFINE, "fill_mode": "constant"}),
    "affine constant, 224 px": (224, {**AFFINE, "fill_mode": "constant"}),
    "affine wrap, 32 px": (32, {**AFFINE, "fill_mode": "wrap"}),
    "affine wrap, 224 px": (224, {**AFFINE, "fill_mode": "wrap"}),
    "affine and colours, 32 px": (
        32,
        {**AFFINE, "brightness_range": (0.8, 1.2), "channel_shift_range": 20.0},
    ),
    "affine and colours, 224 px": (
        224,
        {**AFFINE, "brightness_range": (0.8, 1.2), "channel_shift_range": 20.0},
    ),
    "flips, 32 px": (32, {"horizontal_flip": True, "rescale": 1 / 255}),
    "flips, 224 px": (224, {"horizontal_flip": True, "rescale": 1 / 255}),
}
FILES = 256  # a pass over a folder has a cost of its own; over a few files it would be most of the time
PEERS = {
    OURS: tfk_ext.preprocessing.image,
    KERAS: tf.keras.preprocessing.image,
    "tf_keras": tf_keras.preprocessing.image,
}


def _next(flows):
    return {name: functools.partial(next, flow) for name, flow in flows.items()}


def _write(folder: pathlib.Path, rng: np.random.Generator) -> None:
    for i in range(FILES):
        rough = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        smooth = tf.cast(tf.image.resize(rough, (240, 320), "bicubic", antialias=True), tf.uint8)
        path = folder / "ab"[i % 2] / f"{i}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(tf.io.encode_jpeg(smooth).numpy())


def _difference(ours, theirs):
    """Return the share of values that are more than a grey level apart."""
    return float((np.abs(ours[0] - theirs[0]) > ours[1]).mean())


def _augmented(pixels, arguments):
    warnings.filterwarnings("ignore", message="Please import", category=DeprecationWarning)
    x = np.random.default_rng(0).uniform(0, 255, (64, pixels, pixels, 3)).astype("float32")
    flows = {
        name: module.ImageDataGenerator(**arguments).flow(x, batch_size=32, seed=1)
        for name, module in PEERS.items()
    }
    level = arguments.get("rescale", 1)
    return Contest(
        _next(flows),
        results=lambda first: {name: (batch, level) for name, batch in first.items()},
        tolerance=1e-3,
        difference=_difference,
    )


def _folder():
    """Return a folder of JPEG files that is removed when nothing holds it any longer."""
    folder = tempfile.TemporaryDirectory()
    _write(pathlib.Path(folder.name), np.random.default_rng(0))
    return folder


def _files():
    folder = _folder()
    flows = {
        name: module.ImageDataGenerator(**AFFINE).flow_from_directory(
            folder.name, target_size=(224, 224), class_mode="sparse", interpolation="bilinear", seed=1
        )
        for name, module in PEERS.items()
    }
    return Contest(
        {name: lambda flow=flow, _=folder: next(flow) for name, flow in flows.items()},
        results=lambda first: {name: (batch[0], 1) for name, batch in first.items()},
        tolerance=1e-3,
        difference=_difference,
    )


def _dataset(**options):
    folder = _folder()
    makers = {
        OURS: tfk_ext.preprocessing.image_dataset_from_directory,
        KERAS: tf.keras.utils.image_dataset_from_directory,
    }
    data = {n: make(folder.name, verbose=False, shuffle=False, **options) for n, make in makers.items()}
    runs = {name: lambda d=d, _=folder: [(x[:1], y) for x, y in d] for name, d in data.items()}
    return Contest(runs)


def cases() -> list[Case]:
    """Return the cases of the group."""
    found = []
    for item, (pixels, arguments) in ITEMS.items():
        least = (2, 10) if pixels < 100 else (1.3, 10)
        found.append(Case(item, functools.partial(_augmented, pixels, arguments), (Bar(KERAS, *least),)))
    name = f"image_dataset_from_directory, {FILES} JPEG"
    return [
        *found,
        Case("JPEG files 320x240, affine, 224 px", _files, (Bar(KERAS, 1.3, 10),)),
        Case(name, _dataset, (Bar(KERAS, 1),)),
        Case(f"{name}, cropped", functools.partial(_dataset, crop_to_aspect_ratio=True), (Bar(KERAS, 1),)),
    ]
