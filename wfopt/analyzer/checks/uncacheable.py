"""WF201: steps that would be cached if they declared their files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from wfopt.analyzer.base import Case, Confidence, Finding, Gain
from wfopt.analyzer.jobs import first_line, name_of, place_of
from wfopt.analyzer.odds import CACHE_HITS
from wfopt.analyzer.purity import looks_pure
from wfopt.analyzer.workloads import Work, words_of, work_of
from wfopt.codes import Code
from wfopt.dataclass import dataclass
from wfopt.errors import Label, Severity
from wfopt.model.scripts import commands_of_step
from wfopt.model.workflow import Step
from wfopt.source import Span

MANY = 20
"""From more definitions on, one finding stands for all."""

# A command of a task is named after its place among all: `build#2`.
_PLACE = re.compile(r"#(\d+)$")
_SELF_CACHING = frozenset({"go", "cargo", "gradle", "ninja", "dotnet", "swift"})

_HINTS = {
    "native": "declare `inputs` and `outputs`, each as `[]` if there are none",
    "taskfile": "declare `sources`, and `generates` if it makes files",
    "dvc": "declare `deps` and `outs`",
}


class Uncacheable:
    """A step that only makes files of files, and declares neither.

    Compilers, generators and linters give the same for the same files. What they read and write must be
    declared, or they run again each time.

    Before:

        steps:
          proto:
            run: protoc --python_out=gen api.proto

    After:

        steps:
          proto:
            run: protoc --python_out=gen api.proto
            inputs: [api.proto]
            outputs: [gen/]

    Does not apply to steps that run anything that is not a well-known compiler, generator or linter, that
    have effects or are told not to be cached, to tasks that call others, nor to jobs of CI services, which
    start on an empty machine. Compilers that keep what they have built, such as `go` and `cargo`, gain
    little; more than 20 steps of a file make one finding.
    """

    code = Code("WF201", "uncacheable-by-omission", "a step is run again because it declares no files")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each definition in the file."""
        hint = _HINTS.get(case.format)
        if hint is None:
            return
        found = list(_found(case))
        if len(found) <= MANY:
            for each in found:
                yield _finding(case, f"`{each.name}` runs", each, hint)
        else:
            steps = tuple(step for each in found for step in each.steps)
            everything = _Found(name=found[0].name, place=found[0].place, steps=steps)
            yield _finding(case, f"`{found[0].name}` and {len(found) - 1} more run", everything, hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A definition, where it is shown, and the steps that it became."""

    name: str
    place: Span
    steps: Sequence[Step]


def _found(case: Case) -> Iterator[_Found]:
    definitions: dict[str, list[Step]] = {}
    for step in case.workflow.steps:
        definitions.setdefault(name_of(step), []).append(step)
    for name, steps in definitions.items():
        place = place_of(steps[0])
        if place is None or _calls_tasks(steps):
            continue
        if all(map(_is_open, steps)) and looks_pure(steps):
            yield _Found(name=name, place=first_line(place), steps=steps)


def _is_open(step: Step) -> bool:
    if step.inputs is not None or step.outputs is not None:
        return False
    return not step.effects and step.cache.enabled is not False and not step.interactive


def _calls_tasks(steps: Iterable[Step]) -> bool:
    """Return whether commands of a task are missing here: what it calls bears the names of other tasks."""
    places = {int(found[1]) for step in steps if (found := _PLACE.search(step.id))}
    return bool(places) and max(2, *places) != len(places)


def _keeps_results(steps: Iterable[Step]) -> bool:
    """Return whether all that takes time keeps what it has built by itself."""
    commands = [each for step in steps for each in commands_of_step(step) if work_of(each) is not Work.IDLE]
    return all(words_of(each)[0] in _SELF_CACHING for each in commands)


def _finding(case: Case, who: str, found: _Found, hint: str) -> Finding:
    low, expected, high = CACHE_HITS.of(sum(case.seconds(step.id) for step in found.steps))
    several = not who.endswith(" runs")
    return Finding(
        code=Uncacheable.code,
        message=f"{who} again each time, as {'they declare' if several else 'it declares'} no files",
        severity=Severity.NOTE,
        confidence=Confidence.LOW if _keeps_results(found.steps) else Confidence.MEDIUM,
        primary=Label(found.place, "runs each time"),
        steps=tuple(step.id for step in found.steps),
        saving=case.saving(Gain.WORK, expected, low=low, high=high),
        causes=("all that it runs seems to make files of other files, or only to look at them",),
        hints=(hint,),
        identity=found.name,
    )
