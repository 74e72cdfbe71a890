"""Every public thing has a docstring of the house's form, and every example in one runs."""

import doctest
import importlib
import inspect
import pkgutil

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext

MODULES = ["tfk_ext"] + [
    module.name
    for module in pkgutil.walk_packages(tfk_ext.__path__, "tfk_ext.")
    if not module.name.endswith("__main__")
]
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def _examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    for name in MODULES:
        module = importlib.import_module(name)
        scope = {"np": np, "tf": tf, "tfk_ext": tfk_ext}
        yield from (t for t in finder.find(module, name, globs=scope) if t.examples)


EXAMPLES = list(_examples())


@pytest.mark.parametrize("test", EXAMPLES, ids=lambda t: t.name)
def test_example_runs(test):
    report = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    test.globs = dict(test.globs)
    runner.run(test, out=report.append)
    assert runner.failures == 0, "".join(report)


def _components():
    found = {}
    for area in ("layers", "callbacks", "metrics", "losses", "optimizers"):
        module = getattr(tfk_ext, area, None)
        for name, thing in vars(module).items() if module else ():
            if inspect.isclass(thing) and not name.startswith("_") and thing.__module__.startswith("tfk_ext"):
                found[thing] = f"{area}.{thing.__name__}"
    return found


BASES = {"Layer", "WeightedLayer", "Callback", "Metric", "Loss", "Optimizer"}


@pytest.mark.parametrize(
    "cls", [c for c in _components() if c.__name__ not in BASES], ids=lambda c: c.__name__
)
def test_component_is_documented(cls):
    text = cls.__doc__ or ""
    parts = ["Example:", "Source:"]
    if issubclass(cls, tf.keras.layers.Layer):
        parts = ["Shapes:", "Masking:", "Raises:", *parts]
    if len(inspect.signature(cls).parameters) > 1:
        parts = ["Args:", *parts]
    places = [text.find(part) for part in parts]
    assert -1 not in places, f"{cls.__name__} lacks {[p for p, i in zip(parts, places) if i < 0]}"
    assert places == sorted(places), f"{cls.__name__}: the order is {parts}"
    arguments = text.split("Args:")[1].split("Shapes:")[0] if "Args:" in text else ""
    for name, parameter in inspect.signature(cls).parameters.items():
        if parameter.kind is not parameter.VAR_KEYWORD:
            assert f"{name}:" in arguments or f"{name}," in arguments, (
                f"{cls.__name__}: {name} is not described"
            )
