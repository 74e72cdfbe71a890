"""The limits of the guarded reader, all in one place.

Reading a file takes at most ``expansion`` times its size (or ``small_bytes``, whichever is more) for its
arrays, of which one is in memory at a time, and about 30 times the size of its texts (``text_bytes`` at
most) for the configuration.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a model file may hold. A caller who trusts a file may pass larger limits for that call.

    Attributes:
        expansion: all arrays together may be this many times larger than the file (compressed or never
            written parts make them larger).
        small_bytes: arrays of this size together are accepted from the smallest file.
        text_bytes: length of one text: the configuration, a JSON or YAML file, an attribute.
        texts_bytes: length of all texts and attributes together.
        nesting: depth of groups in a file, of dictionaries and lists in a configuration.
        nodes: values (dictionaries, lists, strings, numbers) in a configuration.
        objects: groups and arrays in a file; members of an archive.
        name_bytes: length of one name.
        rank: axes of an array.
        layers: layers of a model, those of nested models included.
        parameters: parameters of a model described by a configuration without weights.
        pieces: chunks of one array.

    Example:
        >>> tfk_ext.saving.Limits(expansion=1000).expansion
        1000
        >>> tfk_ext.saving.Limits().nesting
        100
    """

    expansion: int = 200
    small_bytes: int = 16 << 20
    text_bytes: int = 64 << 20
    texts_bytes: int = 128 << 20
    nesting: int = 100
    nodes: int = 1_000_000
    objects: int = 200_000
    name_bytes: int = 1024
    rank: int = 16
    layers: int = 50_000
    parameters: int = 4_000_000_000
    pieces: int = 1_000_000


DEFAULT = Limits()
