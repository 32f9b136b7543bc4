"""Compares what runs of a workflow left with what runs of its optimized version left."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from wfopt.api.verify_folders import FOLDER, Tree, differences
from wfopt.dataclass import dataclass
from wfopt.model.outcome import StepStatus
from wfopt.model.patterns import selects
from wfopt.model.workflow import StepId, Workflow
from wfopt.optimizer.pipeline import Optimized

_FAILED = StepStatus.FAILED.value

_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of one run.

    Attributes:
        tree: the files that it left.
        ends: how its steps ended: status and exit status.
        values: what its steps handed on, by step and name.
        wall_s: the seconds that it took.
    """

    tree: Tree
    ends: Mapping[StepId, tuple[str, int | None]]
    values: Mapping[tuple[StepId, str], str]
    wall_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How much was compared and how much of it differs.

    Attributes:
        files: files and links that were compared. statuses: steps. values: what steps handed on.
        unequal_files: those of them that differ, in words. unequal_statuses: the same of steps.
        unequal_values: the same of values.
        noise: what was left out since it differs between runs of the original.
        unmade: files that were left out since only steps write them that nobody wants.
    """

    files: int
    statuses: int
    values: int
    unequal_files: Mapping[str, str]
    unequal_statuses: Mapping[StepId, str]
    unequal_values: Mapping[tuple[StepId, str], str]
    noise: int
    unmade: int

    @property
    def differences(self) -> tuple[str, ...]:
        """What differs, in words: steps first, then what they handed on, then files."""
        files = (f"`{path}` {what}" for path, what in self.unequal_files.items())
        return (*self.unequal_statuses.values(), *self.unequal_values.values(), *files)


def compared(originals: Sequence[Tried], others: Sequence[Tried], optimized: Optimized) -> Compared:
    """Compare runs of both versions; what differs between two runs of the original proves nothing.

    Args:
        originals: runs of the original, two at least.
        others: runs of the optimized version, one at least.
        optimized: says which steps do the work of others now, and which are gone for good.
    """
    first = originals[0]
    noise = {path for each in originals[1:] for path in differences(first.tree, each.tree)}
    flaky = {step for each in originals[1:] for step in _unequal(first.ends, each.ends)}
    vague = {name for each in originals[1:] for name in _unequal(first.values, each.values)}
    unmade: set[str] = set()
    files: dict[str, str] = {}
    for each in others:
        found = {
            path: what
            for path, what in differences(first.tree, each.tree).items()
            if path not in noise and not _is_within(path, noise)
        }
        left_out = _unmade(first.tree, each.tree, found, optimized)
        unmade |= left_out
        files |= {path: what for path, what in found.items() if path not in left_out}
    stand_ins = {step: now for step in first.ends if (now := _stand_in(step, optimized)) is not None}
    ends = {step: now for step, now in stand_ins.items() if step not in flaky}
    values = {name for name in first.values if name[0] in stand_ins and name not in vague}
    paths = {path for each in (first, *others) for path, found in each.tree.items() if found[0] != FOLDER}
    return Compared(
        files=len((paths - noise - unmade) | files.keys()),
        statuses=len(ends),
        values=len(values),
        unequal_files=dict(sorted(files.items())),
        unequal_statuses={
            step: words for each in others for step, words in _ended_otherwise(first, each, ends)
        },
        unequal_values={
            name: f"`{name[0]}` hands on another `{name[1]}`"
            for each in others
            for name in sorted(values)
            if each.values.get((stand_ins[name[0]], name[1])) != first.values[name]
        },
        noise=len(noise) + len(flaky) + len(vague),
        unmade=sum(first.tree[path][0] != FOLDER for path in unmade),
    )


def removed_steps(workflow: Workflow, optimized: Optimized) -> list[StepId]:
    """Return the steps whose work nobody does any more."""
    return [step.id for step in workflow.steps if _stand_in(step.id, optimized) is None]


def _stand_in(step: StepId, optimized: Optimized) -> StepId | None:
    """Return the step that does the work of one now: itself, unless it is gone."""
    now: StepId | None = step
    while now is not None and now in optimized.stands_for:
        now = optimized.stands_for[now]
    return now


def _unequal(one: Mapping[_Key, object], other: Mapping[_Key, object]) -> Iterator[_Key]:
    return (key for key in one.keys() | other.keys() if one.get(key) != other.get(key))


def _is_within(path: str, noise: set[str]) -> bool:
    """Return whether a folder above a path differs from run to run: then so may all that is in it."""
    folder = os.path.dirname(path)
    while folder:
        if folder in noise:
            return True
        folder = os.path.dirname(folder)
    return False


def _unmade(before: Tree, after: Tree, differing: Mapping[str, str], optimized: Optimized) -> set[str]:
    """Return the paths that are missing because the steps that are to write them are gone for good."""
    gone = set(removed_steps(optimized.before, optimized))
    patterns = [
        step.outputs for step in optimized.before.steps if step.id in gone and step.outputs is not None
    ]
    missing = {path for path in differing if path in before and path not in after}
    files = {path for path in missing if any(selects(each, path) for each in patterns)}
    # The folders above were made for them alone if nothing else in them is left.
    above = {folder for path in files for folder in _above(path)} & missing
    return files | {
        folder
        for folder in above
        if all(path in files or path in above for path in missing if path.startswith(f"{folder}/"))
    }


def _above(path: str) -> Iterator[str]:
    while path := os.path.dirname(path):
        yield path


def _ended_otherwise(
    original: Tried, other: Tried, stand_ins: Mapping[StepId, StepId]
) -> Iterator[tuple[StepId, str]]:
    for step, now in stand_ins.items():
        (status, code), end = original.ends[step], other.ends.get(now)
        if end is None:
            yield step, f"`{step}` did not run"
        elif _word(end[0]) != _word(status):
            yield step, f"`{step}` ended with `{end[0]}` instead of `{status}`"
        elif status == _FAILED and end[1] != code:
            yield step, f"`{step}` failed with exit status {end[1]} instead of {code}"


def _word(status: str) -> str:
    """Return a status as far as it counts: after a failure, what never ran was skipped or cancelled."""
    return "not run" if status in (StepStatus.SKIPPED.value, StepStatus.CANCELLED.value) else status
