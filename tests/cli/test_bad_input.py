"""What a person sees for bad input: a message that helps, the exit code, no traceback."""

import subprocess
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from actbench.cli import options
from tests.cli.conftest import Ended

Run = Callable[..., subprocess.CompletedProcess[str]]

SPEC = """\
name: trial
dataset: boston_housing
architecture: {type: mlp, units: [4]}
activations: {hidden: [relu], output: [linear, tanh]}
epochs: 1
batch_size: 64
seeds: 2
"""


def spec(folder: Path, old: str = "", new: str = "") -> Path:
    path = folder / "spec.yaml"
    path.write_text(SPEC.replace(old, new) if old else SPEC, encoding="utf-8")
    return path


def refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    for word in words:
        assert word in " ".join(result.stderr.split()), result.stderr


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("epochs: 1", "epcohs: 1", "unknown key 'epcohs'; did you mean 'epochs'?"),
        ("[relu]", "[rellu]", "got the text 'rellu'; did you mean 'relu'?"),
        ("boston_housing", "bostn_housing", "did you mean 'boston_housing'?"),
        ("epochs: 1", "epochs: many", "expected a whole number, got the text 'many'"),
        ("[relu]", "[]", "expected at least one entry, got an empty list"),
        ("[linear, tanh]", "[tanh, tanh]", "'tanh' stands in the list twice"),
        ("[relu]", "[swish, silu]", "'swish' and 'silu' are one activation; name it once"),
        ("seeds: 2", "seeds: 0", "expected at least 1 seed"),
        ("epochs: 1", "epochs: -1", "expected at least 1, got -1"),
        ("batch_size: 64", "batch_size: 999", "expected at most the 404 rows"),
        ("seeds: 2", "seeds: [2", "this is not YAML"),
        ("name: trial", "name: !!python/name:os.system", "a spec holds plain values only"),
        ("name: trial", "name: ../x", "expected letters, digits, '-' and '_' only"),
    ],
)
def test_a_wrong_spec(old: str, new: str, words: str, tmp_path: Path, actbench: Run) -> None:
    refused(actbench("run", spec(tmp_path, old, new)), "spec.yaml:", words)
    assert not (tmp_path / "results").exists()


def test_a_yaml_bomb(tmp_path: Path, actbench: Run) -> None:
    lines = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    (tmp_path / "bomb.yaml").write_text("\n".join(["a0: &a0 [x, x]", *lines]))
    refused(actbench("plan", "bomb.yaml"), "expands to more than 10,000 values")


def test_a_spec_of_one_megabyte(tmp_path: Path, actbench: Run) -> None:
    path = spec(tmp_path)
    path.write_text(SPEC + "# " + "x" * 1_000_000)
    refused(actbench("run", path), "expected a spec of at most 100 kB")


def test_a_missing_file(actbench: Run) -> None:
    refused(actbench("run", "boston_outptu"), "there is no such file", "'boston_output'")


def test_a_folder(tmp_path: Path, actbench: Run) -> None:
    refused(actbench("run", tmp_path), "expected a YAML file, got a folder")


@pytest.mark.newest
def test_an_unknown_option_and_an_unknown_command(tmp_path: Path, actbench: Run) -> None:
    refused(actbench("run", spec(tmp_path), "--sedes", "3"), "No such option: --sedes")
    refused(actbench("runn"), "No such command 'runn'")


def test_two_specs_of_one_name(tmp_path: Path, actbench: Run) -> None:
    refused(actbench("run", spec(tmp_path), tmp_path / "spec.yaml"), "both have the name 'trial'")


def test_no_write_permission(tmp_path: Path, actbench: Run) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    # Root writes anywhere; without that privilege the folder's own permissions count.
    without = ("setpriv", "--bounding-set", "-dac_override", "--inh-caps", "-dac_override")
    privileged = subprocess.run(["test", "-w", str(closed)]).returncode == 0
    result = actbench("run", spec(tmp_path), "--out", closed, before=without if privileged else ())
    refused(result, "cannot write", "Permission denied", "choose another --out")


def test_a_results_folder_that_is_a_file(tmp_path: Path, actbench: Run) -> None:
    (tmp_path / "taken").write_text("")
    refused(actbench("run", spec(tmp_path), "--out", tmp_path / "taken"), "cannot write")


def test_a_journal_of_another_schema(tmp_path: Path, actbench: Run) -> None:
    folder = tmp_path / "results" / "trial"
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").write_text('{"schema": 99, "trial": "a"}\n')
    for command in ("run", "plan"):
        result = actbench(command, spec(tmp_path))
        refused(
            result,
            "journal.jsonl:1: expected a journal of schema 2 or older, got schema 99",
            "--fresh",
        )
    assert (folder / "journal.jsonl").read_text() == '{"schema": 99, "trial": "a"}\n'


