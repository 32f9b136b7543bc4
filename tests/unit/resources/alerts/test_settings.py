"""What a configuration makes of the rules for alerts."""

from __future__ import annotations

import pytest

from wfopt.resources.alerts.base import Rule
from wfopt.resources.alerts.registry import RULES
from wfopt.resources.alerts.settings import Problem, SettingsError, rules_of


def rule_named(name: str, settings: dict[str, object]) -> Rule:
    return next(rule for rule in rules_of(settings) if rule.name == name)


def test_nothing_said_changes_nothing() -> None:
    assert rules_of({}) == RULES


def test_switches() -> None:
    names = [rule.name for rule in rules_of({"idle-cpu": False, "memory": True, "disk": False})]
    assert names == ["memory", "step-memory", "slow-step", "pressure"]
    assert rule_named("memory", {"memory": True}) in RULES


@pytest.mark.parametrize(
    ("name", "text", "warning", "hold_s", "critical"),
    [
        ("memory", "95% for 10s", 0.95, 10.0, 0.97),
        ("memory", " above  80 %  for  1m30s ", 0.80, 90.0, 0.97),
        ("memory", "97%", 0.97, 5.0, None),
        ("memory", "99.5%", 0.995, 5.0, None),
        ("memory", "95% for 0s", 0.95, 0.0, 0.97),
        ("disk", "below 5GiB", 5 << 30, 0.0, 100 << 20),
        ("disk", "below 1.5 GB for 2m", 1_500_000_000, 120.0, 100 << 20),
        ("disk", "50MiB", 50 << 20, 0.0, None),
        ("slow-step", "4x", 4.0, 0.0, None),
        ("slow-step", "1.5 x for 1m", 1.5, 60.0, None),
        ("idle-cpu", "below 50%", 0.5, 10.0, None),
        ("step-memory", "100%", 1.0, 0.0, None),
        ("step-memory", "90%, critical 99% for 2s", 0.9, 2.0, 0.99),
        ("memory", "80% for 10s, critical above 92 %", 0.8, 10.0, 0.92),
        ("disk", "below 5GiB,critical below 2GiB", 5 << 30, 0.0, 2 << 30),
        ("slow-step", " 2x , critical 5x ", 2.0, 0.0, 5.0),
    ],
)
def test_texts(name: str, text: str, warning: float, hold_s: float, critical: float | None) -> None:
    rule = rule_named(name, {name: text})
    assert (rule.warning, rule.hold_s, rule.critical) == (warning, hold_s, critical)


SHARE = 'write `memory = "90% for 10s"`'


@pytest.mark.parametrize(
    ("name", "table", "warning", "critical", "hold_s", "clear_s"),
    [
        ("memory", {}, 0.9, 0.97, 5.0, 5.0),
        ("memory", {"warning": "80%", "critical": "85%", "for": "1s"}, 0.8, 0.85, 1.0, 5.0),
        ("memory", {"critical": False}, 0.9, None, 5.0, 5.0),
        ("memory", {"critical": True, "warning": "98%"}, 0.98, None, 5.0, 5.0),
        ("disk", {"critical": "below 512MiB", "clear-after": "0s"}, 1 << 30, 512 << 20, 0.0, 0.0),
        ("slow-step", {"critical": "9x", "warning": "8x"}, 8.0, 9.0, 0.0, 0.0),
    ],
)
def test_tables(
    name: str,
    table: dict[str, object],
    warning: float,
    critical: float | None,
    hold_s: float,
    clear_s: float,
) -> None:
    rule = rule_named(name, {name: table})
    assert (rule.warning, rule.critical, rule.hold_s, rule.clear_s) == (warning, critical, hold_s, clear_s)


WORSE = 'write `memory = "90% for 10s, critical 97%"`'


