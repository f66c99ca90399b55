"""The grammar of formulas: text to tree and back.

    sum     = product { ("+" | "-") product }
    product = signed { ("*" | "/") signed }
    signed  = "-" signed | power
    power   = atom [ "**" signed ]
    atom    = number | "x" | "pi" | function "(" sum { "," sum } ")" | "(" sum ")"

A formula comes from a spec that somebody else may have written, so Python never evaluates its
text. The parser accepts arithmetic and the functions of `FUNCTIONS` only: an attribute, a string,
a keyword or any other name is refused. Length and nesting are bounded, and with them time and
memory.
"""

import re
import unicodedata
from math import isfinite
from typing import NamedTuple

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
    number_of,
    parts,
)

LONGEST_FORMULA = 500  # characters
DEEPEST = 40  # operations, calls and parentheses inside one another

_OTHER_NAMES = {"max": "maximum", "min": "minimum", "swish": "silu"}
_ALLOWED = "a formula holds x, numbers, pi, + - * / **, parentheses and the functions " + ", ".join(
    sorted(FUNCTIONS)
)


class FormulaError(ValueError):
    """A text is not a formula; the message says where, and what was expected there."""


def parse(text: str) -> Expression:
    """The tree of a formula.

    Raises:
        FormulaError: the text is too long, nested too deeply, not a formula as the grammar has it,
            without x, or holds a number that is not finite.

    >>> parse("-x**2")
    Minus(operand=Operation(sign='**', left=Name(name='x'), right=Number(value=2.0)))
    """
    if len(text) > LONGEST_FORMULA:
        raise FormulaError(
            f"expected a formula of at most {LONGEST_FORMULA} characters, got {len(text):,}; "
            f"it begins {text[:20]!a}"
        )
    tree = _Parser(_tokens(text)).formula()
    # A sum of many terms is high although it is read flat.
    level, height = [tree], 0
    while level := [part for expression in level for part in parts(expression)]:
        height += 1
    if height > DEEPEST:
        raise _too_deep(1)
    if not depends_on_x(tree):
        raise FormulaError("expected a formula of x, got one without x; its gradient would be 0")
    _check_numbers(tree)
    return tree


def _too_deep(place: int) -> FormulaError:
    return FormulaError(
        f"at character {place}: expected at most {DEEPEST} operations inside one another, "
        "got more; group a long sum or product by parentheses"
    )


def _check_numbers(tree: Expression) -> None:
    """Refuse arithmetic of numbers alone, such as 9**9**9, whose result is not finite."""
    for part in parts(tree):
        _check_numbers(part)
    if isinstance(tree, Operation) and _is_arithmetic(tree) and not isfinite(number_of(tree)):
        left, right = number_of(tree.left), number_of(tree.right)
        raise FormulaError(
            f"expected numbers that a float can hold, got {left:g} {tree.sign} {right:g}, "
            "which is none"
        )


def _is_arithmetic(tree: Expression) -> bool:
    return tree != X and not isinstance(tree, Call) and all(map(_is_arithmetic, parts(tree)))


class _Token(NamedTuple):
    kind: str  # "number", "name", "sign" or "end"
    text: str
    place: int  # counted from 1


_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>\*\*|[-+*/(),])"
    r"|(?P<space>[ \t\r\n]+)"
    r"|(?P<other>[\s\S])"
)
_HINTS = {
    "^": "; a power is written **",
    "=": "; a formula names nothing and compares nothing",
    "[": "; use parentheses",
    "{": "; use parentheses",
    ".": "; nothing has attributes here",
}


def _tokens(text: str) -> list[_Token]:
    tokens = []
    for match in _TOKEN.finditer(text):
        kind, place = str(match.lastgroup), match.start() + 1
        if kind == "other":
            raise FormulaError(f"at character {place}: {_not_allowed(match.group())}; {_ALLOWED}")
        if kind != "space":
            tokens.append(_Token(kind, match.group(), place))
    return [*tokens, _Token("end", "", len(text) + 1)]


def _not_allowed(character: str) -> str:
    if character.isascii():
        return f"{character!a} cannot stand in a formula{_HINTS.get(character, '')}"
    name = unicodedata.name(character, "a character without a name")
    return f"{character!a} ({name}) is outside ASCII and cannot stand in a formula"


