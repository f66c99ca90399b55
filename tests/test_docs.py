"""The pages in docs/: their examples are what the commands print now."""

from benchmarks.findings import PAGE, QUESTIONS, page
from benchmarks.reference import REFERENCE, REPOSITORY, with_examples


def test_the_worked_example_is_what_compare_prints() -> None:
    page = (REPOSITORY / "docs" / "statistics.md").read_text(encoding="utf-8")
    assert "<!-- example: boston_output -->" in page
    assert with_examples(page) == page


def test_the_findings_are_those_of_the_committed_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_claim_has_its_expectations_and_its_table() -> None:
    for question in QUESTIONS:
        for claim in question.claims:
            assert claim.spec in question.specs
        assert all((REFERENCE / spec / "trials.csv").is_file() for spec in question.specs)
