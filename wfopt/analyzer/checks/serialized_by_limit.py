"""WF108: a limit keeps steps apart that the cpus could take."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from wfopt.analyzer.base import Case, Confidence, Finding, Fix, Gain, Saving
from wfopt.analyzer.cpus import cpus_of
from wfopt.analyzer.sites import Site, sites_of
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.pipeline import Job
from wfopt.model.workflow import Step


class SerializedByLimit:
    """`max-parallel` or a named resource lets fewer steps run at once than there are cpus for.

    Such a limit is right where the steps share something, such as a port or a license. Where they do not, it
    only makes the whole longer.

    Before:

        test:
          matrix:
            python: ["3.11", "3.12", "3.13", "3.14"]
          max-parallel: 1

    After:

        test:
          matrix:
            python: ["3.11", "3.12", "3.13", "3.14"]

    Does not apply where the limit is as high as the cpus allow. A named resource is only looked at if all
    steps that ask for it declare `effects: []`.
    """

    code = Code("WF108", "serialized-by-token", "a limit keeps steps apart that the cpus could take")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each limit."""
        if case.jobs:
            for job in case.jobs:
                yield from _of_job(case, job)
            return
        for site in sites_of(case):
            yield from _of_matrix(case, site)
        for name, capacity in case.workflow.tokens.items():
            yield from _of_token(case, name, capacity)


def _of_job(case: Case, job: Job) -> Iterator[Finding]:
    """Look at a matrix whose cells have a machine each."""
    matrix = job.matrix
    if matrix is None or matrix.max_parallel is None or job.is_deployment:
        return
    cells = len(job.cells)
    place = matrix.places.get("max-parallel") or matrix.span
    if place is None or cells < 2 or matrix.max_parallel >= cells:
        return
    seconds = max(sum(case.seconds(step) for step in cell) for cell in job.cells)
    yield _finding(
        what=f"job `{job.id}`",
        at=Label(place, f"{cells} cells"),
        limit=matrix.max_parallel,
        steps=[case.step(cell[0]) for cell in job.cells if cell],
        saving=_saving(case, seconds, cells, matrix.max_parallel, cells),
    )


def _of_matrix(case: Case, site: Site) -> Iterator[Finding]:
    group = site.first.group
    if group is None or group.max_parallel is None:
        return
    cells = len(site.steps)
    room = _room(case, site.steps)
    if group.max_parallel < min(cells, room):
        seconds = max(case.seconds(step.id) for step in site.steps)
        yield _finding(
            what=f"`{site.name}`",
            at=site.at("max-parallel", text=f"{cells} cells, room for {room}"),
            limit=group.max_parallel,
            steps=site.steps,
            saving=_saving(case, seconds, cells, group.max_parallel, room),
        )


def _room(case: Case, steps: Sequence[Step]) -> int:
    """Return how many steps the cpus can take at once."""
    asked = max(step.request.cpu_milli for step in steps)
    return min(case.knowledge.slots, int(1000 * cpus_of(case).expected / max(1, asked)))


def _of_token(case: Case, name: str, capacity: int) -> Iterator[Finding]:
    users = [step for step in case.workflow.steps if step.request.tokens.get(name)]
    if len(users) < 2 or any(step.effects != frozenset() for step in users):
        return
    first = users[0].places.get("resources") or users[0].span
    fit = capacity // max(step.request.tokens[name] for step in users)
    room = _room(case, users)
    if first is not None and fit < min(len(users), room) and _is_loose(case, users):
        seconds = max(case.seconds(step.id) for step in users)
        yield _finding(
            what=f"the resource `{name}`",
            at=Label(first, f"{len(users)} steps ask for it"),
            limit=fit,
            steps=users,
            saving=_saving(case, seconds, len(users), fit, room),
        )


def _is_loose(case: Case, steps: Sequence[Step]) -> bool:
    """Return whether none of some steps waits for another of them."""
    places = [case.index[step.id] for step in steps]
    bits = sum(1 << place for place in places)
    return not any(case.timing.reach[place] & bits for place in places)


def _saving(case: Case, seconds: float, count: int, limit: int, room: int) -> Saving | None:
    """Return what is saved of the time that the limit makes out of the critical path."""
    rounds, fewest = math.ceil(count / max(1, limit)), math.ceil(count / max(1, min(count, room)))
    whole = case.timing.critical + (rounds - 1) * seconds
    share = (rounds - fewest) * seconds / whole if whole else 0.0
    return case.saving(Gain.TIME, share * case.timing.critical, low=0.0)


def _finding(*, what: str, at: Label, limit: int, steps: Sequence[Step], saving: Saving | None) -> Finding:
    times = "one at a time" if limit <= 1 else f"{limit} at a time"
    return Finding(
        code=SerializedByLimit.code,
        message=f"{what} lets its steps run only {times}",
        severity=Severity.NOTE,
        confidence=Confidence.LOW,
        primary=at,
        steps=tuple(step.id for step in steps),
        saving=saving,
        fix=Fix.UNSAFE,
        causes=("there is room for more of them at once",),
        hints=("raise or remove the limit if they share nothing that only a few can use",),
        identity=what.replace("`", ""),
    )
