"""The use case behind `wfopt predict`: a prepared workflow and its history in, what to expect out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wfopt.api.caching import Outside, workflow_name
from wfopt.api.foreseeing import machine_of
from wfopt.api.knowledge import read_past
from wfopt.api.predict_case import Case, varied
from wfopt.api.predict_errors import errors_of
from wfopt.api.predict_past import attempts_in, cpu_shares, measured_now, pasts_of, widths_in
from wfopt.api.predict_tested import played_again
from wfopt.api.predict_whole import Known, sweep_in, trust_of, whole_of
from wfopt.api.prepare import Prepared, RunOptions
from wfopt.api.probe import forecast
from wfopt.api.what_if import Wish
from wfopt.cache.policy import Mode
from wfopt.dataclass import dataclass
from wfopt.engine.report import Forecast
from wfopt.model.estimates import Estimate
from wfopt.model.prediction import PredictReport, StepOutlook, Variation
from wfopt.model.workflow import Step, StepId
from wfopt.predictor.past import StepPast
from wfopt.predictor.predict import Outlook, check_level, predict_workflow

_DRAWN_LEVEL = 0.8
"""The level of the intervals that durations are drawn from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictOptions:
    """What is to be predicted.

    Attributes:
        run: the run that is meant; nothing of it is done.
        level: how often a value is to be inside its interval, between 0 and 1, both excluded.
        wishes: what could be different, each on its own.
        backtest: whether the past is played again.
        sweep: whether other numbers of cpus are played through.
    """

    run: RunOptions
    level: float = _DRAWN_LEVEL
    wishes: tuple[Wish, ...] = ()
    backtest: bool = False
    sweep: bool = False


def predict(prepared: Prepared, options: PredictOptions, outside: Outside) -> PredictReport:
    """Return what to expect of a run; nothing is run or written.

    Args:
        prepared: what would be run.
        options: what is asked for.
        outside: what the cache needs from outside.

    Raises:
        UserError: something that could be different does not exist or is impossible.
        HistoryError: the history cannot be read.
        ValueError: the level is not between 0 and 1.
    """
    check_level(options.level)
    workflow, run = prepared.workflow, options.run
    past = read_past(run.state_folder, workflow_name(run))
    plan = {} if run.cache.mode is Mode.OFF else forecast(prepared, run, outside)
    hits = frozenset(step for step, each in plan.items() if each.cached)
    steps = (*workflow.steps, *workflow.finally_steps)
    attempts = attempts_in(past.runs)
    pasts = pasts_of(steps, attempts, measured_now(run.workspace))
    host = machine_of(run)
    widths = widths_in(past.runs)
    outlook = predict_workflow(pasts, level=options.level, host=host, widths=widths)
    drawn = outlook if options.level == _DRAWN_LEVEL else predict_workflow(pasts, host=host, widths=widths)
    case = Case(workflow=workflow, capacity=prepared.capacity, strategy=run.strategy)
    expected = {step: each for step, each in _expected(drawn).items() if each is not None}
    known = Known(
        steps=steps,
        drawn=_expected(drawn),
        cpus=cpu_shares(attempts),
        peaks=_peaks(steps, outlook),
        errors=errors_of(case, past, {step: each.expected for step, each in expected.items()}),
        hits=hits,
    )
    whole, on_path = whole_of(case, known, options.level, paths=True)
    return PredictReport(
        file=run.file,
        runs=len(past.runs),
        level=options.level,
        steps=tuple(_outlooks(known, outlook, pasts, plan, on_path)),
        borrowed=outlook.borrowed if outlook.unknown else None,
        ignored=sum(each.ignored for each in outlook.steps.values()),
        whole=whole,
        variations=tuple(_variations(case, options, known)),
        tested=played_again(pasts, options.level) if options.backtest else None,
        sweep=sweep_in(case, known) if options.sweep else None,
    )


def _variations(case: Case, options: PredictOptions, known: Known) -> Iterable[Variation]:
    for wish in options.wishes:
        other = varied(case, wish, known.hits)
        whole, _ = whole_of(other, known, options.level)
        yield Variation(name=wish.name, whole=whole, remarks=other.remarks)


def _expected(outlook: Outlook) -> dict[StepId, Estimate | None]:
    """Return what is expected of each step, borrowed from the others where nothing is known of it."""
    return {step: each.wall or outlook.borrowed for step, each in outlook.steps.items()}


def _peaks(steps: Iterable[Step], outlook: Outlook) -> dict[StepId, int]:
    found = {}
    for step in steps:
        memory = outlook.steps[step.id].memory
        found[step.id] = int(memory.expected) if memory else step.request.memory_bytes or 0
    return found


def _outlooks(
    known: Known,
    outlook: Outlook,
    pasts: Mapping[StepId, StepPast],
    plan: Mapping[StepId, Forecast],
    on_path: Mapping[StepId, float],
) -> Iterable[StepOutlook]:
    for step in known.steps:
        found, ahead = outlook.steps[step.id], plan.get(step.id)
        cpus = known.cpus.get(step.id)
        yield StepOutlook(
            step=step.id,
            wall=found.wall,
            memory=found.memory,
            allocation=found.allocation,
            cpu_s=cpus * found.wall.expected if found.wall and cpus is not None else None,
            failure=found.failure if pasts[step.id].attempts else None,
            trust=trust_of(found.confidence),
            cached=ahead.cached if ahead else False,
            reason=ahead.reason if ahead else "",
            on_path=on_path.get(step.id, 0.0),
        )
