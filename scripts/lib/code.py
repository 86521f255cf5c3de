"""Which files a program is made of, so that rules can declare their code as an input.

Snakemake tracks the content of input files; a program that is an input with all it imports
reruns its jobs when one of these files changes, and only then.
"""

import ast
import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

PACKAGE = "scripts"

# To parse whole files would take a tenth of the time in which Snakemake starts.
_IMPORT = re.compile(
    rf"^[ \t]*((?:from|import)[ \t]+{PACKAGE}\b[^(#\n]*(?:\([^)]*\))?)", re.MULTILINE
)


def code_of(program: str) -> Callable[[Any], list[str]]:
    """The input function of a rule that names the code of its program.

    Files are read for jobs that are planned, and not for each rule of the workflow: a job of a
    cluster starts Snakemake for itself alone.

    Raises:
        FileNotFoundError: there is no such module.
    """
    _found(program, Path())
    return lambda _wildcards: code_files(program)


def code_files(program: str, root: Path = Path()) -> list[str]:
    """Paths of a program and of all modules of this project that it imports, however deep.

    Args:
        program: dotted name, such as `scripts.sample.sample_pool`.
        root: folder that holds the package; the paths are relative to it.

    Raises:
        FileNotFoundError: there is no such module.
    """
    found: dict[str, Path] = {}
    waiting = [program]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        path = found[module] = _found(module, root)
        waiting.extend(_imports(path, root))
    return sorted(str(path.relative_to(root)) for path in found.values())


def _found(module: str, root: Path) -> Path:
    path = _file_of(module, root)
    if path is None:
        raise FileNotFoundError(f"no module {module!r} below {root.resolve()}")
    return path


@functools.cache
def _file_of(module: str, root: Path) -> Path | None:
    base = root.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


@functools.cache
def _imports(path: Path, root: Path) -> tuple[str, ...]:
    """Modules of this project that a file imports anywhere in it, absolute imports only."""
    text = path.read_text(encoding="utf-8")
    modules = []
    for node in _statements(text):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            modules += [node.module, *(name for name in inner if _file_of(name, root))]
        elif isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
    return tuple(name for name in modules if name.split(".")[0] == PACKAGE)


def _statements(text: str) -> list[ast.AST]:
    """The imports of a file, and maybe more of it."""
    try:
        return [node for found in _IMPORT.findall(text) for node in ast.parse(found).body]
    except SyntaxError:  # a comment within, or a line of a text that begins as they do
        return list(ast.walk(ast.parse(text)))
