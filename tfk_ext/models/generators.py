"""The classic methods for generators, which ``fit``, ``evaluate`` and ``predict`` have taken over."""

from __future__ import annotations

from typing import Any

from tfk_ext import checks
from tfk_ext.compat.spellings.calls import accept_old_spellings
from tfk_ext.models import queues
from tfk_ext.models.mixin import Mixin


class Generators(Mixin):
    """``fit_generator``, ``evaluate_generator``, ``predict_generator``. It stands before the Keras class."""

    @accept_old_spellings(owner="Model.fit_generator")
    def fit_generator(
        self,
        generator,
        steps_per_epoch=None,
        epochs=1,
        verbose=1,
        callbacks=None,
        validation_data=None,
        validation_steps=None,
        class_weight=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        shuffle=True,
        initial_epoch=0,
        validation_freq=1,
    ):
        """Train on the batches of a generator or ``Sequence``.

        Args:
            generator: gives ``(inputs, targets)`` or ``(inputs, targets, sample_weights)``.
            steps_per_epoch: batches of an epoch; a ``Sequence`` has a length of its own.
            epochs: number of the last epoch.
            verbose: 0 for silence, 1 for a progress bar, 2 for a line an epoch.
            callbacks: a callback or a list of them.
            validation_data: arrays ``(x, y)`` or ``(x, y, sample_weight)``, a generator or a ``Sequence``.
            validation_steps: batches of a validation, needed for a generator.
            class_weight: ``{class: weight}``; for several outputs a list or a dictionary by output name.
            max_queue_size: how many batches wait at most.
            workers: how many threads or processes make them; 0 for the thread that trains.
            use_multiprocessing: processes instead of threads.
            shuffle: whether the batches of a ``Sequence`` are shuffled before each epoch.
            initial_epoch: number of epochs that have been done before.
            validation_freq: validate after each so many epochs, or after the epochs of a list.

        Returns:
            The ``History``.

        Example:
            >>> def batches():
            ...     while True:
            ...         yield np.ones((4, 2)), np.ones(4)
            >>> model = tfk_ext.Sequential([tfk_ext.Dense(1, input_dim=2)])
            >>> model.compile("sgd", "mse")
            >>> history = model.fit_generator(batches(), steps_per_epoch=3, epochs=2, verbose=0)
            >>> len(history.history["loss"])
            2
        """
        return self.fit(
            _source(self, generator),
            steps_per_epoch=steps_per_epoch,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_data=validation_data,
            validation_steps=validation_steps,
            class_weight=class_weight,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            shuffle=shuffle,
            initial_epoch=initial_epoch,
            validation_freq=validation_freq,
        )

    @accept_old_spellings(owner="Model.evaluate_generator")
    def evaluate_generator(
        self,
        generator,
        steps=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        verbose=0,
        callbacks=None,
    ):
        """Return the loss and the metrics over the batches of a generator or ``Sequence``.

        Args:
            generator: gives ``(inputs, targets)`` or ``(inputs, targets, sample_weights)``.
            steps: number of batches; ``None`` for all.
            max_queue_size, workers, use_multiprocessing, verbose, callbacks: see :meth:`fit_generator`.

        Returns:
            The loss, or with metrics a list in the order of ``metrics_names``.
        """
        return self.evaluate(
            _source(self, generator),
            steps=steps,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            verbose=verbose,
            callbacks=callbacks,
        )

    @accept_old_spellings(owner="Model.predict_generator")
    def predict_generator(
        self,
        generator,
        steps=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        verbose=0,
        callbacks=None,
    ):
        """Return the outputs for the batches of a generator or ``Sequence``.

        Args:
            generator: gives inputs, or tuples that begin with them.
            steps: number of batches; ``None`` for all.
            max_queue_size, workers, use_multiprocessing, verbose, callbacks: see :meth:`fit_generator`.

        Returns:
            An array; a list of them for several outputs.
        """
        return self.predict(
            _source(self, generator),
            steps=steps,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            verbose=verbose,
            callbacks=callbacks,
        )


def _source(model: Any, generator: Any) -> Any:
    if queues.is_generator(generator) or queues.is_sequence(generator):
        return generator
    if hasattr(generator, "element_spec") or hasattr(generator, "__next__"):
        return generator
    if hasattr(generator, "__iter__") and not hasattr(generator, "shape"):
        return iter(generator)
    return checks.fail(
        model,
        f"generator must be a generator or a Sequence, got {type(generator).__name__}; use fit for arrays.",
    )
