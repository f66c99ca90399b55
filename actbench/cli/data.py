"""`actbench data`: what each data set is, whether it is here, and what a file of yours holds."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from actbench.cli import completion
from actbench.cli.console import output, plain_table, print_json, print_text
from actbench.cli.options import AsJson, DataDir
from actbench.errors import DataError
from actbench.wording import counted, listed

if TYPE_CHECKING:
    from actbench.data import DatasetInfo, Location
    from actbench.data.inspection import Inspection

data_app = typer.Typer(
    help="List, fetch and import data sets; look at a file of yours.", no_args_is_help=True
)

# The list holds sentences, which wrap at this width even where no terminal limits it.
_PIPED_WIDTH = 80


@data_app.command("list")
def list_datasets(
    name: Annotated[
        str | None,
        typer.Argument(help="Show this one in full.", autocompletion=completion.datasets),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """What each data set is, and whether it is here. With NAME: source, licence and caution."""
    from actbench import data

    infos = [data.from_catalogue(name)] if name else list(data.CATALOGUE.values())
    locations = [info.source.locate(data_dir) for info in infos]
    if as_json:
        records = [_record(*pair) for pair in zip(infos, locations, strict=True)]
        print_json(records[0] if name else records)
    elif name:
        _print_details(infos[0], locations[0])
    else:
        _print_list(infos, locations)


@data_app.command("fetch")
def fetch_datasets(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...", help="Which data sets.", autocompletion=completion.datasets
        ),
    ],
    data_dir: DataDir = None,
) -> None:
    """Download data sets that are not here yet, and say where they are."""
    from actbench import data

    for info in [data.from_catalogue(name) for name in names]:
        print_text(f"{info.name}: {data.fetch(info, data_dir)}\n")


@data_app.command("import")
def import_dataset(
    name: Annotated[
        str,
        typer.Argument(help="Which data set the files hold.", autocompletion=completion.datasets),
    ],
    path: Annotated[Path, typer.Argument(help="The file, or the folder of several files.")],
    data_dir: DataDir = None,
) -> None:
    """Check a copy that you have, and put it where data sets are looked for.

    For reuters, PATH may also be the original Reuters-21578 text files: their folder, or the
    .tar.gz.
    """
    from actbench import data

    info = data.from_catalogue(name)
    print_text(f"{name}: {data.import_files(info, path, data_dir)}\n")


@data_app.command("inspect")
def inspect_data(
    file: Annotated[
        Path,
        typer.Argument(
            help="A .csv, .tsv, .parquet or .npz file of your own, or a folder of images."
        ),
    ],
    target: Annotated[
        str | None, typer.Option("--target", help="The column that is to be predicted.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What would be made of a file of yours: types and why, remarks, a `dataset:` to paste."""
    from actbench.data.inspection import inspect_file
    from actbench.spec.draft import dataset_block

    inspection = inspect_file(file, target)
    block = "" if inspection.problem else dataset_block(inspection, Path())
    if as_json:
        print_json(_inspection_record(inspection, block))
    else:
        _print_inspection(inspection, block)
    if inspection.problem:
        raise DataError(inspection.problem)


