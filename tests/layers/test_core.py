"""What the table can't say of the core layers: randomness, losses, inputs, masks of real models."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings
from hypothesis import strategies as st

import tfk_ext
from tests.strategy import two_replicas


@pytest.mark.parametrize("jit", [False, True])
def test_dropout_drops_the_fraction_and_keeps_the_mean(jit):
    layer = tfk_ext.Dropout(0.2, seed=1)
    run = tf.function(lambda x: layer(x, training=True), jit_compile=jit)
    y = run(tf.ones((200, 500))).numpy()
    assert set(np.unique(y)) == {0.0, 1.25}
    assert abs((y == 0).mean() - 0.2) < 0.005
    assert abs(y.mean() - 1) < 0.01
    # Rows and columns are independent of each other.
    assert abs((y == 0).mean(0) - 0.2).max() < 0.15
    assert abs((y == 0).mean(1) - 0.2).max() < 0.1


def test_dropout_draws_anew_and_a_seed_repeats_it():
    x = tf.ones((4, 100))
    layer, same, other = (tfk_ext.Dropout(0.5, seed=s) for s in (7, 7, 8))
    first, second = layer(x, training=True), layer(x, training=True)
    assert (first.numpy() != second.numpy()).any()
    np.testing.assert_array_equal(same(x, training=True), first)
    np.testing.assert_array_equal(same(x, training=True), second)
    assert (other(x, training=True).numpy() != first.numpy()).any()


def test_dropout_without_a_seed_differs_between_layers():
    x = tf.ones((4, 100))
    one, two = tfk_ext.Dropout(0.5), tfk_ext.Dropout(0.5)
    assert (one(x, training=True).numpy() != two(x, training=True).numpy()).any()


def test_dropout_edges():
    x = tf.ones((2, 3))
    np.testing.assert_array_equal(tfk_ext.Dropout(1.0)(x, training=True), np.zeros((2, 3)))
    layer = tfk_ext.Dropout(0)
    assert layer(x, training=True) is x
    assert layer.weights == [] and not hasattr(layer, "seed_generator")
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tfk_ext.Dropout(1.0)(x, training=True)
    assert np.isfinite(tf.convert_to_tensor(tape.gradient(y, x, unconnected_gradients="zero"))).all()


def test_dropout_gradient_is_that_of_the_kept():
    layer, x = tfk_ext.Dropout(0.5, seed=3), tf.ones((4, 5))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=True)
    np.testing.assert_array_equal(tape.gradient(y, x), y)


@pytest.mark.parametrize(
    "noise_shape", [(4, 1, 5), (None, 1, None), [None, 1, 5], np.array([4, 1, 5]), (1, 5)]
)
def test_noise_shape(noise_shape):
    layer = tfk_ext.Dropout(0.5, noise_shape=noise_shape, seed=1)
    y = layer(tf.ones((4, 6, 5)), training=True).numpy()
    assert (y == y[:, :1]).all(), "one draw for all steps"
    assert 0 < (y == 0).mean() < 1
    batch = tf.function(lambda x: layer(x, training=True)).get_concrete_function(
        tf.TensorSpec((None, None, 5), tf.float32)
    )
    y = batch(tf.ones((4, 6, 5))).numpy()
    assert (y == y[:, :1]).all()


def test_noise_shape_that_does_not_fit():
    for noise_shape in [(4, 2), (1, 1, 1, 1), (None, 3)]:
        with pytest.raises(ValueError, match="noise_shape .* can't be broadcast"):
            tfk_ext.Dropout(0.5, noise_shape=noise_shape)(tf.ones((4, 6, 5)), training=True)


@pytest.mark.parametrize(
    "cls, shape, axes",
    [
        (tfk_ext.SpatialDropout1D, (20, 6, 50), (1,)),
        (tfk_ext.SpatialDropout2D, (20, 3, 4, 50), (1, 2)),
        (tfk_ext.SpatialDropout3D, (20, 2, 3, 2, 50), (1, 2, 3)),
    ],
)
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_spatial_dropout_drops_whole_maps(cls, shape, axes, data_format):
    options = {}
    if cls is tfk_ext.SpatialDropout1D and data_format == "channels_first":
        pytest.skip("a sequence has its channels last")
    if cls is not tfk_ext.SpatialDropout1D:
        options["data_format"] = data_format
    x = np.ones(shape, "float32")
    if data_format == "channels_first":
        x, axes = np.moveaxis(x, -1, 1), tuple(range(2, x.ndim))
    y = cls(0.4, seed=2, **options)(x, training=True).numpy()
    means = y.mean(axes)
    assert set(np.unique(means.round(4))) == {0.0, np.float32(1 / 0.6).round(4)}
    assert abs((means == 0).mean() - 0.4) < 0.06


def test_dropout_differs_between_replicas():
    strategy = two_replicas()
    with strategy.scope():
        layer = tfk_ext.Dropout(0.5, seed=1)
        layer.build((None, 100))

    @tf.function
    def step():
        return strategy.run(lambda: layer(tf.ones((1, 100)), training=True))

    one, two = strategy.experimental_local_results(step())
    assert (one.numpy() != two.numpy()).any()


def test_dropout_in_half_precision_keeps_the_rate():
    # bfloat16 has 128 numbers below 1: drawn in it, a rate of 0.001 would never drop anything.
    layer = tfk_ext.Dropout(0.001, seed=1, dtype="mixed_bfloat16")
    y = layer(tf.ones((1000, 1000)), training=True)
    assert y.dtype == tf.bfloat16
    assert abs(float(tf.reduce_mean(tf.cast(y == 0, tf.float32))) - 0.001) < 0.0002


def test_activity_regularization_adds_to_the_loss(rng):
    x = rng.standard_normal((5, 3)).astype("float32")
    model = tf.keras.Sequential([tfk_ext.ActivityRegularization(l1=0.1, l2=0.2, input_shape=(3,))])
    model.compile("sgd", "mse", jit_compile=True)
    expected = (0.1 * np.abs(x).sum() + 0.2 * (x**2).sum()) / 5
    assert model.evaluate(x, x, batch_size=5, verbose=0) == pytest.approx(expected, rel=1e-5)


def test_masking_skips_the_steps_of_the_documents_example(rng):
    x = rng.standard_normal((3, 8, 4)).astype("float32")
    x[0, 3], x[2, 5] = 0.0, 0.0
    model = tf.keras.Sequential(
        [tfk_ext.Masking(mask_value=0.0, input_shape=(8, 4)), tf.keras.layers.LSTM(5)]
    )
    y = model(x).numpy()
    lstm = model.layers[-1]
    for sample, step in ((0, 3), (2, 5)):
        without = np.delete(x[sample : sample + 1], step, axis=1)
        np.testing.assert_allclose(y[sample : sample + 1], lstm(without), rtol=1e-5, atol=1e-6)


def test_masking_zeroes_the_steps():
    x = np.array([[[7.0, 7.0], [7.0, 1.0]]], "float32")
    np.testing.assert_array_equal(tfk_ext.Masking(7)(x), [[[0, 0], [7, 1]]])


MASK_PASSERS = [
    lambda: tfk_ext.Dense(3),
    lambda: tfk_ext.Activation("relu"),
    lambda: tfk_ext.Dropout(0.1),
    lambda: tfk_ext.SpatialDropout1D(0.1),
    lambda: tfk_ext.ActivityRegularization(0.1),
    lambda: tfk_ext.GaussianNoise(0.1),
    lambda: tfk_ext.GaussianDropout(0.1),
    lambda: tfk_ext.AlphaDropout(0.1),
    lambda: tfk_ext.BatchNormalization(),
    lambda: tfk_ext.LeakyReLU(),
    lambda: tfk_ext.PReLU(shared_axes=[1]),
    lambda: tfk_ext.ELU(),
    lambda: tfk_ext.ThresholdedReLU(),
    lambda: tfk_ext.Softmax(),
    lambda: tfk_ext.Softmax(axis=1),
    lambda: tfk_ext.ReLU(),
]


@pytest.mark.parametrize("make", MASK_PASSERS, ids=lambda m: type(m()).__name__)
def test_a_mask_reaches_the_layer_behind(make, tmp_path, rng):
    """Embedding with mask_zero, a layer that passes masks on, and a recurrent layer that needs one."""
    words = tf.keras.Input((None,), dtype="int32")
    x = tfk_ext.Embedding(10, 4, mask_zero=True)(words)
    model = tf.keras.Model(words, tf.keras.layers.LSTM(3)(make()(x)))
    short, padded = np.array([[3, 5, 2]]), np.array([[3, 5, 2, 0, 0]])
    np.testing.assert_allclose(model(padded), model(short), rtol=1e-4, atol=1e-5)
    model.save(tmp_path / "m.keras")
    restored = tf.keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(restored(padded), model(short), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda: tfk_ext.Flatten(),
        lambda: tfk_ext.Reshape((4, 3)),
        lambda: tfk_ext.Permute((2, 1)),
    ],
    ids=["Flatten", "Reshape", "Permute"],
)
def test_a_mask_is_refused_in_a_model(make):
    words = tf.keras.Input((3,), dtype="int32")
    x = tfk_ext.Embedding(10, 4, mask_zero=True)(words)
    with pytest.raises(TypeError, match="does not support masking"):
        make()(x)


def test_input():
    assert tfk_ext.Input(shape=(32,)).shape == (None, 32)
    assert tfk_ext.Input(32).shape == (None, 32)
    assert tfk_ext.Input((), dtype="string").dtype == "string"
    assert tfk_ext.Input((3,), None, "words", "int32").name == "words"
    assert tfk_ext.Input(batch_shape=(8, None, 3)).shape == (8, None, 3)
    assert tfk_ext.Input((3,), batch_size=4).shape == (4, 3)
    assert tfk_ext.Input((3,), sparse=True).sparse
    made = tfk_ext.Input((3,))
    assert tfk_ext.Input(tensor=made).shape == (None, 3)
    model = tf.keras.Model(made, tfk_ext.Dense(2)(made))
    assert model.output_shape == (None, 2)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({}, "either shape or batch_shape"),
        ({"shape": (3,), "batch_shape": (2, 3)}, "either shape or batch_shape"),
        ({"shape": "three"}, "shape must be a tuple"),
        ({"shape": (-3,)}, "shape must be a tuple"),
        ({"batch_shape": (2, 3), "batch_size": 2}, "not in both"),
        ({"tensor": np.ones((2, 3))}, "symbolic"),
    ],
)
def test_bad_input(arguments, words):
    with pytest.raises(ValueError, match=words):
        tfk_ext.Input(**arguments)


def test_sparse_inputs(rng):
    x = rng.standard_normal((3, 8)) * (rng.uniform(size=(3, 8)) > 0.6)
    sparse = tf.sparse.from_dense(x.astype("float32"))
    for make in (
        lambda: tfk_ext.Dense(4, kernel_initializer="ones"),
        lambda: tfk_ext.Reshape((4, 2)),
        lambda: tfk_ext.Reshape((2, -1)),
        lambda: tfk_ext.Flatten(),
        lambda: tfk_ext.Permute((1,)),
    ):
        y = make()(sparse)
        y = tf.sparse.to_dense(y) if isinstance(y, tf.SparseTensor) else y
        np.testing.assert_allclose(y, make()(x), rtol=1e-5)
    model = tf.keras.Sequential([tfk_ext.Input((8,), sparse=True), tfk_ext.Dense(2)])
    model.compile("sgd", "mse")
    model.fit(sparse, np.ones((3, 2)), batch_size=3, verbose=0)
    np.testing.assert_allclose(model(sparse), model.layers[-1](tf.constant(x, tf.float32)), rtol=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_reshape_and_permute_equal_the_oracle(data):
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    x = np.arange(2 * np.prod(sizes), dtype="float32").reshape(2, *sizes)
    target = data.draw(st.permutations(sizes))
    if data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(target) - 1))
        target = [*target[:place], -1, *target[place + 1 :]]
    np.testing.assert_array_equal(tfk_ext.Reshape(target)(x), tf_keras.layers.Reshape(target)(x))
    unknown = data.draw(st.lists(st.booleans(), min_size=len(sizes), max_size=len(sizes)))
    spec = tf.TensorSpec([None, *(None if u else n for u, n in zip(unknown, sizes))], tf.float32)
    reshape = tf.function(tfk_ext.Reshape(target), input_signature=[spec])
    np.testing.assert_array_equal(reshape(x), tf_keras.layers.Reshape(target)(x))
    dims = tuple(d + 1 for d in data.draw(st.permutations(range(len(sizes)))))
    layer = tfk_ext.Permute(dims)
    np.testing.assert_array_equal(layer(x), tf_keras.layers.Permute(dims)(x))
    assert layer.compute_output_shape(spec.shape) == tf_keras.layers.Permute(dims).compute_output_shape(
        tuple(spec.shape)
    )
