"""Connectionist temporal classification."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from tfk_ext.backend.config import epsilon
from tfk_ext.backend.operation import operation
from tfk_ext.backend.tensors import tensor


def ctc_label_dense_to_sparse(labels: Any, label_lengths: Any) -> tf.SparseTensor:
    """Return labels as a sparse tensor that holds the first ``label_lengths[i]`` of row ``i``.

    Args:
        labels: whole numbers ``(samples, most labels)``.
        label_lengths: ``(samples,)``.
    """
    labels = tensor(labels)
    keep = tf.sequence_mask(tf.cast(label_lengths, tf.int32), tf.shape(labels)[1])
    places = tf.where(keep)
    return tf.SparseTensor(places, tf.gather_nd(labels, places), tf.shape(labels, tf.int64))


def _log_probabilities(y_pred: Any) -> Any:
    return tf.math.log(tf.transpose(tensor(y_pred), [1, 0, 2]) + epsilon())


@operation(jit=False)
def ctc_batch_cost(y_true: Any, y_pred: Any, input_length: Any, label_length: Any) -> Any:
    """The CTC loss of each sample; the last class is the blank.

    Args:
        y_true: labels ``(samples, most labels)``.
        y_pred: probabilities ``(samples, steps, classes)``.
        input_length: number of steps of each sample, ``(samples, 1)``.
        label_length: number of labels of each sample, ``(samples, 1)``.

    Returns:
        Tensor ``(samples, 1)``.
    """
    lengths = tf.cast(tf.squeeze(tensor(label_length), -1), tf.int32)
    steps = tf.cast(tf.squeeze(tensor(input_length), -1), tf.int32)
    labels = tf.cast(ctc_label_dense_to_sparse(y_true, lengths), tf.int32)
    loss = tf.compat.v1.nn.ctc_loss(labels=labels, inputs=_log_probabilities(y_pred), sequence_length=steps)
    return tf.expand_dims(loss, 1)


@operation(jit=False)
def ctc_decode(
    y_pred: Any, input_length: Any, greedy: bool = True, beam_width: int = 100, top_paths: int = 1
) -> Any:
    """Find the most probable labels.

    Args:
        y_pred: probabilities ``(samples, steps, classes)``, the last class being the blank.
        input_length: number of steps of each sample, ``(samples,)``.
        greedy: take the best class of each step; else search with beams.
        beam_width: how many beams.
        top_paths: how many label sequences to return, with beams.

    Returns:
        A list of tensors ``(samples, steps)``, one for each path, filled up with -1, and the tensor
        ``(samples, paths)`` of their log probabilities (greedy: of the negative sum of the logits).
    """
    y_pred = tensor(y_pred)
    scores = _log_probabilities(y_pred)
    steps = tf.cast(input_length, tf.int32)
    if greedy:
        decoded, score = tf.nn.ctc_greedy_decoder(inputs=scores, sequence_length=steps)
    else:
        decoded, score = tf.compat.v1.nn.ctc_beam_search_decoder(
            inputs=scores, sequence_length=steps, beam_width=beam_width, top_paths=top_paths
        )
    shape = tf.shape(y_pred, tf.int64)[:2]
    dense = [
        tf.ensure_shape(
            tf.sparse.to_dense(tf.SparseTensor(path.indices, path.values, shape), -1), y_pred.shape[:2]
        )
        for path in decoded
    ]
    return dense, score
