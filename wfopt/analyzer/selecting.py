"""Which findings are shown, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from wfopt.analyzer.base import Confidence, Finding, Gain, Saving
from wfopt.analyzer.registry import CODES
from wfopt.analyzer.report import Graph
from wfopt.codes import Code
from wfopt.dataclass import dataclass
from wfopt.errors import Severity, by_place
from wfopt.source import closest_match

SURENESS = {Confidence.HIGH: 1.0, Confidence.MEDIUM: 0.6, Confidence.LOW: 0.3}
"""By what a saving counts less if it is not sure that acting on a finding is right."""

WORTH = {Gain.TIME: 1.0, Gain.WORK: 0.5}
"""A share of the critical path is worth twice a share of the work: somebody waits for it."""

RANKS = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
"""The severities, the worst first."""

_PREFIX = "WF"


class UnknownCodeError(ValueError):
    """No code has a number or name, or a number that starts so.

    Attributes:
        word: what was written.
        near: the nearest number or name, or None.
    """

    def __init__(self, word: str) -> None:
        names = [each.name for each in CODES]
        numbers = [each.number for each in CODES]
        self.word = word
        known = numbers if word[:2].upper() == _PREFIX else names
        self.near = closest_match(word.upper() if known is numbers else word.lower(), known)
        super().__init__(word)


def codes_of(word: str) -> frozenset[Code]:
    """Return the codes that a word means: a number, a name, or the start of numbers such as `WF2`.

    Raises:
        UnknownCodeError: there are none.
    """
    upper, lower = word.upper(), word.lower()
    named = frozenset(each for each in CODES if each.name == lower)
    started = frozenset(each for each in CODES if upper.startswith(_PREFIX) and each.number.startswith(upper))
    if not named | started:
        raise UnknownCodeError(word)
    return named | started


def code_of(word: str) -> Code:
    """Return the one code with a number or a name.

    Raises:
        UnknownCodeError: there is none.
    """
    for each in CODES:
        if word.upper() == each.number or word.lower() == each.name:
            return each
    raise UnknownCodeError(word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Least:
    """The smallest saving that is worth showing; one of the two is None.

    Attributes:
        seconds: of time or of work.
        share: of the critical path or of all work, from 0 to 1.
    """

    seconds: float | None = None
    share: float | None = None

    def is_met(self, saving: Saving | None, graph: Graph) -> bool:
        """Return whether a saving is as large; without one, or without seconds to compare, it is not."""
        if saving is None:
            return False
        if self.share is not None:
            return saving.expected >= self.share
        amounts = graph.amounts(saving)
        return amounts is not None and self.seconds is not None and amounts[1] >= self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which findings are wanted.

    Attributes:
        select: only these codes, or None for all.
        ignore: not these codes.
        severity: only findings at least as severe.
        least: only findings that save as much, or None.
    """

    select: frozenset[Code] | None = None
    ignore: frozenset[Code] = frozenset()
    severity: Severity = Severity.NOTE
    least: Least | None = None

    def wants(self, finding: Finding, graph: Graph) -> bool:
        """Return whether a finding is wanted; whether its code is ignored does not matter here."""
        return (
            (self.select is None or finding.code in self.select)
            and RANKS[finding.severity] <= RANKS[self.severity]
            and (self.least is None or self.least.is_met(finding.saving, graph))
        )


EVERYTHING = Selection()
"""All findings are wanted."""


def value_of(finding: Finding) -> float:
    """Return what acting on a finding should bring: the expected share, weighed by `WORTH` and `SURENESS`."""
    if finding.saving is None:
        return 0.0
    return finding.saving.expected * WORTH[finding.saving.gain] * SURENESS[finding.confidence]


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings, the most valuable first, then the most severe, then in the order of the file."""

    def key(finding: Finding) -> tuple[float, int, tuple[str, int, int, str], str]:
        place = by_place(finding.diagnostic)
        # Rounded, so that the last bit of a sum does not decide.
        return (-round(value_of(finding), 9), RANKS[finding.severity], place, finding.identity)

    return sorted(findings, key=key)


def at_least(findings: Sequence[Finding], severity: Severity) -> Iterator[Finding]:
    """Yield the findings that are as severe, or more."""
    return (each for each in findings if RANKS[each.severity] <= RANKS[severity])
