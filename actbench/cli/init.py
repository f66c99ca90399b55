"""`actbench init` and `actbench schema`: a spec to start from, and what editors check it with."""

from pathlib import Path
from typing import Annotated

import typer

from actbench.cli.console import print_json, print_text


def init(
    template: Annotated[
        str, typer.Argument(help="`starter`, or the name of a shipped spec.")
    ] = "starter",
    path: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write it.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    names: Annotated[
        bool, typer.Option("--list", help="Only say which templates there are, and what they ask.")
    ] = False,
) -> None:
    """Write a spec to start from, with every key explained."""
    from actbench.spec.spec_files import template_questions, write_template

    if names:
        for name, question in template_questions().items():
            print_text(f"{name:<20} {question}\n")
        return
    target = path or Path(f"{template}.yaml")
    write_template(template, target, force=force)
    print_text(f"Wrote {target}. Next: actbench plan {target}\n")


def schema() -> None:
    """Print the JSON Schema of a spec; editors use it to complete and check."""
    from actbench.spec.experiment import spec_schema

    print_json(spec_schema())
