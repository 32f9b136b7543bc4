"""WF103: steps in a row that could run at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from wfopt.analyzer.base import Case, Confidence, Finding, Fix, Gain, Saving
from wfopt.analyzer.cpus import Cpus, cpus_of
from wfopt.analyzer.gating import is_strict
from wfopt.analyzer.rows import rows_of
from wfopt.analyzer.sites import listed
from wfopt.analyzer.tools import NEUTRAL, Verdict, lock_of, verdict_of
from wfopt.analyzer.what_if import WhatIf
from wfopt.codes import Code
from wfopt.dataclass import dataclass
from wfopt.errors import Label, Severity
from wfopt.model.relations import Relation, relate
from wfopt.model.scripts import commands_of_step
from wfopt.model.workflow import Step
from wfopt.source import Span

_HINTS = {
    "github": "put them under one `parallel:` entry of the job's `steps`",
    "taskfile": "make each a task of its own and name these in `deps`, which run at once, not in `cmds`",
    "native": "write `needs: [{before}]` under each of them",
}
_HINT_OF_FIRST = "write `needs: []` under each of them"


MOST = 10
"""How many steps a finding names at most; GitHub runs no more than ten of a job at once."""


class SerialSteps:
    """Steps stand one after another although none needs what another one made.

    Checks such as linters, type checkers and tests only look at the sources. In a row, each waits for the one
    before it; at once, the whole lasts about as long as the longest.

    Before:

        steps:
          - run: ruff check
          - run: mypy src

    After:

        steps:
          - parallel:
              - run: ruff check
              - run: mypy src

    Does not apply to steps that write files, set variables for later steps, or run conditionally on a
    failure; nor to tools that lock what they share, such as `cargo` its build directory.
    """

    code = Code("WF103", "serial-independent-steps", "steps in a row that could run at once")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each stretch of such steps."""
        cpus = cpus_of(case)
        if cpus.expected < 2 or case.format not in _HINTS:
            return
        what_if = WhatIf(case)
        # A task stands in the file once, however many others call it.
        seen: set[Span] = set()
        for row in rows_of(case):
            before: Step | None = None
            for stretch in _stretches(row):
                place = stretch[0].step.span
                if len(stretch) > 1 and place is not None and place not in seen:
                    seen.add(place)
                    hint = _hint(case, before)
                    saving = _saving(case, what_if, cpus, [link.step for link in stretch])
                    yield _finding(case, stretch, place, saving, hint)
                before = stretch[-1].step


@dataclass(frozen=True, slots=True)
class _Link:
    """A step of a row, and what is known of it."""

    step: Step
    verdicts: frozenset[Verdict]
    locks: frozenset[str]


def _stretches(row: Sequence[Step]) -> Iterator[list[_Link]]:
    """Cut a row where a step has to wait for the ones before it."""
    stretch: list[_Link] = []
    for step in row:
        link = _link(step)
        if len(stretch) == MOST or not all(_are_independent(each, link) for each in stretch):
            yield stretch
            stretch = []
        stretch.append(link)
    if stretch:
        yield stretch


def _link(step: Step) -> _Link:
    """Return what a step checks; nothing if it may do more than that."""
    commands = [each for each in commands_of_step(step) if each.program not in NEUTRAL or each.writes]
    verdicts = [verdict_of(each) for each in commands]
    known = frozenset(each for each in verdicts if each is not None)
    locks = frozenset(filter(None, map(lock_of, commands)))
    writes = any(each.writes or not each.words for each in commands)
    if None in verdicts or writes or step.effects or step.capture or not is_strict(step):
        return _Link(step, frozenset(), locks)
    return _Link(step, known, locks)


def _are_independent(first: _Link, second: _Link) -> bool:
    if first.step.condition != second.step.condition or first.locks & second.locks:
        return False
    if not is_strict(second.step) or not is_strict(first.step):
        return False
    if first.verdicts and second.verdicts:
        # Two runs of tests may share ports, databases and files with coverage.
        return not (Verdict.TESTS in first.verdicts and Verdict.TESTS in second.verdicts)
    return _are_declared_apart(first.step, second.step)


def _are_declared_apart(first: Step, second: Step) -> bool:
    """Return whether two steps say what they read and write, and neither touches what the other writes."""
    for step in (first, second):
        if step.inputs is None or step.outputs is None or step.effects != frozenset():
            return False
    return _never_touches(first, second) and _never_touches(second, first)


def _never_touches(writer: Step, other: Step) -> bool:
    touched = (*(other.inputs or ()), *(other.outputs or ()))
    return all(relate(output, touched) is Relation.NONE for output in writer.outputs or ())


def _hint(case: Case, before: Step | None) -> str:
    if case.format == "native" and before is None:
        return _HINT_OF_FIRST
    return _HINTS[case.format].format(before=before.id if before is not None else "")


def _finding(case: Case, stretch: list[_Link], place: Span, saving: Saving | None, hint: str) -> Finding:
    steps = [link.step for link in stretch]
    named = [_name(step) for step in steps]
    names = named if len(set(named)) == len(named) else [str(step.id) for step in steps]
    is_declared = not all(link.verdicts for link in stretch)
    return Finding(
        code=SerialSteps.code,
        message=f"{listed(names)} run one after another and could run at once",
        severity=Severity.NOTE,
        # What runs at once in a Taskfile mixes its output, and needs tasks of its own.
        confidence=Confidence.LOW if case.format == "taskfile" else Confidence.MEDIUM,
        primary=Label(place, "from here on, none needs the one before"),
        related=tuple(Label(step.span, "waits for no reason") for step in steps[1:] if step.span is not None),
        steps=tuple(step.id for step in steps),
        saving=saving,
        fix=Fix.UNSAFE,
        causes=(
            "what they declare to read and write does not meet"
            if is_declared
            else "all of them only check, and write nothing that another one reads",
        ),
        hints=(hint,),
        identity=" ".join(step.id for step in steps),
    )


def _name(step: Step) -> str:
    return step.description or str(step.id)


def _saving(case: Case, what_if: WhatIf, cpus: Cpus, steps: Sequence[Step]) -> Saving | None:
    """Return what is saved if the steps run at once, as far as cpus and other paths allow."""
    amounts = [_saved(case, what_if, count, steps) for count in (cpus.low, cpus.expected, cpus.high)]
    if None in amounts:
        return None
    low, expected, high = (amount or 0.0 for amount in amounts)
    return case.saving(Gain.TIME, expected, low=low, high=high)


def _saved(case: Case, what_if: WhatIf, cpus: float, steps: Sequence[Step]) -> float | None:
    seconds = [case.seconds(step.id) for step in steps]
    work = sum(case.knowledge.of(step.id).cpu_s or own for step, own in zip(steps, seconds, strict=True))
    together = min(sum(seconds), max(*seconds, work / cpus))
    changes = {case.index[step.id]: 0.0 for step in steps}
    changes[case.index[steps[0].id]] = together
    return what_if.with_weights(changes)
