"""`ModelCheckpoint` with the package's models: every form that `save` and `save_weights` know by the name."""

import numpy as np
import pytest

import tfk_ext

X, Y = np.ones((8, 3), "float32"), np.ones((8, 1), "float32")


def compiled():
    model = tfk_ext.Sequential([tfk_ext.Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse", metrics=["acc"])
    return model


@pytest.mark.parametrize("name", ["checkpoint", "w.{epoch:02d}.weights.h5", "w.{epoch:02d}.hdf5", "w.h5"])
def test_weights_alone(tmp_path, name):
    model = compiled()
    save = tfk_ext.callbacks.ModelCheckpoint(
        tmp_path / "new" / name, save_weights_only=True, monitor="val_acc", mode="max", save_best_only=False
    )
    model.fit(X, Y, epochs=2, validation_data=[X, Y], callbacks=[save], verbose=0)
    other = compiled()
    other.load_weights(str(tmp_path / "new" / name).format(epoch=2))
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
    assert not list((tmp_path / "new").glob("*partial*"))


@pytest.mark.parametrize("name", ["m.{epoch:02d}-{val_loss:.2f}.h5", "m.keras"])
def test_whole_models(tmp_path, name):
    model = compiled()
    save = tfk_ext.callbacks.ModelCheckpoint(tmp_path / name)
    model.fit(X, Y, epochs=1, validation_data=(X, Y), callbacks=[save], verbose=0)
    (path,) = tmp_path.glob("m*")
    loaded = tfk_ext.models.load_model(path)
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))
    assert loaded.optimizer.iterations == model.optimizer.iterations
