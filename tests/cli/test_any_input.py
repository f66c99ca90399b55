"""Whatever a spec, a table or a file beside it holds: words and an exit code, and in time."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from actbench.results import Journal, Record

Main = Callable[..., Any]

REFERENCE = Path(__file__).parents[2] / "results" / "reference" / "boston_output"
SPEC = {
    "name": "trial",
    "dataset": "boston_housing",
    "architecture": {"type": "mlp", "units": [4]},
    "activations": {"hidden": ["relu"], "output": ["linear", {"name": "elu", "alpha": 0.5}]},
    "optimizer": {"name": "adam", "learning_rate": 0.001},
    "loss": "mse",
    "metrics": ["mae"],
    "epochs": 1,
    "batch_size": 64,
    "seeds": 2,
    "baseline": {"output": "linear"},
    "expect": [{"worse": {"output": "elu"}, "than": {"output": "linear"}, "metric": "mae"}],
}
LOOKS = {
    "looks": [10, 20, 30],
    "alpha": 0.05,
    "comparisons": 5,
    "taken": 30,
    "decided": [
        {
            "block": "boston_housing, mlp(64-64)",
            "arm": "relu / tanh",
            "metric": "mae",
            "seeds": 10,
            "decision": "worse",
            "rope": None,
        }
    ],
    "rope": None,
}
ENVIRONMENT = {"data": {"boston_housing": {"digest": "0123", "origin": "package"}}}
# How many examples of each test; more with ACTBENCH_FUZZ=1000, then others every time.
EXAMPLES = int(os.environ.get("ACTBENCH_FUZZ", "20"))
FUZZ = settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES == 20,
    deadline=timedelta(seconds=20),  # a hang fails
    database=None,
)
NOT_PRINTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

WORDS = [
    "\x1b]52;c;aGk=\x07",
    "\x9b31m",
    "\u202e",
    "0x",
    "1e400",
    "-Infinity",
    "9" * 400,
    "9" * 5_000,
    "[" * 3_000,
    "{" * 3_000,
    "- " * 500,
    "," * 5_000,
    "\n",
    "\r",
    "\0",
    '"',
    "'",
    "\t",
    ";",
    ": ",
    "&a [*a]",
    "!!python/name:os.system",
    "=HYPERLINK(1)",
    "\ufeff",
    "\\ud800",
    "nan",
    "1e308",
    "-1",
    "null",
    "true",
]
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([10**400, -(10**20), 2**63, 0, -1]),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from(WORDS),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def edited(content: bytes) -> st.SearchStrategy[bytes]:
    """The content with some pieces replaced by others, of whatever kind."""
    inserted = st.binary(max_size=6) | st.sampled_from([word.encode() for word in WORDS])
    position = st.integers(0, len(content))
    edits = st.lists(st.tuples(position, st.integers(0, 12), inserted), min_size=1, max_size=4)

    def apply(pieces: list[tuple[int, int, bytes]]) -> bytes:
        result = content
        for start, length, new in pieces:
            result = result[:start] + new + result[start + length :]
        return result

    return edits.map(apply)


def replaced(tree: Any) -> st.SearchStrategy[Any]:
    """The plain values with one of them replaced, or one key renamed."""
    paths = list(_paths(tree))

    def replace(path: tuple[Any, ...], value: Any) -> Any:
        if not path:
            return value
        copy = json.loads(json.dumps(tree))
        inner = copy
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        return copy

    return st.builds(replace, st.sampled_from(paths), values)


def _paths(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(tree, dict | list):
        for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from _paths(value, (*path, key))


def as_yaml(value: Any) -> bytes:
    try:
        return yaml.safe_dump(value, allow_unicode=True).encode(errors="replace")
    except yaml.YAMLError:
        return repr(value).encode(errors="replace")


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def check(ended: Any) -> None:
    """Whatever happened, it must have ended in words and an exit code."""
    printed = ended.out + ended.err
    assert ended.code in (0, 1, 2, 3), ended
    assert "Traceback" not in printed
    assert not NOT_PRINTED.search(printed)
    assert ended.code in (0, 3) or len(ended.err.split()) > 3


@pytest.fixture(scope="module")
def compare_with(main_here: Main) -> Callable[[str, bytes], None]:
    """Compare the published results, with one of their files replaced."""

    def compare(file: str, content: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name in ("trials.csv", "spec.yaml", "environment.json", "history.csv"):
                shutil.copy(REFERENCE / name, folder)
            Path(folder, file).write_bytes(content)
            check(main_here("compare", folder))

    compare("environment.json", b"{}")  # so that no example pays for what is imported
    return compare


@pytest.fixture(scope="module")
def plan_with(main_here: Main) -> Callable[[bytes, bytes], None]:
    """Plan a spec that has a journal already."""

    def plan(spec: bytes, journal: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "trial.yaml")
            path.write_bytes(spec)
            Path(folder, "trial").mkdir()
            Path(folder, "trial", "journal.jsonl").write_bytes(journal)
            check(main_here("plan", path, "--out", folder))

    plan(as_yaml(SPEC), b"")
    return plan


def table() -> bytes:
    """A part of a published table, small enough that an edit matters."""
    lines = (REFERENCE / "trials.csv").read_text().splitlines()
    return "\n".join([lines[0], *(line for line in lines if ",1,2," in line)]).encode()


def journal() -> bytes:
    """Three lines of an older version, and three with a checksum."""
    with tempfile.TemporaryDirectory() as folder:
        file = Journal(Path(folder, "journal.jsonl"))
        for seed in range(3):
            metrics = {"test_mae": 2.5}
            file.append(Record(f"{seed:016x}", {"epochs": 1}, seed, "d", "ok", metrics=metrics))
        lines = file.path.read_bytes()
    older = lines.replace(b'"schema": 2', b'"schema": 1')
    return re.sub(rb', "checksum": "[0-9a-f]+"', b"", older) + lines


@FUZZ
@given(replaced(SPEC).map(as_yaml) | edited(as_yaml(SPEC)))
def test_any_spec(plan_with: Any, spec: bytes) -> None:
    plan_with(spec, b"")


@FUZZ
@given(edited(journal()))
def test_any_journal(plan_with: Any, compare_with: Any, journal: bytes) -> None:
    plan_with(as_yaml(SPEC), journal)
    compare_with("journal.jsonl", journal)


@FUZZ
@given(edited(table()))
def test_any_table(compare_with: Any, table: bytes) -> None:
    compare_with("trials.csv", table)


@FUZZ
@given(replaced(LOOKS).map(as_json) | edited(as_json(LOOKS)))
def test_any_looks(compare_with: Any, looks: bytes) -> None:
    compare_with("looks.json", looks)


@FUZZ
@given(replaced(SPEC).map(as_yaml) | edited((REFERENCE / "spec.yaml").read_bytes()))
def test_any_spec_beside_a_table(compare_with: Any, spec: bytes) -> None:
    compare_with("spec.yaml", spec)


@FUZZ
@given(replaced(ENVIRONMENT).map(as_json) | edited(as_json(ENVIRONMENT)))
def test_any_environment(compare_with: Any, environment: bytes) -> None:
    compare_with("environment.json", environment)
