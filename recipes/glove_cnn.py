"""Train the documented convolutions over GloVe word vectors to sort messages into newsgroups."""

from __future__ import annotations

import dataclasses
import sys
import time
from pathlib import Path

import numpy as np

from recipes.data import newsgroups, vectors
from recipes.shared import program
from recipes.shared.options import RunOptions, option, parse, whole
from recipes.shared.precision import precision
from recipes.shared.program import RecipeError
from recipes.shared.runs import Run
from recipes.shared.vocabulary import Vocabulary

with program.quiet():
    import tensorflow as tf

    import tfk_ext
    from recipes.shared import fitted
    from recipes.shared.padding import Trimmed
    from recipes.shared.training import Training

NAME = "glove_cnn"
PROG = f"recipes.{NAME}"

EXAMPLES = """
python -m recipes.glove_cnn --data news20.tar.gz --glove glove.6B.100d.txt
python -m recipes.glove_cnn --data 20_newsgroup/ --glove glove.6B.100d.txt --trainable --out runs/trainable
python -m recipes.glove_cnn --data news20.tar.gz --no-glove --out runs/random
python -m recipes.glove_cnn --resume --epochs 10
python -m recipes.glove_cnn compare runs/glove_cnn-001 runs/random --out comparison.html
python -m recipes.glove_cnn predict --model runs/random/model.keras "The shuttle reached its orbit."
"""


@dataclasses.dataclass(frozen=True)
class Options(RunOptions):
    data: str | None = option(
        None,
        f"{newsgroups.WHAT}; without it the messages of Keras's cache, else made-up ones",
        metavar="PATH",
    )
    glove: str | None = option(None, "glove.6B.100d.txt; without it the one of Keras's cache", metavar="FILE")
    trainable: bool = option(False, "go on training the word vectors, which otherwise stay as they are")
    no_glove: bool = option(False, "begin with random word vectors, and train them")
    no_headers: bool = option(
        False, "leave out the messages' header lines, which often name the group; the document keeps them"
    )
    epochs: int = option(10, "number of epochs", type=whole(1))
    batch_size: int = option(128, "messages in a batch", type=whole(1))
    words: int = option(20000, "size of the vocabulary; rarer words are left out", type=whole(10))
    length: int = option(1000, "words of a message: the last ones, the others are cut off", type=whole(149))
    embedding: int = option(100, "numbers that stand for a word", type=whole(1))
    filters: int = option(128, "filters of each convolution", type=whole(1))


