"""A stand-in for a model in training: its weights are the number of the epoch, the test writes its logs."""

import numpy as np


class Rate:
    """Keeps what callbacks ask of an optimizer: a learning rate, in float32."""

    def __init__(self, rate):
        self.learning_rate = rate

    def __setattr__(self, name, value):
        super().__setattr__(name, np.float32(value))


class Scripted:
    """Keeps what callbacks ask of a model: weights, `stop_training`, an optimizer."""

    def __init__(self, rate=0.1):
        self.stop_training = False
        self.weights = [np.array(-1)]
        self.epochs_run = 0
        self.optimizer = Rate(rate)
        self.metrics = []
        self.rates = []

    def get_weights(self):
        return [w.copy() for w in self.weights]

    def set_weights(self, weights):
        self.weights = [np.array(w) for w in weights]

    @property
    def epoch_of_weights(self):
        return int(self.weights[0])


def run(epochs, *callbacks, initial_epoch=0, model=None):
    """Call the callbacks as ``fit`` does, with ``epochs`` as the logs of each epoch; return the model."""
    model = Scripted() if model is None else model
    for callback in callbacks:
        callback.set_params({"epochs": initial_epoch + len(epochs), "verbose": 0, "steps": 1})
        callback.set_model(model)
    for callback in callbacks:
        callback.on_train_begin({})
    for epoch, logs in enumerate(epochs, initial_epoch):
        for callback in callbacks:
            callback.on_epoch_begin(epoch, {})
        model.set_weights([np.array(epoch)])
        logs = dict(logs)
        for callback in callbacks:
            callback.on_epoch_end(epoch, logs)
        model.epochs_run += 1
        model.rates.append(float(model.optimizer.learning_rate))
        if model.stop_training:
            break
    for callback in callbacks:
        callback.on_train_end({})
    return model
