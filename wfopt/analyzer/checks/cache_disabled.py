"""WF207: steps that could be cached and are told not to be."""

from __future__ import annotations

from collections.abc import Iterable

from wfopt.analyzer.base import Case, Confidence, Finding, Gain
from wfopt.analyzer.jobs import first_line, name_of, place_of
from wfopt.analyzer.odds import CACHE_HITS
from wfopt.analyzer.purity import looks_pure
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.workflow import Step

_WORDS = {"native": "cache: false", "taskfile": "method: none", "dvc": "always_changed: true"}
_KEYS = {"native": "cache", "taskfile": "method", "dvc": "always_changed"}


class CacheDisabled:
    """A step that declares its files and whose cache is off.

    It runs each time, though everything that is needed to reuse its results is there.

    Before:

        compile:
          run: gcc -o app main.c
          inputs: [main.c]
          outputs: [app]
          cache: false

    After:

        compile:
          run: gcc -o app main.c
          inputs: [main.c]
          outputs: [app]

    Does not apply to steps that have effects, that do not declare both inputs and outputs, or that run
    anything that is not a well-known compiler, generator or linter, unless they declare that they have no
    effects.
    """

    code = Code("WF207", "cache-disabled", "a step that could be cached is told not to be")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each definition in the file."""
        said = _WORDS.get(case.format)
        if said is None:
            return
        seen: set[str] = set()
        for step in case.workflow.steps:
            place = step.places.get(_KEYS[case.format]) or place_of(step)
            if name_of(step) in seen or place is None or not _is_off(step):
                continue
            seen.add(name_of(step))
            low, expected, high = CACHE_HITS.of(case.seconds(step.id))
            yield Finding(
                code=CacheDisabled.code,
                message=f"`{name_of(step)}` declares its files, but `{said}` makes it run each time",
                severity=Severity.NOTE,
                confidence=Confidence.MEDIUM,
                primary=Label(first_line(place), "its results are never reused"),
                steps=(step.id,),
                saving=case.saving(Gain.WORK, expected, low=low, high=high),
                causes=("it seems to give the same for the same files",),
                hints=(
                    f"drop `{said}`, or say by `effects` what else it does"
                    if case.format == "native"
                    else f"drop `{said}`",
                ),
                identity=name_of(step),
            )


def _is_off(step: Step) -> bool:
    if step.cache.enabled is not False or step.effects or step.interactive:
        return False
    if not step.inputs or step.outputs is None:
        return False
    return step.effects is not None or looks_pure((step,))
