"""What may not be imported: TensorFlow and Keras, by anything that trains nothing."""

import subprocess
import sys

import pytest

LIGHT = [
    "actbench.statistics",
    "actbench.results",
    "actbench.results.reading",
    "actbench.reporting.terminal_tables",
    "actbench.reporting.formats",
    "actbench.spec",
    "actbench.activations.catalogue",
    "actbench.data",
    "actbench.experiment",
    "actbench.cli",
    "actbench.cli.activation_profiles",
    "actbench.cli.progress",
]
COMMANDS = [
    ["--help"],
    ["plan", "boston_output"],
    ["activations"],
    ["data", "list"],
    ["schema"],
]
LOADED = "sorted(n for n in sys.modules if n.split('.')[0] in ('tensorflow', 'keras'))"


def loaded_after(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stderr


@pytest.mark.parametrize("module", LIGHT)
def test_a_room_that_trains_nothing_imports_no_tensorflow(module: str) -> None:
    code = f"import sys, {module}; print({LOADED}, file=sys.stderr)"
    assert loaded_after(code) == "[]\n"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_that_trains_nothing_imports_no_tensorflow(command: list[str]) -> None:
    code = (
        "import sys, atexit; from actbench.cli import main; "
        f"atexit.register(lambda: print({LOADED}, file=sys.stderr)); "
        f"sys.argv = ['actbench', *{command}]; main()"
    )
    assert loaded_after(code) == "[]\n"


def test_the_check_would_notice() -> None:
    assert "keras" in loaded_after(
        f"import sys; sys.modules['keras'] = sys; print({LOADED}, file=sys.stderr)"
    )


def test_help_imports_nothing_that_takes_long() -> None:
    """Neither the numbers nor the models behind the commands: help is there at once."""
    heavy = "sorted({'numpy', 'pandas', 'scipy', 'pydantic', 'sklearn'} & {*sys.modules})"
    code = (
        "import sys, atexit; from actbench.cli import main; "
        f"atexit.register(lambda: print({heavy}, file=sys.stderr)); "
        "sys.argv = ['actbench', '--help']; main()"
    )
    assert loaded_after(code) == "[]\n"
