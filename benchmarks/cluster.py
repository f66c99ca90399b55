"""What a Dask cluster costs, and 10⁶ trials: `python -m benchmarks.cluster KIND [COUNT]`.

`cells`: COUNT small cells (1,000) × 3 seeds, by local processes and by `--dask local:2` in turn.
The goal: at most 1.25 times the time, and memory that does not grow. `messages`: the cost of COUNT
records (5,000) on their way from a worker to the journal, without training. `journal`: plan, run
and compare where COUNT trials (1,000,000) are done already; their records are made up. Linux only.
"""

import os
import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import fmean

from benchmarks.table_memory import family, resident

SEEDS = 3
EPOCHS = 20  # in a record that is made up
SPEC = """\
name: many
dataset: boston_housing
architecture: [{architectures}]
activations: {{hidden: [{arms}], output: linear}}
epochs: {epochs}
batch_size: 101
seeds: {seeds}
"""


def write_spec(folder: Path, architectures: int, arms: int, epochs: int, seeds: int) -> None:
    """A spec of architectures × arms cells in `many.yaml`."""
    widths = ", ".join(f"{{type: mlp, units: [{i + 4}]}}" for i in range(architectures))
    slopes = ", ".join(f"{{name: leaky_relu, negative_slope: {i / 1e4}}}" for i in range(arms))
    text = SPEC.format(architectures=widths, arms=slopes, epochs=epochs, seeds=seeds)
    (folder / "many.yaml").write_text(text, encoding="utf-8")


def call(folder: Path, *words: str) -> tuple[float, float, list[tuple[float, float]]]:
    """Run actbench. Seconds, seconds of a processor, and memory in MB, a pair each second.

    A pair is that of the first process and that of all others together.
    """
    command = [sys.executable, "-m", "actbench", *words]
    began, before = time.monotonic(), os.times()
    memory = []
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as run:
        while run.poll() is None:
            first, *others = map(resident, family(run.pid))
            memory.append((first, sum(others)))
            time.sleep(1)
    after = os.times()
    assert run.returncode == 0
    processors = sum(after[2:4]) - sum(before[2:4])  # of the children: user and system
    return time.monotonic() - began, processors, memory


def cells(count: int) -> None:
    """Print the time and the memory of two runs of each kind, in turn."""
    print("| cells | seconds | first process, MB | all others, MB |")
    print("| --- | ---: | ---: | ---: |")
    for kind in (["--jobs", "2"], ["--dask", "local:2"]) * 2:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_spec(folder, 1, count, 2, SEEDS)
            seconds, _, memory = call(folder, "run", "many.yaml", "--quiet", "--no-report", *kind)
        first, others = (grown(values) for values in zip(*memory, strict=True))
        print(f"| {' '.join(kind)} | {seconds:.1f} | {first} | {others} |", flush=True)


def grown(memory: tuple[float, ...]) -> str:
    """The means of the second quarter of a run and of the second half."""
    middle, quarter = len(memory) // 2, len(memory) // 4
    return f"{fmean(memory[quarter:middle]):.0f} → {fmean(memory[middle:]):.0f}"


def put(mailbox: str, content: bytes, count: int) -> None:
    """What a worker does for so many records, as `dask_task.train_task` sends them."""
    from distributed import Queue, get_client

    queue = Queue(mailbox, client=get_client())
    for _ in range(count):
        queue.put(content)


def messages(count: int) -> None:
    """Print what a record and a task cost the process that holds the scheduler and the journal."""
    from distributed import Client, LocalCluster, Queue

    content = pickle.dumps((0, [("ended", {"history": [{"x": i / 7} for i in range(1000)]})]))
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        queue = Queue("records", client=client)
        began, processor = time.monotonic(), time.process_time()
        futures = [client.submit(put, "records", content, count // 2, pure=False) for _ in "12"]
        for _ in range(count // 2 * 2):
            pickle.loads(queue.get())
        for future in futures:
            future.result()
        spent = time.process_time() - processor
        print(f"a record of {len(content):,} bytes: {spent / count * 1e3:.2f} ms of a processor")
        print(f"{count / (time.monotonic() - began):,.0f} records a second")
        processor = time.process_time()
        for i in range(count // 10):
            client.submit(bytes, 1, pure=False, key=f"task-{i}").result()
        print(f"a task: {(time.process_time() - processor) / (count // 10) * 1e3:.2f} ms")


def write_journal(folder: Path) -> None:
    """A journal in which each trial of `many.yaml` is done, with scores that are made up."""
    from actbench.experiment import make_plan
    from actbench.experiment.executors import Group
    from actbench.results import Journal, journal
    from actbench.spec import load

    began = time.monotonic()
    plan = make_plan(load(str(folder / "many.yaml")), folder / "results")
    print(f"| a plan of nothing yet | {time.monotonic() - began:.1f} | |", flush=True)
    group = Group((), next(iter(plan.sources.values())).digest)
    history = tuple({"train_loss": 1 / n, "train_mae": 2 / n} for n in range(3, 3 + EPOCHS))
    plan.folder.path.mkdir(parents=True)
    book = Journal(plan.folder.journal)
    began = time.monotonic()
    with plan.folder.journal.open("ab") as file:
        for number, trial in enumerate(plan.trials):
            score = 20 + hash(trial.id) % 1000 / 1000
            record = group.record(
                trial,
                status="ok",
                parameters=100,
                metrics={"test_loss": score**2, "test_mae": score, **history[-1]},
                history=history,
                train_seconds=0.1234,
                compile_seconds=0.0,
                epoch_seconds=tuple(n / 100 for n in range(1, EPOCHS + 1)),
                engine="compiled",
            )
            if number < 1000:
                book.append(record)
            else:
                file.write(journal._line(record) + b"\n")
            if number == 999:
                print(f"| a record appended, ms | {time.monotonic() - began:.2f} | |", flush=True)


def trials(count: int) -> None:
    """Print the time and the most memory of each command where all trials are done already."""
    seeds = 1000 if count >= 100_000 else 100
    print("| what | seconds of a processor | most memory, MB |")
    print("| --- | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_spec(folder, 10, max(1, count // seeds // 10), EPOCHS, seeds)
        write_journal(folder)
        size = (folder / "results" / "many" / "journal.jsonl").stat().st_size
        print(f"| the journal, {size / 1e6:,.0f} MB | | |")
        commands = (["plan", "many.yaml"], ["run", "many.yaml", "--no-report"], ["compare", "many"])
        for words in commands:
            _, processor, memory = call(folder, *words)
            most = max(map(sum, memory))
            print(f"| {' '.join(words)} | {processor:.1f} | {most:,.0f} |", flush=True)


if __name__ == "__main__":
    kinds = {"cells": (cells, 1000), "messages": (messages, 5000), "journal": (trials, 1_000_000)}
    chosen, usual = kinds[sys.argv[1]]
    chosen(int(sys.argv[2]) if len(sys.argv) > 2 else usual)
