"""A user's own function, `package.module:function`: find it, hash its source, import it.

The digest is part of a trial's identity, so that an edit gives new trials. Only `import_function`
runs the user's code.
"""

import ast
import importlib
import importlib.util
import re
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

from actbench.errors import SpecError
from actbench.wording import listed

PATH = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*$"
LONGEST_PATH = 200  # characters
_MOST_REEXPORTS = 10  # modules that import the function from the next

_BLOCKS = (ast.If, ast.Try, ast.ExceptHandler, ast.With, ast.For, ast.While)
_LITERAL = (ast.Constant, ast.List, ast.Dict, ast.Set, ast.Tuple, ast.JoinedStr)
_MODULE = re.compile(r"[a-z_]\w{0,99}(\.\w{1,99}){0,9}", re.ASCII | re.IGNORECASE)
_LIBRARIES = ("site-packages", "dist-packages", Path(sysconfig.get_path("stdlib")).name)


class UserCodeError(ValueError):
    """There is no such function, or it is not of the kind that was expected."""


@dataclass(frozen=True)
class UserFunction:
    """A function of the user's, the file that defines it, and all modules that it may use.

    `folder` is the one that Python imports the module from; None for an installed package.
    `statement` defines the function. `sources`: the SHA-256 of each module's file, by its path
    below the folder or package.
    """

    path: str
    file: Path
    folder: Path | None
    statement: ast.stmt
    sources: Mapping[str, str]

    @property
    def name(self) -> str:
        """The function's own name."""
        return self.path.split(":")[1]

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that change with any of the sources."""
        text = "\n".join(f"{name} {self.sources[name]}" for name in sorted(self.sources))
        return sha256(text.encode()).hexdigest()[:16]

    @property
    def place(self) -> str:
        """The function with its file and line, for messages."""
        return f"'{self.name}' ({self.file}:{self.statement.lineno})"


def folders_for(spec_folder: Path | None, folder: str | None) -> list[Path]:
    """Where a spec's module is looked for: in its `folder`, else beside the spec and then here."""
    own = (spec_folder or Path()).absolute()
    return [own / folder] if folder else list(dict.fromkeys([own, Path.cwd()]))


def locate_function(path: str, folders: Sequence[Path], example: str) -> UserFunction:
    """Find `package.module:function` in the folders or on Python's path; run nothing.

    `folders` are searched first; without any, the working directory. `example`: such a path, for
    messages. The sources are those of the whole module and of every module that it imports,
    directly or through others, from the same folder or package; of an installed package, of all
    its modules.

    Raises:
        UserCodeError: there is no such module or function, or it is no plain function.
    """
    if len(path) > LONGEST_PATH or not re.fullmatch(PATH, path):
        raise UserCodeError(
            "expected the place of a function as package.module:function, such as "
            f"{example}, got {path[:60]!a}"
        )
    folders = folders or [Path.cwd()]
    module, name = path.split(":")
    for _ in range(_MOST_REEXPORTS):
        file, tree, package = _source(module, folders)
        statements = dict(_definitions(tree))
        if name not in statements:
            functions = [n for n, s in statements.items() if isinstance(s, ast.FunctionDef)]
            hint = f"; its functions are {listed(functions[:10])}" if functions else ""
            words = f"there is no function '{name}' at the top level of '{module}' ({file})"
            raise UserCodeError(words + hint)
        definition = statements[name]
        if not isinstance(definition, ast.ImportFrom):
            folder, sources = _sources(path.split(":")[0], folders)
            return UserFunction(path, file, folder, definition, sources)
        module, name = _origin(definition, name, package)
    raise UserCodeError(
        f"'{path}' is handed on from module to module; name the one that defines it"
    )


def why_no_function(statement: ast.stmt) -> str:
    """Why what the statement defines is no function; "" if it may be one."""
    if isinstance(statement, ast.AsyncFunctionDef | ast.ClassDef | ast.Import):
        return "is no plain function"
    value = getattr(statement, "value", None)
    return "cannot be called" if isinstance(value, _LITERAL) else ""


def _source(module: str, folders: Sequence[Path]) -> tuple[Path, ast.Module, str]:
    """The module's file, its syntax tree, and the package that its imports are relative to."""
    spec = _module_spec(module, folders)
    if spec.origin is None or not spec.origin.endswith(".py"):
        raise UserCodeError(
            f"expected a module with Python source in '{module}', got {spec.origin or 'none'}; "
            "wrap the function in a module of your own, since its source is part of a trial's "
            "identity"
        )
    file = Path(spec.origin)
    try:
        return file, ast.parse(file.read_bytes()), _package(module, file)
    except (OSError, SyntaxError, ValueError, RecursionError) as error:
        raise UserCodeError(f"{file} cannot be read as Python: {error}") from None


def _package(module: str, file: Path) -> str:
    return module if file.name == "__init__.py" else module.rpartition(".")[0]


def _module_spec(module: str, folders: Sequence[Path]) -> ModuleSpec:
    """Where Python would import the module from; the packages around it are not run."""
    importlib.invalidate_caches()
    head, *tail = module.split(".")
    spec = _top_level_spec(head, folders)
    for part in tail:
        below = spec.submodule_search_locations if spec else None
        spec = PathFinder.find_spec(part, list(below)) if below else None
    if spec is None:
        raise UserCodeError(
            f"there is no module '{module}' in {listed(map(str, folders))} or on Python's path; "
            "run actbench in the folder that holds it, or add that folder to PYTHONPATH"
        )
    return spec


