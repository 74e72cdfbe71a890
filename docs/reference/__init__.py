"""The reference: pages written from the docstrings by ``python -m docs.reference``."""
