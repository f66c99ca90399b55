"""The `note` column in a comparison: at chance is a failure, and the table says what was noted."""

from pathlib import Path

import pytest
from statsmodels.stats.contingency_tables import mcnemar

from actbench.reporting.formats import Format, csv_text, markdown_text
from actbench.reporting.question import Question
from actbench.reporting.remarks import remarks
from actbench.reporting.report import Report, make_report
from actbench.reporting.sentences import headline, paragraph
from tests.reporting.conftest import compared, one, printed, table

SCORES = {
    "softmax": [0.80, 0.81, 0.79, 0.80, 0.82, 0.80, 0.81, 0.80, 0.79, 0.81],
    "relu": [0.36, 0.70, 0.71, 0.36, 0.72, 0.70, 0.71, 0.69, 0.70, 0.72],
    "linear": [0.36] * 10,
}
NOTES = {
    "relu": {0: "dead output; at chance", 3: "at chance"},
    "linear": dict.fromkeys(range(10), "at chance"),
}


def with_notes(text: str, notes: dict[str, dict[int, str]]) -> str:
    header, *rows = text.splitlines()
    lines = [f"{header},note"]
    for row in rows:
        output, seed = row.split(",")[3:5]
        lines.append(f"{row},{notes.get(output, {}).get(int(seed), '')}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "trials.csv"
    path.write_text(with_notes(table(SCORES, metric="accuracy"), NOTES))
    return path


def test_trials_at_chance_count_as_failures(path: Path) -> None:
    rows = {row.cell["output"]: row for row in one(path).rows}
    relu = rows["relu"]
    assert (relu.ok, relu.at_chance, relu.diverged, relu.missing) == (8, 2, 0, 0)
    assert relu.mean == pytest.approx(sum(SCORES["relu"]) / 10)
    assert relu.pair is not None
    assert relu.pair.n == 10
    failures = relu.pair.failures
    assert (failures.arm, failures.other, failures.seeds) == (2, 0, 10)
    assert failures.p == pytest.approx(mcnemar([[8, 0], [2, 0]], exact=True).pvalue)
    linear = rows["linear"]
    assert (linear.ok, linear.at_chance, linear.mean) == (0, 10, pytest.approx(0.36))
    assert linear.pair is not None
    assert linear.pair.verdict.words.startswith("worse")


def test_the_table_counts_them_and_says_what_was_noted(path: Path) -> None:
    for width in (80, 120, 200):
        text = " ".join(printed(compared(path), width).split())
        assert "8 ok, 2 at chance" in text
        assert "relu: dead output in 1 of 10 seeds: every row got the same number." in text
        assert "linear: at chance in all 10 seeds: not shown to be better than naming" in text
    assert (
        "Not shown to be better than chance: relu on 2 of 10 seeds "
        "(the baseline failed on 0 of 10: p = 0.50) and linear on 10 of 10 seeds "
        "(the baseline failed on 0 of 10: p = 0.002)."
    ) in text
    assert "linear: at chance in all 10 seeds" in markdown_text(Report((one(path),)))
    assert ",at_chance," in csv_text(Report((one(path),))).splitlines()[0]


def test_as_many_failures_as_the_baseline_get_no_p(path: Path) -> None:
    notes = NOTES | {"softmax": {3: "at chance", 5: "at chance"}}
    path.write_text(with_notes(table(SCORES, metric="accuracy"), notes))
    relu = next(row for row in one(path).rows if row.cell["output"] == "relu")
    assert relu.pair is not None and relu.pair.failures.p == 1
    assert "softmax on 2 of 10 seeds, relu on 2 of 10 seeds and linear on" in paragraph(one(path))


def test_an_arm_does_not_lead_by_its_best_seeds(path: Path) -> None:
    """Without its seeds at chance, relu could not be told from softmax."""
    scores = dict(SCORES, softmax=[0.74, 0.70, 0.71, 0.70, 0.72, 0.70, 0.71, 0.69, 0.70, 0.72])
    path.write_text(with_notes(table(scores, metric="accuracy"), NOTES))
    rows = {row.cell["output"]: row for row in one(path).rows}
    assert rows["softmax"].mean > rows["relu"].mean
    assert "seeds that trained" not in printed(compared(path), 200)


def test_a_lead_that_rests_on_fewer_seeds_says_so(path: Path) -> None:
    text = table(dict(SCORES, relu=SCORES["softmax"]), metric="accuracy")
    path.write_text(text.replace(",relu,3,ok,", ",relu,3,error,"))
    assert "relu (on the 9 of 10 seeds that trained)" in printed(compared(path), 200)


def test_arms_noted_alike_share_a_line(tmp_path: Path) -> None:
    path = tmp_path / "trials.csv"
    scores = {"linear": [2.8, 2.9], "sigmoid": [22.1, 22.1], "tanh": [22.1, 22.1]}
    floor = dict.fromkeys(range(2), "at its floor")
    path.write_text(with_notes(table(scores), {"sigmoid": floor, "tanh": floor}))
    assert list(remarks(one(path)))[:1] == [
        "sigmoid, tanh: at their floor in all 2 seeds: no model with that output can do better."
    ]


def test_notes_are_about_the_test_rows(path: Path) -> None:
    text = path.read_text().replace("test_loss", "train_loss").replace("test_acc", "train_acc")
    path.write_text(text)
    block = one(path, part="train")
    assert all(row.at_chance == 0 for row in block.rows)
    assert not any("seeds:" in line for line in remarks(block))


def test_a_table_without_the_column_is_read_as_before(path: Path) -> None:
    path.write_text(table(SCORES, metric="accuracy"))
    block = one(path)
    assert [row.ok for row in block.rows] == [10, 10, 10]
    assert not any("seeds:" in line for line in remarks(block))


OLD, NEW = "tensorflow 2.20.0; keras 3.11.0; x86_64", "tensorflow 2.20.0; keras 3.12.0; x86_64"


def with_versions(text: str, versions: list[str]) -> str:
    header, *rows = text.splitlines()
    lines = [f"{row},{cell}" for row, cell in zip(rows, versions, strict=True)]
    return "\n".join([f"{header},versions", *lines]) + "\n"


def versions_said(report: Report) -> dict[str, bool]:
    """Of each format whether it says that the trials differ in Keras's version."""
    words = "differ in what trained them, and may differ for that alone: "
    words += "12 trials with keras 3.11.0; 18 trials with keras 3.12.0."
    texts = {form.name: " ".join(form.text(report).split()) for form in Format}
    return {name: words in text for name, text in texts.items()}


@pytest.mark.parametrize("grid", [False, True])
def test_every_format_says_where_trials_differ_in_their_versions(
    tmp_path: Path, grid: bool
) -> None:
    text = table(SCORES, metric="accuracy")
    path = tmp_path / "trials.csv"
    path.write_text(with_versions(text, [OLD] * 12 + [NEW] * 18))
    report = Report(compared(path), grid=grid)
    assert versions_said(report) == dict.fromkeys(versions_said(report), True)
    assert [record["note"][:12] for record in report.records] == ["These trials"] * 3
    for same in (with_versions(text, [NEW] * 30), text):
        path.write_text(same)
        report = Report(compared(path), grid=grid)
        assert not any("what trained them" in form.text(report) for form in Format)
        assert "note" not in report.columns


def test_two_runs_of_different_versions_say_so(tmp_path: Path) -> None:
    text = table(SCORES, metric="accuracy")
    for name, version in (("before.csv", OLD), ("after.csv", NEW)):
        (tmp_path / name).write_text(with_versions(text, [version] * 30))
    report = make_report([tmp_path / "after.csv"], Question(), tmp_path / "before.csv")
    (line,) = [line for line in remarks(report.blocks[0]) if "what trained them" in line]
    assert "30 trials with keras 3.11.0; 30 trials with keras 3.12.0." in line
    (tmp_path / "after.csv").write_text(with_versions(text, [""] * 12 + [NEW] * 18))
    report = make_report([tmp_path / "after.csv"], Question())
    assert "12 trials with versions that were not recorded" in markdown_text(report)


def test_an_arm_that_learned_nothing_does_not_lead(tmp_path: Path) -> None:
    notes = {name: dict.fromkeys(range(10), "at chance") for name in ("linear", "relu")}
    scores = {name: [0.36] * 10 for name in notes}
    (tmp_path / "trials.csv").write_text(with_notes(table(scores, metric="accuracy"), notes))
    words = headline(compared(tmp_path / "trials.csv"))
    assert words.startswith("No arm leads in test accuracy")
    assert "linear and relu, of the first rank, learned nothing that chance does not give" in words
    one_seed = {name: values[:1] for name, values in scores.items()}
    few = {name: {0: "at chance"} for name in notes}
    (tmp_path / "trials.csv").write_text(with_notes(table(one_seed, metric="accuracy"), few))
    words = headline(compared(tmp_path / "trials.csv"))
    assert "linear (not shown to be better than chance on 1 of 1) has the best score" in words


@pytest.mark.parametrize(("last", "far"), [(35 / 36, False), (30 / 36, True)])
def test_one_test_row_sets_no_seed_far_from_its_others(
    last: float, far: bool, tmp_path: Path
) -> None:
    scores = {"linear": [1.0] * 7 + [last], "relu": [34 / 36, 33 / 36] * 4}
    (tmp_path / "trials.csv").write_text(table(scores, metric="accuracy"))
    lines = list(remarks(one(tmp_path / "trials.csv")))
    assert ("Look at linear: seed 7 far from its others (kept)." in lines) == far
