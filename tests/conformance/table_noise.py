"""The noise layers: what a row can say of them is that they do nothing in inference."""

import tfk_ext
from tests.conformance.descriptor import Case, Component, Formula, normal

SAME = Formula(lambda x, w, c: x)
BAD_RATES = [({"rate": -0.1}, "rate"), ({"rate": 1.1}, "rate"), ({"rate": "half"}, "rate")]
BAD_SEED = ({"rate": 0.5, "seed": "one"}, "seed")

ROWS = [
    Component(
        tfk_ext.GaussianNoise,
        inputs=normal(3, 4),
        configs=[
            {"stddev": 1.0},
            {"stddev": 2.5, "seed": 7},
            Case({"stddev": 0}, training=True),
            Case({"stddev": 0.3}, normal(2, 3, 2), unknown=(1,)),
        ],
        oracle=SAME,
        bad=[
            ({"stddev": -1.0}, "stddev"),
            ({"stddev": "much"}, "stddev"),
            ({"stddev": 1, "seed": 1.5}, "seed"),
        ],
        mask="passes",
        unknown=(1,),
    ),
    Component(
        tfk_ext.GaussianDropout,
        inputs=normal(3, 4),
        configs=[{"rate": 0.5}, {"rate": 0.2, "seed": 7}, Case({"rate": 0}, training=True)],
        oracle=SAME,
        bad=[*BAD_RATES, ({"rate": 1.0}, "rate must be below 1"), BAD_SEED],
        mask="passes",
        unknown=(1,),
    ),
    Component(
        tfk_ext.AlphaDropout,
        inputs=normal(3, 4),
        configs=[
            {"rate": 0.5},
            {"rate": 0.2, "seed": 7, "noise_shape": (3, 1)},
            Case({"rate": 0.0}, training=True),
        ],
        oracle=SAME,
        bad=[*BAD_RATES, BAD_SEED, ({"rate": 0.5, "noise_shape": (0, 1)}, "noise_shape")],
        mask="passes",
        unknown=(1,),
    ),
]
