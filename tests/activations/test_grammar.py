"""The grammar of formulas: what it reads, and that it can be made to do nothing else."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actbench.activations.formula import (
    CONSTANTS,
    FUNCTIONS,
    Call,
    Expression,
    Minus,
    Name,
    Number,
    Operation,
    X,
    depends_on_x,
    evaluate,
)
from actbench.activations.grammar import DEEPEST, LONGEST_FORMULA, FormulaError, parse, text_of


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("x*sigmoid(1.5*x)", "x * sigmoid(1.5 * x)"),
        (" x\n+\t.5 ", "x + 0.5"),
        ("((x))", "x"),
        ("-x**2", "-x ** 2"),
        ("(-x)**2", "(-x) ** 2"),
        ("2**-x", "2 ** -x"),
        ("x-(2-x)", "x - (2 - x)"),
        ("(x-2)-x", "x - 2 - x"),
        ("x/(2*x)", "x / (2 * x)"),
        ("(x**2)**3", "(x ** 2) ** 3"),
        ("x**(2**3)", "x ** 2 ** 3"),
        ("x*(-2)", "x * -2"),
        ("max(min(x, 1e0), -1.)", "maximum(minimum(x, 1), -1)"),
        ("swish(x)*1e20", "silu(x) * 1e+20"),
        ("sqrt(2/pi)*x", "sqrt(2 / pi) * x"),
        ("clip(x,0,6)", "clip(x, 0, 6)"),
    ],
)
def test_a_formula_has_one_canonical_spelling(text: str, canonical: str) -> None:
    assert text_of(parse(text)) == canonical
    assert parse(canonical) == parse(text)


# Python's own arithmetic on the same text is the outside truth on precedence.
@pytest.mark.parametrize(
    "text",
    [
        "-x**2",
        "2**-x**2",
        "2**3**x",
        "x-1-2-x",
        "8/x/4/2",
        "-x*-x--x",
        "3-2*x**2/4+1",
        "-(x+1)**2*3",
        "1e-1*x+.5e+1",
    ],
)
@pytest.mark.parametrize("x", [0.7, -1.3])
def test_operators_bind_as_in_python(text: str, x: float) -> None:
    expected = eval(text, {"__builtins__": {}, "x": x})
    assert float(evaluate(parse(text), x).value) == pytest.approx(expected, rel=1e-14)


def trees() -> st.SearchStrategy[Expression]:
    leaves = st.one_of(
        st.just(X),
        st.builds(Name, st.sampled_from(sorted(CONSTANTS))),
        st.builds(Number, st.floats(0, 1e300, allow_nan=False).map(lambda v: v + 0.0)),
    )

    def above(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        calls = [
            st.builds(Call, st.just(name), st.tuples(*[inner] * count))
            for name, count in FUNCTIONS.items()
        ]
        signs = st.sampled_from(["+", "-", "*", "/", "**"])
        return st.one_of(st.builds(Minus, inner), st.builds(Operation, signs, inner, inner), *calls)

    return st.recursive(leaves, above, max_leaves=8)


@given(trees())
def test_the_text_reads_back_as_the_same_tree(tree: Expression) -> None:
    """Numbers alone may come to something infinite, which the parser refuses on purpose."""
    text = text_of(tree)
    try:
        again = parse(text)
    except FormulaError as error:
        refused = "that a float can hold" in str(error) or len(text) > LONGEST_FORMULA
        assert refused or not depends_on_x(tree)
        return
    assert again == tree


# Each with a part of what is said of it.
HOSTILE = {
    "x.__class__": "at character 2: '.' cannot stand in a formula; nothing has attributes here",
    "__import__('os').system('true')": 'at character 12: "\'" cannot stand',
    "__builtins__": "at character 1: there is no '__builtins__' here; a formula holds x",
    "open(x)": "there is no 'open' here",
    "eval(x)": "there is no 'eval' here",
    "print(x)": "there is no 'print' here",
    "keras(x)": "there is no 'keras' here",
    "numpy(x)": "there is no 'numpy' here",
    "exp.__globals__(x)": "at character 4: '.'",
    "exp": "at character 4: expected '(' after exp, got the end of the formula",
    "exp(exp)": "at character 8: expected '(' after exp, got ')'",
    "[x for x in x]": "at character 1: '[' cannot stand in a formula; use parentheses",
    "(x for x in x)": "at character 4: expected an operator or ')', got 'for'; write * to mul",
    "{x: x}": "'{' cannot stand in a formula",
    "lambda x: x": "at character 9: ':' cannot stand",
    "lambda(x)": "there is no 'lambda' here",
    "(x := 3)": "at character 4: ':' cannot stand",
    "x = 3": "'=' cannot stand in a formula; a formula names nothing",
    "x == 3": "'=' cannot stand in a formula",
    "sigmoid(x=x)": "at character 10: '=' cannot stand",
    "sigmoid(*x)": "at character 9: expected x, a number, a function or '(', got '*'",
    "sigmoid(**x)": "at character 9: expected x, a number, a function or '(', got '**'",
    "sigmoid()": "at character 9: expected x, a number, a function or '(', got ')'",
    "sigmoid(x,)": "at character 11: expected x, a number, a function or '('",
    "sigmoid(x, x)": "at character 1: sigmoid takes 1 argument, got 2",
    "clip(x, 0)": "at character 1: clip takes 3 arguments, got 2",
    "f'{x}'": 'at character 2: "\'" cannot stand',
    '"x"': "at character 1: '\"' cannot stand",
    "b'x'": "at character 2",
    "x if x else x": "at character 3: expected an operator or the end of the formula, got 'if'",
    "x and x": "got 'and'",
    "not x": "there is no 'not' here",
    "await x": "there is no 'await' here",
    "None": "there is no 'None' here",
    "x[0]": "at character 2: '['",
    "x; x": "at character 2: ';' cannot stand",
    "x, x": "at character 2: expected an operator or the end of the formula, got ','",
    "x @ x": "at character 3: '@' cannot stand",
    "x // 2": "at character 4: expected x, a number, a function or '(', got '/'",
    "x % 2": "'%' cannot stand",
    "x ^ 2": "'^' cannot stand in a formula; a power is written **",
    "x | x": "'|' cannot stand",
    "~x": "'~' cannot stand",
    "x # comment": "'#' cannot stand",
    "x \\\n + 1": "'\\\\' cannot stand",
    "+x": "at character 1: expected x, a number, a function or '(', got '+'",
    "2x": "at character 2: expected an operator or the end of the formula, got 'x'; write * to",
    "x(x)": "at character 2: expected an operator or the end of the formula, got '('; write *",
    "0x10 * x": "at character 2",
    "1_000 * x": "at character 2",
    "1j * x": "at character 2: expected an operator or the end of the formula, got 'j'",
    "1e999 * x": "at character 1: expected a number that a float can hold, got '1e999'",
    "9" * 400 + "*x": "expected a number that a float can hold",
    "x + 9**9**9": "expected numbers that a float can hold, got 9 ** 3.8742e+08",
    "x + 9**9**9**9**9**9**9**9": "expected numbers that a float can hold",
    "x ** 1e308 ** 1e308": "expected numbers that a float can hold",
    "x * (1/0)": "expected numbers that a float can hold, got 1 / 0",
    "x * 0 ** -1": "expected numbers that a float can hold, got 0 ** -1",
    "x * (-1) ** 0.5": "expected numbers that a float can hold, got -1 ** 0.5",
    "2 + 2": "expected a formula of x, got one without x",
    "": "at character 1: expected x, a number, a function or '(', got the end of the formula",
    " ": "got the end of the formula",
    "(x": "at character 3: expected an operator or ')', got the end of the formula",
    "x)": "at character 2: expected an operator or the end of the formula, got ')'",
    "х": "'\\u0445' (CYRILLIC SMALL LETTER HA) is outside ASCII",
    "ｘ": "'\\uff58' (FULLWIDTH LATIN SMALL LETTER X) is outside ASCII",
    "ｅｘｐ(x)": "FULLWIDTH LATIN SMALL LETTER E",
    "𝐱": "MATHEMATICAL BOLD SMALL X",
    "x²": "'\\xb2' (SUPERSCRIPT TWO) is outside ASCII",
    "x * ٣": "ARABIC-INDIC DIGIT THREE",
    "x − 1": "'\\u2212' (MINUS SIGN) is outside ASCII",
    "x\u200b": "(ZERO WIDTH SPACE) is outside ASCII",
    "x\u00a0+ 1": "(NO-BREAK SPACE) is outside ASCII",
    "\u202ex": "(RIGHT-TO-LEFT OVERRIDE) is outside ASCII",
    "\ud800x": "'\\ud800' (a character without a name) is outside ASCII",
    "x\x00": "at character 2: '\\x00' cannot stand",
    "x\x1b[31m": "'\\x1b' cannot stand",
    "x" * 1_000_000: f"expected a formula of at most {LONGEST_FORMULA} characters, got 1,000,000",
    "(" * 10_000: f"expected a formula of at most {LONGEST_FORMULA} characters, got 10,000",
    "(" * 499: f"at character {DEEPEST + 1}: expected at most {DEEPEST} operations inside one",
    "(" * 200 + "x" + ")" * 200: "expected at most 40 operations inside one another",
    "-" * 499 + "x": f"at character {DEEPEST + 1}: expected at most {DEEPEST} operations",
    "exp(" * 90 + "x" + ")" * 90: "operations inside one another",
    "x**" * 160 + "x": "operations inside one another",
    "x+" * 249 + "x": "group a long sum or product by parentheses",
    "x*" * 249 + "x": "group a long sum or product by parentheses",
    "max(x," * 60 + "x" + ")" * 60: "operations inside one another",
}


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:30]))
def test_what_is_no_arithmetic_of_x_is_refused_at_once(text: str) -> None:
    started = time.process_time()
    with pytest.raises(FormulaError) as error:
        parse(text)
    assert time.process_time() - started < 0.1
    assert HOSTILE[text] in str(error.value)
    assert str(error.value).isprintable() and len(str(error.value)) < 600


@given(
    st.text(max_size=LONGEST_FORMULA + 10)
    | st.text(alphabet="x0.9e+-*/(), expmaxclip", max_size=200)
)
def test_any_text_at_all_is_a_tree_or_refused(text: str) -> None:
    started = time.process_time()
    try:
        tree = parse(text)
    except FormulaError:
        assert time.process_time() - started < 0.1
        return
    evaluate(tree, np.linspace(-5, 5, 101))
    assert time.process_time() - started < 0.5


def test_the_deepest_and_the_longest_still_work() -> None:
    deep = "(" * (DEEPEST - 1) + "x" + ")" * (DEEPEST - 1)
    assert parse(deep) == X
    long = "(" + "+".join(["x"] * 30) + ")" + "+(" + "+".join(["x"] * 30) + ")"
    assert float(evaluate(parse(long), 2.0).value) == 120.0
