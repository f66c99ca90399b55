"""`actbench init` and `actbench schema`: a spec to start from, and what editors check it with."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from actbench.cli import completion
from actbench.cli.console import print_json, print_text
from actbench.cli.data import row_remarks
from actbench.cli.options import Force, check_output


def init(
    template: Annotated[
        str | None,
        typer.Argument(
            help="`starter`, or the name of a shipped spec.", autocompletion=completion.templates
        ),
    ] = None,
    path: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write it.")] = None,
    force: Force = False,
    names: Annotated[
        bool, typer.Option("--list", help="Only say which templates there are, and what they ask.")
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option(
            "--data",
            help="Write a spec for this .csv, .tsv, .parquet or .npz file, or folder of images.",
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", help="With --data: the column that is predicted.")
    ] = None,
) -> None:
    """Write a spec to start from, with every key explained; with --data, one for your own file."""
    from actbench.spec.spec_files import template_questions, write_template

    if file is not None and (template or names):
        raise typer.BadParameter("does not go with a template", param_hint="--data")
    if target is not None and file is None:
        raise typer.BadParameter("goes with --data only", param_hint="--target")
    if file is not None:
        _write_for_file(file, target, path or Path(f"{file.stem}.yaml"), force=force)
    elif names:
        for name, question in template_questions().items():
            print_text(f"{name:<20} {question}\n")
    else:
        name = template or "starter"
        spec = path or Path(f"{name}.yaml")
        check_output(spec, force=force)
        write_template(name, spec)
        print_text(f"Wrote {spec}. Next: actbench plan {spec}\n")


def _write_for_file(file: Path, target: str | None, spec: Path, *, force: bool) -> None:
    """Write a spec for a user's file, and print what was inferred and what to do next."""
    from actbench.data.inspection import inspect_file
    from actbench.spec.draft import spec_draft
    from actbench.spec.spec_files import write_spec

    inspection = inspect_file(file, target)
    text = spec_draft(inspection, spec)
    check_output(spec, force=force)
    write_spec(text, spec)
    lines = row_remarks(inspection)
    lines += [f"Left out: {c.name}: {c.left_out}." for c in inspection.columns if c.left_out]
    lines += [f"Wrote {spec}; its comments say why each value is what it is."]
    name = shlex.quote(str(spec))
    lines += [f"Next: actbench plan {name}, then actbench run {name}"]
    print_text("\n".join(lines) + "\n")


def schema() -> None:
    """Print the JSON Schema of a spec; editors use it to complete and check."""
    from actbench.spec.experiment import spec_schema

    print_json(spec_schema())
