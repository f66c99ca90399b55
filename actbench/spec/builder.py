"""The architecture type `builder`: a function of the user's that builds the Keras model.

Reading it runs nothing: the source is located, digested, and its signature is checked.
"""

import ast
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from actbench.spec.activation import Activation
from actbench.spec.architecture import TYPE, Architecture
from actbench.spec.problems import LONGEST_LABEL, Problem, one_problem, optional, refuse, shown
from actbench.user_code import (
    PATH,
    UserCodeError,
    UserFunction,
    folders_for,
    locate_function,
    why_no_function,
)
from actbench.wording import counted, listed, nearest

# What a builder is called with, in this order; its arguments follow by name.
GIVEN = ("input_shape", "outputs", "hidden", "output")
# What belongs to an arm: a builder gets it by name if its signature names it.
INITIALIZERS = {"hidden": "kernel_initializer", "output": "output_initializer"}
DROPOUT = "dropout_layer"
OF_THE_ARM = (*INITIALIZERS.values(), DROPOUT)

_EXAMPLE = "my_model:build"


class Builder(Architecture):
    """A model that a Python function of the user's builds; a run imports and calls it."""

    tried_before_training = True

    type: Annotated[Literal["builder"], TYPE]
    build: Annotated[
        str,
        Field(
            description="The function, as package.module:function; see docs/your-model.md.",
            json_schema_extra={"pattern": PATH},
        ),
    ]
    arguments: dict[str, Any] = Field(
        {}, description="Further arguments of the function, by their names."
    )
    folder: Annotated[str, Field(min_length=1)] | None = optional(
        "The folder that holds the module, relative to the spec; by default that of the spec, "
        "then the working directory."
    )
    _folder: Path | None = PrivateAttr(default=None)
    _digest: str = PrivateAttr(default="")
    _takes: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="after")
    def _find_function(self, info: ValidationInfo) -> "Builder":
        folders = folders_for((info.context or {}).get("folder"), self.folder)
        try:
            function = locate_function(self.build, folders, _EXAMPLE)
        except UserCodeError as error:
            raise one_problem(str(error), "build") from None
        self._folder = function.folder
        self._digest = function.digest
        parameters = _parameters(function)
        refuse(_signature_problems(function, parameters, self.arguments))
        if parameters is not None:
            named = {a.arg for a in (*parameters.args, *parameters.kwonlyargs)}
            taken = tuple(n for n in OF_THE_ARM if n in named and n not in self.arguments)
            self._takes = taken
        return self

    @property
    def default_label(self) -> str:
        arguments = listed(f"{name}={_plain(value)}" for name, value in self.arguments.items())
        label = f"{self.build}({arguments})" if arguments else self.build
        if len(label) > LONGEST_LABEL:
            label = f"{self.build}({counted(len(self.arguments), 'argument')})"
        return label[-LONGEST_LABEL:]

    @property
    def identity(self) -> dict[str, Any]:
        """The function with the digest of its source, and its arguments; no folder."""
        fields = {k: v for k, v in super().identity.items() if k != "folder"}
        return fields | {"digest": self._digest}

    @property
    def digest(self) -> str:
        """The digest of the source as it was when the spec was read."""
        return self._digest

    @property
    def takes(self) -> tuple[str, ...]:
        """What belongs to an arm and goes to the function, by the names of its parameters."""
        return self._takes

    @property
    def user_function(self) -> str:
        return self.build

    @property
    def notes(self) -> tuple[str, ...]:
        return (
            f"What {self.build} builds is not known before `actbench run` builds it: how many "
            "weights each arm has, and whether it is a model for this data. A run builds it before "
            "it trains anything.",
        )

    def function(self) -> UserFunction:
        """The function as it stands now.

        Raises:
            UserCodeError: it is not there any more.
        """
        return locate_function(self.build, [self._folder] if self._folder else [], _EXAMPLE)

    def filled(self, folder: Path | None) -> dict[str, Any]:
        """Plain values; `folder` leads from the spec's folder to that of the module."""
        plain = super().filled(folder) | {"arguments": self.arguments}
        if folder is not None and self._folder is not None:
            plain["folder"] = Path(os.path.relpath(self._folder, folder)).as_posix()
        return plain

    def why_hidden_is_unused(self) -> Problem | None:
        return None  # known once it is built

    def why_not(self, axis: str, candidate: Activation) -> str:
        name = INITIALIZERS[axis]
        if not candidate.has_own_initializer or name in self._takes:
            return ""
        return (
            f"'{candidate.label}' has an initialiser of its own, which {self.build} does not take; "
            f"give the function a parameter `{name}` and use it in its layers"
        )

    @property
    def why_no_dropout(self) -> str:
        if DROPOUT in self._takes:
            return ""
        return f"give the function a parameter `{DROPOUT}`, and call it for each layer of dropout"

    def __hash__(self) -> int:
        return hash(json.dumps(self.identity, sort_keys=True))


def _plain(value: Any) -> str:
    if isinstance(value, str) and value.isprintable():
        return value
    return json.dumps(value).replace('"', "")


def _parameters(function: UserFunction) -> ast.arguments | None:
    """The parameters of the function; None where a decorator or an assignment may change them."""
    statement = function.statement
    if isinstance(statement, ast.FunctionDef) and not statement.decorator_list:
        return statement.args
    return None


def _signature_problems(
    function: UserFunction, parameters: ast.arguments | None, arguments: dict[str, Any]
) -> Iterator[Problem]:
    """Why the function cannot be called with what is given and these arguments."""
    call = f"build({listed(GIVEN)}, **arguments)"
    if wrong := why_no_function(function.statement):
        words = f"expected a function that is called as {call}; {function.place} {wrong}"
        yield Problem(("build",), words)
    for name, value in arguments.items():
        if name in GIVEN:
            yield Problem(("arguments", name), f"'{name}' is given by actbench itself", at_key=True)
        elif wrong := _why_not_plain(value):
            yield Problem(("arguments", name), wrong)
    if parameters is None:
        return
    positional = [a.arg for a in (*parameters.posonlyargs, *parameters.args)]
    if len(positional) < len(GIVEN) and not parameters.vararg:
        words = f"expected a function that is called as {call}; {function.place} takes"
        yield Problem(("build",), f"{words} {listed(positional) or 'no argument'}")
        return
    by_name = [*positional[len(GIVEN) :], *(a.arg for a in parameters.kwonlyargs)]
    unknown = [n for n in arguments if n not in (*by_name, *GIVEN)] if not parameters.kwarg else []
    for name in unknown:
        words = f"{function.place} has no parameter '{name}'{nearest(name, by_name)}"
        takes = f" (it takes {listed(by_name)})" if by_name else ""
        yield Problem(("arguments", name), words + takes, at_key=True)
    for name in _required(parameters):
        if name not in (*arguments, *OF_THE_ARM):
            words = f"{function.place} needs its argument '{name}'; set it under `arguments`"
            yield Problem(("build",), words)


def _required(parameters: ast.arguments) -> list[str]:
    """The parameters without a default, after those in `GIVEN`."""
    positional = [a.arg for a in (*parameters.posonlyargs, *parameters.args)]
    without = positional[: len(positional) - len(parameters.defaults)][len(GIVEN) :]
    pairs = zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
    return [*without, *(a.arg for a, default in pairs if default is None)]


def _why_not_plain(value: Any) -> str:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return f"expected a finite number, a text, a list or a mapping of these, got {shown(value)}"
    return ""
