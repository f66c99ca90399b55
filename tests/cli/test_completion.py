"""What a press of Tab offers, as the shells ask for it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from actbench.spec.shipped import shipped

REPOSITORY = Path(__file__).parents[2]
CODE = "import sys; sys.argv = ['actbench']; from actbench.cli import main; main()"
SLOW = {"numpy", "pandas", "keras", "tensorflow", "actbench.spec.experiment"}
Offers = Callable[[str], list[str]]


def ask(shell: str, line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Ask what goes on from this line, as the shell's script does."""
    words = line.split(" ")
    asked = {
        "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
    }[shell]
    environment = os.environ | asked | {"_ACTBENCH_COMPLETE": f"complete_{shell}"}
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-c", CODE],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def offers(tmp_path: Path) -> Offers:
    """What bash offers in a folder with two results and a spec."""
    for name in ("mine", "reference/shipped_one"):
        folder = tmp_path / "results" / name
        folder.mkdir(parents=True)
        arms = ("relu", "leaky_relu(negative_slope=0.1)", "swish one")
        lines = [f"{arm},linear,1.0,2.0,0.3" for arm in arms]
        head = "hidden,output,test_mae,train_loss,dead"
        (folder / "trials.csv").write_text("\n".join([head, *lines]) + "\n")
    (tmp_path / "my.yaml").write_text("name: my\n")
    (tmp_path / "results" / "broken").mkdir()
    (tmp_path / "results" / "broken" / "trials.csv").write_bytes(b"\xff\x00\n\xfe")

    def offered(line: str) -> list[str]:
        done = ask("bash", line, tmp_path)
        assert done.returncode == 0
        assert "Traceback" not in done.stderr
        imported = {line.split()[-1] for line in done.stderr.splitlines()}
        assert imported & SLOW == set(), line
        return done.stdout.split("\n")[:-1] if done.stdout.strip() else []

    return offered


def test_specs_are_the_shipped_ones_and_files(offers: Offers) -> None:
    assert offers("actbench run mnist_c") == ["mnist_cnn", "mnist_cnn_tuned"]
    assert offers("actbench plan my") == ["my.yaml"]
    assert set(offers("actbench run ")) == {*shipped(), "my.yaml", "results/"}


def test_results_are_those_under_out(offers: Offers) -> None:
    for command in ("compare", "report", "plot", "reproduce", "export"):
        assert offers(f"actbench {command} mi") == ["mine"]
        assert offers(f"actbench {command} sh") == ["shipped_one"]
    assert offers("actbench compare results/mi") == ["results/mine/"]
    assert offers("actbench compare mine --against sh") == ["shipped_one"]


def test_arms_are_those_of_the_result(offers: Offers) -> None:
    assert offers("actbench compare mine --baseline r") == ["relu"]
    # Special characters are escaped, as bash needs them.
    assert offers("actbench compare mine --baseline l") == [r"leaky_relu\(negative_slope=0.1\)"]
    assert offers("actbench compare shipped_one --baseline s") == [r"swish\ one"]
    assert offers("actbench reproduce mine --arm r") == ["relu"]


def test_metrics_are_those_of_the_result(offers: Offers) -> None:
    assert offers("actbench compare mine --metric ") == ["mae", "loss", "dead"]
    assert offers("actbench plot results/mine scores --metric l") == ["loss"]


def test_names_are_those_of_the_catalogues(offers: Offers) -> None:
    assert offers("actbench init rel") == []
    assert offers("actbench init st") == ["starter"]
    assert offers("actbench compare mine --scope r") == ["rows"]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
@pytest.mark.parametrize(
    ("line", "name"), [("activations lea", "leaky_relu"), ("data list i", "imdb")]
)
def test_both_shells_are_answered(shell: str, line: str, name: str, tmp_path: Path) -> None:
    done = ask(shell, f"actbench {line}", tmp_path)
    assert name in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("result", ["nothing", "broken", ""])
def test_what_cannot_be_read_is_not_offered(offers: Offers, result: str) -> None:
    for option in ("--baseline", "--metric"):
        assert offers(f"actbench compare {result} {option} ") == []


def test_bash_completes_a_line(tmp_path: Path) -> None:
    """The real script in a real bash: what Tab would put there."""
    program = tmp_path / "actbench"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.argv[0] = 'actbench'\n"
        "from actbench.cli import main\nmain()\n"
    )
    program.chmod(0o755)
    script = """PATH=$PWD:$PATH
    eval "$(actbench --show-completion bash)"
    COMP_WORDS=(actbench run mnist_ml) COMP_CWORD=2
    _actbench_completion actbench
    echo "${COMPREPLY[@]}" """
    environment = os.environ | {
        "PYTHONPATH": str(REPOSITORY),
        "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
    }
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.stdout.strip() == "mnist_mlp", done.stderr
