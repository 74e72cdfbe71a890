"""The base of the mixins of models."""

from __future__ import annotations

from typing import Any

# They stand before a Keras class and call its methods: to a type checker their base is anything.
Mixin: Any = object
