import ast
import pathlib
import sys

for _ in range(60):
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
        tree = ast.parse(path.read_text())
        names = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        assert len(names) == len(set(names)), path
