"""ImageDataGenerator and its batches from arrays, against tf_keras with the same seed."""

import concurrent.futures
import copy
import pickle
import warnings

import numpy as np
import pytest
import tensorflow as tf
from tf_keras.preprocessing import image as classic

from tfk_ext.preprocessing.image import (
    ImageDataGenerator,
    Iterator,
    augmentation,
    img_to_array,
    load_img,
)

pytestmark = pytest.mark.filterwarnings("ignore:Please import `affine_transform`:DeprecationWarning")

AFFINE = {
    "rotation_range": 30,
    "width_shift_range": 0.2,
    "height_shift_range": 0.1,
    "shear_range": 15.0,
    "zoom_range": 0.3,
}
CONFIGS = [
    {},
    {"rotation_range": 40, "rescale": 1 / 255},
    {"width_shift_range": 3, "height_shift_range": 0.2},
    {"width_shift_range": [-2, 0, 4], "height_shift_range": [0.1, 0.3]},
    {"width_shift_range": 2.5},
    {"zoom_range": (0.7, 1.0), "fill_mode": "constant", "cval": 9.0},
    {"horizontal_flip": True, "vertical_flip": True},
    {"channel_shift_range": 70.0},
    {"brightness_range": (0.4, 1.7)},
    {**AFFINE, "fill_mode": "reflect", "horizontal_flip": True},
    {**AFFINE, "fill_mode": "wrap", "channel_shift_range": 20.0, "brightness_range": [0.8, 1.2]},
    {**AFFINE, "interpolation_order": 0},
    {**AFFINE, "interpolation_order": 3},
    {"samplewise_center": True, "samplewise_std_normalization": True},
    {"preprocessing_function": lambda x: 255.0 - x, "rescale": 0.5, "rotation_range": 5},
    {**AFFINE, "data_format": "channels_first", "vertical_flip": True},
    {**AFFINE, "dtype": "float64"},
]


def noise(*shape):
    return np.random.RandomState(0).uniform(0, 255, shape).astype("float32")


def images(config, count=7):
    x = noise(count, 10, 13, 3)
    return x.transpose(0, 3, 1, 2) if config.get("data_format") == "channels_first" else x


def assert_same(got, wanted):
    got, wanted = (v if isinstance(v, (tuple, list)) else (v,) for v in (got, wanted))
    assert len(got) == len(wanted)
    for a, b in zip(got, wanted):
        if isinstance(b, (list, tuple)):
            assert_same(a, b)
        else:
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a, b, atol=2e-3, rtol=1e-4)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: "-".join(c) or "plain")
def test_flow_equals_keras_for_a_seed(config):
    x, y = images(config), np.arange(7)
    options = {"batch_size": 3, "seed": 5, "sample_weight": np.linspace(0, 1, 7)}
    got = ImageDataGenerator(**config).flow(x, y, **options)
    wanted = classic.ImageDataGenerator(**config).flow(x, y, **options)
    assert len(got) == len(wanted) == 3
    for _ in range(5):  # into the second epoch
        assert_same(next(got), next(wanted))
        assert (got.batch_index, got.total_batches_seen) == (wanted.batch_index, wanted.total_batches_seen)
    for index in (2, 0):
        assert_same(got[index], wanted[index])
    for batches in (got, wanted):
        np.random.seed(8)
        batches.on_epoch_end()
        batches.reset()
    assert_same(got[1], wanted[1])
    assert_same(got.next(), wanted.next())


@pytest.mark.parametrize("config", CONFIGS[:-2], ids=lambda c: "-".join(c) or "plain")
def test_single_images_equal_keras(config):
    mine, theirs = ImageDataGenerator(**config), classic.ImageDataGenerator(**config)
    x = images(config)[0]
    for seed in range(4):
        got, wanted = mine.get_random_transform(x.shape, seed), theirs.get_random_transform(x.shape, seed)
        assert {k: v for k, v in got.items() if v is not None} == pytest.approx(
            {k: v for k, v in wanted.items() if v is not None}
        )
        assert list(got) == list(wanted)
        assert_same(mine.apply_transform(x, got), theirs.apply_transform(x, wanted))
        assert_same(mine.random_transform(x, seed), theirs.random_transform(x, seed))
    assert_same(mine.standardize(x.copy()), theirs.standardize(x.copy()))


