"""Figures for a paper: legible in a column, letters in the file, dots at their numbers."""

import re
from itertools import combinations
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from actbench.errors import ResultsError
from actbench.reporting import figures
from actbench.reporting.charts import Axis, Line, Panel, PanelChart
from actbench.reporting.dot_charts import differences_chart, scores_chart
from actbench.reporting.panel_charts import curves_chart
from actbench.results.reading import read_history
from tests.reporting.conftest import one, table
from tests.reporting.test_page import REFERENCE

MOST_ARMS, LONGEST = 20, 60


@pytest.fixture
def crowded(tmp_path: Path) -> Path:
    """Twenty arms, each with a name of sixty wide letters."""
    random = np.random.default_rng(0)
    names = [f"{i:02d}" + "W" * (LONGEST - 2) for i in range(MOST_ARMS)]
    scores = {name: (5 + i / 9 + random.normal(0, 0.3, 5)).tolist() for i, name in enumerate(names)}
    (tmp_path / "trials.csv").write_text(table(scores))
    return tmp_path / "trials.csv"


@pytest.mark.parametrize("chart_of", [differences_chart, scores_chart])
def test_a_column_of_twenty_long_names_is_legible(crowded: Path, chart_of: object) -> None:
    with figures._style():
        figure = figures._figure([chart_of(one(crowded))])  # type: ignore[operator]
        figure.draw_without_rendering()
        assert figure.get_size_inches()[0] * 2.54 == pytest.approx(8.5)
        texts = [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible()]
        assert min(text.get_fontsize() for text in texts) >= 6
        boxes = [text.get_window_extent().padded(-0.5) for text in texts]
        assert not [1 for one_box, other in combinations(boxes, 2) if one_box.overlaps(other)]
        (ax,) = figure.axes
        assert all(not box.overlaps(ax.bbox.padded(-1)) for box in boxes)
        page = figure.bbox
        assert all(page.x0 <= box.x0 and box.x1 <= page.x1 and box.y0 >= page.y0 for box in boxes)


def test_neighbouring_panels_are_legible_and_their_lines_are_explained() -> None:
    x, low = (-3.0, -1.5), (0.2, 0.4)
    lines = tuple(Line(kind, x, (0.3, 0.5), low, (0.4, 0.6)) for kind in ("train", "val"))
    chart = PanelChart(
        title="Learning rates",
        place="mnist",
        description="",
        axis=Axis.over([0.0, 1.0]),
        across=((-3.0, "0.001"), (-1.5, "0.03162")),
        across_title="learning rate",
        panels=tuple(Panel(f"arm {i}", lines, marks=((-3.0, 0.3),)) for i in range(5)),
        key={"train": "training rows", "val": "validation rows", "end": "not drawn"},
    )
    with figures._style():
        figure = figures._figure([chart, chart])
        figure.draw_without_rendering()
        texts = [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible()]
        assert min(text.get_fontsize() for text in texts) >= 6
        boxes = [text.get_window_extent().padded(-0.5) for text in texts]
        assert not [1 for one_box, other in combinations(boxes, 2) if one_box.overlaps(other)]
        page = figure.bbox
        assert all(page.x0 <= box.x0 and box.x1 <= page.x1 and box.y0 >= page.y0 for box in boxes)
        assert all(not box.overlaps(ax.bbox.padded(-1)) for box in boxes for ax in figure.axes)
    assert {ax.get_xlabel() for ax in figure.axes} == {"learning rate"}
    for legend in figure.legends:
        words = [text.get_text() for text in legend.get_texts()]
        assert words == ["training rows", "validation rows", "middle 80%", "chosen"]
        dashed, solid = (line.get_linestyle() for line in legend.get_lines()[:2])
        assert (dashed, solid) == ("--", "-")


def test_dots_stand_at_the_differences_of_the_seeds() -> None:
    chart = differences_chart(one(REFERENCE / "boston_output" / "trials.csv"))
    assert chart is not None
    figure = Figure()
    FigureCanvasAgg(figure)
    ax = figures.draw_dots(chart, figure.subplots())
    drawn = [dots.get_offsets()[:, 0].tolist() for dots in ax.collections]
    assert drawn == [[dot.value for dot in row.dots] for row in chart.rows]
    assert ax.get_xlim() == (chart.axis.low, chart.axis.high)


def test_files_hold_their_letters_whatever_the_reader_set_and_are_the_same_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(matplotlib.rcParams, "svg.fonttype", "none")
    block = one(REFERENCE / "mnist_selu" / "trials.csv", filters=("architecture=mlp(128-64)",))
    curves = curves_chart(block, read_history(REFERENCE / "mnist_selu" / "history.csv"))
    differences = differences_chart(block)
    assert curves is not None
    assert differences is not None
    for suffix in figures.SUFFIXES:
        files = [tmp_path / f"{name}{suffix}" for name in ("one", "two")]
        for file in files:
            figures.save([differences, curves], file)
        assert files[0].read_bytes() == files[1].read_bytes()
    assert b"/FontFile2" in (tmp_path / "one.pdf").read_bytes()
    assert not re.search(
        r"<text|https?://(?!www.w3.org|purl.org|creativecommons|matplotlib)",
        (tmp_path / "one.svg").read_text(),
    )


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"expected a file ending in .svg, .pdf, .png, got"):
        figures.save([], tmp_path / "figure.gif")
