"""TensorFlow's own lines stay away from the user; failures and crashes do not."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TRAIN = """
    import json, sys
    import numpy as np
    from actbench.data.dataset import Dataset, Rows
    from actbench.spec import blocks
    from actbench.spec.experiment import Experiment
    from actbench.training import open_trainer

    assert "tensorflow" not in sys.modules and "keras" not in sys.modules

    def split(count, shape, high, dtype):
        x = np.random.default_rng(count).integers(0, high, size=(count, *shape)).astype(dtype)
        return Rows(x, x.reshape(count, -1)[:, 0] % 3)

    def numbers(architecture, dataset, shape, high, dtype, **facts):
        spec = {"name": "t", "dataset": dataset, "architecture": architecture, "epochs": 1,
                "batch_size": 8, "activations": {"hidden": "relu", "output": "softmax"}}
        cell = blocks(Experiment.model_validate(spec))[0].cells[0]
        train, test = split(30, shape, high, dtype), split(20, shape, high, dtype)
        facts = {"scale": 1 / 255, "vocabulary": 0} | facts
        data = Dataset("made", "multiclass", 3, train, test, test, digest="", origin="", **facts)
        trainer = open_trainer(cell, data, "compiled")
        for seed in SEEDS:
            history = trainer.train(seed)
        return history.epochs, history.metrics

    words = {"name": "reuters", "encoding": "sequence", "maxlen": 12}
    drops = {"type": "mlp", "units": [8], "dropout": 0.4}
    trained = [
        numbers(drops, "wine", (5,), 9, "float32"),
        numbers({"type": "cnn", "filters": [3], "units": [4]}, "digits", (8, 8), 256, "uint8"),
        numbers({"type": "embedding", "dim": 4, "units": [4]}, words, (12,), 40, "int32",
                vocabulary=40),
    ]
    from keras import config
    settings = config.floatx(), config.epsilon(), config.image_data_format()
    print(json.dumps([settings, trained]))
"""


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TF_", "KERAS_"))}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_training_prints_nothing_and_repeats_in_a_fresh_process(tmp_path: Path) -> None:
    """The second process trains another seed first, under settings that would change numbers."""
    settings = {"floatx": "float16", "epsilon": 1e-2, "image_data_format": "channels_first"}
    (tmp_path / "keras.json").write_text(json.dumps(settings | {"backend": "jax"}))
    alone = python(TRAIN.replace("SEEDS", "[0]"))
    after = python(TRAIN.replace("SEEDS", "[1, 0]"), KERAS_HOME=str(tmp_path), KERAS_BACKEND="jax")
    for process in (alone, after):
        assert (process.returncode, process.stderr) == (0, "")
    assert json.loads(alone.stdout) == json.loads(after.stdout)
    assert json.loads(after.stdout)[0] == ["float32", 1e-7, "channels_last"]


def test_another_backend_already_imported_is_refused_in_words() -> None:
    """A stand-in for Keras: the other backends need not be installed."""
    process = python("""
        import sys, types
        keras = types.ModuleType("keras")
        keras.backend = types.SimpleNamespace(backend=lambda: "jax")
        sys.modules["keras"] = keras
        from actbench.training.backend import BackendError, import_keras
        try:
            import_keras()
        except BackendError as error:
            print(error)
    """)
    assert process.stdout == (
        "expected Keras on the TensorFlow backend, got Keras imported with 'jax'; "
        "set KERAS_BACKEND=tensorflow, or import actbench's engines before Keras\n"
    )


SILENCED = """
    import os, sys
    from actbench.training.backend import silence
    print("before", file=sys.stderr)
    with silence():
        os.write(2, b"noise\\n")
        print("python noise", file=sys.stderr)
        {inside}
    print("after", file=sys.stderr)
"""


def test_what_is_written_inside_is_swallowed() -> None:
    assert python(SILENCED.format(inside="pass")).stderr == "before\nafter\n"


def test_a_failed_import_shows_everything() -> None:
    process = python(SILENCED.format(inside="import no_such_module"))
    assert process.returncode == 1
    assert process.stderr.startswith("before\nnoise\npython noise\nTraceback")
    assert "No module named 'no_such_module'" in process.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_crash_leaves_its_trace() -> None:
    process = python(SILENCED.format(inside="os.abort()"))
    assert process.returncode < 0
    assert "Fatal Python error: Aborted" in process.stderr


def test_a_process_without_standard_error_goes_on() -> None:
    process = python("""
        import os
        from actbench.training.backend import silence
        os.close(2)
        with silence():
            print("done")
    """)
    assert (process.returncode, process.stdout) == (0, "done\n")
