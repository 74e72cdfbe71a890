"""The table is complete: every public layer has a row, every public function a test."""

import inspect
import pathlib

import tensorflow as tf

import tfk_ext
from tests.conformance.tables import FUNCTIONS, ROWS

ROOT = pathlib.Path(__file__).parents[2]


def _public():
    names = {**vars(tfk_ext.layers.legacy), **vars(tfk_ext.layers)}
    return {name: thing for name, thing in names.items() if not name.startswith("_")}


def test_every_layer_has_a_row():
    described = {row.cls for row in ROWS}
    layers = {
        thing
        for thing in _public().values()
        if inspect.isclass(thing) and issubclass(thing, tf.keras.layers.Layer)
    }
    bases = {tfk_ext.layers.base.Layer, tfk_ext.layers.base.WeightedLayer}
    missing = sorted(cls.__name__ for cls in layers - described - bases)
    assert not missing, f"without a row in tests/conformance: {missing}"


def test_every_row_is_public():
    public = set(_public().values())
    assert [row.name for row in ROWS if row.cls not in public] == []


def test_rows_are_unique():
    names = [row.name for row in ROWS]
    assert sorted(names) == sorted(set(names))


def test_every_function_has_a_test():
    functions = {name for name, thing in _public().items() if inspect.isfunction(thing)}
    assert functions == set(FUNCTIONS)
    for name, path in FUNCTIONS.items():
        assert f"{name}(" in (ROOT / path).read_text(), f"{path} does not call {name}"
