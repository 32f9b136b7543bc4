"""Reports and events as JSON: exactly the fields that are promised."""

import json

import pytest

from tests.support.builders import (
    edge,
    plan_report,
    run_report,
    span_of,
    step,
    step_report,
    workflow,
)
from tests.support.ticks import tick
from wfopt.codes import LEFT_BEHIND
from wfopt.dataclass import replace
from wfopt.engine.report import Suggestion
from wfopt.errors import Diagnostic, Label, Severity
from wfopt.events import (
    AlertChanged,
    Event,
    Noticed,
    RunFinished,
    RunStarted,
    Sampled,
    StepCancelled,
    StepFinished,
    StepOutput,
    StepRetried,
    StepSkipped,
    StepStarted,
)
from wfopt.model.history import Alert
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, RunStatus, StepOutcome, StepStatus, Usage
from wfopt.model.samples import Raised
from wfopt.model.workflow import EdgeKind, StepId
from wfopt.render.documents import event_document, plan_document, run_document
from wfopt.source import SourceFile

A = StepId("a")
FILE = SourceFile("etl.yml", "steps:\n  a: x\n")
USAGE = Usage(wall_s=1.23456789, cpu_s=0.5, peak_memory_bytes=1024, read_bytes=7, written_bytes=8)
USUAL = {"cpu": 1.0, "memory_bytes": None, "tokens": dict[str, int]()}
MEMORY_HIT = LimitHit(kind=LimitKind.MEMORY, limit=1e9, observed=1.5e9, enforced_by=Enforcer.KERNEL)
TIMEOUT_HIT = LimitHit(kind=LimitKind.TIMEOUT, limit=1.5, observed=1.51, enforced_by=Enforcer.WATCHDOG)

RUN_FIELDS = (
    "schema workflow file run_id status exit_code signal started_at wall_s cpu_s peak_memory_bytes"
    " cpu_utilization critical_path lower_bound_s counts cache enforced_by alerts strategy utilization"
    " suggestions steps hooks"
)
STEP_FIELDS = (
    "id status reason exit_code signal allowed attempts started_s wall_s cpu_s peak_memory_bytes read_bytes"
    " written_bytes peak_memory_source cache_key restored_files limit requested utilization"
)


def test_a_run() -> None:
    steps = [
        step_report("a", reason="never ran", usage=USAGE, started_s=0.1),
        step_report("b", StepStatus.SKIPPED, reason="its condition is false"),
        step_report("c", StepStatus.FAILED, usage=USAGE, signal=9, attempts=2, limit=MEMORY_HIT),
    ]
    report = run_report(
        steps,
        of=workflow(["a", "b", "c"], name="etl", source=FILE),
        wall_s=2.0,
        critical_path=["a", "c"],
        critical_path_s=2.469,
        lower_bound_s=2.469,
    )
    document = run_document(report)
    listed = document.pop("steps")
    assert document == {
        "schema": "wfopt.run/1",
        "workflow": "etl",
        "file": "etl.yml",
        "run_id": "20260102-030405-abcd",
        "status": "failed",
        "exit_code": 1,
        "signal": None,
        "started_at": 1767322800.0,
        "wall_s": 2.0,
        "cpu_s": 1.0,
        "peak_memory_bytes": 1024,
        "cpu_utilization": 0.25,
        "critical_path": {"steps": ["a", "c"], "wall_s": 2.469},
        "lower_bound_s": 2.469,
        "counts": {"total": 3, "succeeded": 1, "cached": 0, "failed": 1, "skipped": 1, "cancelled": 0},
        "cache": {"hits": 0, "misses": 0, "saved_s": 0, "restored_files": 0, "restored_bytes": 0},
        "enforced_by": {},
        "alerts": [],
        "strategy": "critical-path",
        "utilization": {"cpu": 0.405, "memory": None},
        "suggestions": [],
        "hooks": [],
    }
    assert listed == [
        {
            "id": "a",
            "status": "succeeded",
            "reason": "never ran",
            "exit_code": 0,
            "signal": None,
            "allowed": False,
            "attempts": 1,
            "started_s": 0.1,
            "wall_s": 1.234568,
            "cpu_s": 0.5,
            "peak_memory_bytes": 1024,
            "read_bytes": 7,
            "written_bytes": 8,
            "peak_memory_source": "process",
            "cache_key": None,
            "restored_files": 0,
            "limit": None,
            "requested": USUAL,
            "utilization": {"cpu": 0.405, "memory": None},
        },
        {
            "id": "b",
            "status": "skipped",
            "reason": "its condition is false",
            "exit_code": None,
            "signal": None,
            "allowed": False,
            "attempts": 0,
            "started_s": None,
            "wall_s": None,
            "cpu_s": None,
            "peak_memory_bytes": None,
            "read_bytes": None,
            "written_bytes": None,
            "peak_memory_source": None,
            "cache_key": None,
            "restored_files": 0,
            "limit": None,
            "requested": USUAL,
            "utilization": {"cpu": None, "memory": None},
        },
        {
            "id": "c",
            "status": "failed",
            "reason": "",
            "exit_code": None,
            "signal": 9,
            "allowed": False,
            "attempts": 2,
            "started_s": None,
            "wall_s": 1.234568,
            "cpu_s": 0.5,
            "peak_memory_bytes": 1024,
            "read_bytes": 7,
            "written_bytes": 8,
            "peak_memory_source": "process",
            "cache_key": None,
            "restored_files": 0,
            "limit": {
                "kind": "memory",
                "limit": 1000000000,
                "observed": 1500000000,
                "enforced_by": "kernel",
            },
            "requested": USUAL,
            "utilization": {"cpu": 0.405, "memory": None},
        },
    ]


