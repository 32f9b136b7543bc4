"""What a prediction says in words, the same in every form."""

from __future__ import annotations

from wfopt.model.estimates import Basis, Estimate
from wfopt.model.prediction import PredictReport, StepOutlook, Trust, Whole
from wfopt.model.quantities import format_duration, format_size
from wfopt.render.words import counted

UNKNOWN = "unknown"
_NAMED = "x-"
NO_HISTORY = "no run is remembered yet: `wfopt run` adds one, `x-duration: 2m` in a step is taken for a hint"

_BASES = {
    Basis.MEASURED: "measured",
    Basis.HINT: "some steps by `x-duration` only",
    Basis.BORROWED: "some steps unknown: an order of magnitude only",
    Basis.UNKNOWN: UNKNOWN,
}


def odds_text(level: float) -> str:
    """Return a level for people.

    >>> odds_text(0.8), odds_text(0.95)
    ('8 times in 10', '95 times in 100')
    """
    for whole in (10, 100, 1000):
        if abs(level * whole - round(level * whole)) < 1e-9:
            return f"{round(level * whole)} times in {whole}"
    return f"{level * 100:.4g} times in 100"


def expected_text(estimate: Estimate | None) -> str:
    """Return an expected duration, marked where it is no more than a hint or borrowed."""
    if estimate is None:
        return UNKNOWN
    marks = {Basis.HINT: " (hint)", Basis.BORROWED: " (order of magnitude)"}
    return format_duration(estimate.expected) + marks.get(estimate.basis, "")


def interval_text(estimate: Estimate | None) -> str:
    """Return the ends of an interval of seconds."""
    if estimate is None:
        return ""
    return f"{format_duration(estimate.low)} to {format_duration(estimate.high)}"


def memory_text(estimate: Estimate | None) -> str:
    """Return an expected peak."""
    return "" if estimate is None else format_size(int(estimate.expected))


def cached_text(step: StepOutlook) -> str:
    """Return whether a step will be in the cache."""
    return {True: "yes", False: "no", None: "maybe"}[step.cached]


def share_text(share: float) -> str:
    """Return a share for people: `31 %`; one that is next to nothing, but not nothing, says so."""
    percent = share * 100
    return "<1 %" if 0 < percent < 0.5 else f"{percent:.0f} %"


def trust_text(trust: Trust) -> str:
    """Return how far a prediction can be trusted, and why."""
    if trust.word == "none":
        return "none"
    spread = f", within {share_text(trust.spread)}" if trust.spread is not None else ""
    ago = f", {counted(trust.runs_ago, 'run')} ago" if trust.runs_ago else ""
    return f"{trust.word} ({counted(trust.samples, 'run')} compared{spread}{ago})"


def basis_text(report: PredictReport) -> str:
    """Return what the whole rests on."""
    whole = report.whole.makespan
    runs = f"{counted(report.runs, 'run')} of history" if report.runs else "no history"
    return runs if whole is None or whole.basis is Basis.MEASURED else f"{runs}; {_BASES[whole.basis]}"


def machine_text(whole: Whole) -> str:
    """Return what the run would have."""
    cpus = whole.cpu_milli / 1000
    memory = "" if whole.memory_capacity is None else f", {format_size(whole.memory_capacity)}"
    named = "1 cpu" if cpus == 1 else f"{cpus:g} cpus"
    return f"{named}, {counted(whole.slots, 'slot')}{memory}, {whole.strategy}"


def headline(report: PredictReport) -> str:
    """Return the answer in one sentence without its end."""
    whole = report.whole.makespan
    if whole is None:
        return UNKNOWN
    if whole.expected <= 0:
        return "nothing to do: all steps are in the cache"
    ends = f"{format_duration(whole.low)} and {format_duration(whole.high)}"
    return f"{format_duration(whole.expected)}, and {odds_text(report.level)} between {ends}"


def model_text(estimate: Estimate | None) -> str:
    """Return the model with most say, and which size that the file names it looks at."""
    if estimate is None or not estimate.input.startswith(_NAMED):
        return estimate.model if estimate else ""
    return f"{estimate.model} on {estimate.input.removeprefix(_NAMED)}"
