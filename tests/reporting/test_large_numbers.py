"""Scores up to the largest float in every format: short words, valid JSON, no overflow."""

import json
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from actbench.reporting.formats import Format
from actbench.reporting.report import Report
from actbench.reporting.rows import decimals_for, signed, with_spread
from actbench.reporting.sentences import rows_behind
from actbench.results.reading import read_trials
from tests.reporting.conftest import compared, table

LARGEST = sys.float_info.max
TABLES = {
    "the largest": {"relu": [LARGEST] * 8, "tanh": [-LARGEST] * 8, "elu": [0.0, 1e308] * 4},
    "large and small": {"relu": [1e308, 1.0] * 4, "tanh": [5e-324, 1e200] * 4, "elu": [1.0] * 8},
    "small": {"relu": [5e-324] * 8, "tanh": [1e-300, -1e-300] * 4, "elu": [0.0] * 8},
}


@pytest.fixture(autouse=True)
def _no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("grid", [False, True])
@pytest.mark.parametrize("scores", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("rope", [None, 5e-324, 1e308])
def test_every_format_prints_large_scores_in_few_characters(
    scores: dict[str, list[float]], rope: float | None, grid: bool, tmp_path: Path
) -> None:
    path = tmp_path / "trials.csv"
    path.write_text(table(dict.fromkeys(scores, [0.5] * 8)))
    frame = read_trials(path).frame.assign(test_mae=np.concatenate(list(scores.values())))
    for options in ({}, {"all_pairs": True}):
        report = Report(compared(frame, metrics=("mae",), rope=rope, **options), grid=grid)
        for form in Format:
            text = form.text(report)
            words = re.split(r"[\s,|&]+", text)
            assert max(map(len, words)) < 50
            assert not {"inf", "-inf", "+inf", "nan"} & {*words}
        json.loads(Format.json.text(report), parse_constant=lambda word: pytest.fail(word))


def test_numbers_of_every_size_take_few_characters() -> None:
    assert with_spread(1e308, 1e307) == "1e+308 ± 1e+307"
    assert with_spread(-LARGEST, None) == "-1.798e+308"
    assert signed(-1e300, 6) == "−1e+300"
    assert (signed(-0.0, 2), signed(0.0, 2), signed(-0.001, 2)) == ("−0.00", "+0.00", "−0.00")
    assert with_spread(123456789012.0, 1234.0) == "123456789012 ± 1234"
    assert decimals_for(float("inf"), 1.0) == 0


def test_a_small_rope_asks_for_no_more_rows_than_there_can_be() -> None:
    accuracies = np.array([[110 / 114, 109 / 114], [105 / 114, np.nan]])
    for rope in (5e-324, 1e-12):
        assert rows_behind(accuracies, rope) == 114
