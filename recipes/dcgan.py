"""Train the documented DCGAN to draw handwritten digits (MNIST) or clothes (Fashion-MNIST)."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from recipes.data import digits
from recipes.shared import pictures, program
from recipes.shared.history import History, trim_events
from recipes.shared.options import RunOptions, fraction, option, parse, positive, whole
from recipes.shared.precision import fast_bfloat16, precision
from recipes.shared.program import RecipeError
from recipes.shared.progress import Interruption, Progress
from recipes.shared.report import summary
from recipes.shared.runs import Run, write

with program.quiet():
    import tensorflow as tf

    import tfk_ext
    from recipes import dcgan_report, judge
    from recipes.shared import enlarging, fitted
    from recipes.shared.checkpoints import Checkpoints, variables_of

NAME = "dcgan"
PROG = f"recipes.{NAME}"
NOISE = 100  # numbers that an image is drawn from, uniform from -1 to 1
GRID = 10  # rows and columns of the image grid

EXAMPLES = """
python -m recipes.dcgan --data mnist.npz --epochs 4
python -m recipes.dcgan --data fashion-mnist/ --out runs/clothes
python -m recipes.dcgan --resume --epochs 20
python -m recipes.dcgan --demo
python -m recipes.dcgan predict --model runs/dcgan-001/model.keras --number 16 --seed 1 --out digits.png
"""


@dataclasses.dataclass(frozen=True)
class Options(RunOptions):
    data: str | None = option(
        None,
        "an .npz file as mnist.npz, or a folder with the idx files of MNIST or Fashion-MNIST; without it "
        "MNIST of Keras's cache or of tensorflow-datasets, else 1,797 small digits of scikit-learn",
        metavar="PATH",
    )
    epochs: int = option(
        10, "number of epochs, with an image grid and a checkpoint after each", type=whole(1)
    )
    epoch_steps: int = option(
        100, "training steps of an epoch, at most: one pass over the data may be shorter", type=whole(1)
    )
    steps: int | None = option(None, "stop after this many training steps in all", type=whole(1))
    minutes: float | None = option(None, "stop training after this time; --resume goes on", type=positive)
    batch_size: int = option(32, "images in a batch", type=whole(1))
    rate: float = option(1e-3, "learning rate of the generator", type=positive)
    discriminator_rate: float = option(1e-3, "learning rate of the discriminator", type=positive)
    discriminator_steps: int = option(
        3, "updates of the discriminator before each one of the generator", type=whole(1)
    )
    average: float = option(
        0.95, "how much of the averaged generator, which draws the images, a step keeps", type=fraction
    )
    smoothing: float = option(0.1, "real images count as 1 - SMOOTHING", type=fraction)
    depth: int = option(256, "channels of the generator's first block; 256 is documented", type=whole(8))
    samples: int = option(1000, "images that the final figures are taken from", type=whole(GRID * GRID))
    demo: bool = option(False, "settings for a few minutes on two slow cores, for all that is not given")


# A time limit on the small digits for those who give none: enough to see that it runs.
EMBEDDED_MINUTES = 0.75
DEMO: dict[str, Any] = {"epochs": 8, "epoch_steps": 50, "batch_size": 16, "minutes": 2.5, "samples": 500}

# ------------------------------------------------------------------------------------------------ the models


def build_generator(depth: int = 256) -> tf.keras.Model:
    """Return the documented generator: 100 numbers to an image of 28x28 pixels from 0 to 1."""
    dropout = 0.4
    dim = 7
    return tf.keras.Sequential(
        [
            # In: 100, out: dim x dim x depth
            tfk_ext.Dense(dim * dim * depth, input_dim=NOISE),
            tfk_ext.BatchNormalization(momentum=0.9),
            tfk_ext.Activation("relu"),
            tfk_ext.Reshape((dim, dim, depth)),
            tfk_ext.Dropout(dropout),
            # In: dim x dim x depth, out: 2*dim x 2*dim x depth/2
            tfk_ext.UpSampling2D(),
            tfk_ext.Conv2DTranspose(depth // 2, 5, padding="same"),
            tfk_ext.BatchNormalization(momentum=0.9),
            tfk_ext.Activation("relu"),
            # Out: 4*dim x 4*dim x depth/4
            tfk_ext.UpSampling2D(),
            tfk_ext.Conv2DTranspose(depth // 4, 5, padding="same"),
            tfk_ext.BatchNormalization(momentum=0.9),
            tfk_ext.Activation("relu"),
            tfk_ext.Conv2DTranspose(depth // 8, 5, padding="same"),
            tfk_ext.BatchNormalization(momentum=0.9),
            tfk_ext.Activation("relu"),
            # Out: 28 x 28 x 1, in 32 bits also where the rest computes in 16
            tfk_ext.Conv2DTranspose(1, 5, padding="same"),
            tfk_ext.Activation("sigmoid", dtype="float32"),
        ],
        name="generator",
    )


def build_discriminator(depth: int = 256) -> tf.keras.Model:
    """Return the documented discriminator: an image to the probability that it is a real one."""
    dropout = 0.2  # the document gives no number; at 0.4 the discriminator falls behind
    model = tf.keras.Sequential(name="discriminator")
    for number, (filters, strides) in enumerate(
        ((depth // 4, 2), (depth // 2, 2), (depth, 2), (depth * 2, 1))
    ):
        shape = {} if number else {"input_shape": (digits.SIZE, digits.SIZE, 1)}
        model.add(
            tfk_ext.Conv2D(
                filters, 5, strides=strides, padding="same", activation=tfk_ext.LeakyReLU(alpha=0.2), **shape
            )
        )
        model.add(tfk_ext.Dropout(dropout))
    model.add(tfk_ext.Flatten())
    model.add(tfk_ext.Dense(1))
    model.add(tfk_ext.Activation("sigmoid", dtype="float32"))
    return model


class Dcgan:
    """The two models with their optimizers, and one compiled step that trains both.

    These choices make digits readable after a few hundred steps; each is an option:

    - Adam with beta_1 = 0.5, as in the paper on DCGANs, with a larger rate.
    - The discriminator is trained on three batches before the generator is on one; it is by far the cheaper
      model, and with one batch it hardly keeps up.
    - Real images count as 0.9 rather than 1, which keeps the discriminator from being sure.
    - Images are drawn by an average of the generator's weights over the last steps, as single steps swing.
    """

    def __init__(self, options: Options):
        self.options = options
        tf.keras.utils.set_random_seed(options.seed)
        with precision(options.mixed_precision):
            self.generator = build_generator(options.depth)
            self.discriminator = build_discriminator(options.depth)
            self.average = build_generator(options.depth)
        self.average.set_weights(self.generator.get_weights())
        # The losses take what comes before the sigmoid: the same numbers, but exact where it saturates.
        self.logits = tf.keras.Sequential(self.discriminator.layers[:-1])
        self.generator_optimizer = self._optimizer(self.generator, options.rate)
        self.discriminator_optimizer = self._optimizer(self.discriminator, options.discriminator_rate)
        self.step = tf.Variable(0, dtype=tf.int64, name="step")
        self.train_step = tf.function(self._train_step, jit_compile=options.jit, autograph=False)

    def _optimizer(self, model: tf.keras.Model, rate: float) -> tf.keras.optimizers.Optimizer:
        optimizer = tf.keras.optimizers.Adam(rate, beta_1=0.5)
        if self.options.mixed_precision == "float16":
            optimizer = tf.keras.mixed_precision.LossScaleOptimizer(optimizer)
        optimizer.build(model.trainable_variables)
        return optimizer

    def state(self) -> list[tf.Variable]:
        """Return every variable that training changes: weights, averages, random states, optimizers."""
        models = (self.generator, self.discriminator, self.average)
        return variables_of(*models, self.generator_optimizer, self.discriminator_optimizer)

    def _train_step(self, real: tf.Tensor) -> tf.Tensor:
        """Train the discriminator on some batches of real and of generated images, then the generator.

        Args:
            real: images of shape ``(discriminator_steps, batch, 28, 28, 1)``.

        Returns:
            The losses of generator and discriminator, and the mean probabilities that the latter gave to the
            real and to the generated images.
        """
        seed = tf.stack([tf.constant(self.options.seed, tf.int64), self.step])
        noise = tf.random.stateless_uniform((self.options.batch_size, NOISE), seed, -1.0, 1.0)
        optimizer, variables = self.generator_optimizer, self.generator.trainable_variables
        with tf.GradientTape() as tape:
            fake = enlarging.train(self.generator, noise)
            with tape.stop_recording():
                for images in tf.unstack(real):
                    judged = self._train_discriminator(images, fake)
            loss = self._cross_entropy(1.0, self.logits(fake, training=True))
            scaled = optimizer.scale_loss(loss)
        optimizer.apply(tape.gradient(scaled, variables), variables)
        # The first steps count little: their weights are far from all later ones.
        count = tf.cast(self.step, tf.float32)
        keep = tf.minimum(self.options.average, (1.0 + count) / (4.0 + count))
        for mean, value in zip(self.average.weights, self.generator.weights):
            mean.assign(keep * mean + (1.0 - keep) * value)
        self.step.assign_add(1)
        return tf.stack([loss, *judged])

    def _train_discriminator(self, real: tf.Tensor, fake: tf.Tensor) -> list[tf.Tensor]:
        optimizer, variables = self.discriminator_optimizer, self.discriminator.trainable_variables
        with tf.GradientTape() as tape:
            on_real, on_fake = tf.split(self.logits(tf.concat([real, fake], axis=0), training=True), 2)
            loss = self._cross_entropy(1.0 - self.options.smoothing, on_real) + self._cross_entropy(
                0.0, on_fake
            )
            scaled = optimizer.scale_loss(loss)
        optimizer.apply(tape.gradient(scaled, variables), variables)
        means = [tf.reduce_mean(tf.sigmoid(tf.cast(logits, tf.float32))) for logits in (on_real, on_fake)]
        return [loss, *means]

    @staticmethod
    def _cross_entropy(label: float, logits: tf.Tensor) -> tf.Tensor:
        logits = tf.cast(logits, tf.float32)
        return tf.reduce_mean(
            tf.nn.sigmoid_cross_entropy_with_logits(tf.fill(tf.shape(logits), label), logits)
        )

    def draw(self, noise: np.ndarray) -> np.ndarray:
        """Return the averaged generator's images of some noise."""
        return self.average.predict(noise, batch_size=GRID * GRID, verbose=0)