def _print_inspection(inspection: "Inspection", block: str) -> None:
    """Print a line for each column, what the rows show, and the block to paste."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("column", overflow="fold")
    table.add_column("type", no_wrap=True)
    table.add_column("why", overflow="fold")
    table.add_column("missing", justify="right", no_wrap=True)
    table.add_column("remark", overflow="fold")
    for column in inspection.columns:
        if column.name == inspection.source.target:
            remark = "the target"
        else:
            left_out = f"left out: {column.left_out}" if column.left_out else ""
            remark = "; ".join(filter(None, [left_out, column.remark]))
        missing = f"{column.missing:,}" if column.missing else ""
        table.add_row(*map(Text, (column.name, column.type, column.reason, missing, remark)))
    console = output(_PIPED_WIDTH)
    console.print(table)
    for line in row_remarks(inspection):
        console.print(Text(line))
    if block:
        console.print(
            Text("\nTo paste into a spec, or `actbench init --data` writes a whole one:\n")
        )
        print_text(block)


def row_remarks(inspection: "Inspection") -> list[str]:
    """What the rows show: the task and its classes, the split, rows that stand on both sides."""
    from actbench.data.inspection import MOSTLY

    if (info := inspection.info) is None:
        return []
    lines = [f"Task: {info.task}: {inspection.task_reason}."]
    if inspection.class_rows:
        rows = sum(inspection.class_rows.values())
        shares = [
            f"{label} {count:,} ({count / rows:.1%})"
            for label, count in inspection.class_rows.items()
        ]
        lines.append(f"Classes: {listed(shares)}.")
    if inspection.commonest_share > MOSTLY:
        share = f"{inspection.commonest_share:.1%}"
        lines.append(f"Whoever always names the commonest class is right on {share} of the rows.")
    if inspection.missing_targets:
        lines.append(f"Without a target: {counted(inspection.missing_targets, 'row')}, left out.")
    lines.append(f"Rows: {info.train_rows:,} to train on, {info.test_rows:,} for the test.")
    if inspection.alike:
        stand = "stands" if inspection.alike == 1 else "stand"
        lines.append(
            f"{counted(inspection.alike, 'test row')} {stand} among the training rows too, with "
            "the same inputs: their scores say little about new rows."
        )
    return lines


def _inspection_record(inspection: "Inspection", block: str) -> dict[str, Any]:
    """What was found, for programs."""
    import yaml

    info = inspection.info
    return {
        "file": inspection.source.path.name,
        "target": inspection.source.target,
        "columns": [asdict(column) for column in inspection.columns],
        "rows": inspection.rows,
        "problem": inspection.problem or None,
        "task": info.task if info else None,
        "task_reason": inspection.task_reason or None,
        "train_rows": info.train_rows if info else None,
        "test_rows": info.test_rows if info else None,
        "missing_targets": inspection.missing_targets,
        "class_rows": inspection.class_rows,
        "alike": inspection.alike,
        "dataset": yaml.safe_load(block)["dataset"] if block else None,
    }


def _print_list(infos: "list[DatasetInfo]", locations: "list[Location | None]") -> None:
    """Print a line for each data set, and below them the caution of contested ones."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("data set", "task", "inputs"):
        table.add_column(head, no_wrap=True)
    for head in ("train", "test"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("here", overflow="fold")
    for info, location in zip(infos, locations, strict=True):
        rows = f"{info.train_rows:,}", f"{info.test_rows:,}"
        place = location.kind if location else "no"
        table.add_row(info.name, _task(info), _inputs(info), *rows, place)
    console = output(_PIPED_WIDTH)
    console.print(table)
    for info in [info for info in infos if info.contested]:
        console.print(Text.assemble((info.name, "bold"), f": {info.caution}\n"))
    more = ("actbench data list NAME", "bold")
    console.print(Text.assemble("Source, licence and caution of each: ", more))


def _print_details(info: "DatasetInfo", location: "Location | None") -> None:
    facts = info.as_dict()
    lines = {
        "name": info.name,
        "task": _task(info),
        "inputs": _inputs(info),
        "rows": f"{info.train_rows:,} for training, {info.test_rows:,} for the test",
        "caution": info.caution,
        "licence": info.licence,
        "source": info.citation,
        "here": str(location) if location else "no",
        "download": facts["url"],
        "sha256": facts["sha256"],
        "package": facts["package"],
    }
    table = plain_table(header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for head, text in lines.items():
        if text:
            table.add_row(head, text)
    console = output(_PIPED_WIDTH)
    console.print(info.title, style="bold")
    console.print(table)


def _record(info: "DatasetInfo", location: "Location | None") -> dict[str, Any]:
    place = {"kind": location.kind, "path": str(location.path)} if location else None
    return {**info.as_dict(), "here": location is not None, "location": place}


def _task(info: "DatasetInfo") -> str:
    return f"{info.classes} classes" if info.classes else "regression"


def _inputs(info: "DatasetInfo") -> str:
    if info.kind == "text":
        return "text"
    unit = "pixels" if info.kind == "image" else "columns"
    return " x ".join(map(str, info.input_shape)) + f" {unit}"
