"""A formula over `x` as a frozen tree of plain values, and the text it is written back as.

Plain Python: nothing here imports NumPy, TensorFlow or Keras, and nothing here is evaluated.
`actbench.activations.grammar` makes the trees; `actbench.activations.formulas.expressions` and
`actbench.activations.keras_expressions` give them numbers.
"""

from dataclasses import dataclass
from math import pi

# Every function that a formula can call, by its name in Keras, with the number of its arguments.
FUNCTIONS: dict[str, int] = dict.fromkeys(
    """
    abs arcsinh arctan cos cosh elu erf exp expm1 gelu hard_sigmoid log log1p log_sigmoid mish
    relu selu sigmoid sign silu sin sinh softplus softsign sqrt square tanh
    """.split(),
    1,
) | {"maximum": 2, "minimum": 2, "clip": 3}
OTHER_NAMES = {"max": "maximum", "min": "minimum", "swish": "silu"}
CONSTANTS = {"pi": pi}
VARIABLE = "x"

_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
_OF_MINUS = 3  # between product and power, as in Python: -x ** 2 is -(x ** 2)
_WHOLE = 1e15  # below it, a whole number is written without a point


@dataclass(frozen=True)
class Number:
    """A number, finite and not negative."""

    value: float


@dataclass(frozen=True)
class Constant:
    """A number with a name: one of `CONSTANTS`."""

    name: str


@dataclass(frozen=True)
class Variable:
    """The input, x."""


@dataclass(frozen=True)
class Minus:
    """The operand with its sign turned."""

    operand: "Expression"


@dataclass(frozen=True)
class Operation:
    """Two operands and one of `+ - * / **` between them."""

    sign: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Call:
    """One of `FUNCTIONS`, with as many arguments as it takes."""

    function: str
    arguments: tuple["Expression", ...]


Expression = Number | Constant | Variable | Minus | Operation | Call


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
    """Whether `x` stands anywhere in the expression."""
    return isinstance(tree, Variable) or any(map(depends_on_x, parts(tree)))


def text_of(tree: Expression) -> str:
    """The expression in its one canonical spelling, which reads back as the same tree.

    >>> text_of(Operation("*", Number(2.0), Operation("+", Variable(), Number(0.5))))
    '2 * (x + 0.5)'
    """
    match tree:
        case Number(value):
            return str(int(value)) if value < _WHOLE and value == int(value) else repr(value)
        case Constant(name):
            return name
        case Variable():
            return VARIABLE
        case Minus(operand):
            return f"-{_inside(operand, _OF_MINUS)}"
        case Call(function, arguments):
            return f"{function}({', '.join(map(text_of, arguments))})"
        case Operation(sign, left, right):
            # Powers group from the right, everything else from the left.
            binding, power = _BINDING[sign], sign == "**"
            before = _inside(left, binding + power)
            after = _inside(right, _OF_MINUS if power else binding + 1)
            return f"{before} {sign} {after}"


def _inside(tree: Expression, binding: int) -> str:
    """The text, in parentheses where its operator binds less than `binding`."""
    own = _OF_MINUS if isinstance(tree, Minus) else _BINDING["**"] + 1
    if isinstance(tree, Operation):
        own = _BINDING[tree.sign]
    return text_of(tree) if own >= binding else f"({text_of(tree)})"
