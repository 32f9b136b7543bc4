"""Runs of GitHub Actions out of what its interface says about their jobs.

Three shapes are read, and lists of them: the answer of `GET /repos/{owner}/{repo}/actions/runs/{id}/jobs`,
what `gh api --paginate --slurp` makes of several such pages, and what
`gh run view --json jobs,databaseId,attempt,workflowName,headSha,headBranch` prints (without its other fields,
the run has no name).

What is made of it:

- A job is a step named as the job is, and each of its steps is one named `job: step`, such as
  `build: Run make`. A job's time includes that of its steps: only jobs count for what the run took.
- Each attempt to run a workflow is a run of its own.
- Steps of a job follow one another. Which job needs which is not said, so the critical path is the job that
  took longest, and there are as many cpus and slots as jobs ran at once.
- Times are whole seconds, and GitHub's clocks differ: what ends up to five seconds before it starts took
  no time.
- The machine is what a job asked for (`runs-on`): a hosted runner has another name each time.
- A run that still goes on is refused: import it when it has ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from wfopt.dataclass import dataclass
from wfopt.formats.history.records import MOST_SECONDS, Record, shown
from wfopt.formats.history.telling import Account, ending_of, host_of, numbered, story_of
from wfopt.model.history import PastAttempt, Revision, RunStory, Shape
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId

ORIGIN = "github"

_CLOCKS_DIFFER_S = 5.0

_START = ("started_at", "startedAt")
_END = ("completed_at", "completedAt")

_STATUS_OF = {
    "success": StepStatus.SUCCEEDED,
    "neutral": StepStatus.SUCCEEDED,
    "failure": StepStatus.FAILED,
    "timed_out": StepStatus.FAILED,
    "startup_failure": StepStatus.FAILED,
    "action_required": StepStatus.FAILED,
    "cancelled": StepStatus.CANCELLED,
    "stale": StepStatus.CANCELLED,
    "skipped": StepStatus.SKIPPED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A job or one of its steps.

    Attributes:
        name: what the file calls it.
        status: how it ended.
        conclusion: the same in GitHub's word.
        start: seconds since the epoch, or None if that is not known.
        end: as `start`, and None if it did not run.
    """

    name: str
    status: StepStatus
    conclusion: str
    start: float | None
    end: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A job with its steps, and the run that it belongs to."""

    run: tuple[str, str]
    workflow: str
    revision: Revision
    machine: str
    whole: _Part
    steps: tuple[_Part, ...]


def read_github(documents: Sequence[Record]) -> tuple[RunStory, ...]:
    """Return the runs that jobs tell of, the newest last; problems are noted in the documents'."""
    problems = documents[0].problems
    runs: dict[tuple[str, str], list[_Job]] = {}
    for place, document in enumerate(documents):
        for job in _jobs(document, f"document {place}"):
            runs.setdefault(job.run, []).append(job)
    problems.raise_any()
    if not runs:
        raise problems.refusal("the file has no jobs")
    stories = [story_of(_account(jobs)) for jobs in runs.values()]
    return tuple(sorted(stories, key=lambda story: story.run.started_at))


def _jobs(document: Record, unnamed: str) -> Iterator[_Job]:
    for record in document.records("jobs"):
        whole = _part(record)
        if whole is None:
            continue
        steps = [_part(each) for each in record.records("steps")]
        yield _Job(
            run=(
                _number(record, "run_id") or _number(document, "databaseId", "run_id") or unnamed,
                _number(record, "run_attempt") or _number(document, "attempt", "run_attempt") or "1",
            ),
            workflow=record.text("workflow_name") or document.text("workflowName", "workflow_name"),
            revision=Revision(
                commit=record.text("head_sha") or document.text("headSha", "head_sha"),
                branch=record.text("head_branch") or document.text("headBranch", "head_branch"),
            ),
            machine="+".join(record.texts("labels")) or record.text("runner_name"),
            whole=whole,
            steps=tuple([each for each in steps if each is not None]),
        )


def _number(record: Record, *names: str) -> str:
    """Return a number that names something, as text, or ""."""
    found = record.number(*names, most=2.0**63)
    return "" if found is None else f"{found:.0f}"