@pytest.mark.parametrize("channels", [1, 3, 5])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_large_images_that_are_only_flipped(data_format, channels):
    """They are copied once, each for itself."""
    shape = (260, 264, channels) if data_format == "channels_last" else (channels, 260, 264)
    x = np.random.RandomState(0).randint(0, 256, (6, *shape)).astype("uint8")
    flips = {"horizontal_flip": True, "vertical_flip": True}
    generator = ImageDataGenerator(**flips, rescale=1 / 255, data_format=data_format)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 5 channels
        got = next(generator.flow(x, batch_size=6, shuffle=False, seed=3))
    np.random.seed(3)
    wanted = [generator.standardize(generator.random_transform(image.astype("float32"))) for image in x]
    np.testing.assert_array_equal(got, wanted)
    assert got.dtype == "float32"


def test_parameters_of_a_batch_are_those_of_its_images():
    for config in (
        {**AFFINE, "horizontal_flip": True, "brightness_range": (0.5, 2)},
        {"width_shift_range": 3},
    ):
        generator = ImageDataGenerator(**config)
        np.random.seed(3)
        together = generator.draw_batch(5, (10, 13, 3))
        np.random.seed(3)
        for i in range(5):
            single = generator.get_random_transform((10, 13, 3))
            assert {k: v[i] for k, v in together.items() if v is not None} == {
                k: v for k, v in single.items() if v is not None
            }


def test_a_large_batch_is_compiled_and_equal():
    x = noise(8, 96, 96, 3)
    config = {**AFFINE, "horizontal_flip": True, "fill_mode": "constant"}
    got = next(ImageDataGenerator(**config).flow(x, batch_size=8, seed=1))
    wanted = next(classic.ImageDataGenerator(**config).flow(x, batch_size=8, seed=1))
    assert (np.abs(got - wanted) <= 1).mean() >= 0.999
    assert_same(got, wanted)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("augment", [False, True])
@pytest.mark.filterwarnings("ignore:ImageDataGenerator", "ignore:This ImageDataGenerator")
def test_fit_equals_keras(augment, data_format):
    for config in (
        {"featurewise_center": True, "featurewise_std_normalization": True, "rescale": 1 / 255},
        {"zca_whitening": True, "zca_epsilon": 1e-2, "featurewise_std_normalization": True},
        {"featurewise_std_normalization": True, "rotation_range": 30, "horizontal_flip": True},
    ):
        config = {**config, "data_format": data_format}
        # More images than values in one: else the smallest singular values are rounding errors.
        x = noise(80, 4, 5, 3) if data_format == "channels_last" else noise(80, 3, 4, 5)
        mine, theirs = ImageDataGenerator(**config), classic.ImageDataGenerator(**config)
        before = x.copy()
        for generator in (mine, theirs):
            generator.fit(x, augment=augment, rounds=2, seed=3)
        np.testing.assert_array_equal(x, before)
        np.testing.assert_allclose(mine.mean, theirs.mean, rtol=1e-5)
        if theirs.std is not None:
            np.testing.assert_allclose(mine.std, theirs.std, rtol=1e-5)
        if theirs.zca_whitening_matrix is not None:
            scale = np.abs(theirs.zca_whitening_matrix).max()
            np.testing.assert_allclose(
                mine.zca_whitening_matrix / scale, theirs.zca_whitening_matrix / scale, atol=1e-4
            )
        got, wanted = (next(g.flow(x, batch_size=20, shuffle=False, seed=1)) for g in (mine, theirs))
        np.testing.assert_allclose(got, wanted, atol=2e-3 * max(1, np.abs(wanted).max()))


def test_whitening_is_the_same_by_either_way():
    """More rows than columns are decomposed by the products of the columns."""
    x = noise(50, 12) - noise(50, 12).mean(axis=0)
    values = np.linalg.svd(x.astype("float64").T, full_matrices=False)
    wanted = values[0] * (np.sqrt(50) / (values[1] + 0.1)) @ values[0].T
    np.testing.assert_allclose(augmentation.whitening(x, 0.1), wanted, rtol=1e-4, atol=1e-6)
    short = augmentation.whitening(x[:8], 0.1)
    assert short.dtype == np.float32 and np.linalg.matrix_rank(short) == 8
    white = x @ augmentation.whitening(x, 0.0)
    np.testing.assert_allclose(white.T @ white / 50, np.eye(12), atol=1e-3)


