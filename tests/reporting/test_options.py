"""The options of a comparison: what they change, and what does not go together."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from scipy import stats
from statsmodels.stats.multitest import multipletests

from actbench.errors import ResultsError
from actbench.reporting.across import across, lines
from actbench.reporting.against import against
from actbench.reporting.best_epoch import at_best_epoch
from actbench.reporting.blocks import BlockReport
from actbench.reporting.comparing import report
from actbench.reporting.expectations import check
from actbench.reporting.filtering import keep
from actbench.reporting.formats import as_csv, as_latex
from actbench.reporting.joining import gather
from actbench.reporting.pivot import cell, pivot_csv
from actbench.reporting.question import Question
from actbench.reporting.summary import overview, paragraph
from actbench.reporting.terminal import print_reports
from actbench.reporting.worse import worse_than_reference
from actbench.results.reading import Trials, read_trials
from actbench.results.side_files import Looks, write_looks
from actbench.spec.expectation import Expectation
from actbench.statistics import student_look_levels
from tests.reporting.conftest import table


def grid(
    folder: Path,
    *,
    hidden: tuple[str, ...] = ("relu", "elu"),
    outputs: tuple[str, ...] = ("linear", "tanh"),
    datasets: tuple[str, ...] = ("boston",),
    seeds: int = 10,
    epochs: int = 5,
    shift: float = 0.0,
    name: str = "trials.csv",
) -> Trials:
    """A grid whose arms differ by one unit for each step, with noise of a tenth."""
    random = np.random.default_rng(3)
    found = ["dataset,architecture,hidden,output,optimizer,epochs,seed,status,test_loss,test_mae"]
    for d in datasets:
        for seed in range(seeds):
            for i, h in enumerate(hidden):
                for j, o in enumerate(outputs):
                    mae = 5 + i + 2 * j + shift + random.normal(0, 0.1)
                    found.append(f"{d},mlp(4),{h},{o},adam,{epochs},{seed},ok,{mae**2},{mae}")
    (folder / name).write_text("\n".join(found) + "\n")
    return read_trials(folder / name)


def one(reports: tuple[BlockReport, ...]) -> BlockReport:
    (block,) = reports
    return block


def test_all_pairs_are_corrected_like_statsmodels_does(tmp_path: Path) -> None:
    block = one(report(grid(tmp_path).frame, Question(all_pairs=True)))
    assert len(block.pairs) == 6
    expected = multipletests([pair.p for pair in block.pairs], method="holm")[1]
    assert [pair.p_holm for pair in block.pairs] == pytest.approx(expected.tolist(), abs=1e-12)
    assert len(as_csv((block,)).splitlines()) == 1 + 4 + 3  # three pairs without the baseline


def test_the_level_of_the_interval_follows_alpha(tmp_path: Path) -> None:
    wide = one(report(grid(tmp_path).frame, Question(alpha=0.01)))
    usual = one(report(grid(tmp_path).frame))
    for a, b in zip(wide.rows, usual.rows, strict=True):
        if a.pair and b.pair and a.pair.interval and b.pair.interval:
            assert a.pair.interval[0] < b.pair.interval[0]
            assert a.pair.interval[1] > b.pair.interval[1]


def test_rope_and_smallest_effect_reach_the_verdict(tmp_path: Path) -> None:
    block = one(report(grid(tmp_path).frame, Question(rope=0.5)))
    words = {row.verdict for row in block.rows if row.pair}
    assert words == {"worse by at least 0.5"}
    scores = {"linear": [1.0, 1.2, 0.9, 1.1, 1.05, 0.8], "tanh": [1.1, 1.0, 1.0, 1.2, 0.9, 0.95]}
    (tmp_path / "t.csv").write_text(table(scores))
    planned = one(report(read_trials(tmp_path / "t.csv").frame, Question(min_effect=0.05)))
    assert (
        "more seeds to detect an effect of 0.05"
        in planned.rows[1].verdict + planned.rows[0].verdict
    )


def test_by_output_compares_within_each_hidden_activation(tmp_path: Path) -> None:
    frame = grid(tmp_path).frame
    blocks = report(frame, Question(by="output"))
    assert [block.cell["hidden"] for block in blocks] == ["relu", "elu"]
    wide = frame[frame.hidden == "elu"].pivot(index="seed", columns="output", values="test_mae")
    pair = next(row.pair for row in blocks[1].rows if row.pair)
    assert pair.difference == pytest.approx((wide["linear"] - wide["tanh"]).mean(), rel=1e-8)
    with pytest.raises(ResultsError, match="--by optimizer: expected several"):
        report(frame, Question(by="optimizer"))


def test_filters_keep_rows_and_name_what_is_not_there(tmp_path: Path) -> None:
    frame = grid(tmp_path).frame
    kept = keep(frame, ["output=tanh", "seed=1", "seed=2"])
    assert kept.equals(frame[(frame.output == "tanh") & frame.seed.isin([1, 2])])
    for text, words in (
        ("output=tahn", "did you mean 'tanh'"),
        ("outptu=tanh", "did you mean 'output'"),
        ("status=ok", "failures are outcomes"),
        ("tanh", "expected column=value"),
        ("test_mae=3", "expected one of the columns"),
    ):
        with pytest.raises(ResultsError, match=words):
            keep(frame, [text])


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (Question(at="best", split="test"), "--at best and --split test do not go together"),
        (Question(alpha=2.0), "--alpha: expected a level between 0 and 1, got 2"),
        (Question(rope=-1.0), "--rope: expected a difference above 0"),
        (Question(min_effect=float("nan")), "--min-effect: expected a difference above 0"),
        (Question(by="output", baseline={"hidden": "relu"}), "--by output do not go together"),
        (Question(metrics=("mae", "loss"), rope=1.0), "name one with --metric"),
        (Question(metrics=("mea",)), "did you mean 'mae'"),
    ],
)
def test_what_does_not_go_together_is_said(question: Question, words: str, tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=words):
        report(grid(tmp_path).frame, question)


def test_another_name_of_an_activation_finds_the_baseline(tmp_path: Path) -> None:
    frame = grid(tmp_path, hidden=("relu", "silu")).frame
    block = one(report(frame, Question(baseline={"hidden": "swish", "output": "tanh"})))
    assert block.arms[block.baseline] == ("silu", "tanh")


def test_the_order_of_the_rows(tmp_path: Path) -> None:
    frame = grid(tmp_path).frame
    means = frame.groupby(["hidden", "output"])["test_mae"].mean().sort_values()
    block = one(report(frame, Question(sort="mean")))
    assert [(r.hidden, r.output) for r in block.rows] == means.index.tolist()
    named = one(report(frame, Question(sort="name")))
    assert [r.hidden for r in named.rows] == ["elu", "elu", "relu", "relu"]


def test_pivot_gives_mean_and_half_the_interval(tmp_path: Path) -> None:
    trials = grid(tmp_path)
    block = one(report(trials.frame))
    seeds, mean, half = cell(block, ("elu", "tanh"))
    scores = trials.frame.query("hidden == 'elu' and output == 'tanh'")["test_mae"]
    assert (seeds, mean) == (10, pytest.approx(scores.mean()))
    # Normal scores: the sign-flip interval is close to Student's.
    student = stats.t.ppf(0.975, 9) * scores.sem()
    assert half == pytest.approx(student, rel=0.25)
    assert len(pivot_csv((block,)).splitlines()) == 5


def test_best_epoch_reads_the_history(tmp_path: Path) -> None:
    head = "dataset,architecture,hidden,output,seed"
    (tmp_path / "trials.csv").write_text(
        f"{head},status,test_loss,val_loss,val_mae,best_epoch,best_val_loss\n"
        "d,a,relu,tanh,0,ok,1,9,9,2,0.5\nd,a,relu,elu,0,ok,1,9,9,1,0.25\n"
    )
    trials = read_trials(tmp_path / "trials.csv")
    frame, notes = at_best_epoch(trials)
    assert frame["val_loss"].tolist() == [0.5, 0.25]
    assert "val_mae" not in frame.columns
    assert "only the loss at the best epoch is known" in notes[0]
    (tmp_path / "history.csv").write_text(
        f"{head},epoch,train_mae,val_loss,val_mae\n"
        "d,a,relu,tanh,0,1,7,0.75,3\nd,a,relu,tanh,0,2,7,0.5,4\n"
        "d,a,relu,elu,0,1,7,0.25,5\nd,a,relu,elu,0,2,7,0.75,6\n"
    )
    frame, notes = at_best_epoch(trials)
    assert frame["val_mae"].tolist() == [4.0, 5.0]
    assert notes == ()
    block = one(report(frame, Question(at="best")))
    assert (block.split, block.metric) == ("val", "mae")


def test_results_are_joined_where_they_belong_together(tmp_path: Path) -> None:
    first = grid(tmp_path, hidden=("relu",))
    second = grid(tmp_path, hidden=("elu",), name="second.csv")
    block = one(report(gather([first, second], Question()).frame))
    assert len(block.arms) == 4
    other = grid(tmp_path, hidden=("gelu",), epochs=9, name="other.csv")
    joined = gather([first, other], Question())
    with pytest.raises(ResultsError, match=r"differ in epochs \(5, 9\).*--mixed"):
        report(joined.frame)
    assert len(one(report(joined.frame, Question(mixed=True))).arms) == 4
    again = grid(tmp_path, hidden=("relu",), shift=1.0, name="again.csv")
    with pytest.raises(ResultsError, match=r"twice with different numbers.*--against"):
        gather([first, again], Question())


def test_other_data_are_not_joined(tmp_path: Path) -> None:
    results = []
    for name, hidden in (("a", "relu"), ("b", "elu")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "environment.json").write_text(
            '{"data": {"boston": {"digest": "%s"}}}' % (name * 64)
        )
        results.append(grid(folder, hidden=(hidden,)))
    with pytest.raises(ResultsError, match=r"different data: boston.*--mixed"):
        gather(results, Question())
    assert gather(results, Question(mixed=True)).frame.shape[0] == 40


def test_two_runs_are_paired_by_arm_and_seed(tmp_path: Path) -> None:
    before = grid(tmp_path, shift=0.0)
    after = grid(tmp_path, shift=-0.5, name="after.csv")
    block = one(against(report(after.frame), report(before.frame), Question()))
    assert block.reference == "before"
    for row in block.rows:
        assert row.pair is not None
        assert row.pair.difference == pytest.approx(0.5, rel=1e-6)
        assert row.pair.p == pytest.approx(2 / 1024)
        assert row.pair.p_holm == pytest.approx(4 * 2 / 1024)
        assert row.before is not None
        assert row.before == pytest.approx((row.mean or 0) + 0.5)
    with pytest.raises(ResultsError, match="no trial in common"):
        other = grid(tmp_path, datasets=("other",), name="other.csv")
        against(report(after.frame), report(other.frame), Question())


def test_six_data_sets_are_ranked_and_tested_and_five_are_not(tmp_path: Path) -> None:
    names = tuple(f"d{i}" for i in range(6))
    frame = grid(tmp_path, datasets=names).frame
    (found,) = across(report(frame), nemenyi=True)
    means = frame.groupby(["dataset", "hidden", "output"])["test_mae"].mean().unstack([1, 2])
    chi2 = stats.friedmanchisquare(*(means[c] for c in means.columns))
    assert found.found.friedman == pytest.approx((chi2.statistic, chi2.pvalue), abs=1e-9)
    assert any("Nemenyi" in line for line in lines(found))
    (few,) = across(report(frame[frame.dataset != "d5"]))
    assert few.found.average_ranks is None
    assert "on these data sets only: 5 are too few" in lines(few)[0]


def test_expectations_are_supported_refuted_and_undecided(tmp_path: Path) -> None:
    said = [
        {"worse": {"output": "tanh"}, "than": {"output": "linear"}, "metric": "mae", "by": 1},
        {"better": {"hidden": "elu"}, "than": {"hidden": "relu"}, "metric": "mae"},
        {"worse": {"output": "tanh"}, "than": {"output": "linear"}, "metric": "mae", "by": 2},
    ]
    hypotheses = [Expectation.model_validate(entry) for entry in said]
    found = check(grid(tmp_path).frame, hypotheses, {})
    assert [e.finding.status for e in found[:4]] == ["supported"] * 2 + ["refuted"] * 2
    assert found[0].sentence == "relu / tanh worse than relu / linear in mae by more than 1"
    assert found[0].finding.level == pytest.approx(1 - 0.05 / 6)
    (few,) = check(grid(tmp_path, hidden=("relu",), seeds=3).frame, hypotheses[:1], {})
    assert few.finding.status == "undecided"
    assert "run at least 6" in few.words


def checked(frame: pd.DataFrame, **said: Any) -> list[tuple[str, str]]:
    found = check(frame, [Expectation.model_validate(said)], {})
    return [(e.sentence, e.finding.status) for e in found]


def test_an_expectation_may_compare_architectures(tmp_path: Path) -> None:
    shallow = grid(tmp_path, outputs=("linear",)).frame
    deep = shallow.assign(architecture="deep", test_mae=shallow["test_mae"] + 3)
    both = pd.concat([shallow, deep], ignore_index=True)
    every = checked(both, worse={"architecture": "deep"}, than={"architecture": "mlp(4)"})
    assert every == [
        (f"{h} / linear / deep worse than {h} / linear / mlp(4) in mae", "supported")
        for h in ("relu", "elu")
    ]
    at = {"architecture": "deep"}
    (one,) = checked(both, better={"hidden": "elu"} | at, than={"hidden": "relu"} | at)
    assert one == ("elu / linear / deep better than relu / linear / deep in mae", "refuted")
    assert len(checked(both, better={"hidden": "elu"}, than={"hidden": "relu"})) == 2


def test_an_expectation_may_be_of_training_rows_or_of_time(tmp_path: Path) -> None:
    frame = grid(tmp_path, outputs=("linear",)).frame
    is_elu = frame["hidden"] == "elu"
    frame = frame.assign(train_mae=9 - frame["test_mae"], train_seconds=2 + is_elu)
    said = {"better": {"hidden": "elu"}, "than": {"hidden": "relu"}}
    assert checked(frame, **said, metric="mae")[0][1] == "refuted"
    (train,) = checked(frame, **said, metric="mae", split="train")
    assert train == ("elu / linear better than relu / linear in train mae", "supported")
    (time,) = checked(frame, **said, metric="seconds")
    assert time == ("elu / linear better than relu / linear in seconds", "refuted")


def test_worse_arms_are_told_and_too_few_seeds_refused(tmp_path: Path) -> None:
    sentences = worse_than_reference(report(grid(tmp_path).frame))
    assert len(sentences) == 3
    assert "is worse than the baseline in mae" in sentences[0]
    best = report(grid(tmp_path).frame, Question(baseline={"hidden": "elu", "output": "tanh"}))
    assert worse_than_reference(best) == ()
    with pytest.raises(ResultsError, match="run at least 7"):
        worse_than_reference(report(grid(tmp_path, seeds=3).frame))


def test_seven_seeds_are_the_fewest_for_three_comparisons(tmp_path: Path) -> None:
    few, enough = (report(grid(tmp_path, seeds=seeds).frame) for seeds in (6, 7))
    with pytest.raises(ResultsError, match="run at least 7"):
        worse_than_reference(few)
    assert len(worse_than_reference(enough)) == 3
    assert "6 seeds cannot decide anything here" in paragraph(one(few))
    assert "cannot decide" not in paragraph(one(enough))


def test_a_run_until_decided_is_judged_at_its_looks_level(tmp_path: Path) -> None:
    write_looks(tmp_path, Looks((10, 20, 30, 40), 0.05, 3, 10))
    gathered = gather([grid(tmp_path)], Question())
    block = one(report(gathered.frame, gathered.question, gathered.looks))
    assert block.alpha == pytest.approx(3 * student_look_levels((10, 20, 30, 40), 0.05 / 3)[0])
    assert block.level == pytest.approx(1 - 0.0179, abs=1e-4)
    assert "look 1 of 4" in gathered.notes[0]
    with pytest.raises(ResultsError, match=r"decided at alpha 0\.05"):
        report(gathered.frame, Question(alpha=0.01), gathered.looks)
    (tmp_path / "looks.json").write_text("{}")
    with pytest.raises(ResultsError, match=r"looks\.json: cannot be read"):
        read_trials(tmp_path / "trials.csv")


def test_the_summary_names_leaders_losers_and_failures(trials: Path) -> None:
    text = paragraph(one(report(read_trials(trials).frame)))
    frame = pd.read_csv(trials)
    wide = frame.pivot_table(index="seed", columns="output", values="test_mae")
    mean = (wide["sigmoid"] - wide["linear"]).mean()
    assert "share the lead in test mae on boston_housing" in text
    assert f"(mean {mean:.2f}," in text
    assert "Worse than the baseline linear: sigmoid by at least" in text
    assert "Diverged: tanh on 2 of 10 seeds." in text
    assert "no difference" not in text


@pytest.mark.parametrize("seeds", [1, 2, 3, 10])
@pytest.mark.parametrize("arms", [1, 2, 8])
def test_the_summary_holds_for_any_number_of_arms_and_seeds(
    seeds: int, arms: int, tmp_path: Path
) -> None:
    names = tuple(f"h{i}" for i in range(arms))
    block = one(report(grid(tmp_path, hidden=names, outputs=("linear",), seeds=seeds).frame))
    text = paragraph(block)
    assert "no difference" not in text
    if arms > 1:
        few = f"{seeds} seeds cannot decide anything here (p cannot go below"
        assert text.startswith({1: "One seed decides nothing", 10: "h0 leads"}.get(seeds, few))
        assert "share the lead" not in text


def test_several_blocks_are_counted(tmp_path: Path) -> None:
    blocks = report(grid(tmp_path, datasets=("a", "b", "c")).frame)
    assert "in the lead or sharing it: relu / linear in 3 of 3" in overview(blocks)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_every_number_is_whole_with_all_pairs_and_long_names(width: int, tmp_path: Path) -> None:
    hidden = ("relu", "leaky_relu(negative_slope=0.02)")
    block = report(grid(tmp_path, hidden=hidden).frame, Question(all_pairs=True, min_effect=0.1))
    console = Console(width=width, file=io.StringIO(), highlight=False, markup=False)
    print_reports(console, block)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert all(len(line.rstrip()) <= width for line in text.splitlines())
    assert "…" not in text
    flat = " ".join(text.split())
    for row in block[0].rows:
        assert f"{row.ok} ok" in flat


def test_latex_has_a_cell_for_every_column(trials: Path) -> None:
    text = as_latex(report(read_trials(trials).frame))
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len(rows) == 5
    assert {line.count(" & ") for line in rows} == {8}
    assert "±" not in text
    assert r"boston\_housing" in text
