"""Formulas over x as trees of plain values: what they consist of, their values and derivatives.

`actbench.activations.grammar` reads them from text and writes them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import pi
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from actbench.activations.catalogue import CATALOGUE
from actbench.activations.gated import erf
from actbench.activations.info import Array

CONSTANTS = {"pi": pi}

# Functions of one argument by their names in Keras, each with its derivative.
_ELEMENTARY: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "abs": (np.abs, np.sign),
    "arcsinh": (np.arcsinh, lambda x: 1 / np.sqrt(1 + x**2)),
    "arctan": (np.arctan, lambda x: 1 / (1 + x**2)),
    "cos": (np.cos, lambda x: -np.sin(x)),
    "cosh": (np.cosh, np.sinh),
    "erf": (erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-(x**2))),
    "exp": (np.exp, np.exp),
    "expm1": (np.expm1, np.exp),
    "log": (np.log, lambda x: 1 / x),
    "log1p": (np.log1p, lambda x: 1 / (1 + x)),
    "sign": (np.sign, np.zeros_like),
    "sin": (np.sin, np.cos),
    "sinh": (np.sinh, np.cosh),
    "sqrt": (np.sqrt, lambda x: 0.5 / np.sqrt(x)),
    "square": (np.square, lambda x: 2 * x),
    "tanh": (np.tanh, lambda x: 1 / np.cosh(np.minimum(np.abs(x), 350.0)) ** 2),
}
# Activations of the catalogue that a formula can call.
_SHARED = "elu gelu hard_sigmoid log_sigmoid mish relu selu sigmoid silu softplus softsign".split()
_OF_ONE_ARGUMENT = _ELEMENTARY | {
    name: (CATALOGUE[name].values, CATALOGUE[name].slopes) for name in _SHARED
}

# Every function that a formula can call, with the number of its arguments.
FUNCTIONS: dict[str, int] = dict.fromkeys(sorted(_OF_ONE_ARGUMENT), 1)
FUNCTIONS |= {"maximum": 2, "minimum": 2, "clip": 3}


@dataclass(frozen=True)
class Number:
    """A number, finite and not negative."""

    value: float


@dataclass(frozen=True)
class Name:
    """The input, `x`, or one of `CONSTANTS`."""

    name: str


@dataclass(frozen=True)
class Minus:
    """The operand, negated."""

    operand: "Expression"


@dataclass(frozen=True)
class Operation:
    """Two operands with one of `+ - * / **` between them."""

    sign: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Call:
    """One of `FUNCTIONS`, with as many arguments as it takes."""

    function: str
    arguments: tuple["Expression", ...]


Expression = Number | Name | Minus | Operation | Call
X = Name("x")


def parts(tree: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside this one."""
    match tree:
        case Minus(operand):
            return (operand,)
        case Operation(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
    return ()


def depends_on_x(tree: Expression) -> bool:
    """Whether `x` occurs anywhere in the expression."""
    return tree == X or any(map(depends_on_x, parts(tree)))


class Dual(NamedTuple):
    """Values and their derivatives by x, both of the shape of x.

    Every operation carries both on by the chain rule (Wengert, A simple automatic derivative
    evaluation program, 1964). At kinks, the derivative is the one that Keras uses on TensorFlow.
    """

    value: Array
    slope: Array


def evaluate(tree: Expression, x: ArrayLike) -> Dual:
    """The formula and its exact derivative at x, of any shape, in float64.

    Overflow gives infinity, and an input without a value (the logarithm of a negative number) NaN;
    neither warns.

    >>> from actbench.activations.grammar import parse
    >>> value, slope = evaluate(parse("x ** 2 / 2"), [3.0, -1.0])
    >>> value, slope
    (array([4.5, 0.5]), array([ 3., -1.]))
    """
    with np.errstate(all="ignore"):
        return _dual(tree, np.asarray(x, np.float64))


def number_of(tree: Expression) -> float:
    """The value of an expression without x."""
    return float(evaluate(tree, 0.0).value)


def _dual(tree: Expression, x: Array) -> Dual:
    match tree:
        case Number(value):
            return Dual(np.full_like(x, value), np.zeros_like(x))
        case Name("x"):
            return Dual(x, np.ones_like(x))
        case Name(name):
            return Dual(np.full_like(x, CONSTANTS[name]), np.zeros_like(x))
        case Minus(operand):
            inner = _dual(operand, x)
            return Dual(-inner.value, -inner.slope)
        case Operation(sign, left, right):
            return _OPERATIONS[sign](_dual(left, x), _dual(right, x))
        case Call(function, arguments):
            return _call(function, *(_dual(argument, x) for argument in arguments))


def _call(function: str, first: Dual, *others: Dual) -> Dual:
    match function, others:
        case "maximum", (other,):
            return _choose(first.value >= other.value, first, other)
        case "minimum", (other,):
            return _choose(first.value <= other.value, first, other)
        case "clip", (low, high):
            return _call("minimum", _call("maximum", first, low), high)
    value, derivative = _OF_ONE_ARGUMENT[function]
    return Dual(np.asarray(value(first.value)), _times(derivative(first.value), first.slope))


def _choose(use_a: NDArray[np.bool_], a: Dual, b: Dual) -> Dual:
    """`a` where `use_a` is true, else `b`; NaN where either is NaN."""
    nan = np.where(np.isnan(a.value) | np.isnan(b.value), np.nan, 0.0)
    return Dual(np.where(use_a, a.value, b.value) + nan, np.where(use_a, a.slope, b.slope))


def _times(outer: Array, slope: Array) -> Array:
    """The chain rule. Where the inner slope is 0, so is the product, whatever `outer` is."""
    return np.where(slope == 0, 0.0, outer * slope)


def _product(a: Dual, b: Dual) -> Dual:
    return Dual(a.value * b.value, _times(b.value, a.slope) + _times(a.value, b.slope))


def _quotient(a: Dual, b: Dual) -> Dual:
    value = a.value / b.value
    return Dual(value, _times(1 / b.value, a.slope) - _times(value / b.value, b.slope))


def _power(a: Dual, b: Dual) -> Dual:
    value = a.value**b.value
    by_base = np.where(b.value == 0, 0.0, b.value * a.value ** (b.value - 1))
    by_exponent = np.where(a.value == 0, 0.0, value * np.log(a.value))
    return Dual(value, _times(by_base, a.slope) + _times(by_exponent, b.slope))


_OPERATIONS: dict[str, Callable[[Dual, Dual], Dual]] = {
    "+": lambda a, b: Dual(a.value + b.value, a.slope + b.slope),
    "-": lambda a, b: Dual(a.value - b.value, a.slope - b.slope),
    "*": _product,
    "/": _quotient,
    "**": _power,
}
