"""Turns tasks into steps and edges: what `calls` finds, in the order in which Task would run it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wfopt.codes import MATRIX_TOO_LARGE, OPAQUE_COMMAND
from wfopt.dataclass import dataclass, field, replace
from wfopt.errors import Diagnostic, Label, LoadError
from wfopt.formats.native.edges import EdgeSet
from wfopt.formats.remarks import Remarks
from wfopt.formats.taskfile.bodies import Bodies, Body, at_the_end
from wfopt.formats.taskfile.calls import Calls, Instance, Point
from wfopt.formats.taskfile.items import Item, needed
from wfopt.formats.taskfile.records import Book
from wfopt.model.workflow import EdgeKind, Opaque, Step

MAX_STEPS = 50_000
"""The most steps that a Taskfile may make."""


class Assembler:
    """Makes the steps of all tasks.

    Attributes:
        steps: the steps so far.
        own: the places of the steps that belong to tasks themselves, not to calls.
        ends: for each instance, what whoever needs it waits for.

    Args:
        book: all tasks.
        bodies: makes single steps.
        remarks: where notes go.
    """

    def __init__(self, book: Book, bodies: Bodies, remarks: Remarks) -> None:
        self.steps: list[Step] = []
        self.own: set[int] = set()
        self.ends: dict[str, tuple[int, ...]] = {}
        self._before: list[tuple[Point, ...]] = []
        self._late: list[tuple[int, tuple[Point, ...]]] = []
        self._book = book
        self._bodies = bodies
        self._remarks = remarks
        self._calls = Calls(book, remarks)

    def run(self) -> None:
        """Make all steps.

        Raises:
            LoadError: there are too many.
        """
        while (instance := self._calls.take()) is not None:
            self._add(instance)
            if len(self.steps) > MAX_STEPS:
                message = f"the tasks make more than {MAX_STEPS:,} steps"
                at = Label(self._book.units[0].root.span)
                raise LoadError((Diagnostic(code=MATRIX_TOO_LARGE, message=message, primary=at),))
        self._settle_late()

    def edges(self) -> EdgeSet:
        """Return what waits for what."""
        found = EdgeSet()
        for after, points in enumerate(self._before):
            for before in self._resolved(points):
                found.add(before, after, EdgeKind.ORDER)
        return found

    def _resolved(self, points: Sequence[Point]) -> Iterator[int]:
        for point in points:
            if isinstance(point, int):
                yield point
            else:
                yield from self.ends.get(point, ())

    def _add(self, instance: Instance) -> None:
        body = self._bodies.of(instance)
        waits = instance.waits
        if not body.is_off:
            waits = self._add_needs(body, waits)
        first = len(self.steps)
        line = _Line(waits)
        for step in body.checks:
            line.points = (self._append(step, line.points),)
        whole = body.whole()
        if whole is not None:
            line.points, line.is_closed = (self._append(whole, line.points),), True
        else:
            self._add_items(body, line)
        if not line.is_closed:
            line.points = (self._append(self._bodies.join(body), line.points),)
        self._add_deferred(body, line)
        self.ends[instance.id] = tuple(point for point in line.points if isinstance(point, int))
        if instance.is_own:
            self.own.update(range(first, len(self.steps)))

    def _add_needs(self, body: Body, waits: tuple[Point, ...]) -> tuple[Point, ...]:
        found: list[Point] = []
        for number, item in enumerate(needed(body.instance.task, body.scope, self._remarks), 1):
            if item.is_off:
                continue
            place = f"{body.instance.id}#deps{number}"
            found.extend(self._follow(item, body, place, waits))
        return tuple(dict.fromkeys(found)) or waits

    def _follow(self, item: Item, body: Body, place: str, waits: tuple[Point, ...]) -> tuple[Point, ...]:
        """Return what to wait for instead of a call."""
        if item.call:
            found = self._calls.resolve(item, body.instance, place, waits, self._done(waits))
            if isinstance(found, str):
                # One that has run before waits for less than this call does.
                return (found,) if self._calls.waits_of(found) == waits else (found, *waits)
            item = replace(item, why=found.why)
        return (self._append(self._bodies.opaque(body, item, place), waits),)

    def _add_items(self, body: Body, line: _Line) -> None:
        for number, item in enumerate(body.items, 1):
            place = body.place(number)
            if item.is_deferred:
                line.deferred.append((place, item, line.points))
            elif item.is_off or body.is_off:
                if not item.call:
                    self._append(self._bodies.off(body, item, place), line.points)
            elif item.call:
                line.points = self._follow(item, body, place, line.points)
                line.is_closed = False
            else:
                line.points = (self._append(self._bodies.command(body, item, place), line.points),)
                line.is_closed = True

    def _add_deferred(self, body: Body, line: _Line) -> None:
        """Add what runs at the end, the last first; nobody who waits for the task starts before."""
        last = line.points
        for place, item, before in reversed(line.deferred):
            step = self._bodies.command(body, item, place)
            last = (self._append(step, tuple(dict.fromkeys((*last, *before)))),)
            self._late.append((len(self.steps) - 1, before))
            line.points = (*line.points, *last)

    def _settle_late(self) -> None:
        """Let what runs at the end ask whether the steps that it was put behind ended well."""
        for place, points in self._late:
            before = dict.fromkeys(self._resolved(points))
            reached = [self.steps[each].id for each in before if not self.steps[each].allow_failure]
            self.steps[place] = at_the_end(self.steps[place], reached)

    def _append(self, step: Step, points: tuple[Point, ...]) -> int:
        if isinstance(step.run, Opaque):
            self._remarks.note(
                OPAQUE_COMMAND, f"not run here: {step.run.why}", step.span or self._book.units[0].root.span
            )
        self.steps.append(step)
        self._before.append(points)
        return len(self.steps) - 1

    def _done(self, points: Sequence[Point]) -> Iterator[str]:
        """Yield the instances that have run before something that waits for `points`."""
        ended = {place: name for name, places in self.ends.items() for place in places}
        seen: set[Point] = set()
        todo = list(points)
        while todo:
            point = todo.pop()
            if point in seen:
                continue
            seen.add(point)
            if isinstance(point, str):
                yield point
                todo.extend(self.ends.get(point, ()))
            else:
                if point in ended:
                    yield ended[point]
                todo.extend(self._before[point])


@dataclass(slots=True)
class _Line:
    """How far a task has come: what the next thing waits for, and whether a step of its own was the last."""

    points: tuple[Point, ...]
    is_closed: bool = False
    deferred: list[tuple[str, Item, tuple[Point, ...]]] = field(default_factory=list)
