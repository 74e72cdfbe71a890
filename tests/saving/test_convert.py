"""inspect and convert, as functions and as commands."""

import json
import os

import numpy as np
import pytest
import tensorflow as tf

import tfk_ext
from tests.saving import seeds
from tfk_ext import cli


def test_a_report_says_what_is_in_a_file(tmp_path, capsys):
    path = tmp_path / "old.h5"
    path.write_bytes(seeds.h5_model())
    report = tfk_ext.saving.inspect(path)
    assert (report.kind, report.format, report.keras_version, report.backend) == (
        "model",
        "h5",
        "2.2.4",
        "tensorflow",
    )
    assert report.parameters == 15 and report.optimizer_state and report.loadable
    assert [(layer.name, layer.parameters) for layer in report.layers if layer.parameters] == [("dense", 15)]
    assert report.compiled == {"optimizer": "Adam", "loss": "mse", "metrics": "accuracy"}
    text = str(report)
    assert "Keras 2.2.4 on tensorflow" in text and "It can be loaded." in text
    assert cli.main(["inspect", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["parameters"] == 15


def test_a_report_says_what_is_translated_and_what_blocks(tmp_path):
    (tmp_path / "old.json").write_text(json.dumps(seeds.FUNCTIONAL_2))
    report = tfk_ext.saving.inspect(tmp_path / "old.json")
    assert report.kind == "architecture" and not report.loadable
    assert any(r.kind == "blocks" and r.layer == "twice" for r in report.remarks)
    keras_1 = {
        "class_name": "Sequential",
        "keras_version": "1.2.2",
        "config": [
            {
                "class_name": "Convolution1D",
                "config": {
                    "name": "c",
                    "nb_filter": 2,
                    "filter_length": 3,
                    "batch_input_shape": [None, 8, 2],
                },
            }
        ],
    }
    (tmp_path / "conv.json").write_text(json.dumps(keras_1))
    report = tfk_ext.saving.inspect(tmp_path / "conv.json")
    assert report.loadable and any(r.kind == "translated" and "Conv1D" in r.what for r in report.remarks)
    assert "translated:" in str(report)


def test_a_conversion_is_atomic_and_overwrites_nothing(tmp_path, monkeypatch):
    source, target = tmp_path / "old.h5", tmp_path / "new.keras"
    source.write_bytes(seeds.h5_model())
    assert tfk_ext.saving.convert(source, target).status == "converted"
    before = target.read_bytes()
    with pytest.raises(FileExistsError, match="--force"):
        tfk_ext.saving.convert(source, target)
    from tfk_ext.saving import conversion

    def fails(model, path, format):
        path.write_bytes(b"half")
        raise OSError("the disk is full")

    monkeypatch.setattr(conversion, "_write", fails)
    with pytest.raises(OSError, match="disk"):
        tfk_ext.saving.convert(source, target, force=True)
    assert target.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["new.keras", "old.h5"]
    model = tf.keras.models.load_model(target)
    np.testing.assert_array_equal(model.get_weights()[1], np.ones(3))


def test_unknown_formats_and_missing_packages_are_told(tmp_path):
    source = tmp_path / "old.h5"
    source.write_bytes(seeds.h5_model())
    with pytest.raises(ValueError, match="format must be one of keras"):
        tfk_ext.saving.convert(source, format="word")
    try:
        import tf2onnx  # noqa: F401
    except ImportError:
        with pytest.raises(tfk_ext.saving.LoadError, match=r"pip install 'tfk_ext\[onnx\]'"):
            tfk_ext.saving.convert(source, format="onnx")


@pytest.mark.slow
@pytest.mark.parametrize("format", ["keras", "savedmodel", "tflite", "onnx"])
def test_a_fresh_process_predicts_the_same(format, tmp_path, capsys, forked):
    if format == "onnx":
        pytest.importorskip("tf2onnx")
        pytest.importorskip("onnxruntime")
    source, target = tmp_path / "old.h5", tmp_path / "new"
    source.write_bytes(seeds.h5_model())
    if format == "keras":
        target = target.with_suffix(".keras")
    assert cli.main(["convert", str(source), str(target), "--format", format, "--check", "3"]) == 0
    assert "differ by at most" in capsys.readouterr().out
    assert target.exists()


@pytest.mark.slow
def test_a_wrong_conversion_is_found_out(tmp_path, monkeypatch, forked):
    from tfk_ext.saving import conversion

    (tmp_path / "old.h5").write_bytes(seeds.h5_model())
    write = conversion._write

    def wrong(model, path, format):
        held = model.get_weights()
        model.set_weights([2 * w for w in held])
        write(model, path, format)
        model.set_weights(held)

    monkeypatch.setattr(conversion, "_write", wrong)
    with pytest.raises(ValueError, match="predicts otherwise"):
        tfk_ext.saving.convert(tmp_path / "old.h5", tmp_path / "new.keras", check=2)
    assert not (tmp_path / "new.keras").exists()


def test_a_folder_is_converted_with_a_table(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/model.h5").write_bytes(seeds.h5_model())
    (tmp_path / "in/bad.h5").write_bytes(seeds.h5_model()[:2000])
    (tmp_path / "in/arch.json").write_text(json.dumps(seeds.DENSE_2))
    (tmp_path / "in/arch_weights.h5").write_bytes(seeds.h5_weights())
    assert cli.main(["convert", str(tmp_path / "in"), str(tmp_path / "out"), "--check", "0"]) == 1
    printed = capsys.readouterr()
    assert sorted(os.listdir(tmp_path / "out")) == ["arch.keras", "model.keras"]
    assert "2 converted, 1 skipped, 1 failed" in printed.out
    assert "[4/4]" in printed.err
    model = tfk_ext.saving.load_model(tmp_path / "out/arch.keras")
    np.testing.assert_array_equal(model.get_weights()[1], np.ones(3))


def test_custom_objects_come_from_a_file(tmp_path):
    layer = {
        "class_name": "Lambda",
        "config": {"name": "twice", "function": "twice", "function_type": "function"},
    }
    config = json.loads(json.dumps(seeds.DENSE_2))
    config["config"]["layers"].append(layer)
    (tmp_path / "old.h5").write_bytes(seeds.h5_model(config, training=None))
    (tmp_path / "mine.py").write_text("def twice(x):\n    return 2 * x\n")
    done = tfk_ext.saving.convert(
        tmp_path / "old.h5", tmp_path / "new.keras", custom_objects=str(tmp_path / "mine.py")
    )
    assert done.report.loadable and done.status == "converted"
