"""Two runs, commits or branches side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from wfopt.codes import BAD_OPTION
from wfopt.dataclass import replace
from wfopt.errors import Diagnostic, UserError
from wfopt.metrics.base import History
from wfopt.metrics.significance import Comparison, compare
from wfopt.metrics.views import CompareView, Pair, Side
from wfopt.model.history import Ending, PastAttempt, PastRun, RunStory, Scope
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId
from wfopt.source import closest_match

MOST_RUNS = 100
"""So many of the newest runs of a commit or branch are compared."""

_SEARCHED_RUNS = 5000
_LAST = re.compile(r"last(?:~([0-9]{1,6}))?")
_COMMIT = re.compile(r"[0-9a-f]{4,64}")
_MOST_LISTED = 5


def compare_view(history: History, scope: Scope, names: tuple[str, str]) -> CompareView:
    """Return two sides, compared on the machine of the newest run that both have in common.

    Args:
        history: what is remembered.
        scope: which runs may be meant.
        names: each a run's id, the start of one, `last`, `last~1`, a branch, or the start of a commit.

    Raises:
        UserError: a name stands for no run, or for several.
        HistoryError: the history cannot be read.
    """
    before, after = (_side(history, scope, name) for name in names)
    hosts = {run.host.name for run in before.runs}
    common = [run.host.name for run in after.runs if run.host.name in hosts]
    host = common[-1] if common else ""
    before, after = _newest(before, host), _newest(after, host)
    sides = (_stories(history, before), _stories(history, after))
    steps = dict.fromkeys(step for side in reversed(sides) for story in side for step in story.shape.steps)
    return CompareView(
        before=before,
        after=after,
        host=host,
        run=_run_pair(before, after),
        steps=tuple(_step_pair(sides, step) for step in steps),
    )


def _side(history: History, scope: Scope, name: str) -> Side:
    last = _LAST.fullmatch(name)
    if last is not None:
        back = int(last[1] or 0)
        runs = history.runs(replace(scope, limit=back + 1))
        if len(runs) <= back:
            raise _refused(name, f"there are only {len(runs)} runs", "`last` is the newest run")
        return Side(name=name, kind="run", runs=(runs[0],))
    found = history.find(name, scope.workflow)
    if found is not None:
        return Side(name=name, kind="run", runs=(found,))
    of_branch = history.runs(replace(scope, branch=name, limit=MOST_RUNS)) if name else ()
    if of_branch:
        return Side(name=name, kind="branch", runs=tuple(of_branch))
    return _commit_side(history.runs(replace(scope, limit=_SEARCHED_RUNS)), name)


def _commit_side(runs: Sequence[PastRun], name: str) -> Side:
    alike = [run.run_id for run in runs if name and run.run_id.startswith(name)]
    if alike:
        listed = ", ".join(f"`{each}`" for each in alike[-_MOST_LISTED:])
        raise _refused(name, f"{len(alike)} runs start like that", f"write more of it; the newest: {listed}")
    if _COMMIT.fullmatch(name):
        commits = {run.revision.commit for run in runs if run.revision.commit.startswith(name)}
        if len(commits) > 1:
            raise _refused(name, f"{len(commits)} commits start like that", "write more of it")
        if commits:
            return Side(
                name=name, kind="commit", runs=tuple(run for run in runs if run.revision.commit in commits)
            )
    known = [*dict.fromkeys(run.revision.branch for run in runs), *(run.run_id for run in runs)]
    near = closest_match(name, filter(None, known))
    hint = f"did you mean `{near}`?" if near else "`wfopt stats --runs` lists runs, commits and branches"
    raise _refused(name, f"no run, commit or branch is called `{name}`", hint)


def _refused(name: str, why: str, hint: str) -> UserError:
    message = f"`--compare {name}`: {why}"
    return UserError((Diagnostic(code=BAD_OPTION, message=message, hints=(hint,)),))


def _newest(side: Side, host: str) -> Side:
    """Return a side with its newest runs on a host, or on all if there is no common one."""
    runs = tuple(run for run in side.runs if host in ("", run.host.name))
    return replace(side, runs=runs[-MOST_RUNS:])


def _stories(history: History, side: Side) -> list[RunStory]:
    found = (history.story(run.run_id) for run in side.runs)
    return [story for story in found if story is not None]


def _run_pair(before: Side, after: Side) -> Pair:
    return Pair(
        step=None,
        before=before.runs[-1].ending.value,
        after=after.runs[-1].ending.value,
        comparison=_compared(*(_good_walls(side.runs) for side in (before, after))),
    )


def _good_walls(runs: Iterable[PastRun]) -> list[float]:
    return [run.wall_s for run in runs if run.ending is Ending.SUCCEEDED]


def _step_pair(sides: tuple[list[RunStory], list[RunStory]], step: StepId) -> Pair:
    walls: list[list[float]] = []
    endings: list[str] = []
    for stories in sides:
        last = [_last(story, step) for story in stories]
        walls.append(
            [
                each.wall_s
                for each in last
                if each is not None and each.status is StepStatus.SUCCEEDED and each.wall_s is not None
            ]
        )
        newest = last[-1] if last else None
        endings.append(newest.status.value if newest is not None else "")
    return Pair(step=step, before=endings[0], after=endings[1], comparison=_compared(walls[0], walls[1]))


def _last(story: RunStory, step: StepId) -> PastAttempt | None:
    return next((each for each in reversed(story.attempts) if each.step == step), None)


def _compared(before: Sequence[float], after: Sequence[float]) -> Comparison | None:
    return compare(before, after) if before and after else None
