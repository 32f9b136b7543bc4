"""What came of running cached steps again, as lines, a summary and a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wfopt.cache.deviations import Aspect, Deviation
from wfopt.engine.rerun_report import Rerun, RerunReport, Verdict
from wfopt.model.quantities import format_duration
from wfopt.render.documents import Document
from wfopt.render.harmless import harmless
from wfopt.render.words import counted

_MOST_DEVIATIONS = 10
_WORD_WIDTH = max(len(verdict.value) for verdict in Verdict)

_HINTS = {
    Verdict.DIFFERS: (
        "a result must depend on declared inputs alone, not on time, chance, paths or the order of files;"
        " if it cannot, declare `effects: [time]` or `[random]`, or set `cache: false`"
    ),
    Verdict.FAILED: "declare all that a step reads as `inputs`, or set `cache: false`",
}


def rerun_lines(rerun: Rerun) -> str:
    """Return what came of a step, in lines of their own with their line ends."""
    return "".join(f"{line}\n" for line in _lines(rerun))


def summary_text(report: RerunReport) -> str:
    """Return a line with how many steps there are of each verdict, and what to do about trouble."""
    counts = report.counts
    told = [f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict]]
    lines = [f"{counted(len(report.steps), 'step')}{': ' if told else ''}{', '.join(told)}"]
    lines += [f"hint: {hint}" for verdict, hint in _HINTS.items() if counts[verdict]]
    return "".join(f"{line}\n" for line in lines)


def rerun_document(report: RerunReport) -> Document:
    """Return the `wfopt.cache-verify-rerun/1` document."""
    counts = report.counts
    return {
        "schema": "wfopt.cache-verify-rerun/1",
        "file": report.file,
        "exit_code": report.exit_code,
        "counts": {_word(verdict): counts[verdict] for verdict in Verdict},
        "steps": [
            {
                "id": each.step,
                "verdict": _word(each.verdict),
                "reason": each.reason or None,
                "cause": each.cause or None,
                "wall_s": each.wall_s,
                "differences": _differences(each.deviations),
                "notes": list(each.notes),
                "output_tail": list(each.tail),
            }
            for each in report.steps
        ],
    }


def _word(verdict: Verdict) -> str:
    return verdict.value.replace(" ", "_")


def _differences(deviations: Sequence[Deviation]) -> list[Document]:
    return [
        {
            "path": None if each.aspect is Aspect.VALUE else each.name,
            "value": each.name if each.aspect is Aspect.VALUE else None,
            "change": each.aspect.value,
        }
        for each in deviations
    ]


def _lines(rerun: Rerun) -> Iterator[str]:
    first = f"{rerun.verdict.value:{_WORD_WIDTH}}  {harmless(rerun.step)}"
    if rerun.wall_s is not None:
        first += f"  {format_duration(rerun.wall_s)}"
    if rerun.reason:
        first += f"  ({harmless(rerun.reason)})"
    yield first
    indent = " " * (_WORD_WIDTH + 4)
    for each in rerun.deviations[:_MOST_DEVIATIONS]:
        yield f"{indent}{each.aspect.value:7}  {harmless(each.name)}"
    if len(rerun.deviations) > _MOST_DEVIATIONS:
        yield f"{indent}and {len(rerun.deviations) - _MOST_DEVIATIONS} more"
    yield from (f"{indent}output: {harmless(line)}" for line in rerun.tail)
    if rerun.cause:
        yield f"{indent}cause: {harmless(rerun.cause)}"
    yield from (f"{indent}note: {note}" for note in rerun.notes)
