"""Specs to start from: an explained one, and every shipped one."""

import re
from pathlib import Path

import yaml

from actbench.errors import SpecError
from actbench.spec.shipped import shipped
from actbench.wording import listed, nearest

STARTER = Path(__file__).with_name("starter.yaml")


def templates() -> dict[str, Path]:
    """Every template by name; `starter` is first.

    >>> next(iter(templates()))
    'starter'
    """
    return {"starter": STARTER} | shipped()


def write_template(name: str, target: Path, *, force: bool = False) -> None:
    """Copy a template to `target`; the experiment takes the file's name, where it can be one.

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
        target.write_text(_renamed(known[name], target), encoding="utf-8")
    except OSError as error:
        raise SpecError(f"cannot write {target}: {error.strerror}") from None


def _renamed(template: Path, target: Path) -> str:
    """Under its own name, results would join those of the template."""
    text = template.read_text(encoding="utf-8")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", target.stem):
        return text
    text = re.sub(r"(?m)^name: \S+", f"name: {target.stem}", text)
    return text.replace(template.name, target.name).replace(
        f"results/{template.stem}/", f"results/{target.stem}/"
    )


def described() -> dict[str, str]:
    """What each template asks, by its name.

    >>> described()["boston_output"].startswith("Which last-layer activation")
    True
    """
    found = {name: yaml.safe_load(path.read_text("utf-8")) for name, path in templates().items()}
    return {name: str(spec.get("description", "")) for name, spec in found.items()}
