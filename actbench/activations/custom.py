"""A user's own activation: a function of one tensor, `package.module:function`."""

import ast
from collections.abc import Sequence
from pathlib import Path

from actbench.user_code import UserCodeError, UserFunction, locate_function, why_no_function


def locate_activation(path: str, folders: Sequence[Path] = ()) -> UserFunction:
    """Find the activation in the folders or on Python's path; run nothing.

    `folders`: by default the working directory.

    Raises:
        UserCodeError: there is no such module or function, or it cannot take one tensor.
    """
    function = locate_function(path, folders, example="my_activations:bent")
    statement = function.statement
    wrong = why_no_function(statement)
    if isinstance(statement, ast.FunctionDef):
        wrong = _why_not_one_argument(statement.args)
    if wrong:
        raise UserCodeError(
            f"expected a function that takes one tensor and gives one; {function.place} {wrong}"
        )
    return function


def _why_not_one_argument(arguments: ast.arguments) -> str:
    """Why the function cannot be called with one tensor; "" if it can."""
    for keyword, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is None:
            return f"needs the keyword argument '{keyword.arg}'; give it a default"
    positional = len(arguments.posonlyargs) + len(arguments.args)
    required = positional - len(arguments.defaults)
    if required > 1:
        return f"needs {required} arguments; give all but the first a default"
    return "" if positional or arguments.vararg else "takes no argument"