def build_model(options: Options, words: int, groups: int, matrix: np.ndarray | None) -> tf.keras.Model:
    """Return the documented model: the numbers of ``length`` words to the probabilities of the groups."""
    start = {} if matrix is None else {"weights": [matrix]}
    trainable = options.trainable or matrix is None
    left = ((options.length - 4) // 5 - 4) // 5 - 4  # 35 of 1000 words: the last pooling takes all
    numbers = tf.keras.Input((options.length,), dtype="int32")
    x = tfk_ext.Embedding(
        words, options.embedding, input_length=options.length, trainable=trainable, **start
    )(numbers)
    x = tfk_ext.Conv1D(options.filters, 5, activation="relu")(x)
    x = tfk_ext.MaxPooling1D(5)(x)
    x = tfk_ext.Conv1D(options.filters, 5, activation="relu")(x)
    x = tfk_ext.MaxPooling1D(5)(x)
    x = tfk_ext.Conv1D(options.filters, 5, activation="relu")(x)
    x = tfk_ext.MaxPooling1D(left)(x)
    x = tfk_ext.Flatten()(x)
    x = tfk_ext.Dense(128, activation="relu")(x)
    x = tfk_ext.Dense(groups, activation="softmax", dtype="float32")(x)
    return tfk_ext.models.Model(numbers, x, name=NAME)


def main(argv: list[str] | None = None) -> None:
    """Run the recipe from a command line."""
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] == ["predict"]:
        predict(argv[1:])
        return
    if argv[:1] == ["compare"]:
        from recipes import glove_compare

        glove_compare.main(argv[1:])
        return
    options, given = parse(Options, PROG, __doc__ or "", EXAMPLES, argv)
    run, options = Run.open(NAME, options, given, changeable=("epochs", "data", "glove"))
    if options.no_glove and (options.trainable or options.glove):
        raise RecipeError("--no-glove goes neither with --trainable nor with --glove: leave one out.")
    glove = None if options.no_glove else vectors.find(options.glove)
    if glove is not None:
        vectors.check_dimensions(glove, options.embedding)

    began = time.monotonic()
    data = newsgroups.load(options.data, headers=not options.no_headers)
    fitted.announce(data.describe(), newsgroups.LOUD if data.embedded else None)
    if glove is None and not options.no_glove and not data.embedded:
        raise RecipeError("there are no word vectors: give glove.6B.100d.txt with --glove, or --no-glove.")

    tokenizer = tfk_ext.preprocessing.text.Tokenizer(num_words=options.words)
    tokenizer.fit_on_texts(data.texts)
    words = min(options.words, len(tokenizer.word_index) + 1)
    vocabulary = Vocabulary(
        {word: number for word, number in tokenizer.word_index.items() if number < words}, data.groups
    )
    sequences = tokenizer.texts_to_sequences(data.texts)
    embedding = None
    if glove is not None:
        embedding = vectors.read(glove, vocabulary.words, words, tokenizer.word_counts)
    elif not options.no_glove:
        embedding = vectors.make(sequences, vocabulary.words, words, options.embedding)
    said = "word vectors: random, trained" if embedding is None else embedding.describe()
    print(said, flush=True)
    about = data.about() | {"vectors": said}
    if embedding is not None:
        about["vectors sha256"] = embedding.digest()

    x = tfk_ext.preprocessing.sequence.pad_sequences(sequences, maxlen=options.length)
    y = np.eye(len(data.groups), dtype=np.float32)[data.labels]
    order = np.random.default_rng(options.seed).permutation(len(x))
    train, held_out = np.split(order, [len(x) * 4 // 5])  # 4:1
    timings = {"data": time.monotonic() - began}

    tf.keras.utils.set_random_seed(options.seed)
    with precision(options.mixed_precision):
        model = build_model(options, words, len(data.groups), None if embedding is None else embedding.matrix)
        # The same model and weights, twice as fast. XLA wants sizes that do not depend on the texts.
        trained = model if options.jit else Trimmed(model, model.layers[1:8], model.layers[8:])
    metrics = [tfk_ext.metrics.CategoricalAccuracy(name="accuracy")]
    trained.compile("rmsprop", "categorical_crossentropy", metrics=metrics, jit_compile=options.jit)
    if options.dry_run:
        fitted.show_sizes(model, options, len(train), run)
        return

    run.begin(NAME, options, argv, about)
    vocabulary.save(run.path)
    print(f"run: {run.path}", flush=True)
    Training(trained, metrics, run, options, x[train], y[train]).fit((x[held_out], y[held_out]), PROG)
    finish(model, run, data, said, held_out, x, timings)


# --------------------------------------------------------------------------------------------- the results

LOADING = """
import json
import tensorflow as tf
import tfk_ext
from tfk_ext.preprocessing.sequence import pad_sequences
from tfk_ext.preprocessing.text import Tokenizer

model = tf.keras.models.load_model("model.keras")
vocabulary = json.load(open("vocabulary.json"))
tokenizer = Tokenizer()
tokenizer.word_index = vocabulary["words"]
numbers = tokenizer.texts_to_sequences(["The shuttle reached its orbit."])
probabilities = model.predict(pad_sequences(numbers, maxlen=model.input_shape[1]))
print(vocabulary["labels"][probabilities[0].argmax()])
"""


def finish(
    model: tf.keras.Model,
    run: Run,
    data: newsgroups.News,
    said: str,
    held_out: np.ndarray,
    x: np.ndarray,
    timings: dict[str, float],
) -> None:
    """Save the model, check it in a fresh process, write the report."""
    result = fitted.finish(model, run, x[held_out], timings)
    labels, predicted = data.labels[held_out], result.outputs.argmax(axis=1)
    page = result.page(f"GloVe text CNN: {data.name}", data.describe())
    if data.embedded:
        page.text(newsgroups.LOUD, loud=True)
    page.text(said[0].upper() + said[1:])
    last, right = result.rows[-1], float(np.mean(predicted == labels))
    page.heading("Result")
    page.text(
        f"Accuracy {last['accuracy']:.4f} in training (the mean over the last epoch), {right:.4f} on the "
        f"{len(held_out):,} messages that were held out."
    )
    page.curves([("loss", ("loss", "val_loss")), ("accuracy", ("accuracy", "val_accuracy"))])
    page.confusion(labels, predicted, data.groups)
    page.heading("Example predictions")
    rows = []
    wrong = [place for place in np.flatnonzero(predicted != labels) if place >= 5][:3]
    for place in [*range(5), *wrong]:
        text = " ".join(newsgroups.without_header(data.texts[held_out[place]]).split())
        sure = f"{result.outputs[place].max():.3f}"
        rows.append((text[:300], data.groups[labels[place]], data.groups[predicted[place]], sure))
    page.table(("text", "is", "predicted", "probability"), rows)
    page.closing(LOADING)
    result.say(page, f"accuracy: training {last['accuracy']:.4f}, validation {right:.4f}")


# ------------------------------------------------------------------------------------------------- predict


@dataclasses.dataclass(frozen=True)
class PredictOptions:
    model: str | None = option(None, "the model.keras of a run", metavar="FILE", required=True)
    text: list[str] | None = option(
        None, "messages, each in quotes", positional=True, nargs="+", metavar="TEXT"
    )


def predict(argv: list[str]) -> None:
    """Sort new messages with a saved model: ``python -m recipes.glove_cnn predict``."""
    options, _ = parse(PredictOptions, f"{PROG} predict", predict.__doc__ or "", EXAMPLES, argv)
    model = fitted.load(str(options.model))
    vocabulary = Vocabulary.beside(Path(str(options.model)))
    if len(model.input_shape) != 2 or model.output_shape != (None, len(vocabulary.labels)):
        raise RecipeError(
            f"--model {options.model} takes {model.input_shape} and gives {model.output_shape}: it is of "
            "another recipe."
        )
    texts = options.text or []
    for text, row in zip(texts, model.predict(vocabulary.padded(texts, model.input_shape[1]), verbose=0)):
        best = np.argsort(-row)[:3]
        print(f"{', '.join(f'{vocabulary.labels[place]} {row[place]:.3f}' for place in best)}  {text}")


if __name__ == "__main__":
    tf.config.experimental.enable_op_determinism()
    program.run_main(PROG, main)
