"""Losses, metrics and steps of optimizers, with the numbers that they give."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import metrics


def close(value, wanted, digits=3):
    np.testing.assert_allclose(np.asarray(value), wanted, atol=0.6 * 10.0**-digits)


for name, start, after in (("SGD", 1.0, 0.9), ("RMSprop", 10.0, 9.683772), ("Adam", 10.0, 9.9)):
    rule = getattr(tf.keras.optimizers, name)(learning_rate=0.1)
    weight = tf.Variable(start)
    assert rule.minimize(lambda: (weight**2) / 2.0, [weight]).numpy() == 1
    close(weight.numpy(), after, 5)

truth, guess = [[0.0, 1.0], [0.0, 0.0]], [[0.7, 0.3], [0.2, 0.6]]
close(tf.keras.losses.MeanSquaredError()([[0.0, 1.0]], [[1.0, 1.0]]).numpy(), 0.5)
close(tf.keras.losses.Huber()(truth, guess).numpy(), 0.5 * (0.49 + 0.49 + 0.04 + 0.36) / 4)
close(tf.keras.losses.binary_crossentropy(truth, guess), [1.204, 0.57])
rows = [[0.1, 0.9, 0.0], [0.2, 0.6, 0.2]]
for function, labels in (
    ("categorical_crossentropy", np.eye(3)[[1, 2]]),
    ("sparse_categorical_crossentropy", [1, 2]),
):
    loss = getattr(tf.keras.losses, function)(labels, rows)
    assert loss.shape == (2,)
    close(loss, [0.105, 1.609])
y_true, y_pred = np.random.randint(0, 2, size=(2, 3, 4)), np.random.random(size=(2, 3, 4))
for function, formula in (
    ("mean_squared_error", lambda t, p: np.mean((t - p) ** 2, -1)),
    ("mean_absolute_error", lambda t, p: np.mean(np.abs(t - p), -1)),
    ("mean_squared_logarithmic_error", lambda t, p: np.mean((np.log1p(t) - np.log1p(p)) ** 2, -1)),
    ("poisson", lambda t, p: np.mean(p - t * np.log(p + 1e-7), -1)),
    (
        "cosine_similarity",
        lambda t, p: -np.sum(t * p, -1) / np.maximum(np.sqrt(np.sum(t**2, -1) * np.sum(p**2, -1)), 1e-9),
    ),
):
    loss = getattr(tf.keras.losses, function)(y_true, y_pred)
    assert loss.shape == (2, 3) and loss.dtype == "float64"
    close(loss, formula(y_true, y_pred), 4)
divergence = tf.keras.losses.kullback_leibler_divergence(y_true.astype("float64"), y_pred)
clipped = [tf.keras.backend.clip(v.astype("float64"), 1e-7, 1) for v in (y_true, y_pred)]
np.testing.assert_allclose(divergence, np.sum(clipped[0] * np.log(clipped[0] / clipped[1]), -1), rtol=1e-12)

hit = tf.keras.metrics.Accuracy()
hit.update_state([[1], [2], [3], [4]], [[0], [2], [3], [4]])
close(hit.result().numpy(), 0.75)
hit.reset_states()
hit.update_state([[1], [2], [3]], [[0], [2], [9]], sample_weight=[1, 1, 0])
close(hit.result().numpy(), 0.5)
for made, truth, guess, wanted in (
    (metrics.BinaryAccuracy(), [[1], [0], [0], [0]], [[0.9], [0.1], [0], [0.7]], 0.75),
    (metrics.CategoricalAccuracy(), [[0, 1, 0], [0, 0, 1]], [[0.1, 0.8, 0.1], [0.5, 0.3, 0.2]], 0.5),
    (metrics.TopKCategoricalAccuracy(k=1), [[0, 1, 0], [0, 0, 1]], [[0.1, 0.8, 0.1], [0.5, 0.3, 0.2]], 0.5),
    (metrics.SparseTopKCategoricalAccuracy(k=2), [1, 2], [[0.1, 0.8, 0.1], [0.5, 0.3, 0.2]], 0.5),
    (metrics.AUC(), [0, 1, 1, 1], [0, 1, 1, 1], 1.0),
):
    made.update_state(truth, guess)
    close(float(made.result()), wanted)


class Hits(tf.keras.metrics.Metric):
    def __init__(self, name="hits", **kwargs):
        super(Hits, self).__init__(name=name, **kwargs)
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        both = tf.logical_and(tf.cast(y_true, tf.bool), tf.cast(y_pred, tf.bool))
        self.count.assign_add(tf.reduce_sum(tf.cast(both, self.dtype)))

    def result(self):
        return self.count

    def reset_states(self):
        self.count.assign(0)


hits = Hits()
hits.update_state([0, 1, 1], [0, 1, 0])
hits.update_state([1, 1, 1], [0, 1, 1])
assert float(hits.result()) == 3


def squares(y_true, y_pred):
    return tf.reduce_mean(tf.square(y_true - y_pred), axis=-1)


class Dense2(tf.keras.layers.Layer):
    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], 1), name="w")

    def call(self, inputs):
        output = tf.matmul(inputs, self.w)
        self.add_metric(tf.reduce_mean(output), aggregation="mean", name="height")
        return output


model = tf.keras.Sequential([Dense2(input_shape=(4,))])
x, y = np.random.rand(8, 4), np.random.randint(0, 2, (8, 1))
for given, name in (
    (["MeanSquaredError"], None),
    ([metrics.AUC(name="area")], "area"),
    ([squares], "squares"),
    ([Hits()], "hits"),
):
    model.compile(optimizer="adam", loss="mean_squared_error", metrics=given)
    logs = model.fit(x, y, epochs=2, verbose=0).history
    assert "height" in logs and (name is None or name in logs), logs
assert logs["hits"] == [y.sum()] * 2

rule = tf.keras.optimizers.Adam()
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(tf.keras.losses.mean_squared_error(y, model(x)))
rule.apply_gradients(zip(tape.gradient(loss, model.trainable_weights), model.trainable_weights))
assert int(rule.iterations) == 1
