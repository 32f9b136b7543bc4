"""The edges of a pipeline: `needs`, stages, and the files that jobs hand over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from wfopt.codes import CYCLE, SELF_NEED, TOO_COMPLEX, UNKNOWN_STEP
from wfopt.dataclass import dataclass, replace
from wfopt.formats.gitlab.cells import Cell, selected
from wfopt.formats.gitlab.context import Reading
from wfopt.formats.gitlab.drafts import Draft
from wfopt.formats.gitlab.remarks import ELSEWHERE
from wfopt.formats.gitlab.trees import is_null, is_true, items_of, member, text_of
from wfopt.formats.native.edges import MAX_EDGES, EdgeSet, TooManyEdgesError
from wfopt.formats.positions import Node, ScalarNode
from wfopt.graph.order import dag_of, find_cycle
from wfopt.model.pipeline import Need
from wfopt.model.workflow import Edge, EdgeKind, Origin, Step
from wfopt.source import Span

MAX_LOOKS = 1_000_000
"""How many pairs of jobs are looked at for files that one hands on; a long script counts for more."""

_OF_CELL = re.compile(r"(?s)(.+)(?:: \[.*\]| \d+/\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """An entry of `needs`.

    Attributes:
        job: the job that it names.
        table: the copies that it names, or None for all.
        places: the copies that it names by GitLab's names for them, or None.
        with_files: whether it wants what the job hands over.
        is_optional: whether the job may be left out of the pipeline.
        span: where it stands.
    """

    job: Draft
    table: Node | None
    places: tuple[int, ...] | None
    with_files: bool
    is_optional: bool
    span: Span


class Linker:
    """Joins the steps of jobs.

    Args:
        drafts: the jobs, in the order of the file; their `places` and `needs` are filled in here.
        stages: all stages, in order.
        reading: what is being read.
    """

    def __init__(self, drafts: Sequence[Draft], stages: Sequence[str], reading: Reading) -> None:
        self._drafts = drafts
        self._stages = stages
        self._reading = reading
        self._by_name = {draft.name: draft for draft in drafts}
        self._cells = {
            name: (draft, place) for draft in drafts for place, name in enumerate(draft.cells.names)
        }
        self._edges = EdgeSet()
        self._looks = 0
        self.steps: list[Step] = []
        for draft in drafts:
            for step, after in draft.steps:
                self.steps.append(step)
                draft.places.append((len(self.steps) - 1, None if after is None else len(self.steps)))
                if after is not None:
                    self.steps.append(after)

    def link(self) -> tuple[list[Step], tuple[Edge, ...]]:
        """Return the steps with what they need by name, and the edges.

        Raises:
            LoadError: there are too many edges, or jobs that do not exist are needed, or in a circle.
        """
        problems = self._reading.problems
        try:
            for draft in self._drafts:
                for step, after in draft.places:
                    if after is not None:
                        self._edges.add(step, after, EdgeKind.REF)
                if not draft.waits_for_stage:
                    self._link_needs(draft)
            self._link_stages()
        except TooManyEdgesError:
            message = f"the jobs of the pipeline wait for each other more than {MAX_EDGES:,} times"
            hints = ("write `needs`: every job without it waits for all jobs of the stage before",)
            problems.error(TOO_COMPLEX, message, self._drafts[0].key, hints=hints)
        problems.stop_on_errors()
        self._refuse_cycles()
        return self.steps, self._edges.edges(self.steps)

    def _link_needs(self, draft: Draft) -> None:
        """Add the edges of a job with `needs`."""
        wanted = list(self._wanted(draft))
        draft.needs = tuple(Need(job=each.job.name, span=each.span) for each in wanted)
        for (place, _), cell in zip(draft.places, draft.cells.cells, strict=True):
            ids = []
            for each in wanted:
                kind = EdgeKind.ORDER
                if each.with_files and draft.takes_from(each.job):
                    kind = EdgeKind.DATA
                origin = Origin.LIST if each.is_optional else Origin.WRITTEN
                for before in self._copies(each, cell):
                    self._connect(before, place, kind, origin)
                    ids.append(self.steps[before[0]].id)
            self.steps[place] = replace(self.steps[place], needs=tuple(dict.fromkeys(ids)))

    def _copies(self, wanted: _Wanted, cell: Cell) -> Iterator[tuple[int, int | None]]:
        """Yield the steps of the copies that are needed by a copy with the variables `cell`."""
        job = wanted.job
        chosen = wanted.places
        if chosen is None:
            chosen = tuple(selected(job.cells.cells, wanted.table, cell))
        for number in chosen:
            yield job.places[number]

    def _connect(self, before: tuple[int, int | None], after: int, kind: EdgeKind, origin: Origin) -> None:
        """Let a step wait for one copy of a job, and for what runs after that."""
        step, last = before
        if last is None or kind is not EdgeKind.BARRIER:
            self._edges.add(step, after, kind, origin)
        if last is not None:
            # That it waits for the step itself follows from this, and so does what becomes of a failure.
            self._edges.add(last, after, kind if kind is EdgeKind.BARRIER else EdgeKind.ORDER, Origin.LIST)

    def _wanted(self, draft: Draft) -> Iterator[_Wanted]:
        """Yield the jobs that a job needs; those that do not exist are reported."""
        for entry in items_of(draft.node.get("needs")):
            if member(entry, "pipeline") is not None or member(entry, "project") is not None:
                self._reading.remarks.add(ELSEWHERE, entry)
                continue
            at = entry if isinstance(entry, ScalarNode) else member(entry, "job")
            name = text_of(at)
            if at is None or name is None:
                continue
            is_optional = is_true(member(entry, "optional")) is True
            job, places = self._by_name.get(name), None
            if job is None and name in self._cells:
                job, number = self._cells[name]
                places = (number,)
            if job is None:
                self._refuse_unknown(draft, name, at, is_optional=is_optional)
            elif job is draft:
                self._reading.problems.error(SELF_NEED, f"job `{name}` needs itself", at)
            else:
                yield _Wanted(
                    job=job,
                    table=member(entry, "parallel", "matrix"),
                    places=places,
                    with_files=is_true(member(entry, "artifacts")) is not False,
                    is_optional=is_optional,
                    span=at.span,
                )

    def _refuse_unknown(self, draft: Draft, name: str, at: Node, *, is_optional: bool) -> None:
        if is_optional or self._reading.excuse(at):
            return
        hints = (self._reading.near(name, self._by_name),)
        if name.startswith("."):
            hints = ("a name that starts with `.` is a template and never runs",)
        elif (found := _OF_CELL.fullmatch(name)) and found[1] in self._by_name:
            hints = (f"`{found[1]}` has no such copy; `needs: parallel: matrix:` names copies by variables",)
        message = f"job `{draft.name}` needs `{name}`, which does not exist"
        self._reading.problems.error(UNKNOWN_STEP, message, at, "no job has this name", hints=hints)

    def _link_stages(self) -> None:
        """Let each job without `needs` wait for all stages before its own.

        If a job of the stage before waits as well, it stands for all that it waits for.
        """
        by_stage: dict[str, list[Draft]] = {}
        for draft in self._drafts:
            by_stage.setdefault(draft.stage, []).append(draft)
        front: list[Draft] = []
        earlier: list[Draft] = []
        for stage in self._stages:
            jobs = by_stage.get(stage, [])
            waiting = [draft for draft in jobs if draft.waits_for_stage]
            for draft in waiting:
                self._link_stage(draft, front, earlier)
            earlier += [draft for draft in jobs if draft.hands_over]
            if jobs:
                front = jobs if waiting else [*front, *jobs]

    def _link_stage(self, draft: Draft, front: Sequence[Draft], earlier: Sequence[Draft]) -> None:
        data = {other.name for other in earlier if self._reads(draft, other)}
        before = [*front, *(other for other in earlier if other.name in data)]
        for other in {other.name: other for other in before}.values():
            kind = EdgeKind.DATA if other.name in data else EdgeKind.BARRIER
            for each in other.places:
                for place, _ in draft.places:
                    self._connect(each, place, kind, Origin.LIST)

    def _reads(self, draft: Draft, other: Draft) -> bool:
        """Return whether a job uses what an earlier one hands over, or may do so without naming it."""
        self._looks += 1 + len(draft.text) // 1000
        if self._looks > MAX_LOOKS:
            raise TooManyEdgesError
        if not draft.takes_from(other):
            return False
        if not is_null(draft.node.get("dependencies")) or other.outputs is None or not other.is_named:
            return True
        names = (each.prefix.rstrip("/") for each in other.outputs if not each.negated)
        return any(name in draft.text for name in names)

    def _refuse_cycles(self) -> None:
        cycle = find_cycle(dag_of(len(self.steps), self._edges.kinds))
        if not cycle:
            return
        names = list(dict.fromkeys(self.steps[place].definition.removesuffix("#after") for place in cycle))
        shown = " -> ".join(f"`{name}`" for name in (*names, names[0]))
        at = self._by_name.get(names[0], self._drafts[0]).key
        self._reading.problems.error(CYCLE, f"jobs wait for each other in a circle: {shown}", at)
        self._reading.problems.stop_on_errors()
