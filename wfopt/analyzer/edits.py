"""Edits of findings, put into the text that they are about."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from wfopt.analyzer.base import Finding, Fix
from wfopt.dataclass import dataclass
from wfopt.source import SourceFile, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A text with edits in it.

    Attributes:
        text: the new text.
        done: the findings whose edits are in it.
        left: the findings whose edits would have changed what others change.
    """

    text: str
    done: tuple[Finding, ...] = ()
    left: tuple[Finding, ...] = ()


def editable(findings: Iterable[Finding], *, unsafe: bool) -> list[Finding]:
    """Return the findings that have edits, only those whose fix is safe unless `unsafe`."""
    wanted = {Fix.SAFE, Fix.UNSAFE} if unsafe else {Fix.SAFE}
    return [each for each in findings if each.edits and each.fix in wanted]


def edited(source: SourceFile, findings: Sequence[Finding]) -> Edited:
    """Return the text of a file with the edits of findings, each finding's all or none.

    Where two change the same stretch, the first finding has its way. The same edit of two findings is made
    once; several insertions at one place stand in the order of the findings.

    Args:
        source: the file; edits of other files are not made.
        findings: in the order of their precedence.
    """
    starts = _line_starts(source.text)
    places: dict[tuple[int, int, str], int] = {}
    taken: list[tuple[int, int, str]] = []
    done: list[Finding] = []
    left: list[Finding] = []
    for finding in findings:
        wanted = [each for each in finding.edits if each.span.source.name == source.name]
        stretches = [(*_stretch(each.span, starts, len(source.text)), each.text) for each in wanted]
        fresh = [each for each in stretches if each not in places]
        if len(wanted) < len(finding.edits) or any(_clashes(each, taken) for each in fresh):
            left.append(finding)
            continue
        for each in fresh:
            places.setdefault(each, len(places))
            insort(taken, each)
        done.append(finding)
    return Edited(text=_applied(source.text, places), done=tuple(done), left=tuple(left))


def _clashes(stretch: tuple[int, int, str], taken: Sequence[tuple[int, int, str]]) -> bool:
    """Return whether a stretch overlaps one that is taken; insertions at one place do not.

    Args:
        stretch: from where to where, and its new text.
        taken: those that are taken, in order; none overlaps another, so that neighbors tell.
    """
    start, end, _ = stretch
    place = bisect_left(taken, stretch)
    near = taken[max(0, place - 1) : place + 1]
    return any(start < other_end and other_start < end for other_start, other_end, _ in near)


def _applied(text: str, places: Mapping[tuple[int, int, str], int]) -> str:
    line_end = "\r\n" if "\r\n" in text else "\n"
    pieces, position = [], 0
    # Of an insertion and a replacement at one place, the insertion stands first.
    for start, end, new in sorted(places, key=lambda each: (each[0], each[1], places[each])):
        pieces += [text[position:start], new.replace("\n", line_end)]
        position = end
    return "".join([*pieces, text[position:]])


def _line_starts(text: str) -> list[int]:
    return [0, *accumulate(len(line) for line in text.splitlines(keepends=True))]


def _stretch(span: Span, starts: Sequence[int], length: int) -> tuple[int, int]:
    """Return the offsets of a span; what is behind the end of the text is its end."""

    def offset(line: int, column: int) -> int:
        return min(starts[line - 1] + column - 1, length) if line <= len(starts) else length

    return offset(span.line, span.column), offset(span.end_line, span.end_column)
