"""WF105: one step makes up most of the critical path."""

from __future__ import annotations

from collections.abc import Iterable

from wfopt.analyzer.base import Case, Confidence, Finding, Fix, Gain
from wfopt.analyzer.cpus import cpus_of
from wfopt.analyzer.sites import Site, jobs_of, sites_of
from wfopt.analyzer.tools import Verdict, tool_of, verdict_of
from wfopt.analyzer.what_if import WhatIf
from wfopt.codes import Code
from wfopt.errors import Severity
from wfopt.model.pipeline import Job
from wfopt.model.scripts import commands_of_step

LONG_SHARE = 0.5
"""The share of the critical path from which on a step is a long pole."""

SHARDS = 4
"""Into how many parts tests are thought to be cut where each part gets a machine of its own."""

_SHARD_OPTIONS = {
    "pytest": "`pytest --shard-id` of pytest-shard, or `--splits` of pytest-split",
    "jest": "`jest --shard`",
    "vitest": "`vitest run --shard`",
    "nextest": "`cargo nextest run --partition`",
    "ctest": "`ctest -I`",
    "playwright": "`playwright test --shard`",
}


class LongPole:
    """One step makes up more than half of the critical path, and its work can be cut into parts.

    However many cpus or machines there are, the whole takes at least as long as this step. Tests are easily
    cut: each cell of a matrix runs its part.

    Before:

        test:
          run: pytest

    After:

        test:
          matrix:
            shard: [1, 2, 3, 4]
          run: pytest --splits 4 --group ${{ matrix.shard }}

    Does not apply where nothing is known of durations, nor to steps that are no tests or a cell already.
    """

    code = Code("WF105", "long-pole", "one step makes up most of the critical path")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each such step."""
        if not case.timed:
            return
        jobs, what_if = jobs_of(case), WhatIf(case)
        for site in sites_of(case):
            seconds = case.seconds(site.first.id)
            if seconds <= LONG_SHARE * case.timing.critical or not _is_whole(site, jobs.get(site.first.id)):
                continue
            place = case.index[site.first.id]
            if place in what_if.critical and case.knowledge.of(site.first.id).wall is not None:
                yield _finding(case, what_if, site, seconds)


def _is_whole(site: Site, job: Job | None) -> bool:
    """Return whether a step runs tests, and is not one of the parts that they were cut into."""
    if len(site.steps) > 1 or site.first.cell or (job is not None and len(job.cells) > 1):
        return False
    return any(verdict_of(each) is Verdict.TESTS for each in commands_of_step(site.first))


def _finding(case: Case, what_if: WhatIf, site: Site, seconds: float) -> Finding:
    shards = SHARDS if case.pipeline is not None else max(2, min(SHARDS, int(cpus_of(case).expected)))
    saved = what_if.with_weights({case.index[site.first.id]: seconds / shards})
    share = seconds / case.timing.critical
    names = {tool_of(each).name for each in commands_of_step(site.first)}
    how = next(
        (option for tool, option in _SHARD_OPTIONS.items() if tool in names),
        "a list of tests for each",
    )
    return Finding(
        code=LongPole.code,
        message=f"`{site.name}` alone makes up {share:.0%} of the critical path",
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
        primary=site.at("run", text="the whole takes at least as long as this"),
        steps=site.ids,
        saving=None if saved is None else case.saving(Gain.TIME, saved),
        causes=("more cpus or machines do not help as long as it is in one piece",),
        hints=(f"cut it into {shards} cells of a matrix, such as with {how}",),
        fix=Fix.UNSAFE,
        identity=site.name,
    )
