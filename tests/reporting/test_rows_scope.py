"""Verdicts about rows like these: from `rows.npz` beside a table, in every format the same."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from actbench.errors import ResultsError
from actbench.reporting.dot_charts import differences_chart
from actbench.reporting.formats import Format
from actbench.reporting.question import Question
from actbench.reporting.report import Report, make_report
from actbench.results import Record, ResultsFolder
from actbench.results.kept_rows import gather_rows, write_rows
from actbench.statistics import rows_effect

ARMS = ("linear", "tanh", "elu")
SEEDS, ROWS = 8, 60
Scores = NDArray[np.float64]


def errors(shift: Sequence[float], row_noise: float = 1.0) -> Scores:
    """Absolute errors, arms x seeds x rows: arms differ by a shift, and row by row."""
    draw = np.random.default_rng(5)
    of_rows = row_noise * draw.normal(size=(len(ARMS), 1, ROWS))
    noise = 0.02 * draw.normal(size=(len(ARMS), SEEDS, ROWS))
    return 5 + np.asarray(shift)[:, None, None] + of_rows + noise


def expecting(folder: Path, *expectations: str) -> None:
    lines = "\n".join(f"  - {{{words}, metric: mae}}" for words in expectations)
    (folder / "spec.yaml").write_text(f"name: made\nexpect:\n{lines}\n")


def written(
    folder: Path,
    scores: Scores,
    *,
    diverged: Sequence[tuple[int, int]] = (),
    without_rows: Sequence[tuple[int, int]] = (),
    metrics: Sequence[str] = ("mae",),
) -> Path:
    """A results folder with these scores. `diverged`, `without_rows`: trials as (arm, seed)."""
    head = "dataset,architecture,hidden,output,seed,status,test_loss,test_mae,test_r2,trial"
    lines, records = [head], []
    for arm, name in enumerate(ARMS):
        for seed in range(SEEDS):
            trial, status = f"{arm}{seed:03}", "diverged" if (arm, seed) in diverged else "ok"
            mean = "" if status == "diverged" else f"{scores[arm, seed].mean()}"
            lines.append(f"boston,mlp(4),relu,{name},{seed},{status},{mean},{mean},{mean},{trial}")
            kept = (arm, seed) not in (*diverged, *without_rows)
            of_rows = scores[arm, seed].astype(np.float32)
            by_metric = dict.fromkeys(metrics, of_rows) if kept else {}
            digest = write_rows(ResultsFolder(folder), trial, by_metric)
            records.append(Record(trial, {}, seed, "d", status, rows=digest))
    (folder / "trials.csv").write_text("\n".join(lines) + "\n")
    gather_rows(ResultsFolder(folder), records)
    return folder / "trials.csv"


def report(table: Path, **options: object) -> Report:
    return make_report([table], Question(metrics=("mae",), **options))  # type: ignore[arg-type]


def pair_of(made: Report, arm: str) -> dict[str, object]:
    return next(record for record in made.records if record["output"] == arm)


def test_the_verdict_about_rows_is_that_of_rows_effect(tmp_path: Path) -> None:
    scores = errors([0.0, 1.0, 0.05])
    made = report(written(tmp_path, scores), scope="rows")
    p_values = []
    for arm in (1, 2):
        d = (scores[0] - scores[arm]).astype(np.float32)
        kept = scores.astype(np.float32).astype(float)
        effect = rows_effect(kept[0] - kept[arm])
        record = pair_of(made, ARMS[arm])
        assert record["difference"] == pytest.approx(d.mean(), rel=1e-5)
        assert (record["low"], record["high"]) == (effect.low, effect.high)
        assert record["p"] == effect.p
        p_values.append(effect.p)
    worse, unclear = (pair_of(made, arm) for arm in ARMS[1:])
    assert worse["p_holm"] == pytest.approx(2 * min(p for p in p_values if p))
    assert (worse["verdict"], unclear["verdict"]) == ("worse", "inconclusive")
    assert {record["scope"] for record in made.records} == {"rows"}


def test_the_default_table_shows_both_intervals_and_says_which_claims_hold(tmp_path: Path) -> None:
    made = report(written(tmp_path, errors([0.0, 1.0, 0.1])))
    tanh, elu = (pair_of(made, arm) for arm in ARMS[1:])
    assert (tanh["verdict"], elu["verdict"]) == ("worse", "worse")
    assert (tanh["rows_verdict"], elu["rows_verdict"]) == ("worse", "inconclusive")
    assert tanh["rows_low"] < tanh["low"]  # type: ignore[operator]
    (printed,) = made.tables
    assert "For rows like these, this holds for tanh; not settled for elu." in printed.caption
    assert printed.heads["rows"] == "rows like these"
    assert "these 8 seeds, on these very test rows; beside it, rows like these 60" in " ".join(
        printed.remarks
    )
    alone = report(written(tmp_path, errors([0.0, 1.0, 0.1])), scope="rows")
    for arm in ARMS[1:]:
        beside, itself = pair_of(made, arm), pair_of(alone, arm)
        for name in ("low", "high", "p_holm", "verdict"):
            assert beside[f"rows_{name}"] == itself[name]


@pytest.mark.parametrize("scope", ["seeds", "rows"])
def test_every_format_agrees(tmp_path: Path, scope: str) -> None:
    made = report(written(tmp_path, errors([0.0, 1.0, 0.1])), scope=scope, rope=0.3)
    column = "verdict" if scope == "rows" else "rows_verdict"
    verdicts = [record[column] for record in json.loads(Format.json.text(made))["comparison"][1:]]
    assert "worse by at least 0.3" in verdicts
    csv, *others = (form.text(made) for form in (Format.csv, Format.markdown, Format.latex))
    assert csv.count("worse by at least 0.3") >= 1
    for text in (*others, Format.table.text(made)):
        assert "tanh" in text
        assert "rows" in text
    interval = made.tables[0].cells[-1]["difference" if scope == "rows" else "rows"]
    assert interval in Format.table.text(made)
    assert interval in Format.markdown.text(made)


def test_a_row_within_the_rope_is_equivalent_for_rows_like_these(tmp_path: Path) -> None:
    made = report(written(tmp_path, errors([0.0, 0.0, 0.0], 0.01)), scope="rows", rope=0.05)
    assert pair_of(made, "tanh")["verdict"] == "practically equivalent: within ±0.05"


def test_where_a_seed_diverged_nothing_is_said_about_rows(tmp_path: Path) -> None:
    table = written(tmp_path, errors([0.0, 1.0, 1.0]), diverged=[(1, 3)])
    made = report(table, scope="rows")
    tanh, elu = (pair_of(made, arm) for arm in ARMS[1:])
    assert str(tanh["verdict"]).startswith("no verdict about rows: 1 seed diverged")
    assert tanh["low"] is None
    assert elu["verdict"] == "worse"
    assert "No verdict about rows: tanh (1 seed diverged" in made.tables[0].caption
    beside = report(table)
    assert "no verdict on tanh (1 seed diverged)" in beside.tables[0].caption
    assert beside.tables[0].cells[-1]["rows"] != ""


def test_trials_without_rows_leave_the_others(tmp_path: Path) -> None:
    scores = errors([0.0, 1.0, 1.0])
    made = report(written(tmp_path, scores, without_rows=[(1, 0), (1, 5)]), scope="rows")
    tanh = pair_of(made, "tanh")
    kept = np.delete(scores, [0, 5], axis=1).astype(np.float32).astype(float)
    assert tanh["trained"] == SEEDS - 2
    assert tanh["low"] == rows_effect(kept[0] - kept[1]).low
    assert "No rows of 2 trials" in " ".join(made.tables[0].remarks)


def test_one_seed_with_rows_says_nothing(tmp_path: Path) -> None:
    without = [(1, seed) for seed in range(1, SEEDS)]
    made = report(written(tmp_path, errors([0, 1, 1]), without_rows=without), scope="rows")
    assert pair_of(made, "tanh")["verdict"] == "no verdict about rows: 1 seed with rows of both"


def test_a_table_without_rows_is_compared_as_ever(tmp_path: Path) -> None:
    table = written(tmp_path, errors([0.0, 1.0, 1.0]))
    with_rows = report(table)
    (tmp_path / "rows.npz").unlink()
    alone = report(table)
    assert "rows_low" not in alone.columns
    assert "rows like these" not in Format.table.text(alone)
    with_rows_too = [{name: r.get(name) for name in alone.columns} for r in with_rows.records]
    assert [{name: r.get(name) for name in alone.columns} for r in alone.records] == with_rows_too
    with pytest.raises(ResultsError, match="--scope rows: no rows were kept"):
        report(table, scope="rows")


def test_damaged_rows_are_told_and_the_rest_is_compared(tmp_path: Path) -> None:
    table = written(tmp_path, errors([0.0, 1.0, 1.0]))
    (tmp_path / "rows.npz").write_bytes(b"PK nothing")
    made = report(table)
    assert "rows.npz: cannot be read" in "".join(made.notes)
    assert pair_of(made, "tanh")["verdict"] == "worse"


def test_a_metric_that_is_no_mean_over_rows_says_so(tmp_path: Path) -> None:
    table = written(tmp_path, errors([0.0, 1.0, 1.0]))
    made = make_report([table], Question(metrics=("r2",)))
    remark = "Nothing is said of rows like these: r2 is no mean over test rows."
    assert remark in made.tables[0].remarks
    with pytest.raises(ResultsError, match="r2 is no mean over test rows"):
        make_report([table], Question(metrics=("r2",), scope="rows"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"part": "train", "scope": "rows"}, "--scope rows is about test rows"),
        ({"scope": "splits"}, "these results have no splits"),
    ],
)
def test_scopes_that_these_results_do_not_have(
    tmp_path: Path, options: dict[str, str], words: str
) -> None:
    table = written(tmp_path, errors([0.0, 1.0, 1.0]))
    with pytest.raises(ResultsError, match=words):
        report(table, **options)


def test_a_pivot_and_an_earlier_run_have_no_other_scope(tmp_path: Path) -> None:
    table = written(tmp_path, errors([0.0, 1.0, 1.0]))
    with pytest.raises(ResultsError, match="--pivot and --scope rows do not go together"):
        make_report([table], Question(scope="rows"), grid=True)
    with pytest.raises(ResultsError, match="--against and --scope rows do not go together"):
        make_report([table], Question(scope="rows"), table)


def test_an_expectation_about_rows_needs_more_than_one_about_these_rows(tmp_path: Path) -> None:
    scores = errors([0.0, 1.0, 0.1])
    table = written(tmp_path, scores, diverged=[(2, 0)])
    tanh = "worse: {output: tanh}, than: {output: linear}"
    expecting(
        tmp_path,
        tanh,
        f"{tanh}, scope: rows",
        f"{tanh}, by: 0.9, scope: rows",
        f"{tanh.replace('worse', 'better')}, scope: rows",
        "worse: {output: elu}, than: {output: linear}, scope: rows",
        f"{tanh}, scope: splits",
    )
    checked = report(table).expectations
    assert [one.finding.status for one in checked] == [
        "supported",
        "supported",
        "undecided",
        "refuted",
        "undecided",
        "undecided",
    ]
    kept = scores.astype(np.float32).astype(float)
    effect = rows_effect(kept[0] - kept[1], 1 - 0.05 / len(checked))
    assert checked[1].finding.interval == (effect.low, effect.high)
    assert checked[1].words.startswith(
        "relu / tanh worse than relu / linear in mae for rows like these: supported: "
    )
    assert checked[4].finding.words == "undecided: no verdict about rows: 1 seed diverged"
    assert "these results have no splits" in checked[5].words


def test_an_equivalence_for_rows_like_these(tmp_path: Path) -> None:
    table = written(tmp_path, errors([0.0, 0.0, 0.0], 0.01))
    arms = "equivalent: {output: tanh}, to: {output: linear}, scope: rows"
    expecting(tmp_path, f"{arms}, within: 0.05", f"{arms}, within: 0.0001")
    assert [e.finding.status for e in report(table).expectations] == ["supported", "undecided"]
    (tmp_path / "rows.npz").unlink()
    assert {e.finding.words for e in report(table).expectations} == {
        "undecided: no verdict about rows: no rows were kept"
    }


def test_the_page_draws_both_intervals(tmp_path: Path) -> None:
    made = report(written(tmp_path, errors([0.0, 1.0, 0.1])))
    chart = differences_chart(made.blocks[0])
    assert chart is not None
    for row in chart.rows:
        record = pair_of(made, row.label)
        seeds, rows = row.spans
        assert (seeds.scope, seeds.low, seeds.high) == ("seeds", record["low"], record["high"])
        assert (rows.scope, rows.low, rows.high) == (
            "rows",
            record["rows_low"],
            record["rows_high"],
        )


@pytest.mark.parametrize(
    ("rule", "words"),
    [("group: customer", "whole groups of customer"), ("last: 0.2, by: date", "by date")],
)
def test_rows_that_were_not_drawn_one_by_one_have_no_verdict(
    tmp_path: Path, rule: str, words: str
) -> None:
    table = written(tmp_path, errors([0.0, 1.0, 0.05]))
    expecting(tmp_path, "worse: {output: tanh}, than: {output: linear}, scope: rows")
    spec = tmp_path / "spec.yaml"
    dataset = f"dataset:\n  - {{name: boston, file: b.csv, test: {{{rule}}}}}\n"
    spec.write_text(spec.read_text() + dataset)
    made = report(table)
    assert not made.blocks[0].shows_rows
    assert words in " ".join(made.tables[0].remarks)
    assert made.expectations[0].finding.status == "undecided"
    assert words in made.expectations[0].words
    with pytest.raises(ResultsError, match=f"--scope rows: .*{words}"):
        report(table, scope="rows")


def test_too_small_to_matter_holds_only_where_rows_like_these_show_it(tmp_path: Path) -> None:
    made = report(written(tmp_path, errors([0.0, 0.05, 0.0], 0.15)), rope=0.08)
    (row,) = (row for row in made.blocks[0].rows if row.cell["output"] == "tanh")
    assert row.pair is not None
    assert row.rows_pair is not None
    assert row.pair.verdict.kind == "negligible"
    assert row.rows_pair.verdict.kind in ("better", "worse")
    assert "For rows like these, not settled for elu and tanh." in made.tables[0].caption
