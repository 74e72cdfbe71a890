"""How recognisable and how diverse generated images are, in the eyes of a classifier of the real ones."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

import tfk_ext
from recipes.data.digits import CLASSES, Images, scaled

COLUMNS = {
    "confidence": "mean of the classifier's highest probability: how recognisable",
    "confident": "share of images with a highest probability above 0.9: how recognisable",
    "classes": "number of classes that at least 1 % of the images are taken for: how diverse",
    "entropy": "entropy of the shares of the classes, 1 when all are equal: how diverse",
    "spread": "mean distance between two images in the classifier's features: how diverse",
    "frechet": "Frechet distance to the training images in these features: how far from them, 0 is best",
}


def train_classifier(images: Images, seed: int) -> tf.keras.Model:
    """Train a small convolutional classifier on the real images: 100,000 in all, but at most 30 epochs."""
    tf.keras.utils.set_random_seed(seed)
    model = tf.keras.Sequential(
        [
            tfk_ext.Conv2D(16, 3, strides=2, padding="same", activation="relu", input_shape=(28, 28, 1)),
            tfk_ext.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
            tfk_ext.Flatten(),
            tfk_ext.Dropout(0.3),
            tfk_ext.Dense(64, activation="relu"),
            tfk_ext.Dense(CLASSES, activation="softmax"),
        ],
        name="classifier",
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    epochs = min(30, max(2, round(100_000 / len(images.train))))
    model.fit(scaled(images.train), images.train_labels, batch_size=64, epochs=epochs, verbose=0)
    return model


class Judge:
    """Judges sets of images by a classifier, against the training images."""

    def __init__(self, classifier: tf.keras.Model, images: Images):
        self.classifier = classifier
        self._features = tf.keras.Sequential(classifier.layers[:-1])
        self._head = classifier.layers[-1]
        self._reference = self._seen(scaled(images.train[:1000]))[1]
        probabilities, _ = self._seen(scaled(images.test))
        self.accuracy = float(np.mean(probabilities.argmax(1) == images.test_labels))

    def _seen(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        features = self._features.predict(pictures, batch_size=250, verbose=0)
        return self._head(features).numpy().astype(np.float64), features.astype(np.float64)

    def confident(self, pictures: np.ndarray) -> float:
        """Return the share of pictures that the classifier is more than 0.9 sure of."""
        return float(np.mean(self._seen(pictures)[0].max(1) > 0.9))

    def figures(self, pictures: np.ndarray) -> dict[str, float]:
        """Return the figures of ``COLUMNS`` for pictures from 0 to 1, of shape ``(n, 28, 28, 1)``."""
        probabilities, features = self._seen(pictures)
        highest = probabilities.max(1)
        shares = np.bincount(probabilities.argmax(1), minlength=CLASSES) / len(pictures)
        found = shares[shares > 0]
        return {
            "confidence": float(highest.mean()),
            "confident": float(np.mean(highest > 0.9)),
            "classes": int(np.sum(shares >= 0.01)),
            "entropy": float(np.sum(found * np.log(1.0 / found)) / np.log(CLASSES)),
            "spread": spread(features),
            "frechet": frechet(self._reference, features),
        }


def spread(features: np.ndarray) -> float:
    """Return the mean distance between two different rows: ``mean |a - b|``."""
    squares = np.sum(features**2, axis=1)
    distances = squares[:, None] + squares[None, :] - 2.0 * features @ features.T
    count = len(features)
    return float(np.sum(np.sqrt(np.maximum(distances, 0.0))) / (count * (count - 1)))


def frechet(first: np.ndarray, second: np.ndarray) -> float:
    """Return the Frechet distance of two sets: ``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))``.

    The trace of the product's root is that of ``(C1^(1/2) C2 C1^(1/2))^(1/2)``, which is symmetric.
    """
    covariances = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    values, vectors = np.linalg.eigh(covariances[0])
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    product = np.linalg.eigvalsh(root @ covariances[1] @ root)
    trace = (
        np.trace(covariances[0]) + np.trace(covariances[1]) - 2.0 * np.sum(np.sqrt(np.maximum(product, 0.0)))
    )
    return float(np.sum((first.mean(0) - second.mean(0)) ** 2) + trace)