def make_noise(count: int, seed: int) -> np.ndarray:
    """Return the noise of ``count`` images; the first ones are the same for every count."""
    return np.random.default_rng(seed).uniform(-1.0, 1.0, (count, NOISE)).astype(np.float32)


# ------------------------------------------------------------------------------------------------- training

COLUMNS = (
    "epoch",
    "step",
    "generator_loss",
    "discriminator_loss",
    "real_probability",
    "fake_probability",
    "confident",
    "seconds",
)


class Training:
    """Trains epoch by epoch, and after each writes the picture, the curves and then the checkpoint."""

    def __init__(self, gan: Dcgan, images: digits.Images, marks: judge.Judge, run: Run):
        self.gan, self.marks, self.run, self.options = gan, marks, run, gan.options
        self.batches = digits.Batches(images.train, self.options.batch_size, self.options.seed)
        self.epoch_steps = min(self.options.epoch_steps, self.batches.number)
        self.noise = make_noise(GRID * GRID, self.options.seed)
        self.history = History(run / "history.csv", COLUMNS)
        self.epoch = tf.Variable(0, dtype=tf.int64)
        # Of the epoch under way: the sums of a step's four figures and of its seconds, and the steps.
        self.sums = tf.Variable(tf.zeros(6, tf.float64))
        self.checkpoints = Checkpoints(
            run / "checkpoints", step=gan.step, epoch=self.epoch, sums=self.sums, state=gan.state()
        )

    def restore(self) -> None:
        """Go back to the newest checkpoint that can be read, and the curves with it."""
        known = self.checkpoints.restore()
        self.history.load(int(self.epoch))
        trim_events(self.run / "tensorboard", int(self.gan.step) if known else -1)

    def finished(self) -> bool:
        steps = self.options.steps
        return int(self.epoch) >= self.options.epochs or (steps is not None and int(self.gan.step) >= steps)

    def steps_left(self) -> int:
        """Return how many steps are left if no time limit ends them."""
        done = int(self.gan.step)
        left = (self.options.epochs - int(self.epoch)) * self.epoch_steps - int(self.sums[-1])
        return max(0, left if self.options.steps is None else min(left, self.options.steps - done))

    def train(self) -> bool:
        """Train to the end of the run, or to the time limit.

        Returns:
            Whether Ctrl-C ended it; everything so far is in the checkpoint then.
        """
        (self.run / "images").mkdir(exist_ok=True)
        self.board = tf.summary.create_file_writer(str(self.run / "tensorboard"))
        if int(self.gan.step) == 0:
            self._picture(0)
            with self.board.as_default():
                tf.summary.graph(self.gan.train_step.get_concrete_function(self._images()).graph)
        progress = Progress(60 * self.options.minutes if self.options.minutes else math.inf)
        with Interruption() as interruption:
            while not self.finished():
                began = time.monotonic()
                values = self.gan.train_step(self._images()).numpy()
                self.sums.assign_add([*values, time.monotonic() - began, 1.0])
                steps = int(self.gan.step)
                losses = f"generator {values[0]:.3f}, discriminator {values[1]:.3f}"
                progress.step(f"step {steps}: {losses}", self.steps_left())
                out_of_time = progress.out_of_time()
                if int(self.sums[-1]) == self.epoch_steps or steps == self.options.steps or out_of_time:
                    progress.epoch(self._close_epoch(), self.steps_left())
                if interruption.requested:
                    if int(self.sums[-1]) > 0:
                        self.checkpoints.save(steps)
                    return True
                if out_of_time and not self.finished():
                    print(f"stopped by the time limit, {self.options.minutes:g} minutes, at step {steps}")
                    break
        self.board.close()
        return False

    def _images(self) -> tf.Tensor:
        """Return the real images of the next step."""
        count = self.options.discriminator_steps
        first = int(self.gan.step) * count
        return tf.stack([self.batches[number] for number in range(first, first + count)])

    def _close_epoch(self) -> str:
        """Write what the epoch gave; the checkpoint comes last, so that a lost epoch is done again whole.

        Returns:
            The epoch in one line.
        """
        *sums, seconds, steps = self.sums.numpy()
        means = [total / steps for total in sums]
        step = int(self.gan.step)
        if not np.isfinite(means).all():
            raise RecipeError(
                f"the losses are no numbers any more at step {step}: begin a new run with a smaller --rate "
                "and --discriminator-rate."
            )
        self.epoch.assign_add(1)
        self.sums.assign(tf.zeros_like(self.sums))
        confident = self.marks.confident(self._picture(int(self.epoch)))
        row = dict(zip(COLUMNS, (int(self.epoch), step, *means, confident, seconds)))
        self.history.append(row)
        with self.board.as_default(step=step):
            for name in COLUMNS[2:]:
                tf.summary.scalar(name, row[name])
        self.board.flush()
        self.checkpoints.save(step)
        return (
            f"epoch {int(self.epoch)}/{self.options.epochs}, step {step}: generator {means[0]:.3f}, "
            f"discriminator {means[1]:.3f}, confident {confident:.0%}, {seconds:.0f} s"
        )

    def _picture(self, epoch: int) -> np.ndarray:
        drawn = self.gan.draw(self.noise)
        sheet = pictures.grid(drawn)
        write(self.run / f"images/epoch-{epoch:03d}.png", pictures.as_png(sheet))
        with self.board.as_default(step=int(self.gan.step)):
            tf.summary.image("generated", sheet[None, :, :, None])
        return drawn

    def pictures(self) -> list[Path]:
        """Return the grids of the epochs done so far, the untrained generator's first."""
        files = (self.run / f"images/epoch-{epoch:03d}.png" for epoch in range(int(self.epoch) + 1))
        return [file for file in files if file.is_file()]


