"""Tables of runs that were made elsewhere, compared from the command line."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from typer.testing import CliRunner, Result

from actbench.cli import app
from actbench.cli.console import messages
from actbench.errors import ActbenchError
from actbench.statistics import compare, corrected_t

LONG = ["--arm", "model", "--seed", "run", "--score", "accuracy"]
Compare = Callable[..., str]


def table(arms: dict[str, list[float]], *, digits: int = 6) -> str:
    rows = [
        f"{arm},{seed},{score:.{digits}f}"
        for arm, scores in arms.items()
        for seed, score in enumerate(scores)
    ]
    return "\n".join(["model,run,accuracy", *rows]) + "\n"


def arms(seeds: int = 10) -> dict[str, list[float]]:
    random = np.random.default_rng(4)
    shared = random.normal(0.9, 0.01, seeds)
    return {
        name: [round(x, 6) for x in shared + by + random.normal(0, 0.003, seeds)]
        for name, by in (("relu", 0.0), ("gelu", 0.01), ("tanh", -0.001))
    }


@pytest.fixture
def compared(tmp_path: Path) -> Compare:
    """What `compare` prints of a table; or the message it ends with, after `refused: `."""

    def call(text: str, *options: str) -> str:
        file = tmp_path / "runs.csv"
        file.write_text(text)
        messages.cache_clear()  # each call has a standard error of its own
        done: Result = CliRunner().invoke(app, ["compare", str(file), *options])
        if isinstance(done.exception, ActbenchError):
            assert done.exception.exit_code == 2
            return f"refused: {done.exception}"
        assert done.exit_code == 0, done.output
        return done.stdout

    return call


def test_a_long_table_gives_the_statistics_of_its_arrays(compared: Compare) -> None:
    scores = arms()
    rows = list(csv.DictReader(io.StringIO(compared(table(scores), *LONG, "--format", "csv"))))
    truth = compare(list(scores.values()), 0, higher_is_better=True, names=list(scores))
    assert {row["arm"] for row in rows} == {*scores}
    for pair in truth.pairs:
        (row,) = (row for row in rows if row["arm"] == pair.arm)
        assert float(row["p"]) == pair.p
        assert float(row["difference"]) == pytest.approx(pair.difference)
        assert (float(row["low"]), float(row["high"])) == pytest.approx(pair.interval)


def test_long_and_wide_tables_say_the_same(compared: Compare) -> None:
    scores = arms()
    frame = pd.DataFrame(scores).rename_axis("run")
    long = compared(table(scores), *LONG)
    wide = compared(
        frame.to_csv(), "--arm-columns", "relu,gelu,tanh", "--seed", "run", "--score", "accuracy"
    )
    by_seed = compared(
        frame.T.rename_axis("model").to_csv(),
        *("--arm", "model", "--seed-columns", "?", "--score", "accuracy"),
    )
    assert "gelu leads in accuracy on runs, over 10 seeds." in long
    assert long == wide == by_seed


def test_real_cross_validation_is_compared_by_the_corrected_t_test(compared: Compare) -> None:
    search = GridSearchCV(
        MLPClassifier(hidden_layer_sizes=(4,), max_iter=20, random_state=0),
        {"activation": ["identity", "tanh"]},
    )
    with pytest.warns(UserWarning, match="iterations"):
        search.fit(*load_iris(return_X_y=True))
    results = pd.DataFrame(search.cv_results_)
    splits = ("--scope", "splits", "--test-to-train", "0.25")
    words = ("--arm", "param_activation", "--seed-columns", "split*_test_score")
    direction = "--higher-is-better"
    text = compared(results.to_csv(), *words, *splits, direction, "--format", "json")
    (row,) = (row for row in json.loads(text)["comparison"] if row["arm"] == "tanh")
    folds = results[[f"split{i}_test_score" for i in range(5)]].to_numpy(dtype=float)
    truth = corrected_t(folds[1] - folds[0], 0.25)
    assert (row["p"], row["low"], row["high"]) == pytest.approx((truth.p, truth.low, truth.high))


def test_each_block_is_compared_by_itself(compared: Compare) -> None:
    rows = [
        f"{data},{arm},{s},{0.1 * (arm == 'b') * sign + s % 3}"
        for data, sign in (("one", 1), ("two", -1))
        for arm in "ab"
        for s in range(8)
    ]
    text = "\n".join(["data,model,run,err", *rows])
    words = ["--arm", "model", "--seed", "run", "--score", "err", "--block", "data"]
    printed = compared(text, *words, "--lower-is-better")
    assert "a leads in err on one" in printed
    assert "b leads in err on two" in printed
    only = compared(text, *words, "--lower-is-better", "--filter", "data=two")
    assert "on one" not in only
    assert "there is no such column" not in only
    wrong = compared(text, *words, "--lower-is-better", "--filter", "data=three")
    assert "--filter data=three: no trial fits; data is one of one, two" in wrong


def test_rows_are_kept_by_any_column_before_they_are_checked(compared: Compare) -> None:
    text = table(arms()).replace("model,", "status,model,").replace("\n", "\nok,")[:-3]
    text = text.replace("ok,status", "status") + "bad,relu,3,0.1\n"
    assert "has the seed 3 twice" in compared(text, *LONG)
    assert "gelu leads" in compared(text, *LONG, "--filter", "status=ok")


def test_several_columns_name_an_arm(compared: Compare) -> None:
    text = table(arms()).replace("model,", "model,lr,").replace("elu,", "elu,0.1,")
    text = text.replace("tanh,", "tanh,0.2,")
    assert "gelu / 0.1 leads" in compared(text, *LONG, "--arm", "lr")


def test_a_diverged_run_is_the_worst_outcome_of_its_seed(compared: Compare) -> None:
    scores = arms()
    text = table(scores).replace(f"gelu,3,{scores['gelu'][3]:.6f}", "gelu,3,nan")
    assert "1 diverged" in compared(text, *LONG)
    assert "1 missing" in compared(text.replace("gelu,3,nan", "gelu,3,"), *LONG)


def test_accuracies_may_be_percents_so_no_difference_is_too_small_by_default(
    compared: Compare,
) -> None:
    text = table(arms())
    assert "at least" not in compared(text, *LONG)
    assert "by at least 0.001" in compared(text, *LONG, "--rope", "0.001")


def test_unequal_seeds_are_paired_where_both_have_one(compared: Compare) -> None:
    scores = arms()
    del scores["tanh"][7:]
    printed = compared(table(scores), *LONG, "--format", "csv")
    (row,) = (row for row in csv.DictReader(io.StringIO(printed)) if row["arm"] == "tanh")
    truth = compare([scores["relu"][:7], scores["tanh"]], higher_is_better=True)
    assert float(row["difference"]) == pytest.approx(truth.pairs[0].difference)
    assert row["n"] == "7"
    words = " ".join(compared(table(scores), *LONG).split())
    assert "Of 10 seeds on runs, 7 have a run of every arm (relu 10, gelu 10, tanh 7)." in words


def test_no_common_seed_is_refused_or_compared_unpaired(compared: Compare) -> None:
    text = table(arms()).replace("tanh,", "tanh,1")
    words = compared(text, *LONG)
    assert words.startswith("refused: ")
    assert "relu and tanh have no seed in common on runs (0, 1, 2, … against 10, 11" in words
    printed = compared(text, *LONG, "--unpaired")
    assert printed.startswith("Unpaired. Means in accuracy on runs: gelu 0.9")
    assert "unpaired: a permutation test" in printed
    assert "paired by" not in printed


def test_unpaired_arms_need_no_seed_and_no_equal_number_of_runs(compared: Compare) -> None:
    scores = arms()
    del scores["tanh"][6:]
    printed = compared(table(scores), *LONG[:2], *LONG[4:], "--unpaired")
    assert "6 ok " in printed
    assert "missing" not in printed
    diverged = table(scores).replace(f"tanh,3,{scores['tanh'][3]:.6f}", "tanh,3,inf")
    assert "a run that diverged has no mean" in compared(diverged, *LONG, "--unpaired")


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_unpaired_arms_have_no_wins_at_any_width(
    compared: Compare, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    """Not in the table either, nor in the lines below it where it is too wide for the terminal."""
    monkeypatch.setenv("COLUMNS", str(columns))
    printed = compared(table(arms()), *LONG, "--unpaired")
    below = [line for line in printed.splitlines() if line.startswith("  tanh:")]
    assert bool(below) == (columns < 100)
    assert "wins" not in printed
    assert "::" not in printed
    assert ",:" not in printed
    assert "wins" in compared(table(arms()), *LONG)


def test_unpaired_runs_are_no_seeds(compared: Compare) -> None:
    scores = arms()
    scores["tanh"][4] = 0.1
    printed = " ".join(compared(table(scores), *LONG, "--unpaired").split())
    assert "--unpaired: the seeds are not used; the runs of each arm count from 1." in printed
    assert "Look at tanh: run 5 far from its others (kept)." in printed


def test_of_runs_made_elsewhere_the_scores_are_all_that_is_known(compared: Compare) -> None:
    text = "\n".join(line for line in table(arms()).split("\n") if not line.startswith("gelu,3,"))
    assert "gelu (on the 9 of 10 seeds that ended with a score)" in compared(text, *LONG)


FOLDS = """\
model,split0_test_score,split1_test_score,split0_train_score,split1_train_score
relu,0.5,0.6,0.7,0.8
tanh,0.6,0.8,0.9,0.9
"""
FOLD_WORDS = ["--arm", "model", "--score", "accuracy", "--seed-columns"]
REFUSED = {
    "unknown direction": (
        table(arms()).replace("accuracy", "f1"),
        ["--arm", "model", "--seed", "run", "--score", "f1"],
        "the name 'f1' does not say whether more or less of it is better",
    ),
    "a run twice": (
        table(arms()) + "relu,3,0.5\n",
        LONG,
        "the arm relu has the seed 3 twice, on lines 5 and 32.",
    ),
    "text for a score": (
        table(arms()) + "relu,10,n/a\n",
        LONG,
        "runs.csv:32: accuracy: expected a number, got the text 'n/a'",
    ),
    "a word for a score": (
        table(arms()) + "relu,10,crashed\n",
        LONG,
        "put the number back, or leave the cell empty, or use the file",
    ),
    "percents": (
        table(arms()) + "relu,10,83.67%\n",
        LONG,
        "got the text '83.67%'; remove the % signs, from all cells of the column",
    ),
    "means": (
        table({arm: [float(np.mean(scores))] for arm, scores in arms().items()}),
        LONG,
        "each arm has a single score, and a single run or a mean decides nothing",
    ),
    "no such columns": (
        table(arms()),
        ["--arm", "modell", "--seed", "runn", "--score", "x"],
        "--arm modell: there is no such column; did you mean 'model'?; --seed runn: there is no",
    ),
    "no seed": (table(arms()), ["--arm", "model", "--score", "accuracy"], "--seed is missing"),
    "no score": (table(arms()), LONG[:4], "--score is missing"),
    "two shapes": (table(arms()), [*LONG, "--arm-columns", "x"], "--arm and --arm-columns"),
    "no column fits": (
        table(arms()),
        ["--arm-columns", "top*", "--seed", "run"],
        "--arm-columns top*: no column fits",
    ),
    "an empty seed": (table(arms()) + "relu,,0.5\n", LONG, "the name of a seed, got an empty cell"),
    "every run an arm": (
        "model,run,accuracy\n" + "".join(f"a{i // 2},{i % 2},0.5\n" for i in range(2400)),
        LONG,
        "expected at most 1,000 arms in all blocks, got 1,200",
    ),
    "an empty arm": (table(arms()) + ",1,0.5\n", LONG, "got an empty cell (1 row)"),
    "no scores": ("model,run,accuracy\na,1,\nb,1,\n", LONG, "there is no score in the table"),
    "splits of unknown size": (
        table(arms()),
        [*LONG, "--scope", "splits"],
        "--scope splits needs --test-to-train",
    ),
    "a ratio without splits": (table(arms()), [*LONG, "--test-to-train", "0.2"], "goes with"),
    "more test rows than training rows": (
        FOLDS,
        [*FOLD_WORDS, "split*_test_score", "--scope", "splits", "--test-to-train", "10"],
        "above 0 and at most 1, got 10; for k folds it is 1/(k - 1), 0.111 for ten",
    ),
    "folds as seeds": (
        FOLDS,
        [*FOLD_WORDS, "split*_test_score"],
        "split0_test_score looks like a fold of a cross-validation",
    ),
    "test and train": (
        FOLDS,
        [*FOLD_WORDS, "split*_score", "--scope", "splits", "--test-to-train", "0.5"],
        "such as split0_test_score and split0_train_score; use a pattern with 'test' in it",
    ),
    "rows": (table(arms()), [*LONG, "--scope", "rows"], "scores of single rows: the table has"),
    "options of trials": (
        table(arms()),
        [*LONG, "--metric", "mae", "--pivot"],
        "--metric, --pivot",
    ),
    "no options": (table(arms()), [], "name its columns with --arm, --seed and --score"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_compared_is_refused_with_the_reason(name: str, compared: Compare) -> None:
    text, options, words = REFUSED[name]
    message = compared(text, *options)
    assert message.startswith("refused: ")
    assert words in message


def test_columns_named_as_folds_are_seeds_where_the_user_says_so(compared: Compare) -> None:
    words = [*FOLD_WORDS, "split*_test_score", "--scope", "seeds"]
    assert "refused" not in compared(FOLDS, *words)


def test_a_score_that_has_a_meaning_here_is_just_a_score(compared: Compare) -> None:
    text = table(arms()).replace("accuracy", "seconds")
    words = ["--arm", "model", "--seed", "run", "--score", "seconds", "--lower-is-better"]
    assert "score seconds (less is better)" in compared(text, *words)
