"""Names that NumPy has removed: a rewritten program reads them as they were, and NumPy stays as it is."""

import numpy as np
import pytest

from tfk_ext.compat import numpy_names, rewriting


def value(expression):
    names = {}
    exec(rewriting.rewritten(f"import numpy as n\nvalue = {expression}", "program.py"), names)
    return names["value"]


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("n.Inf", np.inf),
        ("n.infty", np.inf),
        ("n.NINF", -np.inf),
        ("n.float", float),
        ("n.int", int),
        ("n.object", object),
        ("n.float_", np.float64),
        ("n.unicode_", np.str_),
        ("n.product([2, 3])", 6),
        ("n.array([n.Inf])[0]", np.inf),
        ("n.sometrue([0, 1])", True),
    ],
)
def test_old_names(expression, wanted):
    assert value(expression) == wanted
    assert value("n.isnan(n.NaN)")


def test_every_replacement_exists():
    for name in numpy_names._RENAMED.values():
        assert hasattr(np, name), name


def test_only_of_numpy_and_only_what_it_lacks():
    names = {}
    exec(rewriting.rewritten("class n:\n    Inf = 3\nvalue = n.Inf", "program.py"), names)
    assert names["value"] == 3
    assert value("n.inf") == np.inf and value("n.bool_") is np.bool_
    with pytest.raises(AttributeError, match="nothing"):
        value("n.nothing")
