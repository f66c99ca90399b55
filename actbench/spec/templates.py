"""Specs to start from: an explained one, and every shipped one."""

from pathlib import Path

from actbench.errors import SpecError
from actbench.spec.problems import listed, nearest
from actbench.spec.shipped import shipped

STARTER = Path(__file__).with_name("starter.yaml")


def templates() -> dict[str, Path]:
    """Every template by name; `starter` is first.

    >>> next(iter(templates()))
    'starter'
    """
    return {"starter": STARTER} | shipped()


def write_template(name: str, target: Path, *, force: bool = False) -> None:
    """Copy a template to `target`.

    Raises:
        SpecError: there is no such template, the file is there already, or cannot be written.
    """
    known = templates()
    if name not in known:
        raise SpecError(
            f"expected a template ({listed(known)}), got '{name}'{nearest(name, known)}"
        )
    if target.exists() and not force:
        raise SpecError(f"{target} is there already; choose another --output, or use --force")
    try:
        target.write_text(known[name].read_text(encoding="utf-8"), encoding="utf-8")
    except OSError as error:
        raise SpecError(f"cannot write {target}: {error.strerror}") from None
