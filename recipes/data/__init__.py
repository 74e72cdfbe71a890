"""Data of the recipes, from wherever it can be had; every file is untrusted."""
