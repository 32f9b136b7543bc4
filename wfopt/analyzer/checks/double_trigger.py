"""WF304: pipelines that one push starts twice."""

from __future__ import annotations

from collections.abc import Iterable

from wfopt.analyzer.base import Case, Confidence, Edit, Finding, Fix, Gain
from wfopt.analyzer.odds import PUSHED_TWICE
from wfopt.analyzer.yaml_blocks import siblings
from wfopt.analyzer.yaml_edits import key_after
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.pipeline import Job, Pipeline, Trigger

_ALL = frozenset({"*", "**"})
_GUARDS = ("event_name", "head.repo", "head_ref", "github.ref", "base_ref")


class DoubleTrigger:
    """A workflow that starts for pushes to any branch and for pull requests as well.

    A push to the branch of a pull request then starts it twice, for nearly the same commit.
    `push` for the branches that are merged into is enough: pull requests have their own runs.

    Before:

        on: [push, pull_request]

    After:

        on:
          push:
            branches: [main]
          pull_request:

    Does not apply where `push` names branches or only tags, where the two look at different files,
    or where every job has a condition on the event or the branch. Pull requests from forks are not affected.
    """

    code = Code("WF304", "double-trigger", "one push starts a pipeline twice")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield at most one finding a file, for GitHub."""
        pipeline = case.pipeline
        if case.format != "github" or pipeline is None:
            return
        push = next((each for each in pipeline.triggers if each.event == "push"), None)
        pull = next((each for each in pipeline.triggers if each.event == "pull_request"), None)
        if push is None or pull is None or push.span is None or not _is_doubled(pipeline, push, pull):
            return
        low, expected, high = PUSHED_TWICE.of(case.timing.work)
        edits = _edits(push, pull)
        yield Finding(
            code=DoubleTrigger.code,
            message="a push to the branch of a pull request starts this workflow twice",
            severity=Severity.WARNING,
            confidence=Confidence.HIGH if pull.branches is None else Confidence.MEDIUM,
            primary=Label(push.span, "for every branch"),
            related=(Label(pull.span, "and once more here"),) if pull.span is not None else (),
            saving=case.saving(Gain.WORK, expected, low=low, high=high),
            fix=Fix.UNSAFE if edits else Fix.NONE,
            edits=edits,
            causes=("both runs look at nearly the same commit",),
            hints=("name the branches that are merged into under `push`, such as `branches: [main]`",),
            identity="push",
        )


def _is_doubled(pipeline: Pipeline, push: Trigger, pull: Trigger) -> bool:
    if push.branches is not None and not _is_any(push.branches):
        return False
    if push.is_filtered_by_path != pull.is_filtered_by_path:
        return False
    return not all(map(_is_guarded, pipeline.jobs))


def _is_any(branches: tuple[str, ...]) -> bool:
    """Return whether a filter lets all branches pass, but for a few that it leaves out."""
    taken = {name for name in branches if not name.startswith("!")}
    return bool(branches) and (not taken or bool(_ALL & taken))


def _is_guarded(job: Job) -> bool:
    return any(guard in job.condition for guard in _GUARDS)


def _edits(push: Trigger, pull: Trigger) -> tuple[Edit, ...]:
    """Return the edit that gives `push` the branches of `pull_request`, if those are plain names."""
    branches = pull.branches or ()
    if not branches or push.branches is not None or push.span is None or pull.span is None:
        return ()
    if any(not name.replace("-", "").replace("/", "").replace("_", "").isalnum() for name in branches):
        return ()
    own = next((each for each in siblings(push.span) if each.span.line == push.span.line), None)
    if own is None or own.key != "push" or own.value or own.end_line != own.span.line:
        return ()
    edit = key_after(own, f"  branches: [{', '.join(branches)}]")
    return (edit,) if edit is not None else ()
