"""WF308: machines that are dearer or larger than what runs on them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wfopt.analyzer.actions import PREPARING
from wfopt.analyzer.base import Case, Confidence, Finding, Gain
from wfopt.analyzer.jobs import action_of, is_script, jobs_with_places, place_of, steps_of, weight_of
from wfopt.analyzer.workloads import Work, works_of
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.pipeline import Job
from wfopt.model.scripts import script_of
from wfopt.model.workflow import Step

_LARGE = re.compile(r"(?:^|[-_])(?:\d+-?cores?|\d*x?large|\d+cpu)(?:$|[-_])")

PRICES = {"macos": 10.0, "windows": 2.0, "large": 2.0}
"""How many minutes of a small Linux machine GitHub counts for one; two for the least of the larger ones."""

_HOMES = ("swift", "xcode", "powershell", "pwsh", "dotnet")
_LIGHT = frozenset({Work.LINT, Work.INSTALL})

ENOUGH_RUNS = 5
MARGIN = 1.5
"""By how much a request may exceed the highest use that was seen."""

SLACK_BYTES = 256 * 2**20
SLACK_MILLI = 1000


class DearRunner:
    """A light job on macOS, Windows or a large machine, or a step that asks for far more than it uses.

    A minute on macOS counts as ten on Linux, one on Windows as two. What only looks at sources finds the same
    on all of them. In a native file, what a step asks for and does not use keeps others waiting.

    Before:

        lint:
          runs-on: macos-latest
          steps:
            - run: ruff check .

    After:

        lint:
          runs-on: ubuntu-latest
          steps:
            - run: ruff check .

    Does not apply to jobs that build or test anything or run unknown commands or actions, to machines of
    one's own or from a matrix, nor to tools whose home is that system. Requests are judged by the
    history alone, after five runs at least.
    """

    code = Code("WF308", "dear-runner", "a step asks for a dearer machine than it needs")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding a job, or a step of a native file."""
        if case.format == "native":
            yield from _of_requests(case)
        for job, place in jobs_with_places(case):
            kind = _kind(job)
            if kind and _is_light(case, job):
                yield _finding(case, job, kind, Label(job.places.get("runs-on", place), "a dear machine"))


def _kind(job: Job) -> str:
    """Return what makes the machine of a job dear: a key of `PRICES`, or ""."""
    if len(job.runner) != 1 or "{" in job.runner[0]:
        return ""
    label = job.runner[0].lower()
    if label.startswith(("macos-", "windows-")):
        return label.partition("-")[0]
    return "large" if label.startswith("ubuntu-") and _LARGE.search(label) else ""


def _is_light(case: Case, job: Job) -> bool:
    works: frozenset[Work] = frozenset()
    for step in steps_of(case, job):
        if is_script(step):
            own = works_of(step)
            text = (script_of(step) or "").lower()
            if not own or any(home in text for home in _HOMES):
                return False
            works |= own
        elif action_of(step) not in PREPARING:
            return False
    return Work.LINT in works and works <= _LIGHT


def _finding(case: Case, job: Job, kind: str, primary: Label) -> Finding:
    spared = weight_of(case, job.steps) * (1 - 1 / PRICES[kind])
    return Finding(
        code=DearRunner.code,
        message=f"job `{job.id}` only looks at sources, but asks for `{job.runner[0]}`",
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        primary=primary,
        steps=job.steps,
        saving=case.saving(Gain.WORK, spared),
        causes=(f"a minute there costs as much as {PRICES[kind]:g} on a small Linux machine",),
        hints=("use `runs-on: ubuntu-latest`",),
        identity=job.id,
    )


def _of_requests(case: Case) -> Iterable[Finding]:
    for step in case.workflow.steps:
        for name, asked, used in _excesses(case, step):
            place = step.places.get(f"resources.{name}") or place_of(step)
            if place is not None:
                yield Finding(
                    code=DearRunner.code,
                    message=f"`{step.id}` asks for {asked} of {name} and uses {used}",
                    severity=Severity.NOTE,
                    confidence=Confidence.MEDIUM,
                    primary=Label(place, f"used {used} at most"),
                    steps=(step.id,),
                    causes=(
                        f"what it keeps and does not use keeps other steps waiting; {case.knowledge.source}",
                    ),
                    hints=(f"ask for less `{name}` under `resources`",),
                    identity=f"{step.id} {name}",
                )


def _excesses(case: Case, step: Step) -> Iterable[tuple[str, str, str]]:
    """Yield the name of each resource of which a step asks for too much, with what it asks for and uses."""
    facts, asked = case.knowledge.of(step.id), step.request
    memory = facts.memory
    if memory is not None and memory.samples >= ENOUGH_RUNS and asked.memory_bytes is not None:
        most = max(memory.high, memory.expected)
        if asked.memory_bytes > MARGIN * most and asked.memory_bytes - most >= SLACK_BYTES:
            yield "memory", _mebibytes(asked.memory_bytes), _mebibytes(most)
    if facts.wall is None or facts.cpu_s is None or facts.wall.samples < ENOUGH_RUNS or facts.wall.low <= 0:
        return
    milli = 1000 * facts.cpu_s / facts.wall.low
    if asked.cpu_milli > MARGIN * milli and asked.cpu_milli - milli >= SLACK_MILLI:
        yield "cpu", f"{asked.cpu_milli / 1000:g}", f"{milli / 1000:.1f}"


def _mebibytes(count: float) -> str:
    return f"{count / 2**20:.0f} MiB"