def test_normalization_is_by_image_in_a_batch_too():
    generator = ImageDataGenerator(samplewise_center=True, samplewise_std_normalization=True)
    x = noise(4, 5, 6, 3)
    result = generator.standardize(x.copy())
    np.testing.assert_allclose(result.mean(axis=(1, 2, 3)), 0, atol=1e-4)
    np.testing.assert_allclose(result[1], generator.standardize(x[1].copy()), atol=1e-5)


def test_inputs_of_several_kinds():
    x, y = noise(6, 4, 4, 3), np.eye(6)
    extra = [np.arange(6), noise(6, 2)]
    for inputs in ((x, extra[0]), [x, extra], x):
        got = ImageDataGenerator().flow(inputs, y, batch_size=4, seed=1)
        wanted = classic.ImageDataGenerator().flow(inputs, y, batch_size=4, seed=1)
        assert_same(next(got), next(wanted))
    small = (x / 255).astype("uint8")
    assert next(ImageDataGenerator().flow(small)).dtype == "float32"
    assert ImageDataGenerator().flow(small).x.dtype == "uint8"  # not four times as large
    result = next(ImageDataGenerator(rotation_range=20, dtype="uint8").flow(x.astype("uint8")))
    assert result.dtype == "uint8"


@pytest.mark.parametrize("subset", ["training", "validation"])
def test_subsets_equal_keras(subset):
    x, y = noise(10, 4, 4, 3), np.tile([0, 1], 5)
    options = {"shuffle": False, "subset": subset, "batch_size": 10}
    got, wanted = (
        cls(validation_split=0.3).flow((x, np.arange(10)), y, **options)
        for cls in (ImageDataGenerator, classic.ImageDataGenerator)
    )
    assert got.n == wanted.n == {"training": 7, "validation": 3}[subset]
    assert_same(next(got), next(wanted))
    weighted = ImageDataGenerator(validation_split=0.3).flow(x, y, **options, sample_weight=np.arange(10))
    np.testing.assert_array_equal(next(weighted)[2], got.x_misc[0])  # Keras gives the weights of others
    ordered = np.repeat([0, 1], 5)
    with pytest.raises(ValueError, match="ignore_class_split"):
        ImageDataGenerator(validation_split=0.3).flow(x, ordered, subset=subset)
    assert ImageDataGenerator(validation_split=0.3).flow(
        x, ordered, subset=subset, ignore_class_split=True
    ).n in (3, 7)


def test_saved_images_have_the_names_keras_gives(tmp_path):
    x = noise(5, 8, 8, 3)
    options = {"batch_size": 5, "seed": 2, "save_prefix": "cat", "save_format": "png"}
    names = []
    for cls in (ImageDataGenerator, classic.ImageDataGenerator):
        folder = tmp_path / cls.__module__
        folder.mkdir()
        batch = next(cls(**AFFINE).flow(x, save_to_dir=str(folder), **options))
        names.append(sorted(p.name for p in folder.iterdir()))
    assert names[0] == names[1] and len(names[0]) == 5
    # Written with its values spread over 0 to 255.
    index = int(names[0][0].split("_")[1])
    order = np.random.RandomState(2).permutation(5).tolist().index(index)
    saved = img_to_array(load_img(tmp_path / ImageDataGenerator.__module__ / names[0][0]))
    mine = batch[order]
    np.testing.assert_allclose(saved, (mine - mine.min()) / (mine.max() - mine.min()) * 255, atol=1.1)


@pytest.mark.slow
def test_fit_of_a_model_takes_every_form():
    x, y = noise(12, 8, 8, 3), np.arange(12) % 2
    generator = ImageDataGenerator(rotation_range=10, rescale=1 / 255, validation_split=0.25)
    model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    training = generator.flow(x, y, batch_size=4, subset="training", sample_weight=np.ones(12))
    validation = generator.flow(x, y, batch_size=4, subset="validation")
    history = model.fit(training, validation_data=validation, epochs=2, verbose=0)
    assert len(history.history["val_loss"]) == 2 and np.isfinite(history.history["loss"]).all()
    model.fit(training, steps_per_epoch=2, verbose=0)
    model.fit(training.as_dataset(), epochs=2, verbose=0)
    assert model.evaluate(validation, verbose=0) >= 0
    assert model.predict(generator.flow(x, batch_size=5, shuffle=False), verbose=0).shape == (12, 1)
    two = [tf.keras.Input((8, 8, 3)), tf.keras.Input((2,))]
    joined = tf.keras.layers.concatenate([tf.keras.layers.Flatten()(two[0]), two[1]])
    model = tf.keras.Model(two, tf.keras.layers.Dense(1)(joined))
    model.compile("sgd", "mse")
    model.fit(generator.flow((x, noise(12, 2)), y, batch_size=4), verbose=0)


