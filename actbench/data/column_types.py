"""What the columns of a user's table are: numbers, categories, classes or times; and why."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from actbench.data.arrays import Column
from actbench.data.dataset_info import Task
from actbench.data.preparation import RARE
from actbench.data.tables import NUMBER, FileError
from actbench.wording import counted, listed, nearest

if TYPE_CHECKING:
    import pyarrow as pa

# Cells that hold no value: those of pandas, first of them "", and the "?" of the UCI repository.
MISSING = (
    " #N/A #NA -1.#IND -1.#QNAN -NaN -nan 1.#IND 1.#QNAN <NA> N/A NA NULL NaN None n/a nan null ?"
).split(" ")
MOST_CLASSES = 256
MOST_CATEGORIES = 100_000
_MOST_AMBIGUOUS = 20  # up to so many distinct whole numbers may be classes as well as amounts

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Labels = tuple[str, ...]


@dataclass(frozen=True)
class Cells:
    """The cells of one column, and where they are missing, shape (rows,).

    `numbers` holds them as float64, NaN where one is missing; None if some are no numbers. Then
    `share` is the share of numbers among those that are not missing, and `odd_row` the first row
    (from 0) that holds something else.
    """

    name: str
    raw: "pa.ChunkedArray"
    missing: NDArray[np.bool_]
    numbers: Floats | None
    share: float = 1.0
    odd_row: int = 0

    @property
    def text(self) -> "pa.ChunkedArray":
        """The cells as texts, null where one is missing."""
        import pyarrow as pa
        import pyarrow.compute as pc

        text = self.raw.cast(pa.string())
        return pc.utf8_capitalize(text) if pa.types.is_boolean(self.raw.type) else text

    def error(self, row: int, expected: str, *key: str) -> FileError:
        """The error for the cell in a row, counted from 0."""
        got = "nothing" if self.missing[row] else f"'{str(self.raw[row].as_py())[:60]}'"
        place = f"data row {row + 1:,}, column '{self.name}'"
        return FileError(f"{place}: expected {expected}, got {got}", *key)


def cells_of(name: str, raw: "pa.ChunkedArray") -> Cells:
    """The cells of a column of any type.

    Raises:
        FileError: the column holds lists or other things that are no values of a table.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    kind = raw.type.value_type if types.is_dictionary(raw.type) else raw.type
    raw = raw.cast(kind)
    missing = _array(raw.is_null())
    if types.is_string(kind) or types.is_large_string(kind):
        text = pc.utf8_trim_whitespace(raw)
        missing |= _array(pc.is_in(text, value_set=pa.array(MISSING, kind)))
        text = pc.if_else(pa.chunked_array([missing]), pa.scalar(None, kind), text)
        try:
            return Cells(name, text, missing, _array(pc.cast(text, pa.float64())))
        except pa.ArrowInvalid:
            numeric = _array(pc.match_substring_regex(text, f"^({NUMBER})$").fill_null(False))
            odd = ~(numeric | missing)
            share = float(numeric.sum() / (~missing).sum())
            return Cells(name, text, missing, None, share, int(odd.argmax()))
    if types.is_temporal(kind):
        return Cells(name, raw, missing, None, share=0.0, odd_row=int((~missing).argmax()))
    if not (types.is_primitive(kind) or types.is_decimal(kind) or types.is_null(kind)):
        words = f"the column '{name}' holds {kind}, no numbers or texts"
        raise FileError(f"{words}; leave it out with `drop: [{name}]`", "drop")
    numbers = _array(raw.cast(pa.float64(), safe=False)).astype(np.float64)
    return Cells(name, raw, missing | np.isnan(numbers), numbers)


def feature(cells: Cells, declared: str | None) -> tuple[Column, str]:
    """A column of inputs, and why it is of its type; `declared` is the type in the spec.

    Raises:
        FileError: a cell does not fit the type, or the column tells a model nothing.
    """
    if cells.missing.all():
        raise FileError(f"the column '{cells.name}' is empty; {_left_out(cells)}", "drop")
    codes = are_codes(cells)
    reason = "as `types` says"
    if declared == "number" or (declared is None and cells.share > 0.5 and not codes):
        number = finite(cells, "file", hint="" if declared else "category")
        return Column(cells.name, number), reason if declared else "every cell is a number"
    labels, values = labels_of(cells)
    rare = np.bincount(values[~cells.missing]).max() < RARE * len(values)
    if len(labels) > MOST_CATEGORIES or (rare and declared is None):
        thing = "code" if codes else "value"
        words = f"the column '{cells.name}' has {counted(len(labels), f'distinct {thing}')}"
        remedy = _left_out(cells)
        if len(labels) <= MOST_CATEGORIES:
            remedy += f", or say `types: {{{cells.name}: category}}`, which makes one input of them"
        raise FileError(f"{words}, none in {RARE:.0%} of the rows; {remedy}", "drop")
    if declared is None:
        reason = counted(len(labels), "distinct code" if codes else "distinct text")
        reason += ": numbers with leading zeros" if codes else ""
    return Column(cells.name, values, labels), reason


def _left_out(cells: Cells) -> str:
    return f"leave it out with `drop: [{cells.name}]`"


def finite(cells: Cells, *key: str, hint: str = "") -> Floats:
    """The numbers of a column that has to hold numbers, NaN where one is missing.

    Raises:
        FileError: a cell is no finite number. `hint`: the type to declare if the cell is right.
    """
    if cells.numbers is None:
        like = f" as in {cells.share:.1%} of the rows" if hint else ""
        error = cells.error(cells.odd_row, f"a number{like}", *key)
        remedy = f", or say `types: {{{cells.name}: {hint}}}`" if hint else ""
        raise FileError(f"{error}; mend the cell{remedy}", *key)
    infinite = np.isinf(cells.numbers)
    if infinite.any():
        raise cells.error(int(infinite.argmax()), "a finite number", *key)
    return cells.numbers