# ------------------------------------------------------------------------------------------------ the program


def main(argv: list[str] | None = None) -> None:
    """Run the recipe from a command line."""
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] == ["predict"]:
        predict(argv[1:])
        return
    options, given = parse(Options, PROG, __doc__ or "", EXAMPLES, argv)
    if options.demo:
        bits = {"mixed_precision": "bfloat16" if fast_bfloat16() else None}
        settings = {name: value for name, value in (DEMO | bits).items() if name not in given}
        options = dataclasses.replace(options, **settings)
    changeable = ("epochs", "steps", "minutes", "samples", "data")
    run, options = Run.open(NAME, options, given, changeable)

    began = time.monotonic()
    images = digits.load(options.data, download=not options.dry_run)
    timings = {"data": time.monotonic() - began}
    fitted.announce(images.describe(), digits.LOUD if images.embedded else None)
    if images.embedded and not options.demo and not {"epochs", "steps", "minutes"} & set(given):
        options = dataclasses.replace(options, minutes=EMBEDDED_MINUTES)
        seconds = 60 * EMBEDDED_MINUTES
        print(f"training stops after {seconds:.0f} seconds; --epochs, --steps or --minutes say otherwise")
    if options.batch_size > len(images.train):
        raise RecipeError(
            f"--batch-size {options.batch_size} is more than the {len(images.train)} training images."
        )
    if options.dry_run:
        show_sizes(options, images, run)
        return
    run.begin(NAME, options, argv, images.about())
    train(options, images, run, timings)


