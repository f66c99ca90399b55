"""How `actbench data list` shows the catalogue."""

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from actbench.data import DatasetInfo, Location

Entry = tuple[DatasetInfo, Location | None]


def print_list(entries: list[Entry]) -> None:
    """Print one line a data set, and below them the caution of contested sets."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("data set", "task", "inputs"):
        table.add_column(heading, no_wrap=True)
    for heading in ("train", "test"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("here", overflow="fold")
    for info, location in entries:
        rows = f"{info.train_rows:,}", f"{info.test_rows:,}"
        table.add_row(info.name, _task(info), _inputs(info), *rows, _presence(location))
    console = Console(soft_wrap=False, highlight=False)
    console.print(table)
    for info in [info for info, _ in entries if info.contested]:
        console.print(f"[bold]{info.name}[/bold]: {info.caution}\n")
    console.print("Source, licence and caution of each: [bold]actbench data list NAME[/bold]")


def print_details(info: DatasetInfo, location: Location | None) -> None:
    """Print everything that is known of one data set."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in _details(info, location).items():
        table.add_row(label, text)
    console = Console(highlight=False)
    console.print(info.title, style="bold", markup=False)
    console.print(table)


def as_json(info: DatasetInfo, location: Location | None) -> dict[str, Any]:
    """Everything that is known of one data set, for programs."""
    place = {"kind": location.kind, "path": str(location.path)} if location else None
    return {**info.as_dict(), "here": location is not None, "location": place}


def _details(info: DatasetInfo, location: Location | None) -> dict[str, str]:
    details = {
        "name": info.name,
        "task": _task(info),
        "inputs": _inputs(info),
        "rows": f"{info.train_rows:,} for training, {info.test_rows:,} for the test",
        "caution": info.caution,
        "licence": info.licence,
        "source": info.source,
        "here": str(location) if location else "no",
    }
    if info.url:
        details["download"] = info.url
    if info.sha256:
        details["sha256"] = info.sha256
    if info.package:
        details["package"] = info.package
    return details


def _task(info: DatasetInfo) -> str:
    return f"{info.classes} classes" if info.classes else "regression"


def _inputs(info: DatasetInfo) -> str:
    if info.kind == "text":
        return "text"
    unit = "pixels" if info.kind == "image" else "columns"
    return " x ".join(map(str, info.input_shape)) + f" {unit}"


def _presence(location: Location | None) -> str:
    return location.kind if location else "no"
