"""Comments that silence findings: `# wfopt: ignore[WF103] why`.

Such a comment counts for its own line, or for the next line of text if it has a line to itself. On a line
that is the key of a block, or an item of a list, it counts for all that stands in the block.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from wfopt.analyzer.base import Confidence, Finding
from wfopt.analyzer.selecting import UnknownCodeError, codes_of
from wfopt.codes import UNUSED_IGNORE, Code
from wfopt.dataclass import dataclass
from wfopt.errors import Label, Severity
from wfopt.source import SourceFile, Span

_COMMENT = re.compile(r"(?:^|(?<=\s))#\s*wfopt:\s*ignore\b(?:\s*\[([^\]\n]*)\])?")
_TEXT = re.compile(r"\s*(?:-\s+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A comment that silences findings.

    Attributes:
        span: where it stands.
        line: the line that it is about.
        codes: the codes that it silences, or None for all.
        unknown: words in it that are no codes, each with the nearest that is one.
    """

    span: Span
    line: int
    codes: frozenset[Code] | None
    unknown: tuple[tuple[str, str | None], ...] = ()

    def silences(self, code: Code) -> bool:
        """Return whether findings of this code are meant."""
        return self.codes is None or code in self.codes


def silences_of(source: SourceFile) -> list[Silence]:
    """Return the comments of a file that silence findings, in their order."""
    if "wfopt:" not in source.text:
        return []
    lines = source.text.splitlines()
    found = []
    for number, line in enumerate(lines, start=1):
        comment = _COMMENT.search(line)
        if comment is None:
            continue
        codes, unknown = _codes(comment[1])
        alone = not line[: comment.start()].strip()
        found.append(
            Silence(
                span=Span(source, number, comment.start() + 1, number, comment.end() + 1),
                line=_next_text(lines, number) if alone else number,
                codes=codes,
                unknown=unknown,
            )
        )
    return found


def without_silenced(findings: Sequence[Finding], source: SourceFile) -> tuple[list[Finding], list[Finding]]:
    """Return the findings that no comment silences, and those that one does.

    Comments that silence nothing are among the former.

    Args:
        findings: those of a file.
        source: the file.
    """
    silences = silences_of(source)
    if not silences:
        return list(findings), []
    parents = _parents(source.text.splitlines())
    by_line: dict[int, list[Silence]] = {}
    for silence in silences:
        by_line.setdefault(silence.line, []).append(silence)
    used: set[int] = set()
    kept: list[Finding] = []
    silenced: list[Finding] = []
    for finding in findings:
        hits = _hits(finding, source, parents, by_line)
        used.update(map(id, hits))
        (silenced if hits else kept).append(finding)
    kept += [_unused(each) for each in silences if id(each) not in used]
    return kept, silenced


def _hits(
    finding: Finding, source: SourceFile, parents: Sequence[int], by_line: dict[int, list[Silence]]
) -> list[Silence]:
    if finding.primary.span.source is not source:
        return []
    hits, line = [], min(finding.primary.span.line, len(parents) - 1)
    while line:
        hits += [each for each in by_line.get(line, ()) if each.silences(finding.code)]
        line = parents[line]
    return hits


def _codes(
    words: str | None,
) -> tuple[frozenset[Code] | None, tuple[tuple[str, str | None], ...]]:
    if words is None:
        return None, ()
    codes: frozenset[Code] = frozenset()
    unknown = []
    for word in filter(None, (part.strip() for part in words.split(","))):
        try:
            codes |= codes_of(word)
        except UnknownCodeError as error:
            unknown.append((word, error.near))
    return codes, tuple(unknown)


def _next_text(lines: Sequence[str], number: int) -> int:
    """Return the number of the first line behind line `number` that is neither empty nor a comment."""
    for following in range(number, len(lines)):
        text = lines[following].strip()
        if text and not text.startswith("#"):
            return following + 1
    return number


def _parents(lines: Sequence[str]) -> list[int]:
    """Return for each line the number of the line that its block belongs to, or 0; place 0 means nothing.

    A line belongs to the nearest one above that is indented less; a dash indents what follows it.
    """
    parents = [0] * (len(lines) + 1)
    above: list[tuple[int, int, bool]] = []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            parents[number] = above[-1][1] if above else 0
            continue
        outer = len(line) - len(line.lstrip())
        is_item = text.startswith("- ") or text == "-"
        # The items of a list may stand no deeper than its key.
        while above and (above[-1][0] > outer or (above[-1][0] == outer and above[-1][2] >= is_item)):
            above.pop()
        parents[number] = above[-1][1] if above else 0
        above.append((outer, number, is_item))
        inner = _TEXT.match(line)
        if is_item and inner is not None:
            # The other keys of an item stand below its dash, as deep as its first key.
            above.append((inner.end() - 1, number, True))
    return parents


def _unused(silence: Silence) -> Finding:
    hints = [
        f"there is no code `{word}`{f': did you mean `{near}`?' if near else ''}"
        for word, near in silence.unknown
    ]
    return Finding(
        code=UNUSED_IGNORE,
        message="this comment silences nothing",
        severity=Severity.NOTE,
        confidence=Confidence.HIGH,
        primary=Label(silence.span),
        hints=tuple(hints) or ("remove it",),
        identity=_text_of(silence.span),
    )


def _text_of(span: Span) -> str:
    return span.source.line(span.line)[span.column - 1 : span.end_column - 1]
