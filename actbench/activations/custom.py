"""A user's own activation, `package.module:function`: found and read, without running any of it.

The function's source is part of a trial's identity, so that an edited function gives new trials.
"""

import ast
import hashlib
import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

_FORM = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)
LONGEST = 200
_MOST_HOPS = 10  # from a module that only hands the function on to the one that defines it

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_NO_FUNCTION = (ast.Constant, ast.List, ast.Dict, ast.Set, ast.Tuple, ast.JoinedStr)


class CustomError(ValueError):
    """There is no such function, or not one that can serve; the message says what to do."""


@dataclass(frozen=True)
class Custom:
    """A function of the user's: the file that defines it, and the digest of its source."""

    path: str
    file: Path
    digest: str


def locate(path: str) -> Custom:
    """Find `package.module:function` from the working directory and Python's path.

    The digest is of the function and of everything in its module that it uses by name; layout,
    comments and documentation do not count. What it imports from elsewhere is not followed.

    Raises:
        CustomError: there is no such module or function, or it cannot take one tensor.
    """
    if len(path) > LONGEST or not _FORM.fullmatch(path):
        raise CustomError(
            "expected the place of a function as package.module:function, such as "
            f"my_activations:bent, got {path[:60]!a}"
        )
    module, name = path.split(":")
    for _ in range(_MOST_HOPS):
        file, tree, package = _source(module)
        bound = _bindings(tree)
        if name not in bound:
            raise CustomError(_no_such_name(module, name, file, bound))
        definition = bound[name][-1]
        if not isinstance(definition, ast.ImportFrom):
            _check(definition, name, file)
            return Custom(path, file, _digest(bound, name))
        module, name = _origin(definition, name, package)
    raise CustomError(f"'{path}' is handed on from module to module; name the one that defines it")


def _source(module: str) -> tuple[Path, ast.Module, str]:
    """The file of a module, its syntax tree, and the package that it counts imports from."""
    found = _found(module)
    if found.origin is None or not found.origin.endswith(".py"):
        raise CustomError(
            f"expected a module with Python source in '{module}', got {found.origin or 'none'}; "
            "wrap the function in a module of your own, since its source is part of a trial's "
            "identity"
        )
    file = Path(found.origin)
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError) as error:
        raise CustomError(f"{file} cannot be read as Python: {error}") from None
    inside = found.submodule_search_locations is not None
    return file, tree, module if inside else module.rpartition(".")[0]


def _found(module: str) -> ModuleSpec:
    """Where Python would import the module from; unlike Python, no package around it is run."""
    importlib.invalidate_caches()
    head, *tail = module.split(".")
    found = _top_level(head)
    for part in tail:
        inside = found.submodule_search_locations if found else None
        found = PathFinder.find_spec(part, list(inside)) if inside else None
    if found is None:
        raise CustomError(
            f"there is no module '{module}' in {Path.cwd()} or on Python's path; "
            "run actbench in the folder that holds it, or add that folder to PYTHONPATH"
        )
    return found


def _top_level(name: str) -> ModuleSpec | None:
    for finder in sys.meta_path:
        # As `python -m` does: the working directory comes first.
        ours = finder is PathFinder
        found = (
            PathFinder.find_spec(name, [str(Path.cwd()), *sys.path])
            if ours
            else finder.find_spec(name, None)
        )
        if found is not None:
            return found
    return None


def _bindings(tree: ast.Module) -> dict[str, list[ast.stmt]]:
    """The statements of the module's top level, by the names that they bind."""
    bound: dict[str, list[ast.stmt]] = {}
    for statement in _top_statements(tree.body):
        for name in _names_bound(statement):
            bound.setdefault(name, []).append(statement)
    return bound


def _top_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Every statement that is run on import: those under `if` and `try` too."""
    for statement in body:
        if isinstance(statement, ast.If | ast.Try | ast.With | ast.For | ast.While):
            for part in ast.iter_child_nodes(statement):
                if isinstance(part, ast.ExceptHandler):
                    yield from _top_statements(part.body)
                elif isinstance(part, ast.stmt):
                    yield from _top_statements([part])
        else:
            yield statement


def _names_bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        for alias in statement.names:
            yield alias.asname or alias.name.split(".")[0]
    else:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def _no_such_name(module: str, name: str, file: Path, bound: dict[str, list[ast.stmt]]) -> str:
    functions = [n for n, found in bound.items() if isinstance(found[-1], ast.FunctionDef)]
    known = f"; its functions are {', '.join(functions[:10])}" if functions else ""
    return f"there is no function '{name}' at the top level of '{module}' ({file}){known}"


def _origin(statement: ast.ImportFrom, name: str, package: str) -> tuple[str, str]:
    """The module and the name that `from module import name as ...` takes it from."""
    there = next(a.name for a in statement.names if name in (a.asname, a.name))
    relative = "." * statement.level + (statement.module or "")
    try:
        return importlib.util.resolve_name(relative, package), there
    except ImportError as error:
        raise CustomError(
            f"'{name}' comes from '{relative}', which leads nowhere: {error}"
        ) from None


def _check(statement: ast.stmt, name: str, file: Path) -> None:
    where = f"{file}:{statement.lineno}"
    if isinstance(statement, ast.FunctionDef):
        wrong = _misfit(statement.args)
    elif isinstance(statement, ast.AsyncFunctionDef | ast.ClassDef | ast.Import):
        wrong = "is no plain function"
    else:
        value = getattr(statement, "value", None)
        wrong = "cannot be called" if isinstance(value, _NO_FUNCTION) else ""
    if wrong:
        raise CustomError(
            f"expected a function that takes one tensor and gives one; '{name}' ({where}) {wrong}"
        )


def _misfit(arguments: ast.arguments) -> str:
    """Why the function cannot be called with one tensor, or nothing where it can."""
    positional = len(arguments.posonlyargs) + len(arguments.args)
    needed = positional - len(arguments.defaults)
    named = [
        a.arg for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if not d
    ]
    if named:
        return f"needs the keyword argument '{named[0]}'; give it a default"
    if needed > 1:
        return f"needs {needed} arguments; give all but the first a default"
    return "" if positional or arguments.vararg else "takes no argument"


def _digest(bound: dict[str, list[ast.stmt]], name: str) -> str:
    """SHA-256 of the function's source and of what it uses of its module, to 16 digits."""
    waiting, used = [name], dict[str, list[ast.stmt]]()
    while waiting:
        one = waiting.pop()
        if one in used:
            continue
        used[one] = bound[one]
        nodes = (node for statement in bound[one] for node in ast.walk(statement))
        waiting += [n.id for n in nodes if isinstance(n, ast.Name) and n.id in bound]
    text = "\n".join(ast.unparse(_bare(s)) for key in sorted(used) for s in used[key])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class _WithoutDocumentation(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return node


def _bare(statement: ast.stmt) -> ast.AST:
    found: ast.AST = _WithoutDocumentation().visit(statement)
    return found
