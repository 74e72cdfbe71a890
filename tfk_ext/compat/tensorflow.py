"""TensorFlow as an old program sees it: everything of it, and ``keras`` is this package.

The module stands for ``tensorflow`` in the imports of a rewritten program, so that ``tf.keras.layers.Dense``,
``getattr(tf, "keras")`` and ``tf.compat.v1.keras`` all lead here. TensorFlow's own module is not touched.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import tensorflow as _tensorflow


class _Seen(ModuleType):
    """A module of TensorFlow's with another ``keras``."""

    def __getattr__(self, name: str) -> Any:
        real = object.__getattribute__(self, "_real")
        if name == "keras":
            import tfk_ext

            return tfk_ext
        found = getattr(real, name)
        if name in ("compat", "v1", "v2") and isinstance(found, ModuleType):
            return _seen(found)
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._real, name, value)

    def __dir__(self):
        return sorted({*dir(self._real), "keras"})

    def __repr__(self):
        return f"<{self._real.__name__}, with tfk_ext as keras>"


_made: dict[str, _Seen] = {}


def _seen(real: ModuleType) -> _Seen:
    if real.__name__ not in _made:
        made = _Seen(real.__name__, real.__doc__)
        vars(made).update(_real=real, __path__=getattr(real, "__path__", None), __spec__=real.__spec__)
        made.__dict__.pop("__file__", None)
        _made[real.__name__] = made
    return _made[real.__name__]


compat_v1 = _seen(_tensorflow.compat.v1)
compat_v2 = _seen(_tensorflow.compat.v2)
_real = _tensorflow
sys.modules[__name__].__class__ = _Seen
for _name in ("__doc__", "__file__"):
    globals()[_name] = getattr(_tensorflow, _name)
