"""What a task has to be given: https://taskfile.dev/docs/guide#ensuring-required-variables-are-set."""

from __future__ import annotations

from wfopt.formats.plain import plain, text_in
from wfopt.formats.positions import MappingNode, Node
from wfopt.formats.taskfile.evaluating import Open, Scope
from wfopt.formats.taskfile.records import Task, items_of
from wfopt.formats.taskfile.templates import TemplateError
from wfopt.formats.taskfile.texts import go_text
from wfopt.formats.taskfile.variables import filled


def missing_variable(task: Task, scope: Scope) -> str:
    """Return why a task cannot run without being given a variable, or "" if it has all that it requires."""
    requires = task.get("requires")
    for node in items_of(requires.get("vars") if isinstance(requires, MappingNode) else None):
        keys = node if isinstance(node, MappingNode) else None
        name = text_in(keys.get("name") if keys else node)
        if name not in scope.values and name not in scope.environ:
            return f"the variable `{name}`, which has to be given"
        value = scope.values.get(name)
        if not isinstance(value, Open) and keys and not _is_allowed(go_text(value), keys.get("enum"), scope):
            return f"the variable `{name}`, which has a value that is not allowed"
    return ""


def _is_allowed(text: str, node: Node | None, scope: Scope) -> bool:
    if node is None or isinstance(node, MappingNode):
        return True
    try:
        allowed = filled(plain(node), scope)
    except TemplateError:
        return True
    return not isinstance(allowed, list) or text in map(go_text, allowed)
