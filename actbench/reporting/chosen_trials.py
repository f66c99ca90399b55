"""The trials of a comparison: those of one or several results, joined and filtered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from actbench.errors import ResultsError
from actbench.reporting.question import Question
from actbench.reporting.split_means import check_scope, has_splits, split_means
from actbench.results.columns import CELL_KEY, LEARNING_RATE, metric_columns
from actbench.results.filters import keep
from actbench.results.journal import OK
from actbench.results.kept_rows import KeptRows
from actbench.results.reading import Trials, read_history, without_repeats
from actbench.results.references import Reference
from actbench.results.side_files import DrawnTogether, Looks, drawn_together
from actbench.spec.activation import Activation
from actbench.wording import Scope, counted

if TYPE_CHECKING:
    import pandas as pd

Activations = Mapping[str, Mapping[str, Activation]]


@dataclass(frozen=True)
class RateTables:
    """The tables that say how learning rates were chosen.

    `selection`: a row a selection trial, as in `selection.csv`. `trials`: a row a trial, as in
    `trials.csv`. `each`: whether every seed chose its own rate.
    """

    selection: "pd.DataFrame"
    trials: "pd.DataFrame"
    each: bool


@dataclass(frozen=True)
class ChosenTrials:
    """The trials to compare, and what the files beside them say.

    `frame`: one row a trial. `baseline`: the one that a spec names, by axis. `activations`: for
    `hidden` and `output`, the activation behind each label. `looks`: there if the results come
    from a run until decided. `references`: scores of models without any activation. `rows`: the
    scores of single test rows, of each result. `notes`: what the reader of the comparison should
    know. `scope`: what verdicts are about. Of several splits, a row of the frame is the mean of an
    arm over the seeds of a split, whose number is its `seed`, and `test_to_train` holds for each
    data set its test rows over its training rows. `together`: how the test rows were
    drawn, by data set, where not one by one. `rates`: how learning rates were chosen; None where
    there was one for all.
    """

    frame: "pd.DataFrame"
    baseline: Mapping[str, str] = field(default_factory=dict)
    activations: Activations = field(default_factory=dict)
    looks: Looks | None = None
    references: tuple[Reference, ...] = ()
    notes: tuple[str, ...] = ()
    rows: tuple[KeptRows, ...] = ()
    scope: Scope = "seeds"
    test_to_train: Mapping[str, float] = field(default_factory=dict)
    together: Mapping[str, DrawnTogether] = field(default_factory=dict)
    rates: RateTables | None = None


def choose_trials(results: Sequence[Trials], question: Question) -> ChosenTrials:
    """Join the trials of several results, and keep those that the question is about.

    Raises:
        ResultsError: the results do not belong together (other data, or a trial twice with
            different numbers), a filter is not understood, or no trial fits it.
    """
    _check_data(results)
    looks = _looks(results)
    frame, notes = _frame(results, question, looks)
    if question.made_elsewhere:
        return ChosenTrials(
            frame=frame,
            scope=question.scope or "seeds",
            test_to_train=dict.fromkeys(frame["dataset"], question.test_to_train or 0.0),
            notes=tuple(notes),
        )
    check_scope(frame, question.scope)
    datasets = frame["dataset"].astype(str).unique()
    together = drawn_together([trials.side_files for trials in results], datasets)
    means = split_means(frame, together) if has_splits(frame) else None
    return ChosenTrials(
        frame=means.frame if means else frame,
        test_to_train=means.test_to_train if means else {},
        scope="splits" if means else question.scope or "seeds",
        baseline=next((r.side_files.baseline for r in results if r.side_files.baseline), {}),
        activations={
            axis: {k: v for r in results for k, v in r.side_files.activations.get(axis, {}).items()}
            for axis in ("hidden", "output")
        },
        looks=looks,
        references=tuple(one for trials in results for one in trials.side_files.references),
        notes=tuple(notes),
        rows=() if means else tuple(trials.rows for trials in results),
        together=together,
        rates=_rate_tables(results, frame),
    )


def _frame(
    results: Sequence[Trials], question: Question, looks: Looks | None
) -> "tuple[pd.DataFrame, list[str]]":
    """The trials of all results that the question is about, and the notes on them."""
    frames, notes = [], []
    for trials in results:
        frame, missing = at_best_epoch(trials) if question.at == "best" else (trials.frame, ())
        frames.append(frame)
        notes += [*trials.notes, *trials.side_files.notes, *missing]
    frame, repeated = _joined(frames)
    notes += repeated
    if looks:
        later = frame["seed"] >= looks.taken
        frame = frame[~later]
        notes += _looks_in_words(looks, int(later.sum()))
    return keep(frame, question.filters), notes


def _rate_tables(results: Sequence[Trials], trials: "pd.DataFrame") -> RateTables | None:
    """The tables about the learning rates of these trials; None where none were chosen."""
    import pandas as pd

    tables = [result.selection for result in results if result.selection is not None]
    if not tables or LEARNING_RATE.name not in trials.columns:
        return None
    selection = tables[0] if len(tables) == 1 else pd.concat(tables, ignore_index=True)
    key = [name for name in CELL_KEY if name in trials.columns and name in selection.columns]
    cells = trials[key].astype(str).drop_duplicates()
    selection = selection.astype(dict.fromkeys(key, str)).merge(cells, on=key)
    if "split" in trials.columns and "split" in selection.columns:
        selection = selection[selection["split"].isin(trials["split"])]
    each = all(r.side_files.chosen_by_each for r in results if r.selection is not None)
    return RateTables(selection, trials, each)


def _check_data(results: Sequence[Trials]) -> None:
    first_of: dict[tuple[str, str], tuple[str, Path]] = {}
    for trials in results:
        files = trials.side_files
        kinds = (
            ("tested on different rows", "is split by", "`test: {}`", files.splits),
            ("trained on different data", "has the digest", "{:.12}…", files.digests),
        )
        for differ, verb, words, of_dataset in kinds:
            for dataset, here in of_dataset.items():
                there, first = first_of.setdefault((differ, dataset), (here, trials.path))
                if there != here:
                    raise ResultsError(
                        f"{first} and {trials.path} were {differ}: {dataset} "
                        f"{verb} {words.format(there)} there and {words.format(here)} here, "
                        "so their scores are not comparable"
                    )


def _joined(frames: "Sequence[pd.DataFrame]") -> "tuple[pd.DataFrame, list[str]]":
    import pandas as pd

    if len(frames) == 1:
        return frames[0], []
    whole = pd.concat(frames, ignore_index=True)
    for name in CELL_KEY:
        if name in whole.columns and whole[name].isna().any():
            raise ResultsError(f"the results do not fit together: one of them lacks column {name}")
    whole.index += 1
    return without_repeats(whole, "the results together")


def _looks(results: Sequence[Trials]) -> Looks | None:
    looks = [trials.side_files.looks for trials in results if trials.side_files.looks]
    if looks and len(results) > 1:
        raise ResultsError(
            "one of these results comes from a run until decided, whose number of seeds depends "
            "on its scores; compare it by itself"
        )
    return looks[0] if looks else None


def _looks_in_words(looks: Looks, later: int) -> list[str]:
    """The plan of the looks, and how many trials after the last look wait for the next."""
    number = looks.looks.index(looks.taken) + 1
    plan = ", ".join(map(str, looks.looks))
    words = [
        f"Run until decided: look {number} of {len(looks.looks)} (planned at {plan} seeds), alpha "
        f"{looks.alpha:g} spent over the looks; p-values and intervals are judged at what this "
        "look leaves of it."
    ]
    if later:
        words.append(f"Trials after that look, which wait for the next one: {later}.")
    decided = [f"{one.arm} {one.decision} at {one.seeds} seeds" for one in looks.decided]
    return [*words, f"Decided while it ran: {'; '.join(decided)}."] if decided else words


def at_best_epoch(trials: Trials) -> "tuple[pd.DataFrame, tuple[str, ...]]":
    """The trials with their training and validation metrics at the epoch of the best loss.

    The metrics of every epoch are in `history.csv`; without it only the validation loss at the
    best epoch is known, and a note says so. There are no test metrics: they are measured once,
    after the last epoch.

    Raises:
        ResultsError: the trials have no validation rows, or `history.csv` cannot be read, or lacks
            the best epoch of a trial.
    """
    frame = trials.frame
    if "best_val_loss" not in frame.columns or not frame["best_val_loss"].notna().any():
        raise ResultsError(
            f"{trials.path}: --at best needs a validation split, and these trials have none; "
            "it needs `validation` in the data set"
        )
    kept = frame.drop(columns=metric_columns(frame.columns))
    history = trials.path.with_name("history.csv")
    if not history.is_file():
        only = kept.assign(val_loss=frame["best_val_loss"])
        return only, (f"Without {history} only the loss at the best epoch is known.",)
    epochs = read_history(history)
    key = [name for name in (*CELL_KEY, "split", "seed") if name in kept and name in epochs]
    metrics = epochs[[*key, "epoch", *metric_columns(epochs.columns)]]
    kept = kept.assign(epoch=kept["best_epoch"])
    joined = kept.merge(
        metrics, on=[*key, "epoch"], how="left", validate="one_to_one", indicator="in_history"
    )
    absent = (joined.pop("in_history") != "both") & (joined["status"] == OK)
    if absent.any():
        first = joined[absent].iloc[0]
        trial = ", ".join(f"{name} {first[name]}" for name in (*key, "epoch"))
        raise ResultsError(
            f"{history}: lacks the best epoch of {counted(int(absent.sum()), 'trial')} ({trial}); "
            "was one of the two files edited, or taken from another run?"
        )
    return joined, ()
