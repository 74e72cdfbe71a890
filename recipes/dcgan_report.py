"""The report page of a DCGAN run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import tensorflow as tf

from recipes import digits, judge, report

if TYPE_CHECKING:
    from recipes.dcgan import Training

CURVES = (
    ("losses", ("generator_loss", "discriminator_loss")),
    ("discriminator's mean probability", ("real_probability", "fake_probability")),
    ("share of the grid that is recognised", ("confident",)),
)
LOADING = """
import numpy as np
import tensorflow as tf
import tfk_ext

generator = tf.keras.models.load_model("model.keras")
images = generator.predict(np.random.uniform(-1, 1, (16, 100)))  # (16, 28, 28, 1), from 0 to 1
"""


def write(
    training: Training,
    images: digits.Images,
    timings: dict[str, float],
    figures: Sequence[Sequence[str]],
    grid: bytes,
    animation: bytes,
    difference: float,
) -> None:
    """Write ``report.html``: pictures, figures, curves, timings, how to load the model."""
    run = training.run
    page = report.Report(f"DCGAN: {images.name}")
    steps, size = int(training.gan.step), training.options.batch_size
    page.text(f"Trained on {images.describe()}: {steps} steps of {size} images.")
    if images.embedded:
        page.text(digits.LOUD, loud=True)
    page.heading("Generated images")
    page.picture(grid, "Drawn by the trained generator from fixed noise")
    page.picture(animation, "The same noise after each epoch, from the untrained generator on", kind="gif")
    page.heading("How recognisable, how diverse")
    page.table(("", *judge.COLUMNS), figures)
    page.table(("figure", "what it says"), judge.COLUMNS.items())
    page.text(f"The classifier is right about {training.marks.accuracy:.1%} of the held-out real images.")
    page.heading("Learning curves")
    page.picture(report.curves(training.history, CURVES), "Means over each epoch")
    page.heading("Load the model")
    page.code(LOADING.strip())
    page.text(f"Reloaded in a fresh process, it drew the same images (largest difference {difference:g}).")
    page.heading("Timings")
    page.table(("part", "seconds"), [(name, f"{seconds:.1f}") for name, seconds in timings.items()])
    page.heading("Models")
    for model in (training.gan.average, training.gan.discriminator):
        page.code(summary(model))
    page.heading("Options and versions")
    page.table(("name", "value"), (run.config["options"] | run.config["versions"]).items())
    page.save(run / "report.html")


def summary(model: tf.keras.Model) -> str:
    """Return a model's summary as text."""
    lines: list[str] = []
    model.summary(print_fn=lines.append, line_length=90)
    return "\n".join(lines)
