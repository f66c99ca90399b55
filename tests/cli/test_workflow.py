"""The workflow on the page about continuous integration: its steps do what the page says."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.test_pages import blocks

REPOSITORY = Path(__file__).parents[2]
FILES = {block.file: block.body for block in blocks("ci.md") if block.file}
WORKFLOW = yaml.safe_load(FILES[".github/workflows/activations.yml"])
STEPS = {step.get("name"): step.get("run") for step in WORKFLOW["jobs"]["compare"]["steps"]}


def run_step(name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub does, with `actbench` on the path."""
    program = folder / ".bin" / "actbench"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m actbench "$@"\n')
    program.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(REPOSITORY),
        "GITHUB_BASE_REF": "main",
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }
    return subprocess.run(
        ["bash", "-e", "-c", STEPS[name]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(("loss", "exit_code"), [(0.0, 0), (0.5, 3)])
def test_only_a_worse_branch_fails(loss: float, exit_code: int, tmp_path: Path) -> None:
    """The branch's relu has this much more error on every seed; its other arms are as on main."""
    committed = REPOSITORY / "results" / "reference" / "boston_output" / "trials.csv"
    for branch in ("main", "branch"):
        (tmp_path / "results" / branch / "wine_model").mkdir(parents=True)
        shutil.copy(committed, tmp_path / "results" / branch / "wine_model")
    table = tmp_path / "results" / "branch" / "wine_model" / "trials.csv"
    rows = list(csv.DictReader(table.open(newline="")))
    for row in rows:
        if row["output"] == "relu":
            row["test_mae"] = str(float(row["test_mae"]) + loss)
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)

    done = run_step("Compare", tmp_path)

    assert done.returncode == exit_code, done.stderr
    summary = (tmp_path / "summary.md").read_text()
    assert "| relu |" in summary
    assert ("relu on" in done.stderr) == bool(loss)


@pytest.mark.slow
def test_the_steps_train_both_branches_and_compare_them(tmp_path: Path) -> None:
    """In a real repository: the branch freezes its hidden layer, which main does not."""
    work = tmp_path / "work"

    def git(*words: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", *who, *words], cwd=work, check=True, capture_output=True)

    origin = tmp_path / "origin"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", origin], check=True)
    subprocess.run(["git", "clone", "-q", origin, work], check=True, capture_output=True)
    git("checkout", "-q", "-b", "main")
    for name in ("wine_model.yaml", "wine_model.py"):
        (work / name).write_text(FILES[name])
    git("add", ".")
    git("commit", "-q", "-m", "A model")
    git("push", "-q", "origin", "main")
    git("checkout", "-q", "-b", "branch")
    model = FILES["wine_model.py"].replace("Dense(16)", "Dense(1, trainable=False)")
    assert model != FILES["wine_model.py"]
    (work / "wine_model.py").write_text(model)
    git("commit", "-q", "-a", "-m", "Freeze the hidden layer")

    for step in ("Train main", "Train this branch"):
        done = run_step(step, work)
        assert done.returncode == 0, done.stderr
    done = run_step("Compare", work)

    assert done.returncode == 3, done.stderr
    assert "is worse" in done.stderr
    assert "| relu |" in (work / "summary.md").read_text()
