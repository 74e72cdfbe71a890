"""Small files of images for the recipes' tests."""

import gzip
import struct
from pathlib import Path

import numpy as np


def arrays(count: int = 120, held_out: int = 30, seed: int = 0) -> dict[str, np.ndarray]:
    """Return images with a bright square whose place tells the class, as the arrays of an mnist.npz."""
    rng = np.random.default_rng(seed)
    found = {}
    for name, number in (("train", count), ("test", held_out)):
        labels = np.arange(number) % 10
        images = rng.integers(0, 40, (number, 28, 28)).astype(np.uint8)
        for image, label in zip(images, labels):
            row, column = divmod(int(label), 4)
            image[2 + 8 * row : 9 + 8 * row, 1 + 7 * column : 7 + 7 * column] = 255
        found |= {f"x_{name}": images, f"y_{name}": labels.astype(np.uint8)}
    return found


def npz(path: Path, **changes: np.ndarray | None) -> Path:
    """Write an mnist.npz; ``changes`` replace arrays, or leave them out."""
    kept = {key: value for key, value in (arrays() | changes).items() if value is not None}
    np.savez_compressed(path, **kept)
    return path


def idx(folder: Path, packed: bool = True) -> Path:
    """Write the four idx files of a Fashion-MNIST folder."""
    folder.mkdir()
    data = arrays()
    for prefix, name in (("train", "train"), ("t10k", "test")):
        for kind, rank, values in (("images", 3, data[f"x_{name}"]), ("labels", 1, data[f"y_{name}"])):
            content = bytes((0, 0, 8, rank)) + struct.pack(f">{rank}I", *values.shape) + values.tobytes()
            file = folder / f"{prefix}-{kind}-idx{rank}-ubyte{'.gz' if packed else ''}"
            file.write_bytes(gzip.compress(content) if packed else content)
    return folder
