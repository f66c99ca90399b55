"""Formulas in NumPy: values and exact derivatives together, by dual numbers over the tree.

A dual number is a value and its derivative by x; each operation carries both on by the chain rule
(Wengert, A simple automatic derivative evaluation program, 1964). At kinks, the derivative is the
one that Keras takes on TensorFlow.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erf, expit

from actbench.activations.expression import (
    CONSTANTS,
    Call,
    Constant,
    Expression,
    Minus,
    Number,
    Operation,
    Variable,
)
from actbench.activations.formulas import exponentials, gated, rectifiers, sigmoids
from actbench.activations.formulas.rectifiers import Array, as_array

Function = Callable[[Array], Array]


class Dual(NamedTuple):
    """Values and their derivatives by x, both of the shape of x."""

    value: Array
    slope: Array


# Value and derivative of every function of one argument.
_OF_ONE: dict[str, tuple[Function, Function]] = {
    "abs": (np.abs, np.sign),
    "arcsinh": (np.arcsinh, lambda x: 1 / np.sqrt(1 + x**2)),
    "arctan": (np.arctan, lambda x: 1 / (1 + x**2)),
    "cos": (np.cos, lambda x: -np.sin(x)),
    "cosh": (np.cosh, np.sinh),
    "elu": (exponentials.elu, exponentials.elu_derivative),
    "erf": (erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-(x**2))),
    "exp": (np.exp, np.exp),
    "expm1": (np.expm1, np.exp),
    "gelu": (gated.gelu, gated.gelu_derivative),
    "hard_sigmoid": (sigmoids.hard_sigmoid, sigmoids.hard_sigmoid_derivative),
    "log": (np.log, lambda x: 1 / x),
    "log1p": (np.log1p, lambda x: 1 / (1 + x)),
    "log_sigmoid": (sigmoids.log_sigmoid, sigmoids.log_sigmoid_derivative),
    "mish": (gated.mish, gated.mish_derivative),
    "relu": (rectifiers.relu, rectifiers.relu_derivative),
    "selu": (exponentials.selu, exponentials.selu_derivative),
    "sigmoid": (expit, lambda x: expit(x) * expit(-x)),
    "sign": (np.sign, np.zeros_like),
    "silu": (gated.silu, gated.silu_derivative),
    "sin": (np.sin, np.cos),
    "sinh": (np.sinh, np.cosh),
    "softplus": (exponentials.softplus, exponentials.softplus_derivative),
    "softsign": (sigmoids.softsign, sigmoids.softsign_derivative),
    "sqrt": (np.sqrt, lambda x: 0.5 / np.sqrt(x)),
    "square": (np.square, lambda x: 2 * x),
    "tanh": (np.tanh, lambda x: 1 / np.cosh(np.minimum(np.abs(x), 350.0)) ** 2),
}


def evaluate(tree: Expression, x: ArrayLike) -> Dual:
    """The formula and its derivative at x, of any shape, in float64.

    What overflows is infinite, and what has no value (the logarithm of a negative number) is NaN;
    neither warns.

    >>> from actbench.activations.grammar import parse
    >>> value, slope = evaluate(parse("x ** 2 / 2"), [3.0, -1.0])
    >>> value, slope
    (array([4.5, 0.5]), array([ 3., -1.]))
    """
    with np.errstate(all="ignore"):
        return _dual(tree, as_array(x))


def number_of(tree: Expression) -> float:
    """The value of an expression without x."""
    return float(evaluate(tree, 0.0).value)


def _dual(tree: Expression, x: Array) -> Dual:
    match tree:
        case Number(value):
            return _constant(value, x)
        case Constant(name):
            return _constant(CONSTANTS[name], x)
        case Variable():
            return Dual(x, np.ones_like(x))
        case Minus(operand):
            inner = _dual(operand, x)
            return Dual(-inner.value, -inner.slope)
        case Operation(sign, left, right):
            return _OPERATIONS[sign](_dual(left, x), _dual(right, x))
        case Call(function, arguments):
            duals = [_dual(argument, x) for argument in arguments]
            return _called(function, *duals)


def _constant(value: float, x: Array) -> Dual:
    return Dual(np.full_like(x, value), np.zeros_like(x))


def _called(function: str, first: Dual, *more: Dual) -> Dual:
    match function:
        case "maximum":
            return _chosen(first.value >= more[0].value, first, more[0])
        case "minimum":
            return _chosen(first.value <= more[0].value, first, more[0])
        case "clip":
            return _clipped(first, *more)
    value, derivative = _OF_ONE[function]
    return Dual(as_array(value(first.value)), _times(derivative(first.value), first.slope))


def _chosen(first: "np.typing.NDArray[np.bool_]", one: Dual, other: Dual) -> Dual:
    """The one where `first` holds, the other elsewhere; NaN in either is NaN."""
    nan = np.where(np.isnan(one.value) | np.isnan(other.value), np.nan, 0.0)
    return Dual(
        np.where(first, one.value, other.value) + nan, np.where(first, one.slope, other.slope)
    )


def _clipped(inner: Dual, low: Dual, high: Dual) -> Dual:
    """min(max(inner, low), high)."""
    raised = _chosen(inner.value >= low.value, inner, low)
    return _chosen(raised.value <= high.value, raised, high)


def _times(outer: Array, slope: Array) -> Array:
    """The chain rule; where the inner slope is 0, so is the product, however steep the outer."""
    return np.where(slope == 0, 0.0, outer * slope)


def _sum(a: Dual, b: Dual) -> Dual:
    return Dual(a.value + b.value, a.slope + b.slope)


def _difference(a: Dual, b: Dual) -> Dual:
    return Dual(a.value - b.value, a.slope - b.slope)


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
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
    "**": _power,
}
