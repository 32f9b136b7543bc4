"""WF106: a step waits for all cells of a matrix but uses one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from wfopt.analyzer.base import Case, Confidence, Finding, Fix, Gain
from wfopt.analyzer.gating import is_strict
from wfopt.analyzer.outward import may_change_outside
from wfopt.analyzer.sites import Site, sites_of
from wfopt.analyzer.what_if import WhatIf
from wfopt.codes import Code
from wfopt.errors import Severity
from wfopt.model.workflow import Edge, EdgeKind, Origin, Step, StepId


class WideFanIn:
    """A step names a whole matrix in `needs`, and reads what a single cell writes.

    It waits for the slowest cell, although the one that it reads may be long done.

    Before:

        build:
          matrix: {system: [linux, windows]}
          outputs: ["out/${{ matrix.system }}/app"]
        test:
          needs: [build]
          inputs: [out/linux/app]

    After:

        test:
          needs: ["build[system=linux]"]
          inputs: [out/linux/app]

    Does not apply where a step declares no files, where some cell declares none, or where it waits on
    purpose: to publish, or to run whatever the cells did.
    """

    code = Code("WF106", "fan-in-too-wide", "a step waits for all cells of a matrix but uses one")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each step and matrix."""
        if case.format != "native" or not any(step.group for step in case.workflow.steps):
            return
        before: dict[StepId, list[Edge]] = {}
        for edge in case.workflow.edges:
            if case.step(edge.before).group is not None:
                before.setdefault(edge.after, []).append(edge)
        what_if = WhatIf(case)
        for site in sites_of(case):
            if site.first.inputs is None or not is_strict(site.first) or may_change_outside(site.first):
                continue
            for matrix, idle in _idle_edges(case, site, before):
                yield _finding(case, what_if, site, matrix, idle)


def _idle_edges(
    case: Case, site: Site, before: Mapping[StepId, list[Edge]]
) -> Iterator[tuple[str, list[Edge]]]:
    """Yield each matrix of which every step of a declaration reads a single cell, with the other edges."""
    names = dict.fromkeys(case.step(edge.before).definition for edge in before.get(site.first.id, ()))
    for name in names:
        idle: list[Edge] = []
        for step in site.steps:
            own = [edge for edge in before.get(step.id, ()) if case.step(edge.before).definition == name]
            unread = [edge for edge in own if _is_idle(edge, case.step(edge.before))]
            if len(own) - len(unread) != 1 or not unread:
                break
            idle += unread
        else:
            yield name, idle


def _is_idle(edge: Edge, cell: Step) -> bool:
    return (
        edge.kind is EdgeKind.ORDER
        and edge.origin is Origin.WRITTEN
        and bool(cell.outputs)
        and not cell.effects
    )


def _finding(case: Case, what_if: WhatIf, site: Site, matrix: str, idle: list[Edge]) -> Finding:
    saved = what_if.without_edges([(case.index[edge.before], case.index[edge.after]) for edge in idle])
    skipped = {edge.before for edge in idle if edge.after == site.first.id}
    read = next(
        edge.before
        for edge in case.workflow.edges
        if edge.after == site.first.id
        and case.step(edge.before).definition == matrix
        and edge.before not in skipped
    )
    hint = f"name only the cell that it reads in `needs`: `{read}`"
    if len(site.steps) > 1:
        hint = f"name only the cell that each reads in `needs`, for `{site.first.id}`: `{read}`"
    return Finding(
        code=WideFanIn.code,
        message=f"`{site.name}` waits for every cell of `{matrix}` and reads what one of them writes",
        severity=Severity.NOTE,
        confidence=Confidence.HIGH,
        primary=site.at("needs", text=f"{1 + len(skipped)} cells, one of them read"),
        steps=site.ids,
        saving=None if saved is None else case.saving(Gain.TIME, saved),
        fix=Fix.UNSAFE,
        causes=("it starts when the slowest cell has ended",),
        hints=(hint,),
        identity=f"{site.name}: {matrix}",
    )
