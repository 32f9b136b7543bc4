"""What gates say about the newest runs, and the messages about those that tripped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from wfopt.codes import GATE_TRIPPED
from wfopt.dataclass import dataclass, replace
from wfopt.errors import Diagnostic, Label
from wfopt.metrics.base import History
from wfopt.metrics.baseline import Metric, busy, measured
from wfopt.metrics.gate import Gate, GateResult, judge
from wfopt.model.history import Scope
from wfopt.model.workflow import StepId
from wfopt.source import Span

_GATE_RUNS = 500
"""A step that is mostly cached has few durations; they are looked for in so many of the newest runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Smaller rises trip no gate.

    Attributes:
        seconds: of a duration, or None for the usual 50 ms.
        size: of memory, in bytes, or None for the usual 1 MiB.
    """

    seconds: float | None = None
    size: int | None = None

    def of(self, metric: Metric) -> float | None:
        """Return what counts for a metric."""
        return self.size if metric is Metric.MEMORY else self.seconds


USUAL_FLOOR = Floor()


def judged(
    history: History, scope: Scope, gates: tuple[Gate, ...], *, host: str, floor: Floor
) -> tuple[GateResult, ...]:
    """Return what each gate says about the runs on one machine.

    Raises:
        HistoryError: the history cannot be read.
    """
    here = replace(scope, host=host, limit=min(scope.limit or _GATE_RUNS, _GATE_RUNS))
    return tuple(judge(gate, _values(history, here, gate), floor=floor.of(gate.metric)) for gate in gates)


def gate_messages(
    tripped: Sequence[GateResult], *, host: str, file: str | None, place_of: Callable[[StepId], Span | None]
) -> Iterator[Diagnostic]:
    """Yield a message for each gate that tripped, at its step in the workflow file.

    Args:
        tripped: the results.
        host: the machine whose runs they are about.
        file: the workflow file, or None if that is not known.
        place_of: tells where a step is declared, or None.
    """
    for result in tripped:
        step = result.gate.step
        span = place_of(step) if step is not None else None
        noise = "" if result.noise is None else f", which vary by {result.noise:.1%}"
        cause = (
            f"these are the newest {result.n_after} runs on `{host}`,"
            f" against the {result.n_before} before them{noise}"
        )
        view = "--trend" if step is None else f"--step {step}"
        yield Diagnostic(
            code=GATE_TRIPPED,
            message=result.why,
            primary=Label(span, "this step") if span else None,
            file=file,
            causes=(cause,),
            hints=(f"`wfopt stats {view}` shows how it went on",),
        )


def _values(history: History, scope: Scope, gate: Gate) -> list[float]:
    points = busy(history.run_points(scope)) if gate.step is None else history.step_points(scope, gate.step)
    return [value for point in points if (value := measured(point, gate.metric)) is not None]
