"""What a task does, one thing after another: commands and calls of other tasks, loops unrolled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress

from wfopt.dataclass import dataclass, field
from wfopt.formats.plain import text_in
from wfopt.formats.positions import MappingNode, Node, ScalarNode
from wfopt.formats.remarks import Remarks
from wfopt.formats.taskfile.evaluating import Known, Scope, fill
from wfopt.formats.taskfile.loops import rounds
from wfopt.formats.taskfile.machine import is_here
from wfopt.formats.taskfile.records import Task, is_true, items_of
from wfopt.formats.taskfile.templates import TemplateError
from wfopt.formats.taskfile.variables import settle
from wfopt.formats.taskfile.vocabulary import COMMAND_KEYS, note_unknown_keys

_PART_OF_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A command, or a call of another task.

    Attributes:
        text: the command, its templates filled in; as written if that is not possible.
        call: the name of the task that is called instead, or "".
        given: the variables that a call hands over.
        why: why it cannot be run here as it is, or "".
        condition: a command that decides whether it runs, or "".
        is_off: whether it certainly does not run here.
        is_deferred: whether it runs at the end of its task, whatever happened.
        node: where it stands.
    """

    node: Node
    text: str = ""
    call: str = ""
    given: Mapping[str, Known] = field(default_factory=dict)
    why: str = ""
    condition: str = ""
    is_off: bool = False
    is_deferred: bool = False

    def get(self, key: str) -> Node | None:
        """Return the value of one of its keys, or None."""
        return self.node.get(key) if isinstance(self.node, MappingNode) else None

    @property
    def allows_failure(self) -> bool:
        """Whether its task goes on after it failed; so it does after all that is deferred."""
        return self.is_deferred or is_true(self.get("ignore_error"))

    @property
    def timeout_s(self) -> float | None:
        """How many seconds it may take, or None."""
        return duration(text_in(self.get("timeout")))

    @property
    def is_plain(self) -> bool:
        """Whether it is a command without any keys that matter to how it runs."""
        keys = ("ignore_error", "timeout", "if", "platforms", "set", "shopt")
        return not (self.call or self.why or self.is_deferred or any(map(self.get, keys)))


def duration(text: str) -> float | None:
    """Return a duration of Go, such as `1m30s`, in seconds, or None if it is none."""
    parts = _PART_OF_DURATION.findall(text)
    if not parts or "".join(map("".join, parts)) != text or len(text) > 40:
        return None
    return sum(float(amount) * _SECONDS[unit] for amount, unit in parts)


def items(task: Task, scope: Scope, remarks: Remarks) -> list[Item]:
    """Return what the `cmds` of a task stand for."""
    return [item for node in task.cmds for item in _of_entry(node, task, scope, remarks)]


def needed(task: Task, scope: Scope, remarks: Remarks) -> list[Item]:
    """Return what the `deps` of a task stand for; all of it is calls."""
    found: list[Item] = []
    for node in task.deps:
        if isinstance(node, ScalarNode):
            found.append(_call(node, node, scope))
        else:
            found.extend(_of_entry(node, task, scope, remarks))
    return [item if item.call or item.why else _unreadable(item.node) for item in found]


def is_elsewhere(node: Node | None) -> bool:
    """Return whether `platforms` names other machines only."""
    names = items_of(node)
    return bool(names) and not any(is_here(text_in(name)) for name in names)


def condition_of(node: Node | None, scope: Scope) -> tuple[str, bool]:
    """Return the command of an `if`, or "" if it certainly holds, and whether it certainly does not.

    Raises:
        TemplateError: it depends on what is not known.
    """
    text = fill(text_in(node), scope).strip()
    return ("" if text in {"", "true", "false"} else text), text == "false"


def _of_entry(node: Node, task: Task, scope: Scope, remarks: Remarks) -> Iterator[Item]:
    if not isinstance(node, MappingNode):
        yield _command(node, node, scope)
        return
    note_unknown_keys(node, COMMAND_KEYS, "a command", remarks)
    loop = node.get("for")
    if loop is None:
        yield _of_mapping(node, node, scope)
        return
    try:
        scopes = rounds(loop, task, scope)
    except TemplateError as error:
        yield Item(node=node, text=_written(node), why=str(error))
        return
    for each in scopes:
        yield _of_mapping(node, node, each)


def _of_mapping(node: MappingNode, place: Node, scope: Scope, *, is_deferred: bool = False) -> Item:
    late = node.get("defer")
    if late is not None and not is_deferred:
        if isinstance(late, MappingNode):
            return _of_mapping(late, place, scope, is_deferred=True)
        return _command(late, place, scope, is_deferred=True)
    if node.get("task") is not None:
        return _call(node, place, scope, is_deferred=is_deferred)
    return _command(node.get("cmd"), place, scope, is_deferred=is_deferred)


def _command(node: Node | None, place: Node, scope: Scope, *, is_deferred: bool = False) -> Item:
    if not isinstance(node, ScalarNode):
        return _unreadable(place)
    is_off = isinstance(place, MappingNode) and is_elsewhere(place.get("platforms"))
    try:
        condition, is_false = condition_of(place.get("if") if isinstance(place, MappingNode) else None, scope)
        is_off = is_off or is_false
        text = node.text if is_off else fill(node.text, scope)
    except TemplateError as error:
        return Item(node=place, text=node.text, why=str(error), is_off=is_off, is_deferred=is_deferred)
    return Item(node=place, text=text, condition=condition, is_off=is_off, is_deferred=is_deferred)


def _call(node: Node, place: Node, scope: Scope, *, is_deferred: bool = False) -> Item:
    name = node.get("task") if isinstance(node, MappingNode) else node
    keys = node if isinstance(node, MappingNode) else None
    is_off = keys is not None and is_elsewhere(keys.get("platforms"))
    why, text = "", text_in(name)
    condition = ""
    with suppress(TemplateError):
        text = fill(text, scope)
    try:
        fill(text, scope)
        condition, is_false = condition_of(keys.get("if") if keys else None, scope)
        is_off = is_off or is_false
    except TemplateError as error:
        why = str(error)
    if condition:
        why = "a condition that decides whether a task is called"
    if is_deferred:
        why = why or "a task that is called at the end"
    given = settle(keys.get("vars"), Scope({}, {}), scope).values if keys else {}
    return Item(
        node=place,
        text=f"task: {text}",
        call="" if why else text,
        given=given,
        why=why,
        is_off=is_off,
        is_deferred=is_deferred,
    )


def _unreadable(place: Node) -> Item:
    return Item(node=place, text=_written(place), why="a command of an unknown form")


def _written(node: Node) -> str:
    """Return what a command says, for people."""
    if isinstance(node, MappingNode):
        for key in ("cmd", "task", "defer"):
            if text := text_in(node.get(key)):
                return text if key == "cmd" else f"{key}: {text}"
    return text_in(node) or node.written.split("\n", 1)[0][:80]
