"""Enlarging and convolving in one convolution is what the two layers do."""

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from recipes import dcgan
from recipes.shared import enlarging


@pytest.mark.parametrize("taps", [1, 3, 5, 7])
def test_as_the_two_layers(taps):
    rng = np.random.default_rng(taps)
    x, kernel = tf.constant(rng.normal(size=(2, 4, 5, 3))), tf.constant(rng.normal(size=(taps, taps, 2, 3)))
    layer = tf.keras.layers.Conv2DTranspose(2, taps, padding="same", use_bias=False, dtype="float64")
    plain = tf.keras.layers.UpSampling2D(dtype="float64")
    layer.build((None, 8, 10, 3))
    layer.set_weights([kernel])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, kernel])
        found, expected = enlarging.enlarge_and_convolve(x, kernel), layer(plain(x))
        loss, plain_loss = (tf.reduce_sum(tf.sin(y)) for y in (found, expected))
    np.testing.assert_allclose(found, expected, atol=1e-12)
    ours = tape.gradient(loss, [x, kernel])
    theirs = tape.gradient(plain_loss, [x, layer.kernel.value])
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, atol=1e-11)


def test_the_generator_trains_as_its_layers_say(monkeypatch):
    joined = []
    joint = enlarging.enlarge_and_convolve
    monkeypatch.setattr(enlarging, "enlarge_and_convolve", lambda *a: joined.append(a) or joint(*a))
    model = dcgan.build_generator(8)
    for layer in model.layers:
        if isinstance(layer, tfk_ext.Dropout):
            layer.rate = 0.0
    noise = tf.constant(dcgan.make_noise(4, 0))
    results = []
    for call in (lambda: model(noise, training=True), lambda: enlarging.train(model, noise)):
        with tf.GradientTape() as tape:
            images = call()
            loss = tf.reduce_mean(tf.square(images - 0.3))
        results.append([images, *tape.gradient(loss, [v.value for v in model.trainable_variables])])
    assert len(joined) == 2
    for a, b in zip(*results):
        # Before a batch normalization a bias has no gradient but rounding.
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-6)
