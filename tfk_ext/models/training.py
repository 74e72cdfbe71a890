"""``compile``, ``fit``, ``evaluate`` and ``predict`` as documented, over Keras's trainer."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.compat.spellings.calls import accept_old_spellings
from tfk_ext.models import compiling, feeding, logs, targets
from tfk_ext.models.bursts import NotInBursts
from tfk_ext.models.in_bursts import InBursts
from tfk_ext.models.output_losses import OutputLosses
from tfk_ext.registration import restored


class Training(InBursts):
    """The documented training surface. It stands before the Keras class and leaves the steps to it."""

    _classic_compile: dict[str, Any] | None = None
    _sample_weight_modes: Any = None
    _with_loss: list[bool] | None = None
    _output_losses: OutputLosses | None = None
    # Before `compile`, as documented; Keras 3 has no such attribute then.
    optimizer: Any = None

    # --- compile ---

    @accept_old_spellings(owner="Model.compile")
    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        metrics=None,
        loss_weights=None,
        sample_weight_mode=None,
        weighted_metrics=None,
        target_tensors=None,
        run_eagerly=False,
        steps_per_execution=None,
        jit_compile="auto",
        auto_scale_loss=True,
    ):
        """Set how the model is trained: optimizer, losses, metrics.

        Args:
            optimizer: an optimizer, or its name in any case.
            loss: a loss, a function ``(y_true, y_pred)``, or a name; for several outputs also a list with one
                for each, or a dictionary by output name, which may leave outputs out.
            metrics: list of metrics, functions or names; for several outputs they hold for each, or are a
                list of lists, or a dictionary by output name.
            loss_weights: list or dictionary of numbers that the outputs' losses are multiplied by.
            sample_weight_mode: ``"temporal"`` for weights ``(samples, steps)``, ``None`` for weights
                ``(samples,)``; for several outputs also a list or a dictionary by output name.
            weighted_metrics: metrics that take sample weights and class weights into account.
            target_tensors: not possible any more; pass targets to ``fit``.
            run_eagerly: run step by step in Python, to debug.
            steps_per_execution: how many batches run in one call of the graph, and are one to the callbacks;
                ``None`` for 1, or for as many as nobody notices.
            jit_compile: whether to compile by XLA.
            auto_scale_loss: whether the loss is scaled under ``mixed_float16``.

        Example:
            >>> model = tfk_ext.Sequential([tfk_ext.Dense(1, input_dim=2, activation="sigmoid")])
            >>> model.compile("sgd", "binary_crossentropy", metrics=["acc"])
            >>> model.metrics_names
            ['loss', 'acc']
        """
        if target_tensors is not None:
            checks.fail(self, "target_tensors can't be given to compile any more; give fit the targets.")
        self._refuse_keras_3_order(metrics)
        given = {
            "optimizer": optimizer,
            "loss": loss,
            "metrics": metrics,
            "loss_weights": loss_weights,
            "sample_weight_mode": sample_weight_mode,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": bool(run_eagerly),
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }
        names = self._output_names()
        losses = compiling.for_outputs(self, "loss", loss, names)
        self._with_loss = [one is not None for one in losses] if isinstance(losses, list) else None
        losses = compiling.map_losses(losses)
        weights = compiling.for_outputs(self, "loss_weights", loss_weights, names, missing=1.0)
        of_outputs = None
        if names and len(names) > 1 and losses is not None:
            losses = losses if isinstance(losses, list) else [losses] * len(names)
            if weights is not None and not isinstance(weights, list):
                checks.fail(self, f"loss_weights must be a list or a dictionary of numbers, got {weights!r}.")
            of_outputs, losses, weights = OutputLosses(names, losses, weights), None, None
        modes = compiling.for_outputs(self, "sample_weight_mode", sample_weight_mode, names)
        for mode in modes if isinstance(modes, list) else [modes]:
            if mode not in (None, "temporal", "samplewise"):
                checks.fail(self, f"sample_weight_mode must be 'temporal' or None, got {mode!r}.")
        resolved = compiling.optimizer(optimizer)
        super().compile(
            optimizer=resolved,
            loss=losses,
            loss_weights=weights,
            metrics=compiling.metrics_for_outputs(self, "metrics", metrics, names),
            weighted_metrics=compiling.metrics_for_outputs(self, "weighted_metrics", weighted_metrics, names),
            run_eagerly=run_eagerly,
            steps_per_execution=1 if steps_per_execution is None else steps_per_execution,
            jit_compile=jit_compile,
            auto_scale_loss=auto_scale_loss,
        )
        self.loss = loss
        object.__setattr__(self, "_output_losses", of_outputs)
        given["optimizer"] = resolved
        object.__setattr__(self, "_classic_compile", given)
        object.__setattr__(self, "_sample_weight_modes", modes)
        object.__setattr__(self, "_metric_names", None)
        object.__setattr__(self, "_bursts", {})
        object.__setattr__(self, "_predictions", {})

    def _refuse_keras_3_order(self, metrics):
        items = metrics.values() if isinstance(metrics, Mapping) else metrics
        if isinstance(items, (list, tuple)) or isinstance(metrics, Mapping):
            items = list(items)
            if items and all(isinstance(item, (int, float)) for item in items):
                checks.fail(
                    self,
                    f"metrics got numbers ({metrics!r}): as documented, metrics come third and loss_weights "
                    "fourth; name the argument: loss_weights=...",
                )

    def get_compile_config(self):
        """Return what ``compile`` was given, as a configuration that ``compile_from_config`` takes."""
        if not self.compiled or self._classic_compile is None:
            return {}
        # What is not set stays out, so that a plain Keras model takes the rest.
        given = {key: value for key, value in self._classic_compile.items() if value is not None}
        return tf.keras.saving.serialize_keras_object(given)

    def compile_from_config(self, config):
        """Compile the model as another was compiled whose ``get_compile_config`` this is."""
        config = restored(config)
        known = ("weighted_metrics", "run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss")
        arguments = {"optimizer", "loss", "metrics", "loss_weights", "sample_weight_mode", *known}
        self.compile(**{key: value for key, value in config.items() if key in arguments})
        if self.optimizer is not None and self.built:
            self.optimizer.build(self.trainable_variables)

    def _output_names(self) -> list[str] | None:
        """Return the names of the outputs, ``None`` if there are none before the model is called."""
        names = getattr(self, "output_names", None)
        return list(names) if names else None

    # --- what the steps of Keras's trainer call ---

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Return the total loss of a batch; targets and weights are made to fit the outputs first."""
        names = self._output_names()
        y = targets.align(self, y, y_pred, names, self._with_loss)
        sample_weight = targets.weights_in_order(self, sample_weight, y_pred, names)
        if self._output_losses is None or not isinstance(y_pred, (list, tuple)):
            return super().compute_loss(
                x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training
            )
        total = self._output_losses(y, y_pred, sample_weight)
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        for added in self.losses:
            total += tf.reduce_sum(tf.cast(added, total.dtype)) / replicas
        return total

    @property
    def metrics(self):
        """The metrics: the loss, those of ``compile``, those of the layers."""
        of_outputs = self._output_losses.metrics if self._output_losses is not None else []
        return [*super().metrics, *of_outputs]

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Update the metrics with a batch and return all values, in the documented order."""
        names = self._output_names()
        y = targets.align(self, y, y_pred, names, self._with_loss)
        sample_weight = targets.weights_in_order(self, sample_weight, y_pred, names)
        return super().compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    def get_metrics_result(self):
        """Return the values of all metrics by name, in the documented order."""
        result = super().get_metrics_result()
        of_outputs = {metric.name for metric in self.metrics if metric.name.endswith("_loss")}
        first = [key for key in result if key == "loss"] + [key for key in result if key in of_outputs]
        ordered = {key: result[key] for key in (*first, *result)}
        object.__setattr__(self, "_metric_names", list(ordered))
        return ordered

    # --- names ---

    @property
    def metrics_names(self):
        """The names of what ``evaluate`` and ``train_on_batch`` return, in their order."""
        names = self.__dict__.get("_metric_names")
        if names is not None:
            return list(names)
        if not self.compiled:
            return []
        return self._names_before_training()

    def _names_before_training(self):
        given = self._classic_compile or {}
        outputs = self._output_names() or []
        names = ["loss"]
        if len(outputs) > 1:
            used = self._with_loss or [given.get("loss") is not None] * len(outputs)
            names += [f"{output}_loss" for output, has in zip(outputs, used) if has]
        for argument in ("metrics", "weighted_metrics"):
            resolved = compiling.metrics_for_outputs(self, argument, given.get(argument), outputs or None)
            if len(outputs) > 1:
                found = [
                    f"{output}_{metric.name}"
                    for output, items in zip(outputs, resolved or [])
                    for metric in items
                ]
            else:
                found = [metric.name for metric in tf.nest.flatten(resolved) if metric is not None]
            names += [name for name in found if name not in names]
        return names

    def reset_metrics(self):
        """Set all metrics back to their start."""
        if not self.__dict__.get("_keeps_metrics"):
            super().reset_metrics()

    # --- fit, evaluate, predict ---

    @accept_old_spellings(owner="Model.fit")
    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose=1,
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
    ):
        """Train the model for a number of epochs.

        Args:
            x: inputs: an array, a list with one for each input, a dictionary by input name; or a dataset, a
                ``Sequence`` or a generator that gives ``(inputs, targets)`` or
                ``(inputs, targets, sample_weights)``.
            y: targets, in the same forms; not for datasets and generators.
            batch_size: samples of a step, 32 by default.
            epochs: number of the last epoch.
            verbose: 0 for silence, 1 (or ``"auto"``) for a progress bar, 2 for a line an epoch.
            callbacks: a callback or a list of them.
            validation_split: part of the arrays, from their end, that is kept for validation.
            validation_data: ``(x, y)`` or ``(x, y, sample_weight)``, as tuple or list, or a dataset,
                ``Sequence`` or generator.
            shuffle: whether the samples (of a ``Sequence``: the batches) are shuffled before each epoch;
                ``"batch"`` shuffles whole batches.
            class_weight: ``{class: weight}``; for several outputs a list or a dictionary by output name.
            sample_weight: weight of each sample, or of each step ``(samples, steps)``; for several outputs a
                list or a dictionary by output name.
            initial_epoch: number of epochs that have been done before.
            steps_per_epoch: batches of an epoch.
            validation_steps: batches of a validation.
            validation_batch_size: samples of a validation step.
            validation_freq: validate after each so many epochs, or after the epochs of a list.
            max_queue_size: how many batches of a generator or ``Sequence`` wait at most.
            workers: how many threads or processes make them; 0 for the thread that trains.
            use_multiprocessing: processes instead of threads.

        Returns:
            The ``History``: ``history.history`` holds the logs of each epoch.

        Example:
            >>> model = tfk_ext.Sequential([tfk_ext.Dense(1, input_dim=2)])
            >>> model.compile("sgd", "mse")
            >>> list(model.fit(np.ones((4, 2)), np.ones(4), epochs=2, verbose=0).history)
            ['loss']
        """
        data = feeding.Feed(
            self,
            x,
            y,
            sample_weight,
            batch_size,
            steps_per_epoch,
            class_weight,
            shuffle,
            feeding.Workers(workers, use_multiprocessing, max_queue_size),
            trains=True,
        )
        if validation_split and validation_data is None:
            validation_data = data.split(validation_split)
        validation = None
        if validation_data is not None:
            validation = feeding.validation(
                self, validation_data, validation_batch_size or batch_size, validation_steps, data.workers
            )
            validation_steps, validation_batch_size = validation.steps, validation.batch_size
        listed = callbacks
        if not isinstance(callbacks, tf.keras.callbacks.CallbackList):
            listed = [logs.OrderedLogs(), *logs.as_list(callbacks)]
        if data.is_generator and steps_per_epoch is None and epochs - initial_epoch > 1:
            checks.fail(
                self,
                f"a generator is read once and has no length: give steps_per_epoch for {epochs} epochs, or a "
                "Sequence.",
            )
        if data.is_generator and not isinstance(callbacks, tf.keras.callbacks.CallbackList):
            listed.append(feeding.StopAtEnd(data))
            listed = logs.BegunCallbacks(
                listed,
                add_history=True,
                add_progbar=verbose != 0,
                model=self,
                verbose=verbose,
                epochs=epochs,
                steps=steps_per_epoch,
            )
            self.stop_training = False
            listed.begin()
        if self._fits_in_bursts(data, validation, listed):
            return self._fit_in_bursts(
                data, validation, listed, verbose, range(initial_epoch, epochs), validation_freq
            )
        with data.opened() as opened:
            return super().fit(
                x=opened.x,
                y=opened.y,
                sample_weight=opened.sample_weight,
                batch_size=data.batch_size,
                epochs=epochs,
                verbose=verbose,
                callbacks=listed,
                validation_data=None if validation is None else validation.packed(),
                shuffle=False if opened.is_stream else shuffle,
                initial_epoch=initial_epoch,
                steps_per_epoch=data.steps,
                validation_steps=validation_steps,
                validation_batch_size=validation_batch_size,
                validation_freq=validation_freq,
            )

    @accept_old_spellings(owner="Model.evaluate")
    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose=1,
        sample_weight=None,
        steps=None,
        callbacks=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
        return_dict=False,
        **kwargs,
    ):
        """Return the loss and the metrics over data, without training.

        Args:
            x, y, batch_size, verbose, sample_weight, callbacks: see :meth:`fit`.
            steps: number of batches.
            max_queue_size, workers, use_multiprocessing: see :meth:`fit`.
            return_dict: whether to return a dictionary by name.

        Returns:
            The loss, or with metrics a list in the order of ``metrics_names``.

        Example:
            >>> model = tfk_ext.Sequential([tfk_ext.Dense(1, input_dim=2, kernel_initializer="zeros")])
            >>> model.compile("sgd", "mse", metrics=["mae"])
            >>> model.evaluate(np.ones((4, 2)), np.full(4, 3.0), verbose=0)
            [9.0, 3.0]
        """
        if isinstance(callbacks, tf.keras.callbacks.CallbackList) or kwargs:
            # A validation within fit: the data is at hand already.
            result = super().evaluate(
                x=x,
                y=y,
                batch_size=batch_size,
                verbose=verbose,
                sample_weight=sample_weight,
                steps=steps,
                callbacks=callbacks,
                return_dict=True,
                **kwargs,
            )
        else:
            workers = feeding.Workers(workers, use_multiprocessing, max_queue_size)
            data = feeding.Feed(self, x, y, sample_weight, batch_size, steps, None, False, workers)
            listed = [logs.OrderedLogs(), *logs.as_list(callbacks)]
            if self._evaluates_in_bursts(data, listed):
                result = self._evaluate_in_bursts(data, listed, verbose)
            else:
                with data.opened() as opened:
                    result = super().evaluate(
                        x=opened.x,
                        y=opened.y,
                        sample_weight=opened.sample_weight,
                        batch_size=data.batch_size,
                        verbose=verbose,
                        steps=data.steps,
                        callbacks=listed,
                        return_dict=True,
                    )
        result = {name: result[name] for name in logs.order(result, self.metrics_names)}
        return result if return_dict else _scalar_or_list(result)

    @accept_old_spellings(owner="Model.predict")
    def predict(
        self,
        x,
        batch_size=None,
        verbose=0,
        steps=None,
        callbacks=None,
        max_queue_size=10,
        workers=1,
        use_multiprocessing=False,
    ):
        """Return the outputs for inputs, batch by batch.

        Args:
            x: inputs, see :meth:`fit`; what a generator gives besides inputs is left out.
            batch_size, verbose, callbacks: see :meth:`fit`.
            steps: number of batches.
            max_queue_size, workers, use_multiprocessing: see :meth:`fit`.

        Returns:
            An array; a list of them for several outputs; a dictionary if the model's outputs are one.

        Example:
            >>> model = tfk_ext.Sequential([tfk_ext.Dense(3, input_dim=2)])
            >>> model.predict(np.ones((4, 2))).shape
            (4, 3)
        """
        data = feeding.Feed(
            self,
            x,
            None,
            None,
            batch_size,
            steps,
            None,
            False,
            feeding.Workers(workers, use_multiprocessing, max_queue_size),
            predicts=True,
        )
        listed = logs.as_list(callbacks)
        if self._predicts_in_bursts(data, listed):
            with contextlib.suppress(NotInBursts):
                return _as_list(self._predict_in_bursts(data, listed, verbose))
        with data.opened() as opened:
            outputs = super().predict(
                opened.x,
                batch_size=data.batch_size,
                verbose=verbose,
                steps=data.steps,
                callbacks=listed or None,
            )
        return _as_list(outputs)


def _as_list(outputs):
    return list(outputs) if isinstance(outputs, tuple) else outputs


def _scalar_or_list(result: Mapping[str, float]) -> Any:
    values = list(result.values())
    return values[0] if len(values) == 1 else values
