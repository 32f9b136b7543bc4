"""A run of history as Markdown."""

from __future__ import annotations

import re

import pytest

from tests.support.history import not_started, past_attempt, past_run, story
from wfopt.engine.report import Suggestion
from wfopt.model.history import Alert, Ending, Foreseen
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import StepId
from wfopt.render.markdown_report import MAX_ALERTS, MAX_ASKING, MAX_FAILED, MAX_SLOWEST, markdown_of


def test_a_run_has_its_facts() -> None:
    run = past_run(
        ending=Ending.FAILED,
        hits=1,
        misses=3,
        saved_s=2.0,
        foreseen=Foreseen(expected_s=3, low_s=2, high_s=4.5),
    )
    told = story(run, [past_attempt("a", 2.0), not_started("b"), past_attempt("c", status=StepStatus.FAILED)])
    text = markdown_of(told)
    assert text.startswith("### wfopt: wfopt.yml failed\n\n| | |\n| --- | --- |\n")
    assert "| Steps | 3 (1 succeeded, 1 cached, 1 failed) |" in text
    assert "| Cache | 1 hit of 4, saved 2.00 s |" in text
    assert "| Predicted | 3.00 s (2.00 s to 4.50 s) |" in text
    assert "| Commit | 0123456789ab main |" in text
    assert "| Host | north, 4 cpus |" in text


def test_what_is_not_known_is_not_there() -> None:
    text = markdown_of(story(past_run(commit="", peak_memory_bytes=None, misses=2)))
    assert "Commit" not in text
    assert "Largest" not in text
    assert "####" not in text
    assert "| Steps | 0 |" in text
    assert "| Cache | 0 hits of 2 |" in text


def test_failures_come_with_what_they_printed_allowed_ones_last() -> None:
    told = story(
        attempts=[
            past_attempt("soft", status=StepStatus.FAILED, allowed=True, reason="exit status 1"),
            past_attempt("hard", status=StepStatus.FAILED, attempt=3, reason="exit status 2"),
            past_attempt("mute", status=StepStatus.FAILED, reason=""),
        ],
        printed={"hard": "one\r\ntwo\x1b[0m\n\n", "mute": "  \n"},
    )
    text = markdown_of(told)
    assert "**hard**: exit status 2 after 3 attempts\n\n```text\none\ntwo\\x1b[0m\n```\n" in text
    assert "**mute**: failed\n\n**soft** (allowed): exit status 1" in text


@pytest.mark.parametrize("printed", ["```\n# out", "x\n``````\n<b>", "~~~\n````text", "`"])
def test_what_a_step_prints_cannot_end_its_block(printed: str) -> None:
    attempts = [past_attempt("a", status=StepStatus.FAILED)]
    lines = markdown_of(story(attempts=attempts, printed={"a": printed})).splitlines()
    start = next(place for place, line in enumerate(lines) if re.fullmatch("`+text", line))
    fence = lines[start].removesuffix("text")
    end = next(place for place in range(start + 1, len(lines)) if re.fullmatch(f"{fence}`*", lines[place]))
    assert lines[start + 1 : end] == printed.splitlines()
    assert lines[end] == fence


def test_only_the_end_of_long_output_is_shown() -> None:
    printed = "\n".join(f"line {number}" for number in range(500))
    text = markdown_of(story(attempts=[past_attempt("a", status=StepStatus.FAILED)], printed={"a": printed}))
    assert "line 499" in text
    assert "line 440\n" in text
    assert "line 439\n" not in text


def test_names_are_text() -> None:
    told = story(attempts=[past_attempt("a|b [x](y) @me <i>", status=StepStatus.FAILED, reason="`*_#`")])
    text = markdown_of(told)
    assert "a&#124;b &#91;x&#93;(y) &#64;me &#60;i&#62;" in text
    assert not re.search(r"[@<\[]", text.replace("**", ""))


def test_the_slowest_steps_come_first() -> None:
    attempts = [past_attempt(f"s{number}", float(number)) for number in range(MAX_SLOWEST + 3)]
    attempts.append(past_attempt("last", 99.0, critical=True, waited_s=1.5, peak_memory_bytes=1024))
    text = markdown_of(story(attempts=attempts))
    table = text[text.index("#### Slowest") :].splitlines()
    assert table[4] == "| last | succeeded | 1m 39s | 1.50 s | 1 KiB | critical path |"
    assert table[5].startswith(f"| s{MAX_SLOWEST + 2} |")
    assert table[-1] == "… and 4 more"


def test_long_lists_are_cut() -> None:
    alerts = tuple(
        Alert(
            at=1.0, rule="x", severity="warning", message=f"m{number}", step=StepId("s") if number else None
        )
        for number in range(MAX_ALERTS + 2)
    )
    attempts = [past_attempt(f"f{number}", status=StepStatus.FAILED) for number in range(MAX_FAILED + 5)]
    text = markdown_of(story(past_run(alerts=alerts), attempts))
    assert "… and 5 more failed" in text
    assert "- warning at 1.00 s: m0\n- warning at 1.00 s: m1 (step s)\n" in text
    assert text.endswith("\n\n… and 2 more\n")


def test_a_short_list_is_not_cut() -> None:
    alerts = (Alert(at=0.5, rule="x", severity="critical", message="full"),)
    assert markdown_of(story(past_run(alerts=alerts))).endswith("#### Alerts\n\n- critical at 0.50 s: full\n")


def test_what_was_asked_for_stands_beside_what_was_used() -> None:
    mib = 1 << 20
    run = past_run(cpu_s=20.0, reserved_cpu_s=40.0, reserved_memory_byte_s=8.0, used_memory_byte_s=2.0)
    attempts = [
        past_attempt("plain", 2.0),
        past_attempt("a|b", 2.0, cpu_milli=4000, memory_bytes=512 * mib, peak_memory_bytes=100 * mib),
        past_attempt("idle", 0.0, cpu_milli=500),
    ]
    told = [
        Suggestion(step=StepId("a|b"), write="cpu: 1", because="0.5 cpus busy over 3 runs"),
        Suggestion(step=StepId("a|b"), write="memory: 128MiB", because="peak 100 MiB over 3 runs"),
    ]
    text = markdown_of(story(run, attempts), told)
    assert (
        "| Strategy | critical-path |\n| Reserved cpu | 50 % used |\n| Reserved memory | 25 % used |" in text
    )
    table = text.partition("#### Requested and used\n\n")[2].splitlines()
    assert table[2:] == [
        (
            "| a&#124;b | 4 | 0.5 | 512 MiB | 100 MiB | `cpu: 1` (0.5 cpus busy over 3 runs),"
            " `memory: 128MiB` (peak 100 MiB over 3 runs) |"
        ),
        "| idle | 0.5 |  |  |  |  |",
    ]


def test_of_many_requests_some_are_shown_and_of_none_nothing_is_said() -> None:
    many = [past_attempt(f"s{number}", memory_bytes=1) for number in range(MAX_ASKING + 2)]
    assert markdown_of(story(attempts=many)).rstrip().endswith("… and 2 more")
    assert "Requested" not in markdown_of(story(attempts=[past_attempt("a"), not_started("b")]))
