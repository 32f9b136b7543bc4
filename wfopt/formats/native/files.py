"""Reads one workflow file into its keys."""

from __future__ import annotations

from wfopt.codes import MATRIX_TOO_LARGE, UNSUPPORTED_VERSION
from wfopt.formats.native.expansion import MAX_STEPS
from wfopt.formats.native.keys import WORKFLOW
from wfopt.formats.native.records import Record
from wfopt.formats.positions import MappingNode, Node, SequenceNode, parse_yaml
from wfopt.formats.problems import Problems
from wfopt.source import SourceFile

_OTHER_FORMATS = (
    ("jobs", "a GitHub Actions workflow", "`--from github`"),
    ("tasks", "a Taskfile", "`--from taskfile`"),
    ("stages", "a dvc.yaml or a GitLab pipeline", "`--from dvc` or `--from gitlab`"),
)


def read_record(source: SourceFile, problems: Problems) -> Record | None:
    """Return the keys of a workflow file, or None if it is none, after reporting.

    Raises:
        LoadError: the file is not YAML, or declares too many steps.
    """
    root, remarks = parse_yaml(source)
    problems.add(remarks)
    if not isinstance(root, MappingNode) or root.get("wfopt") is None:
        message = "this is not a wfopt workflow: it has no `wfopt: 1`"
        problems.error(UNSUPPORTED_VERSION, message, root, hints=(_guess(root),))
        return None
    _refuse_crowd(root, problems)
    return WORKFLOW.read(root, "", problems)


def _refuse_crowd(root: MappingNode, problems: Problems) -> None:
    """Refuse a file that declares more steps than there may be, before they are read one by one.

    Raises:
        LoadError: it does.
    """
    steps = root.get("steps")
    if isinstance(steps, SequenceNode):
        count = len(steps.items)
    else:
        count = len(steps.pairs) if isinstance(steps, MappingNode) else 0
    if steps is not None and count > MAX_STEPS:
        message = f"the workflow has more than {MAX_STEPS:,} steps"
        problems.error(MATRIX_TOO_LARGE, message, steps)
        problems.stop_on_errors()


def _guess(root: Node) -> str:
    if isinstance(root, MappingNode):
        for key, words, option in _OTHER_FORMATS:
            if root.get(key) is not None:
                return f"this looks like {words}, which is read with {option}"
    return "put `wfopt: 1` at the top"
