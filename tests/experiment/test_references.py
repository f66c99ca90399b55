"""Reference scores, against scikit-learn's own models fitted here on the same arrays."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import balanced_accuracy_score, log_loss, roc_auc_score

from actbench import experiment
from actbench.data import DatasetRequest, from_catalogue, load
from actbench.data.dataset import Dataset, Rows
from actbench.experiment import Progress, references
from actbench.experiment.references import MOST_ROWS, reference_scores
from actbench.results import ResultsFolder
from actbench.results.references import read_references
from actbench.spec import Experiment
from tests.experiment.tables import rows


def scores(data: Dataset, metrics: list[str], loss: str | None = None) -> dict[str, float]:
    """Reference scores by "model metric"."""
    return {f"{r.model} {r.metric}": r.score for r in reference_scores(data, metrics, loss)}


def test_a_regression() -> None:
    data = load(DatasetRequest(from_catalogue("diabetes")))
    y, test = data.train.y.astype(float), data.test.y.astype(float)
    errors = test - Ridge(alpha=1).fit(data.train.x.astype(float), y).predict(data.test.x)
    assert scores(data, ["mae", "rmse"], "mse") == pytest.approx(
        {
            "constant mae": np.abs(test - np.median(y)).mean(),
            "linear mae": np.abs(errors).mean(),
            "constant rmse": np.sqrt(((test - y.mean()) ** 2).mean()),
            "linear rmse": np.sqrt((errors**2).mean()),
            "constant loss": ((test - y.mean()) ** 2).mean(),
            "linear loss": (errors**2).mean(),
        },
        rel=1e-6,
    )


def test_two_classes() -> None:
    data = load(DatasetRequest(from_catalogue("breast_cancer")))
    x, y, test = data.train.x.astype(float), data.train.y, data.test.y
    linear = LogisticRegression(C=1, max_iter=1000).fit(x, y)
    p = linear.predict_proba(data.test.x)[:, 1]
    commonest = np.bincount(y).argmax()
    assert scores(data, ["accuracy", "auc"], "binary_crossentropy") == pytest.approx(
        {
            "constant accuracy": (test == commonest).mean(),
            "linear accuracy": ((p > 0.5) == test).mean(),
            "constant auc": 0.5,
            "linear auc": roc_auc_score(test, p),
            "constant loss": log_loss(test, np.full(len(test), y.mean())),
            "linear loss": log_loss(test, p),
        },
        rel=1e-6,
    )


def test_several_classes_of_images() -> None:
    data = load(DatasetRequest(from_catalogue("digits")))
    x, test_x = (rows.x.reshape(len(rows), -1) * data.scale for rows in (data.train, data.test))
    linear = LogisticRegression(C=1, max_iter=1000).fit(x, data.train.y)
    found = scores(data, ["accuracy", "balanced_accuracy"], "sparse_categorical_crossentropy")
    assert found["linear accuracy"] == pytest.approx((linear.predict(test_x) == data.test.y).mean())
    assert found["linear balanced_accuracy"] == pytest.approx(
        balanced_accuracy_score(data.test.y, linear.predict(test_x))
    )
    assert found["linear loss"] == pytest.approx(
        log_loss(data.test.y, linear.predict_proba(test_x)), rel=1e-6
    )
    assert found["constant balanced_accuracy"] == pytest.approx(0.1)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["multi_hot", "sequence"])
def test_a_text_is_the_set_of_its_words(encoding: str, shared_datasets: Path) -> None:
    """Both encodings hold the same words, so the linear model is the same."""
    options = {"num_words": 100, "encoding": encoding, "maxlen": 3000, "train_limit": 300}
    data = load(DatasetRequest(from_catalogue("reuters"), **options), shared_datasets)
    words = np.zeros((len(data.train), 100))
    for row, text in zip(words, data.train.x, strict=True):
        row[np.flatnonzero(text) if encoding == "multi_hot" else text[text > 0]] = 1
    linear = LogisticRegression(C=1, max_iter=1000).fit(words, data.train.y)
    test = np.zeros((len(data.test), 100))
    for row, text in zip(test, data.test.x, strict=True):
        row[np.flatnonzero(text) if encoding == "multi_hot" else text[text > 0]] = 1
    expected = (linear.predict(test) == data.test.y).mean()
    assert scores(data, ["accuracy"])["linear accuracy"] == pytest.approx(expected)


def made(y: np.ndarray, test_y: np.ndarray, classes: int) -> Dataset:
    """A table whose only column is noise."""
    generator = np.random.default_rng(0)
    train, test = (
        Rows(generator.normal(size=(len(part), 1)).astype("float32"), part) for part in (y, test_y)
    )
    task = "regression" if not classes else "binary" if classes == 2 else "multiclass"
    return Dataset("made", task, classes, train, None, test, 1.0, 0, "0", "made")


def test_a_linear_model_sees_ten_thousand_rows_at_most() -> None:
    data = made(np.arange(MOST_ROWS + 1, dtype="float32"), np.zeros(5, "float32"), 0)
    rows = {r.model: r.train_rows for r in reference_scores(data, ["mae"])}
    assert rows == {"constant": MOST_ROWS + 1, "linear": MOST_ROWS}


def test_a_class_that_only_the_test_rows_have_costs_a_finite_loss() -> None:
    data = made(np.array([0, 1] * 10, "uint8"), np.array([0, 1, 2], "uint8"), 3)
    found = scores(data, ["accuracy"], "categorical_crossentropy")
    assert np.isfinite(list(found.values())).all()
    assert found["constant loss"] > 10  # the unseen class has a probability of nearly 0


def test_metrics_without_a_reference_score_are_left_out() -> None:
    data = load(DatasetRequest(from_catalogue("wine")))
    assert reference_scores(data, ["top_5_accuracy"], "categorical_hinge") == ()


def test_a_run_keeps_them_beside_its_tables(trained: ResultsFolder) -> None:
    data = load(DatasetRequest(from_catalogue("boston_housing")))
    y, test = data.train.y.astype(float), data.test.y.astype(float)
    linear = Ridge(alpha=1).fit(data.train.x.astype(float), y)
    kept = {(one.model, one.metric): one for one in read_references(trained)}
    assert kept["linear", "mae"].score == pytest.approx(
        np.abs(test - linear.predict(data.test.x)).mean(), rel=1e-6
    )
    assert kept["constant", "loss"].score == pytest.approx(((test - y.mean()) ** 2).mean())
    assert {one.dataset for one in kept.values()} == {"boston_housing"}
    assert kept["linear", "mae"].train_rows == 404


def test_they_are_computed_once_and_anew_for_other_rows(
    small: Callable[..., Experiment],
    trained: ResultsFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = trained.references.read_bytes()
    monkeypatch.setattr(references, "reference_scores", lambda *_: 1 / 0)
    experiment.run(small("seeds=4"), tmp_path, Progress())
    assert trained.references.read_bytes() == before
    monkeypatch.undo()
    experiment.run(small("seeds=1", "dataset.validation=0.5"), tmp_path, Progress())
    assert {row["train_rows"] for row in rows(trained.references)} == {"202"}


def test_trials_stand_where_no_reference_score_could_be_computed(
    small: Callable[..., Experiment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[str] = []

    class Notes(Progress):
        def note(self, words: str) -> None:
            notes.append(words)

    monkeypatch.setattr(references, "reference_scores", lambda *_: 1 / 0)
    result = experiment.run(small("seeds=1"), tmp_path, Notes())
    assert len(rows(result.folder.trials)) == 2
    assert not result.folder.references.exists()
    assert notes == ["no reference scores (ZeroDivisionError: division by zero)"]


@pytest.mark.parametrize(
    "text",
    ["", "dataset,model\n", "\x00", "dataset,model,metric,score,train_rows,data\na,b,c,nan,1,d\n"],
)
def test_a_damaged_table_counts_as_none(text: str, tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    folder.references.write_text(text, encoding="utf-8")
    assert read_references(folder) == ()