def test_data_that_cannot_be_had(tmp_path: Path, actbench: Run) -> None:
    path = spec(tmp_path, "boston_housing", "mnist")
    path.write_text(path.read_text().replace("[linear, tanh]", "[softmax]"))
    environment = ("env", "ACTBENCH_DATA_MIRROR=http://127.0.0.1:9/")
    result = actbench("run", path, before=environment)
    refused(result, "mnist", "ACTBENCH_DATA_MIRROR", "--data-dir", "data import mnist", "mnist_5k")


@pytest.mark.parametrize("command", ["compare"])
def test_results_that_are_not_there(command: str, actbench: Run) -> None:
    refused(actbench(command, "nothing"), "'nothing' is no results folder and no trials.csv")


def test_a_table_without_its_columns(tmp_path: Path, actbench: Run) -> None:
    (tmp_path / "trials.csv").write_text("hidden,output,seed\nrelu,tanh,0\n")
    result = actbench("compare", "trials.csv")
    refused(result, "dataset, architecture, status are missing")


def test_an_unknown_metric_and_baseline(tmp_path: Path, actbench: Run) -> None:
    header = "dataset,architecture,hidden,output,seed,status,test_loss,test_mae\n"
    (tmp_path / "trials.csv").write_text(header + "d,a,relu,tanh,0,ok,1,2\nd,a,relu,elu,0,ok,1,2\n")
    refused(actbench("compare", "trials.csv", "--metric", "mea"), "did you mean 'mae'?")
    refused(actbench("compare", "trials.csv", "--split", "val"), "no val metrics")
    refused(actbench("compare", "trials.csv", "--baseline", "output=tahn"), "you mean 'tanh'?")
    refused(actbench("compare", "trials.csv", "--baseline", "hidden="), "expected hidden=LABEL")
    refused(
        actbench("compare", "trials.csv", "--baseline", "tahn"),
        "hidden=tahn (there are relu) and output=tahn (there are tanh, elu; did you mean 'tanh'?)",
    )


def test_a_template_does_not_overwrite(tmp_path: Path, actbench: Run) -> None:
    assert actbench("init").returncode == 0
    refused(actbench("init"), "starter.yaml is there already")
    refused(actbench("init", "startre"), "did you mean 'starter'?")
    assert actbench("plan", "starter.yaml").returncode == 0


def test_a_template_takes_the_name_of_its_file(tmp_path: Path, actbench: Run) -> None:
    assert actbench("init", "-o", "mine.yaml").returncode == 0
    text = (tmp_path / "mine.yaml").read_text()
    assert "name: mine " in text
    assert "results/mine/" in text
    assert "starter" not in text
    assert actbench("plan", "mine.yaml").returncode == 0


def test_templates_and_the_version_are_told(actbench: Run) -> None:
    listed = actbench("init", "--list").stdout
    assert "starter" in listed
    assert "boston_output        Which last-layer activation suits a regression?" in listed
    assert actbench("--version").stdout.strip() == version("actbench")


def test_an_unknown_activation(actbench: Run) -> None:
    refused(actbench("activations", "swsh"), "did you mean 'swish'?")


@pytest.mark.parametrize("looks", ["10,10", "ten", "1,5", "20,10", ""])
def test_looks_must_grow(actbench: Run, looks: str) -> None:
    done = actbench("run", "boston_output", "--until-decided", "--looks", looks)
    assert done.returncode == 2
    assert "expected growing numbers of seeds" in " ".join(done.stderr.split())


@pytest.mark.parametrize("option", [("--looks", "5,10"), ("--rope", "0.1")])
def test_options_of_looking_need_it(actbench: Run, option: tuple[str, str]) -> None:
    done = actbench("run", "boston_output", *option)
    assert done.returncode == 2
    assert "goes with --until-decided only" in done.stderr


def test_a_path_that_is_not_there_gets_the_one_most_like_it(
    main_here: Callable[..., Ended], tmp_path: Path
) -> None:
    (tmp_path / "houses.csv").write_text("price,rooms\n1,2\n")
    (tmp_path / "first_run").mkdir()
    (tmp_path / "mine.yaml").write_text("dataset: {file: house.csv, target: price}\n")
    for words, near in (
        (("plan", tmp_path / "mime.yaml"), "mine.yaml"),
        (("plan", tmp_path / "mine.yaml"), "houses.csv"),
        (("compare", tmp_path / "first_runs"), "first_run"),
        (("compare", "first_rum", "--out", tmp_path), "first_run"),
        (("data", "inspect", tmp_path / "house.csv", "--target", "price"), "houses.csv"),
    ):
        ended = main_here(*words)
        assert (ended.code, f"; did you mean '{near}'?" in ended.err) == (2, True), ended.err


def test_ctrl_c_before_the_first_output_says_what_is_kept(
    main_here: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(options, "load_specs", interrupted)
    ended = main_here("run", "boston_output")
    assert ended.code == 130
    assert "finished trials are kept. To go on: actbench run boston_output" in ended.err
