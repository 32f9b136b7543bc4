"""Two numbers from 0 to 100 that sum a workflow up, and what they are made of.

**Optimization** is the weighted mean of the parts, each from 0 to 1, times 100; 100 means that there is
nothing to gain:

| part | points | value |
| --- | --- | --- |
| time | 35 | the product of `1 - s * c` over all findings that shorten the critical path |
| work | 20 | the same over all findings that save work |
| schedule | 5 | lower bound over makespan on the machine that is meant, with the strategy |
| reuse | 15 | the share of the work that no finding about caching (WF2xx) names |
| thrift | 15 | `1 / (1 + k)`, where `k` is how many different codes from WF302 to WF308 are found |
| safety | 10 | half the share of steps with a time limit, half the share that no finding WF4xx names |

`s` is the expected saving as a share, `c` is 1 for a high confidence, 0.6 for a medium and 0.3 for a low one.
A finding more never raises a part. Findings that comments or options ignore do not count; those in a baseline
do.

**Complexity** is the weighted mean of the parts, each `min(1, log(1 + n) / log(1 + most))`; more of anything
never lowers it:

| part | points | n | most |
| --- | --- | --- | --- |
| steps | 30 | different steps in the file; the cells of a matrix count once | 300 |
| edges | 20 | pairs of steps that wait for one another | 2,000 |
| depth | 20 | steps on the longest chain | 60 |
| cells | 15 | cells of matrices | 500 |
| opaque | 15 | steps that are no commands, such as actions | 100 |
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log, prod

from wfopt.analyzer.base import Case, Finding, Gain
from wfopt.analyzer.report import Graph, Machine, Part, Score
from wfopt.analyzer.selecting import SURENESS
from wfopt.model.workflow import Opaque, Step, StepId

TIME, WORK, SCHEDULE, REUSE, THRIFT, SAFETY = 35, 20, 5, 15, 15, 10
"""The points of the parts of the optimization score."""

MOST_STEPS, MOST_EDGES, MOST_DEPTH, MOST_CELLS, MOST_OPAQUE = 300, 2000, 60, 500, 100
"""At so many, a part of the complexity score is full."""


def optimization_score(case: Case, findings: Sequence[Finding], machine: Machine) -> Score:
    """Return how little there is to gain.

    Args:
        case: the workflow.
        findings: all that are not ignored.
        machine: what it takes on the machine that is meant.
    """
    bounded = machine.bound / machine.makespan if machine.makespan > 0 else 1.0
    return Score(
        parts=(
            _saving_part("time", TIME, Gain.TIME, findings),
            _saving_part("work", WORK, Gain.WORK, findings),
            Part(
                name="schedule",
                value=min(1.0, bounded),
                weight=SCHEDULE,
                why=f"lower bound over makespan on {_cpus(machine.cpus)}",
            ),
            _reuse_part(case, findings),
            _thrift_part(findings),
            _safety_part(case.workflow.steps, findings),
        )
    )


def complexity_score(case: Case, graph: Graph) -> Score:
    """Return how much there is to understand."""
    steps = case.workflow.steps
    definitions = {step.definition or step.id for step in steps}
    cells = sum(step.group is not None for step in steps)
    opaque = len({step.definition or step.id for step in steps if isinstance(step.run, Opaque)})
    return Score(
        parts=(
            _counted("steps", 30, len(definitions), MOST_STEPS, _number(len(definitions), "step")),
            _counted("edges", 20, graph.edges, MOST_EDGES, _number(graph.edges, "edge")),
            _counted("depth", 20, graph.depth, MOST_DEPTH, f"a chain of {_number(graph.depth, 'step')}"),
            _counted("cells", 15, cells, MOST_CELLS, _number(cells, "matrix cell")),
            _counted("opaque", 15, opaque, MOST_OPAQUE, f"{_number(opaque, 'step')} without a command"),
        )
    )


def _saving_part(name: str, weight: int, gain: Gain, findings: Sequence[Finding]) -> Part:
    found = [each for each in findings if each.saving is not None and each.saving.gain is gain]
    left = prod(1 - each.saving.expected * SURENESS[each.confidence] for each in found if each.saving)
    what = "shorten the critical path" if gain is Gain.TIME else "save work"
    verb = what if len(found) != 1 else what.replace("shorten", "shortens").replace("save", "saves")
    return Part(
        name=name, value=max(0.0, left), weight=weight, why=f"{_number(len(found), 'finding')} {verb}"
    )


def _reuse_part(case: Case, findings: Sequence[Finding]) -> Part:
    named = _named(findings, "WF2")
    lost = sum(case.seconds(each) for each in named if each in case.index)
    whole = case.timing.work
    share = lost / whole if whole > 0 else 0.0
    return Part(
        name="reuse",
        value=max(0.0, 1 - share),
        weight=REUSE,
        why=f"findings about caching name {_number(len(named), 'step')}",
    )


def _thrift_part(findings: Sequence[Finding]) -> Part:
    codes = {each.code.number for each in findings if "WF302" <= each.code.number < "WF400"}
    why = f"{_number(len(codes), 'kind')} of findings about runs that need not be"
    return Part(name="thrift", value=1 / (1 + len(codes)), weight=THRIFT, why=why)


def _safety_part(steps: Sequence[Step], findings: Sequence[Finding]) -> Part:
    named = _named(findings, "WF4")
    limited = sum(step.timeout_s is not None for step in steps)
    count = len(steps) or 1
    value = (limited / count + 1 - min(len(named), count) / count) / 2 if steps else 1.0
    why = f"{limited} of {_number(len(steps), 'step')} with a time limit, {len(named)} in findings WF4xx"
    return Part(name="safety", value=value, weight=SAFETY, why=why)


def _named(findings: Sequence[Finding], start: str) -> set[StepId]:
    return {step for each in findings if each.code.number.startswith(start) for step in each.steps}


def _counted(name: str, weight: int, amount: int, most: int, why: str) -> Part:
    return Part(name=name, value=min(1.0, log(1 + amount) / log(1 + most)), weight=weight, why=why)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _cpus(cpus: float) -> str:
    return f"{cpus:g} cpu" if cpus == 1 else f"{cpus:g} cpus"