def train(options: Options, images: digits.Images, run: Run, timings: dict[str, float]) -> None:
    """Train, or go on training, and finish the run."""
    gan = Dcgan(options)
    print(f"run: {run.path}", flush=True)
    began = time.monotonic()
    training = Training(gan, images, judge.Judge(classifier(images, run, options.seed), images), run)
    timings["classifier"] = time.monotonic() - began
    if options.resume:
        training.restore()
        if training.finished() and (run / "report.html").exists():
            raise RecipeError(
                f"the run in {run.path} is complete ({int(training.epoch)} epochs, {int(gan.step)} steps): "
                "give more --epochs (or --steps) to go on."
            )
        print(f"going on after epoch {int(training.epoch)}, step {int(gan.step)}", flush=True)
    if training.train():
        print(
            f"\ninterrupted after step {int(gan.step)}; to go on: python -m {PROG} --resume --out {run.path}"
        )
        sys.exit(130)
    noise = make_noise(options.samples, options.seed)
    dcgan_report.finish(training, images, Dcgan(options), noise, timings)


def classifier(images: digits.Images, run: Run, seed: int) -> tf.keras.Model:
    """Return the run's classifier of the real images; it is trained once and kept in the run folder."""
    path = run / "classifier.keras"
    if path.exists():
        with contextlib.suppress(ValueError, OSError, KeyError):
            return tf.keras.models.load_model(path)
    model = judge.train_classifier(images, seed)
    part = run / "classifier.part.keras"
    model.save(part)
    part.replace(path)
    return model


