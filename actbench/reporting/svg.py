"""Charts as SVG for a page, each with what explains its lines.

Across, everything stands at a percentage of the width, so that a figure fills a telephone or a
wide screen with its dots and letters at one size. Colours are the page's own, by class.
"""

from collections.abc import Iterator, Sequence

from actbench.reporting.charts import (
    SIGNS,
    Axis,
    Dot,
    DotChart,
    DotRow,
    Line,
    Panel,
    PanelChart,
    number,
)
from actbench.reporting.markup import Markup, element

_DOTS, _SPREAD = 14, (0, 4, -4, 2, -2, 6, -6)  # pixels: the middle of the dots, and around it
_SPAN, _APART = 27, 8  # pixels: the first interval, and from one to the next
_PANEL_HEIGHT, _LINE_HEIGHT = 96, 14  # pixels: a panel, and a line of text
_SAMPLE = 28  # pixels: the width of a sample in a legend


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
        *_dots(chart, row),
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
    for i, (_, value) in enumerate(chart.lines_in_view):
        yield _upright(chart.axis, value, "0", "100%", f"line line{i}")


def _dots(chart: DotChart, row: DotRow) -> Iterator[Markup]:
    """The dots in view, and at the ends of the axis arrows for what is not."""
    share = chart.axis.share
    for i, dot in enumerate(row.dots):
        if 0 <= share(dot.value) <= 1:
            yield element(
                "circle",
                element("title", f"{dot.name}: {number(dot.value)}"),
                cx=_percent(share(dot.value)),
                cy=_DOTS + _SPREAD[i % len(_SPREAD)],
                r=3,
            )
    left, right = chart.beyond(row)
    low = [dot for dot in row.dots if share(dot.value) < 0]
    high = [dot for dot in row.dots if share(dot.value) > 1]
    yield from _arrow(left, low, row.lost, "it", x="0", class_="lost")
    yield from _arrow(right, high, row.won, "the baseline", x="100%", class_="lost end")


def _arrow(
    text: str, dots: Sequence[Dot], diverged: Sequence[int], who: str, **place: str
) -> Iterator[Markup]:
    """The text for what is further out, with the numbers of it as a title."""
    words = [f"{who} diverged on seed {', '.join(map(str, diverged))}"] if diverged else []
    words += [f"{dot.name}: {number(dot.value)}" for dot in dots]
    if text:
        yield element("text", element("title", "; ".join(words)), text, y=_DOTS + 4, **place)


def _span(axis: Axis, row: DotRow, i: int) -> Markup | None:
    span, y = row.spans[i], _SPAN + _APART * i
    low, high = (min(max(axis.share(end), 0), 1) for end in (span.low, span.high))
    if low == high in (0, 1):
        return None
    return element(
        "line",
        element("title", f"interval for {span.scope}: {span.words}"),
        x1=_percent(low),
        x2=_percent(high),
        y1=y,
        y2=y,
        class_=f"span scope-{span.scope}",
    )


def _mean(axis: Axis, value: float, middle: float) -> Markup | None:
    if not 0 <= axis.share(value) <= 1:
        return None
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
        *(part for line in panel.lines for part in _line(chart, chart.across_panel(line))),
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
        height=_PANEL_HEIGHT + 2 * _LINE_HEIGHT + 4,
    )
    return element(
        "div",
        element("bdi", panel.label, class_="arm"),
        drawing,
        element("span", panel.remark, class_="remark") if panel.remark else None,
        class_="panel",
    )


def _heights(axis: Axis) -> Iterator[Markup]:
    """The numbers of the lowest and the highest tick, left of their lines.

    They stay clear of the name of the arm above them."""
    for value in (axis.ticks[0], axis.ticks[-1]):
        line = _up(axis, value)
        text = max(line + 4, _LINE_HEIGHT - 4)
        yield element("line", x1=0, x2="100%", y1=f"{line:.0f}", y2=f"{line:.0f}", class_="level")
        yield element("text", number(value), x=-4, y=f"{text:.0f}", class_="number end")


def _positions(chart: PanelChart) -> Iterator[Markup]:
    """The numbers below a panel, and below them what they are of."""
    first = _PANEL_HEIGHT + _LINE_HEIGHT
    for value, name in chart.across:
        share = _across(chart, value) / 100
        side = " start" if share == 0 else " end" if share == 1 else ""
        yield element("text", name, x=_percent(share), y=first, class_=f"number{side}")
    below = first + _LINE_HEIGHT
    yield element("text", chart.across_title, x="50%", y=below, class_="number")


def _line(chart: PanelChart, line: Line) -> Iterator[Markup]:
    x = [_across(chart, value) for value in line.x]
    if line.low:
        edges = [*_points(chart, x, line.high), *reversed(_points(chart, x, line.low))]
        yield element("polygon", points=" ".join(edges), class_=f"area {line.kind}")
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


def legend(samples: Sequence[tuple[str, str]]) -> Markup | None:
    """A sample of each kind of line, area and mark of a chart, with its meaning."""
    if not samples:
        return None
    drawn = (
        element("span", element("svg", _sample(kind), width=_SAMPLE, height=_LINE_HEIGHT), words)
        for kind, words in samples
    )
    return element("p", *drawn, class_="legend lines")


def _sample(kind: str) -> Markup:
    middle = _LINE_HEIGHT // 2
    if kind == "area":
        return element("rect", width=_SAMPLE, height=_LINE_HEIGHT, class_="area end")
    if kind == "mark":
        return element("circle", cx=_SAMPLE // 2, cy=middle, r=4, class_="mark")
    if kind.startswith("line "):
        return element("line", x2=_SAMPLE, y1=middle, y2=middle, class_=kind)
    return element("polyline", points=f"0,{middle} {_SAMPLE},{middle}", class_=kind)


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"
