"""Train the documented bidirectional LSTM to tell good film reviews from poor ones (IMDB)."""

from __future__ import annotations

import dataclasses
import sys
import time
from pathlib import Path

import numpy as np

from recipes.data import reviews
from recipes.shared import program
from recipes.shared.options import RunOptions, fraction, option, parse, whole
from recipes.shared.precision import precision
from recipes.shared.program import RecipeError
from recipes.shared.runs import Run
from recipes.shared.vocabulary import Vocabulary

if __name__ == "__main__":
    program.ask_for_onednn()  # a step takes 1.5 times as long without it
with program.quiet():
    import tensorflow as tf

    import tfk_ext
    from recipes.shared import fitted
    from recipes.shared.training import Training

NAME = "imdb_lstm"
PROG = f"recipes.{NAME}"

EXAMPLES = """
python -m recipes.imdb_lstm --data imdb.npz
python -m recipes.imdb_lstm --data aclImdb_v1.tar.gz --epochs 2 --out runs/reviews
python -m recipes.imdb_lstm --resume --epochs 6
python -m recipes.imdb_lstm predict --model runs/imdb_lstm-001/model.keras "A quiet, clever film."
"""


@dataclasses.dataclass(frozen=True)
class Options(RunOptions):
    data: str | None = option(
        None,
        f"{reviews.WHAT}; without it IMDB of Keras's cache or of tensorflow-datasets, else made-up reviews",
        metavar="PATH",
    )
    epochs: int = option(4, "number of epochs", type=whole(1))
    words: int = option(20000, "size of the vocabulary; rarer words count as one", type=whole(10))
    length: int = option(100, "words of a review: the last ones, the others are cut off", type=whole(1))
    embedding: int = option(128, "numbers that stand for a word", type=whole(1))
    units: int = option(64, "units of the LSTM, in each direction", type=whole(1))
    dropout: float = option(0.5, "share of the units that are dropped in training", type=fraction)


def build_model(options: Options) -> tf.keras.Model:
    """Return the documented model: the numbers of ``length`` words to the probability of a good review."""
    model = tfk_ext.models.Sequential(name=NAME)
    model.add(tfk_ext.Embedding(options.words, options.embedding, input_length=options.length))
    model.add(tfk_ext.Bidirectional(tfk_ext.LSTM(options.units)))
    model.add(tfk_ext.Dropout(options.dropout))
    model.add(tfk_ext.Dense(1, activation="sigmoid", dtype="float32"))
    return model


def main(argv: list[str] | None = None) -> None:
    """Run the recipe from a command line."""
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] == ["predict"]:
        predict(argv[1:])
        return
    options, given = parse(Options, PROG, __doc__ or "", EXAMPLES, argv)
    run, options = Run.open(NAME, options, given, changeable=("epochs", "data"))

    began = time.monotonic()
    data = reviews.load(options.data, options.words, download=not options.dry_run)
    x_train = tfk_ext.preprocessing.sequence.pad_sequences(data.train, maxlen=options.length)
    x_test = tfk_ext.preprocessing.sequence.pad_sequences(data.test, maxlen=options.length)
    y_train, y_test = (y.astype(np.float32)[:, None] for y in (data.train_labels, data.test_labels))
    timings = {"data": time.monotonic() - began}
    fitted.announce(data.describe(), reviews.LOUD if data.embedded else None)

    tf.keras.utils.set_random_seed(options.seed)
    with precision(options.mixed_precision):
        model = build_model(options)
    metrics = [tfk_ext.metrics.BinaryAccuracy(name="accuracy")]
    model.compile("adam", "binary_crossentropy", metrics=metrics, jit_compile=options.jit)
    if options.dry_run:
        fitted.show_sizes(model, options, len(x_train), run)
        return

    run.begin(NAME, options, argv, data.about())
    if data.vocabulary is not None:
        data.vocabulary.save(run.path)
    print(f"run: {run.path}", flush=True)
    Training(model, metrics, run, options, x_train, y_train).fit((x_test, y_test), PROG)
    finish(model, run, options, data, (x_test, y_test), timings)


