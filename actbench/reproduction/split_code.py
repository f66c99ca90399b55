"""The part of a script that says which rows are trained on, validated on and tested on.

It writes out `actbench.data.splits` for the one case at hand.
"""

from actbench.data.dataset_info import DatasetRequest, NumberedSplit, SplitRule

_SHUFFLED = "rows = np.arange({rows})\nnp.random.RandomState({seed}).shuffle(rows)\n"
_OTHERS = "others = rows[~np.isin(rows, test)]\n"
_DRAWN = '''

def drawn(rows, count):
    """`count` of the rows, evenly through {order}."""
{sorted}    return rows[np.diff(np.arange(len(rows) + 1) * count // len(rows)) > 0]


'''
_DRAWN_GROUPS = '''

def drawn(rows, count):
    """The rows of whole groups, in the order in which they turn up: about `count` rows."""
    _, first, group, sizes = np.unique(
        by[rows], return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first)
    number = np.argmin(np.abs(np.cumsum(sizes[order])[:-1] - count)) + 1
    return rows[np.isin(group, order[:number])]


'''
_DRAWN_LAST = '''

def drawn(rows, count):
    """The last `count` rows by time, and all that share the earliest time among them."""
    times = np.sort(by[rows])
    start = times[-count]
    return rows[by[rows] >= start if start > times[0] else by[rows] > start]


'''
_FOLDS = """\
folds = np.arange(len(rows)) % {folds}
{alike}test = rows[folds == {fold}]
"""
_ALIKE = """\
in_order = np.argsort(y[rows], kind="stable")  # of each class alike
folds[in_order] = folds.copy()
"""
_GROUP_FOLDS = """\
_, first, group, sizes = np.unique(
    by[rows], return_index=True, return_inverse=True, return_counts=True
)
folds, load = np.zeros(len(sizes), dtype=int), np.zeros({folds})
for one in np.argsort(first):  # each whole group goes into the fold with the fewest rows
    folds[one] = np.argmin(load)
    load[folds[one]] += sizes[one]
test = rows[folds[group] == {fold}]
"""
_WINDOW = """\
start = np.random.RandomState([113, {number}]).randint({more})  # rows that follow one another
rows = rows[np.isin(rows, np.argsort(by, kind="stable")[start : start + {length}])]
"""


def split_code(request: DatasetRequest) -> str:
    """The lines that set the row numbers `train`, `validation` and `test`.

    They follow those that set `y`, and `by` where the rows are split by a column.
    """
    if request.split is not None:
        return _numbered(request, request.split)
    return _by_rule(request, request.info.test) if request.info.test else _usual(request)


def _usual(request: DatasetRequest) -> str:
    """The split of a set that has its own, as Keras's loaders make it."""
    info, validation = request.info, request.validation_rows
    rows = info.train_rows + info.test_rows
    order = f"rows = np.arange({rows})\n"
    if not info.pre_split:
        order = _SHUFFLED.format(rows=rows, seed=113)
    elif info.kind == "text":
        order = (
            f"rows, last = np.arange({info.train_rows}), np.arange({info.test_rows})\n"
            "for part in (rows, last):\n    np.random.RandomState(113).shuffle(part)\n"
            f"rows = np.concatenate([rows, {info.train_rows} + last])\n"
        )
    return (
        f"{order}train = rows[{validation or ''}:{validation + request.training_rows}]\n"
        f"validation = rows[:{validation}]\ntest = rows[{info.train_rows}:]\n"
    )


def _by_rule(request: DatasetRequest, rule: SplitRule) -> str:
    """The split of a user's file by the rule of its spec."""
    rows = request.info.train_rows + request.info.test_rows
    test = f"test = drawn(rows, {round(rule.fraction * rows)})\n"
    if rule.kind == "column":
        test = "test = rows[by[rows]]\n"
    parts = test + _OTHERS + _validation(str(request.validation_rows))
    # Whole groups and times are about as many rows as were meant; the rest is then cut.
    cut = request.train_limit is not None or rule.kind in ("group", "last")
    limit = f"[:{request.training_rows}]" if cut else ""
    parts += f"train = others[~np.isin(others, validation)]{limit}\n"
    return _SHUFFLED.format(rows="len(y)", seed=113) + _with_function(parts, request, rule)


def _numbered(request: DatasetRequest, split: NumberedSplit) -> str:
    """One of several splits, drawn by its number."""
    usual = request.info.test
    rule = usual if usual is not None and usual.kind in ("group", "last") else SplitRule()
    if folds := split.scheme.folds:
        repeat, fold = divmod(split.number, folds)
        order = _SHUFFLED.format(rows="len(y)", seed=[113, folds, repeat])
        alike = _ALIKE if request.info.classes else ""
        form = _GROUP_FOLDS if rule.kind == "group" else _FOLDS
        parts = form.format(folds=folds, fold=fold, alike=alike)
    else:
        order = _SHUFFLED.format(rows="len(y)", seed=[113, split.number])
        parts = f"test = drawn(rows, {request.test_rows})\n"
        if rule.kind == "last":
            rows = request.info.train_rows + request.info.test_rows
            more, length = rows - request.rows + 1, request.rows
            order += _WINDOW.format(number=split.number, more=more, length=length)
    share = request.validation
    count = f"int({share} * len(others) + 0.5)" if isinstance(share, float) else str(share or 0)
    parts += _OTHERS + _validation(count)
    limit = "" if request.train_limit is None else f"[:{request.train_limit}]"
    parts += f"train = others[~np.isin(others, validation)]{limit}\n"
    return order + _with_function(parts, request, rule)


def _validation(count: str) -> str:
    return "validation = others[:0]\n" if count == "0" else f"validation = drawn(others, {count})\n"


def _with_function(parts: str, request: DatasetRequest, rule: SplitRule) -> str:
    """The lines, and before them the function `drawn` if they call it."""
    if "drawn(" not in parts:
        return parts
    if rule.kind == "group":
        return _DRAWN_GROUPS + parts
    if rule.kind == "last":
        return _DRAWN_LAST + parts
    if not request.info.classes:
        return _DRAWN.format(order="them", sorted="") + parts
    by_class = '    rows = rows[np.argsort(y[rows], kind="stable")]\n'
    return _DRAWN.format(order="each class", sorted=by_class) + parts
