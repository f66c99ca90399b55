"""Reference scores: what models without any activation reach on the same test rows.

The best constant shows whether an arm learned anything, and a linear model whether a network was
worth the trouble. Both are scikit-learn's, fitted to training rows and scored on the test rows.
"""

import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import numpy as np

from actbench.data import DatasetRequest, load, loader
from actbench.data.arrays import Array, release_memory
from actbench.data.dataset import Dataset
from actbench.experiment.plan import Plan
from actbench.experiment.trials import short_digest
from actbench.results.references import Reference
from actbench.spec.dataset import DatasetChoice

MOST_ROWS = 10_000  # training rows of a linear model, drawn at random where there are more
VERSION = 1  # raised when a change here changes the scores


def references_of(
    plan: Plan, data_dir: Path | None, former: Sequence[Reference] = ()
) -> list[Reference]:
    """The reference scores of every data set of a plan, the mean where it has several splits.

    `former`: scores of an earlier run, which stand where they are of the same rows.

    Raises:
        DataError: a data set is missing or damaged.
    """
    references: list[Reference] = []
    for choice in plan.experiment.dataset:
        cells = [cell for block in plan.blocks for cell in block.cells if cell.dataset == choice]
        metrics = dict.fromkeys(metric for cell in cells for metric in cell.metrics)
        losses = dict.fromkeys(cell.loss for cell in cells)
        requests = plan.experiment.requests(choice)
        splits = [asdict(request.split) for request in requests if request.split]
        digest = plan.sources[choice.info].digest
        rows = _identity(choice, digest, [*metrics, *losses], splits)
        if known := [one for one in former if (one.dataset, one.data) == (choice.label, rows)]:
            references += known
            continue
        own_unit = len(losses) == 1 and choice.request.target_scale is None
        loss = next(iter(losses)) if own_unit else None  # else the loss is of scaled targets
        datasets = _datasets(choice, requests, data_dir)
        scores = [reference_scores(dataset, list(metrics), loss) for dataset in datasets]
        means = (_mean(of_splits) for of_splits in zip(*scores, strict=True))
        references += [Reference(choice.label, *one, rows) for one in means]
    release_memory()
    return references


def _datasets(
    choice: DatasetChoice, requests: Sequence[DatasetRequest], data_dir: Path | None
) -> Iterator[Dataset]:
    """The data set in each of its splits; its source is read once."""
    if len(requests) == 1:
        yield load(requests[0], data_dir)
    else:
        yield from map(loader(choice.info, data_dir), requests)


def _mean(scores: Sequence["Score"]) -> "Score":
    """The mean of one score over the splits."""
    number = len(scores)
    rows = round(sum(one.train_rows for one in scores) / number)
    return scores[0]._replace(score=sum(one.score for one in scores) / number, train_rows=rows)


def in_background(work: Callable[[], list[Reference]]) -> Future[list[Reference]]:
    """Begin some work in a thread, on one core, while training goes on in other processes.

    The thread ends with the process: nobody waits for it after an interrupt.
    """
    future: Future[list[Reference]] = Future()

    def run() -> None:
        try:
            from threadpoolctl import threadpool_limits

            with threadpool_limits(1):
                future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future


def _identity(
    choice: DatasetChoice, digest: str, metrics: Sequence[str], splits: Sequence[dict[str, Any]]
) -> str:
    values = [VERSION, choice.identity, digest, list(metrics), *([splits] if splits else [])]
    text = json.dumps(values, sort_keys=True)
    return short_digest(text)


class Score(NamedTuple):
    """A score on the test rows: of "constant" or "linear", fitted to so many training rows."""

    model: str
    metric: str
    score: float
    train_rows: int


