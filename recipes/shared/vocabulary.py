"""The words that a text model knows; saved beside it, so that ``predict`` reads texts as the training did."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recipes.shared.program import RecipeError
from recipes.shared.runs import write

NAME = "vocabulary.json"
_UNKNOWN = "<unknown>"  # no word of a text: the brackets are never part of one


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """Words and their numbers.

    Attributes:
        words: the number of each word; 0 is padding.
        labels: the names of the classes.
        start: the number that a text begins with, if any.
        unknown: the number of all other words; ``None`` leaves them out.
    """

    words: dict[str, int]
    labels: list[str]
    start: int | None = None
    unknown: int | None = None

    def numbers(self, texts: Sequence[str]) -> list[list[int]]:
        """Return each text as the numbers of its words."""
        from tfk_ext.preprocessing.text import Tokenizer

        tokenizer = Tokenizer(oov_token=None if self.unknown is None else _UNKNOWN)
        tokenizer.word_index = dict(self.words)
        if self.unknown is not None:
            tokenizer.word_index[_UNKNOWN] = self.unknown
        start = [] if self.start is None else [self.start]
        return [start + numbers for numbers in tokenizer.texts_to_sequences(texts)]

    def padded(self, texts: Sequence[str], length: int) -> np.ndarray:
        """Return texts as a model takes them: the last ``length`` words, zeros in front of shorter ones."""
        from tfk_ext.preprocessing.sequence import pad_sequences

        return pad_sequences(self.numbers(texts), maxlen=length)

    def text(self, numbers: Sequence[int]) -> str:
        """Return the words of some numbers."""
        names = {number: word for word, number in self.words.items()}
        return " ".join(names.get(int(number), "...") for number in numbers if number not in (0, self.start))

    def save(self, folder: Path) -> None:
        write(folder / NAME, json.dumps(dataclasses.asdict(self), ensure_ascii=False) + "\n")

    @classmethod
    def beside(cls, model: Path) -> Vocabulary:
        """Read the vocabulary that lies beside a saved model.

        Raises:
            RecipeError: it is missing or damaged.
        """
        path = model.with_name(NAME)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            vocabulary = cls(**content)
            if not all(type(number) is int for number in vocabulary.words.values()):
                raise ValueError("a word without a number")
        except FileNotFoundError as error:
            raise RecipeError(f"{path} is missing: it belongs to the model, copy it from the run.") from error
        except (ValueError, TypeError, AttributeError) as error:
            raise RecipeError(f"{path} is damaged ({error}): copy it from the run again.") from error
        return vocabulary
