"""The part of a script that reads a user's own file: a table or an .npz file."""

import hashlib
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from actbench.data.arrays import Array, Table, flat
from actbench.data.column_types import MISSING, Cells, are_codes, cells_of
from actbench.data.dataset_info import SplitRule
from actbench.data.readers import read_arrays
from actbench.data.tables import first_lines, free_memory, read_table
from actbench.data.user_file import UserFile
from actbench.errors import ResultsError
from actbench.reproduction.keras_calls import literal
from actbench.reproduction.recorded_trial import RecordedTrial

_OPENING = """\
path = options.data or Path(__file__).parent / {path}
with open(path, "rb") as file:
    digest = hashlib.file_digest(file, "sha256").hexdigest()
if digest != "{sha256}":
    parser.error(
        f"{{path}} is not the file that the numbers were recorded on: its SHA-256 is another"
    )
"""
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
    """The lines that check the file, set `x` and `y`, and `by` where a column splits the rows.

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
    with source.path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    start = _OPENING.format(path=literal(path), sha256=digest)
    if source.path.suffix.lower() == ".npz":
        return start + _arrays(trial, source)
    raw = read_table(source.path)
    cells = {name: cells_of(name, raw.column(name)) for name in raw.names}
    columns = ""
    for name, kind in source.types:
        read = _codes(cells[name]) if kind == "category" else _cells(cells[name])
        columns += f"    {literal(name)}: {read},\n"
    body = (
        f"x = {{\n{columns}}}\n"
        + _target(trial, cells[source.target or ""])
        + _by(trial.request.info.test, cells)
    )
    if source.missing_target == "drop":
        body += (
            f"kept = table[{literal(source.target)}].notna().to_numpy()\n"
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
        f"table = pd.read_csv(path, sep={literal(delimiter)}, dtype=str, keep_default_na=False)\n"
        "table = table.rename(columns=str.strip).apply(lambda cells: cells.str.strip())\n"
        f'missing = """{marks}"""\n'
        'table = table.mask(table.isin(["", *missing.split()]))\n'
    )


def _readers(body: str) -> str:
    """The functions that read columns, those that `body` calls."""
    functions = {"numbers(": _NUMBERS, "texts(": _TEXTS, "codes(": _CODES}
    return "\n\n" + "".join(text for call, text in functions.items() if call in body)


def _cells(cells: Cells, *, told_apart: bool = False) -> str:
    """The call that reads a column as numbers or texts; `told_apart`: as categories or classes."""
    are_words = told_apart and (str(cells.raw.type) == "bool" or are_codes(cells))
    reader = "texts" if cells.numbers is None or are_words else "numbers"
    return f"{reader}({literal(cells.name)})"


def _codes(cells: Cells) -> str:
    return f"codes({_cells(cells, told_apart=True)})"


def _target(trial: RecordedTrial, cells: Cells) -> str:
    """The line that sets `y`."""
    info = trial.request.info
    if not info.classes:
        return f"y = {_cells(cells)}\n"
    read = _cells(cells, told_apart=True)
    labels = [float(label) if read.startswith("numbers") else label for label in info.labels]
    return f"y = pd.Categorical({read}, categories={literal(labels)}).codes\n"


def _by(rule: SplitRule | None, cells: Mapping[str, Cells]) -> str:
    """The line that sets `by`; empty where no column says how the rows are split."""
    if rule is None or not rule.column:
        return ""
    column = cells[rule.column]
    read = _cells(column, told_apart=True)
    if rule.kind == "group":
        return f"by = {_codes(column)}\n"
    if rule.kind == "column":
        value = float(rule.value) if read.startswith("numbers") else rule.value
        return f"by = np.asarray({read} == {literal(value)})\n"
    if column.numbers is not None:
        return f"by = {_cells(column)}\n"
    dates = f'pd.to_datetime(table[{literal(rule.column)}], format="ISO8601", utc=True)'
    return f'by = {dates}.astype("int64").to_numpy()\n'


def _arrays(trial: RecordedTrial, source: UserFile) -> str:
    """The lines that read an .npz file of arrays."""
    import pyarrow as pa

    info, target = trial.request.info, source.target or "y"
    rule = info.test
    held = read_arrays(source.path, free_memory() // 3)
    cells, table = {}, ""
    columns = [target, *([rule.column] if rule and rule.column else [])]
    for name in columns:
        names = [f"{name}_train", f"{name}_test"] if info.pre_split else [name]
        array = np.concatenate([held[part] for part in names])
        cells[name] = cells_of(name, pa.chunked_array([pa.array(array)]))
        table += f"        {literal(name)}: {_joined(names)},\n"
    body = _target(trial, cells[target]) + _by(rule, cells)
    inputs = 'if x.dtype != np.uint8:\n    x = x.astype("float32")\n'
    if source.missing_target == "drop":
        inputs += f"kept = pd.Series(table[{literal(target)}]).notna().to_numpy()\n"
        inputs += f"x, y = x[kept], y[kept]\n{'by = by[kept]' if rule and rule.column else ''}\n"
    if plain_inputs(source) is None:
        inputs += 'x = {place: values for place, values in enumerate(x.T.astype("float64"))}\n'
    x = _joined(["x_train", "x_test"] if info.pre_split else ["x"])
    read = f"with np.load(path) as file:\n    x = {x}\n    table = {{\n{table}    }}\n"
    return read + _readers(body) + body + inputs


@cache
def plain_inputs(source: UserFile) -> Array | None:
    """The inputs of an .npz file; None where they are taken apart into columns."""
    inputs = source.parse().arrays["x"]
    return None if isinstance(inputs, Table) else flat(inputs)


def _joined(names: list[str]) -> str:
    """The rows of these arrays of a file, one after the other."""
    arrays = [f"file[{literal(name)}]" for name in names]
    return arrays[0] if len(arrays) == 1 else f"np.concatenate([{', '.join(arrays)}])"
