"""The specs that ship with actbench."""

from pathlib import Path


def shipped() -> dict[str, Path]:
    """Every spec that ships with actbench, by its name."""
    package = Path(__file__).parents[1]
    installed = package / "configs"
    folder = installed if installed.is_dir() else package.parent / "configs"  # of a checkout
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}
