"""What a run would do, as text."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.engine.report import PlanReport
from wfopt.model.left_out import is_left_out
from wfopt.render.cells import pad, text_width
from wfopt.render.harmless import harmless
from wfopt.render.paint import Paint, Style
from wfopt.render.words import counted, path_text

_ID_WIDTH_LIMIT = 40

_WORDS = {True: "cached", False: "run", None: "maybe"}
_STYLES = {True: Style.DIM, False: Style.BOLD, None: Style.WARNING}


def plan_text(report: PlanReport, paint: Paint) -> str:
    """Return the plan as lines of text, without a line end behind the last."""
    return "\n".join(_lines(report, paint))


def _lines(report: PlanReport, paint: Paint) -> Iterator[str]:
    steps = counted(sum(map(len, report.waves)), "step")
    waves = counted(len(report.waves), "wave")
    slots = counted(report.slots, "slot")
    name = paint(harmless(report.workflow.name), Style.BOLD)
    yield f"plan of {name}: {steps} in {waves}, {slots}, strategy {report.strategy}"
    widest = max((text_width(step) for wave in report.waves for step in wave), default=0)
    width = min(widest, _ID_WIDTH_LIMIT)
    left_out = {step.id for step in report.workflow.steps if is_left_out(step)}
    for number, wave in enumerate(report.waves, start=1):
        yield ""
        yield paint(f"wave {number}", Style.BOLD)
        for step in wave:
            forecast = report.forecasts.get(step)
            words = ""
            if forecast is not None:
                word = "skip" if step in left_out else _WORDS[forecast.cached]
                mark = paint(f"{word:<6}", _STYLES[forecast.cached])
                words = f"{mark}  {harmless(forecast.reason)}"
            yield f"  {pad(harmless(step), width)}  {words}".rstrip()
    if report.critical_path:
        length = counted(len(report.critical_path), "step")
        yield ""
        yield f"critical path: {path_text(report.critical_path)} ({length})"
