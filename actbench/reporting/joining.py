"""Several results as one table, where they belong together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from actbench.errors import ResultsError
from actbench.reporting.best_epoch import at_best_epoch
from actbench.reporting.question import Question
from actbench.results.columns import CELL_KEY
from actbench.results.reading import Trials, without_repeats
from actbench.results.side_files import Looks

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Gathered:
    """The trials of all results, the question with what their specs add, and notes."""

    frame: "pd.DataFrame"
    question: Question
    looks: Looks | None
    notes: tuple[str, ...]


def gather(results: Sequence[Trials], question: Question) -> Gathered:
    """Join the trials of several results, refusing what does not belong together.

    The baseline of the first spec that names one counts where none was asked for.

    Raises:
        ResultsError: the data differ, or a trial is in two results with different numbers.
    """
    if not question.mixed:
        _check_data(results)
    frames, notes = [], []
    for trials in results:
        frame, told = at_best_epoch(trials) if question.at == "best" else (trials.frame, ())
        frames.append(frame)
        notes += [*trials.notes, *trials.side_files.notes, *told]
    frame, repeated = _joined(frames)
    looks = _looks(results)
    return Gathered(
        frame=frame,
        question=_with_spec(question, results),
        looks=looks,
        notes=(*notes, *repeated, *(_about(looks) if looks else ())),
    )


def _check_data(results: Sequence[Trials]) -> None:
    known: dict[str, tuple[str, Trials]] = {}
    for trials in results:
        for name, digest in trials.side_files.digests.items():
            other, where = known.setdefault(name, (digest, trials))
            if other != digest:
                raise ResultsError(
                    f"{where.path} and {trials.path} were trained on different data: {name} has "
                    f"the digest {other[:12]}… there and {digest[:12]}… here, so their scores are "
                    "not comparable; --mixed compares them all the same"
                )


def _joined(frames: "Sequence[pd.DataFrame]") -> "tuple[pd.DataFrame, list[str]]":
    import pandas as pd

    if len(frames) == 1:
        return frames[0], []
    whole = pd.concat(frames, ignore_index=True)
    cells = [name for name in CELL_KEY if name in whole.columns]
    if whole[cells].isna().any(axis=None):
        lacking = next(name for name in cells if whole[name].isna().any())
        raise ResultsError(f"the results do not fit together: one of them lacks column {lacking}")
    whole.index += 1
    return without_repeats(whole, "the results together")


def _looks(results: Sequence[Trials]) -> Looks | None:
    found = [trials.side_files.looks for trials in results if trials.side_files.looks]
    if found and len(results) > 1:
        raise ResultsError(
            "one of these results comes from a run until decided, whose number of seeds depends "
            "on its scores; compare it by itself"
        )
    return found[0] if found else None


def _about(looks: Looks) -> tuple[str, ...]:
    """What a reader must know of a run until decided."""
    at = looks.looks.index(looks.taken) + 1
    plan = ", ".join(map(str, looks.looks))
    told = (
        f"Run until decided: look {at} of {len(looks.looks)} (planned at {plan} seeds), alpha "
        f"{looks.alpha:g} spent over the looks; p-values and intervals are judged at what this "
        "look leaves of it.",
    )
    found = [f"{one.arm} {one.decision} at {one.seeds} seeds" for one in looks.decided]
    return (*told, f"Decided while it ran: {'; '.join(found)}.") if found else told


def _with_spec(question: Question, results: Sequence[Trials]) -> Question:
    activations = {
        axis: {k: v for r in results for k, v in r.side_files.activations.get(axis, {}).items()}
        for axis in ("hidden", "output")
    }
    known = replace(question, activations=activations)
    named = next((r.side_files.baseline for r in results if r.side_files.baseline), {})
    if question.baseline or not named:
        return known
    return replace(known, baseline=named, required=False)
