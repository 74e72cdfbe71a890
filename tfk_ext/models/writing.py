"""``save``, ``save_weights``, ``to_yaml`` and ``load_weights``, in all documented formats."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

from tfk_ext import checks
from tfk_ext.callbacks.files import replace_file
from tfk_ext.models import checkpoints, h5
from tfk_ext.models.mixin import Mixin

_H5 = (".h5", ".hdf5")
# Where a SavedModel folder keeps the model itself: the folder that TensorFlow leaves to its users.
KEPT = os.path.join("assets.extra", "model.keras")


class Writing(Mixin):
    """Saving of models and weights. It stands before the Keras class."""

    # Whoever saves such a model need not write beside the place and rename.
    puts_files_into_place = True

    def save(
        self,
        filepath,
        overwrite=True,
        include_optimizer=True,
        save_format=None,
        signatures=None,
        options=None,
        save_traces=True,
        zipped=None,
    ):
        """Save the whole model: its configuration, its weights, and how it is trained.

        A file is written beside its place and renamed into it, so that an interrupted save loses nothing.

        Args:
            filepath: ``.keras`` for the format of today, ``.h5`` or ``.hdf5`` for that of Keras 2; a name
                without such an ending is a folder in the format of TensorFlow (SavedModel).
            overwrite: whether to replace a file that is there; else a person is asked at the prompt.
            include_optimizer: whether to save how the model was compiled, and the optimizer's state.
            save_format: ``"keras"``, ``"h5"`` or ``"tf"``, if the name does not say it.
            signatures, options: only ``None`` is possible; ``tf.saved_model.save`` takes others.
            save_traces: always as ``True``: a SavedModel holds the functions of the model.
            zipped: ``False`` for a ``.keras`` folder instead of a file.

        Raises:
            ValueError: an unknown format, or a model that the format can't hold.

        Example:
            >>> import tempfile
            >>> model = tfk_ext.Sequential([tfk_ext.Dense(1, input_dim=2)])
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     model.save(f"{folder}/model.h5")
            ...     same = tfk_ext.models.load_model(f"{folder}/model.h5")
            >>> bool((same.get_weights()[0] == model.get_weights()[0]).all())
            True
        """
        path = os.fspath(filepath)
        form = _format(self, path, save_format, {"keras": "keras", "h5": "h5", "hdf5": "h5", "tf": "tf"})
        if form != "tf" and (signatures is not None or options is not None):
            checks.fail(self, "signatures and options belong to the format 'tf'.")
        if not may_write(path, overwrite):
            return
        if form == "tf":
            if signatures is not None or options is not None:
                checks.fail(
                    self, "signatures and options can't be given to save; use tf.saved_model.save or export."
                )
            self._save_folder(path, include_optimizer)
        elif form == "h5":
            replace_file(path, lambda beside: h5.write_model(self, beside, include_optimizer))
        else:
            with _without_training(self, not include_optimizer):
                if zipped is False or "://" in path:
                    super().save(path, overwrite=True, zipped=zipped)
                else:
                    replace_file(path, lambda beside: super(Writing, self).save(beside), ".keras")

    def _save_folder(self, path, include_optimizer):
        """Write a SavedModel with the ``.keras`` file in it, beside the place, and put it there."""
        folder, name = os.path.split(os.path.abspath(path))
        os.makedirs(folder, exist_ok=True)
        beside = tempfile.mkdtemp(prefix=f".{name}.", suffix=".partial", dir=folder)
        old = f"{beside}.old"
        try:
            self.export(beside, verbose=False)
            kept = os.path.join(beside, KEPT)
            os.makedirs(os.path.dirname(kept), exist_ok=True)
            with _without_training(self, not include_optimizer):
                super().save(kept)
            if os.path.exists(path):
                os.rename(path, old)
            os.rename(beside, path)
        finally:
            for left in (beside, old):
                if os.path.isdir(left):
                    shutil.rmtree(left)
                elif os.path.exists(left):
                    os.remove(left)

    def save_weights(self, filepath, overwrite=True, save_format=None, options=None, max_shard_size=None):
        """Save the weights alone.

        Args:
            filepath: ``.weights.h5`` for the format of today, another ``.h5`` or ``.hdf5`` for that of
                Keras 2; a name without such an ending begins the names of a TensorFlow checkpoint.
            overwrite: whether to replace files that are there; else a person is asked at the prompt.
            save_format: ``"h5"`` or ``"tf"``, if the name does not say it.
            options: not possible; only ``None``.
            max_shard_size: size in GB of one of several ``.weights.h5`` files.

        Example:
            >>> import tempfile
            >>> model = tfk_ext.Sequential([tfk_ext.Dense(1, input_dim=2)])
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     model.save_weights(f"{folder}/weights")
            ...     model.load_weights(f"{folder}/weights")
        """
        path = os.fspath(filepath)
        if options is not None:
            checks.fail(self, "options can't be given to save_weights.")
        if not self.built:
            checks.fail(self, "the model has no weights yet; call it on data, or build it.")
        if max_shard_size is not None:
            super().save_weights(path, overwrite=overwrite, max_shard_size=max_shard_size)
            return
        form = _format(self, path, save_format, {"h5": "h5", "hdf5": "h5", "keras": "h5", "tf": "tf"})
        there = f"{path}.index" if form == "tf" else path
        if not may_write(there, overwrite):
            return
        if form == "tf":
            checkpoints.write(self, path)
        elif path.endswith(".weights.h5"):
            replace_file(path, lambda beside: super(Writing, self).save_weights(beside), ".weights.h5")
        else:
            replace_file(path, lambda beside: h5.write_weights(self, beside))

    def load_weights(self, filepath, by_name=False, skip_mismatch=False, options=None):
        """Load weights that ``save_weights`` or ``save`` of any Keras wrote.

        Args:
            filepath: the file, or the beginning of a TensorFlow checkpoint's names.
            by_name: whether layers are matched by their names, and those without a match left as they are;
                for ``.h5`` files.
            skip_mismatch: whether layers whose weights do not fit are left as they are.
            options: not possible; only ``None``.
        """
        path = os.fspath(filepath)
        if options is not None:
            checks.fail(self, "options can't be given to load_weights.")
        if checkpoints.exists(path) and not path.endswith(_H5):
            if by_name:
                checks.fail(
                    self, "by_name goes with .h5 files; a TensorFlow checkpoint is matched by layers."
                )
            checkpoints.read(self, path, skip_mismatch)
            return
        from tfk_ext import saving

        saving.load_weights(self, path, by_name=by_name, skip_mismatch=skip_mismatch)

    def to_yaml(self, **kwargs):
        """Return the model's configuration, without weights, as YAML; ``model_from_yaml`` reads it.

        Args:
            **kwargs: arguments of ``yaml.safe_dump``.

        Raises:
            ImportError: PyYAML is not installed.

        Example:
            >>> model = tfk_ext.Sequential([tfk_ext.Dense(1, input_dim=2)])
            >>> tfk_ext.models.model_from_yaml(model.to_yaml()).output_shape
            (None, 1)
        """
        try:
            import yaml
        except ImportError as error:
            raise ImportError(
                "to_yaml needs PyYAML: pip install 'tfk_ext[yaml]'. Or use to_json, which needs nothing."
            ) from error
        return yaml.safe_dump(json.loads(self.to_json()), **kwargs)


def _format(model: Any, path: str, save_format: Any, formats: dict[str, str]) -> str:
    """Return the format that a name or ``save_format`` asks for."""
    by_name = "h5" if path.endswith(_H5) else "keras" if path.endswith(".keras") else "tf"
    if save_format is None:
        return formats[by_name]
    wanted = str(save_format).lower()
    wanted = {"tensorflow": "tf", "keras_v3": "keras"}.get(wanted, wanted)
    if wanted not in formats:
        checks.fail(
            model, f"save_format must be one of {', '.join(map(repr, formats))}, got {save_format!r}."
        )
    if wanted == "tf" and by_name == "h5":
        checks.fail(model, f"save_format is 'tf', but {path!r} is the name of an HDF5 file.")
    if formats[wanted] == "keras" and by_name != "keras":
        checks.fail(model, f"a file in the format 'keras' must end in .keras, got {path!r}.")
    return formats[wanted]


def may_write(path: str, overwrite: bool) -> bool:
    """Tell whether a file may be written; ask a person if it is there and must not be replaced.

    Raises:
        FileExistsError: there is nobody to ask.
    """
    if overwrite or "://" in path or not os.path.exists(path):
        return True
    try:
        answer = input(f"[WARNING] {path} already exists - overwrite? [y/n]")
        while answer.strip().lower() not in ("y", "n"):
            answer = input('Enter "y" (overwrite) or "n" (cancel).')
    except EOFError:
        raise FileExistsError(f"{path} is there already, and overwrite=False.") from None
    return answer.strip().lower() == "y"


@contextlib.contextmanager
def _without_training(model: Any, without: bool) -> Iterator[None]:
    """Let a model look as if it had not been compiled, for a file without the optimizer."""
    if not without or not model.compiled:
        yield
        return
    kept = {name: model.__dict__[name] for name in ("optimizer", "compiled") if name in model.__dict__}
    model.__dict__.update(optimizer=None, compiled=False)
    try:
        yield
    finally:
        model.__dict__.update(kept)
