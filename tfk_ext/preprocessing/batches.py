"""``Sequence``: batches that are made when they are asked for.

It is documented as ``utils.Sequence``, which imports it from here: the iterators of ``preprocessing`` are
such sequences, and ``utils`` stands above ``preprocessing``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tensorflow as tf


class Sequence(tf.keras.utils.PyDataset):
    """Base of a data set whose batch ``i`` is ``self[i]``; a subclass writes ``__getitem__`` and ``__len__``.

    It may write ``on_epoch_end`` too. It need not call this class's constructor.

    Args:
        **kwargs: ``workers``, ``use_multiprocessing`` and ``max_queue_size`` of Keras's ``PyDataset``.

    Example:
        >>> class Squares(tfk_ext.utils.Sequence):
        ...     def __len__(self):
        ...         return 2
        ...
        ...     def __getitem__(self, index):
        ...         return np.full((1,), index**2)
        >>> [batch.tolist() for batch in Squares()]
        [[0], [1]]

    Source: the classic documents, ``keras.utils.Sequence``.
    """

    def __new__(cls, *args, **kwargs):
        # Old subclasses don't call the constructor, where Keras 3 warns that they have to.
        made = super().__new__(cls)
        tf.keras.utils.PyDataset.__init__(made)
        return made

    def __iter__(self) -> Iterator[Any]:
        for index in range(len(self)):
            yield self[index]
