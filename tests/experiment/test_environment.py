"""What trained: in every record, and said where the trials of one experiment differ in it."""

import platform
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from actbench import __version__, experiment
from actbench.experiment import Progress, environment, make_plan
from actbench.experiment.environment import version_notes
from actbench.results import Journal
from actbench.spec import Experiment
from tests.experiment.tables import rows

Small = Callable[..., Experiment]


class Notes(Progress):
    """Keeps the notes of a run."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, words: str) -> None:
        self.notes.append(words)


def with_keras(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def installed(package: str) -> str:
        return number if package == "keras" else version(package)

    monkeypatch.setattr(environment, "_installed", installed)


def test_every_trial_says_what_trained_it(small: Small, tmp_path: Path) -> None:
    folder = experiment.run(small("seeds=1"), tmp_path, Progress()).folder
    packages = [f"{name} {version(name)}" for name in ("tensorflow", "keras", "numpy", "actbench")]
    expected = "; ".join([*packages, "compiled, XLA", platform.machine()])
    assert [row["versions"] for row in rows(folder.trials)] == [expected] * 2
    assert {record.versions for record in Journal(folder.journal).records.values()} == {expected}


def test_a_run_that_adds_to_older_trials_names_both_versions_first(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_keras("3.0.1", monkeypatch)
    experiment.run(small("seeds=1"), tmp_path, Progress())
    assert version_notes(make_plan(small("seeds=2"), tmp_path)) == ()
    with_keras("3.0.2", monkeypatch)
    assert version_notes(make_plan(small("seeds=1"), tmp_path)) == ()  # nothing is added

    run = Notes()
    experiment.run(small("seeds=2"), tmp_path, run)
    assert len(run.notes) == 1
    assert (
        "2 trials done with keras 3.0.1; the 2 to train would be with keras 3.0.2" in run.notes[0]
    )
    (note,) = version_notes(make_plan(small("seeds=2"), tmp_path))
    assert note.endswith("2 trials with keras 3.0.1; 2 trials with keras 3.0.2.")


def test_trials_of_an_older_journal_are_said_to_have_no_versions(
    small: Small, tmp_path: Path
) -> None:
    folder = experiment.run(small("seeds=1"), tmp_path, Progress()).folder
    records = Journal(folder.journal).records.values()
    folder.journal.unlink()
    older = Journal(folder.journal)
    for record in records:
        older.append(replace(record, versions=""))
    (note,) = version_notes(make_plan(small("seeds=2"), tmp_path))
    assert "2 trials done with versions that were not recorded; the 2 to train" in note
    folder = experiment.run(small("seeds=1"), tmp_path, Progress()).folder
    assert [row["versions"] for row in rows(folder.trials)] == ["", ""]


def test_the_version_of_actbench_is_its_own_and_not_of_an_old_installation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment._installed.cache_clear()
    monkeypatch.setattr(environment, "version", lambda package: "0.1.0")
    try:
        assert f"actbench {__version__};" in environment.versions()
    finally:
        environment._installed.cache_clear()