def show_sizes(options: Options, images: digits.Images, run: Run) -> None:
    """Print what a run would be."""
    gan = Dcgan(options)
    for model in (gan.generator, gan.discriminator):
        print(summary(model))
    steps = min(options.epoch_steps, len(images.train) // options.batch_size) * options.epochs
    steps = steps if options.steps is None else min(steps, options.steps)
    size = sum(variable.numpy().nbytes for variable in gan.state())
    print(
        f"steps: {steps} of {options.batch_size} images; variables and a checkpoint: {size / 2**20:.0f} MiB"
    )
    print(f"folder: {run.path}\ndry run: nothing was written or trained")


# ------------------------------------------------------------------------------------------------- predict


@dataclasses.dataclass(frozen=True)
class PredictOptions:
    model: str | None = option(None, "the model.keras of a run", metavar="FILE", required=True)
    number: int = option(16, "number of images", type=whole(1))
    seed: int = option(1, "seed of the noise: the same seed draws the same images", type=whole(0))
    out: str = option("generated.png", "the picture to write; it must not exist yet", metavar="FILE")


def predict(argv: list[str]) -> None:
    """Draw images with a saved generator: ``python -m recipes.dcgan predict``."""
    options, _ = parse(PredictOptions, f"{PROG} predict", predict.__doc__ or "", EXAMPLES, argv)
    path, out = Path(str(options.model)), Path(options.out)
    if out.exists():
        raise RecipeError(f"--out {out} exists: name another file.")
    if not out.parent.is_dir():
        raise RecipeError(f"--out {out}: there is no folder {out.parent}.")
    model = fitted.load(str(path))
    if model.input_shape != (None, NOISE) or model.output_shape != (None, digits.SIZE, digits.SIZE, 1):
        raise RecipeError(
            f"--model {path} takes {model.input_shape} and gives {model.output_shape}: no generator."
        )
    drawn = model.predict(make_noise(options.number, options.seed), batch_size=GRID * GRID, verbose=0)
    columns = min(GRID, math.ceil(math.sqrt(options.number)))
    write(out, pictures.as_png(pictures.grid(drawn, columns)))
    print(out)


if __name__ == "__main__":
    tf.config.experimental.enable_op_determinism()  # costs nothing measurable on a CPU
    program.run_main(PROG, main)
