"""WF206: steps that declare only what they read, or only what they write."""

from __future__ import annotations

from collections.abc import Iterable

from wfopt.analyzer.base import Case, Confidence, Finding, Gain
from wfopt.analyzer.jobs import first_line, name_of, place_of
from wfopt.analyzer.odds import CACHE_HITS
from wfopt.codes import HALF_DECLARED
from wfopt.errors import Label, Severity
from wfopt.model.workflow import Step

_WORDS = {"native": ("inputs", "outputs"), "taskfile": ("sources", "generates")}


class HalfDeclared:
    """A step with inputs and without outputs, or the other way round.

    A result can only be reused if both are known: without inputs nobody knows when it is out of date,
    without outputs there is nothing to put back.

    Before:

        tasks:
          build:
            sources: ["src/**/*.c"]
            cmds: [make]

    After:

        tasks:
          build:
            sources: ["src/**/*.c"]
            generates: [app]
            cmds: [make]

    Does not apply to steps that have effects or are told not to be cached, nor to
    dvc.yaml, where a stage without `outs` has none, and CI services.
    """

    code = HALF_DECLARED

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each definition in the file."""
        words = _WORDS.get(case.format)
        if words is None:
            return
        seen: set[str] = set()
        for step in case.workflow.steps:
            name = name_of(step)
            if name in seen or not _is_half(step):
                continue
            seen.add(name)
            has, lacks = words if step.outputs is None else words[::-1]
            place = step.places.get(has) or place_of(step)
            if place is not None and lacks not in step.places and "status" not in step.places:
                yield _finding(
                    case, name, step, Label(first_line(place), f"no `{lacks}` beside"), (has, lacks)
                )


def _is_half(step: Step) -> bool:
    if (step.inputs is None) == (step.outputs is None):
        return False
    return not step.effects and step.cache.enabled is not False and not step.interactive


def _finding(case: Case, name: str, step: Step, primary: Label, words: tuple[str, str]) -> Finding:
    has, lacks = words
    low, expected, high = CACHE_HITS.of(case.seconds(step.id))
    native = case.format == "native"
    return Finding(
        code=HALF_DECLARED,
        message=f"`{name}` declares `{has}` but no `{lacks}`, so its results are not reused",
        severity=Severity.WARNING if native else Severity.NOTE,
        confidence=Confidence.HIGH if native else Confidence.MEDIUM,
        primary=primary,
        steps=(step.id,),
        saving=case.saving(Gain.WORK, expected, low=low, high=high),
        causes=("results are kept only if both are known",),
        hints=(f"declare `{lacks}`" + (", or `[]` if there are none" if native else ""),),
        identity=name,
    )
