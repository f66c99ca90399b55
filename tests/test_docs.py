"""The pages in docs/: their examples are what the commands print now."""

from benchmarks.reference import REPOSITORY, with_examples


def test_the_worked_example_is_what_compare_prints() -> None:
    page = (REPOSITORY / "docs" / "statistics.md").read_text(encoding="utf-8")
    assert "<!-- example: boston_output -->" in page
    assert with_examples(page) == page