# --------------------------------------------------------------------------------------------- the results

LOADING = """
import tensorflow as tf
import tfk_ext
from tfk_ext.preprocessing.sequence import pad_sequences

model = tf.keras.models.load_model("model.keras")
numbers = [[1, 14, 22, 16, 43, 530]]  # of words, as in imdb.npz; vocabulary.json has the words' numbers
print(model.predict(pad_sequences(numbers, maxlen=100)))  # the probability of a good review
"""


def finish(
    model: tf.keras.Model,
    run: Run,
    options: Options,
    data: reviews.Reviews,
    test: tuple[np.ndarray, np.ndarray],
    timings: dict[str, float],
) -> None:
    """Save the model, check it in a fresh process, write the report."""
    x, y = test
    result = fitted.finish(model, run, x, timings)
    probabilities = result.outputs[:, 0]
    page = result.page(f"IMDB bidirectional LSTM: {data.name}", data.describe())
    if data.embedded:
        page.text(reviews.LOUD, loud=True)
    right = (probabilities > 0.5) == (y[:, 0] > 0.5)
    accuracy = float(np.mean(right))
    page.heading("Result")
    page.text(f"The model is right about {accuracy:.2%} of the {len(y):,} test reviews.")
    page.confusion(data.test_labels, (probabilities > 0.5).astype(int), reviews.LABELS)
    page.curves([("loss", ("loss", "val_loss")), ("accuracy", ("accuracy", "val_accuracy"))])
    page.heading("Example predictions")
    page.table(("text", "is", "predicted", "probability"), _examples(data, probabilities, right))
    page.closing(LOADING)
    result.say(page, f"test accuracy: {accuracy:.4f}")


def _examples(data: reviews.Reviews, probabilities: np.ndarray, right: np.ndarray) -> list[tuple[str, ...]]:
    """Return some reviews: the first four, and the four that the model is most wrongly sure of."""
    sure = np.abs(probabilities - 0.5)
    wrong = [place for place in np.argsort(-sure) if not right[place]][:4]
    rows: list[tuple[str, ...]] = []
    for place in [*range(4), *wrong]:
        text = "(no imdb_word_index.json beside the data: the words are not known)"
        if data.vocabulary is not None:
            text = data.vocabulary.text(data.test[place])
        predicted = reviews.LABELS[int(probabilities[place] > 0.5)]
        rows.append(
            (
                text if len(text) < 400 else "... " + text[-400:],
                reviews.LABELS[int(data.test_labels[place])],
                predicted,
                f"{probabilities[place]:.3f}",
            )
        )
    return rows


# ------------------------------------------------------------------------------------------------- predict


@dataclasses.dataclass(frozen=True)
class PredictOptions:
    model: str | None = option(None, "the model.keras of a run", metavar="FILE", required=True)
    text: list[str] | None = option(
        None, "reviews, each in quotes", positional=True, nargs="+", metavar="TEXT"
    )


def predict(argv: list[str]) -> None:
    """Judge new reviews with a saved model: ``python -m recipes.imdb_lstm predict``."""
    options, _ = parse(PredictOptions, f"{PROG} predict", predict.__doc__ or "", EXAMPLES, argv)
    model = fitted.load(str(options.model))
    vocabulary = Vocabulary.beside(Path(str(options.model)))
    if len(model.input_shape) != 2 or model.output_shape != (None, 1):
        raise RecipeError(
            f"--model {options.model} takes {model.input_shape} and gives {model.output_shape}: it is of "
            "another recipe."
        )
    texts = options.text or []
    for text, probability in zip(
        texts, model.predict(vocabulary.padded(texts, model.input_shape[1]), verbose=0)
    ):
        print(f"{probability[0]:.3f}  {vocabulary.labels[int(probability[0] > 0.5)]}  {text}")


if __name__ == "__main__":
    tf.config.experimental.enable_op_determinism()
    program.run_main(PROG, main)
