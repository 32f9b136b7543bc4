"""WF208: checkouts of the whole history that nothing looks at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from wfopt.analyzer.actions import CHECKOUT, PREPARING
from wfopt.analyzer.base import Case, Confidence, Edit, Finding, Fix, Gain
from wfopt.analyzer.jobs import (
    action_of,
    first_line,
    is_script,
    jobs_with_places,
    key_of,
    option,
    place_of,
    steps_of,
)
from wfopt.analyzer.odds import CLONE_AVOIDED
from wfopt.analyzer.workloads import Work, words_of, work_of
from wfopt.analyzer.yaml_blocks import below, siblings
from wfopt.analyzer.yaml_edits import without
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.pipeline import Job
from wfopt.model.scripts import Command, commands_of_step, script_of
from wfopt.model.workflow import Step

_HISTORY = re.compile(
    r"\bgit\b|\bgh\b|version|release|changelog|scm|sonar|merge-base|affected|--since|from-ref|commit|codecov"
    r"|mkdocs|sphinx|docs|towncrier|lerna|changeset|nx |turbo|gitleaks|trufflehog|reuse|diff-cover|--diff"
)

# Builds may ask git for a version; these kinds of work do not, but for the commands below.
_BLIND = frozenset({Work.IDLE, Work.LINT, Work.TEST, Work.INSTALL})
_ASKS_GIT = frozenset(
    {"pre-commit", "tox", "nox", "poetry", "pdm", "hatch", "uv", "gradle", "mvn", "commitlint"}
)


class FullClone:
    """A checkout with `fetch-depth: 0` in a job that does not look at the history.

    It fetches every commit of every branch and tag, where one commit would do.

    Before:

        - uses: actions/checkout@v4
          with:
            fetch-depth: 0
        - run: npm ci
        - run: npm test

    After:

        - uses: actions/checkout@v4
        - run: npm ci
        - run: npm test

    Does not apply if anything in the job may look at the history: git itself, tools that derive versions or
    release notes, builds and installs of the project (setuptools-scm and its like), unknown commands and
    actions. So it only speaks up where all that runs is known.
    """

    code = Code("WF208", "full-clone", "the whole history is fetched and not used")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield at most one finding a job."""
        for job, _ in jobs_with_places(case):
            steps = steps_of(case, job)
            full = next((at for at, step in enumerate(steps) if _is_full(step)), None)
            if full is None or not any(map(is_script, steps)) or any(map(_may_look_back, steps)):
                continue
            place = steps[full].places.get("with.fetch-depth") or place_of(steps[full])
            if place is not None:
                yield _finding(case, job, full, steps, Label(first_line(place), "fetches the whole history"))


def _is_full(step: Step) -> bool:
    return action_of(step) == CHECKOUT and option(step, "fetch-depth") == "0"


def _may_look_back(step: Step) -> bool:
    name = action_of(step)
    if name:
        return name not in PREPARING
    commands = commands_of_step(step)
    text = (script_of(step) or "").lower()
    return not commands or _HISTORY.search(text) is not None or any(map(_may_ask_git, commands))


def _may_ask_git(command: Command) -> bool:
    words = words_of(command)
    own_code = any(word.startswith(".") or word in {"-e", "--editable"} for word in words[1:])
    if work_of(command) is Work.INSTALL and (own_code or words[0] == "yarn"):
        return own_code
    return work_of(command) not in _BLIND or words[0] in _ASKS_GIT


def _finding(case: Case, job: Job, at: int, steps: Sequence[Step], primary: Label) -> Finding:
    checkouts = tuple(cell[at] for cell in job.cells if at < len(cell))
    low, expected, high = CLONE_AVOIDED.of(sum(map(case.seconds, checkouts)))
    edits = _edits(steps[at])
    return Finding(
        code=FullClone.code,
        message=f"job `{job.id}` fetches the whole history, and nothing in it seems to look at that",
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
        primary=primary,
        steps=checkouts,
        saving=case.saving(Gain.WORK, expected, low=low, high=high),
        fix=Fix.UNSAFE if edits else Fix.NONE,
        edits=edits,
        causes=("`fetch-depth: 0` asks for all commits of all branches and tags",),
        hints=("drop `fetch-depth: 0`: one commit is fetched then",),
        identity=job.id,
    )


def _edits(step: Step) -> tuple[Edit, ...]:
    """Return the edit that drops the option, and `with` if nothing is left of it."""
    start = key_of(step)
    entries = siblings(start) if start is not None else ()
    given = next((each for each in entries if each.key == "with"), None)
    inner = below(given) if given is not None else ()
    depth = next((each for each in inner if each.key == "fetch-depth"), None)
    if given is None or depth is None:
        return ()
    edit = without(depth if len(inner) > 1 else given)
    return (edit,) if edit is not None else ()
