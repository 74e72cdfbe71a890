"""Configurations of every era of Keras, rewritten into today's form by tables.

:func:`rewrite` takes a stored configuration (Keras 1.0 to tf.keras 2.15) and returns one that names the
package's layers, notes on
what was translated, dropped or changed, and a plan by which :mod:`tfk_ext.saving.weights` puts the stored
arrays into the
model. Nothing is built or imported, and nothing from the file is run.
"""

from tfk_ext.compat.eras.notes import LayerPlan as LayerPlan
from tfk_ext.compat.eras.notes import Note as Note
from tfk_ext.compat.eras.notes import Plan as Plan
from tfk_ext.compat.eras.notes import Rewritten as Rewritten
from tfk_ext.compat.eras.origin import Era as Era
from tfk_ext.compat.eras.origin import detect as detect
from tfk_ext.compat.eras.rewriting import plan_of as plan_of
from tfk_ext.compat.eras.rewriting import rewrite as rewrite
from tfk_ext.compat.eras.rewriting import rewrite_layer as rewrite_layer