def test_as_dataset_gives_the_same_batches():
    x, y = noise(7, 8, 8, 3), np.arange(7, dtype="int32")
    generator = ImageDataGenerator(**AFFINE)
    for options in ({}, {"y": y}, {"y": y, "sample_weight": np.ones(7)}):
        flow = generator.flow(x, batch_size=3, seed=4, **options)
        again = generator.flow(x, batch_size=3, seed=4, **options)
        data = flow.as_dataset()
        assert len(data) == 3
        for index, batch in enumerate(list(data)):  # all drawn first: both draw from NumPy's global generator
            assert_same(tf.nest.map_structure(np.asarray, batch), again[index])
    data = generator.flow((x, [y, y]), y, batch_size=3, seed=4).as_dataset()
    assert tf.nest.map_structure(lambda t: t.shape[0], data.element_spec) == ((None,) * 3, None)
    order = [np.concatenate([b[1] for b in data]).tolist() for _ in range(2)]
    assert order[0] != order[1] and sorted(order[1]) == y.tolist()  # shuffled anew


@pytest.mark.slow
def test_augment_dataset_gives_the_batches_of_flow():
    x, y = noise(7, 8, 8, 3), np.arange(7)
    generator = ImageDataGenerator(**AFFINE, rescale=1 / 255)
    flow = generator.flow(x, y, batch_size=3, seed=4, shuffle=False)
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(3)
    augmented = generator.augment_dataset(data, seed=4)
    assert len(augmented) == 3
    for _ in range(2):  # other transformations in the second pass
        for batch in augmented:
            assert_same(tuple(map(np.asarray, batch)), next(flow))
    endless = generator.augment_dataset(data.filter(lambda *_: True), seed=4)
    first, second = ([np.asarray(a) for a, _ in endless] for _ in range(2))
    assert_same(first[0], generator.flow(x, batch_size=3, seed=4, shuffle=False)[0])
    assert len(second) == 3 and np.abs(first[1] - second[1]).max() > 0.01
    alone = generator.augment_dataset(data.map(lambda a, b: tf.cast(a, tf.uint8)))
    assert alone.element_spec == tf.TensorSpec((None, 8, 8, 3), tf.float32)
    assert [len(batch) for batch in alone] == [3, 3, 1]
    with pytest.raises(ValueError, match="call batch"):
        generator.augment_dataset(data.unbatch())


def test_own_methods_of_a_subclass_are_used():
    class Own(ImageDataGenerator):
        def get_random_transform(self, img_shape, seed=None):
            return {**super().get_random_transform(img_shape, seed), "tx": 2}

        def standardize(self, x):
            return x + 1000

    x = noise(4, 6, 6, 3)
    batch = next(Own().flow(x, shuffle=False))
    np.testing.assert_allclose(batch[:, :, :4], x[:, :, 2:] + 1000, atol=1e-2)

    class Numbers(Iterator):
        def _get_batches_of_transformed_samples(self, index_array):
            return index_array * 10

    assert [v.tolist() for v, _ in zip(Numbers(5, 2, False, None), range(4))] == [
        [0, 10],
        [20, 30],
        [40],
        [0, 10],
    ]
    with pytest.raises(NotImplementedError):
        next(Iterator(5, 2, False, None))


def test_threads_draw_the_same_as_one():
    x = noise(40, 8, 8, 3)
    flow = ImageDataGenerator(**AFFINE).flow(x, batch_size=2, seed=1, shuffle=False)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: next(flow), range(20)))
    again = ImageDataGenerator(**AFFINE).flow(x, batch_size=2, seed=1, shuffle=False)
    key = lambda batch: batch.sum()  # noqa: E731
    for a, b in zip(sorted(results, key=key), sorted((next(again) for _ in range(20)), key=key)):
        np.testing.assert_array_equal(a, b)