def _part(record: Record) -> _Part | None:
    """Return a job or a step, or None if something is wrong with it."""
    name = record.text("name")
    if not name:
        if not record.has("name"):
            record.complain("name", "is missing")
        return None
    conclusion = record.text("conclusion")
    if not record.has("conclusion"):
        state = record.text("status") or "not said"
        hint = "import a run when it has ended"
        record.complain("conclusion", f"is missing; the status of `{shown(name)}` is {shown(state)}", hint)
        return None
    status = _STATUS_OF.get(conclusion)
    if status is None:
        record.complain("conclusion", f"is none that GitHub has: `{shown(conclusion)}`")
        return None
    start, end = _times(record)
    if status in (StepStatus.SUCCEEDED, StepStatus.FAILED):
        for names in (_START, _END):
            if not record.has(*names):
                record.complain(names[0], f"is missing, though `{shown(name)}` ran")
    ran = status is not StepStatus.SKIPPED and start is not None and end is not None
    return _Part(name=name, status=status, conclusion=conclusion, start=start, end=end if ran else None)


def _times(record: Record) -> tuple[float | None, float | None]:
    start, end = _time(record, *_START), _time(record, *_END)
    if start is None or end is None:
        return start, end
    if end < start - _CLOCKS_DIFFER_S:
        record.complain(record.name_of(*_END), f"is {start - end:,.0f} s before the start")
    elif end - start > MOST_SECONDS:
        record.complain(record.name_of(*_END), "is more than 10,000 days after the start")
    return start, max(start, end)


def _time(record: Record, *names: str) -> float | None:
    # `gh` writes the first day of the calendar where there is no time.
    if any(str(record.fields.get(name)).startswith("0001-01-01T") for name in names):
        return None
    return record.moment(*names)


def _account(jobs: Sequence[_Job]) -> Account:
    started_at = _earliest(job.whole for job in jobs)
    ids = numbered(job.whole.name for job in jobs)
    steps: list[StepId] = []
    edges: list[tuple[int, int]] = []
    attempts: list[PastAttempt] = []
    for name, job in zip(ids, jobs, strict=True):
        inner = [StepId(f"{name}: {each}") for each in numbered(part.name for part in job.steps)]
        first = len(steps) + 1
        edges += [(place, place + 1) for place in range(first, first + len(inner) - 1)]
        steps += [name, *inner]
        attempts += [_attempt(step, part, started_at) for step, part in zip(inner, job.steps, strict=True)]
        attempts.append(_attempt(name, job.whole, started_at))
    # Whatever did not run has no time of its own, and stands behind the rest.
    attempts.sort(key=_end)
    return Account(
        origin=ORIGIN,
        identity=_identity(jobs, attempts),
        workflow=next((job.workflow for job in jobs if job.workflow), ORIGIN),
        shape=Shape(tuple(steps), tuple(edges)),
        attempts=tuple(attempts),
        started_at=started_at,
        ending=ending_of(each for each in attempts if each.step in ids),
        host=host_of(job.machine for job in jobs),
        revision=jobs[0].revision,
        counted=frozenset(ids),
    )


def _earliest(parts: Iterable[_Part]) -> float:
    """Return the start of what started first; of what did not run only if nothing did."""
    known = [(part.end is None, part.start) for part in parts if part.start is not None]
    return min(known, default=(True, 0.0))[1]


def _identity(jobs: Sequence[_Job], attempts: Sequence[PastAttempt]) -> Sequence[object]:
    number, attempt = jobs[0].run
    if number.isdecimal():
        return [number, attempt]
    return [[job.whole.start, job.whole.name] for job in jobs] + [len(attempts)]


def _end(attempt: PastAttempt) -> float:
    if attempt.started_s is None:
        return float("inf")
    return attempt.started_s + (attempt.wall_s or 0.0)


def _attempt(step: StepId, part: _Part, origin: float) -> PastAttempt:
    found = PastAttempt(step=step, attempt=0, status=part.status, reason=part.conclusion.replace("_", " "))
    if part.start is None or part.end is None:
        return found
    started_s = max(0.0, part.start - origin)
    return found._replace(attempt=1, started_s=started_s, wall_s=part.end - part.start)