def test_what_was_asked_for_stands_beside_what_was_used() -> None:
    asking = step("a", cpu_milli=4000, memory_bytes=4096, tokens={"gpu": 1, "db": 2})
    told = Suggestion(step=A, write="memory: 32MiB", because="peak 1 KiB over 3 runs")
    usage = Usage(wall_s=2.0, cpu_s=1.0, peak_memory_bytes=1024)
    report = run_report(
        [step_report("a", usage=usage), step_report("b", usage=usage)],
        of=workflow([asking, "b"]),
        cpus=2.0,
        strategy="fifo",
        suggestions=[told],
    )
    document = json.loads(json.dumps(run_document(report)))
    assert document["strategy"] == "fifo"
    assert document["utilization"] == {"cpu": 0.333333, "memory": 0.25}
    assert document["suggestions"] == [
        {"step": "a", "write": "memory: 32MiB", "because": "peak 1 KiB over 3 runs"}
    ]
    a, b = document["steps"]
    assert a["requested"] == {"cpu": 4.0, "memory_bytes": 4096, "tokens": {"db": 2, "gpu": 1}}
    # Of the four cpus it could have two.
    assert a["utilization"] == {"cpu": 0.25, "memory": 0.25}
    assert (b["requested"], b["utilization"]) == (USUAL, {"cpu": 0.5, "memory": None})


def test_fields_of_a_run_and_their_order() -> None:
    document = json.loads(json.dumps(run_document(run_report([step_report("a")]))))
    assert list(document) == RUN_FIELDS.split()
    assert list(document["steps"][0]) == STEP_FIELDS.split()
    assert list(document["critical_path"]) == ["steps", "wall_s"]
    assert list(document["counts"]) == ["total", "succeeded", "cached", "failed", "skipped", "cancelled"]


def test_hooks_stand_beside_the_steps_and_count_as_none_of_them() -> None:
    hooks = [
        step_report("rollback:b[x=1:2]", reason="a later step failed", usage=USAGE, started_s=1.0),
        step_report("on-failure:mail", StepStatus.FAILED, reason="exit status 1", exit_code=1, usage=USAGE),
        step_report("finally:lib/clean", StepStatus.CANCELLED, reason="the run was stopped by SIGINT"),
    ]
    document = run_document(run_report([step_report("a")], hooks=hooks))
    found = document["hooks"]
    assert isinstance(found, list)
    assert [(each["hook"], each["name"], each["id"], each["status"]) for each in found] == [
        ("rollback", "b[x=1:2]", "rollback:b[x=1:2]", "succeeded"),
        ("on-failure", "mail", "on-failure:mail", "failed"),
        ("finally", "lib/clean", "finally:lib/clean", "cancelled"),
    ]
    assert [list(each) for each in found] == [["hook", "name", *STEP_FIELDS.split()]] * 3
    assert found[0]["wall_s"] == 1.234568
    assert document["status"] == "succeeded"
    assert document["counts"] == {
        "total": 1,
        "succeeded": 1,
        "cached": 0,
        "failed": 0,
        "skipped": 0,
        "cancelled": 0,
    }


