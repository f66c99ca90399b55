"""The Python interface: what the commands do, for notebooks and programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from actbench.cli.console import messages, stdout_for_results
from actbench.errors import Interrupted, ResultsError, doing
from actbench.experiment import LocalProcesses, Plan, forget_other_looks, make_plan
from actbench.experiment import run as run_experiment
from actbench.reporting.figure_kinds import Kind, charts_of
from actbench.reporting.page import write_answer, write_page
from actbench.reporting.question import Question
from actbench.reporting.report import Report, make_report, report_of
from actbench.results import ResultsFolder, write_file
from actbench.results.reading import find_trials, read_diagnostics, read_history, read_trials
from actbench.results.runs_table import RunsColumns, runs_of_frame
from actbench.spec.spec_files import experiment_of
from actbench.wording import Scope

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Spec = str | Path | Mapping[str, Any]


def run(
    spec: Spec,
    *,
    out: str | Path = "results",
    data_dir: str | Path | None = None,
    engine: Literal["auto", "compiled", "keras"] = "auto",
    jobs: int | None = None,
    fresh: bool = False,
    quiet: bool = False,
    **overrides: Any,
) -> "Results":
    """Train what a spec asks for and is not done yet, as `actbench run` does; return the results.

    `spec`: a path, the name of a shipped spec, YAML text, or a dict. `overrides`: keys of the spec,
    such as `seeds=5`; deeper ones as `**{"architecture.units": [128, 128]}`. `out`: the folder that
    results go to. `data_dir`: where to look for data files first. `engine`: what trains. `jobs`:
    cells to train side by side. `fresh`: set earlier results aside. `quiet`: show no progress.

    Raises:
        SpecError: the spec is not valid.
        DataError: a data set is missing or damaged.
        ResultsError: the folder is in use or cannot be written.
        Interrupted: it was interrupted; what was done is kept, and the same call goes on.

    >>> results = run("boston_output", seeds=3, epochs=1)  # doctest: +SKIP
    """
    from actbench.cli.progress import progress_for

    experiment = experiment_of(spec, overrides)
    folder = Path(data_dir) if data_dir is not None else None
    executor = LocalProcesses(folder, engine, jobs)
    with (
        doing(f"running {experiment.name} in {out}"),
        stdout_for_results(),
        progress_for(messages(), quiet=quiet) as shown,
    ):
        result = run_experiment(
            experiment, Path(out), shown, executor=executor, data_dir=folder, fresh=fresh
        )
        forget_other_looks(result)
    if any(row.record.finished for row in result.rows):
        write_answer(result.folder, with_page=True)
    if result.interrupted:
        raise Interrupted(f"interrupted: {result.done_in_words}")
    return Results(result.folder.trials)


def plan(
    spec: Spec,
    *,
    out: str | Path = "results",
    data_dir: str | Path | None = None,
    **overrides: Any,
) -> Plan:
    """The trials that `run` would train, and those that are done. It imports no TensorFlow.

    The arguments are those of `run`.

    Raises:
        SpecError: the spec is not valid.
        DataError: a data set is damaged.

    >>> planned = plan("boston_output", out="results/none", seeds=2)
    >>> len(planned.trials), len(planned.done)
    (12, 0)
    """
    folder = Path(data_dir) if data_dir is not None else None
    return make_plan(experiment_of(spec, overrides), Path(out), folder)


def load(result: str | Path, *, out: str | Path = "results") -> "Results":
    """Results that were trained before: a results folder, a `trials.csv`, or a name under `out`.

    Raises:
        ResultsError: there are none.

    >>> results = load("boston_output")
    >>> report = results.compare(metric="mae", baseline="linear")
    >>> report.frame.loc[report.frame["output"] == "sigmoid", "verdict"].item()
    'worse'
    """
    return Results(find_trials(str(result), Path(out)))


def compare(
    frame: "pd.DataFrame",
    *,
    arm: str | Sequence[str],
    score: str,
    seed: str | None = None,
    block: str | None = None,
    higher_is_better: bool | None = None,
    baseline: str | None = None,
    rope: float | None = None,
    all_pairs: bool = False,
    scope: Literal["seeds", "splits"] | None = None,
    test_to_train: float | None = None,
    unpaired: bool = False,
) -> Report:
    """Compare any table of repeated runs, a row a run.

    `arm`: the column that names what is compared, or several. `score`: the column with the numbers;
    `higher_is_better` their direction, where the name does not tell it. `seed`: the column that
    pairs the runs of different arms. `block`: the column of what arms are compared within, such as
    a data set. `baseline`: an arm; the first by default. `rope`: differences up to this are too
    small to matter. `scope="splits"` is for cross-validation, with `test_to_train`, the test rows
    over the training rows of a split. `unpaired`: the runs share no seed.

    The report prints as tables and shows itself in a notebook; `report.frame` has its numbers.

    Raises:
        ResultsError: a column is missing, or the runs cannot be compared; the message says why.

    >>> import pandas as pd
    >>> scores = {"relu": [80, 81, 79, 80, 82, 80], "gelu": [85, 86, 86, 85, 86, 87]}
    >>> frame = pd.DataFrame(scores).rename_axis("seed").reset_index().melt("seed")
    >>> report = compare(frame, arm="variable", seed="seed", score="value", higher_is_better=True)
    >>> report.frame[["arm", "mean", "p", "verdict"]].to_dict("records")[0]
    {'arm': 'gelu', 'mean': 85.8..., 'p': 0.03125, 'verdict': 'better'}
    """
    arms = (arm,) if isinstance(arm, str) else tuple(arm)
    question = Question(
        made_elsewhere=True,
        higher_is_better=higher_is_better,
        baseline_name=baseline or "",
        rope=rope,
        all_pairs=all_pairs,
        scope=scope,
        test_to_train=test_to_train,
        unpaired=unpaired,
    )
    runs = runs_of_frame(frame, RunsColumns(arms, seed, score, block), unpaired=unpaired)
    return report_of([runs], question)


@dataclass(frozen=True)
class Results:
    """The results of one experiment. `path`: its `trials.csv`.

    >>> results = load("boston_output")
    >>> results.trials["test_mae"].notna().all().item()
    True
    """

    path: Path

    @cached_property
    def trials(self) -> "pd.DataFrame":
        """One row a trial: the columns of `trials.csv` that a comparison reads."""
        return read_trials(self.path).frame.reset_index(drop=True)

    @cached_property
    def history(self) -> "pd.DataFrame | None":
        """One row a trial and epoch; None without `history.csv`."""
        file = ResultsFolder(self.path.parent).history
        return read_history(file).reset_index(drop=True) if file.is_file() else None

    @cached_property
    def diagnostics(self) -> "pd.DataFrame | None":
        """One row a trial, epoch and layer; None where the spec asked for no diagnostics."""
        file = ResultsFolder(self.path.parent).diagnostics
        return read_diagnostics(file).reset_index(drop=True) if file.is_file() else None

    def compare(
        self,
        *,
        metric: str | None = None,
        baseline: str | Mapping[str, str] | None = None,
        rope: float | None = None,
        scope: Scope | None = None,
    ) -> Report:
        """Compare the arms, as `actbench compare` does.

        `metric`: such as "mae"; by default the first that is not the loss. `baseline`: a name, or
        labels by axis, as in `{"output": "linear"}`. `rope`: in the metric's unit. `scope`: what
        the verdicts are about.

        Raises:
            ResultsError: there is no such metric or baseline, or the options contradict each other.

        >>> print(load("boston_output").compare(metric="mae").overview or "one block")
        one block
        """
        by_axis = {} if baseline is None or isinstance(baseline, str) else dict(baseline)
        question = Question(
            metrics=(metric,) if metric else (),
            baseline=by_axis,
            baseline_name=baseline if isinstance(baseline, str) else "",
            rope=rope,
            scope=scope,
        )
        return make_report([self.path], question)

    def plot(
        self, kind: Kind = "differences", ax: "Axes | None" = None, *, metric: str | None = None
    ) -> "Axes | Figure":
        """Draw a figure of this kind, as `actbench plot` does, and return it.

        `ax`: draw there instead, and return it; possible for `differences` and `scores` of one
        block.

        Raises:
            ResultsError: there is nothing of this kind to draw, or not in one `ax`.

        >>> figure = load("boston_output").plot("scores")
        >>> len(figure.axes)
        1
        """
        from actbench.reporting import figures
        from actbench.reporting.charts import DotChart

        drawn = charts_of(self.compare(metric=metric).blocks, kind, self.path)
        if ax is None:
            return figures.figure_of(drawn)
        if len(drawn) > 1 or not isinstance(drawn[0], DotChart):
            raise ResultsError(
                f"{kind} of this result take several axes; leave ax out to get a figure of them"
            )
        return figures.draw_dots(drawn[0], ax)

    def report(self, file: str | Path | None = None) -> Path:
        """Write the page, `report.html` beside the tables by default; return its path.

        Raises:
            ResultsError: it cannot be written.
        """
        target = Path(file) if file is not None else self.path.with_name("report.html")
        write_page([(self.compare(), self.path)], target)
        return target

    def reproduce(
        self,
        arm: str,
        seed: int,
        *,
        dataset: str | None = None,
        architecture: str | None = None,
        split: int | None = None,
        file: str | Path | None = None,
    ) -> str:
        """A plain Keras script that gives the numbers of one trial, as `actbench reproduce` does.

        The arguments are the command's options; the script is also written to `file`, if given.

        Raises:
            ResultsError: there is no such trial, or no script can repeat it; the message says why.

        >>> script = load("boston_output").reproduce("relu/tanh", seed=3)  # doctest: +SKIP
        """
        from actbench.reproduction import find_trial, script_of

        trial = find_trial(
            self.path, arm, seed, dataset=dataset, architecture=architecture, split=split
        )
        target = Path(file) if file is not None else None
        script = script_of(trial, target)
        if target is not None:
            write_file(target, script)
        return script

    def export(
        self, file: str | Path | None = None, *, to: Literal["parquet", "csv"] = "parquet"
    ) -> Path:
        """Write every trial, epoch and layer into one tidy file, as `actbench export` does.

        Return its path; by default it lies in the working directory, named as the result. A file
        that is there is replaced.

        Raises:
            ResultsError: it cannot be written, or its name ends as that of another format.
        """
        from actbench.results.tidy import tidy_file, tidy_table, write_tidy

        target = tidy_file(self.path, to, Path(file) if file is not None else None)
        write_tidy(tidy_table(self.path), target, to)
        return target

    def _repr_html_(self) -> str:
        """The answer, the main figure and the table, as a notebook shows them."""
        return self.compare()._repr_html_()
