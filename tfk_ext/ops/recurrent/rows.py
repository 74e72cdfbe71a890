"""Which cells treat the rows of a batch independently, told from the graph of one step.

Such a cell may be called on the rows of many steps at once. The proof is a walk over the operations: every
tensor either belongs to the rows (its first axis is the batch) or is free of them, as weights are, and every
operation has to be known to keep it so. What is not known is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

# Operations from which on computing a step again on the way back costs more than is saved: a cell of 4 trains
# 1.4 times as fast, a GRU's of 15 0.95 times (32 x 100 x 64).
MOST = 10

_ELEMENTWISE = {
    "Abs",
    "Add",
    "AddN",
    "AddV2",
    "Cast",
    "Cos",
    "DivNoNan",
    "Elu",
    "Equal",
    "Erf",
    "Exp",
    "Expm1",
    "Greater",
    "GreaterEqual",
    "Identity",
    "LeakyRelu",
    "Less",
    "LessEqual",
    "Log",
    "Log1p",
    "LogicalAnd",
    "LogicalNot",
    "LogicalOr",
    "Maximum",
    "Minimum",
    "Mul",
    "MulNoNan",
    "Neg",
    "NotEqual",
    "OnesLike",
    "Pow",
    "RealDiv",
    "Reciprocal",
    "Relu",
    "Relu6",
    "Rsqrt",
    "Select",
    "SelectV2",
    "Selu",
    "Sigmoid",
    "Sign",
    "Sin",
    "Softplus",
    "Softsign",
    "Sqrt",
    "Square",
    "SquaredDifference",
    "StopGradient",
    "Sub",
    "Tanh",
    "ZerosLike",
}
_REDUCTIONS = frozenset({"Max", "Mean", "Min", "Prod", "Sum"})
_FREE = frozenset({"Const", "Identity", "NoOp", "Placeholder", "ReadVariableOp"})


def independent(step: Callable[[Any, Any], Any], x: tf.Tensor, states: list[tf.Tensor]) -> bool:
    """Tell whether a step of a small cell is proven to treat the rows of a batch independently.

    It also has to put out its first state, keep the states' shapes and dtypes, and use no tensors from
    outside but variables.

    Args:
        step: ``output, states = step(x, states)``.
        x: the input of a step, ``(batch, ...)``.
        states: the states, ``(batch, ...)`` each.
    """
    tensors = [x, *states]
    if not all(t.dtype.is_floating and t.shape[1:].is_fully_defined() for t in tensors):
        return False
    specs = [tf.TensorSpec((None, *t.shape[1:]), t.dtype) for t in tensors]
    found: list[Any] = []

    @tf.function(input_signature=specs, autograph=False)
    def probe(x, *states):
        found[:] = [step(x, list(states))]
        return ()

    try:
        concrete = probe.get_concrete_function()
    except Exception:  # whatever a cell does without a known batch, its loop will tell
        return False
    if any(captured.dtype != tf.resource for captured in concrete.captured_inputs):
        return False
    graph, (output, new) = concrete.graph, found[0]
    if not isinstance(new, list) or not new or output is not new[0] or len(new) != len(states):
        return False
    rows = _rows(graph, len(tensors))
    return rows is not None and all(
        isinstance(one, tf.Tensor)
        and one.graph is graph
        and one.ref() in rows
        and one.dtype == old.dtype
        and one.shape.as_list() == [None, *old.shape[1:]]
        for one, old in zip(new, states)
    )


def _rows(graph: Any, arguments: int) -> set[Any] | None:
    """Return the tensors that belong to the rows, ``None`` where an operation is not known."""
    rows = {tensor.ref() for tensor in graph.inputs[:arguments]}
    operations = graph.get_operations()
    if sum(operation.type not in _FREE for operation in operations) > MOST:
        return None
    for operation in operations:
        of_rows = [tensor.ref() in rows for tensor in operation.inputs]
        if operation.type == "Placeholder":
            continue
        if operation.op_def.is_stateful and operation.type != "ReadVariableOp":
            return None
        if any(of_rows):
            if not _keeps_rows(operation, of_rows):
                return None
            rows.update(tensor.ref() for tensor in operation.outputs)
    return rows


def _keeps_rows(operation: tf.Operation, of_rows: list[bool]) -> bool:
    """Tell whether each row of the outputs is made of the same row of the inputs, and of what is free."""
    kind, inputs = operation.type, operation.inputs
    ranks = [tensor.shape.rank for tensor in (*inputs, *operation.outputs)]
    if None in ranks or not operation.outputs:
        return False
    if kind in _ELEMENTWISE:
        rank = ranks[-1]
        return all(
            x.shape.rank == rank if of_row else x.shape.rank < rank or x.shape[0] == 1
            for x, of_row in zip(inputs, of_rows)
        )
    if kind == "BiasAdd":
        return of_rows == [True, False] and operation.get_attr("data_format") == b"NHWC"
    if kind == "MatMul":
        return of_rows == [True, False] and not operation.get_attr("transpose_a")
    if kind in ("Softmax", "LogSoftmax"):
        return ranks[0] > 1
    if kind in _REDUCTIONS:
        return of_rows == [True, False] and _off_rows(inputs[1], ranks[0])
    if kind == "Split":
        return of_rows == [False, True] and _off_rows(inputs[0], ranks[1])
    if kind == "ConcatV2":
        return all(of_rows[:-1]) and not of_rows[-1] and _off_rows(inputs[-1], ranks[0])
    return kind == "StridedSlice" and of_rows == [True, False, False, False] and _whole_rows(operation)


def _off_rows(axes: tf.Tensor, rank: int) -> bool:
    """Tell whether axes are known, and the first is none of them."""
    values = tf.get_static_value(axes)
    return values is not None and all(int(axis) % rank != 0 for axis in values.reshape(-1))


def _whole_rows(operation: tf.Operation) -> bool:
    """Tell whether a slice takes the whole first axis."""
    strides = tf.get_static_value(operation.inputs[3])
    first = {name: operation.get_attr(f"{name}_mask") & 1 for name in ("begin", "end", "shrink_axis")}
    changes = [operation.get_attr(f"{name}_mask") for name in ("ellipsis", "new_axis")]
    whole = first == {"begin": 1, "end": 1, "shrink_axis": 0}
    return whole and not any(changes) and strides is not None and strides[0] == 1
