"""Progress of a run: a bar in a terminal, plain lines elsewhere, nothing if it is to be quiet."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from actbench.experiment import Plan, Trial
from actbench.experiment.checks import checks_of, warnings
from actbench.results import Record
from actbench.results.journal import OK

LINE_EVERY_SECONDS = 5.0


def progress_for(console: Console, *, quiet: bool) -> "Silent":
    """The kind of progress that suits the console."""
    if quiet:
        return Silent()
    return Bar(console) if console.is_terminal else Lines(console)


class Silent:
    """Says nothing."""

    def __enter__(self) -> "Silent":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def planned(self, plan: Plan) -> None:
        """See `actbench.experiment.Progress`."""

    def preparing(self, what: str) -> None:
        """See `actbench.experiment.Progress`."""

    def note(self, words: str) -> None:
        """See `actbench.experiment.Progress`."""

    def started(self, trial: Trial) -> None:
        """See `actbench.experiment.Progress`."""

    def epoch(self, trial: Trial, number: int, metrics: dict[str, float]) -> None:
        """See `actbench.experiment.Progress`."""

    def ended(self, trial: Trial, record: Record) -> None:
        """See `actbench.experiment.Progress`."""


class Bar(Silent):
    """One line that moves: what is trained now, trials done, time left."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[trials]}"),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            expand=True,
        )
        self.task = self.bar.add_task("", total=None, trials="", start=False)
        self.done = 0
        self.total = 0
        self.reached: dict[str, int] = {}

    def __enter__(self) -> "Bar":
        self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bar.stop()

    def planned(self, plan: Plan) -> None:
        self.console.print(_opening(plan))
        _print_warnings(self.console, plan)
        self.total, self.done = len(plan.trials), len(plan.done)
        epochs = sum(trial.cell.epochs for trial in plan.todo)
        self.bar.update(self.task, total=epochs, trials=f"{self.done}/{self.total} trials")

    def preparing(self, what: str) -> None:
        self.bar.update(self.task, description=f"{what} …")

    def note(self, words: str) -> None:
        self.console.print(words)

    def started(self, trial: Trial) -> None:
        self.bar.start_task(self.task)
        self.bar.update(self.task, description=_now(trial, 0))

    def epoch(self, trial: Trial, number: int, metrics: dict[str, float]) -> None:
        self.bar.update(self.task, description=_now(trial, number), advance=1)
        self.reached[trial.id] = number

    def ended(self, trial: Trial, record: Record) -> None:
        self.done += 1
        # A trial that diverged or raised ends early.
        rest = trial.cell.epochs - self.reached.pop(trial.id, 0)
        trials = f"{self.done}/{self.total} trials"
        self.bar.update(self.task, trials=trials, advance=rest)
        if record.status != OK:
            self.console.print(_outcome(trial, record))


class Lines(Silent):
    """A line for the plan, then one every few seconds, and one for each trial that failed."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def planned(self, plan: Plan) -> None:
        self.console.print(_opening(plan))
        _print_warnings(self.console, plan)
        self.done, self.total = len(plan.done), len(plan.trials)
        self.todo = self.begun_with = len(plan.todo)
        self.said = time.monotonic()
        self.first_ended: float | None = None

    def preparing(self, what: str) -> None:
        if what != "TensorFlow":
            self.console.print(f"{what} …")

    def note(self, words: str) -> None:
        self.console.print(words)

    def ended(self, trial: Trial, record: Record) -> None:
        self.done += 1
        self.todo -= 1
        now = time.monotonic()
        self.first_ended = self.first_ended or now
        if record.status == OK and self.todo and now - self.said < LINE_EVERY_SECONDS:
            return
        self.said = now
        self.console.print(f"[{self.done}/{self.total}] {_outcome(trial, record)}{self._left(now)}")

    def _left(self, now: float) -> str:
        """Time left, judged by the trials after the first, which pays for starting TensorFlow."""
        trained = self.begun_with - self.todo - 1
        if not self.todo or not trained or self.first_ended is None:
            return ""
        return f", about {duration((now - self.first_ended) / trained * self.todo)} left"


def _opening(plan: Plan) -> str:
    name, todo, done = plan.experiment.name, len(plan.todo), len(plan.done)
    others = f"; {plan.others} more in the journal are not of this spec" if plan.others else ""
    if not todo:
        return f"{name}: all {done} trials are done already{others}"
    kept = f", {done} done already" if done else ""
    return f"{name}: {todo} trials to train{kept}{others}"


def _print_warnings(console: Console, plan: Plan) -> None:
    """What the checks warn of, where an arm is trained for the first time."""
    begun = {(trial.block, trial.cell) for trial in plan.done}
    if all((trial.block, trial.cell) in begun for trial in plan.todo):
        return
    found = warnings(checks_of(plan))
    for check in found:
        # Where no terminal shows it, a warning is one line, however long, as a log wants it.
        console.print(f"warning: {check.finding}", soft_wrap=not console.is_terminal)
    if found:
        console.print("What to do about it: actbench plan with this spec, or checks.json")


def _now(trial: Trial, epoch: int) -> str:
    epochs = f"epoch {epoch}/{trial.cell.epochs}"
    return f"{trial.cell.arm.label} · seed {trial.seed} · {epochs}"


def _outcome(trial: Trial, record: Record) -> str:
    who = f"{trial.cell.dataset.label}, {trial.cell.arm.label}, seed {trial.seed}"
    if record.status == OK:
        told = [f"{m} {v:.4g}" for m, v in record.metrics.items() if m.startswith("test_")]
        return f"{who}: {', '.join(told)}"
    why = record.message or f"not finite in epoch {record.diverged_at}"
    return f"{who}: {record.status} ({why})"


def duration(seconds: float) -> str:
    """Seconds in words.

    >>> duration(4.2), duration(200), duration(8000)
    ('4 s', '3 min', '2.2 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
