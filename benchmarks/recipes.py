"""The recipes' whole training steps beside the same program made of Keras 3's layers, compiled as well."""

from __future__ import annotations

import functools
from unittest import mock

import numpy as np
import tensorflow as tf

from benchmarks.case import KERAS, OURS, Bar, Case, Contest
from recipes import dcgan, imdb_lstm

STEPS, BATCH = 10, 32


def _reviews(options):
    """Return numbers of words as the recipe has them: some reviews are padded in front."""
    rng, count = np.random.default_rng(0), STEPS * BATCH
    x = rng.integers(1, options.words, (count, options.length)).astype("int32")
    padding = rng.integers(0, options.length, count) * (rng.random(count) < 0.2)
    x[np.arange(options.length) < padding[:, None]] = 0
    return x, rng.integers(0, 2, (count, 1)).astype("float32")


def _imdb_fits(dropout):
    """Return the fit of the recipe's model and of the same model of Keras 3, with the same weights."""
    options = imdb_lstm.Options(dropout=dropout)
    layers = tf.keras.layers
    models = {
        OURS: imdb_lstm.build_model(options),
        KERAS: tf.keras.Sequential(
            [
                layers.Embedding(options.words, options.embedding),
                layers.Bidirectional(layers.LSTM(options.units)),
                layers.Dropout(dropout),
                layers.Dense(1, activation="sigmoid"),
            ]
        ),
    }
    x, y = _reviews(options)
    for model in models.values():
        model.build((None, options.length))
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    models[OURS].set_weights(models[KERAS].get_weights())
    return {
        name: functools.partial(model.fit, x, y, batch_size=BATCH, shuffle=False, verbose=0)
        for name, model in models.items()
    }


def _imdb():
    def losses(_):
        """The training is the same where nothing is dropped at random."""
        return {name: fit().history["loss"] for name, fit in _imdb_fits(dropout=0.0).items()}

    return Contest(_imdb_fits(dropout=0.5), results=losses, tolerance=1e-3)  # steps add up


def _dcgan():
    options = dcgan.Options()
    gans = {OURS: dcgan.Dcgan(options)}
    with mock.patch.object(dcgan, "tfk_ext", tf.keras.layers):
        gans[KERAS] = dcgan.Dcgan(options)
    for ours, theirs in zip(*(_models(gan) for gan in gans.values())):
        ours.set_weights(theirs.get_weights())
    shape = (options.discriminator_steps, options.batch_size, 28, 28, 1)
    images = tf.constant(np.random.default_rng(0).uniform(size=shape), tf.float32)
    noise = dcgan.make_noise(8, 0)

    def judged(_):
        """What both think of the same noise with the same weights; a step drops at random."""
        return {
            name: [gan.discriminator(gan.average(noise)), gan.average(noise)] for name, gan in gans.items()
        }

    before = judged(None)
    runs = {name: functools.partial(gan.train_step, images) for name, gan in gans.items()}
    return Contest(runs, results=lambda _: before)


def _models(gan):
    return gan.generator, gan.discriminator, gan.average


def cases() -> list[Case]:
    """Return the cases of the group."""
    return [
        Case(f"IMDB, fit, {STEPS} steps", _imdb, (Bar(KERAS, 1.6),)),
        Case("DCGAN, a step", _dcgan, (Bar(KERAS, 1.3),)),
    ]
