"""``fit``, ``evaluate`` and ``predict`` in bursts of steps, where nobody looks at single batches."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

import numpy as np
import tensorflow as tf

from tfk_ext.models.bursts import Arrays, Bursts, Predictions, possible
from tfk_ext.models.feeding import Feed, Validation
from tfk_ext.models.mixin import Mixin


class InBursts(Mixin):
    """The epochs of a model whose steps run in bursts; it stands before Keras's trainer."""

    def _fits_in_bursts(self, data: Feed, validation: Validation | None, callbacks: Any) -> bool:
        if not isinstance(callbacks, list) or not _serves(self, "train", data, callbacks):
            return False
        if validation is None:
            return True
        return validation.steps is None and possible(
            self, "test", validation.data, validation.batch_size, callbacks
        )

    def _fit_in_bursts(
        self,
        data: Feed,
        validation: Validation | None,
        callbacks: list[Any],
        verbose: Any,
        epochs: range,
        validation_freq: Any,
    ) -> Any:
        held = Arrays(data.arrays, data.batch_size)
        steps = self._bursts_of("train", data)
        listed = tf.keras.callbacks.CallbackList(
            callbacks,
            add_history=True,
            add_progbar=verbose != 0,
            model=self,
            verbose=verbose,
            epochs=epochs.stop,
            steps=held.batches,
        )
        validate = None
        if validation is not None:
            held_back = Arrays(validation.data, validation.batch_size)
            tests = self._bursts_of("test", data)

            def validate(epoch):
                if not _is_due(validation_freq, epoch):
                    return {}
                return {f"val_{name}": v for name, v in _evaluate(self, tests, held_back, listed).items()}

        _fit(self, steps, held, validate, listed, epochs, data.shuffle)
        return self.history

    def _evaluates_in_bursts(self, data: Feed, callbacks: list[Any]) -> bool:
        return _serves(self, "test", data, callbacks)

    def _evaluate_in_bursts(self, data: Feed, callbacks: list[Any], verbose: Any) -> dict[str, Any]:
        held = Arrays(data.arrays, data.batch_size)
        steps = self._bursts_of("test", data)
        return _evaluate(self, steps, held, _once(self, callbacks, held, verbose))

    def _predicts_in_bursts(self, data: Feed, callbacks: Any) -> bool:
        return self.built and isinstance(callbacks, list) and _serves(self, "predict", data, callbacks)

    def _predict_in_bursts(self, data: Feed, callbacks: list[Any], verbose: Any) -> Any:
        """Return the outputs; raise ``NotInBursts`` where they can't be put together."""
        held = Arrays(data.arrays, data.batch_size)
        kept = self.__dict__.setdefault("_predictions", {})
        if kept.get("layers") != self.layers:  # a layer may have been added
            kept.update(bursts=Predictions(self), layers=self.layers)
        return _predict(self, kept["bursts"], held, _once(self, callbacks, held, verbose))

    def _bursts_of(self, kind: str, data: Feed) -> Bursts:
        """Return the bursts of a kind, which are kept until the model is compiled anew."""
        kept = self.__dict__.setdefault("_bursts", {})
        if not kept:
            # Keras builds what only data tell: the model, its losses and metrics, the optimizer.
            x, y, sample_weight = data.arrays
            nobody = tf.keras.callbacks.CallbackList([], add_history=True, model=self)
            super().fit(x, y, data.batch_size, 0, 0, nobody, sample_weight=sample_weight)
        if kind not in kept:
            kept[kind] = Bursts(self, kind)
        return kept[kind]


def _serves(model, kind, data, callbacks):
    return data.steps is None and possible(model, kind, data.arrays, data.batch_size, callbacks)


def _fit(
    model: Any,
    steps: Bursts,
    data: Arrays,
    validate: Callable | None,
    callbacks: Any,
    epochs: range,
    shuffle: Any,
) -> None:
    model.stop_training = False
    callbacks.on_train_begin()
    values: dict[str, Any] | None = None
    for epoch in epochs:
        model.reset_metrics()
        callbacks.on_epoch_begin(epoch)
        begin, end = callbacks.on_train_batch_begin, callbacks.on_train_batch_end
        values = dict(steps.run(data, data.order(shuffle), begin, end, lambda: model.stop_training))
        if validate is not None:
            values.update(validate(epoch))
        callbacks.on_epoch_end(epoch, values)
        if model.stop_training:
            break
    if epochs:
        model.optimizer.finalize_variable_values(model.trainable_variables)
    callbacks.on_train_end(values)


def _evaluate(model, steps, data, callbacks):
    model.stop_evaluating = False
    callbacks.on_test_begin()
    model.reset_metrics()
    begin, end = callbacks.on_test_batch_begin, callbacks.on_test_batch_end
    values = steps.run(data, data.order(shuffle=False), begin, end, lambda: model.stop_evaluating)
    values = {name: float(v) if v.shape.rank == 0 else v.numpy() for name, v in values.items()}
    callbacks.on_test_end(values)
    return values


def _once(model, callbacks, data, verbose):
    """Return the callbacks of one pass over the data."""
    return tf.keras.callbacks.CallbackList(
        callbacks, add_progbar=verbose != 0, model=model, verbose=verbose, epochs=1, steps=data.batches
    )


def _predict(model, steps, data, callbacks):
    outputs = []

    def end(last, made):
        outputs.append(tf.keras.tree.map_structure(lambda tensor: tensor.numpy(), made))
        callbacks.on_predict_batch_end(last, {"outputs": made})

    model.stop_predicting = False
    steps.burst_of(data)
    callbacks.on_predict_begin()
    begin = callbacks.on_predict_batch_begin
    steps.run(data, data.order(shuffle=False), begin, end, lambda: model.stop_predicting)
    callbacks.on_predict_end()
    return tf.keras.tree.map_structure(lambda *parts: np.concatenate(parts), *outputs)


def _is_due(validation_freq: int | Container[int], epoch: int) -> bool:
    if isinstance(validation_freq, int):
        return (epoch + 1) % validation_freq == 0
    return epoch + 1 in validation_freq
