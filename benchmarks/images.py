"""ImageDataGenerator: a batch of 32 augmented images beside Keras 3's and Keras 2's class."""

from __future__ import annotations

import functools
import pathlib
import tempfile
import warnings
from collections.abc import Iterator

import numpy as np
import tensorflow as tf
import tf_keras

import tfk_ext
from benchmarks.measure import Timing, interleaved

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
    "tfk_ext": tfk_ext.preprocessing.image,
    "keras 3": tf.keras.preprocessing.image,
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


def run(seconds: float = 4.0) -> Iterator[tuple[str, list[Timing], str]]:
    """Yield item, timings and the candidate that the ratios refer to."""
    warnings.filterwarnings("ignore", message="Please import", category=DeprecationWarning)
    rng = np.random.default_rng(0)
    for item, (pixels, arguments) in ITEMS.items():
        x = rng.uniform(0, 255, (64, pixels, pixels, 3)).astype("float32")
        flows = {
            name: module.ImageDataGenerator(**arguments).flow(x, batch_size=32, seed=1)
            for name, module in PEERS.items()
        }
        batches = [next(flow) for flow in flows.values()]
        for other in batches[1:]:
            scale = arguments.get("rescale", 1)
            assert (np.abs(other - batches[0]) <= scale).mean() >= 0.999
        yield item, interleaved(_next(flows), seconds), "keras 3"
    with tempfile.TemporaryDirectory() as folder:
        _write(pathlib.Path(folder), rng)
        flows = {
            name: module.ImageDataGenerator(**AFFINE).flow_from_directory(
                folder, target_size=(224, 224), class_mode="sparse", interpolation="bilinear"
            )
            for name, module in PEERS.items()
        }
        item = "JPEG files 320x240, affine, 224 px"
        yield item, interleaved(_next(flows), seconds), "keras 3"
        data = {
            "tfk_ext": tfk_ext.preprocessing.image_dataset_from_directory(folder, verbose=False),
            "keras 3": tf.keras.utils.image_dataset_from_directory(folder, verbose=False),
        }
        passes = {name: (lambda d=d: [None for _ in d]) for name, d in data.items()}
        yield f"image_dataset_from_directory, {FILES} JPEG", interleaved(passes, seconds), "keras 3"
