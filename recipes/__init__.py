"""Recipes: scripts that train documented models on real data. `python -m recipes` lists them."""

import os

RECIPES = ("dcgan", "imdb_lstm", "glove_cnn")

# TensorFlow leaves oneDNN out on processors without AVX-512, where a step of convolutions takes 1.6 times as
# long without it. It asks when it is first imported.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
