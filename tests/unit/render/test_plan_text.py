"""The plan of a run as text."""

from dataclasses import replace
from textwrap import dedent

from tests.support.builders import plan_report, step, workflow
from wfopt.engine.report import Forecast
from wfopt.model.workflow import StepId
from wfopt.render.paint import Paint
from wfopt.render.plan_text import plan_text

PLAIN = Paint(color=False)


def test_waves_with_reasons_and_the_critical_path() -> None:
    report = plan_report(
        workflow(["fetch", "lint", "build"], [("fetch", "build")], name="etl"),
        reasons={"lint": "its condition is false", "fetch": "`a.csv` changed"},
        critical_path=["fetch", "build"],
    )
    assert plan_text(report, PLAIN) == dedent("""\
        plan of etl: 3 steps in 2 waves, 2 slots, strategy critical-path

        wave 1
          fetch  run     `a.csv` changed
          lint   run     its condition is false

        wave 2
          build  run     never ran

        critical path: fetch → build (2 steps)""")


def test_a_plan_without_steps() -> None:
    report = plan_report(workflow([]), slots=1, strategy="fifo")
    assert plan_text(report, PLAIN) == "plan of demo: 0 steps in 0 waves, 1 slot, strategy fifo"


def test_ids_and_reasons_are_harmless() -> None:
    report = plan_report(workflow([step("a")], name="\x1b[2J"), reasons={"a": "x\ny"})
    text = plan_text(report, PLAIN)
    assert text.startswith("plan of \\x1b[2J: 1 step in 1 wave")
    assert text.endswith("  a  run     x\\x0ay")


def test_headings_are_painted() -> None:
    text = plan_text(plan_report(workflow(["a"])), Paint(color=True))
    assert "\x1b[1mwave 1\x1b[0m\n  a  \x1b[1mrun   \x1b[0m  never ran" in text


def test_what_is_cached_and_what_depends_are_marked() -> None:
    report = replace(
        plan_report(workflow(["a", "b", "c"])),
        forecasts={
            StepId("a"): Forecast(cached=True, reason="up to date"),
            StepId("b"): Forecast(cached=None, reason="depends on what `c` makes"),
        },
    )
    assert plan_text(report, PLAIN).splitlines()[3:6] == [
        "  a  cached  up to date",
        "  b  maybe   depends on what `c` makes",
        "  c",
    ]