def _top_level_spec(name: str, folders: Sequence[Path]) -> ModuleSpec | None:
    places = [*map(str, folders), *sys.path]  # the user's first, as with `python -m`
    specs = (f.find_spec(name, places if f is PathFinder else None) for f in sys.meta_path)
    return next((spec for spec in specs if spec is not None), None)


def _definitions(tree: ast.AST) -> Iterator[tuple[str, ast.stmt]]:
    """The names that an import defines, with their statements, those under `if` and `try` too."""
    for part in ast.iter_child_nodes(tree):
        match part:
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                yield name, part
            case ast.Import(names) | ast.ImportFrom(_, names):
                yield from ((alias.asname or alias.name.split(".")[0], part) for alias in names)
            case _ if isinstance(part, _BLOCKS):
                yield from _definitions(part)
            case ast.stmt():
                stored = (node for node in ast.walk(part) if isinstance(node, ast.Name))
                yield from ((n.id, part) for n in stored if isinstance(n.ctx, ast.Store))


def _origin(statement: ast.ImportFrom, name: str, package: str) -> tuple[str, str]:
    """The module that `from module import ... as name` imports it from, and its name there."""
    original = next(a.name for a in statement.names if name in (a.asname, a.name))
    relative = "." * statement.level + (statement.module or "")
    try:
        return importlib.util.resolve_name(relative, package), original
    except ImportError as error:
        words = f"'{name}' comes from '{relative}', which leads nowhere: {error}"
        raise UserCodeError(words) from None


def _sources(module: str, folders: Sequence[Path]) -> tuple[Path | None, dict[str, str]]:
    """The folder that holds the module (None for a library), and the digests of its sources."""
    file, *_ = _source(module, folders)
    package = file.parent if file.name == "__init__.py" else file
    root = package.parents[module.count(".")]
    folder = None if root.name in _LIBRARIES else root
    if folder is None:
        top = root / module.split(".")[0]
        files = list(top.rglob("*.py")) or [file]
    else:
        files = list(_imported_files(module, root))
    return folder, {
        f.relative_to(root).as_posix(): sha256(f.read_bytes()).hexdigest() for f in files
    }


def _imported_files(module: str, root: Path) -> Iterator[Path]:
    """The files of the module, and of all modules below `root` that importing it may import."""
    waiting, seen = [module], set[str]()
    while waiting:
        parts = waiting.pop().split(".")
        for count in range(1, len(parts) + 1):  # Python imports the packages around a module first
            name, place = ".".join(parts[:count]), root.joinpath(*parts[:count])
            if name in seen:
                continue
            seen.add(name)
            for file in (place / "__init__.py", place.with_suffix(".py")):
                if file.is_file():
                    waiting += _imports(file, _package(name, file))
                    yield file
                    break


def _imports(file: Path, package: str) -> Iterator[str]:
    """Names of modules that the file may import, and some that are no modules.

    Any text, such as "helpers", may be the name of a module that `importlib` imports.
    """
    tree = ast.Module([], [])
    with suppress(OSError, SyntaxError, ValueError, RecursionError):
        tree = ast.parse(file.read_bytes())
    for node in ast.walk(tree):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module, names, level):
                with suppress(ImportError):  # beyond the top of the package
                    origin = importlib.util.resolve_name("." * level + (module or ""), package)
                    yield origin
                    yield from (f"{origin}.{alias.name}" for alias in names)
            case ast.Constant(str(text)) if _MODULE.fullmatch(text):
                yield from (text, f"{package}.{text}")


# The source of each module when this process first imported it. Python imports a module once, so
# that a later edit has no effect in this process.
_source_at_import: dict[str, str] = {}


def import_function(function: UserFunction, digest: str, what: str) -> Callable[..., Any]:
    """Import the function, as `python -m` would; this runs the user's module.

    `digest` is that of the source when the spec was read; results are kept under it. `what` names
    the function in messages.

    Raises:
        SpecError: it cannot be imported or called, or was edited since the spec was read.
    """
    now = function.sources
    unchanged = now == {n: _source_at_import.setdefault(n, now[n]) for n in now}
    if digest != function.digest or not unchanged:
        raise SpecError(
            f"{what} ({function.file}) was edited while this process ran; "
            "run the same command again, and it is trained as it is now"
        )
    module, name = function.path.split(":")
    here = str(function.folder or Path.cwd())
    if here not in sys.path and not ("" in sys.path and here == str(Path.cwd())):
        sys.path.insert(0, here)
    importlib.invalidate_caches()
    try:
        imported: Callable[..., Any] = getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as error:  # whatever the user's code raises
        raise SpecError(
            f"{what} cannot be imported: {in_one_line(error)}; "
            f"try: python -c 'from {module} import {name}'"
        ) from error
    if not callable(imported):
        raise SpecError(f"{what}: expected a function, got {imported!r:.60}")
    return imported


def in_one_line(error: BaseException) -> str:
    """The kind of the error and its message, on one line of bounded length."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