def test_alerts_stand_in_the_order_in_which_they_were_raised() -> None:
    alerts = (
        Alert(at=6.0, rule="slow-step", severity="warning", message="slow", step=StepId("a")),
        Alert(at=7.0, rule="memory", severity="critical", message="full"),
    )
    document = run_document(replace(run_report([step_report("a")]), alerts=alerts))
    assert document["alerts"] == [
        {"rule": "slow-step", "severity": "warning", "message": "slow", "step": "a", "raised_s": 6.0},
        {"rule": "memory", "severity": "critical", "message": "full", "step": None, "raised_s": 7.0},
    ]


def test_what_is_measured_is_an_event() -> None:
    sampled = event_document(Sampled(at=0.5000001, tick=tick(0.5, steps={"a": 7})))
    assert list(sampled) == ["event", "at", "machine", "steps"]
    assert (sampled["event"], sampled["at"]) == ("sampled", 0.5)
    alert = Alert(at=6.0, rule="memory", severity="warning", message="full")
    raised = event_document(AlertChanged(at=6.0, change=Raised(alert)))
    assert list(raised) == ["event", "at", "rule", "severity", "message", "step", "raised_s"]
    assert raised["event"] == "alert-raised"


def test_an_allowed_failure_is_marked() -> None:
    document = run_document(run_report([step_report("a", StepStatus.FAILED, allowed=True)]))
    steps = document["steps"]
    assert isinstance(steps, list)
    assert (steps[0]["status"], steps[0]["allowed"], document["status"]) == ("failed", True, "succeeded")


def test_what_is_unknown_is_null() -> None:
    document = run_document(run_report([], wall_s=0.0))
    assert [document[key] for key in ("file", "peak_memory_bytes", "cpu_utilization")] == [None] * 3


def test_a_stopped_run_has_its_signal() -> None:
    document = run_document(run_report([], status=RunStatus.CANCELLED, signal=15))
    assert (document["status"], document["exit_code"], document["signal"]) == ("cancelled", 143, 15)


def test_numbers_of_bytes_are_whole_and_seconds_are_not() -> None:
    text = json.dumps(run_document(run_report([step_report("a", limit=MEMORY_HIT)])))
    assert '"limit": 1000000000, "observed": 1500000000,' in text
    text = json.dumps(run_document(run_report([step_report("a", limit=TIMEOUT_HIT)])))
    assert '"limit": 1.5, "observed": 1.51, "enforced_by": "watchdog"' in text


def test_a_plan() -> None:
    steps = [
        step("a"),
        step("b[x=1]", definition="b", cpu_milli=500, memory_bytes=2**20, tokens={"gpu": 1, "db": 2}),
        step("c", timeout_s=90.0),
    ]
    edges = [edge("a", "c", EdgeKind.DATA), edge("b[x=1]", "c")]
    report = plan_report(
        workflow(steps, edges, name="etl", source=FILE), reasons={"a": "`in.csv` changed"}, critical_path="ac"
    )
    document = json.loads(json.dumps(plan_document(report)))
    assert list(document) == (
        "schema workflow file slots strategy waves steps critical_path".split()  # noqa: SIM905 - a row of names
    )
    assert document == {
        "schema": "wfopt.plan/1",
        "workflow": "etl",
        "file": "etl.yml",
        "slots": 2,
        "strategy": "critical-path",
        "waves": [["a", "b[x=1]"], ["c"]],
        "steps": [
            {
                "id": "a",
                "definition": "a",
                "wave": 0,
                "needs": [],
                "cached": False,
                "reason": "`in.csv` changed",
                "cpu": 1.0,
                "memory_bytes": None,
                "tokens": {},
                "timeout_s": None,
            },
            {
                "id": "b[x=1]",
                "definition": "b",
                "wave": 0,
                "needs": [],
                "cached": False,
                "reason": "never ran",
                "cpu": 0.5,
                "memory_bytes": 1048576,
                "tokens": {"db": 2, "gpu": 1},
                "timeout_s": None,
            },
            {
                "id": "c",
                "definition": "c",
                "wave": 1,
                "needs": [{"step": "a", "kind": "data"}, {"step": "b[x=1]", "kind": "order"}],
                "cached": False,
                "reason": "never ran",
                "cpu": 1.0,
                "memory_bytes": None,
                "tokens": {},
                "timeout_s": 90.0,
            },
        ],
        "critical_path": {"steps": ["a", "c"], "length": 2},
    }


