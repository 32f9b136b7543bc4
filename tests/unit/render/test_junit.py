"""Runs as JUnit XML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from tests.support.history import HOST, not_started, past_attempt, past_run, story
from wfopt.model.history import Ending, Host, RunStory
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, StepStatus
from wfopt.render.junit import junit_of

FAILED = StepStatus.FAILED

# Attributes that must be there and those that may, with the form of their values; and which elements may
# follow one another inside. This is what the schemas of Ant's task and of Jenkins' plugin have in common.
INTEGER, DECIMAL, SOME, ANY = r"\d+", r"\d+\.\d+", r"(?s)\S.*", r"(?s).*"
ATTRIBUTES = {
    "testsuites": {},
    "testsuite": {
        "name": SOME,
        "package": SOME,
        "id": INTEGER,
        "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
        "hostname": SOME,
        "tests": INTEGER,
        "failures": INTEGER,
        "errors": INTEGER,
        "skipped": INTEGER,
        "time": DECIMAL,
    },
    "properties": {},
    "property": {"name": SOME, "value": ANY},
    "testcase": {"name": ANY, "classname": ANY, "time": DECIMAL},
    "skipped": {"message": SOME},
    "failure": {"message": SOME, "type": SOME},
    "error": {"message": SOME, "type": SOME},
    "system-out": {},
    "system-err": {},
}
INSIDE = {
    "testsuites": r"(testsuite )*",
    "testsuite": r"properties (testcase )*system-out system-err ",
    "properties": r"(property )*",
    "testcase": r"(skipped |failure |error )?",
}


def problems_of(text: str) -> list[str]:
    """Return where a document breaks the rules of the format."""
    # The tests' own text is no foreign input.
    root = ET.fromstring(text)  # noqa: S314
    found = [] if root.tag == "testsuites" else [f"root {root.tag}"]
    for element in root.iter():
        rules = ATTRIBUTES[element.tag]
        if element.attrib.keys() != rules.keys():
            found.append(f"attributes of {element.tag}: {sorted(element.attrib)}")
        found += [
            f"{element.tag}.{key}: {value!r}"
            for key, value in element.attrib.items()
            if not re.fullmatch(rules.get(key, ""), value)
        ]
        members = "".join(f"{child.tag} " for child in element)
        if not re.fullmatch(INSIDE.get(element.tag, ""), members):
            found.append(f"inside {element.tag}: {members}")
    for place, suite in enumerate(root):
        found += [
            f"{key} of suite {place}"
            for key, path in (
                ("tests", "."),
                ("failures", "failure"),
                ("errors", "error"),
                ("skipped", "skipped"),
            )
            if int(suite.get(key, -1)) != sum(case.find(path) is not None for case in suite.iter("testcase"))
        ]
        if suite.get("id") != str(place):
            found.append(f"id of suite {place}")
    return found


def cases(text: str) -> dict[str, ET.Element]:
    return {case.get("name", ""): case for case in ET.fromstring(text).iter("testcase")}  # noqa: S314


def suites(text: str) -> list[ET.Element]:
    return list(ET.fromstring(text))  # noqa: S314


@pytest.fixture
def mixed() -> RunStory:
    hit = LimitHit(kind=LimitKind.TIMEOUT, limit=1, observed=1.1, enforced_by=Enforcer.WATCHDOG)
    return story(
        past_run(ending=Ending.FAILED),
        [
            past_attempt("good", 1.25, reason="changed"),
            past_attempt("shaky", 1.0, status=FAILED, reason="exit status 1"),
            past_attempt("shaky", 0.5, attempt=2),
            past_attempt("bad", 2.0, status=FAILED, reason="exit status 3"),
            past_attempt("late", 3.0, status=FAILED, limit=hit, exit_code=143, reason="timed out"),
            past_attempt("shot", status=FAILED, signal=9, reason="killed by SIGKILL"),
            past_attempt("soft", status=FAILED, allowed=True, reason="exit status 1"),
            past_attempt("cut", status=StepStatus.CANCELLED, reason="interrupted"),
            not_started("lost", FAILED, "program `x` was not found"),
            not_started("left", StepStatus.SKIPPED, "`bad` failed"),
            not_started("kept"),
            past_attempt("finally:clean", 0.5),
            past_attempt("finally:tell", 0.5, status=FAILED, reason=""),
        ],
        printed={"bad": "a < b & c\n]]>\x1b[31mred\x1b[0m\r\n\udcff", "late": ""},
    )


def test_documents_keep_to_the_format(mixed: RunStory) -> None:
    assert problems_of(junit_of(mixed)) == []
    assert problems_of(junit_of(story())) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<system-err></system-err>", ""),
        ('id="0" ', ""),
        ('failures="1"', 'failures="2"'),
        ("T03:00:00", "T03:00:00Z"),
        ("<skipped", "<properties/><skipped"),
        ('type="timeout"', 'sort="timeout"'),
        ('time="1.250"', 'time="1.250 s"'),
    ],
)
def test_the_checker_sees_what_is_broken(mixed: RunStory, old: str, new: str) -> None:
    text = junit_of(mixed)
    assert old in text
    assert problems_of(text.replace(old, new, 1))


def test_the_suite_tells_of_the_run(mixed: RunStory) -> None:
    suite, hooks = suites(junit_of(mixed))
    assert suite.attrib == {
        "name": "wfopt.yml",
        "package": "wfopt",
        "id": "0",
        "timestamp": "2026-01-02T03:00:00",
        "hostname": HOST.name,
        "tests": "10",
        "failures": "1",
        "errors": "3",
        "skipped": "3",
        "time": "10.000",
    }
    properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
    assert properties == {
        "run_id": "20260102-030405-abcd",
        "status": "failed",
        "commit": "0123456789abcdef0123456789abcdef01234567",
        "branch": "main",
        "cpus": "4",
        "strategy": "critical-path",
        "cached": "1",
    }
    assert (hooks.get("name"), hooks.get("failures"), hooks.get("time")) == ("wfopt.yml hooks", "1", "1.000")


@pytest.mark.parametrize(
    ("step", "verdict", "message", "kind"),
    [
        ("bad", "failure", "exit status 3", "exit-status"),
        ("late", "error", "timed out", "timeout"),
        ("shot", "error", "killed by SIGKILL", "signal"),
        ("lost", "error", "program `x` was not found", "not-started"),
        ("finally:tell", "failure", "failed", "exit-status"),
        ("soft", "skipped", "failed, as it is allowed to: exit status 1", None),
        ("cut", "skipped", "cancelled: interrupted", None),
        ("left", "skipped", "`bad` failed", None),
    ],
)
def test_what_is_not_well_says_why(
    mixed: RunStory, step: str, verdict: str, message: str, kind: str | None
) -> None:
    (element,) = cases(junit_of(mixed))[step]
    assert element.tag == verdict
    assert element.get("message") == message
    assert element.get("type") == kind


def test_what_is_well_has_no_elements(mixed: RunStory) -> None:
    found = cases(junit_of(mixed))
    assert [len(found[step]) for step in ("good", "shaky", "kept", "finally:clean")] == [0, 0, 0, 0]
    assert found["good"].attrib == {"name": "good", "classname": "wfopt.yml", "time": "1.250"}


def test_all_attempts_count_for_the_time(mixed: RunStory) -> None:
    assert cases(junit_of(mixed))["shaky"].get("time") == "1.500"


def test_a_failure_holds_what_was_printed_without_what_xml_cannot_hold(mixed: RunStory) -> None:
    (failure,) = cases(junit_of(mixed))["bad"]
    assert failure.text == "a < b & c\n]]>\ufffd[31mred\ufffd[0m\r\n\ufffd"


def test_what_has_no_place_stands_in_the_output_of_the_suite(mixed: RunStory) -> None:
    suite, hooks = suites(junit_of(mixed))
    assert suite.findtext("system-out") == (
        "flaky: shaky: succeeded in attempt 2\n"
        "failed, as it is allowed to: soft: exit status 1\n"
        "cached: kept: up to date\n"
    )
    assert hooks.findtext("system-out") == ""


def test_names_may_hold_anything() -> None:
    name = 'a "b" <c> & \x00\n\ud800'
    told = story(
        past_run(workflow=" ", host=Host(name="", cpus=1), commit="", branch=""),
        [past_attempt(name, status=FAILED, reason=name)],
        steps=[name],
    )
    text = junit_of(told)
    assert problems_of(text) == []
    (case,) = cases(text).values()
    assert case.get("name") == 'a "b" <c> & \ufffd\n\ufffd'
    (suite,) = suites(text)
    assert (suite.get("name"), suite.get("hostname")) == ("workflow", "localhost")
    assert text.encode("utf-8")


def test_a_step_without_attempts_is_no_case() -> None:
    assert cases(junit_of(story(steps=["a"]))) == {}
