"""`actbench data`: what each data set is, where it would come from, whether it is here."""

import json
from pathlib import Path
from typing import Annotated

import typer

from actbench import data
from actbench.cli import data_tables

data_app = typer.Typer(help="List, fetch and import data sets.", no_args_is_help=True)

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", help="A folder with data sets, before $ACTBENCH_DATA_DIR.", show_default=False
    ),
]


@data_app.command("list")
def list_datasets(
    name: Annotated[str | None, typer.Argument(help="Show this one in full.")] = None,
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """What each data set is, and whether it is here. With NAME: source, licence and caution."""
    infos = [data.from_catalogue(name)] if name else list(data.CATALOGUE.values())
    entries = [(info, data.locate(info, data_dir)) for info in infos]
    if as_json:
        rows = [data_tables.as_json(info, location) for info, location in entries]
        print(json.dumps(rows[0] if name else rows, indent=2))
    elif name:
        data_tables.print_details(*entries[0])
    else:
        data_tables.print_list(entries)


@data_app.command("fetch")
def fetch_datasets(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Which data sets.")],
    data_dir: DataDir = None,
) -> None:
    """Download data sets that are not here yet, and say where they are."""
    for info in [data.from_catalogue(name) for name in names]:
        print(f"{info.name}: {data.fetch(info, data_dir)}")


@data_app.command("import")
def import_dataset(
    name: Annotated[str, typer.Argument(help="Which data set the files hold.")],
    path: Annotated[Path, typer.Argument(help="The file, or the folder of several files.")],
    data_dir: DataDir = None,
) -> None:
    """Check a copy that you have, and put it where data sets are looked for.

    For reuters, PATH may also be the original Reuters-21578 text files: their folder, or the
    .tar.gz.
    """
    info = data.from_catalogue(name)
    print(f"{name}: {data.import_files(info, path, data_dir)}")