NOTICE = Diagnostic(
    code=LEFT_BEHIND,
    message="2 processes left",
    severity=Severity.WARNING,
    primary=Label(span_of(FILE, "a"), "here"),
    causes=("why",),
    hints=("do",),
)


@pytest.mark.parametrize(
    ("event", "document"),
    [
        (
            RunStarted(at=0.0, run_id="r", started_at=5.0, steps=3, slots=2, strategy="fifo"),
            {
                "event": "run-started",
                "at": 0.0,
                "run_id": "r",
                "started_at": 5.0,
                "steps": 3,
                "slots": 2,
                "strategy": "fifo",
            },
        ),
        (
            StepStarted(at=0.12345678, step=A, reason="never ran", attempt=2),
            {"event": "step-started", "at": 0.123457, "step": "a", "reason": "never ran", "attempt": 2},
        ),
        (
            StepOutput(at=1.0, step=A, data=b"caf\xc3\xa9 \xff\n"),
            {"event": "step-output", "at": 1.0, "step": "a", "text": "café \ufffd\n", "replayed": False},
        ),
        (
            StepFinished(
                at=1.0,
                step=A,
                outcome=StepOutcome(
                    status=StepStatus.FAILED, reason="too slow", signal=15, usage=USAGE, limit=TIMEOUT_HIT
                ),
            ),
            {
                "event": "step-finished",
                "at": 1.0,
                "step": "a",
                "status": "failed",
                "reason": "too slow",
                "exit_code": None,
                "signal": 15,
                "allowed": False,
                "wall_s": 1.234568,
                "cpu_s": 0.5,
                "peak_memory_bytes": 1024,
                "read_bytes": 7,
                "written_bytes": 8,
                "peak_memory_source": "process",
                "cache_key": None,
                "restored_files": 0,
                "limit": {"kind": "timeout", "limit": 1.5, "observed": 1.51, "enforced_by": "watchdog"},
            },
        ),
        (
            StepRetried(
                at=1.0,
                step=A,
                attempt=2,
                outcome=StepOutcome(status=StepStatus.FAILED, reason="bad", exit_code=3, usage=USAGE),
                delay_s=1.23456789,
            ),
            {
                "event": "step-retried",
                "at": 1.0,
                "step": "a",
                "attempt": 2,
                "delay_s": 1.234568,
                "status": "failed",
                "reason": "bad",
                "exit_code": 3,
                "signal": None,
                "allowed": False,
                "wall_s": 1.234568,
                "cpu_s": 0.5,
                "peak_memory_bytes": 1024,
                "read_bytes": 7,
                "written_bytes": 8,
                "peak_memory_source": "process",
                "cache_key": None,
                "restored_files": 0,
                "limit": None,
            },
        ),
        (
            StepSkipped(at=1.0, step=A, reason="why"),
            {"event": "step-skipped", "at": 1.0, "step": "a", "reason": "why"},
        ),
        (
            StepCancelled(at=1.0, step=A, reason="why"),
            {"event": "step-cancelled", "at": 1.0, "step": "a", "reason": "why"},
        ),
        (
            Noticed(at=1.0, step=A, diagnostic=NOTICE),
            {
                "event": "noticed",
                "at": 1.0,
                "step": "a",
                "code": "WF505",
                "name": "left-behind",
                "severity": "warning",
                "message": "2 processes left",
                "file": "etl.yml",
                "line": 2,
                "column": 3,
                "causes": ["why"],
                "hints": ["do"],
            },
        ),
        (
            RunFinished(at=1.0, status=RunStatus.CANCELLED, signal=2),
            {"event": "run-finished", "at": 1.0, "status": "cancelled", "signal": 2, "enforced_by": {}},
        ),
    ],
)
def test_events(event: Event, document: dict[str, object]) -> None:
    found = event_document(event)
    assert found == document
    assert list(found) == list(document)


def test_a_message_without_a_place_has_null_for_it() -> None:
    notice = Noticed(at=0.0, step=None, diagnostic=Diagnostic(code=LEFT_BEHIND, message="x"))
    document = event_document(notice)
    assert [document[key] for key in ("step", "file", "line", "column")] == [None] * 4
