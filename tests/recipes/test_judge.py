"""The figures that say how recognisable and how diverse images are."""

import numpy as np
import pytest

from recipes import judge
from recipes.data import digits
from tests.recipes import samples


def test_spread_is_the_mean_distance_of_two(rng):
    points = rng.normal(size=(12, 3))
    pairs = [np.linalg.norm(a - b) for i, a in enumerate(points) for b in points[:i]]
    np.testing.assert_allclose(judge.spread(points), np.mean(pairs), rtol=1e-6)


def test_frechet_distance_against_scipy(rng):
    linalg = pytest.importorskip("scipy.linalg")
    first, second = rng.normal(size=(200, 4)), rng.normal(size=(150, 4)) @ rng.normal(size=(4, 4)) + 1
    covariances = np.cov(first.T), np.cov(second.T)
    expected = np.sum((first.mean(0) - second.mean(0)) ** 2) + np.trace(
        covariances[0] + covariances[1] - 2 * linalg.sqrtm(covariances[0] @ covariances[1]).real
    )
    np.testing.assert_allclose(judge.frechet(first, second), expected, rtol=1e-8)
    np.testing.assert_allclose(judge.frechet(first, first), 0, atol=1e-8)


@pytest.mark.slow
def test_a_judge_tells_real_images_from_one_image_and_from_noise(tmp_path, rng):
    images = digits.load(str(samples.npz(tmp_path / "a.npz", **samples.arrays(600, 100))))
    marks = judge.Judge(judge.train_classifier(images, seed=1), images)
    assert marks.accuracy == 1
    real = marks.figures(judge.scaled(images.test))
    assert real["confident"] > 0.9
    assert real["classes"] == 10
    np.testing.assert_allclose(real["entropy"], 1, atol=1e-6)
    one = marks.figures(np.repeat(judge.scaled(images.test[:1]), 50, axis=0))
    assert (one["classes"], one["entropy"]) == (1, 0)
    assert one["spread"] == pytest.approx(0, abs=1e-3)
    noise = marks.figures(rng.uniform(size=(100, 28, 28, 1)).astype(np.float32))
    assert real["frechet"] < one["frechet"] and real["frechet"] < noise["frechet"]
    assert marks.confident(judge.scaled(images.test)) == real["confident"]
