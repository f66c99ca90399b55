"""Reading a formula: a tokenizer and a recursive descent parser that know nothing but arithmetic.

    sum     = product { ("+" | "-") product }
    product = signed { ("*" | "/") signed }
    signed  = "-" signed | power
    power   = atom [ "**" signed ]
    atom    = number | "x" | "pi" | function "(" sum { "," sum } ")" | "(" sum ")"

A formula comes from a spec that somebody else may have written. It is never given to Python to
evaluate: a name outside the list, an attribute, a text or a keyword is no token or no atom, and
so cannot be said. Length and nesting are bounded, and with them time and memory.
"""

import re
import unicodedata
from dataclasses import dataclass
from math import inf, isfinite

from actbench.activations.expression import (
    CONSTANTS,
    FUNCTIONS,
    OTHER_NAMES,
    VARIABLE,
    Call,
    Constant,
    Expression,
    Minus,
    Number,
    Operation,
    Variable,
    depends_on_x,
    parts,
)

LONGEST = 500  # characters
DEEPEST = 40  # operations, calls and parentheses inside one another

ALLOWED = "a formula holds x, numbers, pi, + - * / **, parentheses and the functions " + ", ".join(
    sorted(FUNCTIONS)
)

_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>\*\*|[-+*/(),])"
)
_SPACES = " \t\r\n"
_HINTS = {
    "^": "; a power is written **",
    "=": "; a formula names nothing and compares nothing",
    "[": "; use parentheses",
    "{": "; use parentheses",
    ".": "; nothing has attributes here",
}


class FormulaError(ValueError):
    """A text is no formula; the message says where, what was found, and what can stand there."""


@dataclass(frozen=True)
class _Token:
    kind: str  # "number", "name", "sign" or "end"
    text: str
    place: int  # counted from 1


def parse(text: str) -> Expression:
    """The tree of a formula.

    Raises:
        FormulaError: the text is too long, too deep, no arithmetic of the functions known here,
            without x, or holds a number that is not finite.

    >>> parse("-x**2")
    Minus(operand=Operation(sign='**', left=Variable(), right=Number(value=2.0)))
    >>> parse("x.real")
    Traceback (most recent call last):
    ...
    actbench.activations.grammar.FormulaError: at character 2: '.' cannot stand in a formula; ...
    """
    if len(text) > LONGEST:
        raise FormulaError(
            f"expected a formula of at most {LONGEST} characters, got {len(text):,}; "
            f"it begins {text[:20]!a}"
        )
    tree = _Parser(_tokens(text)).whole()
    if _height(tree) > DEEPEST:
        raise FormulaError(_too_deep(1))
    if not depends_on_x(tree):
        raise FormulaError("expected a formula of x, got one without x; its gradient would be 0")
    _check_numbers(tree)
    return tree


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while at < len(text):
        if text[at] in _SPACES:
            at += 1
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise FormulaError(f"at character {at + 1}: {_stranger(text[at])}; {ALLOWED}")
        found.append(_Token(str(match.lastgroup), match.group(), at + 1))
        at = match.end()
    return [*found, _Token("end", "", len(text) + 1)]


def _stranger(character: str) -> str:
    if character.isascii():
        return f"{character!a} cannot stand in a formula{_HINTS.get(character, '')}"
    name = unicodedata.name(character, "a character without a name")
    return f"{character!a} ({name}) is outside ASCII and cannot stand in a formula"


