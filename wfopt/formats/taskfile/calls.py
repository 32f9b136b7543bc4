"""Which tasks run, how often, and in what order.

Every task has steps of its own, which whoever needs or calls it waits for: `deps`, and calls that nothing
in the caller goes before. A call that has to wait, because its caller did something before it, gets steps
for itself, under the id of the call: `release#2/build`. If it shared those of the task, then everybody who
needs `build` would first run what `release` does before it. A call with variables gets steps of its own
as well: `build(OS=linux)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wfopt.codes import NOT_MAPPED
from wfopt.dataclass import dataclass
from wfopt.formats.remarks import Remarks
from wfopt.formats.taskfile.evaluating import Known, Open
from wfopt.formats.taskfile.items import Item
from wfopt.formats.taskfile.naming import given_text, wildcards
from wfopt.formats.taskfile.records import Book, Task
from wfopt.source import closest_match

MAX_INSTANCES = 2_000
"""So many calls may have steps of their own."""

MAX_DEPTH = 30
"""So many calls may be nested."""

Point = int | str
"""What to wait for: the place of a step, or the id of an instance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A task as somebody needs it.

    Attributes:
        id: what the ids of its steps start with.
        task: the task.
        name: what it is called by.
        given: the variables that the call hands over.
        waits: what goes before it.
        chain: the names of the tasks that call each other, ending with it.
    """

    id: str
    task: Task
    name: str
    given: Mapping[str, Known]
    waits: tuple[Point, ...] = ()
    chain: tuple[str, ...] = ()

    @property
    def is_own(self) -> bool:
        """Whether these are the steps of the task itself, not those of a call."""
        return self.id == self.task.name


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call cannot be followed."""

    why: str


_CIRCLE = Refusal("a task that calls itself")


class Calls:
    """Finds or makes the instance for each call.

    Args:
        book: all tasks.
        remarks: where notes go.
    """

    def __init__(self, book: Book, remarks: Remarks) -> None:
        self._book = book
        self._remarks = remarks
        self._todo: list[Instance] = []
        self._fresh: list[Instance] = []
        self._made: dict[str, Instance] = {}
        self._shared: dict[str, set[str]] = {}
        self._own = 0
        for task in reversed(list(book.tasks.values())):
            self._todo.append(Instance(id=task.name, task=task, name=task.name, given={}, chain=(task.name,)))
        self._made.update((each.id, each) for each in self._todo)

    def take(self) -> Instance | None:
        """Return the next instance whose steps are to be made, or None; callees follow their callers."""
        self._todo.extend(reversed(self._fresh))
        self._fresh.clear()
        return self._todo.pop() if self._todo else None

    def resolve(
        self, item: Item, caller: Instance, place: str, waits: tuple[Point, ...], done: Iterable[str]
    ) -> str | Refusal:
        """Return the id of the instance that a call means.

        Args:
            item: the call.
            caller: who calls.
            place: the id of the call.
            waits: what goes before it.
            done: the instances that have certainly run before it.
        """
        name = caller.task.unit.full_name(item.call)
        task = self._find(name)
        if task is None:
            return self._refuse_unknown(name, item, caller)
        if task.name in caller.chain:
            return _CIRCLE
        suffix = given_text(item.given)
        if task.run_once:
            earlier = self._earlier(task.name, suffix, done)
            if earlier is not None:
                return earlier
        if not waits and (not any(isinstance(value, Open) for value in item.given.values())):
            return self._share(task, name, item, caller, suffix)
        return self._place(task, name, item, caller, place, waits)

    def waits_of(self, key: str) -> tuple[Point, ...]:
        """Return what goes before an instance."""
        return self._made[key].waits

    def _find(self, name: str) -> Task | None:
        found = self._book.find(name)
        if found is None:
            matches = (task for task in self._book.tasks.values() if "*" in task.name)
            found = next((task for task in matches if wildcards(task.name, name) is not None), None)
        return found

    def _earlier(self, name: str, suffix: str, done: Iterable[str]) -> str | None:
        for each in done:
            made = self._made[each]
            if made.task.name == name and given_text(made.given) == suffix:
                return each
        return None

    def _share(self, task: Task, name: str, item: Item, caller: Instance, suffix: str) -> str | Refusal:
        key = (name if "*" in task.name else task.name) + suffix
        if self._reaches(key, caller.id):
            return _CIRCLE
        self._shared.setdefault(caller.id, set()).add(key)
        made = self._made.get(key)
        if made is not None and (made.task is not task or dict(made.given) != dict(item.given)):
            return self._place(task, name, item, caller, f"{key}~{len(self._made)}", ())
        if made is None:
            return self._make(key, task, name, item, (*caller.chain, task.name), ())
        return key

    def _place(
        self, task: Task, name: str, item: Item, caller: Instance, place: str, waits: tuple[Point, ...]
    ) -> str | Refusal:
        return self._make(f"{place}/{name}", task, name, item, (*caller.chain, task.name), waits)

    def _make(
        self,
        key: str,
        task: Task,
        name: str,
        item: Item,
        chain: tuple[str, ...],
        waits: tuple[Point, ...],
    ) -> str | Refusal:
        if self._own >= MAX_INSTANCES or len(chain) > MAX_DEPTH:
            message = "there are too many calls of tasks to follow all of them"
            self._remarks.warn(NOT_MAPPED, message, item.node.span)
            return Refusal("one call too many")
        self._own += 1
        made = Instance(id=key, task=task, name=name, given=item.given, waits=waits, chain=chain)
        self._made[key] = made
        self._fresh.append(made)
        return key

    def _reaches(self, start: str, goal: str) -> bool:
        """Return whether an instance shares, directly or not, the steps of another."""
        seen, todo = {start}, [start]
        while todo:
            each = todo.pop()
            if each == goal:
                return True
            new = self._shared.get(each, set()) - seen
            seen |= new
            todo.extend(new)
        return False

    def _refuse_unknown(self, name: str, item: Item, caller: Instance) -> Refusal:
        if self._book.is_absent(name):
            return Refusal("a task of a file that is missing")
        near = closest_match(name, self._book.tasks)
        hint = f"did you mean `{near}`?" if near else ""
        message = f"task `{caller.task.name}` calls `{name}`, which does not exist"
        self._remarks.warn(NOT_MAPPED, message, item.node.span, hint=hint)
        return Refusal("a task that does not exist")