def test_iterators_are_copied_and_pickled():
    flow = ImageDataGenerator(**AFFINE).flow(noise(6, 8, 8, 3), batch_size=2, seed=1)
    next(flow)
    twins = copy.deepcopy(flow), pickle.loads(pickle.dumps(flow))
    wanted = next(flow)
    for twin in twins:
        np.testing.assert_array_equal(next(twin), wanted)


@pytest.mark.parametrize(
    "config, words",
    [
        ({"rotation_range": -5}, "rotation_range must be a number of at least 0, got -5"),
        ({"width_shift_range": -0.1}, "width_shift_range"),
        ({"height_shift_range": "far"}, "height_shift_range"),
        ({"height_shift_range": [[1, 2]]}, "height_shift_range"),
        ({"brightness_range": 0.5}, "brightness_range must be a tuple or list of two"),
        ({"brightness_range": (-1, 1)}, "brightness_range"),
        ({"shear_range": -1}, "shear_range"),
        ({"zoom_range": (0.5, 1, 2)}, "zoom_range"),
        ({"zoom_range": 1.5}, "zoom_range must be a number from 0 to 1"),
        ({"channel_shift_range": -1}, "channel_shift_range"),
        ({"fill_mode": "mirrored"}, "'nearest', 'constant', 'reflect', 'wrap'"),
        ({"preprocessing_function": 3}, "preprocessing_function"),
        ({"data_format": "first"}, "data_format"),
        ({"validation_split": 1.0}, "validation_split"),
        ({"validation_split": -0.1}, "validation_split"),
        ({"interpolation_order": 7}, "interpolation_order"),
        ({"horizontal_flip": "yes"}, "horizontal_flip"),
    ],
)
def test_wrong_options_are_named(config, words):
    with pytest.raises(ValueError, match=words):
        ImageDataGenerator(**config)


X = np.zeros((4, 5, 5, 3), "float32")


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda g: g.flow(X[0]), "rank 4"),
        (lambda g: g.flow(X[:0]), "no images"),
        (lambda g: g.flow(X, np.zeros(3)), r"x and y must have the same length"),
        (lambda g: g.flow(X, np.zeros(4), sample_weight=[1]), "sample_weight"),
        (lambda g: g.flow((X, np.zeros(3))), "beside x"),
        (lambda g: g.flow((X,)), "1 items"),
        (lambda g: g.flow(np.full((2, 2, 2, 3), "a")), "numbers"),
        (lambda g: g.flow(X, batch_size=0), "batch_size"),
        (lambda g: g.flow(X, seed=-1), "seed"),
        (lambda g: g.flow(X, subset="training"), "validation_split"),
        (
            lambda g: ImageDataGenerator(validation_split=0.1).flow(X, subset="test"),
            "'training', 'validation'",
        ),
        (lambda g: ImageDataGenerator(validation_split=0.1).flow(X, subset="validation"), "no images in the"),
        (lambda g: g.flow(X)[1], "no batch 1"),
        (lambda g: g.fit(X[0]), "rank 4"),
        (lambda g: g.apply_transform(X, {}), "rank 3"),
        (lambda g: g.standardize(X[0, 0]), "a batch of them"),
        (lambda g: ImageDataGenerator(preprocessing_function=lambda x: x[0]).flow(X)[0], "of the shape"),
    ],
)
def test_wrong_calls_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call(ImageDataGenerator())


def test_warnings_say_what_is_missing():
    with pytest.warns(UserWarning, match="fit hasn't been called"):
        next(ImageDataGenerator(featurewise_center=True).flow(X))
    with pytest.warns(UserWarning, match="switches featurewise_center on"):
        assert ImageDataGenerator(featurewise_std_normalization=True).featurewise_center
    with pytest.warns(UserWarning, match="switches samplewise_center on"):
        assert ImageDataGenerator(samplewise_std_normalization=True).samplewise_center
    with pytest.warns(UserWarning, match="7 channels|with 7"):
        ImageDataGenerator().flow(np.zeros((2, 4, 4, 7)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        next(ImageDataGenerator(**AFFINE).flow(X))
