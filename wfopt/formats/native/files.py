"""Reads one workflow file into its keys."""

from __future__ import annotations

from wfopt.codes import UNSUPPORTED_VERSION
from wfopt.formats.native.keys import WORKFLOW
from wfopt.formats.native.records import Record
from wfopt.formats.positions import MappingNode, Node, parse_yaml
from wfopt.formats.problems import Problems
from wfopt.source import SourceFile

_OTHER_FORMATS = (
    ("jobs", "this looks like a GitHub Actions workflow"),
    ("tasks", "this looks like a Taskfile"),
    ("stages", "this looks like a dvc.yaml or a GitLab pipeline"),
)


def read_record(source: SourceFile, problems: Problems) -> Record | None:
    """Return the keys of a workflow file, or None if it is none, after reporting.

    Raises:
        LoadError: the file is not YAML.
    """
    root, remarks = parse_yaml(source)
    problems.add(remarks)
    if not isinstance(root, MappingNode) or root.get("wfopt") is None:
        message = "this is not a wfopt workflow: it has no `wfopt: 1`"
        problems.error(UNSUPPORTED_VERSION, message, root, hints=(_guess(root),))
        return None
    return WORKFLOW.read(root, "", problems)


def _guess(root: Node) -> str:
    if isinstance(root, MappingNode):
        for key, words in _OTHER_FORMATS:
            if root.get(key) is not None:
                return f"{words}; this version runs wfopt workflows only"
    return "put `wfopt: 1` at the top"
