"""WF202: jobs that download what they depend on again at every run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wfopt.analyzer.actions import caches, major_of
from wfopt.analyzer.base import Case, Confidence, Edit, Finding, Fix, Gain
from wfopt.analyzer.installs import Install, Manager, install_of
from wfopt.analyzer.jobs import action_of, command_place, jobs_with_places, key_of, option, steps_of
from wfopt.analyzer.odds import DOWNLOAD_AVOIDED
from wfopt.analyzer.yaml_blocks import below, siblings
from wfopt.analyzer.yaml_edits import key_after, key_before
from wfopt.codes import Code
from wfopt.dataclass import dataclass
from wfopt.errors import Label, Severity
from wfopt.model.pipeline import Job
from wfopt.model.scripts import Command, commands_of_step
from wfopt.model.workflow import Step

_ENOUGH = 10
"""A job with more installs than this is not looked at any further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """An install within a job."""

    step: Step
    command: Command
    install: Install
    moved: bool


class InstallWithoutCache:
    """A job that installs dependencies and caches nothing.

    Each run downloads the same packages, and builds some of them. A cache that is named after the lock file
    brings them back in seconds.

    Before:

        - uses: actions/setup-node@v4
        - run: npm ci

    After:

        - uses: actions/setup-node@v4
          with:
            cache: npm
        - run: npm ci

    Does not apply to jobs with any step that caches (or may: an unknown setup action, an action of the
    repository itself), to machines of one's own, where a cache outlives the job, to packages of
    the system (apt, brew), nor to installs of a tool or two.
    """

    code = Code("WF202", "deps-without-cache", "dependencies are downloaded at every run")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield at most one finding a job."""
        for job, _ in jobs_with_places(case):
            steps = steps_of(case, job)
            if _may_cache(job, steps):
                continue
            found = _installs(steps)
            place = command_place(found[0].step, found[0].command) if found else None
            if place is not None:
                yield _finding(case, job, found, steps, Label(place, "downloads them again"))


def _may_cache(job: Job, steps: Sequence[Step]) -> bool:
    own_machine = any(
        "self-hosted" in label or ("{" in label and "matrix" not in label) for label in job.runner
    )
    return own_machine or "cache" in job.places or any(map(caches, steps))


def _installs(steps: Sequence[Step]) -> list[_Found]:
    found: list[_Found] = []
    for step in steps:
        moved = bool(step.cwd)
        for command in commands_of_step(step):
            moved = moved or command.program in {"cd", "pushd"}
            install = install_of(command)
            if install is not None and len(found) < _ENOUGH:
                found.append(_Found(step=step, command=command, install=install, moved=moved))
    return found


def _finding(case: Case, job: Job, found: Sequence[_Found], steps: Sequence[Step], primary: Label) -> Finding:
    first = found[0]
    manager = first.install.manager
    names = " and ".join(sorted({f"`{each.install.manager.name}`" for each in found}))
    ids = {each.step.id for each in found}
    places = [at for at, step in enumerate(steps) if step.id in ids]
    affected = tuple(cell[at] for cell in job.cells for at in places if at < len(cell))
    low, expected, high = DOWNLOAD_AVOIDED.of(sum(map(case.seconds, affected)))
    edit = _edit(first, steps)
    return Finding(
        code=InstallWithoutCache.code,
        message=f"job `{job.id}` installs with {names} and caches nothing",
        severity=Severity.WARNING,
        confidence=Confidence.HIGH if first.install.locked else Confidence.MEDIUM,
        primary=primary,
        steps=affected,
        saving=case.saving(Gain.WORK, expected, low=low, high=high),
        fix=Fix.SAFE if edit is not None else Fix.NONE,
        edits=(edit,) if edit is not None else (),
        causes=("every run fetches the same packages from the network",),
        hints=(_hint(case, manager, steps),),
        identity=job.id,
    )


def _hint(case: Case, manager: Manager, steps: Sequence[Step]) -> str:
    if case.format == "gitlab":
        return f"add `cache` with a `key` of the lock file, and `paths` for what {manager.name} downloads"
    if manager.option and any(action_of(step) == manager.action for step in steps):
        if any(map(_is_too_old, steps)):
            return f"use a newer `{manager.action}`, and add `{manager.option}` to its options"
        return f"add `{manager.option}` to the options of `{manager.action}`"
    if manager.name == "cargo":
        return "add a step `uses: Swatinem/rust-cache@v2` behind the checkout"
    return f"add a step `uses: actions/cache@v4` for {manager.folder}, its `key` the hash of the lock file"


def _is_too_old(setup: Step) -> bool:
    """Return whether a setup action of GitHub is of the first version, which cannot cache."""
    return action_of(setup).startswith("actions/setup-") and major_of(setup) < 2


def _edit(found: _Found, steps: Sequence[Step]) -> Edit | None:
    """Return the edit that turns the cache of a setup action on, if it is sure to find the lock file."""
    manager = found.install.manager
    if not found.install.locked or found.moved or not manager.option:
        return None
    setup = next((step for step in steps if action_of(step) == manager.action), None)
    start = key_of(setup) if setup is not None else None
    if (
        setup is None
        or start is None
        or _is_too_old(setup)
        or option(setup, manager.option.partition(":")[0])
    ):
        return None
    entries = {each.key: each for each in siblings(start)}
    if "uses" not in entries:
        return None
    if "with" not in entries:
        return key_after(entries["uses"], f"with:\n  {manager.option}")
    inner = below(entries["with"])
    return key_before(inner[0].span, manager.option) if inner else None
