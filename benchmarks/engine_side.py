"""One side of the engine's benchmark, in a process of its own; prints its figures as JSON.

    python -m benchmarks.engine_side keras boston 30 [folder with data]

`training` is the time from the first run's beginning to the last one's end, in seconds, building
and compiling included, imports and data not.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import Any

from actbench import experiment
from actbench.spec import Experiment
from benchmarks.engine_cases import CASES, loaded

Figures = dict[str, Any]


class Clock:
    """A progress that keeps when training began and ended, and says nothing."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def tick(self, *_: object) -> None:
        """Note the time."""
        self.times.append(perf_counter())

    started = ended = tick

    def quiet(self, *_: object) -> None:
        """Say nothing."""

    planned = preparing = note = epoch = quiet


def actbench(planned: Experiment, folder: Path | None) -> Figures:
    """`actbench run`: its clock starts when the first trial does, TensorFlow imported.

    Results go below the folder of caches, which the benchmark makes for this side.
    """
    from actbench.cli.run import print_outcome

    clock, out = Clock(), Path(os.environ["XDG_CACHE_HOME"]) / "results"
    result = experiment.run(
        planned, out, clock, data_dir=folder, executor=experiment.LocalProcesses(folder)
    )
    sys.stdout, printed = sys.stderr, sys.stdout
    print_outcome(result, page=True, as_json=False, quiet=True)
    sys.stdout = printed
    records = [row.record for row in result.rows]
    return {
        "training": clock.times[-1] - clock.times[0],
        "compiling": sum(record.compile_seconds for record in records),
        "test_loss": fmean(record.metrics["test_loss"] for record in records),
    }


def keras(planned: Experiment, folder: Path | None) -> Figures:
    """The script that a user would write: build, compile, fit and evaluate in a loop."""
    os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    import keras

    rows = loaded(planned, folder)
    x, test_x = _floats(rows.train, rows.scale), _floats(rows.test, rows.scale)
    held_out = rows.validation
    validation = None if held_out is None else (_floats(held_out, rows.scale), held_out.y)
    outputs = rows.classes if rows.task == "multiclass" else 1
    losses = []
    begun = perf_counter()
    for hidden, output in _arms(planned, rows.task):
        for seed in planned.seeds:
            keras.utils.set_random_seed(seed)
            layers = _layers(keras, planned, hidden, output, outputs)
            model = keras.Sequential([keras.Input(x.shape[1:]), *layers])
            model.compile(
                optimizer=planned.optimizer.name,
                loss=planned.loss_for(rows.task),
                metrics=list(planned.metrics_for(rows.task)),
            )
            model.fit(
                x,
                rows.train.y,
                epochs=planned.epochs,
                batch_size=planned.batch_size,
                validation_data=validation,
                verbose=0,
            )
            losses.append(model.evaluate(test_x, rows.test.y, verbose=0)[0])
    return {"training": perf_counter() - begun, "test_loss": fmean(losses)}


def torch(planned: Experiment, folder: Path | None) -> Figures:
    """PyTorch's usual loop on the Boston case."""
    from benchmarks.engine_torch import train

    return _boston(planned, folder, train)


def jax(planned: Experiment, folder: Path | None) -> Figures:
    """JAX by hand on the Boston case: the epoch one compiled `scan`."""
    from benchmarks.engine_jax import train

    return _boston(planned, folder, train)


def _boston(planned: Experiment, folder: Path | None, train: Callable[..., float]) -> Figures:
    rows = loaded(planned, folder)
    losses = []
    begun = perf_counter()
    for _, output in _arms(planned, rows.task):
        for seed in planned.seeds:
            losses.append(train(rows, output, planned.epochs, seed))
    return {"training": perf_counter() - begun, "test_loss": fmean(losses)}


def _floats(split: Any, scale: float) -> Any:
    return split.x.astype("float32") * scale if split.x.dtype == "uint8" else split.x


def _arms(planned: Experiment, task: str) -> list[tuple[str, str]]:
    outputs = planned.outputs_for(task)
    return [(h.name, o.name) for h in planned.activations.hidden for o in outputs]


def _layers(keras: Any, planned: Experiment, hidden: str, output: str, units: int) -> list[Any]:
    architecture, layers = planned.architecture[0], keras.layers
    last = layers.Dense(units, activation=output)
    dense = [layers.Dense(n, activation=hidden) for n in architecture.units]
    if architecture.type == "mlp":
        flat = [layers.Flatten()] if planned.dataset[0].name == "mnist" else []
        return [*flat, *dense, last]
    stack: list[Any] = [layers.Reshape((28, 28, 1))]
    for i, filters in enumerate(architecture.filters):
        stack += [layers.MaxPooling2D(2)] if i else []
        stack += [layers.Conv2D(filters, 3, activation=hidden)]
    return [*stack, layers.Flatten(), *dense, last]


def main(side: str, case: str, seeds: str, folder: str | None = None) -> None:
    """Run one side and print its figures."""
    planned = CASES[case].experiment(int(seeds))
    run = {"actbench": actbench, "keras": keras, "torch": torch, "jax": jax}[side]
    print(json.dumps(run(planned, Path(folder) if folder else None)))


if __name__ == "__main__":
    main(*sys.argv[1:])
