"""`actbench claims`: every claim, and its outcome where there are tables."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from actbench.reporting import claims
from actbench.reporting.claims import TOPICS
from actbench.results.reading import read_trials
from tests.cli.conftest import Ended

REPOSITORY = Path(__file__).parents[2]
CLAIMS = [claim for topic in TOPICS for claim in topic.claims]


def test_every_claim_is_listed_without_tables(
    actbench: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = actbench("claims", "--json")
    assert done.returncode == 0, done.stderr
    records = json.loads(done.stdout)
    assert [record["claim"] for record in records] == [claim.words for claim in CLAIMS]
    assert {record["outcome"] for record in records} == {"no tables here"}


@pytest.mark.slow
def test_outcomes_are_those_of_the_committed_tables(
    actbench: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    done = actbench("claims", "--out", str(REPOSITORY / "results"), "--json")
    records = {record["claim"]: record for record in json.loads(done.stdout)}
    vanishing = records["sigmoid's gradients vanish with depth (tenfold)"]
    assert (vanishing["spec"], vanishing["outcome"]) == ("inside_depth_splits", "supported")
    assert "no tables here" not in {record["outcome"] for record in records.values()}
    notes = {record["claim"]: record["note"] for record in records.values()}
    assert notes == {claim.words: claim.why_changed for claim in CLAIMS}


def test_a_narrow_terminal_has_whole_words_and_says_why_an_outcome_changed(
    main_here: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = main_here("claims", "--out", REPOSITORY / "results").out
    assert max(map(len, shown.splitlines())) <= 80
    assert "reuters(maxlen=200):" in shown
    (number,) = re.findall(r"mnist_zoo_tuned +supported (\[\d\])", shown)
    assert f"\n{number}  Not the slope but the rate" in shown


def test_the_tables_of_a_spec_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tables: list[Path] = []
    monkeypatch.setattr(
        claims, "read_trials", lambda path: tables.append(path) or read_trials(path)
    )
    boston = [claim for claim in CLAIMS if claim.spec == "boston_output"]
    assert len(boston) > 1
    for claim in boston:
        assert claims.outcomes(claim, claim.spec, REPOSITORY / "results" / "reference")
    assert len(tables) <= 1


def test_without_tables_it_says_where_they_are(
    main_here: Callable[..., Ended], tmp_path: Path
) -> None:
    here = main_here("claims", "--out", tmp_path).out
    assert "No tables here: `actbench run SPEC` makes those of a spec" in here
    published = main_here("claims", "--out", REPOSITORY / "results").out
    assert "No tables here" not in published
