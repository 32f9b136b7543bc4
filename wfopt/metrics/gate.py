"""A gate: the limit on how much worse the newest runs may be than the ones before them.

The text is `[step:ID] METRIC STAT +N%`, as in `wall p50 +10%` or `step:build memory p90 +5.5%`: METRIC is
`wall`, `cpu` or `memory`, STAT is `p50`, `p90` or `mean`, and N % the rise from which on the gate trips.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import Enum

from wfopt.dataclass import dataclass
from wfopt.metrics.baseline import Metric
from wfopt.model.quantiles import mad_sd, mean, median, quantile
from wfopt.model.quantities import format_duration, format_size
from wfopt.model.workflow import StepId
from wfopt.source import closest_match

_NEWEST = 5
_FEWEST_BEFORE = 5
_MOST_BEFORE = 30
_MOST_PERCENT = 10_000
_STEP = "step:"
_WORD = re.compile(r"\S+")
_RISE = re.compile(r"\+([0-9]{1,6}(?:\.[0-9]{1,3})?)%")
_HINT = "write `[step:ID] METRIC STAT +N%`, as in `wall p50 +10%`"
_LONGEST_WORD = 60


class Stat(Enum):
    """Which number stands for a set of runs; the value is the word that people write."""

    P50 = "p50"
    P90 = "p90"
    MEAN = "mean"


class GateError(ValueError):
    """A text is not a gate.

    Attributes:
        message: what is wrong with the text.
        hint: what to write instead.
        column: where in the text, from 1.
    """

    def __init__(self, message: str, hint: str, column: int) -> None:
        self.message = message
        self.hint = hint
        self.column = column
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A limit on the rise of a metric.

    Attributes:
        metric: what is measured.
        stat: what stands for the newest runs, and for the ones before.
        share: the rise that still passes: 0.1 is 10 %.
        step: the step that is measured, or None for whole runs.
    """

    metric: Metric
    stat: Stat
    share: float
    step: StepId | None = None

    def __str__(self) -> str:
        """Return the text that `parse_gate` reads."""
        step = "" if self.step is None else f"{_STEP}{self.step} "
        return f"{step}{self.metric.value} {self.stat.value} {_rise(self.share)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """What a gate says about a series.

    Attributes:
        gate: the gate.
        before: the stat of the runs before the newest, in seconds or bytes; None if there are too few.
        after: the stat of the newest runs, or None.
        ratio: `after` divided by `before`; None if either is unknown or `before` is 0.
        change: `after` minus `before`, or None.
        noise: the spread of the runs before, as a share of their median (scaled median absolute deviation).
        n_before: how many runs stand before the newest.
        n_after: how many are the newest.
        tripped: whether the rise is above the gate's share and above what is worth a word.
        why: the same in words.
    """

    gate: Gate
    before: float | None
    after: float | None
    ratio: float | None
    change: float | None
    noise: float | None
    n_before: int
    n_after: int
    tripped: bool
    why: str


def parse_gate(text: str) -> Gate:
    """Return the gate that a text describes.

    Raises:
        GateError: a word is missing, misspelt, too much or out of range.
    """
    words = [(found.group(), found.start() + 1) for found in _WORD.finditer(text)]
    end = len(text.rstrip()) + 1
    step: StepId | None = None
    if words and words[0][0].startswith(_STEP):
        word, column = words.pop(0)
        step = StepId(word.removeprefix(_STEP))
        if not step:
            raise GateError("`step:` names no step", "write the step's id behind it: `step:build`", column)
    if len(words) > 3:
        word, column = words[3]
        raise GateError(f"{_quoted(word)} is too much", _HINT, column)
    missing = ("a metric", "a stat", "a rise")[len(words) :]
    if missing:
        raise GateError(f"a gate needs {' and '.join(missing)}", _HINT, end)
    return Gate(
        metric=Metric(_known(words[0], [each.value for each in Metric], "metric")),
        stat=Stat(_known(words[1], [each.value for each in Stat], "stat")),
        share=_share(*words[2]),
        step=step,
    )


def judge(gate: Gate, values: Sequence[float], *, floor: float | None = None) -> GateResult:
    """Return whether the newest 5 values are too much above the up to 30 before them.

    Fewer than 5 and 5 values trip nothing: a gate must not fail a build on one slow run.

    Args:
        gate: the gate.
        values: seconds or bytes of finished runs, the newest last.
        floor: a smaller rise trips nothing; by default 50 ms, or 1 MiB for memory.
    """
    newest = values[-_NEWEST:]
    earlier = values[-_NEWEST - _MOST_BEFORE : -_NEWEST]
    if len(earlier) < _FEWEST_BEFORE:
        return _undecided(gate, len(earlier), len(newest))
    least = _floor(gate.metric) if floor is None else floor
    before, after = _stat(gate.stat, earlier), _stat(gate.stat, newest)
    change = after - before
    tripped = change > gate.share * before and change > least
    center = median(earlier)
    return GateResult(
        gate=gate,
        before=before,
        after=after,
        ratio=after / before if before > 0 else None,
        change=change,
        noise=mad_sd(earlier) / center if center > 0 else None,
        n_before=len(earlier),
        n_after=len(newest),
        tripped=tripped,
        why=_why(gate, before, after, least),
    )


def _floor(metric: Metric) -> float:
    return 2.0**20 if metric is Metric.MEMORY else 0.05


def _stat(stat: Stat, values: Sequence[float]) -> float:
    match stat:
        case Stat.P50:
            return median(values)
        case Stat.P90:
            return quantile(values, 0.9)
        case Stat.MEAN:
            return mean(values)


def _undecided(gate: Gate, n_before: int, n_after: int) -> GateResult:
    needed = _NEWEST + _FEWEST_BEFORE
    return GateResult(
        gate=gate,
        before=None,
        after=None,
        ratio=None,
        change=None,
        noise=None,
        n_before=n_before,
        n_after=n_after,
        tripped=False,
        why=f"too few runs: `{gate}` needs {needed}, and there are {n_before + n_after}",
    )


def _why(gate: Gate, before: float, after: float, floor: float) -> str:
    """Return what the numbers say about the gate, as one phrase."""
    amounts = f"{_amount(gate.metric, before)} to {_amount(gate.metric, after)}"
    went = f"went from {amounts}" + (f" ({after / before - 1:+.1%})" if before > 0 else "")
    if after - before <= gate.share * before:
        limit = f"within the gate's {_rise(gate.share)}"
    elif after - before <= floor:
        limit = f"a change of {_amount(gate.metric, floor)} or less trips no gate"
    else:
        limit = f"more than the gate's {_rise(gate.share)}"
    where = "" if gate.step is None else f" of `{gate.step}`"
    return f"{gate.metric.value} {gate.stat.value}{where} {went}: {limit}"


def _rise(share: float) -> str:
    """Return a share as people write it: `+10%`, `+5.5%`."""
    return f"+{share * 100:.3f}".rstrip("0").rstrip(".") + "%"


def _amount(metric: Metric, value: float) -> str:
    return format_size(round(value)) if metric is Metric.MEMORY else format_duration(value)


def _known(word: tuple[str, int], known: Iterable[str], kind: str) -> str:
    """Return a word that is one of the known ones.

    Raises:
        GateError: it is not.
    """
    text, column = word
    choices = list(known)
    if text in choices:
        return text
    near = closest_match(text.lower(), choices)
    hint = f"did you mean `{near}`?" if near else f"write one of {', '.join(f'`{each}`' for each in choices)}"
    raise GateError(f"{_quoted(text)} is not a {kind}", hint, column)


def _share(word: str, column: int) -> float:
    """Return the share in a text such as `+10%`.

    Raises:
        GateError: it is malformed, 0 or beyond 10,000 %.
    """
    found = _RISE.fullmatch(word)
    if found is None:
        raise GateError(f"{_quoted(word)} is not a rise", "write a percentage with its sign: `+10%`", column)
    percent = float(found[1])
    if not 0 < percent <= _MOST_PERCENT:
        raise GateError(
            f"{_quoted(word)} is out of range", "write a rise from `+0.001%` to `+10000%`", column
        )
    return percent / 100


def _quoted(word: str) -> str:
    """Return a word in backticks, cut where it would flood the message."""
    return f"`{word}`" if len(word) <= _LONGEST_WORD else f"`{word[:_LONGEST_WORD]}...`"
