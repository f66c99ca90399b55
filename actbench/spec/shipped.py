"""The specs that ship with actbench, found by name from anywhere."""

from pathlib import Path


def folder() -> Path:
    """Where the shipped specs lie: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "configs"
    return inside if inside.is_dir() else package.parent / "configs"


def shipped() -> dict[str, Path]:
    """Every shipped spec by its name.

    >>> "boston_output" in shipped()
    True
    """
    return {path.stem: path for path in sorted(folder().glob("*.yaml"))}