def reference_scores(
    data: Dataset, metrics: Sequence[str], loss: str | None = None
) -> tuple[Score, ...]:
    """Scores of the best constant and of a linear model on the test rows of a data set.

    The constant is the mean of the training targets, their median for `mae`, the commonest class,
    or for a cross-entropy the shares of the classes. The linear model is `Ridge(alpha=1)` or
    `LogisticRegression(C=1, max_iter=1000)` on the inputs as a network sees them (images as rows
    of pixels, word ranks as the set of words that occur).

    `metrics`: names in a spec; those that have no reference score are left out. `loss`: the name
    of a loss, scored as the metric "loss" where it has one.

    >>> from actbench.data import DatasetRequest, from_catalogue, load
    >>> wine = load(DatasetRequest(from_catalogue("wine")))
    >>> for one in reference_scores(wine, ["accuracy"]):
    ...     print(one.model, round(one.score, 3))
    constant 0.222
    linear 1.0
    """
    names = {**{name: name for name in metrics}, **({"loss": loss} if loss else {})}
    scorers = {n: _SCORERS[data.task][m] for n, m in names.items() if m in _SCORERS[data.task]}
    if not scorers:
        return ()
    y, true = _targets(data, data.train.y), _targets(data, data.test.y)
    chosen = _at_most(MOST_ROWS, len(y))
    x, test = _inputs(data, data.train.x[chosen]), _inputs(data, data.test.x)
    with warnings.catch_warnings(action="ignore"):  # a model that has not quite converged will do
        linear = _linear(data).fit(x, y[chosen])
    scores: list[Score] = []
    for name, score in scorers.items():
        constant = _constant(data, names[name]).fit(np.zeros((len(y), 1)), y)
        scores += [
            Score("constant", name, score(constant, np.zeros((len(true), 1)), true), len(y)),
            Score("linear", name, score(linear, test, true), len(chosen)),
        ]
    return tuple(scores)


def _targets(data: Dataset, y: Array) -> Array:
    return y.astype(np.float64) if data.task == "regression" else y


def _inputs(data: Dataset, x: Array) -> Any:
    """Inputs as a network sees them, one row each.

    Word ranks, and bytes that are taken as they are (the words that occur), become sparse.
    """
    if data.vocabulary:
        return _words(x, data.vocabulary)
    rows = x.reshape(len(x), -1)
    if rows.dtype == np.uint8 and data.scale == 1:
        from scipy.sparse import csr_array

        return csr_array(rows, dtype=np.float64)
    return rows.astype(np.float64) * data.scale


def _words(ranks: Array, vocabulary: int) -> Any:
    """Sparse rows of 0 and 1: which words occur; 0 is padding and no word."""
    from scipy.sparse import csr_array

    row, column = np.nonzero(ranks)
    words = csr_array((np.ones(len(row)), (row, ranks[row, column])), (len(ranks), vocabulary))
    words.data[:] = 1.0
    return words


def _at_most(most: int, rows: int) -> Array:
    """The numbers of all rows, or of that many drawn at random, always the same."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))


def _constant(data: Dataset, metric: str) -> Any:
    from sklearn.dummy import DummyClassifier, DummyRegressor

    if data.task == "regression":
        return DummyRegressor(strategy="median" if metric == "mae" else "mean")
    return DummyClassifier(strategy="prior")  # predicts the commonest class, and the shares


def _linear(data: Dataset) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge

    return Ridge(alpha=1) if data.task == "regression" else LogisticRegression(C=1, max_iter=1000)


def _of_prediction(name: str, **options: Any) -> Callable[..., float]:
    def score(model: Any, x: Any, y: Array) -> float:
        from sklearn import metrics

        return float(getattr(metrics, name)(y, model.predict(x), **options))

    return score


def _cross_entropy(model: Any, x: Any, y: Array) -> float:
    """The mean of −log of the probability of the true class, also where training rows lack one."""
    p = np.zeros(len(y))
    for column, shares in zip(model.classes_, model.predict_proba(x).T, strict=True):
        p[y == column] = shares[y == column]
    return float(-np.log(np.maximum(p, np.finfo(np.float64).eps)).mean())


def _auc(model: Any, x: Any, y: Array) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(y, model.predict_proba(x)[:, 1]))


_ACCURACIES = {
    "accuracy": _of_prediction("accuracy_score"),
    "balanced_accuracy": _of_prediction("balanced_accuracy_score"),
}
# Of each task the metrics that have a reference score, and how a fitted model is scored.
_SCORERS: Mapping[str, Mapping[str, Callable[..., float]]] = {
    "regression": {
        "mae": _of_prediction("mean_absolute_error"),
        "mse": _of_prediction("mean_squared_error"),
        "rmse": _of_prediction("root_mean_squared_error"),
        "r2": _of_prediction("r2_score"),
    },
    "binary": {
        **_ACCURACIES,
        "auc": _auc,
        "precision": _of_prediction("precision_score", zero_division=0.0),
        "recall": _of_prediction("recall_score", zero_division=0.0),
        "binary_crossentropy": _cross_entropy,
    },
    "multiclass": {
        **_ACCURACIES,
        "categorical_crossentropy": _cross_entropy,
        "sparse_categorical_crossentropy": _cross_entropy,
    },
}
