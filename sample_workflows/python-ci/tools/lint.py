"""Check Python files for common slips, from their syntax trees.

Looked for are imports that are not used, missing docstrings and annotations,
changeable default values, `except` without a class, and lines that are too long.
"""

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LONGEST_LINE = 100

WITH_DOCSTRING = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


class Finding(NamedTuple):
    """One slip in a file."""

    line: int
    text: str


def long_lines(source: str) -> Iterator[Finding]:
    """Find lines that are too long."""
    for number, line in enumerate(source.splitlines(), start=1):
        if len(line) > LONGEST_LINE:
            yield Finding(number, f"line has {len(line)} characters")


def unused_imports(tree: ast.Module) -> Iterator[Finding]:
    """Find names that are imported but not used."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                name = (alias.asname or alias.name).partition(".")[0]
                if name not in used:
                    yield Finding(node.lineno, f"{name} is imported but not used")


def missing_docstrings(tree: ast.Module) -> Iterator[Finding]:
    """Find modules, classes and functions that do not say what they are for."""
    for node in ast.walk(tree):
        if isinstance(node, WITH_DOCSTRING) and ast.get_docstring(node) is None:
            name = getattr(node, "name", "the module")
            yield Finding(getattr(node, "lineno", 1), f"{name} has no docstring")


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield all functions and methods of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def missing_annotations(tree: ast.Module) -> Iterator[Finding]:
    """Find parameters and results without a type."""
    for function in functions(tree):
        if function.returns is None:
            yield Finding(function.lineno, f"the result of {function.name} has no type")
        parameters = function.args
        for parameter in [*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs]:
            if parameter.annotation is None and parameter.arg not in {"self", "cls"}:
                yield Finding(parameter.lineno, f"{parameter.arg} has no type")


def changeable_defaults(tree: ast.Module) -> Iterator[Finding]:
    """Find default values that one call could change for the next one."""
    for function in functions(tree):
        for default in [*function.args.defaults, *function.args.kw_defaults]:
            if isinstance(default, ast.List | ast.Dict | ast.Set):
                yield Finding(default.lineno, f"{function.name} has a changeable default")


def bare_excepts(tree: ast.Module) -> Iterator[Finding]:
    """Find handlers that catch everything."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield Finding(node.lineno, "except without a class")


def findings_in(source: str) -> list[Finding]:
    """Return all slips in a file, in the order of its lines."""
    tree = ast.parse(source)
    checks = (
        unused_imports,
        missing_docstrings,
        missing_annotations,
        changeable_defaults,
        bare_excepts,
    )
    found = list(long_lines(source))
    for check in checks:
        found.extend(check(tree))
    return sorted(found)


def main() -> None:
    """Check the files and print a report; end with 1 if there was a finding."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path, help="Python files to check")
    total = 0
    files = sorted(parser.parse_args().files)
    for path in files:
        found = findings_in(path.read_text(encoding="utf-8"))
        for line, text in found:
            print(f"{path}:{line}: {text}")
        total += len(found)
    print(f"{len(files)} files checked, {total} findings")
    sys.exit(1 if total else 0)


if __name__ == "__main__":
    main()
