"""Progress of a run: a bar at a terminal, lines elsewhere, nothing where it is to be quiet."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import fmean

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as RichBar

from actbench.cli.plan import blocks_of_check, too_few_seeds
from actbench.experiment import Plan, Progress, Trial
from actbench.experiment.checks import checks_of, warnings
from actbench.results import Record
from actbench.results.journal import OK
from actbench.wording import duration, listed

LINE_EVERY_SECONDS = 5.0


@contextmanager
def progress_for(console: Console, *, quiet: bool) -> Iterator[Progress]:
    """The progress that suits the console, shown while the block runs."""
    if quiet:
        yield Quiet(console)
    elif console.is_terminal:
        bar = Bar(console)
        with bar.bar:
            yield bar
    else:
        yield Lines(console)


class Quiet(Progress):
    """Prints what is wrong with the journal, and nothing else."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def planned(self, plan: Plan) -> None:
        for words in plan.journal_notes:
            self.console.print(words, soft_wrap=not self.console.is_terminal)


class _TimeLeft:
    """How long the rest takes, judged by the trials that have ended, without TensorFlow's start.

    The first trial of a program also pays for building and compiling. That is counted apart,
    because these trials come first and would make the rest look several times as long.
    """

    def __init__(self, plan: Plan) -> None:
        self.todo = Counter((trial.block, trial.cell) for trial in plan.todo)
        self.uncompiled = {(block, cell.program) for block, cell in self.todo}
        self.training: list[float] = []
        self.compiling: list[float] = []
        self.began_at: float | None = None

    def ended(self, trial: Trial, record: Record) -> None:
        """Note a trial that has just ended."""
        if self.began_at is None:
            spent = (record.train_seconds or 0.0) + (record.compile_seconds or 0.0)
            self.began_at = time.monotonic() - spent
        self.todo[trial.block, trial.cell] -= 1
        self.uncompiled.discard((trial.block, trial.cell.program))
        self.training.append(record.train_seconds or 0.0)
        if record.compile_seconds:
            self.compiling.append(record.compile_seconds)

    def left_out(self, trial: Trial) -> None:
        """Note a trial that is not trained."""
        self.todo[trial.block, trial.cell] -= 1

    def words(self) -> str:
        """Such as `about 40 s left`; empty while nobody can tell."""
        spent, rest = sum(self.training) + sum(self.compiling), self.todo.total()
        if not rest or not spent or self.began_at is None:
            return ""
        compiling = fmean(self.compiling) if self.compiling else 0.0
        cost = rest * fmean(self.training) + len(self.uncompiled) * compiling
        # Several processes spend their seconds at once.
        return f"about {duration((time.monotonic() - self.began_at) * cost / spent)} left"


class _Printed(Quiet):
    """Prints what is done and what is to be trained, notes, and warnings if an arm is new."""

    def planned(self, plan: Plan) -> None:
        super().planned(plan)
        self.left = _TimeLeft(plan)
        self.done, self.total, todo = len(plan.done), len(plan.trials), len(plan.todo)
        others = f"; {plan.others} more in the journal are not of this spec" if plan.others else ""
        kept = f", {self.done} done already" if self.done else ""
        all_done = f"all {self.done} trials are done already"
        select = sum(trial.selects for trial in plan.todo)
        rates = f" ({select} of them to choose learning rates)" if select else ""
        trials = f"{todo} trials to train{rates}{kept}" if todo else all_done
        self.console.print(f"{plan.experiment.name}: {trials}{others}")
        begun = {(trial.block, trial.cell) for trial in plan.done}
        if all((trial.block, trial.cell) in begun for trial in plan.todo):
            return
        if few := too_few_seeds(plan):
            self.console.print(few)
        checks = warnings(checks_of(plan))
        where: dict[str, list[str]] = {}
        for check in checks:
            where.setdefault(check.finding, []).append(blocks_of_check(plan, check))
        for finding, names in where.items():  # in a log a warning stays one line, however long
            blocks = listed(filter(None, names))
            words = f"warning: {finding}{f' ({blocks})' if blocks else ''}"
            self.console.print(words, soft_wrap=not self.console.is_terminal)
        if checks:
            self.console.print("What to do about it: actbench plan with this spec, or checks.json")

    def ended(self, trial: Trial, record: Record) -> None:
        self.done += 1
        self.left.ended(trial, record)

    def left_out(self, trial: Trial) -> None:
        self.total -= 1
        self.left.left_out(trial)

    def note(self, words: str) -> None:
        self.console.print(words)