@pytest.mark.parametrize(
    ("name", "table", "within", "message", "hint"),
    [
        ("memory", {"critcal": "97%"}, "critcal", "there is no such key", "did you mean `critical`?"),
        (
            "memory",
            {"at": "97%"},
            "at",
            "there is no such key",
            "known: `warning`, `critical`, `for`, `clear-after`",
        ),
        ("memory", {"critical": 97}, "critical", "not a text", WORSE),
        ("memory", {"warning": False}, "warning", "not a text", WORSE),
        (
            "memory",
            {"critical": "85%"},
            "critical",
            "what is critical must lie above the threshold of a warning",
            WORSE,
        ),
        (
            "disk",
            {"warning": "1GiB", "critical": "1GiB"},
            "critical",
            "what is critical must lie below the threshold of a warning",
            'write `disk = "below 5GiB for 10s, critical 1GiB"`',
        ),
        (
            "memory",
            {"for": "5"},
            "for",
            "`5` has no unit",
            "a bare number could be seconds or minutes; write `5s` or `5m`",
        ),
        ("memory", {"clear-after": "1" * 61}, "clear-after", f"`{'1' * 60}...` is too long", SHARE),
    ],
)
def test_mistakes_in_tables(
    name: str, table: dict[str, object], within: str, message: str, hint: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        rules_of({name: table})
    assert caught.value.problems == (Problem(name, f"`{name}.{within}`: {message}", hint, within),)


@pytest.mark.parametrize("text", ["90%, 97%", "90% for 1s, critical 97% for 2s", "90%, critical", "1%,2%,3%"])
def test_texts_that_are_not_understood(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        rules_of({"memory": text})
    assert caught.value.problems == (Problem("memory", f"`memory`: `{text}` is not understood", WORSE),)


def test_what_is_critical_in_a_text_must_be_worse() -> None:
    with pytest.raises(SettingsError, match="`memory`: what is critical must lie above the threshold"):
        rules_of({"memory": "90%, critical 90%"})


@pytest.mark.parametrize(
    ("name", "setting", "message", "hint"),
    [
        ("memroy", "90%", "there is no alert `memroy`", "did you mean `memory`?"),
        (
            "heat",
            True,
            "there is no alert `heat`",
            "known: `memory`, `step-memory`, `disk`, `slow-step`, `idle-cpu`, `pressure`",
        ),
        ("memory", 90, "`memory`: neither a text nor a table nor `true` nor `false`", SHARE),
        ("memory", None, "`memory`: neither a text nor a table nor `true` nor `false`", SHARE),
        ("memory", "", "`memory`: a threshold cannot be empty", SHARE),
        ("memory", "lots", "`memory`: `lots` is not a share", SHARE),
        ("memory", "0.9", "`memory`: `0.9` is not a share", SHARE),
        ("memory", "for 10s", "`memory`: `for 10s` is not a share", SHARE),
        ("memory", "٩%", "`memory`: `٩%` is not a share", SHARE),
        ("memory", "below 90%", "`memory`: it warns above its threshold, not below it", SHARE),
        ("memory", "0%", "`memory`: the threshold must be above 0", f"{SHARE}, or `false` for no alert"),
        (
            "memory",
            "90% for 10",
            "`memory`: `10` has no unit",
            "a bare number could be seconds or minutes; write `10s` or `10m`",
        ),
        ("memory", "9" * 61, f"`memory`: `{'9' * 60}...` is too long", SHARE),
        (
            "disk",
            "5",
            "`disk`: `5` has no unit",
            "a bare number could be bytes or megabytes; write `5MiB` or `5B`",
        ),
        (
            "disk",
            "above 5GiB",
            "`disk`: it warns below its threshold, not above it",
            'write `disk = "below 5GiB for 10s"`',
        ),
        ("slow-step", "3", "`slow-step`: `3` is not a factor", 'write `slow-step = "3x for 10s"`'),
    ],
)
def test_mistakes(name: str, setting: object, message: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        rules_of({name: setting})
    assert caught.value.problems == (Problem(name, message, hint),)
    assert str(caught.value) == message


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        rules_of({"disk": "x", "memory": "95%", "idle": True, "pressure": 1})
    assert [each.key for each in caught.value.problems] == ["disk", "idle", "pressure"]


def test_a_rule_that_is_switched_off_is_still_known() -> None:
    assert rules_of({"memory": False}) == RULES[1:]


@pytest.mark.timeout(5)
def test_a_text_of_blanks_takes_no_time() -> None:
    with pytest.raises(SettingsError, match="is too long"):
        rules_of({"memory": "9" + " " * 200_000})
