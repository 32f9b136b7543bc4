"""WF201: steps that would be cached if they declared their files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wfopt.analyzer.base import Case, Confidence, Finding, Gain
from wfopt.analyzer.jobs import first_line, name_of, place_of
from wfopt.analyzer.odds import CACHE_HITS
from wfopt.analyzer.purity import looks_pure
from wfopt.codes import UNCACHEABLE
from wfopt.errors import Label, Severity
from wfopt.model.workflow import Step

_HINTS = {
    "native": "declare `inputs` and `outputs`, each as `[]` if there are none",
    "taskfile": "declare `sources` and `generates`",
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
    have effects or are told not to be cached, nor to jobs of CI services, which start on an empty machine.
    """

    code = UNCACHEABLE

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each definition in the file."""
        hint = _HINTS.get(case.format)
        if hint is None:
            return
        definitions: dict[str, list[Step]] = {}
        for step in case.workflow.steps:
            definitions.setdefault(name_of(step), []).append(step)
        for name, steps in definitions.items():
            place = place_of(steps[0])
            if place is not None and all(map(_is_open, steps)) and looks_pure(steps):
                yield _finding(case, name, steps, Label(first_line(place), "runs each time"), hint)


def _is_open(step: Step) -> bool:
    if step.inputs is not None or step.outputs is not None:
        return False
    return not step.effects and step.cache.enabled is not False and not step.interactive


def _finding(case: Case, name: str, steps: Sequence[Step], primary: Label, hint: str) -> Finding:
    low, expected, high = CACHE_HITS.of(sum(case.seconds(step.id) for step in steps))
    return Finding(
        code=UNCACHEABLE,
        message=f"`{name}` runs again each time, as it declares no files",
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
        primary=primary,
        steps=tuple(step.id for step in steps),
        saving=case.saving(Gain.WORK, expected, low=low, high=high),
        causes=("it seems to make files of other files, or only to look at them",),
        hints=(hint,),
        identity=name,
    )
