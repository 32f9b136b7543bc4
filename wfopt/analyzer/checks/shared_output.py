"""WF402: two steps write the same file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wfopt.analyzer.base import Case, Confidence, Finding, Fix
from wfopt.analyzer.named_paths import named_paths
from wfopt.analyzer.sites import name_of
from wfopt.codes import Code
from wfopt.dataclass import dataclass
from wfopt.errors import Label, Severity
from wfopt.model.workflow import Step
from wfopt.source import Span


class SharedOutput:
    """Two steps that may run at the same time write the same file.

    What is in the file then depends on which of them was last, or is a mixture of both.

    Before:

        unit:
          run: pytest tests/unit > report.txt
        style:
          run: ruff check > report.txt

    After:

        unit:
          run: pytest tests/unit > unit.txt
        style:
          run: ruff check > style.txt

    Does not apply to steps that wait for each other, to jobs that run on machines of their own, nor to
    tasks of which nothing needs both.
    """

    code = Code("WF402", "shared-output", "two steps write the same file")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each such pair of steps, the first two for each file."""
        if case.jobs or case.format == "wfformat":
            return
        writers: dict[str, list[_Write]] = {}
        for step in case.workflow.steps:
            for write in _writes(step):
                writers.setdefault(write.path, []).append(write)
        for found in writers.values():
            pair = _pair(case, found)
            if pair is not None and pair[1].at is not None:
                yield _finding(*pair, pair[1].at)


@dataclass(frozen=True, slots=True)
class _Write:
    """A file that a step writes, where that stands, and whether it is declared."""

    path: str
    step: Step
    at: Span | None
    is_declared: bool


def _writes(step: Step) -> Iterator[_Write]:
    seen: set[str] = set()
    for output in step.outputs or ():
        if not output.is_glob and not output.negated:
            seen.add(output.text)
            yield _Write(output.text, step, output.span or step.span, is_declared=True)
    for named in named_paths(step):
        if named.path in seen or not named.is_written or "." not in named.path.rpartition("/")[2]:
            continue
        seen.add(named.path)
        yield _Write(named.path, step, step.places.get("run") or step.span, is_declared=False)


def _pair(case: Case, writes: list[_Write]) -> tuple[_Write, _Write] | None:
    """Return two writes of different steps that may happen at once."""
    for place, first in enumerate(writes[:50]):
        for second in writes[place + 1 : 50]:
            if first.step.id != second.step.id and _may_meet(case, first.step, second.step):
                return first, second
    return None


def _may_meet(case: Case, first: Step, second: Step) -> bool:
    one, other = case.index[first.id], case.index[second.id]
    reach = case.timing.reach
    if reach[one] >> other & 1 or reach[other] >> one & 1:
        return False
    # Tasks are started one by one; only what one of them needs runs together.
    return case.format != "taskfile" or bool(reach[one] & reach[other])


def _finding(first: _Write, second: _Write, at: Span) -> Finding:
    names = (name_of(first.step), name_of(second.step))
    is_declared = first.is_declared and second.is_declared
    who = (
        f"`{names[0]}` and `{names[1]}` both write"
        if names[0] != names[1]
        else f"the cells of `{names[0]}` all write"
    )
    return Finding(
        code=SharedOutput.code,
        message=f"{who} `{first.path}`, and may run at once",
        severity=Severity.ERROR if is_declared else Severity.WARNING,
        confidence=Confidence.HIGH if is_declared else Confidence.MEDIUM,
        primary=Label(at, f"writes `{first.path}` as well"),
        related=() if first.at is None or first.at == at else (Label(first.at, "the other one"),),
        steps=(first.step.id, second.step.id),
        fix=Fix.UNSAFE,
        causes=("which of them writes last is left to chance",),
        hints=("let each write a file of its own, or make one wait for the other",),
        identity=f"{first.path}: {names[0]} {names[1]}",
    )
