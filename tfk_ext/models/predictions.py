"""What classifiers predict: ``predict_proba``, ``predict_classes``."""

from __future__ import annotations

import numpy as np

from tfk_ext import checks
from tfk_ext.models.mixin import Mixin


class Predictions(Mixin):
    """The documented methods of classifiers, over ``predict``."""

    def predict_proba(self, x, batch_size=None, verbose=0, steps=None):
        """Return the outputs for inputs, which are probabilities if the last activation makes them."""
        return self.predict(x, batch_size=batch_size, verbose=verbose, steps=steps)

    def predict_classes(self, x, batch_size=None, verbose=0, steps=None):
        """Return the most probable class of each sample.

        Args:
            x, batch_size, verbose, steps: see :meth:`predict`.

        Returns:
            For outputs ``(samples, classes)`` the index of the largest; for a single output unit 0 or 1,
            as an integer array of the output's shape.

        Example:
            >>> model = tfk_ext.Sequential([tfk_ext.Activation("sigmoid", input_shape=(1,))])
            >>> model.predict_classes(np.array([[-1.0], [2.0]])).tolist()
            [[0], [1]]
        """
        outputs = self.predict(x, batch_size=batch_size, verbose=verbose, steps=steps)
        if not isinstance(outputs, np.ndarray):
            checks.fail(self, "predict_classes needs a model with one output; use predict for several.")
        if outputs.shape[-1] > 1:
            return outputs.argmax(axis=-1)
        return (outputs > 0.5).astype("int32")
