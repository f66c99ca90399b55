"""What a spec expects, checked on its trials."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from actbench.reporting.checked_expectations import CheckedExpectation, check_expectations
from actbench.reporting.question import Question
from actbench.results.reading import read_trials
from actbench.results.side_files import SideFiles
from actbench.spec.expectation import Expectation
from tests.reporting.conftest import grid, table


def check(frame: pd.DataFrame, *said: dict[str, Any]) -> tuple[CheckedExpectation, ...]:
    expected = tuple(Expectation.model_validate(entry) for entry in said)
    return check_expectations(frame, SideFiles(expect=expected))


def test_expectations_are_supported_refuted_and_undecided(tmp_path: Path) -> None:
    said = [
        {"worse": {"output": "tanh"}, "than": {"output": "linear"}, "metric": "mae", "by": 1},
        {"better": {"hidden": "elu"}, "than": {"hidden": "relu"}, "metric": "mae"},
        {"worse": {"output": "tanh"}, "than": {"output": "linear"}, "metric": "mae", "by": 2},
    ]
    checked = check(grid(tmp_path).frame, *said)
    assert [e.finding.status for e in checked[:4]] == ["supported"] * 2 + ["refuted"] * 2
    assert checked[0].sentence == "relu / tanh worse than relu / linear in mae by more than 1"
    assert checked[0].finding.level == pytest.approx(1 - 0.05 / 6)
    (few,) = check(grid(tmp_path, hidden=("relu",), seeds=3).frame, said[0])
    assert few.finding.status == "undecided"
    assert "run at least 6" in few.words


def statuses(frame: pd.DataFrame, **said: Any) -> list[tuple[str, str]]:
    return [(e.sentence, e.finding.status) for e in check(frame, said)]


def test_an_expectation_may_compare_architectures(tmp_path: Path) -> None:
    shallow = grid(tmp_path, outputs=("linear",)).frame
    deep = shallow.assign(architecture="deep", test_mae=shallow["test_mae"] + 3)
    both = pd.concat([shallow, deep], ignore_index=True)
    every = statuses(both, worse={"architecture": "deep"}, than={"architecture": "mlp(4)"})
    assert every == [
        (f"{h} / linear / deep worse than {h} / linear / mlp(4) in mae", "supported")
        for h in ("relu", "elu")
    ]
    at = {"architecture": "deep"}
    (one,) = statuses(both, better={"hidden": "elu"} | at, than={"hidden": "relu"} | at)
    assert one == ("elu / linear / deep better than relu / linear / deep in mae", "refuted")
    assert len(statuses(both, better={"hidden": "elu"}, than={"hidden": "relu"})) == 2


def test_an_expectation_in_a_metric_that_is_not_there_is_passed_over(tmp_path: Path) -> None:
    frame = grid(tmp_path).frame
    claim = {"better": {"hidden": "elu"}, "than": {"hidden": "relu"}}
    assert statuses(frame, **claim, metric="r2") == []
    assert statuses(frame, **claim, split="val") == []


def test_an_expectation_may_be_of_training_rows_or_of_time(tmp_path: Path) -> None:
    frame = grid(tmp_path, outputs=("linear",)).frame
    is_elu = frame["hidden"] == "elu"
    frame = frame.assign(train_mae=9 - frame["test_mae"], train_seconds=2 + is_elu)
    said = {"better": {"hidden": "elu"}, "than": {"hidden": "relu"}}
    assert statuses(frame, **said, metric="mae")[0][1] == "refuted"
    (train,) = statuses(frame, **said, metric="mae", split="train")
    assert train == ("elu / linear better than relu / linear in train mae", "supported")
    alone = frame.assign(side_by_side=1.0)
    (time,) = statuses(alone, **said, metric="seconds")
    assert time == ("elu / linear better than relu / linear in seconds", "refuted")


@pytest.mark.parametrize(
    ("together", "words"),
    [
        (None, "whether cells were trained side by side is not recorded, so times may mislead"),
        (4.0, "up to 4 cells were trained side by side, so times are not comparable"),
    ],
)
def test_times_of_trials_that_were_not_trained_alone_decide_nothing(
    together: float | None, words: str, tmp_path: Path
) -> None:
    frame = grid(tmp_path, outputs=("linear",)).frame
    frame = frame.assign(train_seconds=2.0 + (frame["hidden"] == "elu"))
    if together:
        frame = frame.assign(side_by_side=[1.0] * (len(frame) - 1) + [together])
    said = {"better": {"hidden": "elu"}, "than": {"hidden": "relu"}, "metric": "seconds"}
    (time,) = check(frame, said)
    assert time.words == f"elu / linear better than relu / linear in seconds: undecided: {words}"
    assert time.as_dict()["difference"] is None


def test_a_metric_of_unknown_direction_decides_nothing_until_it_is_told(tmp_path: Path) -> None:
    frame = grid(tmp_path, outputs=("linear",)).frame.rename(columns={"test_mae": "test_f1"})
    expected = Expectation.model_validate(
        {"better": {"hidden": "elu"}, "than": {"hidden": "relu"}, "metric": "f1"}
    )
    side = SideFiles(expect=(expected,))
    (unknown,) = check_expectations(frame, side)
    assert "undecided: the name 'f1' does not say" in unknown.words
    for more, status in ((True, "supported"), (False, "refuted")):
        (told,) = check_expectations(frame, side, Question(higher_is_better=more))
        assert told.finding.status == status


def test_an_arm_that_diverged_is_not_supported_by_its_survivors(tmp_path: Path) -> None:
    """tanh diverges wherever it would not beat relu by 0.002: seven of 16 seeds are left."""
    random = np.random.default_rng(3)
    relu = random.normal(0.9, 0.01, 16)
    tanh = relu + random.normal(0, 0.02, 16)
    tanh[tanh < relu + 0.002] = np.nan
    (tmp_path / "trials.csv").write_text(
        table({"relu": list(relu), "tanh": list(tanh)}, metric="accuracy")
    )
    frame = read_trials(tmp_path / "trials.csv").frame
    said = {"better": {"output": "tanh"}, "than": {"output": "relu"}, "metric": "accuracy"}
    (found,) = check(frame, said)
    assert (found.finding.status, found.finding.n, found.finding.diverged) == ("undecided", 7, 9)
    assert "9 and 0 of 16 seeds diverged" in found.words
    assert found.as_dict()["diverged"] == 9
