"""Texts to numbers: splitting, hashing, and the Tokenizer."""

from tfk_ext.preprocessing.text.saved import tokenizer_from_json as tokenizer_from_json
from tfk_ext.preprocessing.text.saved import tokenizer_from_pickle as tokenizer_from_pickle
from tfk_ext.preprocessing.text.tokenizer import Tokenizer as Tokenizer
from tfk_ext.preprocessing.text.vectors import WordVectors as WordVectors
from tfk_ext.preprocessing.text.vectors import load_word_vectors as load_word_vectors
from tfk_ext.preprocessing.text.words import hashing_trick as hashing_trick
from tfk_ext.preprocessing.text.words import one_hot as one_hot
from tfk_ext.preprocessing.text.words import text_to_word_sequence as text_to_word_sequence