class _Parser:
    """Reads tokens from the left, one look ahead; `_depth` counts what is open around."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Expression:
        tree = self._sum()
        if self._next.kind != "end":
            raise self._refusal("an operator or the end of the formula")
        return tree

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += 1
        return token

    def _take_if(self, *signs: str) -> str:
        """The sign that stands next, taken, where it is one of these; nothing where it is not."""
        token = self._next
        return self._take().text if token.kind == "sign" and token.text in signs else ""

    def _expect(self, sign: str, what: str) -> None:
        if not self._take_if(sign):
            raise self._refusal(what)

    def _sum(self) -> Expression:
        tree = self._product()
        while sign := self._take_if("+", "-"):
            tree = Operation(sign, tree, self._product())
        return tree

    def _product(self) -> Expression:
        tree = self._signed()
        while sign := self._take_if("*", "/"):
            tree = Operation(sign, tree, self._signed())
        return tree

    def _signed(self) -> Expression:
        """Every way into something nested leads through here, so the depth is counted here."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise FormulaError(_too_deep(self._next.place))
        tree = Minus(self._signed()) if self._take_if("-") else self._power()
        self._depth -= 1
        return tree

    def _power(self) -> Expression:
        base = self._atom()
        return Operation("**", base, self._signed()) if self._take_if("**") else base

    def _atom(self) -> Expression:
        if self._take_if("("):
            tree = self._sum()
            self._expect(")", "an operator or ')'")
            return tree
        token = self._next
        if token.kind == "number":
            return self._number()
        if token.kind != "name":
            raise self._refusal("x, a number, a function or '('")
        self._take()
        if token.text == VARIABLE:
            return Variable()
        return Constant(token.text) if token.text in CONSTANTS else self._call(token)

    def _number(self) -> Number:
        token = self._take()
        value = float(token.text)
        if not isfinite(value):
            raise FormulaError(
                f"at character {token.place}: expected a number that a float can hold, "
                f"got '{token.text[:20]}'"
            )
        return Number(value)

    def _call(self, token: _Token) -> Call:
        function = OTHER_NAMES.get(token.text, token.text)
        if function not in FUNCTIONS:
            raise FormulaError(
                f"at character {token.place}: there is no '{token.text[:30]}' here; {ALLOWED}"
            )
        self._expect("(", f"'(' after {function}")
        arguments = [self._sum()]
        while self._take_if(","):
            arguments.append(self._sum())
        self._expect(")", "an operator, ',' or ')'")
        if len(arguments) != FUNCTIONS[function]:
            raise FormulaError(
                f"at character {token.place}: {function} takes {FUNCTIONS[function]} "
                f"argument{'s'[: FUNCTIONS[function] != 1]}, got {len(arguments)}"
            )
        return Call(function, tuple(arguments))

    def _refusal(self, expected: str) -> FormulaError:
        token = self._next
        got = f"'{token.text[:30]}'" if token.text else "the end of the formula"
        operand = token.kind in ("number", "name") or token.text == "("
        hint = "; write * to multiply" if operand and "an operator" in expected else ""
        return FormulaError(f"at character {token.place}: expected {expected}, got {got}{hint}")


def _too_deep(place: int) -> str:
    return (
        f"at character {place}: expected at most {DEEPEST} operations inside one another, "
        "got more; group a long sum or product by parentheses"
    )


def _height(tree: Expression) -> int:
    """Operations inside one another. A sum of many terms leans left: it is read without nesting."""
    level, height = [tree], 0
    while level := [part for one in level for part in parts(one)]:
        height += 1
    return height


def _check_numbers(tree: Expression) -> float | None:
    """The value of arithmetic of numbers alone, None for anything else; each must be finite.

    Floats throughout: a power of them takes one step however large it is.
    """
    match tree:
        case Number(value):
            return value
        case Constant(name):
            return CONSTANTS[name]
        case Minus(operand):
            inner = _check_numbers(operand)
            return None if inner is None else -inner
        case Operation(sign, first, second):
            left, right = _check_numbers(first), _check_numbers(second)
            return None if left is None or right is None else _computed(sign, left, right)
    for part in parts(tree):
        _check_numbers(part)
    return None


def _computed(sign: str, left: float, right: float) -> float:
    try:
        value = _arithmetic(sign, left, right)
    except (OverflowError, ZeroDivisionError):
        value = inf
    if isinstance(value, complex) or not isfinite(value):
        raise FormulaError(
            f"expected numbers that a float can hold, got {left:g} {sign} {right:g}, which is none"
        )
    return value


def _arithmetic(sign: str, left: float, right: float) -> float | complex:
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
    power: float | complex = left**right
    return power
