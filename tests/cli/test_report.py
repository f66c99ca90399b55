"""`actbench report` from the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reporting.conftest import table

SCORES = {"linear": [5.0, 5.1, 5.2, 5.3], "tanh": [6.0, 6.2, 6.1, 6.3]}


def test_the_page_lies_beside_its_table(
    tmp_path: Path, main_here: Callable[..., tuple], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "trials.csv").write_text(table(SCORES))
    monkeypatch.chdir(tmp_path)
    code, out, err = main_here("report", "mine", "--out", ".")
    assert (code, out) == (0, "")
    assert "Page: mine/report.html" in err
    assert "<h1>mine</h1>" in (tmp_path / "mine" / "report.html").read_text()


def test_several_results_go_into_one_page(
    tmp_path: Path, main_here: Callable[..., tuple], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "trials.csv").write_text(table(SCORES))
    monkeypatch.chdir(tmp_path)
    assert main_here("report", "one", "two")[0] == 0
    assert (tmp_path / "report.html").read_text().count("<article") == 2


def test_no_folder_for_the_page(tmp_path: Path, main_here: Callable[..., tuple]) -> None:
    (tmp_path / "trials.csv").write_text(table(SCORES))
    page = tmp_path / "nowhere" / "page.html"
    code, _, err = main_here("report", tmp_path / "trials.csv", "--output", page)
    assert code == 2
    assert f"--output {page}: there is no folder {page.parent}" in err


@pytest.mark.parametrize("kind", ["differences", "scores"])
def test_a_figure_is_drawn(
    tmp_path: Path, main_here: Callable[..., tuple], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trials.csv").write_text(table(SCORES))
    monkeypatch.chdir(tmp_path)
    code, _, err = main_here("plot", "trials.csv", kind, "--output", f"{kind}.pdf")
    assert (code, f"Figure: {kind}.pdf" in err) == (0, True)
    assert (tmp_path / f"{kind}.pdf").read_bytes().startswith(b"%PDF")


def test_curves_need_the_history(tmp_path: Path, main_here: Callable[..., tuple]) -> None:
    (tmp_path / "trials.csv").write_text(table(SCORES))
    code, _, err = main_here("plot", tmp_path / "trials.csv", "curves")
    assert code == 2
    assert f"curves need {tmp_path / 'history.csv'}, which is not there" in err
