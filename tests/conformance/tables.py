"""The conformance table: the rows of every room, in one list."""

from tests.conformance import table_convolutional, table_core, table_local, table_recurrent

ROOMS = {
    "convolutional": table_convolutional.ROWS,
    "core": table_core.ROWS,
    "local": table_local.ROWS,
    "recurrent": table_recurrent.ROWS,
}

# Public functions of `tfk_ext.layers`, which are no layers: the test file that holds each against its oracle.
FUNCTIONS: dict[str, str] = {}

ROWS = [row for rows in ROOMS.values() for row in rows]