class _Parser:
    """A recursive descent parser with one token of look-ahead; each method reads one rule."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._depth = 0

    def formula(self) -> Expression:
        tree = self._sum()
        if self._next.kind != "end":
            raise self._error("an operator or the end of the formula")
        return tree

    @property
    def _next(self) -> _Token:
        return self._tokens[0]

    def _take_sign(self, *signs: str) -> str:
        """Take the next token if it is one of these signs; otherwise return ""."""
        is_one = self._next.kind == "sign" and self._next.text in signs
        return self._tokens.pop(0).text if is_one else ""

    def _expect(self, sign: str, expected: str) -> None:
        if not self._take_sign(sign):
            raise self._error(expected)

    def _sum(self) -> Expression:
        tree = self._product()
        while sign := self._take_sign("+", "-"):
            tree = Operation(sign, tree, self._product())
        return tree

    def _product(self) -> Expression:
        tree = self._signed()
        while sign := self._take_sign("*", "/"):
            tree = Operation(sign, tree, self._signed())
        return tree

    def _signed(self) -> Expression:
        """Everything nested passes through here, so this method bounds the depth."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise _too_deep(self._next.place)
        tree = Minus(self._signed()) if self._take_sign("-") else self._power()
        self._depth -= 1
        return tree

    def _power(self) -> Expression:
        base = self._atom()
        return Operation("**", base, self._signed()) if self._take_sign("**") else base

    def _atom(self) -> Expression:
        if self._take_sign("("):
            tree = self._sum()
            self._expect(")", "an operator or ')'")
            return tree
        if self._next.kind not in ("number", "name"):
            raise self._error("x, a number, a function or '('")
        token = self._tokens.pop(0)
        if token.kind == "name":
            is_name = token.text in (X.name, *CONSTANTS)
            return Name(token.text) if is_name else self._function(token)
        if not isfinite(float(token.text)):
            raise FormulaError(
                f"at character {token.place}: expected a number that a float can hold, "
                f"got '{token.text[:20]}'"
            )
        return Number(float(token.text))

    def _function(self, token: _Token) -> Call:
        name = _OTHER_NAMES.get(token.text, token.text)
        if name not in FUNCTIONS:
            raise FormulaError(
                f"at character {token.place}: there is no '{token.text[:30]}' here; {_ALLOWED}"
            )
        self._expect("(", f"'(' after {name}")
        arguments = [self._sum()]
        while self._take_sign(","):
            arguments.append(self._sum())
        self._expect(")", "an operator, ',' or ')'")
        if len(arguments) != FUNCTIONS[name]:
            raise FormulaError(
                f"at character {token.place}: {name} takes {FUNCTIONS[name]} "
                f"argument{'s'[: FUNCTIONS[name] != 1]}, got {len(arguments)}"
            )
        return Call(name, tuple(arguments))

    def _error(self, expected: str) -> FormulaError:
        token = self._next
        got = f"'{token.text[:30]}'" if token.text else "the end of the formula"
        operand = token.kind in ("number", "name") or token.text == "("
        hint = "; write * to multiply" if operand and "an operator" in expected else ""
        return FormulaError(f"at character {token.place}: expected {expected}, got {got}{hint}")


_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
_MINUS_BINDING = 3  # between product and power, as in Python: -x ** 2 is -(x ** 2)
_WHOLE = 1e15  # below it, a whole number is written without a point


def text_of(tree: Expression) -> str:
    """The canonical text of the expression, which reads back as the same tree.

    >>> text_of(Operation("*", Number(2.0), Operation("+", X, Number(0.5))))
    '2 * (x + 0.5)'
    """
    match tree:
        case Number(value):
            return str(int(value)) if value < _WHOLE and value == int(value) else repr(value)
        case Name(name):
            return name
        case Minus(operand):
            return f"-{_operand(operand, _MINUS_BINDING)}"
        case Call(function, arguments):
            return f"{function}({', '.join(map(text_of, arguments))})"
        case Operation(sign, left, right):
            # Powers group from the right, everything else from the left.
            binding, power = _BINDING[sign], sign == "**"
            before = _operand(left, binding + power)
            after = _operand(right, _MINUS_BINDING if power else binding + 1)
            return f"{before} {sign} {after}"


def _operand(tree: Expression, binding: int) -> str:
    """The text of an operand, in parentheses if its own operator binds less than `binding`."""
    own = _MINUS_BINDING if isinstance(tree, Minus) else _BINDING["**"] + 1
    if isinstance(tree, Operation):
        own = _BINDING[tree.sign]
    return text_of(tree) if own >= binding else f"({text_of(tree)})"
