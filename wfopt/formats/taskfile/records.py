"""What a Taskfile declares, before its templates are filled in."""

from __future__ import annotations

from collections.abc import Mapping

from wfopt.dataclass import dataclass, field
from wfopt.formats.positions import MappingNode, Node, ScalarNode, SequenceNode
from wfopt.formats.scalars import Kind
from wfopt.source import SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A Taskfile at the place where it is included.

    Attributes:
        source: the file.
        root: what it says.
        path: its absolute path.
        namespaces: what stands before the names of its tasks, outermost first.
        base: the absolute folder that the folders of its tasks are relative to.
        given: the variables that includes hand over; a later mapping wins.
        own_variables: whether its variables belong to its tasks alone; else all tasks see them.
        internal: whether its tasks cannot be named by a user.
        excludes: the tasks of it that are left out.
    """

    source: SourceFile
    root: MappingNode
    path: str
    base: str
    namespaces: tuple[str, ...] = ()
    given: tuple[MappingNode, ...] = ()
    own_variables: bool = False
    internal: bool = False
    excludes: frozenset[str] = frozenset()

    @property
    def prefix(self) -> str:
        """What stands before the names of its tasks."""
        return "".join(f"{name}:" for name in self.namespaces)

    def full_name(self, name: str) -> str:
        """Return the whole name of what its tasks call `name`; a `:` in front leaves a level."""
        for namespace in reversed(self.namespaces):
            name = name[1:] if name.startswith(":") else f"{namespace}:{name}"
        return name.removeprefix(":")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task.

    Attributes:
        name: its whole name, such as `docs:build`.
        unit: the file that declares it.
        key: where its name stands.
        node: its keys, or None if it is only commands.
        cmds: its commands.
        deps: what it names in `deps`.
    """

    name: str
    unit: Unit
    key: ScalarNode
    node: MappingNode | None
    cmds: tuple[Node, ...]
    deps: tuple[Node, ...]

    def get(self, key: str) -> Node | None:
        """Return the value of a key, or None."""
        return self.node.get(key) if self.node is not None else None

    @property
    def run_once(self) -> bool:
        """Whether it runs at most once with the same variables."""
        said = self.get("run") or self.unit.root.get("run")
        return isinstance(said, ScalarNode) and said.text in {"once", "when_changed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """All that a Taskfile and its includes declare.

    Attributes:
        units: the files, the one that is read first.
        tasks: the tasks by name, in file order.
        aliases: other names of tasks.
        absent: the prefixes of files that could not be looked at.
    """

    units: tuple[Unit, ...]
    tasks: Mapping[str, Task]
    aliases: Mapping[str, str] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()

    def find(self, name: str) -> Task | None:
        """Return a task by its name or another name of it, or None."""
        return self.tasks.get(name) or self.tasks.get(self.aliases.get(name, ""))

    def is_absent(self, name: str) -> bool:
        """Return whether a name may be one of a file that could not be looked at."""
        return any(name.startswith(prefix) or name == prefix[:-1] for prefix in self.absent)


def items_of(node: Node | None) -> tuple[Node, ...]:
    """Return the entries of a list that are not null; a single scalar counts as a list of one."""
    if isinstance(node, SequenceNode):
        return tuple(each for each in node.items if not is_null(each))
    return () if not isinstance(node, ScalarNode) or is_null(node) else (node,)


def is_null(node: Node) -> bool:
    """Return whether a node stands for null."""
    return isinstance(node, ScalarNode) and node.kind is Kind.NULL


def is_true(node: Node | None) -> bool:
    """Return whether a node stands for true."""
    return isinstance(node, ScalarNode) and node.kind is Kind.BOOL and node.text.lower() == "true"


def pairs_of(node: Node | None) -> list[tuple[ScalarNode, Node]]:
    """Return the keys and values of a mapping; none for anything else."""
    return node.pairs if isinstance(node, MappingNode) else []
