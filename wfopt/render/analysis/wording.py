"""What an analysis says in words, the same in every form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from wfopt.analyzer.base import Finding, Fix, Gain, Saving
from wfopt.analyzer.report import AnalysisReport, FileReport, Graph, Left
from wfopt.errors import Severity
from wfopt.model.quantities import format_duration
from wfopt.render.words import counted

WHOLES = {Gain.TIME: "the critical path", Gain.WORK: "all work"}
"""What a saving is a share of."""

_LEAST_SHARE = 0.0005


def percent(share: float) -> str:
    """Return a share for people.

    >>> percent(0.312), percent(0.042), percent(1.0), percent(0.0)
    ('31 %', '4.2 %', '100 %', '0 %')
    """
    amount = share * 100
    return f"{amount:.1f} %" if 0.05 <= amount < 9.95 else f"{amount:.0f} %"


def amount_text(amount: float, graph: Graph) -> str:
    """Return a time of a graph: a duration, or a number of steps where nothing is timed."""
    if graph.timed:
        return format_duration(amount)
    number = round(amount, 2)
    return "1 step" if number == 1 else f"{number:g} steps"


def saving_text(saving: Saving, graph: Graph) -> str:
    """Return what acting on a finding should bring; seconds only where durations are known.

    Of a saving of next to nothing only its basis is told.
    """
    whole = WHOLES[saving.gain]
    if saving.high < _LEAST_SHARE:
        return f"next to nothing of {whole} ({saving.basis})"
    share = f"{percent(saving.expected)} of {whole}"
    between = ""
    if percent(saving.low) != percent(saving.high):
        between = f", between {percent(saving.low)} and {percent(saving.high)}"
    amounts = graph.amounts(saving)
    about = f"{format_duration(amounts[1])}, " if amounts is not None else ""
    return f"about {about}{share}{between} ({saving.basis})"


def fix_text(finding: Finding) -> str:
    """Return what can be done about a finding by itself; "" if wfopt knows no edit."""
    if finding.fix is Fix.NONE:
        return ""
    word: str = finding.fix.value
    if not finding.edits:
        return word
    return f"{word}, `{'--diff' if finding.fix is Fix.SAFE else '--diff --unsafe-fixes'}` shows it"


def counts_text(findings: Iterable[Finding]) -> str:
    """Return how many findings of each severity there are, such as `5 findings (1 error, 4 warnings)`."""
    counts = Counter(each.severity for each in findings)
    if not counts:
        return "no findings"
    parts = ", ".join(counted(counts[each], each.value) for each in Severity if counts[each])
    return f"{counted(counts.total(), 'finding')} ({parts})"


def hidden_text(files: Sequence[FileReport]) -> str:
    """Return how many findings are not told, and why; "" if there are none."""
    ignored, known = sum(each.ignored for each in files), sum(each.known for each in files)
    parts = [f"{ignored} ignored"] if ignored else []
    parts += [f"{known} in the baseline"] if known else []
    return ", ".join(parts)


def left_text(left: Mapping[Left, int]) -> str:
    """Return how many files of folders were left out, and why; "" if there are none."""
    if not left:
        return ""
    parts = ", ".join(f"{left[each]} {each.value}" for each in Left if each in left)
    return f"{counted(sum(left.values()), 'file')} left out ({parts})"


def closing_text(report: AnalysisReport) -> str:
    """Return one line about all files."""
    edits = sum(each.fix is Fix.SAFE and bool(each.edits) for each in report.findings)
    parts = [f"{counted(len(report.files), 'file')}: {counts_text(report.findings)}"]
    parts += [f"{edits} with a safe fix (`--diff`)"] if edits else []
    hidden, left = hidden_text(report.files), left_text(report.left)
    parts += [each for each in (hidden, left) if each]
    return "; ".join(parts)
