"""`actbench activations` as a person calls it."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from actbench.activations.catalogue import CATALOGUE
from actbench.cli.activation_profiles import profiles
from actbench.cli.activations import activations
from actbench.errors import ActbenchError, SpecError

WIDTHS = [60, 80, 140]


@pytest.fixture
def at_width(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def printed(width: int | None, *names: str, **options: Any) -> str:
        if width is None:
            monkeypatch.delenv("COLUMNS", raising=False)
        else:
            monkeypatch.setenv("COLUMNS", str(width))
        activations(list(names), **options)
        return capsys.readouterr().out

    return printed


@pytest.mark.parametrize("width", WIDTHS)
def test_the_list_names_every_activation_within_the_width(width: int, at_width: Any) -> None:
    text = at_width(width)
    assert max(map(len, text.splitlines())) <= width
    first_words = [line.split()[0].strip(",") for line in text.splitlines() if line.strip()]
    assert set(CATALOGUE) <= set(first_words)
    assert "[-0.3088, inf)" in text and "traits: M monotone" in text


@pytest.mark.parametrize("width", [*WIDTHS, None])
@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_everything_of_one_fits_the_width(name: str, width: int, at_width: Any) -> None:
    text = at_width(width, name)
    assert max(map(len, text.splitlines())) <= (width or 200)
    for head in ("formula", "derivative", "range", "gradient zero", "initialiser"):
        assert f"  {head} " in text
    assert "f(x)" in text and "f'(x)" in text and "⠀" not in text


def test_the_curve_of_sigmoid_is_where_it_belongs(at_width: Any) -> None:
    lines = at_width(60, "sigmoid").splitlines()
    start = next(i for i, line in enumerate(lines) if line.endswith(" f(x)"))
    rows = lines[start + 1 : start + 11]
    assert rows[0].startswith("0.999 │") and rows[-1].startswith("    0 │⣀")
    assert lines[start + 12].split() == ["-7", "0", "7"]


def test_several_names_in_their_order_each_once(at_width: Any) -> None:
    text = at_width(80, "tanh", "swish", "silu")
    assert text.startswith("tanh\n") and text.count("silu, swish\n") == 1


def test_json_is_strict_and_complete(at_width: Any) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(word)

    entries = json.loads(at_width(80, as_json=True), parse_constant=refuse)
    assert [entry["name"] for entry in entries] == list(CATALOGUE)
    relu = next(entry for entry in entries if entry["name"] == "relu")
    expected = {"low": 0.0, "high": None, "low_reached": True, "high_reached": False}
    assert relu["range"] == expected
    assert relu["saturation"] == "below" and relu["papers"][0]["year"] == 2010


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".SVG", b"<?xml")])
def test_plot_draws_one_or_several(suffix: str, start: bytes, tmp_path: Path) -> None:
    file = tmp_path / f"curves{suffix}"
    activations(["relu", "glu", "threshold"], plot=file)
    drawn = file.read_bytes()
    assert drawn.startswith(start)
    activations(["relu", "glu", "threshold"], plot=file, force=True)
    assert file.read_bytes() == drawn


@pytest.mark.parametrize(
    ("names", "file", "kind", "words"),
    [
        (["relu"], "x.jpeg", SpecError, "expected a file ending in .png or .svg for --plot"),
        (["relu"], "x", SpecError, "expected a file ending in .png or .svg for --plot"),
        ([], "x.png", SpecError, "expected the activations to draw before --plot, got none"),
        (["rellu"], "x.png", SpecError, "did you mean 'relu'?"),
        (["relu"], "no/such/x.png", ActbenchError, "no/such/x.png: there is no folder"),
        (["relu"], ".", SpecError, "expected a file ending in .png or .svg"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    names: list[str], file: str, kind: type[ActbenchError], words: str, tmp_path: Path
) -> None:
    with pytest.raises(kind, match=words):
        activations(names, plot=tmp_path / file)


def test_from_the_shell(actbench: Any, tmp_path: Path) -> None:
    done = actbench("activations", "elu", "hard_swish", "--plot", "two.svg")
    assert (done.returncode, done.stdout) == (0, "")
    assert "wrote two.svg" in done.stderr and (tmp_path / "two.svg").is_file()
    done = actbench("activations", "elu", "--plot", "two.gif")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "expected a file ending in .png or .svg for --plot, got 'two.gif'" in done.stderr
    done = actbench("activations", "elu", "swsh")
    assert done.returncode == 2 and "did you mean 'swish'?" in done.stderr
    done = actbench("activations", "elu", before=("env", "PYTHONIOENCODING=latin-1"))
    assert done.returncode == 0 and " |" in done.stdout and "*" in done.stdout


@pytest.mark.parametrize("width", [*WIDTHS, None])
def test_a_formula_is_shown_like_the_rest(width: int, at_width: Any) -> None:
    text = at_width(width, formulas=["x*sigmoid(1.5*x)"])
    assert max(map(len, text.splitlines())) <= (width or 200)
    assert text.startswith("x * sigmoid(1.5 * x)\n  formula ")
    for words in ("about [-0.1856, inf)", "f(0) = 0, f'(0) = 0.5", " f(x)", " f'(x)"):
        assert words in text


def test_the_drawn_curve_of_a_formula_is_that_of_the_known_activation() -> None:
    known, own, same = profiles(["silu"], ["x * sigmoid(x)", "x*swish(x)/x"])
    np.testing.assert_allclose(own.curve.values, known.curve.values, rtol=1e-12)
    np.testing.assert_allclose(own.curve.slopes, known.curve.slopes, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(same.curve.slopes, known.curve.slopes, rtol=1e-9, atol=1e-15)


def test_json_of_a_formula_tells_that_it_is_approximate(at_width: Any) -> None:
    printed = at_width(80, "relu", formulas=["log(x)", "log( x )"], as_json=True)
    relu, own = json.loads(printed)
    assert relu["name"] == "relu" and "approximate" not in relu
    assert own["formula"] == "log(x)" and own["approximate"] is True
    assert own["undefined"] == [-10000.0, -1e-12] and own["at_0"] == [None, None]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"formulas": ["x.real"]}, "--formula: at character 2: '.' cannot stand in a formula"),
        ({"formulas": ["log(-1 - square(x))"]}, "--formula: no finite number for any x from -7 to"),
        ({"customs": ["nowhere"]}, "--custom: expected the place of a function as package.module"),
        ({"customs": ["no_such_module:f"]}, "--custom: there is no module 'no_such_module' in"),
    ],
)
def test_what_is_no_activation_of_one_s_own_is_said(
    options: dict[str, list[str]], words: str
) -> None:
    with pytest.raises(SpecError, match=re.escape(words)):
        activations(**options)


MODULE = """\
import tensorflow as tf
from keras import ops

def bent(x):
    return ops.maximum(x, 0.1 * x)

def soft(x):
    return ops.softmax(x)

def narrow(x):
    return tf.sigmoid(x * tf.constant(1.0))
"""


@pytest.mark.slow
def test_a_function_of_one_s_own_from_the_shell(actbench: Any, tmp_path: Path) -> None:
    """`narrow` works in float32 only; `soft` is of a whole row."""
    (tmp_path / "mine.py").write_text(MODULE, encoding="utf-8")
    own = [w for name in ("bent", "soft", "narrow") for w in ("--custom", f"mine:{name}")]
    done = actbench("activations", "leaky_relu", *own, "--json", "--plot", "f.png")
    assert done.returncode == 0 and (tmp_path / "f.png").is_file()
    assert done.stderr == "wrote f.png\n"
    _, bent, soft, narrow = json.loads(done.stdout)
    assert bent["slopes"] == pytest.approx([0.1, 1.0]) and bent["range"]["low"] is None
    assert soft["elementwise"] is False and soft["at_0"] == [0.5, 0.25]
    expected = {"low": 0.0, "high": 1.0, "low_reached": False, "high_reached": False}
    assert narrow["range"] == expected and narrow["elementwise"] is True
