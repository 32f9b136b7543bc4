"""A run as JUnit XML, which build servers show as test results.

Each step is a test case. A step whose command ended with a bad exit status is a failure, one that was ended
by a signal or a limit, or could not be started, is an error. A step that was skipped or cancelled counts as
skipped, and so does one whose failure is allowed: as a failure it would turn a good run red. What there is no
place for (cached steps, failures that are allowed, retries) stands in the suite's `system-out`.

The document keeps to what the schemas of Ant (windyroad) and of Jenkins' xUnit plugin (`junit-10.xsd`) have
in common: the order of elements, no attributes of `testsuites`, no output and no properties of a test case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from wfopt.dataclass import dataclass
from wfopt.model.history import PastAttempt, RunStory
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId
from wfopt.render.xml_text import attribute, content


@dataclass(frozen=True, slots=True)
class _Case:
    """A step and all its attempts; the last one says what became of it."""

    step: StepId
    attempts: tuple[PastAttempt, ...]

    @property
    def last(self) -> PastAttempt:
        return self.attempts[-1]

    @property
    def wall_s(self) -> float:
        return sum(each.wall_s or 0.0 for each in self.attempts)

    @property
    def verdict(self) -> str:
        """The element that says how it ended: `failure`, `error`, `skipped`, or "" if all is well."""
        if self.last.status in (StepStatus.SKIPPED, StepStatus.CANCELLED):
            return "skipped"
        if self.last.status is not StepStatus.FAILED:
            return ""
        if self.last.allowed:
            return "skipped"
        # Something else than its command decided, or the command never ran.
        return "failure" if self.last.exit_code is not None and self.last.limit is None else "error"


def junit_of(story: RunStory) -> str:
    """Return the JUnit XML of a run: one suite of its steps, and one of its hooks if any ran."""
    known = dict.fromkeys(story.shape.steps)
    found: dict[StepId, list[PastAttempt]] = {step: [] for step in known}
    for attempt in story.attempts:
        found.setdefault(attempt.step, []).append(attempt)
    cases = [_Case(step, tuple(attempts)) for step, attempts in found.items() if attempts]
    suites = [(story.run.workflow, [case for case in cases if case.step in known])]
    hooks = [case for case in cases if case.step not in known]
    if hooks:
        suites.append((f"{story.run.workflow} hooks", hooks))
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>"]
    for number, (name, members) in enumerate(suites):
        lines += _suite(story, name, number, members)
    return "\n".join([*lines, "</testsuites>", ""])


def _suite(story: RunStory, name: str, number: int, cases: Sequence[_Case]) -> Iterator[str]:
    run = story.run
    verdicts = [case.verdict for case in cases]
    # The steps take as long as the run; hooks have no time of their own beside that of their attempts.
    wall_s = run.wall_s if number == 0 else sum(case.wall_s for case in cases)
    start = datetime.fromtimestamp(run.started_at, tz=UTC)
    yield _tag(
        "testsuite",
        name=name.strip() or "workflow",
        package="wfopt",
        id=str(number),
        timestamp=start.strftime("%Y-%m-%dT%H:%M:%S"),
        hostname=run.host.name.strip() or "localhost",
        tests=str(len(cases)),
        failures=str(verdicts.count("failure")),
        errors=str(verdicts.count("error")),
        skipped=str(verdicts.count("skipped")),
        time=f"{wall_s:.3f}",
    )
    yield "<properties>"
    for key, value in _properties(story, cases):
        yield _tag("property", name=key, value=value, end="/>")
    yield "</properties>"
    for case in cases:
        yield from _case(story, name, case)
    yield f"<system-out>{content(''.join(_remarks(cases)))}</system-out>"
    yield "<system-err></system-err>"
    yield "</testsuite>"


def _properties(story: RunStory, cases: Sequence[_Case]) -> Iterator[tuple[str, str]]:
    run = story.run
    yield "run_id", run.run_id
    yield "status", run.ending.value
    if run.revision.commit:
        yield "commit", run.revision.commit
    if run.revision.branch:
        yield "branch", run.revision.branch
    yield "cpus", f"{run.cpus:g}"
    yield "strategy", run.strategy
    yield "cached", str(sum(case.last.status is StepStatus.CACHED for case in cases))


def _case(story: RunStory, classname: str, case: _Case) -> Iterator[str]:
    attributes = {"name": case.step, "classname": classname, "time": f"{case.wall_s:.3f}"}
    if not case.verdict:
        yield _tag("testcase", **attributes, end="/>")
        return
    yield _tag("testcase", **attributes)
    if case.verdict == "skipped":
        yield _tag("skipped", message=_message(case.last), end="/>")
    else:
        opening = _tag(case.verdict, message=_message(case.last), type=_kind(case.last))
        yield f"{opening}{content(story.printed.get(case.step, ''))}</{case.verdict}>"
    yield "</testcase>"


def _message(attempt: PastAttempt) -> str:
    reason = attempt.reason or attempt.status.value
    if attempt.status is StepStatus.FAILED and attempt.allowed:
        return f"failed, as it is allowed to: {reason}"
    return f"cancelled: {reason}" if attempt.status is StepStatus.CANCELLED else reason


def _kind(attempt: PastAttempt) -> str:
    if attempt.limit is not None:
        return attempt.limit.kind.value
    if attempt.signal is not None:
        return "signal"
    return "not-started" if attempt.exit_code is None else "exit-status"


def _remarks(cases: Iterable[_Case]) -> Iterator[str]:
    for case in cases:
        if case.last.status is StepStatus.CACHED:
            yield f"cached: {case.step}: {case.last.reason}\n"
        elif case.last.status is StepStatus.FAILED and case.last.allowed:
            yield f"failed, as it is allowed to: {case.step}: {case.last.reason}\n"
        elif case.last.attempt > 1 and case.last.status is StepStatus.SUCCEEDED:
            yield f"flaky: {case.step}: succeeded in attempt {case.last.attempt}\n"


def _tag(element: str, *, end: str = ">", **attributes: str) -> str:
    return f"<{element} {' '.join([f'{key}={attribute(text)}' for key, text in attributes.items()])}{end}"
