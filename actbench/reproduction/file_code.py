"""The part of a script that reads a user's own file: a table or an .npz file."""

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from actbench.data.arrays import Array, Table, flat
from actbench.data.column_types import MISSING, Cells, are_codes, cells_of
from actbench.data.readers import read_arrays
from actbench.data.tables import first_lines, free_memory, read_table
from actbench.data.user_file import UserFile
from actbench.errors import ResultsError
from actbench.reproduction.recorded_trial import RecordedTrial

_GAPS = 'x = {place: values for place, values in enumerate(x.T.astype("float64"))}\n'
_NUMBERS = """\
def numbers(name):
    return pd.Series(table[name]).to_numpy(object, na_value=np.nan).astype("float64")


"""
_TEXTS = """\
def texts(name):
    return pd.Series(table[name]).map(str, na_action="ignore")


"""
_CODES = '''\
def codes(values):
    """The number of each row's category, in ascending order; -1 where it is missing."""
    return pd.factorize(values, sort=True)[0]


'''


def file_code(trial: RecordedTrial, source: UserFile, folder: Path) -> str:
    """The lines that set `x` and `y`, and `by` where the rows are split by a column.

    `folder`: that of the script, which the path of the file is relative to.

    Raises:
        ResultsError: no plain script can read the file.
    """
    if source.path.is_dir():
        raise ResultsError(
            f"{source.path.name} is a folder of images, which no plain script reads as it was "
            "trained on. Save its arrays as an .npz file (x_train, y_train, x_test, y_test) and "
            "run the spec on that; its trials can be reproduced"
        )
    path = Path(os.path.relpath(source.path, folder)).as_posix()
    start = (
        f"path = options.data or Path(__file__).parent / {json.dumps(path, ensure_ascii=False)}\n"
    )
    if source.path.suffix.lower() == ".npz":
        return start + _arrays(trial, source)
    raw = read_table(source.path)
    cells = {name: cells_of(name, raw.column(name)) for name in raw.names}
    names = [name for name, _ in source.types]
    kinds = dict(source.types)
    columns = "".join(
        f"    {name!r}: {_read(cells[name], kinds[name] == 'category')},\n" for name in names
    )
    body = f"x = {{\n{columns}}}\n" + _target_and_by(trial, source, cells)
    if source.missing_target == "drop":
        body += (
            f"kept = table[{source.target!r}].notna().to_numpy()\n"
            "x, y = {name: values[kept] for name, values in x.items()}, y[kept]\n"
        )
        body += "by = by[kept]\n" if "\nby = " in body else ""
    return start + _table(source.path) + _readers(body) + body


def _table(path: Path) -> str:
    """The lines that read a table whose cells are texts or, in Parquet, values."""
    if path.suffix.lower() == ".parquet":
        return "table = pd.read_parquet(path)  # which takes pyarrow\n"
    delimiter, *_ = first_lines(path)
    marks = " ".join(mark for mark in MISSING if mark)
    return (
        f"table = pd.read_csv(path, sep={delimiter!r}, dtype=str, keep_default_na=False)\n"
        "table = table.rename(columns=str.strip).apply(lambda cells: cells.str.strip())\n"
        f'missing = """{marks}"""\n'
        'table = table.mask(table.isin(["", *missing.split()]))\n'
    )


def _readers(body: str) -> str:
    """The functions that read columns, those that `body` calls."""
    functions = {"numbers(": _NUMBERS, "texts(": _TEXTS, "codes(": _CODES}
    return "\n\n" + "".join(text for call, text in functions.items() if call in body)


def _read(cells: Cells, is_category: bool) -> str:
    """The call that reads a column: its numbers or texts, or the number of each category."""
    are_numbers = cells.numbers is not None and not (is_category and _are_words(cells))
    read = f"{'numbers' if are_numbers else 'texts'}({cells.name!r})"
    return f"codes({read})" if is_category else read


def _are_words(cells: Cells) -> bool:
    """Whether categories in this column are told apart as texts, although all are numbers."""
    return str(cells.raw.type) == "bool" or are_codes(cells)


def _target_and_by(trial: RecordedTrial, source: UserFile, cells: Mapping[str, Cells]) -> str:
    """The lines that set `y`, and `by` where the rows are split by a column."""
    info = trial.request.info
    target = cells[source.target or "y"]
    if not info.classes:
        text = f"y = {_read(target, False)}\n"
    else:
        read = _read(target, True)[len("codes(") : -1]
        numeric = read.startswith("numbers")
        labels = [float(label) if numeric else label for label in info.labels]
        text = f"y = pd.Categorical({read}, categories={labels!r}).codes\n"
    rule = info.test
    if rule is None or not rule.column:
        return text
    if rule.kind == "last":
        dates = f"pd.to_datetime(table[{rule.column!r}], format='ISO8601', utc=True)"
        times = f"{dates}.astype('int64').to_numpy()"
        is_number = cells[rule.column].numbers is not None
        return f"{text}by = {_read(cells[rule.column], False) if is_number else times}\n"
    read = _read(cells[rule.column], True)
    if rule.kind == "group":
        return f"{text}by = {read}\n"
    read = read[len("codes(") : -1]
    value = float(rule.value) if read.startswith("numbers") else rule.value
    return f"{text}by = np.asarray({read} == {value!r})\n"


def _arrays(trial: RecordedTrial, source: UserFile) -> str:
    """The lines that read an .npz file of arrays."""
    import pyarrow as pa

    target, rule = source.target or "y", trial.request.info.test
    held = read_arrays(source.path, free_memory() // 3)
    parts = ("_train", "_test") if trial.request.info.pre_split else ("",)
    by = [rule.column] if rule and rule.column else []
    names = {"x": "x", target: target, **dict.fromkeys(by)}
    read = {
        name: _joined([f'file["{name}{part}"]' for part in (parts if name not in by else ("",))])
        for name in names
    }
    values = {
        name: np.concatenate([held[f"{name}{part}"] for part in parts])
        if name not in by
        else held[name]
        for name in (target, *by)
    }
    cells = {
        name: cells_of(name, pa.chunked_array([pa.array(array)])) for name, array in values.items()
    }
    table = "".join(f"        {name!r}: {text},\n" for name, text in read.items() if name != "x")
    body = _target_and_by(trial, source, cells)
    inputs = 'if x.dtype != np.uint8:\n    x = x.astype("float32")\n'
    if source.missing_target == "drop":
        inputs += (
            f"kept = pd.Series(table[{target!r}]).notna().to_numpy()\nx, y = x[kept], y[kept]\n"
        )
        inputs += "by = by[kept]\n" if by else ""
    return (
        f"with np.load(path) as file:\n    x = {read['x']}\n    table = {{\n{table}    }}\n"
        + _readers(body)
        + body
        + inputs
        + ("" if plain_inputs(source) is not None else _GAPS)
    )


@cache
def plain_inputs(source: UserFile) -> Array | None:
    """The inputs of an .npz file; None where they are taken apart into columns."""
    inputs = source.parse().arrays["x"]
    return None if isinstance(inputs, Table) else flat(inputs)


def _joined(arrays: list[str]) -> str:
    return arrays[0] if len(arrays) == 1 else f"np.concatenate([{', '.join(arrays)}])"
