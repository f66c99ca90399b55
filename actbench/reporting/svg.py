"""Charts as SVG for a page.

Across, everything stands at a percentage of the width, so that a figure fills a telephone or a
wide screen with its dots and letters at one size. Colours are the page's own, by class.
"""

from collections.abc import Iterator, Sequence

from actbench.reporting.charts import SIGNS, Axis, DotChart, DotRow, Line, Panel, PanelChart, number
from actbench.reporting.markup import Markup, element

_DOTS, _SPREAD = 14, (0, 4, -4, 2, -2, 6, -6)  # pixels: the middle of the dots, and around it
_SPAN, _APART = 27, 8  # pixels: the first interval, and from one to the next
_PANEL_HEIGHT, _LETTERS = 96, 12  # pixels: a panel, and a line of text


def dot_rows(chart: DotChart) -> Markup:
    """A chart as rows of HTML: the name of the arm, its dots, its verdict; below them the axis."""
    return element(
        "div",
        *(_row(chart, row) for row in chart.rows),
        element("div", _axis(chart), class_="row axis"),
        class_="dots",
    )


def _row(chart: DotChart, row: DotRow) -> Markup:
    verdict = element("span", f"{SIGNS[row.tone]} {row.verdict}", class_=f"verdict {row.tone}")
    return element(
        "div",
        element(
            "div",
            element("bdi", row.label, class_="arm"),
            element("span", row.remark, class_="remark") if row.remark else None,
        ),
        _strip(chart, row),
        verdict if row.verdict else element("span", row.words, class_="verdict none"),
        class_="row",
    )


def _strip(chart: DotChart, row: DotRow) -> Markup:
    height = _SPAN + _APART * max(1, len(row.spans))
    middle = _SPAN if not row.spans else _SPAN + _APART * (len(row.spans) - 1) / 2
    title = f"{row.label}: {row.words}{f'; {row.verdict}' if row.verdict else ''}"
    return element(
        "svg",
        element("title", title),
        *_behind(chart),
        *_dots(chart.axis, row),
        *(_span(chart.axis, row, i) for i in range(len(row.spans))),
        None if row.mean is None else _mean(chart.axis, row.mean, middle),
        role="img",
        class_=f"strip {row.tone}",
        height=height,  # at least: beside a name of several lines the row is higher
    )


def _behind(chart: DotChart) -> Iterator[Markup]:
    """The band, the lines, and zero where differences are shown."""
    if chart.band:
        low, high = (min(max(chart.axis.share(end), 0), 1) for end in chart.band)
        yield element(
            "rect", x=_percent(low), width=_percent(high - low), y=0, height="100%", class_="band"
        )
    if chart.axis.low < 0 < chart.axis.high:
        yield _upright(chart.axis, 0, "0", "100%", "zero")
    for i, (_, value) in enumerate(chart.lines):
        if chart.axis.low <= value <= chart.axis.high:
            yield _upright(chart.axis, value, "0", "100%", f"line line{i}")


def _dots(axis: Axis, row: DotRow) -> Iterator[Markup]:
    for i, dot in enumerate(row.dots):
        yield element(
            "circle",
            element("title", f"{dot.name}: {number(dot.value)}"),
            cx=_percent(axis.share(dot.value)),
            cy=_DOTS + _SPREAD[i % len(_SPREAD)],
            r=3,
        )
    for seeds, at, sign, who in (
        (row.lost, "0", "◂", "it"),
        (row.won, "100%", "▸", "the baseline"),
    ):
        if seeds:
            words = f"{who} diverged on seed {', '.join(map(str, seeds))}"
            yield element(
                "text",
                element("title", words),
                f"{sign}{len(seeds)}" if at == "0" else f"{len(seeds)}{sign}",
                x=at,
                y=_DOTS + 4,
                class_="lost" if at == "0" else "lost end",
            )


def _span(axis: Axis, row: DotRow, i: int) -> Markup:
    span, y = row.spans[i], _SPAN + _APART * i
    return element(
        "line",
        element("title", f"interval for {span.scope}: {span.words}"),
        x1=_percent(axis.share(span.low)),
        x2=_percent(axis.share(span.high)),
        y1=y,
        y2=y,
        class_=f"span scope-{span.scope}",
    )


def _mean(axis: Axis, value: float, middle: float) -> Markup:
    return _upright(axis, value, f"{middle - 6:g}", f"{middle + 6:g}", "mean")


