"""Profiles in the Trace Event Format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.support.history import HOST, not_started, past_attempt, past_run, story
from wfopt.model.history import Alert, RunStory, Sample
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, StepStatus
from wfopt.model.workflow import StepId
from wfopt.render.profile import profile_of, profile_text

Event = Mapping[str, Any]


def is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def has_numbers(event: Event) -> bool:
    return bool(event["args"]) and all(isinstance(each, int | float) for each in event["args"].values())


# What the format asks of each phase beside a name, a phase, a process and a thread.
RULES: dict[str, dict[str, Callable[[Event], bool]]] = {
    "M": {"args": lambda event: len(event["args"]) == 1},
    "X": {"ts": lambda event: is_count(event["ts"]), "dur": lambda event: is_count(event["dur"])},
    "C": {"ts": lambda event: is_count(event["ts"]), "args": has_numbers},
    "i": {"ts": lambda event: is_count(event["ts"]), "s": lambda event: event["s"] in ("g", "p", "t")},
    "s": {"ts": lambda event: is_count(event["ts"]), "id": lambda event: is_count(event["id"])},
    "f": {"ts": lambda event: is_count(event["ts"]), "bp": lambda event: event["bp"] == "e"},
}
METADATA = {"process_name": "name", "thread_name": "name", "thread_sort_index": "sort_index"}


def problems_of(profile: Mapping[str, Any]) -> list[str]:
    """Return where a profile breaks the rules of the format."""
    found = []
    if profile.get("displayTimeUnit") not in ("ms", "ns"):
        found.append("unit")
    open_arrows: dict[tuple[str, str, int], int] = {}
    for event in profile["traceEvents"]:
        phase = event.get("ph")
        common = {"name": str, "ph": str, "pid": int, "tid": int}
        if phase not in RULES or any(not isinstance(event.get(key), kind) for key, kind in common.items()):
            found.append(f"shape: {event}")
            continue
        found += [
            f"{key}: {event}" for key, rule in RULES[phase].items() if key not in event or not rule(event)
        ]
        if phase == "M" and list(event["args"]) != [METADATA.get(event["name"])]:
            found.append(f"metadata: {event}")
        if phase not in {"M", "C"} and not isinstance(event.get("cat"), str):
            found.append(f"category: {event}")
        if phase in "sf":
            key = (event["cat"], event["name"], event["id"])
            open_arrows[key] = open_arrows.get(key, 0) + (1 if phase == "s" else -1)
    found += [f"arrow: {key}" for key, count in open_arrows.items() if count]
    return found


def bars(profile: Mapping[str, Any]) -> list[Event]:
    return [event for event in profile["traceEvents"] if event["ph"] == "X"]


def of_phase(profile: Mapping[str, Any], phase: str) -> list[Event]:
    return [event for event in profile["traceEvents"] if event["ph"] == phase]


@pytest.fixture
def busy() -> RunStory:
    alerts = (
        Alert(at=0.5, rule="memory", severity="warning", message="2 % left"),
        Alert(at=1.5, rule="slow", severity="critical", message="slow", step=StepId("test")),
        Alert(at=1.5, rule="gone", severity="critical", message="gone", step=StepId("nowhere")),
    )
    hit = LimitHit(kind=LimitKind.TIMEOUT, limit=1, observed=1.1, enforced_by=Enforcer.WATCHDOG)
    return story(
        past_run(alerts=alerts),
        [
            past_attempt("build", 1.0, critical=True, key="k1", peak_memory_bytes=5, input_bytes=0),
            past_attempt("test", 0.5, started_s=1.0, status=StepStatus.FAILED, limit=hit, waited_s=0.25),
            past_attempt("test", 1.0, attempt=2, started_s=2.0, critical=True),
            past_attempt("lint", 1.5, started_s=0.25),
            not_started("docs"),
            past_attempt("finally:clean", 0.5, started_s=3.0),
            past_attempt("finally:post", 0.5, started_s=3.25),
        ],
        samples=[Sample(0.0, 1.5, 1024, 2), Sample(1.0, 0.0, 0, 0)],
    )


def test_profiles_keep_to_the_format(busy: RunStory) -> None:
    assert problems_of(profile_of(busy)) == []
    assert problems_of(profile_of(story())) == []


@pytest.mark.parametrize(
    ("key", "value"), [("ts", -1), ("dur", None), ("pid", "1"), ("cat", None), ("ph", "B"), ("name", 3)]
)
def test_the_validator_sees_what_is_broken(busy: RunStory, key: str, value: object) -> None:
    profile: dict[str, Any] = json.loads(profile_text(busy))
    bars(profile)[0][key] = value  # type: ignore[index]
    assert len(problems_of(profile)) == 1


def test_every_attempt_is_a_bar_in_the_lane_of_its_slot(busy: RunStory) -> None:
    drawn = [
        (each["name"], each["tid"], each["ts"], each["dur"], each["cat"]) for each in bars(profile_of(busy))
    ]
    assert drawn == [
        ("build", 1, 0, 1_000_000, "succeeded"),
        ("test", 1, 1_000_000, 500_000, "failed"),
        ("test", 1, 2_000_000, 1_000_000, "succeeded"),
        ("lint", 2, 250_000, 1_500_000, "succeeded"),
        ("finally:clean", 3, 3_000_000, 500_000, "succeeded"),
        ("finally:post", 4, 3_250_000, 500_000, "succeeded"),
    ]
    names = {
        each["tid"]: each["args"]["name"]
        for each in of_phase(profile_of(busy), "M")
        if each["name"] == "thread_name"
    }
    assert names == {0: "run", 1: "slot 1", 2: "slot 2", 3: "hooks", 4: "hooks"}


def test_a_bar_tells_what_is_known(busy: RunStory) -> None:
    build, test, *_ = bars(profile_of(busy))
    assert build["args"] == {
        "status": "succeeded",
        "reason": "never ran",
        "attempt": 1,
        "critical": True,
        "cpu_s": 0.5,
        "peak_memory_bytes": 5,
        "input_bytes": 0,
        "exit_code": 0,
        "cpu": 1.0,
        "cache_key": "k1",
    }
    assert test["args"]["limit"] == "timeout"
    assert test["args"]["waited_s"] == 0.25


def test_arrows_join_the_critical_path(busy: RunStory) -> None:
    profile = profile_of(busy)
    (start,), (end,) = of_phase(profile, "s"), of_phase(profile, "f")
    assert (start["tid"], start["ts"]) == (1, 999_999)
    assert (end["tid"], end["ts"]) == (1, 2_000_000)


def test_samples_are_counters_and_alerts_are_instants(busy: RunStory) -> None:
    profile = profile_of(busy)
    assert [(each["name"], each["ts"], each["args"]) for each in of_phase(profile, "C")[:3]] == [
        ("cpus", 0, {"busy": 1.5}),
        ("memory", 0, {"bytes": 1024}),
        ("running steps", 0, {"steps": 2}),
    ]
    assert [(each["name"], each["tid"], each["s"]) for each in of_phase(profile, "i")] == [
        ("memory", 0, "p"),
        ("slow", 1, "t"),
        ("gone", 0, "t"),
    ]


def test_what_did_not_run_is_counted(busy: RunStory) -> None:
    about = profile_of(busy)["otherData"]
    assert isinstance(about, dict)
    assert about["cached"] == 1
    assert about["succeeded"] == 3
    assert about["failed"] == 0
    assert about["host"] == HOST.name


def test_the_text_has_a_line_for_each_event_and_nothing_but_ascii() -> None:
    told = story(steps=["\udcff<é>"], attempts=[past_attempt("\udcff<é>", reason="\ud800")])
    text = profile_text(told)
    assert text.isascii()
    assert json.loads(text) == profile_of(told)
    assert bars(json.loads(text))[0]["name"] == "?<é>"
    assert len(text.splitlines()) == len(json.loads(text)["traceEvents"]) + 2


@pytest.mark.slow
def test_thousands_of_steps_are_quick() -> None:
    attempts = [
        past_attempt(f"s{number}", 1.0, started_s=number / 4, critical=True) for number in range(5_000)
    ]
    profile = json.loads(profile_text(story(attempts=attempts)))
    assert len(bars(profile)) == 5_000
    assert {each["tid"] for each in bars(profile)} == {1, 2, 3, 4}
