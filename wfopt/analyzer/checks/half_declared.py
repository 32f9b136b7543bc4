"""WF206: steps that declare only what they read, or only what they write."""

from __future__ import annotations

from collections.abc import Iterable

from wfopt.analyzer.base import Case, Confidence, Finding, Gain
from wfopt.analyzer.jobs import first_line, name_of, place_of
from wfopt.analyzer.odds import CACHE_HITS
from wfopt.analyzer.workloads import Work, work_of
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.scripts import Command, commands_of_step
from wfopt.model.workflow import Step

_PRINTS = frozenset({"cat", "head", "tail", "wc"})
_WRITES = frozenset({"touch", "cp"})
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
    dvc.yaml, where a stage without `outs` has none, and CI services. In a Taskfile, `sources` alone suit a
    task that only checks or prints: there it speaks up for those that build or install.
    """

    code = Code("WF206", "half-declared-io", "a step declares only its inputs, or only its outputs")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each definition in the file."""
        words = _WORDS.get(case.format)
        if words is None:
            return
        seen: set[str] = set()
        commands: dict[str, list[Command]] = {}
        for step in case.workflow.steps if case.format == "taskfile" else ():
            commands.setdefault(name_of(step), []).extend(commands_of_step(step))
        for step in case.workflow.steps:
            name = name_of(step)
            if name in seen or not _is_half(step):
                continue
            seen.add(name)
            if case.format == "taskfile" and not _makes_files(commands[name], step):
                continue
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


def _makes_files(commands: Iterable[Command], step: Step) -> bool:
    """Return whether the commands of a task seem to make files that can get lost."""
    if step.outputs is not None:
        return any(work_of(each) is not Work.IDLE and each.program not in _PRINTS for each in commands)
    return any(
        each.writes or each.program in _WRITES or work_of(each) in {Work.BUILD, Work.INSTALL}
        for each in commands
    )


def _finding(case: Case, name: str, step: Step, primary: Label, words: tuple[str, str]) -> Finding:
    has, lacks = words
    low, expected, high = CACHE_HITS.of(case.seconds(step.id))
    saving = case.saving(Gain.WORK, expected, low=low, high=high)
    native = case.format == "native"
    return Finding(
        code=HalfDeclared.code,
        message=f"`{name}` declares `{has}` but no `{lacks}`, {_then(has, native=native)}",
        severity=Severity.WARNING if native else Severity.NOTE,
        confidence=Confidence.HIGH if native else Confidence.MEDIUM,
        primary=primary,
        steps=(step.id,),
        # Task goes by `sources` alone as well, so that there is nothing to save.
        saving=None if not native and has == "sources" else saving,
        causes=("results are kept only if both are known",) if native else (),
        hints=(f"declare `{lacks}`" + (", or `[]` if there are none" if native else ""),),
        identity=name,
    )


def _then(has: str, *, native: bool) -> str:
    """Return what comes of it: Task skips by `sources` alone, and runs always without them."""
    if native:
        return "so its results are not reused"
    return "so it is skipped also if its files are gone" if has == "sources" else "so it always runs"
