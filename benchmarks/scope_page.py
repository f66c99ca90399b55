"""The table and the figure of `docs/scope.md`: `python -m benchmarks.scope_page`.

Both come from the committed tables of two shipped specs, which train the same arms in the same
way: `scope_seeds` with twenty seeds on one split, `scope_splits` with three seeds on twenty splits.
"""

import re
from pathlib import Path
from typing import Any

from actbench.reporting.block_report import BlockReport
from actbench.reporting.question import Question
from actbench.reporting.report import make_report
from actbench.reporting.rows import difference_with_interval
from actbench.statistics import Pair
from actbench.wording import Scope
from benchmarks.reference import REFERENCE, REPOSITORY

PAGE = REPOSITORY / "docs" / "scope.md"
FIGURE = REPOSITORY / "docs" / "scope.svg"
SPECS: dict[Scope, str] = {"seeds": "scope_seeds", "rows": "scope_seeds", "splits": "scope_splits"}
HEADS: dict[Scope, str] = {
    "seeds": "20 seeds, these very rows",
    "rows": "rows like these",
    "splits": "20 splits",
}
_COLOURS: dict[Scope, str] = {"seeds": "#1f5fa8", "rows": "#8a5a00", "splits": "#a8324a"}
_TABLE = re.compile(r"<!-- verdicts -->\n(?:.*?)<!-- end -->", re.S)


def main() -> None:
    """Write the table into the page, and draw the figure."""
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    draw(FIGURE)


def blocks_by_scope() -> dict[Scope, tuple[BlockReport, ...]]:
    """The comparisons on every data set, by their scope."""
    return {
        scope: make_report([REFERENCE / name / "trials.csv"], Question(scope=scope)).blocks
        for scope, name in SPECS.items()
    }


def with_table(text: str) -> str:
    """The text with the table of verdicts as the committed tables give it."""
    return _TABLE.sub(lambda _: f"<!-- verdicts -->\n{table()}<!-- end -->", text)


def table() -> str:
    """The verdicts of the three scopes on each arm and data set, in Markdown."""
    lines = [f"| data, metric | against relu | {' | '.join(HEADS.values())} |"]
    lines += ["| --- " * (len(HEADS) + 2) + "|"]
    for same in zip(*blocks_by_scope().values(), strict=True):
        for arm in ("tanh", "silu", "elu"):
            cells = [f"{_verdict(pair_of(block, arm))}" for block in same]
            where = f"{same[0].trials.cell['dataset']}, {same[0].metric}"
            lines.append(f"| {where} | {arm} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def pair_of(block: BlockReport, arm: str) -> Pair:
    """The comparison of an arm with the baseline."""
    (pair,) = (row.pair for row in block.rows if row.label == arm and row.pair)
    return pair


def _verdict(pair: Pair) -> str:
    words = pair.verdict.words.replace("not significant after correction for", "lost to")
    shown = f"**{words}**" if pair.verdict.kind in ("better", "worse") else words
    return f"{shown}; {difference_with_interval(pair)}"


def draw(path: Path) -> None:
    """The intervals of the three scopes on diabetes, and the difference on each of the splits."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "scope", "svg.fonttype": "none", "font.size": 11}
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8.2, 4.4), layout="constrained")
    arms = ("tanh", "silu", "elu")
    for scope, blocks in blocks_by_scope().items():
        for place, arm in enumerate(arms):
            _interval(axes, blocks[0], arm, scope, place)
    axes.axvline(0, color="#444444", linewidth=1)
    axes.set_yticks(range(len(arms)), arms)
    axes.invert_yaxis()
    axes.set_xlabel("← worse      difference to relu in test MAE on diabetes      better →")
    axes.spines[["top", "right"]].set_visible(False)
    handles, labels = axes.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    figure.legend(unique.values(), unique.keys(), loc="outside upper center", ncols=4)
    # White paper of its own, so that the text can be read on a dark page too.
    figure.savefig(path, format="svg", facecolor="white", metadata={"Date": None})
    text = path.read_text(encoding="utf-8")
    path.write_text("".join(f"{line.rstrip()}\n" for line in text.splitlines()), encoding="utf-8")


def _interval(axes: Any, block: BlockReport, arm: str, scope: Scope, place: int) -> None:
    """One bar: the interval of an arm in a scope; and a dot for each split."""
    pair = pair_of(block, arm)
    height = place + 0.22 * (list(SPECS).index(scope) - 1)
    low, high = pair.interval or (0.0, 0.0)
    colour = _COLOURS[scope]
    axes.plot([low, high], [height, height], color=colour, linewidth=4, label=HEADS[scope])
    axes.plot([pair.difference], [height], "|", color=colour, markersize=14, markeredgewidth=2)
    if scope == "splits":
        arms = [names[0] for names in block.trials.arms]
        scores = block.trials.scores(block.metric)
        d = scores[arms.index("relu")] - scores[arms.index(arm)]
        axes.plot(
            d,
            [height + 0.17] * len(d),
            "o",
            color=colour,
            alpha=0.55,
            markersize=5,
            label="one split",
        )


if __name__ == "__main__":
    main()
