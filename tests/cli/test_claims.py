"""`actbench claims`: every claim, and its outcome where there are tables."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from actbench.reporting.claims import QUESTIONS
from tests.cli.conftest import Ended

REPOSITORY = Path(__file__).parents[2]
CLAIMS = [claim for question in QUESTIONS for claim in question.claims]


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


def test_without_tables_it_says_where_they_are(
    main_here: Callable[..., Ended], tmp_path: Path
) -> None:
    here = main_here("claims", "--out", tmp_path).out
    assert "No tables here: `actbench run SPEC` makes those of a spec" in here
    published = main_here("claims", "--out", REPOSITORY / "results").out
    assert "No tables here" not in published
