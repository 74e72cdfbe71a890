"""Outputs, weights and gradients equal those of the independent oracles."""

import functools
import inspect

import numpy as np
import pytest
import tensorflow as tf

from tests.conformance.descriptor import Formula, arrays, close, flat
from tests.conformance.subjects import subjects


def _oracles(subject):
    return [o for o in (subject.row.oracle, *subject.row.peers) if o is not None]


def _to_peer(x, moved):
    """Move channels to the end for a peer that computes in channels_last."""
    return tf.experimental.numpy.moveaxis(x, 1, -1) if moved and x.shape.rank > 2 else x


# What TensorFlow's own kernels say; it uses oneDNN's by itself only on processors of some kinds.
LACKING = ("do not yet support dilation rates", "only supports equal length strides")


def _from_peer(y, moved):
    return tf.experimental.numpy.moveaxis(y, -1, 1) if moved and y.shape.rank > 2 else y


class _Peer:
    """A peer layer with the subject's weights, called on the subject's inputs."""

    def __init__(self, oracle, subject):
        config = subject.case.config
        self.moved = oracle.channels_last and config.get("data_format") == "channels_first"
        self.layer = oracle.build(config)
        takes = inspect.signature(self.layer.call).parameters
        self.options = {"training": subject.case.training} if "training" in takes else {}
        self.run(subject.args)
        values = subject.layer.get_weights()
        if oracle.weights is not None:
            values = oracle.weights(values, config)
        self.layer.set_weights(values)

    def run(self, args):
        args = tf.nest.map_structure(lambda x: _to_peer(x, self.moved), args)
        try:
            outputs = self.layer(*args, **self.options)
        except tf.errors.InvalidArgumentError as error:
            if not any(lack in str(error) for lack in LACKING):
                raise
            pytest.skip("the oracle can't do this convolution without oneDNN (TF_ENABLE_ONEDNN_OPTS=1)")
        return tf.nest.map_structure(lambda y: _from_peer(y, self.moved), outputs)


def _skipped(oracle, subject):
    if isinstance(oracle, Formula):
        return None
    return oracle.skip(subject.case.config)


@subjects("numeric")
def test_outputs_equal_the_oracle(subject):
    checked, reasons = 0, []
    assert _oracles(subject), "a row needs an oracle, or a reason why `numeric` is off"
    for oracle in _oracles(subject):
        reason = _skipped(oracle, subject)
        if reason:
            reasons.append(reason)
            continue
        checked += 1
        layer = subject.fresh()  # stateful layers change when they are called
        if isinstance(oracle, Formula):
            xs = arrays(subject.case.inputs)
            expected = oracle.function(
                xs[0] if len(xs) == 1 else xs, layer.get_weights(), subject.case.config
            )
        else:
            peer = _Peer(oracle, subject)
            if oracle.weights is None:
                ours = [(v.name, tuple(v.shape)) for v in layer.weights]
                theirs = [(v.name.split("/")[-1].split(":")[0], tuple(v.shape)) for v in peer.layer.weights]
                assert ours == theirs, "weights differ in name, order or shape"
            expected = peer.run(subject.args)
        actual = layer(*subject.args, **subject.options)
        close(actual, expected, subject.row.rtol, subject.row.atol, "output")
    assert checked, f"no oracle serves this case: {reasons}"


def _weighted_sum(outputs):
    """A scalar that depends on every output value, each with a factor of its own."""
    total = 0.0
    for index, y in enumerate(flat(outputs)):
        rng = np.random.default_rng(index)
        if y.dtype.is_floating:
            total += tf.reduce_sum(y * tf.constant(rng.standard_normal(y.shape), y.dtype))
    return tf.convert_to_tensor(total)


def _call(layer, options, args):
    return layer(*args, **options)


def _gradients(run, args, variables):
    floats = [x for x in flat(args) if x.dtype.is_floating]
    with tf.GradientTape() as tape:
        tape.watch(floats)
        total = _weighted_sum(run(args))
    found = tape.gradient(total, floats + variables, unconnected_gradients="zero")
    found = [tf.convert_to_tensor(g) for g in found]
    return found[: len(floats)], found[len(floats) :]


def _tensors(layer):
    # The trainable variables as TensorFlow's: Keras 3 wraps them.
    return [v.value if hasattr(v, "value") and not callable(v.value) else v for v in layer.trainable_weights]


@subjects("gradients")
def test_gradients_equal_the_oracle(subject):
    for oracle in _oracles(subject):
        if isinstance(oracle, Formula) or not oracle.gradients or _skipped(oracle, subject):
            continue
        layer, peer = subject.fresh(), _Peer(oracle, subject)
        run = functools.partial(_call, layer, subject.options)
        ours, our_weights = _gradients(run, subject.args, _tensors(layer))
        theirs, their_weights = _gradients(peer.run, subject.args, _tensors(peer.layer))
        close(ours, theirs, subject.row.rtol, subject.row.atol, "gradient of input")
        if oracle.weights is None:
            close(our_weights, their_weights, subject.row.rtol, subject.row.atol, "gradient of weight")


@subjects("gradients", most=2)
def test_gradients_equal_a_difference_quotient(subject):
    layer = subject.fresh(dtype="float64")
    args = tf.nest.map_structure(lambda x: tf.cast(x, "float64") if x.dtype.is_floating else x, subject.args)
    floats = [x for x in flat(args) if x.dtype.is_floating]
    variables = layer.trainable_weights
    if not floats and not variables:
        pytest.skip("nothing to differentiate by")
    options = subject.options

    inputs, weights = _gradients(functools.partial(_call, layer, options), args, _tensors(layer))
    for seed in range(3):
        rng = np.random.default_rng(seed)
        along = [rng.standard_normal(g.shape) for g in inputs + weights]
        slope = sum(float(tf.reduce_sum(g * d)) for g, d in zip(inputs + weights, along))

        def value(step, along=along):
            before = [v.numpy() for v in variables]
            moved = iter(along)
            shifted = tf.nest.map_structure(
                lambda x: x + step * next(moved) if x.dtype.is_floating else x, args
            )
            for v, start in zip(variables, before):
                v.assign(start + step * next(moved))
            result = float(_weighted_sum(layer(*shifted, **options)))
            for v, start in zip(variables, before):
                v.assign(start)
            return result

        quotient = (value(1e-6) - value(-1e-6)) / 2e-6
        assert slope == pytest.approx(quotient, rel=2e-5, abs=2e-6 * max(1.0, abs(slope)))