class Bar(_Printed):
    """One line that moves: what is trained now, trials done, time left; it counts epochs."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self.bar = RichBar(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[trials]}"),
            TextColumn("{task.fields[left]}"),
            console=console,
            transient=True,
            expand=True,
        )
        self.task = self.bar.add_task("", total=None, trials="", left="", start=False)
        self.epochs_by_trial: dict[str, int] = {}  # of the trials that are training

    def planned(self, plan: Plan) -> None:
        super().planned(plan)
        epochs = sum(trial.cell.epochs for trial in plan.todo)
        self.bar.update(self.task, total=epochs, trials=self._trials())

    def preparing(self, what: str) -> None:
        self.bar.update(self.task, description=f"{what} …")

    def started(self, trial: Trial) -> None:
        self.bar.start_task(self.task)
        self.bar.update(self.task, description=_current(trial, 0))

    def epoch(self, trial: Trial, number: int, metrics: dict[str, float]) -> None:
        self.bar.update(self.task, description=_current(trial, number), advance=1)
        self.epochs_by_trial[trial.id] = number

    def ended(self, trial: Trial, record: Record) -> None:
        super().ended(trial, record)
        # A trial that diverged or raised ends early.
        rest = trial.cell.epochs - self.epochs_by_trial.pop(trial.id, 0)
        left = self.left.words()
        self.bar.update(self.task, trials=self._trials(), left=left, advance=rest)
        if record.status != OK:
            self.console.print(_outcome(trial, record))

    def left_out(self, trial: Trial) -> None:
        super().left_out(trial)
        self.bar.update(self.task, trials=self._trials(), advance=trial.cell.epochs)

    def _trials(self) -> str:
        return f"{self.done}/{self.total} trials"


class Lines(_Printed):
    """A line for the plan, then one every few seconds, and one for each trial that failed."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self.last_line_at = time.monotonic()
        self.prepared = {"TensorFlow"}

    def preparing(self, what: str) -> None:
        if what not in self.prepared:  # several processes prepare the same
            self.console.print(f"{what} …")
        self.prepared.add(what)

    def ended(self, trial: Trial, record: Record) -> None:
        super().ended(trial, record)
        now, more = time.monotonic(), self.done < self.total
        if record.status == OK and more and now - self.last_line_at < LINE_EVERY_SECONDS:
            return
        self.last_line_at = now
        left = ", ".join(filter(None, [_outcome(trial, record), self.left.words()]))
        self.console.print(f"[{self.done}/{self.total}] {left}")


def _current(trial: Trial, epoch: int) -> str:
    name = f"{trial.cell.arm.label}{_rate(trial)}"
    return f"{name} · {_replicate(trial)} · epoch {epoch}/{trial.cell.epochs}"


def _replicate(trial: Trial) -> str:
    """Such as `split 3, seed 0`; the seed alone where there is only the usual split."""
    split = "" if trial.split_number is None else f"split {trial.split_number}, "
    return f"{split}seed {trial.seed}"


def _rate(trial: Trial) -> str:
    """The learning rate, where the spec has several."""
    return "" if trial.learning_rate is None else f" at {trial.learning_rate:g}"


def _outcome(trial: Trial, record: Record) -> str:
    arm = f"{trial.cell.arm.label}{_rate(trial)}"
    where = f"{trial.cell.dataset.label}, {arm}, {_replicate(trial)}"
    if record.status == OK:
        part = "val_" if trial.selects else "test_"
        scores = [f"{m} {v:.4g}" for m, v in record.metrics.items() if m.startswith(part)]
        return f"{where}: {listed(scores)}"
    why = record.message or f"not finite in epoch {record.diverged_at}"
    return f"{where}: {record.status} ({why})"
