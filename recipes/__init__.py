"""Recipes: scripts that train documented models on real data. `python -m recipes` lists them."""

RECIPES = ("dcgan", "imdb_lstm", "glove_cnn")
