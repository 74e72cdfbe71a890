"""``train_on_batch`` and its like beside Keras 2."""

import numpy as np
import pytest

from tests.models.common import data, pair, stack, two_by_two


@pytest.mark.slow
def test_values_are_those_of_keras_2():
    ours, theirs = pair(two_by_two)
    (a, b), targets, _ = data()
    for model in (ours, theirs):
        model.compile("sgd", ["categorical_crossentropy", "binary_crossentropy"], metrics=["acc"])
    for _ in range(3):
        mine, other = (m.train_on_batch([a, b], targets) for m in (ours, theirs))
        np.testing.assert_allclose(mine, other, rtol=2e-4)
    assert len(mine) == len(ours.metrics_names) == 5
    np.testing.assert_allclose(
        ours.test_on_batch([a, b], targets), theirs.test_on_batch([a, b], targets), rtol=2e-4
    )
    assert list(ours.test_on_batch([a, b], targets, return_dict=True)) == ours.metrics_names
    outputs = ours.predict_on_batch([a, b])
    assert isinstance(outputs, list)
    np.testing.assert_allclose(outputs[0], theirs.predict_on_batch([a, b])[0], rtol=2e-3)


def test_a_scalar_without_metrics_and_means_over_batches():
    ours, theirs = pair(stack)
    (x, _), (one_hot, _), classes = data()
    for model in (ours, theirs):
        model.compile("sgd", "categorical_crossentropy")
    for reset in (True, False, False, True):
        arguments = {"sample_weight": np.linspace(0, 1, 40), "reset_metrics": reset}
        mine, other = (m.train_on_batch(x, one_hot, **arguments) for m in (ours, theirs))
        assert np.ndim(mine) == 0
        np.testing.assert_allclose(mine, other, rtol=2e-4)
    mine, other = (
        m.train_on_batch(x, one_hot, class_weight={0: 5.0, 1: 1.0, 2: 1.0}) for m in (ours, theirs)
    )
    np.testing.assert_allclose(mine, other, rtol=2e-4)
    weights = np.where(classes == 0, 5.0, 1.0) * np.linspace(1, 2, 40)
    start = ours.get_weights()
    joined = ours.train_on_batch(x, one_hot, np.linspace(1, 2, 40), class_weight={0: 5.0})
    ours.set_weights(start)
    np.testing.assert_allclose(ours.train_on_batch(x, one_hot, weights), joined, rtol=1e-5)
