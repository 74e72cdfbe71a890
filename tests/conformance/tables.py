"""The conformance table: the rows of every room, in one list."""

from tests.conformance import (
    table_advanced_activations,
    table_convolutional,
    table_core,
    table_embeddings,
    table_legacy,
    table_local,
    table_merge,
    table_noise,
    table_normalization,
    table_pooling,
    table_recurrent,
    table_wrappers,
)

ROOMS = {
    "advanced_activations": table_advanced_activations.ROWS,
    "convolutional": table_convolutional.ROWS,
    "core": table_core.ROWS,
    "embeddings": table_embeddings.ROWS,
    "legacy": table_legacy.ROWS,
    "local": table_local.ROWS,
    "merge": table_merge.ROWS,
    "noise": table_noise.ROWS,
    "normalization": table_normalization.ROWS,
    "pooling": table_pooling.ROWS,
    "recurrent": table_recurrent.ROWS,
    "wrappers": table_wrappers.ROWS,
}

# Public functions of `tfk_ext.layers`, which are no layers: the test file that holds each against its oracle.
FUNCTIONS: dict[str, str] = {
    "Input": "tests/layers/test_core.py",
    "add": "tests/layers/test_merge.py",
    "average": "tests/layers/test_merge.py",
    "concatenate": "tests/layers/test_merge.py",
    "deserialize": "tests/saving/test_every_path.py",
    "dot": "tests/layers/test_merge.py",
    "maximum": "tests/layers/test_merge.py",
    "minimum": "tests/layers/test_merge.py",
    "multiply": "tests/layers/test_merge.py",
    "subtract": "tests/layers/test_merge.py",
}

ROWS = [row for rows in ROOMS.values() for row in rows]
