"""Graphs, XLA, precision policies, symbolic calls and unknown axes give what the eager call gives."""

import numpy as np
import pytest
import tensorflow as tf

from tests.conformance.descriptor import close, flat, make, numpy
from tests.conformance.subjects import subjects


def _signature(args, unknown=(0,)):
    def spec(x):
        shape = [None if axis in unknown else size for axis, size in enumerate(x.shape)]
        return tf.TensorSpec(shape, x.dtype)

    return tf.nest.map_structure(spec, args)


@subjects("graph", most=1)
def test_graph_equals_eager(subject):
    layer = subject.fresh()
    expected = subject.fresh()(*subject.args, **subject.options)
    function = tf.function(
        lambda *args: layer(*args, **subject.options), input_signature=_signature(subject.args)
    )
    close(function(*subject.args), expected, 1e-5, 1e-6, "graph output")


@subjects("xla", most=2, most_loops=1)
def test_compiled_step_equals_eager(subject):
    """Forward and backward in one XLA program, as a compiled training step has them."""
    layer = subject.fresh()
    eager = subject.fresh()

    def step(chosen, *args):
        floats = [x for x in flat(args) if x.dtype.is_floating]
        with tf.GradientTape() as tape:
            tape.watch(floats)
            outputs = chosen(*args, **subject.options)
            total = sum((tf.reduce_sum(y * y) for y in flat(outputs) if y.dtype.is_floating), tf.zeros(()))
        sources = floats + [v.value for v in chosen.trainable_weights]
        gradients = tape.gradient(total, sources, unconnected_gradients="zero")
        return flat(outputs), [tf.convert_to_tensor(g) for g in gradients]

    compiled = tf.function(lambda *args: step(layer, *args), jit_compile=True)
    outputs, gradients = compiled(*subject.args)
    expected_outputs, expected_gradients = step(eager, *subject.args)
    close(outputs, expected_outputs, 1e-4, 1e-5, "XLA output")
    close(gradients, expected_gradients, 1e-4, 1e-5, "XLA gradient")


@pytest.mark.parametrize(
    "policy, compute, variable, tolerance",
    [
        ("mixed_float16", "float16", "float32", 2e-2),
        ("mixed_bfloat16", "bfloat16", "float32", 1e-1),
        ("float64", "float64", "float64", 1e-5),
    ],
)
@subjects("policies", most=1)
def test_precision_policy(subject, policy, compute, variable, tolerance):
    layer = subject.fresh(dtype=policy)
    outputs = flat(layer(*subject.args, **subject.options))
    floating = [y for y in outputs if y.dtype.is_floating]
    assert {y.dtype.name for y in floating} <= {compute}
    assert {v.dtype for v in layer.trainable_weights} <= {variable}
    expected = subject.fresh()(*subject.args, **subject.options)
    close(
        outputs, [tf.cast(y, o.dtype) for y, o in zip(flat(expected), outputs)], tolerance, tolerance, policy
    )
    if layer.trainable_weights:
        with tf.GradientTape() as tape:
            total = tf.add_n([tf.reduce_sum(y) for y in flat(layer(*subject.args, **subject.options))])
        gradients = tape.gradient(total, [v.value for v in layer.trainable_weights])
        assert all(g is None or np.isfinite(numpy(g)[0]).all() for g in gradients)


@subjects("symbolic", most=3)
def test_symbolic_call(subject):
    tensors = subject.symbolic()
    layer = make(subject.row, subject.case)
    symbolic = flat(layer(*tensors))
    eager = flat(subject.outputs)
    assert [tuple(s.shape[1:]) for s in symbolic] == [tuple(e.shape[1:]) for e in eager]
    assert all(s.shape[0] is None for s in symbolic), "the batch axis must stay unknown"
    assert [tf.as_dtype(s.dtype) for s in symbolic] == [e.dtype for e in eager]
    model = tf.keras.Model(flat(tensors), symbolic)
    if not subject.case.training:
        close(flat(model(flat(subject.args), training=False)), eager, 1e-5, 1e-6, "functional model")


@subjects("symbolic", most=3)
def test_computed_shape(subject):
    computed = make(subject.row, subject.case).compute_output_shape(*_shape_arguments(subject))
    expected = [tuple(y.shape) for y in flat(subject.outputs)]
    assert _shapes(computed) == expected


def _shape_arguments(subject):
    def shapes(structure):
        if isinstance(structure, (list, tuple)):
            return [shapes(item) for item in structure]
        return tuple(structure.shape)

    return [shapes(arg) for arg in subject.args]


def _shapes(computed):
    """Return the shapes of a nested structure of shapes as a flat list of tuples."""
    if all(size is None or isinstance(size, int) for size in computed):
        return [tuple(computed)]
    return [shape for item in computed for shape in _shapes(item)]


@subjects("dynamic", most=2, most_loops=1)
def test_unknown_axes(subject):
    if not subject.case.unknown:
        pytest.skip("the row names no axis that may be unknown")
    unknown = (0, *subject.case.unknown)
    layer = subject.fresh()
    expected = subject.fresh()(*subject.args, **subject.options)
    function = tf.function(
        lambda *args: layer(*args, **subject.options), input_signature=_signature(subject.args, unknown)
    )
    close(function(*subject.args), expected, 1e-5, 1e-6, "output with unknown axes")
    symbolic = flat(make(subject.row, subject.case)(*subject.symbolic(subject.case.unknown)))
    for s, e in zip(symbolic, flat(expected)):
        assert tf.TensorShape(s.shape).is_compatible_with(e.shape)


@subjects("graph", most=1)
def test_empty_batch(subject):
    """No sample in, no sample out: the last shard of a distributed batch may be empty."""
    if any(x.shape[0] != flat(subject.args)[0].shape[0] for x in flat(subject.args)):
        pytest.skip("the arguments do not share a batch axis")
    empty = tf.nest.map_structure(lambda x: x[:0], subject.args)
    layer = subject.fresh()
    outputs = flat(layer(*empty, **({**subject.options, "training": False} if subject.options else {})))
    assert [tuple(y.shape[1:]) for y in outputs] == [tuple(y.shape[1:]) for y in flat(subject.outputs)]
    assert all(y.shape[0] == 0 for y in outputs)
