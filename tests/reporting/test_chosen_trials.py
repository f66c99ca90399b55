"""Several results joined, filtered, and at their best epoch."""

from pathlib import Path

import pytest

from actbench.errors import ResultsError
from actbench.reporting.chosen_trials import at_best_epoch, choose_trials
from actbench.reporting.question import Question
from actbench.results.filters import keep
from actbench.results.reading import read_trials
from tests.reporting.conftest import compared, grid, one


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
    block = one(frame, at="best")
    assert (block.part, block.metric) == ("val", "mae")


def test_results_are_joined_where_they_belong_together(tmp_path: Path) -> None:
    first = grid(tmp_path, hidden=("relu",))
    second = grid(tmp_path, hidden=("elu",), name="second.csv")
    assert len(one(choose_trials([first, second], Question()).frame).rows) == 4
    other = grid(tmp_path, hidden=("gelu",), epochs=9, name="other.csv")
    joined = choose_trials([first, other], Question())
    with pytest.raises(ResultsError, match=r"differ in epochs \(5, 9\).*--filter epochs="):
        compared(joined.frame)
    kept = choose_trials([first, other], Question(filters=("epochs=9",)))
    assert one(kept.frame).trials.arms == (("gelu", "linear"), ("gelu", "tanh"))
    again = grid(tmp_path, hidden=("relu",), shift=1.0, name="again.csv")
    with pytest.raises(ResultsError, match=r"twice with different numbers.*--against"):
        choose_trials([first, again], Question())


def test_other_data_are_not_joined(tmp_path: Path) -> None:
    results = []
    for name, hidden in (("a", "relu"), ("b", "elu")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "environment.json").write_text(
            '{"data": {"boston": {"digest": "%s"}}}' % (name * 64)
        )
        results.append(grid(folder, hidden=(hidden,)))
    with pytest.raises(ResultsError, match=r"different data: boston.*not comparable"):
        choose_trials(results, Question())


def test_other_splits_of_a_file_are_not_joined(tmp_path: Path) -> None:
    results = []
    for name, hidden, test in (("a", "relu", "0.2"), ("b", "elu", "{last: 0.2, by: day}")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "environment.json").write_text(
            '{"data": {"houses": {"digest": "%s"}}}' % (name * 64)
        )
        (folder / "spec.yaml").write_text(f"dataset:\n- {{name: houses, test: {test}}}\n")
        results.append(grid(folder, hidden=(hidden,)))
    words = (
        r'rows: houses is split by `test: 0.2` there and `test: {"last": 0.2, "by": "day"}` here'
    )
    with pytest.raises(ResultsError, match=words):
        choose_trials(results, Question())


def test_a_history_that_lacks_the_best_epoch_is_refused(tmp_path: Path) -> None:
    head = "dataset,architecture,hidden,output,seed"
    (tmp_path / "trials.csv").write_text(
        f"{head},status,test_loss,val_loss,best_epoch,best_val_loss\n"
        "d,a,relu,tanh,0,ok,1,9,2,0.5\nd,a,relu,elu,0,diverged,,,,\n"
    )
    (tmp_path / "history.csv").write_text(f"{head},epoch,val_loss\nd,a,relu,tanh,0,1,0.5\n")
    with pytest.raises(ResultsError, match=r"history\.csv: lacks the best epoch of 1 trial"):
        at_best_epoch(read_trials(tmp_path / "trials.csv"))
