"""What a DCGAN run leaves: the saved model with its check, pictures, figures, the report page."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from recipes import judge
from recipes.data import digits
from recipes.shared import pictures, reload
from recipes.shared.report import Report, describe_layers, summary
from recipes.shared.runs import write

if TYPE_CHECKING:
    from recipes.dcgan import Dcgan, Training

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


def finish(
    training: Training, images: digits.Images, untrained: Dcgan, noise: np.ndarray, timings: dict[str, float]
) -> None:
    """Save the generator, check it in a fresh process, judge its images of ``noise``, write the report."""
    run, gan, shown = training.run, training.gan, len(training.noise)
    began = time.monotonic()
    drawn = gan.draw(noise)
    sheet = pictures.as_png(pictures.grid(drawn[:shown]))
    write(run / "grid.png", sheet)
    animation = pictures.as_gif(training.pictures())
    write(run / "training.gif", animation)
    part = run / "model.part.keras"
    gan.average.save(part)
    part.replace(run / "model.keras")

    sets = {
        "real, held out": digits.scaled(images.test[: len(noise)]),
        "generated": drawn,
        "untrained generator": untrained.draw(noise),
    }
    figures = {name: training.marks.figures(drawn_) for name, drawn_ in sets.items()}
    write(run / "figures.json", json.dumps(figures, indent=2) + "\n")
    timings["figures"] = time.monotonic() - began
    began = time.monotonic()
    difference = reload.check_reload(run / "model.keras", noise[:shown], drawn[:shown])
    timings["reload check"] = time.monotonic() - began

    rows = [(name, *map(_figure, row, row.values())) for name, row in figures.items()]
    print(f"\n{'':20}" + "".join(f"{name:>12}" for name in judge.COLUMNS))
    for name, *cells in rows:
        print(f"{name:20}" + "".join(f"{cell:>12}" for cell in cells))
    print(f"(the classifier is right about {training.marks.accuracy:.1%} of the held-out real images)\n")
    timings["training"] = sum(row["seconds"] for row in training.history.rows)
    write_report(training, images, timings, rows, sheet, animation, difference)
    print(f"grid:    {run / 'grid.png'}\ngif:     {run / 'training.gif'}\nreport:  {run / 'report.html'}")
    print(f"model:   {run / 'model.keras'}")
    print(f"reloaded in a fresh process: the same images (largest difference {difference:g})")


def _figure(name: str, value: float) -> str:
    places = {"classes": 0, "spread": 2, "frechet": 2}.get(name, 3)
    return f"{value:.{places}f}"


def write_report(
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
    page = Report(f"DCGAN: {images.name}")
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
    page.picture(pictures.curves(training.history.rows, CURVES), "Means over each epoch")
    page.heading("Load the model")
    page.code(LOADING.strip())
    page.text(f"Reloaded in a fresh process, it drew the same images (largest difference {difference:g}).")
    page.heading("Timings")
    page.table(("part", "seconds"), [(name, f"{seconds:.1f}") for name, seconds in timings.items()])
    page.heading("Models")
    for model in (training.gan.average, training.gan.discriminator):
        page.picture(pictures.layers(describe_layers(model)), f"The layers of the {model.name}")
        page.code(summary(model))
    page.settings(run)
    page.save(run / "report.html")
