"""Runs of GitHub Actions out of their jobs."""

from __future__ import annotations

import pytest

from wfopt.errors import UserError
from wfopt.formats.history.github import read_github
from wfopt.formats.history.records import Problems, Record
from wfopt.model.history import Ending, RunStory
from wfopt.model.outcome import StepStatus


def job(
    name: str = "a", conclusion: str | None = "success", start: int = 0, end: int = 9, **more: object
) -> object:
    times = {"started_at": f"2025-03-01T10:00:{start:02}Z", "completed_at": f"2025-03-01T10:00:{end:02}Z"}
    return {"name": name, "conclusion": conclusion, **times, **more}


def read(*jobs: object, **more: object) -> tuple[RunStory, ...]:
    return read_github([Record({"jobs": list(jobs), **more}, "", Problems("f.json"))])


@pytest.mark.parametrize(
    ("conclusion", "status", "ending"),
    [
        ("success", StepStatus.SUCCEEDED, Ending.SUCCEEDED),
        ("neutral", StepStatus.SUCCEEDED, Ending.SUCCEEDED),
        ("failure", StepStatus.FAILED, Ending.FAILED),
        ("timed_out", StepStatus.FAILED, Ending.FAILED),
        ("startup_failure", StepStatus.FAILED, Ending.FAILED),
        ("action_required", StepStatus.FAILED, Ending.FAILED),
        ("cancelled", StepStatus.CANCELLED, Ending.CANCELLED),
        ("stale", StepStatus.CANCELLED, Ending.CANCELLED),
        ("skipped", StepStatus.SKIPPED, Ending.SUCCEEDED),
    ],
)
def test_every_conclusion_has_a_status(conclusion: str, status: StepStatus, ending: Ending) -> None:
    (story,) = read(job(conclusion=conclusion))
    (attempt,) = story.attempts
    assert (attempt.status, story.run.ending) == (status, ending)
    assert attempt.reason == conclusion.replace("_", " ")
    assert (attempt.started_s is None) == (conclusion == "skipped")


def test_the_failure_of_a_step_does_not_fail_a_job() -> None:
    (story,) = read(job(steps=[job("x", "failure")]))
    assert story.run.ending is Ending.SUCCEEDED


@pytest.mark.parametrize("conclusion", [None, ""])
def test_a_run_that_goes_on_is_refused(conclusion: str | None) -> None:
    with pytest.raises(UserError) as caught:
        read(job("a", conclusion, status="in_progress"))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == "`jobs[0].conclusion` is missing; the status of `a` is in_progress"
    assert diagnostic.hints == ("import a run when it has ended",)


def test_every_attempt_at_a_run_is_a_run() -> None:
    stories = read(
        job(run_id=5, run_attempt=2, start=8), job(run_id=5, run_attempt=1), job(run_id=6, start=4)
    )
    assert [len(each.attempts) for each in stories] == [1, 1, 1]
    assert [each.run.started_at % 60 for each in stories] == [0, 4, 8]
    assert len({each.run.run_id for each in stories}) == 3


def test_a_run_is_the_same_whatever_tells_of_it() -> None:
    (one,) = read(job(run_id=5, run_attempt=1))
    (same,) = read(job("a", steps=[job("x")]), databaseId=5, attempt=1)
    (other,) = read(job(run_id=5, run_attempt=2))
    assert one.run.run_id == same.run.run_id != other.run.run_id


def test_clocks_may_differ_by_seconds() -> None:
    (story,) = read(job(start=9, end=4))
    assert story.attempts[0].wall_s == 0.0
    with pytest.raises(UserError, match="6 s before the start"):
        read(job(start=9, end=3))


def test_as_many_cpus_as_jobs_ran_at_once() -> None:
    (story,) = read(job("a"), job("b", start=8), job("c", start=9, end=12))
    assert (story.run.slots, story.run.cpus, story.run.wall_s) == (2, 2.0, 12.0)


def test_the_machine_is_what_was_asked_for() -> None:
    (story,) = read(job("a", labels=["self-hosted", "gpu"], runner_name="n1"), job("b", runner_name="n2"))
    assert story.run.host.name == "n2 and 1 more"


def test_steps_of_a_job_follow_one_another() -> None:
    (story,) = read(job("a", steps=[job("x"), job("x"), job("y", "skipped")]), job("b"))
    assert story.shape.steps == ("a", "a: x[1]", "a: x[2]", "a: y", "b")
    assert story.shape.edges == ((1, 2), (2, 3))