def _upright(axis: Axis, value: float, top: str, bottom: str, class_: str) -> Markup:
    x = _percent(axis.share(value))
    return element("line", x1=x, x2=x, y1=top, y2=bottom, class_=class_)


def _axis(chart: DotChart) -> Markup:
    """The numbers below the rows; those at the ends do not leave the figure."""
    shown = chart.axis.ticks
    ticks = []
    for i, value in enumerate(shown):
        share = chart.axis.share(value)
        side = " start" if share < 0.06 else " end" if share > 0.94 else ""
        odd = " odd" if i % 2 != _parity(shown) else ""
        words = number(value)
        ticks.append(_upright(chart.axis, value, "0", "5", "tick"))
        ticks.append(element("text", words, x=_percent(share), y=18, class_=f"number{side}{odd}"))
    return element("svg", *ticks, class_="strip", height=24, aria_hidden="true")


def _parity(ticks: Sequence[float]) -> int:
    """Whether even or odd ticks are kept where there is room for half of them: those with zero."""
    return ticks.index(0.0) % 2 if 0.0 in ticks else 0


def panels(chart: PanelChart) -> Markup:
    """A small multiple for each panel, side by side as the page has room."""
    return element("div", *(_panel(chart, panel) for panel in chart.panels), class_="panels")


def _panel(chart: PanelChart, panel: Panel) -> Markup:
    lines = element(
        "svg",
        *(part for line in panel.lines for part in _line(chart, line)),
        viewBox=f"0 0 100 {_PANEL_HEIGHT}",
        preserveAspectRatio="none",
        width="100%",
        height=_PANEL_HEIGHT,
        overflow="hidden",
        class_="lines",
    )
    drawing = element(
        "svg",
        element("title", f"{panel.label}: {panel.remark or chart.title}"),
        lines,
        *_heights(chart.axis),
        *_positions(chart),
        *(
            element(
                "circle",
                cx=_percent(_across(chart, x) / 100),
                cy=f"{_up(chart.axis, y):.1f}",
                r=4,
                class_="mark",
            )
            for x, y in panel.marks
        ),
        role="img",
        height=_PANEL_HEIGHT + 18,
    )
    return element(
        "div",
        element("bdi", panel.label, class_="arm"),
        drawing,
        element("span", panel.remark, class_="remark") if panel.remark else None,
        class_="panel",
    )


def _heights(axis: Axis) -> Iterator[Markup]:
    """The numbers of the lowest and the highest tick, each above a thin line, or below it at the
    top, so that they stay clear of the name of the arm."""
    for value in (axis.ticks[0], axis.ticks[-1]):
        line = _up(axis, value)
        text = line - 2 if line > _LETTERS else line + _LETTERS
        yield element("line", x1=0, x2="100%", y1=f"{line:.0f}", y2=f"{line:.0f}", class_="level")
        yield element("text", number(value), x=2, y=f"{text:.0f}", class_="number")


def _positions(chart: PanelChart) -> Iterator[Markup]:
    for value, name in chart.across:
        share = _across(chart, value) / 100
        side = " start" if share == 0 else " end" if share == 1 else ""
        yield element("text", name, x=_percent(share), y=_PANEL_HEIGHT + 14, class_=f"number{side}")


def _line(chart: PanelChart, line: Line) -> Iterator[Markup]:
    x = [_across(chart, value) for value in line.x]
    if line.low:
        edges = [*_points(chart, x, line.high), *reversed(_points(chart, x, line.low))]
        yield element("polygon", points=" ".join(edges), class_=f"area {line.kind}")
    if len(x) == 1:  # one point has no line
        yield element("polyline", points=" ".join(_points(chart, [0, 100], [*line.y] * 2)))
        return
    yield element("polyline", points=" ".join(_points(chart, x, line.y)), class_=line.kind)


def _across(chart: PanelChart, value: float) -> float:
    first, last = chart.across[0][0], chart.across[-1][0]
    return 100 * (value - first) / (last - first)


def _up(axis: Axis, value: float) -> float:
    return _PANEL_HEIGHT * (1 - axis.share(value))


def _points(chart: PanelChart, x: Sequence[float], values: Sequence[float]) -> list[str]:
    """The points of a line; those that are far out of view lie just beyond the panel."""
    heights = (min(max(_up(chart.axis, value), -99), 199) for value in values)
    return [f"{a:.4g},{b:.1f}" for a, b in zip(x, heights, strict=True) if b == b]


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"
