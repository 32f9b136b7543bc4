"""What holds for the tree as a whole: imports, package files, strategies and message codes."""

import ast
import importlib
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from wfopt.analyzer.registry import CODES

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "wfopt"
STRATEGY_FIXTURES = ROOT / "tests" / "fixtures" / "strategies"


def module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_names(tree: ast.AST) -> Iterator[str]:
    """Yield the dotted name of every import, also of those inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def import_graph(package: Path) -> dict[str, set[str]]:
    """Map each module of a package to the modules of the package that it imports.

    `from a.b import c` means the module `a.b.c` where there is one, else the module `a.b`.
    """
    paths = {module_name(path, package.parent): path for path in package.rglob("*.py")}
    graph: dict[str, set[str]] = {}
    for name, path in paths.items():
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        wanted = set(imported_names(tree))
        found = {full if full in paths else full.rpartition(".")[0] for full in wanted}
        graph[name] = found & paths.keys()
    return graph


def cycle_in(graph: Mapping[str, set[str]]) -> list[str]:
    """Return the nodes of one cycle, the first repeated at the end; empty where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_imports_itself_through_others() -> None:
    graph = import_graph(PACKAGE)
    assert "wfopt.source" in graph["wfopt.errors"]
    assert cycle_in(graph) == []


@pytest.mark.parametrize(
    "closing",
    [
        "from sample.first import VALUE",
        "from sample import first",
        "import sample.first",
        "def late():\n    from sample.first import VALUE",
    ],
)
def test_every_way_to_import_closes_a_cycle(tmp_path: Path, closing: str) -> None:
    package = tmp_path / "sample"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "first.py").write_text("from sample.second import OTHER\n", encoding="utf-8")
    (package / "second.py").write_text(f"{closing}\n", encoding="utf-8")
    assert set(cycle_in(import_graph(package))) == {"sample.first", "sample.second"}


def test_package_files_are_empty() -> None:
    files = sorted(PACKAGE.rglob("__init__.py"))
    assert PACKAGE / "__init__.py" in files
    assert [str(path.relative_to(ROOT)) for path in files if path.stat().st_size] == []


def test_every_strategy_has_fixtures_and_an_example() -> None:
    strategies = importlib.import_module("wfopt.scheduler.registry").STRATEGIES
    problems: list[str] = []
    for strategy in strategies:
        folder = STRATEGY_FIXTURES / strategy.name
        if not any(path.is_file() for path in folder.rglob("*")):
            problems.append(f"{strategy.name}: no file in {folder.relative_to(ROOT)}")
        if "Example" not in (strategy.__doc__ or ""):
            problems.append(f"{strategy.name}: no example in the docstring")
    assert strategies
    assert problems == []


def test_codes_are_unique() -> None:
    numbers = [code.number for code in CODES]
    names = [code.name for code in CODES]
    assert sorted(set(numbers)) == sorted(numbers)
    assert sorted(set(names)) == sorted(names)


def test_codes_are_well_formed() -> None:
    assert [code for code in CODES if not re.fullmatch(r"WF\d{3}", code.number, re.ASCII)] == []
    assert [code for code in CODES if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code.name)] == []
    assert len(CODES) > 0
