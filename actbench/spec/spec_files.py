"""Spec files: found by path or by name, read, and copied as a start for a new spec."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from actbench.errors import SpecError
from actbench.spec.experiment import Experiment
from actbench.spec.problems import shown, spec_error
from actbench.spec.shipped import shipped
from actbench.spec.yaml_document import Document, assign, override, parse, refuse_large
from actbench.wording import listed, nearest, nearest_file


def load(
    spec: str,
    overrides: Sequence[str] = (),
    *,
    seeds: int | None = None,
    epochs: int | None = None,
) -> Experiment:
    """Read the spec at a path, or the shipped spec of that name, with `key=value` overrides.

    Raises:
        SpecError: there is no such spec, or it is not valid.
    """
    path = _find(spec)
    document = _read(path)
    for assignment in overrides:
        document = override(document, assignment)
    for key, value in (("seeds", seeds), ("epochs", epochs)):
        if value is not None:
            document = assign(document, [key], value, f"--{key}")
    return validate(document, path.parent)


def experiment_of(spec: str | Path | Mapping[str, Any], changes: Mapping[str, Any]) -> Experiment:
    """The experiment of a path, a shipped spec's name, YAML text, or a mapping of its keys.

    Text of several lines is YAML. Files in text or a mapping are relative to the working
    directory. `changes`: values by key; a dot leads below a key, as in `architecture.units`.

    Raises:
        SpecError: there is no such spec, or it is not valid.
    """
    folder = Path()
    if isinstance(spec, Mapping):
        document = Document(dict(spec), {}, {}, "the spec")
    elif isinstance(spec, str) and "\n" in spec:
        document = parse(spec, "the spec")
    else:
        path = _find(str(spec))
        document, folder = _read(path), path.parent
    for key, value in changes.items():
        document = assign(document, key.split("."), value, f"{key}={value!r}")
    return validate(document, folder)


def validate(document: Document, folder: Path | None = None) -> Experiment:
    """The experiment that the document describes; files in it are relative to `folder`.

    Raises:
        SpecError: with every problem at once, each with its place.
    """
    if not isinstance(document.data, dict):
        raise SpecError(
            f"{document.place(())}: expected a spec (a mapping with keys such as `dataset` "
            f"and `activations`), got {shown(document.data)}"
        )
    try:
        return Experiment.model_validate(document.data, context={"folder": folder or Path()})
    except ValidationError as error:
        raise spec_error(error, document, Experiment) from None


def _read(path: Path) -> Document:
    try:
        refuse_large(path.stat().st_size, str(path))
        return parse(path.read_text(encoding="utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        words = f"expected a text file in UTF-8, got other bytes at position {error.start}"
        raise SpecError(f"{path}: {words}") from None
    except OSError as error:
        raise SpecError(f"{path}: cannot be read: {error.strerror}") from None


def _find(spec: str) -> Path:
    path, ours = Path(spec), shipped()
    if path.exists() and not path.is_dir():
        return path
    if spec in ours:  # before folders, so that a results folder of this name does not hide it
        return ours[spec]
    if path.is_dir():
        raise SpecError(f"{spec}: expected a YAML file, got a folder; name a file in it")
    near = nearest(path.stem, ours) or nearest_file(path)
    raise SpecError(
        f"{spec}: there is no such file, and no shipped spec of that name{near} "
        f"(shipped: {listed(ours)}; `actbench init` writes a spec to start from)"
    )


def templates() -> dict[str, Path]:
    """Every spec to start from, by its name: `starter`, with explanations, and the shipped ones."""
    return {"starter": Path(__file__).with_name("starter.yaml")} | shipped()


def template_questions() -> dict[str, str]:
    """The question that each template asks (its `description`), by its name."""
    specs = {name: yaml.safe_load(path.read_text("utf-8")) for name, path in templates().items()}
    return {name: str(spec.get("description", "")) for name, spec in specs.items()}


def write_template(name: str, target: Path) -> None:
    """Copy a template to `target`; the experiment gets the file's name if that is a valid name.

    Raises:
        SpecError: there is no such template, or the file cannot be written.
    """
    paths = templates()
    if name not in paths:
        near = nearest(name, paths)
        raise SpecError(f"expected a template ({listed(paths)}), got '{name}'{near}")
    write_spec(_renamed(paths[name], target), target)


def write_spec(text: str, target: Path) -> None:
    """Write the text of a spec to `target`.

    Raises:
        SpecError: the file cannot be written.
    """
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SpecError(f"cannot write {target}: {error.strerror}") from None


def _renamed(template: Path, target: Path) -> str:
    """The template's text under the new name: under its own, results would join the template's."""
    text = template.read_text(encoding="utf-8")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", target.stem):
        return text
    text = re.sub(r"(?m)^name: \S+", f"name: {target.stem}", text)
    return text.replace(template.name, target.name).replace(
        f"results/{template.stem}/", f"results/{target.stem}/"
    )
