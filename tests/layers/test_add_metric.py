"""`add_metric` in `call`: its mean is in the logs of fit, in the history and in what evaluate returns."""

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tests.strategy import two_replicas


class DenseLike(tfk_ext.layers.Layer):
    """y = w.x + b, of the documents."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(name="w", shape=(input_shape[-1], self.units), initializer="ones")
        self.b = self.add_weight(name="b", shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        output = tf.matmul(inputs, self.w) + self.b
        self.add_metric(tf.reduce_mean(output), aggregation="mean", name="activation_mean")
        return output


class WithShape(DenseLike):
    """Whose `call` is first run inside the training step, since its output's shape is known without it."""

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)


X = np.arange(24, dtype="float32").reshape(8, 3)
Y = np.zeros((8, 2), "float32")
# The mean of each batch of 3, 3 and 2 samples, and their mean.
MEANS = [X[i : i + 3].sum(-1).mean() for i in (0, 3, 6)]


def functional(cls):
    inputs = tf.keras.Input((3,))
    return tf.keras.Model(inputs, cls(2)(inputs))


def subclassed(cls):
    class Model(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = cls(2)

        def call(self, x):
            return self.dense(x)

    return Model()


def nested(cls):
    inner = tf.keras.Sequential([tf.keras.Input((3,)), cls(2)])
    return tf.keras.Sequential([tf.keras.Input((3,)), inner])


@pytest.mark.slow
@pytest.mark.parametrize("make", [functional, subclassed, nested])
@pytest.mark.parametrize("cls", [DenseLike, WithShape])
@pytest.mark.parametrize("options", [{}, {"run_eagerly": True}, {"jit_compile": True}], ids=str)
def test_in_the_logs(make, cls, options):
    model = make(cls)
    model.compile(tf.keras.optimizers.SGD(0.0), "mse", metrics=["mae"], **options)
    keys = []
    watch = tf.keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: keys.append(set(logs)))
    history = model.fit(
        X, Y, 3, epochs=2, shuffle=False, verbose=0, validation_data=(X[:3], Y[:3]), callbacks=[watch]
    ).history
    np.testing.assert_allclose(history["activation_mean"], [np.mean(MEANS)] * 2, rtol=1e-6)
    np.testing.assert_allclose(history["val_activation_mean"], [MEANS[0]] * 2, rtol=1e-6)
    assert keys == [{"loss", "mae", "activation_mean"}] * 6
    result = model.evaluate(X[:3], Y[:3], verbose=0, return_dict=True)
    np.testing.assert_allclose(result["activation_mean"], MEANS[0], rtol=1e-6)


@pytest.mark.parametrize("cls", [DenseLike, WithShape])
def test_under_a_strategy(cls):
    with two_replicas().scope():
        model = functional(cls)
        model.compile(tf.keras.optimizers.SGD(0.0), "mse")
    history = model.fit(X, Y, 4, shuffle=False, verbose=0).history
    np.testing.assert_allclose(history["activation_mean"], [X.sum(-1).mean()], rtol=1e-6)


def test_saved_and_loaded(tmp_path):
    model = tf.keras.Sequential([tf.keras.Input((3,)), DenseLike(2)])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = tf.keras.models.load_model(tmp_path / "model.keras", custom_objects={"DenseLike": DenseLike})
    assert "activation_mean" in loaded.evaluate(X, Y, verbose=0, return_dict=True)
    assert len(loaded.get_weights()) == 2  # a metric is no weight


def test_several_values_and_elements():
    class Two(tfk_ext.layers.Layer):
        def call(self, inputs):
            self.add_metric(inputs, name="all")
            self.add_metric(tf.reduce_max(inputs), name="largest", aggregation=None)
            return inputs

    layer = Two()
    layer(tf.constant([[1.0, 3.0]]))
    layer(tf.constant([[5.0, 7.0]]))
    assert {m.name: float(m.result()) for m in layer.metrics} == {"all": 4.0, "largest": 5.0}


def test_what_is_wrong_is_said():
    layer = tfk_ext.layers.Layer()
    with pytest.raises(ValueError, match="Layer: add_metric needs the name"):
        layer.add_metric(tf.constant(1.0))
    with pytest.raises(ValueError, match="Layer: aggregation must be one of 'mean', None"):
        layer.add_metric(tf.constant(1.0), name="x", aggregation="max")


def test_updates_are_done_once_for_each_call():
    class Counting(tfk_ext.layers.Layer):
        def build(self, input_shape):
            self.calls = self.add_weight(name="calls", initializer="zeros", trainable=False)
            self.samples = self.add_weight(name="samples", initializer="zeros", trainable=False)

        def call(self, inputs):
            count = tf.cast(tf.shape(inputs)[0], tf.float32)
            self.add_update([lambda: self.calls.assign_add(1.0), self.samples.assign_add(count)])
            return inputs

    model = tfk_ext.Sequential([tfk_ext.Input((3,)), Counting(), tfk_ext.Dense(2)])
    model.compile("sgd", "mse")
    before = float(model.layers[0].calls)
    model.fit(X, Y, 3, epochs=2, verbose=0)
    assert float(model.layers[0].calls) - before == 6
    assert float(model.layers[0].samples) == 16
    with pytest.raises(TypeError, match="Counting: add_update takes functions"):
        model.layers[0].add_update(tfk_ext.Input((3,)))


def test_add_metric_and_add_loss_in_a_model_of_its_own_kind():
    class Model(tfk_ext.Model):
        def __init__(self):
            super().__init__()
            self.dense = tfk_ext.Dense(2, kernel_initializer="ones")

        def call(self, x):
            y = self.dense(x)
            self.add_metric(tf.reduce_mean(y), name="mean_output", aggregation="mean")
            self.add_loss(0.0 * tf.reduce_sum(y) + 5.0)
            return y

    model = Model()
    model.compile(tfk_ext.optimizers.SGD(0.0), "mse")
    history = model.fit(X, Y, 3, shuffle=False, verbose=0).history
    np.testing.assert_allclose(history["mean_output"], [np.mean(MEANS)], rtol=1e-6)
    plain = tfk_ext.Sequential([tfk_ext.Dense(2, kernel_initializer="ones")])
    plain.compile(tfk_ext.optimizers.SGD(0.0), "mse")
    expected = plain.fit(X, Y, 3, shuffle=False, verbose=0).history["loss"][0] + 5.0
    np.testing.assert_allclose(history["loss"], [expected], rtol=1e-6)
