"""From a path or the name of a shipped spec to an experiment."""

from collections.abc import Sequence
from pathlib import Path

from actbench.errors import SpecError
from actbench.spec.document import LARGEST_BYTES, Document, parse
from actbench.spec.experiment import Experiment
from actbench.spec.overrides import assign, override
from actbench.spec.shipped import shipped
from actbench.spec.validation import validate
from actbench.wording import listed, nearest


def load(
    spec: str,
    overrides: Sequence[str] = (),
    *,
    seeds: int | None = None,
    epochs: int | None = None,
) -> Experiment:
    """Read the spec at a path, or the shipped one of that name, with `key=value` overrides.

    Raises:
        SpecError: there is no such spec, or it is not valid.

    >>> load("boston_output", ["epochs=1"], seeds=3).seeds
    (0, 1, 2)
    """
    document = _read(spec)
    for assignment in overrides:
        document = override(document, assignment)
    if seeds is not None:
        document = assign(document, ["seeds"], seeds, "--seeds")
    if epochs is not None:
        document = assign(document, ["epochs"], epochs, "--epochs")
    return validate(document)


def _read(spec: str) -> Document:
    path = _find(spec)
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise SpecError(
                f"{path}: expected a spec of at most {LARGEST_BYTES // 1000} kB, "
                f"got {size / 1000:,.0f} kB; is this the right file?"
            )
        return parse(path.read_text(encoding="utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        raise SpecError(
            f"{path}: expected a text file in UTF-8, got other bytes at position {error.start}"
        ) from None
    except OSError as error:
        raise SpecError(f"{path}: cannot be read: {error.strerror}") from None


def _find(spec: str) -> Path:
    path, ours = Path(spec), shipped()
    if path.exists() and not path.is_dir():
        return path
    if spec in ours:  # a results folder of the same name does not hide it
        return ours[spec]
    if path.is_dir():
        raise SpecError(f"{spec}: expected a YAML file, got a folder; name a file in it")
    near = nearest(path.stem, ours)
    raise SpecError(
        f"{spec}: there is no such file, and no shipped spec of that name{near} "
        f"(shipped: {listed(ours)}; `actbench init` writes a spec to start from)"
    )
