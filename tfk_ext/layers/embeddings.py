"""Embedding."""

from __future__ import annotations

import tensorflow as tf

from tfk_ext import checks
from tfk_ext.layers.base import WeightedLayer
from tfk_ext.ops import embeddings as ops
from tfk_ext.registration import register


@register
class Embedding(WeightedLayer):
    """Turn indices into vectors: ``f(i) = embeddings[i]``.

    Args:
        input_dim: size of the vocabulary: the largest index and 1, at least 1.
        output_dim: size of the vectors, at least 1.
        embeddings_initializer: initializer of ``embeddings``.
        embeddings_regularizer: regularizer of ``embeddings``.
        activity_regularizer: regularizer of the output.
        embeddings_constraint: constraint on ``embeddings``.
        mask_zero: whether index 0 is padding, to be skipped by the layers behind. Index 0 then stands for no
            word, and ``input_dim`` is the number of words and 1.
        input_length: length of the sequences, or a tuple for an input with more axes; where it is given, an
            input of another length is an error. In front of ``Flatten`` and ``Dense`` it tells their sizes.
        **kwargs: ``weights`` (``[matrix]``, or the matrix itself, to start from), ``trainable``, ``name``,
            ``dtype`` and the like.

    Shapes:
        input: ``(batch, input_length)`` or any other, of integers; floating numbers are cut to integers.
        output: the input's with ``output_dim`` behind it.
        weights: ``embeddings``, ``(input_dim, output_dim)``.

    Masking: makes the mask ``input != 0`` if ``mask_zero``, else none.

    Raises:
        ValueError: ``input_dim`` or ``output_dim`` is not a positive integer; the input does not have the
            shape that ``input_length`` says.

    Example:
        >>> layer = tfk_ext.Embedding(3, 2, weights=[np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]])])
        >>> layer(np.array([[2, 1]])).numpy()
        array([[[3., 4.],
                [1., 2.]]], dtype=float32)

    Source: the classic documents, ``keras.layers.Embedding``.
    """

    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        activity_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        input_length=None,
        **kwargs,
    ):
        lengths = input_length
        if lengths is not None:
            lengths = lengths if isinstance(lengths, (list, tuple)) else (lengths,)
            lengths = tuple(None if n is None else checks.integer(self, "input_length", n) for n in lengths)
        if "input_shape" not in kwargs and "batch_input_shape" not in kwargs:
            # As documented a first layer is built at once, with any length if none is given.
            kwargs["input_shape"] = (None,) if lengths is None else lengths
        # Indices that come as floating numbers must not lose digits to half precision.
        kwargs["autocast"] = False
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.input_dim = checks.integer(self, "input_dim", input_dim)
        self.output_dim = checks.integer(self, "output_dim", output_dim)
        self._options("embeddings", embeddings_initializer, embeddings_regularizer, embeddings_constraint)
        self.mask_zero = checks.boolean(self, "mask_zero", mask_zero)
        self.input_length = input_length if checks.is_integer(input_length) else lengths
        self._lengths = lengths
        # Without mask_zero the layer refuses a mask: its input are words, not what came out of a layer.
        self.supports_masking = self.mask_zero

        if self._initial_weights is not None:
            # The shapes are known: what is given is there at once, for the next line of a program to use.
            if not (isinstance(self._initial_weights, (list, tuple)) and len(self._initial_weights) == 1):
                self._initial_weights = [self._initial_weights]
            self.build()

    def build(self, input_shape=None):
        if input_shape is not None:
            self._check_lengths(input_shape)
        # Not cast to half precision as a whole, which would make the gradient dense: `call` casts the rows.
        self.embeddings = self._add("embeddings", (self.input_dim, self.output_dim), autocast=False)
        super().build(input_shape)

    def _check_lengths(self, input_shape):
        """Return the input's shape with what ``input_length`` says of it."""
        shape = tuple(input_shape)
        if self._lengths is None:
            return shape
        sizes = shape[1:]
        fits = len(sizes) == len(self._lengths)
        if not fits or any(None not in pair and pair[0] != pair[1] for pair in zip(sizes, self._lengths)):
            checks.fail(
                self, f"input_length is {self.input_length}, but the input has shape {shape} (batch first)."
            )
        return (shape[0], *(n if size is None else size for size, n in zip(sizes, self._lengths)))

    def call(self, inputs):
        self._check_lengths(inputs.shape)
        rows = ops.embed(self.embeddings.value, inputs)
        return tf.cast(rows, self.compute_dtype)

    def compute_mask(self, inputs, mask=None):
        # Keras's operation, since a mask is computed on its symbolic tensors too.
        return tf.keras.ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_spec(self, inputs):
        options = {"ragged": True} if getattr(inputs, "ragged", False) else {}
        shape = self.compute_output_shape(inputs.shape)
        return tf.keras.KerasTensor(shape, dtype=self.compute_dtype, **options)

    def compute_output_shape(self, input_shape):
        return (*self._check_lengths(input_shape), self.output_dim)

    def get_config(self):
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "mask_zero": self.mask_zero,
            "input_length": self.input_length,
        }
