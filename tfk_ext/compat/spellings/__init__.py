"""The one table of old spellings, and what it is used for.

``rewrite`` reads a saved configuration; :mod:`tfk_ext.compat.spellings.calls` reads calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfk_ext.compat.spellings.data import DATA
from tfk_ext.compat.spellings.layers import CLASSES as CLASSES
from tfk_ext.compat.spellings.layers import LAYERS
from tfk_ext.compat.spellings.rows import Entry as Entry
from tfk_ext.compat.spellings.rows import Note as Note
from tfk_ext.compat.spellings.training import TRAINING

TABLE: dict[str, Entry] = {**LAYERS, **TRAINING, **DATA}


def canonical(class_name: str) -> str:
    """Return the name that a class has today: ``Conv2D`` for ``Convolution2D`` and ``AtrousConvolution2D``.

    Example:
        >>> from tfk_ext.compat import spellings
        >>> spellings.canonical("Convolution2D")
        'Conv2D'
    """
    return CLASSES.get(class_name, class_name)


def rewrite(class_name: str, config: Mapping[str, Any]) -> tuple[dict[str, Any], list[Note]]:
    """Return the configuration of a component in today's spelling.

    Args:
        class_name: name of the class, of today or an alias of it.
        config: its configuration, of whatever era; it is not changed.

    Returns:
        The new configuration, and a :class:`Note` for each change. A note of kind ``"blocks"`` names a
        keyword that can't be honoured; it is still in the configuration.

    Example:
        >>> from tfk_ext.compat import spellings
        >>> old = {"nb_filter": 8, "nb_row": 3, "nb_col": 3, "dim_ordering": "th"}
        >>> spellings.rewrite("Convolution2D", old)[0]
        {'filters': 8, 'kernel_size': (3, 3), 'data_format': 'channels_first'}
    """
    entry = TABLE.get(canonical(class_name))
    return entry.applied(config) if entry else (dict(config), [])
