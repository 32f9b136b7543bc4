"""Write one Markdown page for each module of a package, from the docstrings alone."""

import argparse
import ast
from collections.abc import Iterator
from pathlib import Path


def signature(function: ast.FunctionDef) -> str:
    """Return the head of a function as it stands in the source."""
    result = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    return f"{function.name}({ast.unparse(function.args)}){result}"


def members(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """Yield the lines about the public classes and functions of a body."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from (f"## `{node.name}`", "", ast.get_docstring(node) or "", "")
            yield from members(node.body, f"{node.name}.")
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield from (f"## `{prefix}{signature(node)}`", "", ast.get_docstring(node) or "", "")


def page(module: str, source: str) -> str:
    """Return the page about a module."""
    tree = ast.parse(source)
    lines = [f"# {module}", "", ast.get_docstring(tree) or "", "", *members(tree.body)]
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Write the pages and an index of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path, help="folder of the package")
    parser.add_argument("pages", type=Path, help="folder to write the pages to")
    options = parser.parse_args()
    package: Path = options.package
    pages: Path = options.pages
    pages.mkdir(parents=True, exist_ok=True)
    index = page(package.name, (package / "__init__.py").read_text(encoding="utf-8")) + "\n"
    for path in sorted(package.glob("*.py")):
        if path.stem == "__init__":
            continue
        module = f"{package.name}.{path.stem}"
        text = page(module, path.read_text(encoding="utf-8"))
        (pages / f"{module}.md").write_text(text, encoding="utf-8")
        index += f"- [{module}]({module}.md)\n"
    (pages / "index.md").write_text(index, encoding="utf-8")


if __name__ == "__main__":
    main()