def labels_of(cells: Cells) -> tuple[Labels, Codes]:
    """The distinct values as texts, in order, and the index of each row's; -1 where it is missing.

    Numbers are in numeric order and without needless zeros, except codes such as 007.
    """
    import pyarrow as pa

    is_truth = pa.types.is_boolean(cells.raw.type)
    if cells.numbers is not None and not is_truth and not are_codes(cells):
        numbers, inverse = np.unique(cells.numbers[~cells.missing], return_inverse=True)
        labels = tuple(np.format_float_positional(number, trim="-") for number in numbers)
    else:
        encoded = cells.text.filter(pa.array(~cells.missing)).dictionary_encode().combine_chunks()
        texts = np.array(encoded.dictionary.to_pylist(), dtype=np.str_)
        order = np.argsort(texts, kind="stable")
        inverse = np.argsort(order)[encoded.indices.to_numpy()]
        labels = tuple(texts[order].tolist())
    values = np.full(len(cells.missing), -1, np.int32)
    values[~cells.missing] = inverse
    return labels, values


def distinct_cells(cells: Cells) -> int:
    """The number of distinct cells that are not missing; 1 and 1.0 of a CSV count as two."""
    import pyarrow.compute as pc

    return int(pc.count_distinct(cells.raw, mode="only_valid").as_py())


def has_more_than(count: int, cells: Cells) -> bool:
    """Whether there are more than `count` distinct cells that are not missing.

    The first cells often show it already; counting a million takes half a second.
    """
    import pyarrow.compute as pc

    first = pc.count_distinct(cells.raw.slice(0, 100 * count), mode="only_valid").as_py()
    return first > count or distinct_cells(cells) > count


def task_of(cells: Cells) -> tuple[Task, str]:
    """What predicting this column is, and why.

    Raises:
        FileError: it could be a regression as well as classes, or it holds one value only.
    """
    if cells.numbers is None:
        if cells.share > 0.5:
            finite(cells, "target")
        labels, _ = labels_of(cells)
        reason = f"it has {counted(len(labels), 'distinct text')}"
        return "binary" if len(labels) == 2 else "multiclass", reason
    distinct = np.unique(cells.numbers[~cells.missing])
    whole = bool((distinct == np.round(distinct)).all())
    if len(distinct) == 2 and whole:
        return "binary", "it has two distinct values"
    if 2 < len(distinct) <= _MOST_AMBIGUOUS and whole:
        raise FileError(
            f"the target '{cells.name}' holds {len(distinct)} distinct whole numbers: write "
            "`task: regression` below `target` if they are amounts, `task: multiclass` if they are "
            "classes",
            "task",
        )
    return "regression", "every cell is a number"


def classes(cells: Cells, task: Task, positive: Any) -> tuple[Labels, Codes]:
    """The classes of a target, and the number of each row's, -1 where it is missing.

    The class `positive` of a binary target has the number 1; without it, the order is that of
    `labels_of`.

    Raises:
        FileError: there are too few or too many classes, or none is `positive`.
    """
    labels, values = labels_of(cells)
    most = 2 if task == "binary" else MOST_CLASSES
    if not 2 <= len(labels) <= most:
        expected = "two classes" if task == "binary" else f"2 to {most} classes"
        got = f"{len(labels):,}" + (f" ({listed(labels)})" if len(labels) < 7 else "")
        raise FileError(f"the target '{cells.name}' should have {expected}, got {got}", "target")
    rows = np.bincount(values[values >= 0])
    if rows.min() < 2:
        label = labels[int(rows.argmin())]
        words = f"the class '{label[:60]}' of the target '{cells.name}' has one row"
        raise FileError(f"{words}: too few to train and to test on; leave it out", "target")
    if positive is not None:
        named = str(positive)
        if isinstance(positive, bool):
            named = next((label for label in labels if label.lower() == named.lower()), named)
        if named not in labels:
            words = f"expected one of the classes ({listed(labels)}), got '{named[:60]}'"
            quote = "; quote it if it is a word" if isinstance(positive, bool) else ""
            raise FileError(words + (quote or nearest(named, labels)), "positive")
        if labels[0] == named:
            labels, values = labels[::-1], np.where(values < 0, values, 1 - values)
    return labels, values


def times(cells: Cells) -> Floats:
    """The times of a column as numbers, float64: numbers as they are, dates as seconds.

    Raises:
        FileError: a cell is missing, or neither a number nor a date like 2021-03-04.
    """
    import pandas as pd

    expected = "a date like 2021-03-04 or a number"
    if cells.numbers is None:
        dates = pd.to_datetime(cells.raw.to_pandas(), format="ISO8601", utc=True, errors="coerce")
        odd = dates.isna().to_numpy() & ~cells.missing
        if odd.any():
            raise cells.error(int(odd.argmax()), expected, "test")
    if cells.missing.any():
        raise cells.error(int(cells.missing.argmax()), expected, "test")
    if cells.numbers is not None:
        return finite(cells, "test")
    seconds = (dates - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
    return np.asarray(seconds, np.float64)


def are_codes(cells: Cells) -> bool:
    """Whether whole numbers have leading zeros, as postal codes have."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = cells.raw.type
    if cells.numbers is None or not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return False
    return bool(pc.any(pc.match_substring_regex(cells.raw, r"^0\d+$")).as_py())


def _array(values: Any) -> NDArray[Any]:
    """NumPy's array of one of pyarrow."""
    return np.array(values.combine_chunks().to_numpy(zero_copy_only=False))
